"""How a run is shown while it goes on: live in a terminal, lines elsewhere, JSON for scripts."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archive.run import Run, RunState, StopReason, Summary
from flows.cli.text import clip, count, plain, run_command, spoken
from flows.events import Evaluated, Event, Finished, Improved, Notice, Progress, Started
from flows.report import event_json

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["JsonView", "LineView", "clock", "open_view", "repeats_text", "result_lines", "summary_lines"]

_LINE_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


class LineView:
    """Plain lines on standard error, for logs and pipes; the result on standard output.

    Args:
        db: URL that the user gave, for the commands that are told at the end.
        result: whether the result is printed at the end.
    """

    def __init__(self, db: str | None = None, *, result: bool = True) -> None:
        self._db = db
        self._result = result
        self._said = time.monotonic()

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self._say(_opening(event))
            case Notice():
                self._say(spoken(event.text))
            case Improved():
                self._say(_improvement(event))
            case Progress() if time.monotonic() - self._said >= _LINE_EVERY:
                self._said = time.monotonic()
                self._say(progress_text(event))
            case Finished() if self._result:
                print("\n".join(result_lines(event.summary, event.trouble, db=self._db)), flush=True)
            case Finished() if event.trouble:
                self._say(f"Paused: {event.trouble}")
            case _:
                pass

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class JsonView:
    """One JSON object a line on standard output; what is for people goes to standard error.

    Args:
        db: URL that the user gave, for the command that is told at the end.
    """

    def __init__(self, db: str | None = None) -> None:
        self._db = db

    def __call__(self, event: Event) -> None:
        line = event_json(event)
        if line is not None:
            print(json.dumps(line, allow_nan=False), flush=True)
        elif isinstance(event, Notice):
            print(spoken(event.text), file=sys.stderr, flush=True)
        if isinstance(event, Finished) and event.summary.run.state is RunState.PAUSED:
            name = event.summary.run.name
            again = f"Run {name} is paused: `{run_command(name, self._db)('resume')}` goes on where it was."
            print("\n".join(filter(None, (spoken(event.trouble), again))), file=sys.stderr, flush=True)


class LiveView:
    """A calm live line at the foot of a terminal, improvements scrolling above it.

    Args:
        db: URL that the user gave, for the commands that are told at the end.
    """

    def __init__(self, db: str | None = None) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        self._db = db
        self._text = Text
        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, refresh_per_second=8, transient=True)

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self._say(_opening(event), "bold")
            case Notice():
                self._say(spoken(event.text), "dim")
            case Improved():
                self._console.print(self._line(_improvement(event), "green"))
            case Progress():
                self._live.update(self._line(progress_text(event)))
            case Finished():
                self._live.stop()
                print("\n".join(result_lines(event.summary, event.trouble, db=self._db)), flush=True)
            case Evaluated():
                pass

    def _line(self, text: str, style: str = "") -> Text:
        """Text that stays on one line, cut where the terminal ends."""
        return self._text(text, style=style, no_wrap=True, overflow="ellipsis")

    def _say(self, text: str, style: str) -> None:
        self._console.print(self._text(text, style=style))


@contextmanager
def open_view(*, machine: bool, db: str | None = None) -> Iterator[JsonView | LineView | LiveView]:
    """The view that suits: JSON when asked for, live in a terminal, else lines.

    Args:
        machine: whether JSON was asked for.
        db: URL that the user gave.
    """
    if machine:
        yield JsonView(db)
    elif sys.stderr.isatty():
        with LiveView(db) as view:
            yield view
    else:
        yield LineView(db)


def result_lines(summary: Summary, trouble: str = "", *, db: str | None = None) -> list[str]:
    """The end of a run in a few lines: result, why it stopped, how to see it and go on.

    Args:
        summary: where the run stands.
        trouble: what made it pause.
        db: URL that the user gave, so that the commands told here find the run.
    """
    verb = run_command(summary.run.name, db)
    return [
        "",
        *([f"Paused: {spoken(trouble)}"] if trouble else []),
        *summary_lines(summary),
        f"  see it      {verb('best')}",
        f"              {verb('diff')}",
        f"              {verb('dashboard')}",
        f"  go on       {verb('resume')}{_more(summary)}",
    ]


def summary_lines(summary: Summary) -> list[str]:
    """Where a run stands, in a few lines."""
    run, best = summary.run, summary.best
    best_line = "none yet" if best is None else f"{best.fitness:.10g}  (program {best.program[:12]})"
    tokens = summary.usage.tokens_in + summary.usage.tokens_out
    return [
        f"Run {run.name} ({run.problem}): {run.state.value}{_why(run)}",
        f"  best        {best_line}",
        f"  evaluated   {count(summary.evaluations, 'program')}, {summary.valid} valid"
        f"{_failures(summary.failures)}",
        f"  repeated    {repeats_text(summary.duplicates, summary.repeats)}",
        f"  archive     {count(summary.cells, 'cell')}, coverage {summary.coverage:.0%}, "
        f"QD score {summary.qd_score:.6g}",
        f"  spent       {count(summary.calls, 'model call')}, {count(tokens, 'token')}, "
        f"${summary.usage.dollars:.4f}, {clock(summary.seconds)}",
    ]


def progress_text(event: Progress) -> str:
    """One line on how far a run has come."""
    parts = [
        f"{event.evaluations}{'' if event.limit is None else f'/{event.limit}'} evaluated",
        f"best {'-' if event.best is None else f'{event.best:.8g}'}",
        f"{event.rate:.1f}/s",
        count(event.cells, "cell"),
    ]
    if event.dollars:
        parts.append(f"${event.dollars:.4f}")
    if event.failures:
        parts.append(" ".join(f"{verdict} {number}" for verdict, number in sorted(event.failures.items())))
    if event.duplicates:
        kinds = _kinds(event.repeats)
        parts.append(f"duplicates {event.duplicates}" + (f" ({kinds})" if kinds else ""))
    if event.redraws:
        parts.append(f"asked again {event.redraws}")
    parts.append(clock(event.seconds))
    if event.eta_seconds is not None:
        parts.append(f"{clock(event.eta_seconds)} left")
    return "  ".join(parts)


def repeats_text(duplicates: int, repeats: Mapping[str, int]) -> str:
    """How many proposals were known already and in what way, and how many were only near a known program.

    Args:
        duplicates: proposals that were not run.
        repeats: by `archive.attempt.Likeness`, proposals that were like a known program.
    """
    kinds = _kinds(repeats) if duplicates else ""
    known = f"{count(duplicates, 'duplicate')} not run" + (f" ({kinds})" if kinds else "")
    near = repeats.get("near", 0)
    return known + (f", {near} near a known program" if near else "")


def clock(seconds: float) -> str:
    """A duration as people write it: 0.3 s, 12 s, 3 min 05 s, 2 h 07 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _opening(event: Started) -> str:
    run = event.run
    how = f"resumed after {count(event.evaluations, 'evaluation')}" if event.resumed else f"seed {run.seed}"
    return (
        f"Run {run.name}: {run.problem}, {run.strategy}, {count(run.islands, 'island')}, "
        f"{count(run.workers, 'worker')}, {how}"
    )


