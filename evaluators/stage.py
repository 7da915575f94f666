"""The port of a stage: one node of the evaluation DAG."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from archive.evaluation import StageResult
from archive.program import Program
from evaluators.values import Value
from problems.problem import StageSpec

__all__ = ["Product", "Stage", "StageInput"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a stage hands on: its public result, and a decoded value for the stages that need it.

    Attributes:
        result: see `StageResult`.
        value: the decoded value of a ``sandbox.call``; None elsewhere.
    """

    result: StageResult
    value: Value = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageInput:
    """What a stage works on.

    Attributes:
        program: the candidate.
        products: products of the stages it needs, by id.
        seed: of this replica; the same for the same (run seed, program, replica).
        expected_seconds: how long the stage will take, by experience with other programs; 0 where there is
            none. For `Command.expected_seconds`; it never bears on a result.
    """

    program: Program
    products: Mapping[str, Product] = field(default_factory=lambda: MappingProxyType({}))
    seed: int = 0
    expected_seconds: float = 0.0


class Stage(Protocol):
    """One kind of work on a program. Stateless between calls; many calls may be under way at a time."""

    @property
    def spec(self) -> StageSpec:
        """Its declaration in the problem."""

    @property
    def version(self) -> int:
        """Of the kind of stage: raised whenever the same work may from then on have another result."""

    def material(self, work: StageInput) -> bytes | None:
        """All that decides its result besides `spec` and `version`; None when a result must not be kept.

        Pure and quick. Equal bytes mean an equal result: the program's id or the exact values it works on,
        the contents of trusted files, the identity of its sandbox, and the seed where one is used. Never what
        was merely measured (seconds, memory), which differs each time.
        """

    async def run(self, work: StageInput) -> Product:
        """Do the work. A bad program gives a FAILED result with its verdict, never an exception.

        Raises:
            SandboxUnavailable: the machine failed.
        """
