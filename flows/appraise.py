"""Evaluating programs outside of a run: for `score` and `check`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.evaluation import Evaluation
from archive.program import Program
from evaluators.compose import build_pipeline
from evaluators.sandbox import SandboxUnavailable
from flows.sandboxes import open_sandboxes
from problems.problem import Problem

__all__ = ["Appraisal", "Check", "appraise", "check_initial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What a file's program was found to be worth.

    Attributes:
        file: as the user gave it.
        evaluation: None where the machine, not the program, failed.
        infra: why the machine failed; empty otherwise.
    """

    file: str
    evaluation: Evaluation | None
    infra: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Two evaluations of the initial program, side by side.

    Attributes:
        first: with one seed.
        second: with the same seed, in another child.
        sandbox: line on the sandbox in force.
    """

    first: Evaluation
    second: Evaluation
    sandbox: str

    @property
    def is_deterministic(self) -> bool:
        """Whether both gave the same verdict, fitness and descriptors."""
        a, b = self.first, self.second
        return (a.verdict, a.fitness, a.descriptors) == (b.verdict, b.fitness, b.descriptors)


async def appraise(problem: Problem, files: Sequence[Path], *, sandbox: str) -> AsyncIterator[Appraisal]:
    """Evaluate the programs in `files` through the problem's DAG; nothing is stored.

    Each file stands for the first file of the problem's program; the problem's other files stay as they are.

    Args:
        problem: what is asked.
        files: readable text files.
        sandbox: ``auto``, ``docker`` or ``process``. Whoever scores a file by hand answers for it, so that
            ``auto`` may fall back on the process sandbox.

    Raises:
        SandboxError: no sandbox could be started.
        ScorerError: the problem's own scorer is broken.
    """
    main = next(iter(problem.initial), "program")
    async with open_sandboxes(
        problem, wanted=sandbox, trusted_author=True, slots=1, say=lambda text: None
    ) as sandboxes:
        pipeline = build_pipeline(problem, sandboxes.candidates, sandboxes.scorers)
        for file in files:
            text = await asyncio.to_thread(file.read_text, encoding="utf-8", errors="surrogateescape")
            program = Program.of(problem.language, {**problem.initial, main: text})
            try:
                evaluation = await pipeline.evaluate(program, seed=0)
            except SandboxUnavailable as error:
                yield Appraisal(file=str(file), evaluation=None, infra=str(error))
            else:
                yield Appraisal(file=str(file), evaluation=evaluation)


async def check_initial(problem: Problem, *, sandbox: str) -> Check:
    """Evaluate the initial program twice with the same seed.

    Raises:
        SandboxError: no sandbox could be started, or it failed.
        ScorerError: the problem's own scorer is broken.
    """
    program = Program.of(problem.language, problem.initial)
    async with open_sandboxes(
        problem, wanted=sandbox, trusted_author=True, slots=1, say=lambda text: None
    ) as sandboxes:
        pipeline = build_pipeline(problem, sandboxes.candidates, sandboxes.scorers)
        first = await pipeline.evaluate(program, seed=0)
        second = await pipeline.evaluate(program, seed=0)
    return Check(first=first, second=second, sandbox=sandboxes.notice)
