"""What is attacked: a problem, and how its initial program fared."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from archive.evaluation import Evaluation, StageResult
from evaluators.attacks.attack import Trait
from evaluators.attacks.printed import FORGE, printed
from evaluators.sandbox import Command, Ending, ExecResult, Posture, Sandbox
from evaluators.stages.options import number, told_of
from evaluators.values import Malformed, Value, decode
from problems.problem import Problem, Repeat, StageSpec

__all__ = ["Subject", "Witness", "attackable", "traits"]

_CALL_SECONDS: Final = 1.0
_CALL_MEMORY_MIB: Final = 512
_SCORE_SECONDS: Final = 4.0
_PATIENCE: Final = 20
"""How many times as long as for an honest output a scorer may take before it counts as slow."""
_WORDS: Final = (
    *("one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


class Witness:
    """Implements `Sandbox` by another one, and remembers what was called and what came of it.

    Attributes:
        seen: commands with their results, in the order they ended.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.seen: list[tuple[Command, ExecResult]] = []

    @property
    def identity(self) -> str:
        return self._sandbox.identity

    async def start(self) -> Posture:
        return await self._sandbox.start()

    async def run(self, command: Command) -> ExecResult:
        result = await self._sandbox.run(command)
        self.seen.append((command, result))
        return result

    async def close(self) -> None:
        await self._sandbox.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """All that attacks are made from and judged by.

    Attributes:
        problem: as the user has it.
        honest: the initial program's evaluation; valid.
        calls: commands that called the initial program's entrypoint, with the values they gave, one for each
            of the inputs; for a program that prints its values, calls as an attack gets them.
        slack: difference of fitness that is chance or rounding, 0 or more.
        spread: largest difference between evaluations of the initial program with several seeds.
        replayed: fitness of a program that returns the honest output without work; None before it is known,
            or where it is not valid.
    """

    problem: Problem
    honest: Evaluation
    calls: tuple[tuple[Command, Value], ...]
    slack: float
    spread: float
    replayed: float | None = None

    @classmethod
    def of(cls, problem: Problem, honest: Evaluation, witness: Witness, *, spread: float) -> Subject:
        """The subject, from what was seen while the initial program was evaluated.

        Args:
            problem: as the user has it.
            honest: a valid evaluation.
            witness: watched the sandbox for candidates.
            spread: largest difference between evaluations of the initial program.
        """
        calls: dict[bytes, tuple[Command, Value]] = {}
        for command, result in witness.seen:
            for call, value in printed(command, result):
                calls.setdefault(call.arguments, (call, value))
            if command.function != problem.entrypoint or result.ending is not Ending.RETURNED:
                continue
            try:
                value = decode(result.result, max_bytes=command.limits.result_bytes)
            except Malformed:
                continue
            calls.setdefault(command.arguments, (command, value))
        fitness = honest.fitness or 0.0
        rounding = 1e-9 * max(1.0, abs(fitness))
        # The spread is one of means of so many replicas, and an attack has one alone.
        replicas = 1 if honest.provenance is None else honest.provenance.replicas
        return cls(
            problem=problem,
            honest=honest,
            calls=tuple(calls.values()),
            slack=max(rounding, 2 * spread * math.sqrt(replicas)),
            spread=spread,
        )

    @property
    def fitness(self) -> float:
        """Of the initial program."""
        assert self.honest.fitness is not None, "a subject is valid"
        return self.honest.fitness

    @property
    def traits(self) -> frozenset[Trait]:
        """What all of its honest outputs have."""
        found = [traits(value) for _, value in self.calls]
        return found[0].intersection(*found[1:]) if found else frozenset()

    @property
    def is_printed(self) -> bool:
        """Whether programs print their values, see `evaluators.attacks.printed`."""
        return bool(self.calls) and self.calls[0][0].function == FORGE

    @property
    def is_noisy(self) -> bool:
        """Whether the score changes with the seed by more than rounding."""
        return self.spread > 1e-9 * max(1.0, abs(self.fitness))

    @property
    def measures_the_run(self) -> bool:
        """Whether the objective is what the supervisor measured (time, memory) and not the output's worth."""
        stage, dot, _ = self.problem.objective.metric.partition(".")
        return bool(dot) and any(
            spec.id == stage and spec.uses != "sandbox.score" for spec in self.problem.stages
        )

    @property
    def scoring_seconds(self) -> float:
        """The longest that a trusted file took over the honest output."""
        return scoring_seconds(self.problem, self.honest.stages)

    @property
    def length_is_asked_for(self) -> bool:
        """Whether the honest outputs' number of elements stands in the statement or among the inputs."""
        asked = _numbers(self.problem)
        lengths = [{len(rows) for rows in _rows(value)} for _, value in self.calls]
        return bool(lengths) and all(any(length in asked for length in found) for found in lengths)

    def gain(self, fitness: float) -> float:
        """By how much a fitness is better than the honest one; negative where it is worse.

        0 where the objective measures the run: attacks do no work, which makes none of them better.
        """
        if self.measures_the_run:
            return 0.0
        objective = self.problem.objective
        return objective.utility(fitness) - objective.utility(self.fitness)

    def beats_the_best(self, fitness: float) -> bool:
        """Whether a fitness is better than the best known one, by more than rounding."""
        best = self.problem.reference
        if best is None:
            return False
        utility = self.problem.objective.utility
        room = 1e-6 * max(1.0, abs(best.best_known))
        return utility(fitness) > utility(best.best_known) + max(room, self.slack)

    def is_slow(self, stages: tuple[StageResult, ...]) -> bool:
        """Whether a trusted file took far longer than over the honest output."""
        return scoring_seconds(self.problem, stages) > max(
            _SCORE_SECONDS / 2, _PATIENCE * self.scoring_seconds
        )


