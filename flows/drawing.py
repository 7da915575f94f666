"""Coming to a proposal that is worth an evaluation: propose, recognize, and ask again where that pays."""

from __future__ import annotations

from collections.abc import Sequence

from archive.evaluation import Evaluation
from archive.island import Archipelago
from archive.program import Program, ProgramId
from archive.run import Run
from archive.store import Store
from flows.recognition import Found, Likeness, Recognition
from flows.tally import Tally
from mutators.mutator import REPAIR, Context, Executor, Proposal
from mutators.novelty import Novelty
from problems.problem import Problem

__all__ = ["Drawing"]

_CHILDREN = 16
"""Newest children of the parent that a proposal is compared with."""
_ELITES = 48
"""Elites of its island besides."""


class Drawing:
    """Proposals of one run. Belongs to one event loop.

    What a proposal is compared with comes from the store and from the elites, so that a resumed run asks
    again where an undisturbed one does.

    Args:
        run: the run.
        problem: what is asked.
        store: knows the programs.
        archive: knows the elites.
        executor: proposes.
        novelty: asks again; None to take the first proposal as it is.
        tally: counts.
    """

    def __init__(
        self,
        *,
        run: Run,
        problem: Problem,
        store: Store,
        archive: Archipelago,
        executor: Executor,
        novelty: Novelty | None,
        tally: Tally,
    ) -> None:
        self._run = run.id
        self._digest = problem.digest
        self._store = store
        self._archive = archive
        self._executor = executor
        self._novelty = novelty
        self._tally = tally
        self._recognition = Recognition(store=store, run=run, problem=problem)

    async def propose(self, context: Context) -> tuple[Proposal, Found]:
        """A proposal with what is known of it; unless it is a duplicate, its program is claimed.

        Asks again, as often as novelty allows, while the proposal repeats or is near what is known. Where
        that brings nothing new, a program that was only near is taken after all: it was paid for.

        Raises:
            ModelUnreachable, BudgetExhausted: see `Model.complete`; nothing stays claimed.
        """
        proposal = await self._executor.propose(context)
        found = await self._look(context, proposal)
        for number in range(1, 1 + (0 if self._novelty is None else self._novelty.redraws)):
            if found.likeness is None or proposal.candidate is None or self._novelty is None:
                break
            repeated = proposal.candidate.program
            try:
                self._tally.redraws += 1
                other = await self._novelty.again(
                    context,
                    repeated,
                    same=found.is_duplicate,
                    became=await self._became(found.of),
                    number=number,
                )
                its = await self._look(context, other)
            except BaseException:
                self.release(repeated)
                raise
            if other.candidate is None or its.is_duplicate:
                # No better than what there is, which keeps its claim if it has one.
                continue
            if other.candidate.program.id != repeated.id:
                self.release(repeated)
            proposal, found = other, its
        if found.likeness is not None:
            self._tally.repeats[found.likeness.value] += 1
        return proposal, found

    async def recognize(self, program: Program) -> Found:
        """What is known of a program that no model wrote, which is never near another one but by intent.

        Unless it is a duplicate, it is claimed.
        """
        found = await self._recognition.look(program)
        if found.likeness is not None:
            self._tally.repeats[found.likeness.value] += 1
        return found

    def release(self, program: Program) -> None:
        """Give up the claim on a program, after it was recorded or given up."""
        self._recognition.release(program)

    async def _look(self, context: Context, proposal: Proposal) -> Found:
        if proposal.candidate is None:
            return Found()
        program = proposal.candidate.program
        found = await self._recognition.look(program)
        if self._novelty is None or found.is_duplicate or found.evaluation is not None:
            return found
        if proposal.candidate.operator == REPAIR:
            # What mends a program is near it, and ought to be.
            return found
        try:
            known = await self._neighbours(context)
        except BaseException:
            self.release(program)
            raise
        near = self._novelty.nearest(program, context.parent.program, known)
        return found if near is None else Found(likeness=Likeness.NEAR, of=near)

    async def _neighbours(self, context: Context) -> Sequence[Program]:
        """Children of the parent, programs of its island that failed lately, and elites of its island."""
        parent = context.parent.program.id
        children = await self._store.children(self._run, parent, _CHILDREN)
        elites = self._archive.islands[context.attempt.island].archive.elites
        ids = [
            *(child.program for child in children),
            *(failure.program for failure in context.failures),
            *(shown.program.id for shown in context.inspirations),
            *(elite.program for elite in elites[:_ELITES]),
        ]
        found = [await self._store.program(one) for one in dict.fromkeys(ids)]
        return [program for program in found if program is not None]

    async def _became(self, program: ProgramId | None) -> Evaluation | None:
        if program is None:
            return None
        return (await self._store.known(self._run, program, self._digest)).evaluation
