from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archive.experience import Lesson, LessonKind
from mutators.embedded.prompt import read_prompt
from mutators.mutator import Context, Earlier
from mutators.notebook import notebook
from mutators.planner import ModelPlanner
from tests.mutators.fakes import NOW, Scripted, context, failed, problem, program, shown

PROGRAMS = [shown(f"def pack(n):\n    return {n}\n" + "# filler\n" * n, float(n)) for n in range(12)]
LESSONS = [
    Lesson(run="r1", attempt=n, kind=LessonKind.INSIGHT, text=f"lesson {n}", at=NOW, id=n)
    for n in range(1, 30)
]
turns = st.builds(
    lambda programs, lessons: Earlier(
        programs=tuple(PROGRAMS[n] for n in programs), lessons=tuple(LESSONS[n] for n in lessons)
    ),
    st.lists(st.integers(0, 11), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 28), max_size=5, unique=True),
)


def at(turn: Earlier, past: tuple[Earlier, ...]) -> Context:
    parent, *others = turn.programs
    return replace(context(inspirations=others, lessons=turn.lessons, past=past), parent=parent)


@given(st.lists(turns, min_size=2, max_size=20))
def test_a_notebook_begins_with_the_one_before_or_anew(history: list[Earlier]) -> None:
    """Broken by hand: writing programs before lessons, whatever turn they are of, fails this."""
    before = ""
    for number, turn in enumerate(history):
        text = notebook(at(turn, tuple(history[:number])), limit=20_000).text
        shown_now = [one.program.text for one in turn.programs] + [one.text for one in turn.lessons]
        new = [words for words in shown_now if f"{words}```" not in before and f"{words}\n" not in before]
        if not text.startswith(before):
            programs = sum(words.startswith("def") for words in new) + before.count("## Program ")
            lessons = len(turn.lessons) + before.count("- Lesson ")
            assert programs > 8 or lessons > 24
            assert all(words in text for words in shown_now)
        before = text


@given(st.lists(turns, min_size=1, max_size=20), st.integers(300, 3000))
def test_a_notebook_keeps_to_its_limit_and_holds_what_bears_on_the_turn(
    history: list[Earlier], limit: int
) -> None:
    """Broken by hand: not beginning anew when it is full leaves pages of the turn out and fails this."""
    *past, turn = history
    wide = notebook(at(turn, tuple(past)), limit=20_000)
    assert wide.parent
    assert len(wide.inspirations) == len(turn.programs) - 1
    assert len(wide.lessons) == len(turn.lessons)
    assert wide.text.count("## Program ") <= 8
    assert len(notebook(at(turn, tuple(past)), limit=limit).text) <= limit


@given(st.lists(turns, min_size=1, max_size=8))
def test_the_embedded_model_sees_the_parent_and_the_inspirations_of_the_turn(history: list[Earlier]) -> None:
    """Broken by hand: naming the page after the one that is meant fails this."""
    *past, turn = history
    model = Scripted("{}")
    asyncio.run(ModelPlanner(model).plan(at(turn, tuple(past))))
    prompt = read_prompt([(m.role, m.content) for m in model.requests[-1].messages])
    parent, *others = turn.programs
    assert [block.text for block in prompt.program] == [parent.program.text]
    assert [blocks[0].text for blocks in prompt.inspirations] == [one.program.text for one in others]


async def test_a_parent_too_large_for_a_page_is_shown_with_the_turn_and_in_full_where_it_fits() -> None:
    long = program("def pack(n):\n    return 1\n" + "# filler\n" * 2000)
    model = Scripted("{}")
    await ModelPlanner(model).plan(context(long, inspirations=[PROGRAMS[3]]))
    assert f"## Current program\n```python\n{long.text}```\nEvaluation: verdict valid" in model.prompt
    assert "## Inspirations\n- Program 1 (fitness 3)\n" in model.prompt


async def test_nothing_private_of_earlier_turns_reaches_a_prompt() -> None:
    foreign = replace(LESSONS[0], origin="r0", text="heldout is 77.125", id=90)
    past = (Earlier(programs=(PROGRAMS[1],), lessons=(foreign, LESSONS[1])),)
    model = Scripted("{}")
    await ModelPlanner(model).plan(context(past=past, failures=[failed(program(), private=True)]))
    text = json.dumps([m.content for m in model.requests[-1].messages])
    assert "lesson 2" in text
    for secret in ("77.125", "heldout", "secret_score", str(problem().objective.target)):
        assert secret not in text
