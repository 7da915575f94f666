"""The engine of a run: plain asyncio over ports, in a steady state.

No Prefect, no environment, no clock of its own. As many turns as there are workers are under way at any
time; a worker that is free draws the next parent at that moment, so no parent is stale.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archive.attempt import Attempt, AttemptState
from archive.ledger import Usage
from archive.program import Program, ProgramId
from archive.run import Run, StopReason
from evaluators.sandbox import SandboxUnavailable
from flows.delayed import delayed_metrics
from flows.desk import Desk
from flows.events import Notice, Observer, Progress
from flows.founding import MOST_DRAFTS, Founding, InvalidSeed
from flows.placing import Placer
from flows.tally import Tally
from flows.turn import Parts, Turn
from mutators.budget import BudgetExhausted
from mutators.model import ModelUnreachable
from problems.errors import CambrianError
from problems.problem import Problem

__all__ = ["Engine", "Spent"]

_GRACE = 5.0
"""Seconds that turns under way get to finish after a stop; then they are let go, to be resumed."""
_PROGRESS_EVERY = 0.1
"""Seconds between two reports of progress."""


Spent = Callable[[], tuple[int, Usage]]
"""Tells the number of model calls so far and what they cost."""


class Engine:
    """Drives one run until a wall, the target, a stop or trouble.

    Args:
        run: the run, already in the store.
        problem: what is asked.
        parts: collaborators.
        observe: is told everything.
        spent: reads the ledger's totals.
        slots: evaluations at a time.
    """

    def __init__(
        self,
        *,
        run: Run,
        problem: Problem,
        parts: Parts,
        observe: Observer,
        spent: Spent,
        slots: int,
    ) -> None:
        self._run = run
        self._problem = problem
        self._parts = parts
        self._observe = observe
        self._spent = spent
        self._slots = slots
        self._pending: dict[int, Attempt] = {}
        self._left: deque[int] = deque()
        self._reason: StopReason | None = None
        self._trouble: CambrianError | None = None
        self._reported = 0.0
        self._stopping = asyncio.Event()
        self._changed = asyncio.Condition()

    @property
    def trouble(self) -> CambrianError | None:
        """What made the run pause, when it was not a wall, the target or a stop."""
        return self._trouble

    async def drive(self, stop: asyncio.Event) -> StopReason:
        """Run until something stops it; `stop` asks for a graceful end.

        Every turn that was cut short is in the store, unfinished, and is taken up first by the next drive.

        Raises:
            InvalidSeed: the initial program is not valid, or none came about.
            StoreError: the archive's database failed.
            ScorerError: the problem's own scorer is broken.
        """
        store = self._parts.store
        self._tally = Tally.resumed(
            await store.totals(self._run.id), budget=self._run.budget, clock=self._parts.clock
        )
        self._desk = self._open_desk()
        self._prepare()
        try:
            planted = self._tally.evaluations > 0 and bool(self._problem.initial)
            if not planted and not await self._planted(stop):
                return self._reason or StopReason.INTERRUPTED
            self._pending = {left.number: left for left in await store.unfinished(self._run.id)}
            self._left.extend(sorted(self._pending))
            reason = await self._work(stop)
            await self._take_up_reports()
            return reason
        finally:
            await store.add_seconds(self._run.id, self._tally.seconds_here)

    def _prepare(self) -> None:
        """What places programs, and what carries attempts through their states."""
        self._placer = Placer(
            run=self._run,
            problem=self._problem,
            archive=self._parts.archive,
            store=self._parts.store,
            clock=self._parts.clock,
            tally=self._tally,
            observe=self._observe,
            desk=self._desk,
        )
        self._turn = Turn(
            run=self._run,
            problem=self._problem,
            parts=self._parts,
            placer=self._placer,
            tally=self._tally,
            slots=self._slots,
        )

    async def _planted(self, stop: asyncio.Event) -> bool:
        """Whether the first program is in its place; else there was trouble, or a wall or stop came first."""
        planting = asyncio.create_task(self._plant() if self._problem.initial else self._found())
        asked = asyncio.create_task(stop.wait())
        left = self._tally.seconds_left
        try:
            done, _ = await asyncio.wait((planting, asked), timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                await self._stop_for(StopReason.MINUTES)
            if not planting.done():
                await asyncio.wait((planting,), timeout=_GRACE)
            if not planting.done():
                return False
            planting.result()
        except SandboxUnavailable as error:
            await self._stop_for(StopReason.SANDBOX_UNAVAILABLE, error)
        except ModelUnreachable as error:
            await self._stop_for(StopReason.MODEL_UNREACHABLE, error)
        except BudgetExhausted:
            await self._stop_for(StopReason.DOLLARS)
        finally:
            await _cancel(planting, asked)
        return self._parts.archive.best is not None and self._reason in (None, StopReason.TARGET)

    async def _found(self) -> None:
        """Have a model write the first program, and go on as if it had come with the problem."""
        beginning = self._parts.beginning
        founding = Founding(
            run=self._run,
            problem=self._problem,
            store=self._parts.store,
            founder=None if beginning is None else beginning.founder,
            placer=self._placer,
            tally=self._tally,
        )
        if self._tally.evaluations == 0 and founding.is_possible:
            text = f"{self._problem.name} has no initial program: a model writes the first one"
            self._observe(Notice(text=f"{text}, in {MOST_DRAFTS} drafts at most"))
        first = await founding.first(self._turn.evaluate)
        if first is None:
            await self._stop_for(StopReason.EVALUATIONS)
            return
        self._problem = replace(self._problem, initial=first.sources)
        if beginning is not None:
            self._parts = replace(self._parts, strategy=beginning.strategy(first))
        self._prepare()
        self._check_target()
        self._progress()

    async def _plant(self) -> None:
        """Evaluate the initial program and place it on every island."""
        seed = Program.of(self._problem.language, self._problem.initial)
        known = await self._parts.store.known(self._run.id, seed.id, self._problem.digest)
        evaluation = await self._turn.evaluate(seed, known=known.evaluation)
        if not evaluation.is_valid:
            raise InvalidSeed(
                f"the initial program of {self._problem.name} is not valid: {evaluation.verdict.value}: "
                f"{evaluation.reason}. Mend it or the scorer; `cambrian check {self._problem.folder}` shows "
                "every stage"
            )
        await self._placer.place_seed(seed, evaluation)
        self._check_target()
        self._progress()

    async def _work(self, stop: asyncio.Event) -> StopReason:
        """Keep all workers busy until there is a reason to stop."""
        watch = asyncio.create_task(self._watch(stop))
        workers = [asyncio.create_task(self._worker()) for _ in range(self._run.workers)]
        ended = asyncio.create_task(asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION))
        halted = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((ended, halted), return_when=asyncio.FIRST_COMPLETED)
            if halted.done():
                await asyncio.wait(workers, timeout=_GRACE)
            for worker in workers:
                if worker.done() and not worker.cancelled():
                    worker.result()
        finally:
            await _cancel(ended, watch, halted, *workers)
            self._progress()
        return self._reason or StopReason.INTERRUPTED

    async def _watch(self, stop: asyncio.Event) -> None:
        """Turn the outside's stop and the wall on minutes into a halt."""
        reason = StopReason.INTERRUPTED
        try:
            await asyncio.wait_for(stop.wait(), timeout=self._tally.seconds_left)
        except TimeoutError:
            reason = StopReason.MINUTES
        await self._stop_for(reason)
        self._stopping.set()

    async def _worker(self) -> None:
        """Take one turn after the other; trouble that is nobody's fault here ends the run's work."""
        while (number := await self._next()) is not None:
            try:
                await self._take_up_reports()
                if number in self._pending:
                    ended = await self._turn.take(self._pending.pop(number), fresh=False)
                else:
                    ended = await self._turn.take(await self._turn.draw(number), fresh=True)
                if ended.state is AttemptState.ABANDONED:
                    self._observe(Notice(text=ended.note))
            except ModelUnreachable as error:
                await self._stop_for(StopReason.MODEL_UNREACHABLE, error)
            except BudgetExhausted:
                await self._stop_for(StopReason.DOLLARS)
            except SandboxUnavailable as error:
                await self._stop_for(StopReason.SANDBOX_UNAVAILABLE, error)
            finally:
                self._tally.in_flight -= 1
            self._check_target()
            if self._parts.clock.monotonic() - self._reported >= _PROGRESS_EVERY:
                self._progress()
            async with self._changed:
                self._changed.notify_all()

    def _open_desk(self) -> Desk | None:
        if not delayed_metrics(self._problem):
            return None
        return Desk(
            run=self._run,
            problem=self._problem,
            store=self._parts.store,
            archive=self._parts.archive,
            tell=self._tell_rescored,
        )

    async def _take_up_reports(self) -> None:
        if self._desk is not None and await self._desk.take_up():
            self._check_target()

    def _tell_rescored(self, program: ProgramId, line: str) -> None:
        self._turn.forget(program)
        if line:
            self._observe(Notice(text=line))

    async def _next(self) -> int | None:
        """Number of the next attempt; None when the run has a reason to stop."""
        async with self._changed:
            # A full budget may open again when a turn under way turns out to be a duplicate.
            await self._changed.wait_for(
                lambda: self._reason or self._tally.is_spent or not self._tally.is_full
            )
            if self._tally.is_spent:
                self._reason = self._reason or StopReason.EVALUATIONS
            elif self._tally.is_stuck:
                self._reason = self._reason or StopReason.STAGNATION
            if self._reason is not None:
                self._changed.notify_all()
                return None
            self._tally.in_flight += 1
            if self._left:
                return self._left.popleft()
            self._tally.attempts += 1
            return self._tally.attempts

    async def _stop_for(self, reason: StopReason, trouble: CambrianError | None = None) -> None:
        async with self._changed:
            self._reason = self._reason or reason
            self._trouble = self._trouble or trouble
            self._changed.notify_all()

    def _check_target(self) -> None:
        best = self._parts.archive.best
        if best is not None and self._problem.objective.reached(best.fitness):
            self._reason = self._reason or StopReason.TARGET

    def _progress(self) -> None:
        self._reported = self._parts.clock.monotonic()
        calls, usage = self._spent()
        best, tally = self._parts.archive.best, self._tally
        self._observe(
            Progress(
                evaluations=tally.evaluations,
                limit=tally.budget.evaluations,
                best=None if best is None else best.fitness,
                rate=tally.rate,
                dollars=usage.dollars,
                calls=calls,
                cells=len({elite.cell for elite in self._parts.archive.elites()}),
                failures=dict(tally.failures),
                duplicates=tally.duplicates,
                repeats=dict(tally.repeats),
                redraws=tally.redraws,
                seconds=tally.seconds,
                eta_seconds=tally.eta_seconds(usage.dollars),
            )
        )


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel what is not done and wait until it has let go; errors were raised before, or came too late."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
