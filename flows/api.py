"""Runs from Python: a script or a notebook calls `evolve` and gets a `Result`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

from archive.program import Program
from archive.run import Best, CurvePoint, Summary
from flows.events import Observer
from flows.terms import Terms

__all__ = ["Result", "evolve"]

_WIDTH, _HEIGHT, _MARGIN = 560, 180, 8
"""Size of the curve in pixels."""
_METRICS_SHOWN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run has come to. Shows itself in a notebook.

    Attributes:
        summary: where the run stands: budget, counters, money, why it stopped.
        program: the best program, None where nothing valid was found.
        curve: improvements of the best, in order.
    """

    summary: Summary
    program: Program | None
    curve: tuple[CurvePoint, ...]

    @property
    def best(self) -> Best | None:
        """Id, fitness and metrics of the best program."""
        return self.summary.best

    @property
    def fitness(self) -> float | None:
        """Of the best program, in the objective's units."""
        return None if self.summary.best is None else self.summary.best.fitness

    @property
    def source(self) -> str | None:
        """Text of the best program; several files stand one after the other, each under its path."""
        return None if self.program is None else self.program.text

    def __str__(self) -> str:
        from flows.cli.show import summary_lines

        return "\n".join(summary_lines(self.summary))

    def _repr_html_(self) -> str:
        """The result as HTML for a notebook: best, curve, table, source. No text in it can become markup."""
        run = self.summary.run
        found = "nothing valid found" if self.fitness is None else f"best {self.fitness:.10g}"
        parts = [
            "<div>",
            f"<p><b>{escape(run.problem)}</b>, run {escape(run.name)}: <b>{found}</b> after "
            f"{self.summary.evaluations} evaluations</p>",
            _curve_svg(self.curve, end=self.summary.evaluations),
            _table_html(_rows(self.summary)),
        ]
        if self.source is not None:
            parts.append(
                f"<details><summary>Best program</summary><pre>{escape(self.source)}</pre></details>"
            )
        return "\n".join([*parts, "</div>"])


def evolve(
    problem: str | Path,
    *,
    evaluations: int | None = None,
    dollars: float | None = None,
    minutes: float | None = None,
    target: float | None = None,
    models: Sequence[str] = (),
    base_url: str | None = None,
    strategy: str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    db: str | Path | None = None,
    name: str | None = None,
    sets: Sequence[str] = (),
    sandbox: str = "auto",
    memory: str | None = None,
    prefect: bool = False,
    quiet: bool = False,
) -> Result:
    """Evolve programs for a problem until a budget or the target; what `cambrian run` does.

    The run works in a thread with an event loop of its own, so that it may be called where a loop runs
    already, as in a notebook. Ctrl-C, or a notebook's stop button, ends the run gracefully before the
    `KeyboardInterrupt` goes on; `cambrian resume` takes it up again.

    Args:
        problem: folder, YAML file or catalogue name.
        evaluations: programs to evaluate.
        dollars: most to spend on model calls.
        minutes: most wall time.
        target: fitness to stop at.
        models: names of models, in place of the problem's.
        base_url: endpoint of the models; None for the environment's.
        strategy: ``map_elites``, ``best_of_n``, ``hill_climb`` or ``random_elite``.
        seed: of all random streams; drawn when None.
        workers: turns at a time.
        db: archive, an SQLAlchemy URL or the path of a SQLite file.
        name: of the run.
        sets: ``key=value`` changes to the problem's definition.
        sandbox: ``auto``, ``docker`` or ``process``.
        memory: run whose lessons are carried over to this one, by id or name.
        prefect: whether Prefect records the run.
        quiet: whether nothing is said on the way.

    Raises:
        ProblemError: the definition is wrong.
        CambrianError: bad terms, an unusable database, model, sandbox or scorer. Trouble after the run was
            begun is no error but stands in ``summary.run.stopped_by``.
        KeyboardInterrupt: the user stopped it.
    """
    terms = Terms(
        problem=str(problem),
        evaluations=evaluations,
        dollars=dollars,
        minutes=minutes,
        target=target,
        models=tuple(models),
        base_url=base_url,
        strategy=strategy,
        seed=seed,
        workers=workers,
        db=None if db is None else str(db),
        name=name,
        sets=tuple(sets),
        sandbox=sandbox,
        memory=memory,
    )
    summary = _Background(terms, prefect=prefect, quiet=quiet).summary()
    return _result(summary, terms)


