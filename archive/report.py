"""Metrics that arrive after the evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.program import ProgramId

__all__ = ["Report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody found out about a program, whatever runs know it.

    Reports are never changed. The newest of a program and a metric counts.

    Attributes:
        program: id.
        metric: name of the metric, as a stage of the kind ``delayed`` names it.
        value: finite.
        at: when it was reported, aware UTC.
        serial: place among all reports of a store, from 1; 0 where it is not stored yet.
    """

    program: ProgramId
    metric: str
    value: float
    at: datetime
    serial: int = 0
