"""Evaluating programs outside of a run: for `score` and `check`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from archive.evaluation import Evaluation
from archive.program import Program
from evaluators.attacks.forgeries import FORGERIES
from evaluators.attacks.outputs import OUTPUTS
from evaluators.attacks.run import Report, Siege, survey
from evaluators.attacks.searches import SEARCHES
from evaluators.attacks.subject import Subject, Witness
from evaluators.compose import build_pipeline
from evaluators.failure import ScorerError
from evaluators.pipeline import Pipeline
from evaluators.sandbox import SandboxUnavailable
from flows.caching import open_cache
from flows.sandboxes import open_sandboxes
from flows.settings import read_settings
from problems.problem import Problem

__all__ = ["Appraisal", "Check", "appraise", "check_problem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """What a file's program was found to be worth.

    Attributes:
        file: as the user gave it.
        evaluation: None where the machine or the problem's own scorer, not the program, failed.
        infra: why the machine or the scorer failed; empty otherwise.
    """

    file: str
    evaluation: Evaluation | None
    infra: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was found out about a problem.

    Attributes:
        first: the initial program's evaluation with one seed; None where the problem has none.
        second: with the same seed, in another child; None where the problem has none.
        others: with other seeds; empty where the program is not valid.
        sandbox: line on the sandbox in force.
        report: what hostile programs achieved, and what the definition gives away; None where the initial
            program is not valid.
    """

    first: Evaluation | None
    second: Evaluation | None
    others: tuple[Evaluation, ...] = ()
    sandbox: str
    report: Report | None = None

    @property
    def is_deterministic(self) -> bool:
        """Whether both gave the same verdict, fitness and descriptors; True where there is none."""
        a, b = self.first, self.second
        if a is None or b is None:
            return True
        return (a.verdict, a.fitness, a.descriptors) == (b.verdict, b.fitness, b.descriptors)

    @property
    def is_valid(self) -> bool:
        """Whether a run could begin: the initial program is valid, or a model writes the first one."""
        return self.first is None or self.first.is_valid

    @property
    def spread(self) -> float:
        """Largest difference between the valid evaluations, whatever their seed."""
        every = (self.first, self.second, *self.others)
        found = [one.fitness for one in every if one is not None and one.fitness is not None]
        return max(found) - min(found) if found else 0.0


async def appraise(problem: Problem, files: Sequence[Path], *, sandbox: str) -> AsyncIterator[Appraisal]:
    """Evaluate the programs in `files` through the problem's DAG; only the stage cache remembers them.

    Each file stands for the first file of the problem's program, each folder for all that are in it; the
    problem's other files stay as they are.

    Args:
        problem: what is asked.
        files: readable text files, and folders of such files.
        sandbox: ``auto``, ``docker`` or ``process``. Whoever scores a file by hand answers for it, so that
            ``auto`` may fall back on the process sandbox.

    Raises:
        SandboxError: no sandbox could be started.
        ScorerError: the problem's own scorer cannot be read.
    """
    main = next(iter(problem.initial), "program")
    async with (
        open_sandboxes(
            problem, wanted=sandbox, trusted_author=True, slots=1, say=lambda text: None
        ) as sandboxes,
        open_cache(read_settings(), sandboxes.posture) as cache,
    ):
        pipeline = build_pipeline(problem, sandboxes.candidates, sandboxes.scorers, cache=cache)
        for file in files:
            sources = await asyncio.to_thread(_sources, file, main)
            program = Program.of(problem.language, {**problem.initial, **sources})
            try:
                evaluation = await _judged(pipeline, program)
            except (SandboxUnavailable, ScorerError) as error:
                yield Appraisal(file=str(file), evaluation=None, infra=str(error))
            else:
                yield Appraisal(file=str(file), evaluation=evaluation)


async def _judged(pipeline: Pipeline, program: Program) -> Evaluation:
    """The evaluation; a scorer that breaks is asked about the initial program before it is called broken."""
    try:
        return await pipeline.evaluate(program, seed=0)
    except ScorerError:
        problem = pipeline.problem
        if not problem.initial:
            raise
        await pipeline.evaluate(Program.of(problem.language, problem.initial), seed=0)
        if not pipeline.trust_scorer:
            raise
        return await pipeline.evaluate(program, seed=0)


def _sources(place: Path, main: str) -> dict[str, str]:
    files = [(place, main)]
    if place.is_dir():
        inside = sorted(path for path in place.rglob("*") if path.is_file() and path.suffix != ".pyc")
        files = [(path, path.relative_to(place).as_posix()) for path in inside]
    return {name: path.read_text(encoding="utf-8", errors="surrogateescape") for path, name in files}


async def check_problem(
    problem: Problem, *, sandbox: str, attacks: bool, say: Callable[[str], None] = lambda text: None
) -> Check:
    """Evaluate the initial program, twice with one seed and then with others, and let hostile programs try.

    Args:
        problem: what is asked.
        sandbox: see `appraise`.
        attacks: whether hostile programs, and other seeds, are tried. On a problem whose initial program is
            not valid they are not.
        say: told in a few words what is under way.

    Raises:
        SandboxError: no sandbox could be started, or it failed.
        ScorerError: the problem's own scorer is broken.
    """
    program = Program.of(problem.language, problem.initial)
    async with open_sandboxes(problem, wanted=sandbox, trusted_author=True, slots=1, say=say) as sandboxes:
        if not problem.initial:
            build_pipeline(
                problem, sandboxes.candidates, sandboxes.scorers
            )  # tells what cannot work together
            searches = SEARCHES if attacks else ()
            report = await survey(problem, sandboxes.candidates, searches=searches, say=say)
            return Check(first=None, second=None, sandbox=sandboxes.notice, report=report)
        witness = Witness(sandboxes.candidates)
        pipeline = build_pipeline(problem, witness, sandboxes.scorers)
        say("the initial program")
        first = await pipeline.evaluate(program, seed=0)
        say("the initial program again")
        second = await pipeline.evaluate(program, seed=0)
        found = Check(first=first, second=second, sandbox=sandboxes.notice)
        if not (first.is_valid and second.is_valid):
            return found
        seeds = (1, 2) if first.seconds < _SLOW_SECONDS else (1,)
        others = []
        for seed in seeds if attacks else ():
            say("the initial program with another seed")
            others.append(await pipeline.evaluate(program, seed=seed))
        found = replace(found, others=tuple(others))
        subject = Subject.of(problem, first, witness, spread=found.spread)
        siege = Siege(
            subject,
            candidates=sandboxes.candidates,
            scorers=sandboxes.scorers,
            attacks=(*OUTPUTS, *FORGERIES) if attacks else (),
            searches=SEARCHES if attacks else (),
            seconds=max(_ATTACK_SECONDS, 2 * first.seconds),
            say=say,
        )
        return replace(found, report=await siege.run())


_SLOW_SECONDS: Final = 5.0
"""An initial program that takes longer is run with one other seed, not with two."""
_ATTACK_SECONDS: Final = 20.0
"""For all attacks together, where two evaluations do not take longer by themselves."""
