"""What `check` found, for people and for scripts."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from flows.cli.text import clip, count, plain, spoken

if TYPE_CHECKING:
    from archive.program import Program
    from evaluators.attacks.findings import Finding
    from evaluators.attacks.run import Report
    from flows.appraise import Check

__all__ = ["Progress", "answer", "lines", "write_candidates"]

_WIDTH: Final = 110


class Progress:
    """One line on standard error that says what is under way; nothing where that is no terminal."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._shown = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._show("")

    def say(self, text: str) -> None:
        self._show(clip(plain(self._title + text), 78))

    def _show(self, text: str) -> None:
        if not sys.stderr.isatty():
            return
        sys.stderr.write("\r" + text.ljust(self._shown) + ("" if text else "\r"))
        sys.stderr.flush()
        self._shown = len(text)


def answer(found: Check) -> dict[str, object]:
    """The fields of the JSON answer that tell of attacks; numbers are None where it never came to them."""
    report = found.report
    return {
        "spread": found.spread,
        "attacks": None if report is None else report.tried,
        "held": None if report is None else report.held,
        "left_out": None if report is None else report.left_out,
        "attack_seconds": None if report is None else report.seconds,
        "findings": [] if report is None else [_finding(one) for one in report.findings],
    }


def lines(found: Check, kept: list[Path]) -> list[str]:
    """The findings as a person reads them; one line where everything was held."""
    report = found.report
    if report is None:
        return []
    told = f"  {count(report.tried, 'attack')} in {report.seconds:.1f} s: {report.held} held"
    if not report.tried:
        told = "  no attacks were made"
    elif report.held == report.tried:
        told = f"  {count(report.tried, 'attack')} in {report.seconds:.1f} s: all held"
    if report.findings:
        told += f", {count(len(report.findings), 'finding')}"
    if report.left_out:
        told += f"; {report.left_out} more left out for want of time"
    shown = [told]
    for one in report.findings:
        head = f"  {one.severity.value:<8} "
        shown += _wrapped(head, f"{one.text} [{one.rule}]")
        shown += _wrapped(" " * len(head), f"-> {spoken(one.mend)}")
    if kept:
        shown.append(f"  written, to be tried again with `cambrian score`: {', '.join(map(str, kept))}")
    elif any(one.program is not None for one in report.findings):
        shown.append("  --keep DIR writes the candidates that show this")
    return [spoken(line) for line in shown]


def write_candidates(report: Report, folder: Path) -> list[Path]:
    """Write the candidate of each finding: a file where the program has one, else a folder of its own."""
    written = []
    for finding in report.findings:
        if finding.program is None:
            continue
        place = folder / finding.attacks[0]
        sources = finding.program.sources
        if len(sources) == 1:
            place = place.with_suffix(Path(finding.program.main).suffix)
            _write(place, next(iter(sources.values())))
        else:
            for name, text in sources.items():
                _write(place / name, text)
        written.append(place)
    return list(dict.fromkeys(written))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="surrogateescape")


def _finding(one: Finding) -> dict[str, object]:
    return {
        "severity": one.severity.value,
        "rule": one.rule,
        "what": one.text,
        "mend": one.mend,
        "attacks": list(one.attacks),
        "candidate": _sources(one.program),
    }


def _sources(program: Program | None) -> dict[str, str] | None:
    if program is None:
        return None
    whole = dict(program.sources)
    # A value of a megabyte in a report helps nobody; --keep writes it.
    return whole if len(json.dumps(whole)) <= 1 << 16 else None


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        plain(text),
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
