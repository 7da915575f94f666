"""Champions are scored again in a fresh sandbox before anybody hears of them.

A warm slot has run other programs before; if one of them ever left something behind, or a program found a
way to be scored for what it is not, the score that matters most is the one that would show it. So a program
that would be the best of the run is evaluated once more where nothing ran before, with the same seed, and
the worse of two different scores counts. A score that cannot be found again (one that depends on the time
of day, say) is caught by the same step. Where that is in a problem's nature, the problem says so with
``evaluation.confirm: false``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from archive.cell import Elite
from archive.evaluation import Evaluation
from archive.learned import is_learned
from archive.program import Program
from evaluators.sandbox import Sandbox, SandboxError
from evaluators.stages.judge import Judge
from problems.kinds import EXECUTIONS, MEASUREMENTS
from problems.problem import Problem

__all__ = ["Confirmer", "Evaluator", "RememberedJudge", "outcome"]

_OPINIONS = 256
"""Opinions of judges that are remembered; a champion's was asked for a moment ago."""


class Evaluator(Protocol):
    """Tells what a program is worth; see `evaluators.pipeline`."""

    async def evaluate(self, program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
        """Evaluate.

        Args:
            program: the candidate.
            seed: of the run.
            rival: fitness that it has to beat to matter; see `Pipeline.evaluate`.

        Raises:
            SandboxUnavailable: the machine failed, not the program.
        """


class Confirmer:
    """Scores would-be champions again. Belongs to one event loop.

    Args:
        make: two sandboxes, not started: one for candidates, each of whose slots runs one command only, and
            one for scorers, which no other candidate's values ever reach. Called again when a start failed.
        build: the evaluator over them, without a cache.
        best: the best elite of the run at this moment.
        problem: says which fitness is better, and what must be found again.
        say: told of a score that was not found again.
    """

    def __init__(
        self,
        *,
        make: Callable[[], tuple[Sandbox, Sandbox]],
        build: Callable[[Sandbox, Sandbox], Evaluator],
        best: Callable[[], Elite | None],
        problem: Problem,
        say: Callable[[str], None],
    ) -> None:
        self._make = make
        self._build = build
        self._best = best
        self._problem = problem
        self._objective = problem.objective
        self._say = say
        self._lock = asyncio.Lock()
        self._opening: asyncio.Task[Evaluator] | None = None
        self._opened: list[Sandbox] = []

    def prepare(self) -> asyncio.Task[Evaluator]:
        """Begin to start the fresh sandboxes in the background, if that has not begun, or failed."""
        if self._opening is None or _has_failed(self._opening):
            self._opening = asyncio.create_task(self._open())
        return self._opening

    async def confirm(
        self, program: Program, evaluation: Evaluation, *, seed: int, rival: float | None = None
    ) -> Evaluation:
        """The evaluation that counts: as it is for a program that is not the best, else what both agree on.

        One program is confirmed at a time, and compared with the best when its turn comes. Between the return
        and the placing nothing may be waited for, so that the next one is compared with this one.

        Args:
            program: the candidate.
            evaluation: of a warm slot.
            seed: that it was made with.
            rival: as it was given then.

        Raises:
            SandboxUnavailable: the machine failed; nothing is known of the champion.
        """
        if evaluation.provenance is not None and evaluation.provenance.confirmed:
            return evaluation
        if not self._would_be_best(evaluation):
            return evaluation
        async with self._lock:
            if not self._would_be_best(evaluation):
                return evaluation
            evaluator = await asyncio.shield(self.prepare())
            again = await evaluator.evaluate(program, seed=seed, rival=rival)
            return self._judged(evaluation, again)

    async def close(self) -> None:
        """Leave nothing of the fresh sandboxes behind."""
        if self._opening is not None:
            self._opening.cancel()
            with contextlib.suppress(asyncio.CancelledError, SandboxError):
                await self._opening
        opened, self._opened = self._opened, []
        await asyncio.gather(*(sandbox.close() for sandbox in opened))

    async def _open(self) -> Evaluator:
        candidates, scorers = self._make()
        try:
            await asyncio.gather(candidates.start(), scorers.start())
        except BaseException:
            await asyncio.gather(candidates.close(), scorers.close())
            raise
        self._opened += [candidates, scorers]
        return self._build(candidates, scorers)

    def _would_be_best(self, evaluation: Evaluation) -> bool:
        best = self._best()
        if evaluation.fitness is None:
            return False
        utility = self._objective.utility
        return best is None or utility(evaluation.fitness) > utility(best.fitness)

    def _judged(self, warm: Evaluation, fresh: Evaluation) -> Evaluation:
        """The evaluation confirmed, or the worse of two that differ."""
        if outcome(self._problem, warm) == outcome(self._problem, fresh):
            if warm.provenance is None:
                return warm
            return replace(warm, provenance=replace(warm.provenance, confirmed=True))
        shown = _placed if warm.fitness == fresh.fitness else _told
        self._say(
            f"Program {warm.program[:12]} scored {shown(warm)} in a warm slot and {shown(fresh)} in a fresh "
            "sandbox; the worse counts"
        )
        utility = self._objective.utility
        if warm.fitness is None or fresh.fitness is None:
            return fresh
        return warm if utility(warm.fitness) < utility(fresh.fitness) else fresh


class RememberedJudge:
    """A judge whose opinions on a program can be had again, so that a confirmation pays for none.

    Args:
        judge: asks a model.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._opinions: dict[tuple[str, str, int], float] = {}

    async def ask(
        self,
        rubric: str,
        program_text: str,
        metrics: Mapping[str, float],
        *,
        number: int = 0,
        model: str | None = None,
    ) -> float:
        """A fresh opinion; see `evaluators.stages.judge.Judge`."""
        opinion = await self._judge(rubric, program_text, metrics, number=number, model=model)
        self._opinions.pop((rubric, program_text, number), None)
        self._opinions[rubric, program_text, number] = opinion
        if len(self._opinions) > _OPINIONS:
            del self._opinions[next(iter(self._opinions))]
        return opinion

    async def recall(
        self,
        rubric: str,
        program_text: str,
        metrics: Mapping[str, float],
        *,
        number: int = 0,
        model: str | None = None,
    ) -> float:
        """The opinion given before, else a fresh one."""
        known = self._opinions.get((rubric, program_text, number))
        if known is not None:
            return known
        return await self.ask(rubric, program_text, metrics, number=number, model=model)


def outcome(problem: Problem, evaluation: Evaluation) -> tuple[object, ...]:
    """What must be found again: verdict, fitness, and the descriptors that were not measured by a clock."""
    uses = {stage.id: stage.uses for stage in problem.stages}
    plain = [axis for axis in problem.descriptors if not is_learned(axis)]
    pairs = zip(plain, evaluation.descriptors, strict=False)  # none unless it is valid
    # The features of learned axes come after the others, and are the same each time.
    lasting = list(evaluation.descriptors[len(plain) :])
    for axis, value in pairs:
        stage, _, metric = axis.source.partition(".")
        if uses.get(stage) not in EXECUTIONS or metric not in MEASUREMENTS:
            lasting.append(value)
    return evaluation.verdict, evaluation.fitness, tuple(lasting)


def _told(evaluation: Evaluation) -> str:
    if evaluation.fitness is None:
        return f"{evaluation.verdict.value} ({evaluation.reason[:200]})"
    return f"{evaluation.fitness:.10g}"


def _placed(evaluation: Evaluation) -> str:
    """For two that differ in their place alone."""
    return f"{_told(evaluation)} at {', '.join(f'{value:.10g}' for value in evaluation.descriptors)}"


def _has_failed(task: asyncio.Task[Evaluator]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
