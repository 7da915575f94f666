"""CMA-ES over the genes of a program, by the library `cmaes`.

Decimals alone are sampled by separable CMA-ES, whose cost and learning time grow linearly with their number,
so that it serves two constants and two hundred (Ros and Hansen, 2008); programs with integers or choices by
CatCMA with margin (Hamano et al., 2025). Only ranks are told, so that worth may be of any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mutators.tuning.genes import Gene, Genome
from mutators.tuning.guess import enough, guess, longest
from mutators.tuning.reading import Kind

__all__ = ["Sampler", "Tried", "make_sampler"]

_FIRST = 0.5
"""First step, of all genes together, in spreads: about what half a spread of one gene is."""
_LARGEST = 0.3
_LIKELY = 0.6
"""First probability of the option that a choice has now."""

Vector = npt.NDArray[np.float64]
Tried = tuple[tuple[float, ...], float]
"""Values of the genes, and the loss; infinite where the program was not valid."""


class Sampler(Protocol):
    """One distribution of values, that moves towards the better ones.

    It is a function of what it was told alone, and a sample one of that and of a seed: it can be made again
    at any time from what was tried.
    """

    @property
    def size(self) -> int:
        """Samples of a generation."""

    @property
    def deviations(self) -> Vector:
        """Of each gene's samples, in its own unit."""

    @property
    def shrunk(self) -> float:
        """Largest deviation, as a share of the first one."""

    def sample(self, seed: int) -> tuple[float, ...]:
        """Values of the genes; those of integers and choices are among their options."""

    def guess(self, tried: Sequence[Tried]) -> tuple[float, ...] | None:
        """Values that what was tried speaks for, or None."""

    def is_near(self, values: Sequence[float]) -> bool:
        """Whether values that were not sampled may be told: no further off than a sample may well be."""

    def tell(self, generation: Sequence[Tried]) -> None:
        """Take in `size` tried points that are near."""


def make_sampler(genome: Genome, centre: Sequence[float], *, boldness: float) -> Sampler:
    """A sampler for a genome.

    Args:
        genome: at least one gene.
        centre: values about which it begins.
        boldness: size of its first steps; 1 is usual.
    """
    if genome.is_decimal:
        return _Decimals(genome.genes, centre, boldness=boldness)
    return _Mixed(genome.genes, centre, boldness=boldness)


def _first_step(genes: int, boldness: float) -> float:
    return boldness * float(min(_LARGEST, _FIRST / np.sqrt(genes)))


def _ranked(generation: Sequence[Tried]) -> list[tuple[tuple[float, ...], float]]:
    """The generation with ranks for losses, equal losses having equal ranks."""
    levels = {loss: float(rank) for rank, loss in enumerate(sorted({loss for _, loss in generation}))}
    return [(values, levels[loss]) for values, loss in generation]


class _Decimals(Sampler):
    """In units of each gene's spread, about the centre."""

    def __init__(self, genes: Sequence[Gene], centre: Sequence[float], *, boldness: float) -> None:
        from cmaes import SepCMA

        self._centre = np.array(centre)
        self._spread = np.array([gene.spread for gene in genes])
        self._first = _first_step(len(genes), boldness)
        # The library wants two dimensions; a second one that nothing depends on does no harm.
        self._padded = max(len(genes), 2)
        self._cma = SepCMA(mean=np.zeros(self._padded), sigma=self._first, seed=0)

    @property
    def size(self) -> int:
        return int(self._cma.population_size)

    @property
    def deviations(self) -> Vector:
        return np.asarray(self._deviation()[: len(self._spread)] * self._spread)

    @property
    def shrunk(self) -> float:
        return float(self._deviation()[: len(self._spread)].max()) / self._first

    def sample(self, seed: int) -> tuple[float, ...]:
        self._cma.reseed_rng(seed)
        return self._values(self._cma.ask())

    def guess(self, tried: Sequence[Tried]) -> tuple[float, ...] | None:
        size = len(self._spread)
        points = [(self._scaled(values)[:size], loss) for values, loss in tried if np.isfinite(loss)]
        if len(points) < enough(size):
            return None
        found = guess(
            np.array([point for point, _ in points]),
            np.array([loss for _, loss in points]),
            mean=np.asarray(self._cma.mean)[:size],
            deviation=self._deviation()[:size],
        )
        return None if found is None else self._values(found)

    def is_near(self, values: Sequence[float]) -> bool:
        off = (self._scaled(values) - np.asarray(self._cma.mean)) / self._deviation()
        return float(np.linalg.norm(off)) <= longest(len(self._spread))

    def tell(self, generation: Sequence[Tried]) -> None:
        self._cma.tell([(self._scaled(values), rank) for values, rank in _ranked(generation)])

    def _deviation(self) -> Vector:
        # The library tells its mean and not its deviations: what it would sample from is in these two.
        return np.asarray(self._cma._sigma * np.sqrt(self._cma._C))

    def _scaled(self, values: Sequence[float]) -> Vector:
        scaled = np.zeros(self._padded)
        scaled[: len(values)] = (np.array(values) - self._centre) / self._spread
        return np.clip(scaled, -1e30, 1e30)

    def _values(self, scaled: Vector) -> tuple[float, ...]:
        size = len(self._spread)
        return tuple((self._centre + self._spread * scaled[:size]).tolist())


