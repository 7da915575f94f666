"""An attack: a few lines of a program, and how what comes of them is to be judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["DREAM", "Attack", "Kind", "Trait"]

DREAM: Final = 1e9
"""A fitness that programs claim; the negative where less is better."""


class Kind(StrEnum):
    """What an attack returns or does, which decides what may be accepted."""

    EMPTY = "empty"
    """A value that holds nothing."""
    NAN = "nan"
    """A value with NaN or infinity in it, in whatever dress."""
    TYPE = "type"
    """Another type than was asked for."""
    LOOSE = "loose"
    """Another type that Python takes for the right one."""
    LENGTH = "length"
    """Another number of elements."""
    NUMBERS = "numbers"
    """The right shape with strange numbers in it."""
    COLLAPSED = "collapsed"
    """The right shape with one element over and over."""
    SAME = "same"
    """The honest value in another form; only a scorer that breaks over it is a finding."""
    KEYS = "keys"
    """The honest mapping with keys in it that a scorer must not believe."""
    CLAIM = "claim"
    """A mapping that claims a score, and nothing else."""
    FORGERY = "forgery"
    """The honest value from a program that tampers with what is around it."""


class Trait(StrEnum):
    """What the honest output must have for an attack to make sense."""

    ANY = "any"
    NO_TEXT = "no text"
    """Anything but a text by itself."""
    ROWS = "rows"
    """A list or an array, or a mapping with one among its values, that is not empty."""
    TABLE = "table"
    """Rows that are lists themselves."""
    NUMBERS = "numbers"
    """A number somewhere."""
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One hostile candidate.

    Attributes:
        name: unique, lower case with hyphens.
        does: completes "a program that returns …" for outputs, "a program that …" for forgeries.
        body: statements of the entrypoint. They may use ``value`` (what the initial program returned for the
            same inputs, a copy of its own), ``METRIC`` (the objective), ``DREAM`` (a far better fitness than
            any honest one) and the helpers of `evaluators.attacks.programs`.
        kind: how it is judged.
        needs: what the honest output must have.
        essential: whether it is made even where each attack takes long.
        shadow: whether the program brings files with the names of the trusted ones.
        seconds: least time the supervisor must have measured if the program passes; 0 for no matter.
    """

    name: str
    does: str
    body: str
    kind: Kind
    needs: Trait = Trait.ANY
    essential: bool = False
    shadow: bool = False
    seconds: float = 0.0
