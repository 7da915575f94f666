"""Duplicates in a run: what is recognized, what is evaluated all the same, and what asking again does."""

from __future__ import annotations

import ast
import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from doubles import Adder, Hook, drive, no_hook, number_problem, run_of

from archive.attempt import AttemptState, Candidate
from archive.evaluation import Evaluation, Verdict
from archive.fingerprint import fingerprint
from archive.memory import MemoryStore
from archive.program import Program
from archive.run import StopReason
from archive.sql.reader import open_reader
from archive.sql.store import SqlStore, open_store
from archive.store import Store
from flows.drawing import Drawing
from flows.recognition import Likeness, Recognition, is_decided_by_behaviour
from flows.tally import Tally
from mutators.mutator import Context, Proposal
from mutators.novelty import Novelty
from problems.problem import Direction, Objective, Problem, StageSpec

CALL = StageSpec(id="run", uses="sandbox.call")
SCORE = StageSpec(id="score", uses="sandbox.score", needs=("run",))
LINT = StageSpec(id="lint", uses="static.python")


@pytest.fixture
async def store(tmp_path: Path, blank: Path) -> AsyncIterator[SqlStore]:
    opened = open_store(shutil.copy(blank, tmp_path / "runs.db"))
    yield opened
    await opened.close()


def python_problem(**budget: float) -> Problem:
    """The problem of one number, answered by a program in Python."""
    return replace(
        number_problem(**budget),
        language="python",
        initial={"n.py": text_of(1.0)},
        stages=(LINT, CALL, SCORE),
    )


def text_of(value: float, *, name: str = "found", comment: str = "") -> str:
    return f"def solve():\n    {name} = {value!r}{comment}\n    return {name}\n"


def value_of(program: Program) -> float:
    function = ast.parse(program.text).body[0]
    assert isinstance(function, ast.FunctionDef)
    assignment = function.body[0]
    assert isinstance(assignment, ast.Assign)
    return float(ast.literal_eval(assignment.value))


