"""`study`: a fresh experiment of several strategies and seeds."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.compare import By
from flows.cli.options import Database, Machine, SandboxName, checked_sandbox, database, reading
from flows.cli.text import clip, command, count, plain, spoken, table

if TYPE_CHECKING:
    from flows.arms import Arm
    from flows.crew import Crew, Standing
    from flows.study import Finding, Study

__all__ = ["register"]

Problems = Annotated[
    list[str],
    typer.Argument(
        metavar="PROBLEM...",
        help="Folders, YAML files, or names from `cambrian problems`; PROBLEM@N for N evaluations.",
    ),
]
_USUAL = "map_elites,best_of_n,hill_climb,random_elite"
_EVERY, _EVERY_LIVE = 10.0, 0.2
"""Seconds between two lines of progress, and between two changes of the one in a terminal."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("study")(study)


def study(
    problems: Problems,
    strategies: Annotated[
        str, typer.Option(metavar="A,B,…", help="The first is judged against the best of the others.")
    ] = _USUAL,
    variant: Annotated[
        list[str] | None,
        typer.Option(
            "--variant",
            metavar="NAME KEY=VALUE…",
            help="A variant of the first strategy with keys of its own, in place of several strategies; "
            "repeat it. The first is judged against each of the others.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each problem by each strategy.")] = 10,
    evaluations: Annotated[int, typer.Option(min=1, help="Of each run.")] = 300,
    name: Annotated[
        str | None, typer.Option(help="Of the study [default: follows from the problems].")
    ] = None,
    model: Annotated[list[str] | None, typer.Option("--model", help="Model to use; may be repeated.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Endpoint of the models.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of every problem.")
    ] = None,
    dollars: Annotated[
        float | None, typer.Option(min=0.0, help="Most that each run may spend on model calls.")
    ] = None,
    by: By = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time [default: one a processor].")
    ] = None,
    db: Database = None,
    sandbox: SandboxName = "auto",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE.md", dir_okay=False, help="Write the tables as Markdown."
        ),
    ] = None,
    machine: Machine = False,
) -> None:
    """Run every PROBLEM by several strategies or variants with many seeds and equal evaluations each.

    The same command goes on with a study that was interrupted; finished runs are not made again.

    Example: cambrian study tuned_constants --strategies map_elites,hill_climb --seeds 5 --evaluations 200
    """
    from flows.crew import cores
    from flows.study import findings, plan_study
    from flows.terms import Terms

    if output is not None and output.suffix.lower() != ".md":
        raise typer.BadParameter(
            f"expected a file that ends with .md, found {output.name!r}", param_hint="-o"
        )
    base = Terms(
        models=tuple(model or ()),
        base_url=base_url,
        dollars=dollars,
        sets=tuple(set_ or ()),
        sandbox=checked_sandbox(sandbox),
        db=database(db),
    )
    planned = asyncio.run(
        plan_study(
            problems,
            arms=_arms(_names(strategies), variant or ()),
            seeds=seeds,
            evaluations=evaluations,
            base=base,
            name=name,
        )
    )
    code = _carry_out(planned, processes or cores())
    with reading(db) as reader:
        found = findings(planned, reader, by=by)
    missing = len(planned.jobs) - sum(finding.runs for finding in found)
    if missing and code == 0:
        _say(f"{count(missing, 'run')} stopped before all evaluations, by a wall; they are left out.")
        code = 1
    if output is not None:
        _write(planned, found, output)
    _tell(planned, found, machine=machine)
    sys.exit(code)


def _carry_out(planned: Study, processes: int) -> int:
    """Do what is left of the study; the exit code."""
    from flows.crew import Crew
    from flows.study import to_do

    asyncio.run(_prepared(database(planned.base.db)))
    with reading(planned.base.db) as reader:
        left, finished = to_do(planned, reader)
    there = f", {len(finished)} of them finished already" if finished else ""
    _say(f"Study {planned.name}: {count(len(planned.jobs), 'run')} of {planned.lengths}{there}")
    if planned.notice:
        _say(planned.notice)
    if not left:
        return 0
    line = _Line()
    crew = Crew(left, processes=processes, progress=line.show, say=line.say, told=[planned.notice])
    stopped = asyncio.run(_work(crew))
    line.end()
    for trouble in crew.troubles:
        _say(f"Not finished: {spoken(plain(trouble))}")
    if crew.troubles or stopped:
        _say(spoken(f"Finished runs are kept; `{_again()}` goes on where this study was."))
    if crew.troubles:
        return 1
    return 130 if stopped else 0


