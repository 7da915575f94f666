"""What kinds of stage there are, and what those who combine stages must know of a kind."""

from __future__ import annotations

from typing import Final

__all__ = ["EXECUTIONS", "JUDGES", "LEARNED", "MEASUREMENTS", "SCORES", "STAGE_KINDS", "STATIC", "VALUES"]

STAGE_KINDS: Final = (
    "static.python",
    "static.text",
    "sandbox.call",
    "sandbox.command",
    "sandbox.score",
    "sandbox.trusted_together",
    "model.judge",
    "delayed",
)
"""Every kind, in the order in which messages list them."""

STATIC: Final = frozenset({"static.python", "static.text"})
"""Read the text alone: the same answer each time, known as ``static.NAME`` or ``STAGE.METRIC``."""

VALUES: Final = frozenset({"sandbox.call", "sandbox.command"})
"""Run the program and hand a value on, for a `sandbox.score` to judge; their own metrics are measurements."""

SCORES: Final = frozenset({"sandbox.score", "sandbox.trusted_together", "delayed"})
"""Say what a program is worth: the objective may be theirs, and their metrics go by their bare names."""

JUDGES: Final = frozenset({"model.judge"})
"""Have an opinion: bare names, but never the objective."""

LEARNED: Final = "learned"
"""Stands where the id of a stage does in the source of a descriptor that is learned: ``learned.N``."""

EXECUTIONS: Final = VALUES | {"sandbox.trusted_together"}
"""Run the program, in the sandbox for candidates."""

MEASUREMENTS: Final = frozenset({"seconds", "cpu_seconds", "peak_mib"})
"""Metrics of an execution that the supervisor measured, and that differ a little each time."""
