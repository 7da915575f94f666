"""One turn: draw, plan, execute in rounds (propose, evaluate, place, record), summarize.

A turn can be taken up again in any state. Steps that were paid for find their answer in the ledger; a step
that was recorded is not done again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np

from archive.attempt import Attempt, AttemptState, Candidate, Likeness
from archive.cell import Outcome
from archive.evaluation import Evaluation, Verdict
from archive.experience import Lesson
from archive.island import Archipelago
from archive.program import Program, ProgramId
from archive.run import Run
from archive.store import Store
from archive.strategy import Strategy
from evaluators.sandbox import SlotsLost
from flows.clock import Clock
from flows.confirming import Confirmer, Evaluator
from flows.drawing import Drawing
from flows.founding import Beginning
from flows.past import Past
from flows.placing import Placer
from flows.recognition import Found
from flows.remembering import Memory
from flows.rounds import best_of, is_better, places
from flows.tally import Tally
from mutators.mutator import Context, Executor, Planner, Proposal, Shown, Summarizer, Tried
from mutators.novelty import Novelty
from mutators.tuning.plans import TUNE, Tuner, base_of, is_tuning
from problems.errors import CambrianError
from problems.problem import Problem

__all__ = ["Parts", "Turn"]

_REMEMBERED = 4096
_PASSING = frozenset({Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY})
_LOST = 3
"""Programs in a row that no slot outlived, after which the machine is to blame and not they."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The collaborators of a run, put together by `flows.compose`.

    `confirmer` is None where the best is not scored again before it is placed, and `planner` and `summarizer`
    where a problem does without them. `novelty` is None where a model is not asked again when it repeats what
    is known, and `tuner` where constants are not tuned.
    `beginning` is for a problem without an initial program; `strategy` is then its own only after that.
    """

    store: Store
    archive: Archipelago
    strategy: Strategy
    planner: Planner | None
    executor: Executor
    summarizer: Summarizer | None
    evaluator: Evaluator
    clock: Clock
    confirmer: Confirmer | None = None
    novelty: Novelty | None = None
    tuner: Tuner | None = None
    beginning: Beginning | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    """Why a proposal was not evaluated, and what that makes of its attempt where nothing else was."""

    state: AttemptState
    note: str
    likeness: Likeness | None = None


class Turn:
    """Carries attempts of one run through their states. Many may be under way at a time.

    Args:
        run: the run.
        problem: what is asked.
        parts: collaborators.
        placer: places and records evaluated candidates.
        tally: counters.
        slots: evaluations at a time; model calls are bounded by the number of turns.
    """

    def __init__(
        self, *, run: Run, problem: Problem, parts: Parts, placer: Placer, tally: Tally, slots: int
    ) -> None:
        self._run = run
        self._problem = problem
        self._parts = parts
        self._placer = placer
        self._tally = tally
        self._slots = asyncio.Semaphore(slots)
        self._shown: OrderedDict[ProgramId, Shown] = OrderedDict()
        self._drawing = Drawing(
            run=run,
            problem=problem,
            store=parts.store,
            archive=parts.archive,
            executor=parts.executor,
            novelty=parts.novelty,
            tally=tally,
        )
        self._past = Past(store=parts.store, run=run.id, islands=problem.search.islands, recall=self._recall)
        self._memory = Memory(store=parts.store, run=run.id, clock=parts.clock)

    async def draw(self, number: int) -> Attempt:
        """A fresh attempt with parents drawn now; `take` keeps it in the store first."""
        archive, tuner = self._parts.archive, self._parts.tuner
        draw = None if tuner is None else await tuner.draw(archive, number=number)
        if draw is None:
            rng = np.random.default_rng([self._run.seed, number])
            draw = self._parts.strategy.draw(archive, number=number, rng=rng)
        return Attempt(
            run=self._run.id,
            number=number,
            island=draw.island,
            parents=(draw.parent,),
            inspirations=draw.inspirations,
            plan=draw.plan,
            started=self._parts.clock.now(),
        )

    async def take(self, attempt: Attempt, *, fresh: bool) -> Attempt:
        """Carry an attempt from the state it is in to its end.

        Args:
            attempt: from `draw`, or from the store.
            fresh: whether it is from `draw`.

        Raises:
            ModelUnreachable, BudgetExhausted, SandboxUnavailable: the attempt stays as it is and can be
                taken up again. A program that no slot outlives ends its own attempt only (ABANDONED), until
                that happens to three in a row.
        """
        ended = await self._taken(attempt, fresh=fresh)
        if self._parts.tuner is not None:
            self._parts.tuner.learn(ended)
        return ended

    async def _taken(self, attempt: Attempt, *, fresh: bool) -> Attempt:
        if is_tuning(attempt.plan):
            return await self._tune(attempt, fresh=fresh)
        if fresh:
            context, _ = await asyncio.gather(self._context(attempt), self._parts.store.open_attempt(attempt))
        else:
            context = await self._context(attempt)
        if attempt.state is AttemptState.DRAWN and self._parts.planner is not None:
            plan = await self._parts.planner.plan(await self._past.told(context))
            attempt = attempt.move(AttemptState.PLANNED, plan=plan)
            await self._parts.store.advance(attempt)
            context = replace(context, attempt=attempt)
        attempt = await self._execute(context)
        if attempt.state.is_finished:
            return attempt
        return await self._learn(replace(context, attempt=attempt))

    async def _execute(self, context: Context) -> Attempt:
        """Carry the plan out, in rounds, until a program is better than the parent.

        What an attempt that was cut short has evaluated already stays as it is. What led to no program is
        proposed again, from the answers in the ledger, and leads to none again.
        """
        attempt, rounds = context.attempt, self._problem.search.rounds
        there = {(one.round, one.slot): one for one in attempt.candidates}
        tried: list[tuple[int, Tried]] = []
        failed: _Failed | None = None
        for number, slot in places(rounds):
            made = there.get((number, slot))
            if made is None:
                if tried and not self._tally.has_room:
                    break
                before = tuple(one for at, one in tried if at < number)
                here = replace(context, attempt=attempt, round=number, slot=slot, tried=before)
                proposal, found = await self._drawing.propose(here)
                rival = context.parent.evaluation.fitness
                result = await self._settle(attempt, proposal, found, rival=rival)
                if isinstance(result, _Failed):
                    failed = result
                    tried.append((number, Tried(candidate=None, note=result.note)))
                    if result.state is AttemptState.ABANDONED:
                        break
                    continue
                attempt, made = result, result.candidates[-1]
            tried.append((number, Tried(candidate=made)))
            if is_better(made, context):
                break
        return attempt if attempt.candidates or failed is None else await self._end_failed(attempt, failed)

    async def _tune(self, attempt: Attempt, *, fresh: bool) -> Attempt:
        """Give a program the constants that the plan names. No model is asked, and no lesson drawn."""
        if fresh:
            await self._parts.store.open_attempt(attempt)
        plan, tuner = attempt.plan, self._parts.tuner
        if plan is None or tuner is None:
            raise ValueError(f"attempt {attempt.number} tunes, and this run has no tuner")
        if attempt.state is not AttemptState.EVALUATED:
            parent, base = [await self._recall(one) for one in (attempt.parents[0], base_of(plan))]
            try:
                program = tuner.tuned(base.program, plan)
            except ValueError as error:
                return await self._end(attempt, AttemptState.FAILED, f"the constants cannot be set: {error}")
            found = await self._drawing.recognize(program)
            proposal = Proposal(candidate=Candidate(operator=TUNE, program=program))
            result = await self._settle(attempt, proposal, found, rival=parent.evaluation.fitness)
            if isinstance(result, _Failed):
                return await self._end_failed(attempt, result)
            attempt = result
        return await self._end(attempt, AttemptState.DONE, attempt.note)

    async def _settle(
        self, attempt: Attempt, proposal: Proposal, found: Found, *, rival: float | None
    ) -> Attempt | _Failed:
        """Evaluate, place and record what was proposed, unless it is known."""
        candidate = proposal.candidate
        if candidate is None:
            return _Failed(state=AttemptState.FAILED, note=proposal.note)
        program = candidate.program
        if found.is_duplicate:
            note = f"{program.id[:12]} is known already"
            if found.of is not None and found.of != program.id:
                note = f"{program.id[:12]} does the same as {found.of[:12]}, which is known already"
            return _Failed(state=AttemptState.DUPLICATE, note=note, likeness=found.likeness)
        try:
            evaluation = await self.evaluate(program, known=found.evaluation, rival=rival)
            self._tally.lost = 0
            self._remember(Shown(program=program, evaluation=evaluation))
            attempt = attempt.move(AttemptState.PROPOSED, note=proposal.note, likeness=found.likeness)
            return await self._placer.place(attempt, replace(candidate, evaluation=evaluation))
        except SlotsLost as error:
            self._tally.lost += 1
            if self._tally.lost >= _LOST:
                raise
            note = f"{program.id[:12]} was given up without a verdict: {error}"
            return _Failed(state=AttemptState.ABANDONED, note=note)
        finally:
            self._drawing.release(program)

    async def evaluate(
        self, program: Program, *, known: Evaluation | None = None, rival: float | None = None
    ) -> Evaluation:
        """What a program is worth, when a slot is free; the best is scored again where nothing ran before.

        Nothing is waited for after a confirmation, see `Confirmer.confirm`.

        Args:
            program: the candidate.
            known: what it was found to be worth in another run; it is not evaluated for the first time then,
                unless it was too slow or too large: it may pass on a quieter machine.
            rival: fitness of its parent.

        Raises:
            SandboxUnavailable: the machine failed, not the program.
        """
        evaluator, confirmer = self._parts.evaluator, self._parts.confirmer
        if confirmer is not None:
            confirmer.prepare()
        evaluation = None if known is None or known.verdict in _PASSING else known
        if evaluation is None:
            async with self._slots:
                evaluation = await evaluator.evaluate(program, seed=self._run.seed, rival=rival)
        if confirmer is None:
            return evaluation
        seed = self._run.seed if evaluation.provenance is None else evaluation.provenance.seed
        return await confirmer.confirm(program, evaluation, seed=seed, rival=rival)

    def forget(self, program: ProgramId) -> None:
        """Read the evaluation of a program anew when it is shown next."""
        self._shown.pop(program, None)

    async def _learn(self, context: Context) -> Attempt:
        """Draw the lesson of the best candidate, credit the lessons that were shown, and finish."""
        attempt = context.attempt
        candidate = best_of(attempt.candidates, self._problem.objective)
        others = tuple(Tried(candidate=one) for one in attempt.candidates if one is not candidate)
        context = replace(context, tried=others)
        lesson = None
        if self._parts.summarizer is not None:
            lesson = await self._parts.summarizer.summarize(context, candidate)
            attempt = attempt.move(AttemptState.SUMMARIZED)
        improved = any(
            one.placement is not None and one.placement.outcome is not Outcome.REFUSED
            for one in attempt.candidates
        )
        lesson = self._memory.taught(context, candidate, lesson)
        ended = await self._end(attempt, AttemptState.DONE, attempt.note, lesson=lesson, success=improved)
        self._memory.ended(ended, improved=improved)
        return ended

    async def _end_failed(self, attempt: Attempt, failed: _Failed) -> Attempt:
        if failed.state is AttemptState.DUPLICATE:
            self._tally.duplicates += 1
            attempt = replace(attempt, likeness=failed.likeness)
        return await self._end(attempt, failed.state, failed.note)

    async def _end(
        self,
        attempt: Attempt,
        state: AttemptState,
        note: str,
        *,
        lesson: Lesson | None = None,
        success: bool | None = None,
    ) -> Attempt:
        ended = attempt.move(state, note=note, ended=self._parts.clock.now())
        await self._parts.store.advance(ended, lesson, success=success)
        self._past.ended(ended, improved=bool(success))
        self._tally.fruitless = 0 if state is AttemptState.DONE else self._tally.fruitless + 1
        return ended

    async def _context(self, attempt: Attempt) -> Context:
        store, run = self._parts.store, self._run.id
        parent = attempt.parents[0]
        shown, *inspirations = [await self._recall(program) for program in (parent, *attempt.inspirations)]
        around = await store.surroundings(run, parent, attempt.island, lessons=0)
        best = self._parts.archive.best
        context = Context(
            problem=self._problem,
            attempt=attempt,
            parent=shown,
            inspirations=tuple(inspirations),
            ancestors=around.ancestors,
            children=around.children,
            failures=around.failures,
            best=None if best is None else best.fitness,
            seed=self._seed(attempt.number),
        )
        if not self._problem.search.memory:
            return context
        return replace(context, lessons=await self._memory.recall(context))

    async def _recall(self, program: ProgramId) -> Shown:
        """A program with its evaluation, from memory or the store."""
        shown = self._shown.get(program)
        if shown is not None:
            self._shown.move_to_end(program)
            return shown
        text = await self._parts.store.program(program)
        known = await self._parts.store.known(self._run.id, program, self._problem.digest)
        evaluation = known.evaluation
        if text is None or evaluation is None:
            raise CambrianError(
                f"run {self._run.name} drew program {program[:12]}, which the store does not hold; "
                "the database is damaged: restore a copy, or begin a new run"
            )
        return self._remember(Shown(program=text, evaluation=evaluation))

    def _remember(self, shown: Shown) -> Shown:
        self._shown[shown.program.id] = shown
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)
        return shown

    def _seed(self, number: int) -> int:
        digest = hashlib.blake2b(f"{self._run.seed}:{number}".encode(), digest_size=4)
        return int.from_bytes(digest.digest(), "big")
