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
    """

    program: Program
    products: Mapping[str, Product] = field(default_factory=lambda: MappingProxyType({}))
    seed: int = 0


class Stage(Protocol):
    """One kind of work on a program. Stateless between calls; many calls may be under way at a time."""

    @property
    def spec(self) -> StageSpec:
        """Its declaration in the problem."""

    async def run(self, work: StageInput) -> Product:
        """Do the work. A bad program gives a FAILED result with its verdict, never an exception.

        Raises:
            SandboxUnavailable: the machine failed.
        """
