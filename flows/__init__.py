"""How it runs. The Python interface: ``from flows import evolve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.api import Result, evolve

__all__ = ["Result", "evolve"]


def __getattr__(name: str) -> object:
    """`evolve` and `Result` when they are asked for: importing the engine must not load any adapter."""
    if name in __all__:
        from flows import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