class _Mixed(Sampler):
    """Decimals in units of their spread about the centre, integers and choices among their options."""

    def __init__(self, genes: Sequence[Gene], centre: Sequence[float], *, boldness: float) -> None:
        from cmaes import CatCMAwM

        kinds = [gene.literal.kind for gene in genes]
        self._decimal = [i for i, kind in enumerate(kinds) if kind is Kind.DECIMAL]
        self._whole = [i for i, kind in enumerate(kinds) if kind is Kind.WHOLE]
        self._choice = [i for i, kind in enumerate(kinds) if kind is Kind.CHOICE]
        self._genes = genes
        self._centre = np.array(centre)
        self._spread = np.array([gene.spread for gene in genes])
        self._options = [list(genes[i].options) for i in self._whole]
        self._counts = [len(genes[i].options) for i in self._choice]
        gaussian = len(self._decimal) + len(self._whole)
        self._first = _first_step(max(gaussian, 1), boldness)
        widths = [1.0] * len(self._decimal) + [max(float(self._spread[i]), 2.0) for i in self._whole]
        told: dict[str, object] = {}
        if self._decimal:
            told["x_space"] = [[-np.inf, np.inf]] * len(self._decimal)
        if self._whole:
            told["z_space"] = self._options
        if gaussian:
            inside = [
                float(np.clip(self._centre[i], options[0], options[-1]))
                for i, options in zip(self._whole, self._options, strict=True)
            ]
            told["mean"] = np.array([0.0] * len(self._decimal) + inside)
            told["cov"] = np.diag(np.array(widths) ** 2)
            told["sigma"] = self._first
        if self._choice:
            told["c_space"] = self._counts
            told["cat_param"] = self._first_odds()
        # With one dimension it takes too few samples to tell better from worse.
        fewest = 4 + int(3 * np.log(max(len(genes), 2)))
        self._cma = CatCMAwM(**told, population_size=fewest, seed=0)

    @property
    def size(self) -> int:
        return int(self._cma.population_size)

    @property
    def deviations(self) -> Vector:
        found = np.ones(len(self._genes))
        if self._decimal:
            scale = self._cma._sigma * np.sqrt(np.diag(self._cma._C))[: len(self._decimal)]
            found[self._decimal] = scale * self._spread[self._decimal]
        return found

    @property
    def shrunk(self) -> float:
        # Integers and choices never settle: the library keeps a margin of doubt. Waiting in vain ends them.
        if self._whole or self._choice or not self._decimal:
            return 1.0
        return float((self.deviations / self._spread).max()) / self._first

    def sample(self, seed: int) -> tuple[float, ...]:
        self._cma.reseed_rng(seed)
        solution = self._cma.ask()
        values = np.zeros(len(self._genes))
        if self._decimal and solution.x is not None:
            values[self._decimal] = self._centre[self._decimal] + self._spread[self._decimal] * solution.x
        if self._whole and solution.z is not None:
            values[self._whole] = solution.z
        if self._choice and solution.c is not None:
            values[self._choice] = np.argmax(solution.c, axis=1)
        return tuple(values.tolist())

    def guess(self, tried: Sequence[Tried]) -> tuple[float, ...] | None:
        return None

    def is_near(self, values: Sequence[float]) -> bool:
        return False  # what it tells of integers and choices is no length

    def tell(self, generation: Sequence[Tried]) -> None:
        self._cma.tell([(self._solution(values), rank) for values, rank in _ranked(generation)])

    def _solution(self, values: Sequence[float]) -> object:
        from cmaes import CatCMAwM

        array = np.array(values)
        x = (array[self._decimal] - self._centre[self._decimal]) / self._spread[self._decimal]
        z = array[self._whole]
        c = np.zeros((len(self._choice), max(self._counts, default=0)))
        for row, value in enumerate(array[self._choice]):
            c[row, round(value)] = 1.0
        return CatCMAwM.Solution(
            x=x if self._decimal else None,
            z=z if self._whole else None,
            c=c if self._choice else None,
            _v_raw=np.concatenate([x, z]) if self._decimal or self._whole else None,
        )

    def _first_odds(self) -> Vector:
        """The option of now first, the others alike."""
        odds = np.zeros((len(self._choice), max(self._counts)))
        for row, (gene, count) in enumerate(zip(self._choice, self._counts, strict=True)):
            odds[row, :count] = (1 - _LIKELY) / (count - 1)
            odds[row, round(float(self._centre[gene]))] = _LIKELY
        return odds