class _Background:
    """A run in a thread with its own event loop."""

    def __init__(self, terms: Terms, *, prefect: bool, quiet: bool) -> None:
        self._terms = terms
        self._prefect = prefect
        self._observe = _observer(quiet=quiet)
        self._begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    def summary(self) -> Summary:
        """Wait for the run's end; an interrupt stops it first."""
        with ThreadPoolExecutor(1, thread_name_prefix="cambrian") as thread:
            future = thread.submit(lambda: asyncio.run(self._drive()))
            try:
                return future.result()
            except KeyboardInterrupt:
                loop, stop = self._begun.result()
                with contextlib.suppress(RuntimeError):  # the loop ended by itself meanwhile
                    loop.call_soon_threadsafe(stop.set)
                raise

    async def _drive(self) -> Summary:
        stop = asyncio.Event()
        self._begun.set_result((asyncio.get_running_loop(), stop))
        if self._prefect:
            from flows.evolution import run_under_prefect

            return await run_under_prefect(self._terms, self._observe, stop=stop)
        from flows.compose import execute

        return await execute(self._terms, self._observe, stop=stop)


def _observer(*, quiet: bool) -> Observer:
    if quiet:
        return lambda event: None
    from flows.cli.show import LineView

    return LineView(result=False)


def _result(summary: Summary, terms: Terms) -> Result:
    from archive.sql.reader import open_reader
    from flows.settings import read_settings

    reader = open_reader(terms.db or read_settings().database)
    try:
        return Result(
            summary=summary,
            program=None if summary.best is None else reader.program(summary.best.program),
            curve=tuple(reader.curve(summary.run.id)),
        )
    finally:
        reader.close()


def _rows(summary: Summary) -> list[tuple[str, str]]:
    run = summary.run
    failures = ", ".join(f"{number} {verdict}" for verdict, number in sorted(summary.failures.items()))
    rows = [
        ("stopped by", "still running" if run.stopped_by is None else run.stopped_by.value),
        ("evaluations", f"{summary.evaluations}, {summary.valid} valid, {summary.duplicates} duplicates"),
        ("failures", failures or "none"),
        (
            "archive",
            f"{summary.cells} cells, coverage {summary.coverage:.0%}, QD score {summary.qd_score:.6g}",
        ),
        (
            "spent",
            f"{summary.calls} calls, {summary.usage.tokens_in + summary.usage.tokens_out} tokens, "
            f"${summary.usage.dollars:.4f}, {summary.seconds:.0f} s",
        ),
        ("terms", f"{run.strategy}, {', '.join(run.models)}, seed {run.seed}, {run.workers} workers"),
    ]
    if summary.best is not None:
        metrics = sorted(summary.best.metrics.items())[:_METRICS_SHOWN]
        rows += [(name, f"{value:.10g}") for name, value in metrics]
    return rows


def _table_html(rows: Sequence[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>" for key, value in rows)
    return f"<table>{body}</table>"


def _curve_svg(curve: Sequence[CurvePoint], *, end: int) -> str:
    """The best so far over evaluations as a line of steps; the first and last value are written beside it."""
    if not curve:
        return ""
    values = [point.fitness for point in curve]
    low, high = min(values), max(values)
    across = (_WIDTH - 2 * _MARGIN) / max(1, end)
    up = (_HEIGHT - 2 * _MARGIN) / ((high - low) or 1.0)

    def place(evaluations: int, fitness: float) -> str:
        return f"{_MARGIN + across * evaluations:.1f},{_HEIGHT - _MARGIN - up * (fitness - low):.1f}"

    points = [place(curve[0].evaluations, curve[0].fitness)]
    for before, after in pairwise(curve):
        points += [place(after.evaluations, before.fitness), place(after.evaluations, after.fitness)]
    points.append(place(max(end, curve[-1].evaluations), curve[-1].fitness))
    title = f"Best so far: {values[0]:.6g} to {values[-1]:.6g} in {end} evaluations"
    return (
        f'<svg role="img" aria-label="{title}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}"><title>{title}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#bbb"/>'
        f'<polyline points="{" ".join(points)}" fill="none" stroke="#1f6fb2" stroke-width="2"/></svg>'
        f"<p><small>{title}</small></p>"
    )
