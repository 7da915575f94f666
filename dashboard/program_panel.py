"""One program: its source, what it changed, what it was found to be worth."""

from __future__ import annotations

import streamlit as st

from archive.evaluation import Evaluation
from archive.program import Program
from dashboard.plain import NONE, Clipped, clip, diff, duration, line, number
from dashboard.reader import Story

__all__ = ["show"]

_SOURCE_HEIGHT = 380


def show(story: Story) -> None:
    """Draw a program under tabs. Its text and its reasons are shown as text and nothing else."""
    st.text(_origin(story))
    source, parent, seed, worth = st.tabs(["Source", "Changes to parent", "Changes to seed", "Evaluation"])
    with source:
        _code(clip(story.program.text), story.program.language)
    with parent:
        _changes(story.parent, story.program, missing="It was made from no other program.")
    with seed:
        _changes(story.seed, story.program, missing="It is where its line begins.")
    with worth:
        _evaluation(story.evaluation)


def _origin(story: Story) -> str:
    facts = [story.program.id[:10]]
    if story.evaluation is not None:
        worth = story.evaluation.fitness
        facts.append(f"fitness {number(worth, 10)}" if worth is not None else story.evaluation.verdict.value)
    if story.birth is not None:
        birth = story.birth
        facts += [f"by {birth.operator}"] + ([f"of {birth.parents[0][:10]}"] if birth.parents else [])
        facts += [f"island {birth.island}"] + ([birth.model] if birth.model else [])
        facts += [f"{birth.at:%H:%M:%S} UTC"]
    return line("  |  ".join(facts))


def _changes(before: Program | None, after: Program, *, missing: str) -> None:
    if before is None:
        st.caption(missing)
        return
    changes = diff(before.text, after.text)
    if changes.text:
        _code(changes, "diff")
    else:
        st.caption(changes.note or "No change to the text.")


def _code(shown: Clipped, language: str) -> None:
    if shown.note:
        st.caption(shown.note)
    st.code(shown.text, language=language, height=_SOURCE_HEIGHT)


def _evaluation(evaluation: Evaluation | None) -> None:
    if evaluation is None:
        st.caption("It has not been evaluated in this run.")
        return
    if evaluation.reason:
        st.text(line(evaluation.reason, 2_000))
    st.dataframe(
        {
            "metric": [line(name) for name in evaluation.metrics],
            "value": [number(value, 10) for value in evaluation.metrics.values()],
        },
        hide_index=True,
        height="content" if len(evaluation.metrics) < 10 else 320,
        column_config={"metric": st.column_config.TextColumn(), "value": st.column_config.TextColumn()},
    )
    stages = evaluation.stages
    st.dataframe(
        {
            "stage": [line(stage.stage) for stage in stages],
            "state": [stage.state.value for stage in stages],
            "time": [duration(stage.seconds) + (" (cached)" if stage.cached else "") for stage in stages],
            "note": [line(stage.note) or NONE for stage in stages],
        },
        hide_index=True,
    )
