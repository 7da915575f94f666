"""Recognizing a proposal that is known already, before anything is spent on it.

In this order: the same text; a text of the same fingerprint, which does the same (`archive.fingerprint`); and
a text so near to a known one that asking again may be worth a model call (`mutators.novelty`). The first two
are duplicates: nothing runs and nothing is copied, for numbers that are counted on the text itself would be
wrong for another text. What is only near is evaluated in the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from archive.attempt import Likeness
from archive.evaluation import Evaluation, Verdict
from archive.fingerprint import fingerprint
from archive.program import Program, ProgramId
from archive.run import Run
from archive.store import Store
from problems.gates import Gate
from problems.kinds import JUDGES, STATIC
from problems.problem import Problem

__all__ = ["Found", "Likeness", "Recognition", "is_decided_by_behaviour"]

_BEHAVIOUR = STATIC | JUDGES | {"sandbox.call", "sandbox.score"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a proposal.

    Attributes:
        likeness: how it is like a program of this run, known or being evaluated; None when it is new.
        of: that program.
        evaluation: what another run found the very same text to be worth; None when none did.
    """

    likeness: Likeness | None = None
    of: ProgramId | None = None
    evaluation: Evaluation | None = None

    @property
    def is_duplicate(self) -> bool:
        """Whether nothing is to be evaluated."""
        return self.likeness is Likeness.SAME or self.likeness is Likeness.ALIKE


class Recognition:
    """Knows the programs of one run, those under way included. Belongs to one event loop.

    Args:
        store: remembers them.
        run: the run.
        problem: says whether programs that behave alike must be worth the same.
    """

    def __init__(self, *, store: Store, run: Run, problem: Problem) -> None:
        self._store = store
        self._run = run.id
        self._digest = problem.digest
        self._by_behaviour = is_decided_by_behaviour(problem)
        self._claims: dict[str, ProgramId] = {}

    async def look(self, program: Program) -> Found:
        """What is known of a proposal; one that is no duplicate is claimed until it is released.

        Of two turns that come to the same program at once, one has the claim and the other a duplicate.
        """
        mark = fingerprint(program) if self._by_behaviour else None
        if program.id in self._claims:
            return Found(likeness=Likeness.SAME, of=program.id)
        if mark is not None and mark in self._claims:
            return Found(likeness=Likeness.ALIKE, of=self._claims[mark])
        # Before the store is asked: its answer may be older than what another turn records meanwhile.
        self._claims.update({name: program.id for name in (program.id, mark) if name is not None})
        try:
            found = await self._known(program, mark)
        except BaseException:
            self.release(program)
            raise
        if found.is_duplicate:
            self.release(program)
        return found

    def release(self, program: Program) -> None:
        """Give up the claim on a program, after it was recorded or given up. Nothing, without a claim."""
        for name in [name for name, holder in self._claims.items() if holder == program.id]:
            del self._claims[name]

    async def _known(self, program: Program, mark: str | None) -> Found:
        known = await self._store.known(self._run, program.id, self._digest)
        if known.here:
            return Found(likeness=Likeness.SAME, of=program.id)
        if mark is not None:
            twin = await self._store.alike(self._run, mark, self._digest)
            if twin is not None and await self._stands_for_all(twin):
                return Found(likeness=Likeness.ALIKE, of=twin)
        return Found(evaluation=known.evaluation)

    async def _stands_for_all(self, twin: ProgramId) -> bool:
        """Whether what became of a program tells what becomes of all that do the same, in this run.

        Not one of another run: a run must not depend on what else the database holds. And not one that was
        refused for its text, which another text may be spared.
        """
        known = await self._store.known(self._run, twin, self._digest)
        return known.here and known.evaluation is not None and known.evaluation.verdict is not Verdict.REFUSED


def is_decided_by_behaviour(problem: Problem) -> bool:
    """Whether programs that behave alike must get the same verdict, fitness and further objectives.

    Not where a stage that sees the text may have a say: a command or an evaluator that reads the program's
    file, a metric reported from outside, and a number counted on the text, or a judge's opinion, that is an
    objective or opens a gate. Descriptors do not count: filling cells by layout is no diversity.
    """
    stages = {spec.id: spec for spec in problem.stages}
    if any(spec.uses not in _BEHAVIOUR for spec in stages.values()):
        return False
    reads_text = {id_ for id_, spec in stages.items() if spec.uses in STATIC | JUDGES} | {"static"}
    judged = any(spec.uses in JUDGES for spec in stages.values())
    if judged and problem.objectives:
        return False
    read = [name for spec in stages.values() if spec.when for name, _ in Gate.parse(spec.when).names]
    aims = [objective.metric.partition(".")[0] for objective in (problem.objective, *problem.objectives)]
    return reads_text.isdisjoint([*read, *aims])