def attackable(problem: Problem, honest: Evaluation) -> Problem:
    """The problem as attacks meet it.

    One replica; no lint, which is no wall (a program that means to can reach any name at run time); shorter
    limits, for attacks do no honest work, and a scorer that takes 20 times as long as usual is found out.
    """
    usual = scoring_seconds(problem, honest.stages)
    stages = tuple(_attackable(spec, usual) for spec in problem.stages)
    return replace(problem, stages=stages, repeat=Repeat())


def _attackable(spec: StageSpec, usual: float) -> StageSpec:
    lowered: dict[str, float] = {}
    if spec.uses == "static.python":
        return replace(spec, options={**spec.options, "max_bytes": 10_000_000, "forbid": []})
    if spec.uses == "sandbox.call":
        lowered = {
            "seconds": min(number(spec, "seconds", 10.0), _CALL_SECONDS),
            "memory_mib": min(int(number(spec, "memory_mib", 512)), _CALL_MEMORY_MIB),
        }
    if spec.uses == "sandbox.score":
        enough = max(_SCORE_SECONDS, _PATIENCE * usual)
        lowered = {"seconds": min(number(spec, "seconds", 30.0), enough)}
    return replace(spec, options={**spec.options, **lowered})


def scoring_seconds(problem: Problem, stages: tuple[StageResult, ...]) -> float:
    """The longest that a trusted file took."""
    scorers = {spec.id for spec in problem.stages if spec.uses == "sandbox.score"}
    return max((result.seconds for result in stages if result.stage in scorers), default=0.0)


def traits(value: Value) -> frozenset[Trait]:
    """What a value has that attacks may need."""
    plain = value.tolist() if isinstance(value, np.ndarray) else value
    found = {Trait.ANY} if isinstance(plain, str) else {Trait.ANY, Trait.NO_TEXT}
    if isinstance(plain, dict):
        found.add(Trait.MAPPING)
    rows = [part for part in _rows(value) if part]
    if rows:
        found.add(Trait.ROWS)
    if rows and all(isinstance(row, list) and row for part in rows for row in part):
        found.add(Trait.TABLE)
    left: list[object] = [plain]
    while left:
        part = left.pop()
        if isinstance(part, int | float) and not isinstance(part, bool):
            found.add(Trait.NUMBERS)
            break
        left.extend(part if isinstance(part, list) else part.values() if isinstance(part, dict) else ())
    return frozenset(found)


def _rows(value: Value) -> Iterator[list[object]]:
    """The value if it is a list, or the lists among a mapping's values."""
    plain: object = value.tolist() if isinstance(value, np.ndarray) else value
    for part in plain.values() if isinstance(plain, dict) else (plain,):
        if isinstance(part, list):
            yield part


def _numbers(problem: Problem) -> frozenset[int]:
    """Whole numbers that a program is told: in the statement, in digits or as words, and in the inputs."""
    told = [problem.statement, *(str(told_of(spec)) for spec in problem.stages)]
    text = " ".join(told).lower()
    words = {place for place, word in enumerate(_WORDS, start=1) if re.search(rf"\b{word}\b", text)}
    return frozenset(words | {int(digits) for digits in re.findall(r"(?<![\d.])\d{1,9}(?![\d.]*\d)", text)})
