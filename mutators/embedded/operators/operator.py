"""What an operator is: a named way to change a program, with its parameters said in words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from mutators.embedded.source import Literal, Source, Splice, read

__all__ = [
    "Operator",
    "Scene",
    "Setting",
    "in_code",
    "log_uniform",
    "movable",
    "rewrite",
    "richness",
    "written",
]

_COUNT = re.compile(r"\b(\d{1,6}) of \d+")
_SCALE = re.compile(r"\babout (\d{1,4}(?:\.\d{1,6})?)%")


@dataclass(frozen=True, slots=True)
class Scene:
    """The program to change and what its change may draw on.

    Attributes:
        source: the program.
        others: programs to take from, (text, language); read only when an operator takes from them.
    """

    source: Source
    others: tuple[tuple[str, str], ...] = ()

    @property
    def inspirations(self) -> tuple[Source, ...]:
        """The other programs, parsed; those that cannot be read are left out."""
        found = (read(text, language) for text, language in self.others)
        return tuple(one for one in found if one is not None)


@dataclass(frozen=True, slots=True)
class Setting:
    """Parameters of an operator.

    Attributes:
        count: how many things it touches, at least 1.
        scale: how far it goes, a share of the spread or magnitude; 0 where it has no size.
    """

    count: int = 1
    scale: float = 0.0

    @classmethod
    def said(cls, text: str) -> Setting:
        """Read the parameters back from the words of a plan; what is not said has its default."""
        count, scale = _COUNT.search(text), _SCALE.search(text)
        return cls(
            count=max(int(count.group(1)), 1) if count else 1,
            scale=float(scale.group(1)) / 100 if scale else 0.0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A way to change a program.

    Attributes:
        name: lower case words; a plan names the operator by them.
        words: what it does, a template over ``count``, ``pool`` and ``percent``.
        weight: relative frequency in a scene, 0 where it does not apply.
        pool: number of things it could touch.
        apply: the edit, or no splices where the draw led to none.
        most: most things touched at once.
        scales: range of the scale, drawn log-uniformly; None where it has no size.
        structural: whether the change may leave the program as it was in all but layout.
        borrows: whether it takes from inspirations.
    """

    name: str
    words: str
    weight: Callable[[Scene], float]
    pool: Callable[[Scene], int]
    apply: Callable[[Scene, Setting, Random], Sequence[Splice]]
    most: int = 1
    scales: tuple[float, float] | None = None
    structural: bool = False
    borrows: bool = False

    def draw(self, scene: Scene, random: Random) -> Setting:
        """Parameters for a scene: few things more often than many, middling sizes more than extreme ones."""
        most = max(min(self.most, self.pool(scene)), 1)
        count = min(int(log_uniform(random, 1.0, most + 0.999)), most)
        scale = 0.0
        if self.scales:
            # The geometric mean of two draws: a triangle on the logarithmic axis.
            scale = math.sqrt(log_uniform(random, *self.scales) * log_uniform(random, *self.scales))
        return Setting(count=count, scale=float(f"{scale:.2g}"))

    def say(self, scene: Scene, setting: Setting) -> str:
        """One sentence that `Setting.said` understands."""
        words = self.words.format(
            count=setting.count, pool=self.pool(scene), percent=f"{setting.scale * 100:.4g}"
        )
        return f"{self.name}: {words}"


def movable(source: Source) -> list[int]:
    """Indices of the constants that may take any near value: decimals, and integers that stand in lists."""
    return [i for i, one in enumerate(source.literals) if not one.whole or one.group is not None]


def richness(source: Source) -> float:
    """From 0 to 1, growing with the number of constants: what is mostly constants is searched by them."""
    count = len(movable(source))
    return count / (count + 6)


def in_code(weight: float) -> Callable[[Scene], float]:
    """Weight of an operator on syntax: less than half of it where a program is mostly constants."""
    return lambda scene: weight * (1 - 0.6 * richness(scene.source)) if scene.source.python else 0.0


def log_uniform(random: Random, low: float, high: float) -> float:
    """A number whose logarithm is uniform between those of `low` and `high`, both positive."""
    return math.exp(random.uniform(math.log(low), math.log(high)))


def written(value: float, *, whole: bool) -> str | None:
    """A constant as program text, six significant digits; None for what no literal can say."""
    if not math.isfinite(value):
        return None
    if whole:
        return str(round(value))
    text = f"{value:.6g}"
    return text if "." in text or "e" in text else f"{text}.0"


def rewrite(source: Source, values: Mapping[int, float]) -> list[Splice]:
    """Splices that give constants new values, by index; those that would read the same are left out."""
    splices: list[Splice] = []
    for index, value in values.items():
        literal: Literal = source.literals[index]
        text = written(value, whole=literal.whole)
        if text is not None and float(text) != literal.value:
            splices.append(Splice(literal.start, literal.end, text))
    return splices
