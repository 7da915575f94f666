"""How a run is shown while it goes on: live in a terminal, lines elsewhere, JSON for scripts."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flows.cli.text import plain
from flows.events import Evaluated, Event, Finished, Improved, Notice, Progress, Started
from flows.report import event_json

if TYPE_CHECKING:
    from archive.run import Summary

__all__ = ["JsonView", "LineView", "clock", "open_view", "result_lines"]

_LINE_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


class LineView:
    """Plain lines on standard error, for logs and pipes; the result on standard output."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self._say(_opening(event))
            case Notice():
                self._say(event.text)
            case Improved():
                self._say(_improvement(event))
            case Progress() if time.monotonic() - self._said >= _LINE_EVERY:
                self._said = time.monotonic()
                self._say(progress_text(event))
            case Finished():
                print("\n".join(result_lines(event.summary, event.trouble)), flush=True)
            case _:
                pass

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class JsonView:
    """One JSON object a line on standard output; what is for people goes to standard error."""

    def __call__(self, event: Event) -> None:
        line = event_json(event)
        if line is not None:
            print(json.dumps(line, allow_nan=False), flush=True)
        elif isinstance(event, Notice):
            print(event.text, file=sys.stderr, flush=True)
        if isinstance(event, Finished) and event.trouble:
            print(event.trouble, file=sys.stderr, flush=True)


class LiveView:
    """A calm live line at the foot of a terminal, improvements scrolling above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

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
                self._say(event.text, "dim")
            case Improved():
                self._say(_improvement(event), "green")
            case Progress():
                self._live.update(self._text(progress_text(event)))
            case Finished():
                self._live.stop()
                print("\n".join(result_lines(event.summary, event.trouble)), flush=True)
            case Evaluated():
                pass

    def _say(self, text: str, style: str) -> None:
        self._console.print(self._text(text, style=style))


@contextmanager
def open_view(*, machine: bool) -> Iterator[JsonView | LineView | LiveView]:
    """The view that suits: JSON when asked for, live in a terminal, else lines."""
    if machine:
        yield JsonView()
    elif sys.stderr.isatty():
        with LiveView() as view:
            yield view
    else:
        yield LineView()


def result_lines(summary: Summary, trouble: str = "") -> list[str]:
    """The end of a run in a few lines: result, why it stopped, how to see it and go on."""
    run, best = summary.run, summary.best
    why = "running" if run.stopped_by is None else run.stopped_by.value.replace("_", " ")
    lines = [""]
    if trouble:
        lines.append(f"Paused: {trouble}")
    best_line = "none yet" if best is None else f"{best.fitness:.10g}  (program {best.program[:12]})"
    tokens = summary.usage.tokens_in + summary.usage.tokens_out
    lines += [
        f"Run {run.name} ({run.problem}): {run.state.value}, stopped by {why}",
        f"  best        {best_line}",
        f"  evaluated   {summary.evaluations} programs, {summary.valid} valid{_failures(summary.failures)}, "
        f"{summary.duplicates} duplicates not run",
        f"  archive     {summary.cells} cells, coverage {summary.coverage:.0%}, "
        f"QD score {summary.qd_score:.6g}",
        f"  spent       {summary.calls} model calls, {tokens} tokens, ${summary.usage.dollars:.4f}, "
        f"{clock(summary.seconds)}",
        f"  see it      cambrian best {run.name}     cambrian diff {run.name}     cambrian dashboard",
        f"  go on       cambrian resume {run.name}{_more(summary)}",
    ]
    return lines


def progress_text(event: Progress) -> str:
    """One line on how far a run has come."""
    parts = [
        f"{event.evaluations}{'' if event.limit is None else f'/{event.limit}'} evaluated",
        f"best {'-' if event.best is None else f'{event.best:.8g}'}",
        f"{event.rate:.1f}/s",
        f"{event.cells} cells",
    ]
    if event.dollars:
        parts.append(f"${event.dollars:.4f}")
    if event.failures:
        parts.append(" ".join(f"{verdict} {number}" for verdict, number in sorted(event.failures.items())))
    if event.duplicates:
        parts.append(f"duplicates {event.duplicates}")
    parts.append(clock(event.seconds))
    if event.eta_seconds is not None:
        parts.append(f"{clock(event.eta_seconds)} left")
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """A duration as people write it: 12 s, 3 min 05 s, 2 h 07 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _opening(event: Started) -> str:
    run = event.run
    how = f"resumed after {event.evaluations} evaluations" if event.resumed else f"seed {run.seed}"
    return (
        f"Run {run.name}: {run.problem}, {run.strategy}, {run.islands} islands, {run.workers} workers, {how}"
    )


def _improvement(event: Improved) -> str:
    idea = f"  {plain(event.idea[:90])}" if event.idea else ""
    found = f"best {event.fitness:.8g}  ({event.operator})"
    return f"{clock(event.seconds):>12}  #{event.evaluations:<6} {found}{idea}"


def _failures(failures: Mapping[str, int]) -> str:
    return "".join(f", {number} {verdict.replace('_', ' ')}" for verdict, number in sorted(failures.items()))


def _more(summary: Summary) -> str:
    """What a resume must be given to have anything to do."""
    from archive.run import StopReason

    if summary.run.stopped_by is StopReason.EVALUATIONS:
        return f" --evaluations {2 * (summary.run.budget.evaluations or summary.evaluations)}"
    if summary.run.stopped_by is StopReason.MINUTES:
        return f" --minutes {2 * (summary.run.budget.minutes or 1):g}"
    if summary.run.stopped_by is StopReason.DOLLARS:
        return f" --dollars {2 * (summary.run.budget.dollars or 1):g}"
    return ""