async def _prepared(url: str) -> None:
    """Make the database where it is missing: once, before several processes find it missing at once."""
    from archive.sql.store import open_store

    await (await asyncio.to_thread(open_store, url)).close()


async def _work(crew: Crew) -> bool:
    """The runs, with Ctrl-C once for a graceful end and twice for an end at once; whether it was stopped."""
    stop = asyncio.Event()
    work = asyncio.create_task(crew.work(stop))

    def interrupt() -> None:
        if stop.is_set():
            work.cancel()
            return
        _say("Stopping after the turns under way (once more to stop at once) …")
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        await work
    except asyncio.CancelledError:
        return True
    return stop.is_set()


class _Line:
    """How far a study has come: one line written over in a terminal, now and then a line elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = 0
        self._next = 0.0

    def show(self, standing: Standing) -> None:
        if standing.seconds < self._next and standing.finished < standing.runs:
            return
        self._next = standing.seconds + (_EVERY_LIVE if self._live else _EVERY)
        text = _standing_text(standing)
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            self._write("\r" + clip(text, width).ljust(self._shown))
            self._shown = min(len(text), width)
        else:
            self._write(text + "\n")

    def say(self, text: str) -> None:
        self.end()
        _say(spoken(plain(text)))

    def end(self) -> None:
        if self._live and self._shown:
            self._write("\r" + " " * self._shown + "\r")
            self._shown = 0

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _standing_text(standing: Standing) -> str:
    from flows.cli.show import clock

    parts = [
        f"{standing.finished}/{standing.runs} runs",
        f"{standing.evaluations} evaluated",
        clock(standing.seconds),
    ]
    if standing.eta_seconds is not None and standing.finished < standing.runs:
        parts.append(f"{clock(standing.eta_seconds)} left")
    # The study's own name begins every run's and says nothing here.
    parts += [plain(name.partition(".")[2]) for name in standing.doing]
    return "  ".join(parts)


def _tell(planned: Study, findings: Sequence[Finding], *, machine: bool) -> None:
    """The tables, as far as the runs are finished."""
    from flows.comparison_report import HEAD, rows, verdict_line
    from flows.study_report import study_json, summary_lines, verdict_head, verdict_rows

    if machine:
        print(json.dumps(study_json(planned, findings), allow_nan=False))
        return
    for finding in findings:
        comparison = finding.comparison
        print()
        if comparison is None:
            print(f"{finding.problem}: no finished run")
            continue
        aim = "" if comparison.objective.target is None else f", target {comparison.objective.target:g}"
        print(
            f"{finding.problem}: {comparison.objective.direction.value} {comparison.objective.metric}{aim}, "
            f"after {comparison.evaluations} evaluations"
        )
        table(("variant" if planned.is_ablation else "strategy", *HEAD[1:]), rows(comparison))
        for verdict in finding.verdicts:
            print(verdict_line(verdict))
    # What one problem's note says, most others' say too.
    notes = dict.fromkeys(note for one in findings if one.comparison for note in one.comparison.notes)
    print("\n".join(["", *notes]))
    table(verdict_head(planned), verdict_rows(findings))
    print("\n".join(summary_lines(planned, findings)))
    print(
        f"See the curves: {command()} compare {plain(shlex.quote(planned.name))} --problem NAME -o FILE.html"
    )


def _write(planned: Study, findings: Sequence[Finding], path: Path) -> None:
    from flows.study_report import as_markdown

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_markdown(planned, findings, command=_again()), encoding="utf-8")


def _names(strategies: str) -> list[str]:
    names = [name.strip() for name in strategies.split(",") if name.strip()]
    if not names:
        raise typer.BadParameter(
            f"expected names of strategies with commas between, found {strategies!r}",
            param_hint="--strategies",
        )
    return names


def _arms(strategies: list[str], variants: Sequence[str]) -> list[Arm]:
    from flows.arms import Arm, variants_of

    if not variants:
        return [Arm(label=name, strategy=name) for name in strategies]
    if len(strategies) > 1 and strategies != _USUAL.split(","):
        raise typer.BadParameter(
            f"expected one strategy beside variants, found {', '.join(strategies)}", param_hint="--strategies"
        )
    return variants_of(strategies[0], variants)


def _again() -> str:
    """The command as it was given; an address with a password in it is not repeated."""
    words = ["URL" if "://" in word and "@" in word else word for word in sys.argv[1:]]
    return f"cambrian {shlex.join(words)}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
