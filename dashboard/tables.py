"""Compact tables of what a run has tried and learned. Cells hold plain text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from archive.attempt import Attempt
from archive.evaluation import Evaluation
from archive.lineage import Birth
from dashboard.plain import NONE, duration, line, number
from dashboard.reader import Board

__all__ = ["attempts", "lessons"]

_ATTEMPTS = 20
_LESSONS = 20
_HEIGHT = 318
_Found = Sequence[tuple[Birth, Evaluation]]


def attempts(board: Board, run: str) -> None:
    """Draw the newest attempts of a run, each with the best program it led to."""
    st.subheader("Latest attempts", anchor=False)
    newest = board.attempts(run)[:_ATTEMPTS]
    if not newest:
        st.caption("No attempt has been drawn yet.")
        return
    found: dict[int | None, list[tuple[Birth, Evaluation]]] = {}
    for birth, evaluation in board.programs(run):
        found.setdefault(birth.attempt, []).append((birth, evaluation))
    led_to = [found.get(attempt.number, []) for attempt in newest]
    st.dataframe(
        {
            "no.": [attempt.number for attempt in newest],
            "state": [attempt.state.value for attempt in newest],
            "idea": [line(attempt.plan.idea) if attempt.plan else NONE for attempt in newest],
            "operator": [
                line(", ".join(dict.fromkeys(birth.operator for birth, _ in each))) for each in led_to
            ],
            "result": [_result(each) for each in led_to],
            "why": [_why(attempt, each) for attempt, each in zip(newest, led_to, strict=True)],
            "island": [attempt.island for attempt in newest],
            "took": [_took(attempt) for attempt in newest],
        },
        hide_index=True,
        height=_HEIGHT if len(newest) > 8 else "content",
        key="attempts",
        column_config={
            "no.": st.column_config.NumberColumn(width=60),
            "idea": st.column_config.TextColumn(width=300),
            "why": st.column_config.TextColumn("reason", width=190),
            "island": st.column_config.NumberColumn(width=60),
            "took": st.column_config.TextColumn(width=80),
        },
    )


def lessons(board: Board, run: str) -> None:
    """Draw the newest lessons of a run."""
    st.subheader("Lessons", anchor=False)
    newest = board.lessons(run)[:_LESSONS]
    if not newest:
        st.caption("No lesson has been drawn yet.")
        return
    st.dataframe(
        {
            "lesson": [line(lesson.text, 600) for lesson in newest],
            "kind": [lesson.kind.value for lesson in newest],
            "attempt": [lesson.attempt for lesson in newest],
            "shown": [lesson.uses for lesson in newest],
            "helped": [lesson.successes for lesson in newest],
            "worth": [round(lesson.worth, 3) for lesson in newest],
        },
        hide_index=True,
        height=_HEIGHT if len(newest) > 8 else "content",
        key="lessons",
        column_config={
            "lesson": st.column_config.TextColumn(width="large"),
            "shown": st.column_config.NumberColumn(help="Attempts that were shown it."),
            "helped": st.column_config.NumberColumn(help="Of these, attempts that improved a cell."),
            "worth": st.column_config.NumberColumn(help="Expected share of attempts that it helps, 0 to 1."),
        },
    )


def _result(found: _Found) -> str:
    valid = [evaluation.fitness for _, evaluation in found if evaluation.fitness is not None]
    if valid:
        return ", ".join(number(fitness, 8) for fitness in valid[:3]) + (" …" if len(valid) > 3 else "")
    return ", ".join(dict.fromkeys(evaluation.verdict.value for _, evaluation in found)) or NONE


def _why(attempt: Attempt, found: _Found) -> str:
    reasons = [attempt.note, *(evaluation.reason for _, evaluation in found)]
    return line(next((reason for reason in reasons if reason), ""))


def _took(attempt: Attempt) -> str:
    ended: datetime | None = attempt.ended
    return duration((ended - attempt.started).total_seconds()) if ended else NONE