class Writer(Adder):
    """An adder that writes Python; `names` are those of its local variable, one after the other."""

    def __init__(
        self, hook: Hook = no_hook, *, names: tuple[str, ...] = ("found",), step: float = 0.125
    ) -> None:
        super().__init__(hook)
        self._names = names
        self._step = step
        self.refused = ""

    async def propose(self, context: Context) -> Proposal:
        self._hook("propose")
        await asyncio.sleep(0)
        number = context.attempt.number
        name = self._names[number % len(self._names)]
        value = value_of(context.parent.program) + self._step * (number % 3)
        program = Program.of("python", {"n.py": text_of(value, name=name)})
        return Proposal(candidate=Candidate(operator="diff", program=program, model="writer"))

    async def evaluate(self, program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
        self._hook("evaluate")
        await asyncio.sleep(0)
        self.evaluated.append(program.id)
        if self.refused and self.refused in program.text:
            return Evaluation(
                program=program.id, problem="d" * 64, verdict=Verdict.REFUSED, reason="its name"
            )
        value = value_of(program)
        return Evaluation(
            program=program.id,
            problem="d" * 64,
            verdict=Verdict.VALID,
            fitness=value,
            descriptors=(value % 1.0,),
            metrics={"n": value},
        )


async def test_what_does_the_same_as_a_known_program_is_a_duplicate_that_is_not_run(
    store: SqlStore, tmp_path: Path
) -> None:
    """Broken by hand: leaving the fingerprint out of `Recognition.look` fails this."""
    problem = python_problem(evaluations=12)
    await store.create_run(run_of(problem))
    writer = Writer(names=("found", "other", "third", "fourth"))
    await drive(problem, store, writer)
    values = [value_of(await _program(store, id_)) for id_ in writer.evaluated]
    assert len(values) == len(set(values)) == 12
    reader = open_reader(tmp_path / "runs.db")
    notes = [one.note for one in reader.attempts("abcdef012345", 200) if one.state is AttemptState.DUPLICATE]
    reader.close()
    assert any("does the same as" in note for note in notes)
    assert len(notes) == (await store.totals("abcdef012345")).duplicates


async def _program(store: Store, id_: str) -> Program:
    found = await store.program(id_)
    assert found is not None
    return found


class Cut(BaseException):
    """What a kill looks like from inside."""


async def test_a_run_that_is_cut_recognizes_what_an_undisturbed_one_does(store: SqlStore) -> None:
    """Broken by hand: remembering fingerprints in the process alone fails this."""
    problem = python_problem(evaluations=14)
    names = ("found", "other", "third", "fourth")
    whole = MemoryStore()
    await whole.create_run(run_of(problem))
    _, _, undisturbed = await drive(problem, whole, Writer(names=names))
    await store.create_run(run_of(problem))
    steps = [0]

    def hook(step: str) -> None:
        steps[0] += 1
        if steps[0] % 7 == 0:
            raise Cut(step)

    while True:
        try:
            _, _, archive = await drive(problem, store, Writer(hook, names=names))
            break
        except Cut:
            steps[0] += 1
    assert archive.elites() == undisturbed.elites()
    assert (
        (await store.totals("abcdef012345")).duplicates == (await whole.totals("abcdef012345")).duplicates > 0
    )


async def test_of_two_turns_that_come_to_the_same_at_once_one_evaluates() -> None:
    """Broken by hand: claiming the id alone fails this."""
    problem = python_problem(evaluations=9)
    store = MemoryStore()
    run = run_of(problem, workers=4)
    await store.create_run(run)
    writer = Writer(names=("a", "b", "c", "d", "e"))
    await drive(problem, store, writer, run=run)
    values = [value_of(await _program(store, id_)) for id_ in writer.evaluated]
    assert len(values) == len(set(values)) == 9


async def test_what_another_run_knows_is_evaluated_unless_it_is_the_very_same_text() -> None:
    """A run must not depend on what else the database holds.

    Broken by hand: taking the twin of any run fails this.
    """
    problem = python_problem(evaluations=4)
    store = MemoryStore()
    for number, names in enumerate((("found",), ("other",), ("other",))):
        run = replace(run_of(problem), id=f"abcdef01234{number}", name=f"r{number}")
        await store.create_run(run)
        writer = Writer(names=names)
        await drive(problem, store, writer, run=run)
        # The initial program is the same text in all three; of the others only the third run's are known.
        assert len(writer.evaluated) == (4, 3, 0)[number]


async def test_a_program_refused_for_its_text_does_not_stand_for_others_that_do_the_same() -> None:
    problem = python_problem(evaluations=3)
    store = MemoryStore()
    await store.create_run(run_of(problem))
    recognition = Recognition(store=store, run=run_of(problem), problem=problem)
    writer = Writer(names=("forbidden", "fine"), step=1.0)
    writer.refused = "forbidden"
    await drive(problem, store, writer)
    tried = [await _program(store, id_) for id_ in writer.evaluated]
    refused = next(program for program in tried if "forbidden" in program.text)
    twin = Program.of("python", {"n.py": text_of(value_of(refused), name="allowed")})
    assert await store.alike("abcdef012345", fingerprint(twin) or "", "d" * 64) == refused.id
    found = await recognition.look(twin)
    assert found.likeness is None


async def test_a_claim_is_held_until_it_is_released_and_given_up_when_the_store_fails() -> None:
    problem = python_problem()

    class Failing(MemoryStore):
        async def alike(self, run: str, fingerprint: str, problem: str) -> str | None:
            raise OSError("gone")

    store = MemoryStore()
    await store.create_run(run_of(problem))
    recognition = Recognition(store=store, run=run_of(problem), problem=problem)
    one, twin = (Program.of("python", {"n.py": text_of(5.0, name=name)}) for name in ("a", "b"))
    assert (await recognition.look(one)).likeness is None
    assert (await recognition.look(one)).likeness is Likeness.SAME
    found = await recognition.look(twin)
    assert (found.likeness, found.of) == (Likeness.ALIKE, one.id)
    recognition.release(one)
    assert (await recognition.look(twin)).likeness is None
    failing = Recognition(store=Failing(), run=run_of(problem), problem=problem)
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            await failing.look(one)


@pytest.mark.parametrize(
    ("changes", "decided"),
    [
        ({}, True),
        ({"stages": (CALL, SCORE, StageSpec(id="view", uses="model.judge"))}, True),
        ({"stages": (LINT, StageSpec(id="run", uses="sandbox.command"), SCORE)}, False),
        ({"stages": (StageSpec(id="all", uses="sandbox.trusted_together"),)}, False),
        ({"stages": (LINT, CALL, SCORE, StageSpec(id="later", uses="delayed"))}, False),
        ({"stages": (LINT, replace(CALL, when="lint.lines < 40"), SCORE)}, False),
        ({"stages": (LINT, CALL, SCORE, replace(CALL, id="more", when="score.n > 1"))}, True),
        ({"objectives": (Objective(metric="lint.lines", direction=Direction.MINIMIZE),)}, False),
        ({"objectives": (Objective(metric="static.lines", direction=Direction.MINIMIZE),)}, False),
        ({"objectives": (Objective(metric="width"),)}, True),
        (
            {
                "stages": (CALL, SCORE, StageSpec(id="view", uses="model.judge")),
                "objectives": (Objective(metric="opinion"),),
            },
            False,
        ),
    ],
)
def test_behaviour_decides_unless_a_stage_that_sees_the_text_has_a_say(
    changes: dict[str, object], decided: bool
) -> None:
    problem = replace(python_problem(), **changes)  # type: ignore[arg-type]  # fields by name
    assert is_decided_by_behaviour(problem) is decided


class Asked(Writer):
    """Writes what it is told to, then, when it is asked again, something else."""

    def __init__(self, first: str | None, second: str | None) -> None:
        super().__init__()
        self._texts = (first, second)
        self.complaints: list[str] = []

    async def propose(self, context: Context) -> Proposal:
        return self._made(0)

    async def again(self, context: Context, *, complaint: str, last: str, number: int) -> Proposal:
        self.complaints.append(complaint)
        return self._made(min(number, 1))

    def _made(self, which: int) -> Proposal:
        text = self._texts[which]
        if text is None:
            return Proposal(candidate=None, note="no program")
        program = Program.of("python", {"n.py": text})
        return Proposal(candidate=Candidate(operator="diff", program=program, model="asked"))


LONG = "def solve():\n" + "".join(f"    total_{i} = {i} ** 2\n" for i in range(40)) + "    return 2.5\n"
NEAR = LONG.replace("2.5", "3.5")


@pytest.mark.parametrize(
    ("first", "second", "likeness", "text", "asked"),
    [
        (text_of(7.0), text_of(8.0), None, text_of(7.0), 0),
        (text_of(1.0), text_of(8.0), None, text_of(8.0), 1),
        (text_of(1.0, name="other"), text_of(8.0), None, text_of(8.0), 1),
        (text_of(1.0, name="other"), None, Likeness.ALIKE, text_of(1.0, name="other"), 1),
        (text_of(1.0), text_of(1.0, name="other"), Likeness.SAME, text_of(1.0), 1),
        (NEAR, text_of(8.0), None, text_of(8.0), 1),
        (NEAR, NEAR, Likeness.NEAR, NEAR, 1),
        (NEAR, None, Likeness.NEAR, NEAR, 1),
        (NEAR, LONG, Likeness.NEAR, NEAR, 1),
        (LONG, text_of(8.0), None, text_of(8.0), 1),
        (None, text_of(8.0), None, None, 0),
    ],
)
async def test_a_repeated_proposal_is_asked_for_again_once_and_a_near_one_is_taken_when_nothing_newer_comes(
    first: str | None, second: str | None, likeness: Likeness | None, text: str | None, asked: int
) -> None:
    problem = python_problem(evaluations=2)
    store = MemoryStore()
    await store.create_run(run_of(problem))
    known = Asked(LONG, None)
    known.evaluate = _all_valid(known)  # type: ignore[method-assign]  # the value is not where it looks for it
    _, _, archive = await drive(problem, store, known)
    writer = Asked(first, second)
    tally = Tally(budget=problem.budget, clock=_Still())
    drawing = Drawing(
        run=run_of(problem),
        problem=problem,
        store=store,
        archive=archive,
        executor=writer,
        novelty=Novelty(writer),
        tally=tally,
    )
    proposal, found = await drawing.propose(known.contexts[0])
    made = None if proposal.candidate is None else proposal.candidate.program
    assert (None if made is None else made.text) == text
    assert found.likeness is likeness
    assert len(writer.complaints) == tally.redraws == asked
    assert dict(tally.repeats) == ({} if likeness is None else {likeness.value: 1})
    if made is not None and not found.is_duplicate:
        drawing.release(made)
    # Nothing else is left claimed. Broken by hand: keeping the claim on the first proposal fails this.
    assert not drawing._recognition._claims


class _Still:
    """A clock that stands."""

    def monotonic(self) -> float:
        return 0.0

    def now(self) -> object:
        raise NotImplementedError


def _all_valid(writer: Writer) -> object:
    async def evaluate(program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
        writer.evaluated.append(program.id)
        return Evaluation(
            program=program.id,
            problem="d" * 64,
            verdict=Verdict.VALID,
            fitness=1.0,
            descriptors=(len(writer.evaluated) / 8,),
            metrics={"n": 1.0},
        )

    return evaluate


async def test_a_run_whose_proposals_all_repeat_ends_as_stagnation(store: SqlStore) -> None:
    problem = python_problem(evaluations=10)
    await store.create_run(run_of(problem))
    reason, _, _ = await drive(problem, store, Writer(names=("a", "b"), step=0.0))
    assert reason is StopReason.STAGNATION
    assert (await store.totals("abcdef012345")).evaluations == 1
