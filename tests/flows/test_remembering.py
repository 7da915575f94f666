"""The memory of a run, in the engine and on its own."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from doubles import Adder, Hook, drive, no_hook, number_problem, run_of

from archive.about import About, is_note
from archive.attempt import Attempt, AttemptState, Candidate, Plan
from archive.cell import Cell, Outcome, Placement
from archive.evaluation import Evaluation, Verdict
from archive.experience import Lesson, LessonKind
from archive.memory import MemoryStore
from archive.program import Program
from archive.run import Run
from archive.sql.store import SqlStore, open_store
from flows.clock import SystemClock
from flows.memory_from import carried_from, carry_over
from flows.remembering import Memory
from mutators.mutator import Context, Proposal, Shown

RUN = "abcdef012345"


@pytest.fixture
async def store(tmp_path: Path, blank: Path) -> AsyncIterator[SqlStore]:
    opened = open_store(shutil.copy(blank, tmp_path / "runs.db"))
    yield opened
    await opened.close()


class Reading(Adder):
    """Does what the lessons it is shown say: what it proposes changes with any word of them."""

    def __init__(self, hook: Hook = no_hook) -> None:
        super().__init__(hook)
        self.shown: dict[int, tuple[str, ...]] = {}

    async def propose(self, context: Context) -> Proposal:
        told = tuple(lesson.text for lesson in context.lessons)
        number = context.attempt.number
        assert self.shown.setdefault(number, told) == told
        seed = random.Random(f"{context.seed}{told}").getrandbits(31)
        return await super().propose(replace(context, seed=seed))

    async def summarize(self, context: Context, candidate: Candidate) -> Lesson | None:
        made = await super().summarize(context, candidate)
        number = context.attempt.number
        kind = list(LessonKind)[number % 3]
        thing = ("radius", "border", "corner", "middle")[number % 4]
        assert made is not None
        return replace(
            made,
            kind=kind,
            text=f"{thing} {thing} taught by {''.join('abcdefghij'[int(d)] * 3 for d in str(number))}",
        )


class Cut(BaseException):
    """What a kill looks like from inside: nothing gets a chance to tidy up."""


async def test_what_is_shown_after_any_number_of_kills_is_what_is_shown_without_one(store: SqlStore) -> None:
    """Broken by hand: fitting to all lessons there are, taking a batch in when its thread ends, or keeping
    the count of a lesson's uses from before the kill, fails this.
    """
    problem = number_problem(evaluations=150)
    whole = MemoryStore()
    await whole.create_run(run_of(problem))
    calm = Reading()
    _, _, undisturbed = await drive(problem, whole, calm)

    await store.create_run(run_of(problem))
    rng = random.Random(9)
    left, cuts = [rng.randrange(20, 50)], 0

    def hook(step: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Cut(step)

    shown: dict[int, tuple[str, ...]] = {}
    while True:
        reading = Reading(hook)
        reading.shown = shown
        try:
            _, _, archive = await drive(problem, store, reading)
            break
        except Cut:
            cuts += 1
            left[0] = rng.randrange(20, 50)
    assert cuts > 10
    assert shown == calm.shown
    assert archive.elites() == undisturbed.elites()
    kept = [_told(lesson) for lesson in await store.lessons(RUN, 1000)]
    assert kept == [_told(lesson) for lesson in await whole.lessons(RUN, 1000)]
    assert any(is_note(lesson) for lesson in await store.lessons(RUN, 1000))


def _told(lesson: Lesson) -> tuple[object, ...]:
    return (lesson.kind, lesson.text, lesson.uses, lesson.successes, lesson.evidence, lesson.expired)


async def test_without_memory_turns_are_shown_no_lessons_and_lessons_are_kept_all_the_same() -> None:
    """Fails when `search.memory` is not looked at, or when no lesson is drawn without it."""
    problem = number_problem(evaluations=40)
    shown = {}
    for memory in (True, False):
        its = replace(problem, search=replace(problem.search, memory=memory))
        kept = MemoryStore()
        await kept.create_run(run_of(its))
        reading = Reading()
        await drive(its, kept, reading)
        shown[memory] = [text for told in reading.shown.values() for text in told]
        assert await kept.lessons(RUN, 1000)
    assert shown[True]
    assert shown[False] == []


async def test_failures_become_notes_that_take_the_place_of_their_lessons() -> None:
    problem = number_problem(evaluations=80)
    memory_store = MemoryStore()
    await memory_store.create_run(run_of(problem))
    await drive(problem, memory_store, Reading())
    lessons = await memory_store.lessons(RUN, 1000)
    notes = [lesson for lesson in lessons if is_note(lesson)]
    assert any(note.text.endswith("attempts went wrong alike: invalid: unlucky") for note in notes)
    spoken_for = {attempt for note in notes for attempt in note.evidence}
    members = [one for one in lessons if not is_note(one) and one.attempt in spoken_for]
    assert all(one.expired for one in members if About.read(one.context).outcome == "failed")
    live = await memory_store.live_lessons(RUN)
    assert {lesson.id for lesson in live} == {lesson.id for lesson in lessons if not lesson.expired}


async def test_a_failure_that_no_model_spoke_of_is_a_lesson_in_its_own_words() -> None:
    problem = number_problem(evaluations=40)
    problem = replace(problem, search=replace(problem.search, summarize=False))
    memory_store = MemoryStore()
    await memory_store.create_run(run_of(problem))
    await drive(problem, memory_store, Adder())
    lessons = await memory_store.lessons(RUN, 100)
    assert lessons
    assert {(lesson.kind, lesson.text) for lesson in lessons} == {(LessonKind.MISTAKE, "invalid: unlucky")}


async def test_many_turns_at_once_are_all_served() -> None:
    problem = number_problem(evaluations=140)
    memory_store = MemoryStore()
    run = run_of(problem, workers=6)
    await memory_store.create_run(run)
    await drive(problem, memory_store, Reading(), run=run)
    assert await memory_store.unfinished(RUN) == []
    assert any(is_note(lesson) for lesson in await memory_store.lessons(RUN, 1000))


async def test_a_lesson_that_is_shown_often_and_never_helps_is_shown_no_more() -> None:
    memory_store, memory = await _with_lessons(
        [("good advice on corners", 30, 20), ("poor advice on corners", 40, 0)]
    )
    shown = await memory.recall(_context(1))
    assert [lesson.text for lesson in shown] == ["good advice on corners"]
    assert [lesson.expired for lesson in await memory_store.lessons(RUN)] == [True, False]


async def test_what_a_turn_shows_is_counted_as_the_store_counts_it() -> None:
    memory_store, memory = await _with_lessons([("sort the circles", 0, 0), ("grow a radius", 0, 0)])
    for number, improved in ((1, True), (2, False)):
        context = _context(number)
        await memory_store.open_attempt(context.attempt)
        shown = await memory.recall(context)
        plan = Plan(idea="x", lessons=tuple(lesson.id for lesson in shown))
        planned = context.attempt.move(AttemptState.PLANNED, plan=plan)
        await memory_store.advance(planned)
        ended = replace(planned, state=AttemptState.DONE)
        await memory_store.advance(ended, success=improved)
        memory.ended(ended, improved=improved)
    again = Memory(store=memory_store, run=RUN, clock=SystemClock())
    for one in (memory, again):
        assert [(x.uses, x.successes) for x in await one.recall(_context(3))] == [(2, 1), (2, 1)]


@pytest.mark.parametrize(
    ("verdict", "outcome", "told"),
    [
        (Verdict.VALID, Outcome.IMPROVED, "improved"),
        (Verdict.VALID, Outcome.REFUSED, "refused"),
        (Verdict.INVALID, Outcome.REFUSED, "failed"),
    ],
)
async def test_a_lesson_is_kept_with_what_it_rests_on_and_is_about(
    verdict: Verdict, outcome: Outcome, told: str
) -> None:
    _, memory = await _with_lessons([])
    context = _context(7)
    context = replace(context, attempt=replace(context.attempt, plan=Plan(idea="Sort by size")))
    evaluation = Evaluation(
        program="p",
        problem="d" * 64,
        verdict=verdict,
        fitness=1.0 if verdict is Verdict.VALID else None,
        reason="" if verdict is Verdict.VALID else "circles overlap",
    )
    candidate = Candidate(
        operator="diff",
        program=Program.of("text", {"n.txt": "corner\nsorted"}),
        evaluation=evaluation,
        placement=Placement(outcome=outcome, cell=None if outcome is Outcome.REFUSED else Cell((0,))),
    )
    lesson = Lesson(run=RUN, attempt=7, kind=LessonKind.INSIGHT, text="t", at=datetime.now(UTC))
    kept = memory.taught(context, candidate, lesson)
    assert kept is not None
    assert kept.evidence == (7,)
    about = About.read(kept.context)
    assert (about.outcome, about.idea, about.words) == (told, "Sort by size", "diff sorted")
    assert ("overlap" in about.reason) == (verdict is Verdict.INVALID)


async def test_lessons_are_carried_over_once_and_not_again_on_resume(store: SqlStore) -> None:
    problem = number_problem(evaluations=30)
    old = replace(run_of(problem), id="feed00000000", name="old")
    await store.create_run(old)
    await drive(problem, store, Reading(), run=old)
    run = await _begun(store, problem_run=run_of(problem), key="old")
    totals = await store.totals(RUN)
    assert "lessons of run old were carried over" in await carry_over(store, run, totals)
    carried = await store.lessons(RUN, 100)
    assert carried
    assert {(lesson.origin, lesson.attempt) for lesson in carried} == {(old.id, 0)}
    await store.add_lessons(old.id, [replace(carried[0], text="learned meanwhile", origin=None)])
    assert await carry_over(store, run, totals) == ""
    reading = Reading()
    await drive(problem, store, reading, run=run)
    assert reading.shown[1]
    assert await carry_over(store, run, await store.totals(RUN)) == ""
    assert len([one for one in await store.lessons(RUN, 1000) if one.origin]) == len(carried)


async def test_nothing_is_carried_unless_it_was_asked_for(store: SqlStore) -> None:
    problem = number_problem(evaluations=5)
    await store.create_run(run_of(problem))
    assert await carry_over(store, await store.find_run(RUN), await store.totals(RUN)) == ""
    assert list(await store.lessons(RUN)) == []


async def _begun(store: SqlStore, *, problem_run: Run, key: str) -> Run:
    await store.create_run(replace(problem_run, overrides=await carried_from(store, key)))
    return await store.find_run(problem_run.id)


async def _with_lessons(told: list[tuple[str, int, int]]) -> tuple[MemoryStore, Memory]:
    store = MemoryStore()
    await store.create_run(run_of(number_problem()))
    await store.add_lessons(
        RUN,
        [
            Lesson(
                run=RUN,
                attempt=0,
                kind=LessonKind.INSIGHT,
                text=text,
                uses=uses,
                successes=good,
                at=datetime.now(UTC),
            )
            for text, uses, good in told
        ],
    )
    return store, Memory(store=store, run=RUN, clock=SystemClock())


def _context(number: int) -> Context:
    program = Program.of("text", {"n.txt": "corner"})
    return Context(
        problem=number_problem(),
        attempt=Attempt(run=RUN, number=number, island=0, parents=(program.id,), started=datetime.now(UTC)),
        parent=Shown(
            program=program,
            evaluation=Evaluation(program=program.id, problem="d" * 64, verdict=Verdict.VALID, fitness=1.0),
        ),
        seed=number,
    )
