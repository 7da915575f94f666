"""What the user asked for: the terms of a run, as plain values that Prefect can carry as parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one run. What is None is taken from the problem, then from the defaults.

    Attributes:
        problem: folder, YAML file or catalogue name; empty with `resume`.
        resume: run to go on with, by id or name.
        evaluations: programs to evaluate.
        dollars: most to spend on model calls.
        minutes: most wall time.
        target: fitness to stop at.
        models: names of models, in place of the problem's.
        base_url: endpoint of the models.
        strategy: see `archive.strategy.STRATEGIES`.
        seed: of all random streams.
        workers: turns at a time.
        db: SQLAlchemy URL of the archive.
        name: of the run.
        sets: ``key=value`` changes to the problem's definition.
        sandbox: ``auto``, ``docker`` or ``process``.
        memory: run whose lessons are carried over to this one, by id or name.
        study: name of the study that the run belongs to; such a run goes on after its target, so
            that all runs of a study make equally many evaluations.
        replay: run to go through again with its recorded answers, by id or name; `problem`, `seed`, `models`
            and all else that decides what happens are then taken from it.
    """

    problem: str = ""
    resume: str | None = None
    evaluations: int | None = None
    dollars: float | None = None
    minutes: float | None = None
    target: float | None = None
    models: tuple[str, ...] = ()
    base_url: str | None = None
    strategy: str | None = None
    seed: int | None = None
    workers: int | None = None
    db: str | None = None
    name: str | None = None
    sets: tuple[str, ...] = ()
    sandbox: str = "auto"
    memory: str | None = None
    study: str | None = None
    replay: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values; tuples become lists."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Terms:
        """The terms in `values`, as `to_dict` gives them.

        Raises:
            TypeError: a key is none of the fields.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise TypeError(f"unknown terms {unknown}; known are {sorted(known)}")
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return cls(**plain)