def _improvement(event: Improved) -> str:
    idea = plain(clip(event.idea, 90))
    found = f"best {event.fitness:<13.8g} {event.operator:<9} {idea}"
    return f"{clock(event.seconds):>12}  #{event.evaluations:<6} {found}".rstrip()


def _why(run: Run) -> str:
    """Why a run stopped; a process that was killed could not say so."""
    if run.stopped_by is not None:
        return f", stopped by {run.stopped_by.value.replace('_', ' ')}"
    return " (or its process was ended)" if run.state is RunState.RUNNING else ""


def _failures(failures: Mapping[str, int]) -> str:
    return "".join(f", {number} {verdict.replace('_', ' ')}" for verdict, number in sorted(failures.items()))


def _kinds(repeats: Mapping[str, int]) -> str:
    """Kinds of duplicates with their numbers; empty where none is known."""
    words = {"same": "the same text", "alike": "the same in other words"}
    return ", ".join(f"{repeats[kind]} {told}" for kind, told in words.items() if repeats.get(kind))


def _more(summary: Summary) -> str:
    """What a resume must be given to have anything to do."""
    run = summary.run
    match run.stopped_by:
        case StopReason.EVALUATIONS:
            return f" --evaluations {2 * (run.budget.evaluations or summary.evaluations)}"
        case StopReason.MINUTES:
            return f" --minutes {2 * (run.budget.minutes or 1):g}"
        case StopReason.DOLLARS:
            return f" --dollars {2 * (run.budget.dollars or 1):g}"
        case StopReason.TARGET:
            return " --target FURTHER"
        case _:
            return ""
