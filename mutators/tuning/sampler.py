"""CMA-ES over the genes of a program, by the library `cmaes`.

Decimals alone are sampled by CMA-ES where they are few, which learns how they act together (Hansen and
Ostermeier, 2001), and by separable CMA-ES where they are many, whose cost and learning time grow linearly
with their number (Ros and Hansen, 2008); programs with integers or choices by CatCMA with margin (Hamano et
al., 2025). Only ranks are told, so that worth may be of any size.

The library does not tell the deviations of its distributions. They are measured, by samples of a fixed seed:
a twentieth more or less is of no account where they are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mutators.tuning.genes import Gene, Genome
from mutators.tuning.guess import FULLEST, enough, guess, longest, wanted
from mutators.tuning.reading import Kind

__all__ = ["Sampler", "Tried", "make_sampler"]

_FIRST = 0.5
"""First step, of all genes together, in spreads: about what half a spread of one gene is."""
_LARGEST = 0.3
_LIKELY = 0.6
"""First probability of the option that a choice has now."""
_PROBES = 192
"""Samples by which deviations are measured: they are so to about a twentieth."""
_PROBE_SEED = 1

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
        from cmaes import CMA, SepCMA

        self._centre = np.array(centre)
        self._spread = np.array([gene.spread for gene in genes])
        self._first = _first_step(len(genes), boldness)
        # The library wants two dimensions; a second one that nothing depends on does no harm.
        self._padded = max(len(genes), 2)
        self._together = len(genes) <= FULLEST
        kind = CMA if self._together else SepCMA
        self._cma = kind(mean=np.zeros(self._padded), sigma=self._first, seed=0)
        self._measure()
        self._widest = self._deviation[: len(genes)].max()

    @property
    def size(self) -> int:
        return int(self._cma.population_size)

    @property
    def deviations(self) -> Vector:
        return np.asarray(self._deviation[: len(self._spread)] * self._spread)

    @property
    def shrunk(self) -> float:
        return float(self._deviation[: len(self._spread)].max() / self._widest)

    def sample(self, seed: int) -> tuple[float, ...]:
        self._cma.reseed_rng(seed)
        return self._values(self._cma.ask())

    def guess(self, tried: Sequence[Tried]) -> tuple[float, ...] | None:
        size = len(self._spread)
        newest = islice((one for one in reversed(tried) if np.isfinite(one[1])), wanted(size))
        points = [(self._scaled(values)[:size], loss) for values, loss in reversed(list(newest))]
        if len(points) < enough(size):
            return None
        found = guess(
            np.array([point for point, _ in points]),
            np.array([loss for _, loss in points]),
            mean=np.asarray(self._cma.mean)[:size],
            deviation=self._deviation[:size],
        )
        if found is None:
            return None
        # A point that is far along a narrow axis would blow the distribution up.
        mean = np.asarray(self._cma.mean)[:size]
        length = self._length(self._padding(found - mean))
        return self._values(mean + (found - mean) * min(1.0, longest(size) / max(length, 1e-300)))

    def is_near(self, values: Sequence[float]) -> bool:
        off = self._scaled(values) - np.asarray(self._cma.mean)
        return self._length(off) <= longest(len(self._spread))

    def tell(self, generation: Sequence[Tried]) -> None:
        self._cma.tell([(self._scaled(values), rank) for values, rank in _ranked(generation)])
        self._measure()

    def _measure(self) -> None:
        self._cma.reseed_rng(_PROBE_SEED)
        off = np.array([self._cma.ask() for _ in range(_PROBES)]) - np.asarray(self._cma.mean)
        self._deviation = np.asarray(np.sqrt((off * off).mean(axis=0)))
        scaled = off / self._deviation
        self._alike = scaled.T @ scaled / _PROBES if self._together else None

    def _length(self, off: Vector) -> float:
        """How far from the mean, in deviations along the axes of the distribution."""
        scaled = off / self._deviation
        if self._alike is None:
            return float(np.linalg.norm(scaled))
        # Positive but for rounding where two constants go together all but exactly.
        square = float(scaled @ np.linalg.lstsq(self._alike, scaled, rcond=None)[0])
        return float(np.sqrt(max(square, 0.0)))

    def _padding(self, off: Vector) -> Vector:
        return np.concatenate([off, np.zeros(self._padded - len(off))])

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
        self._deviations = self._measured()

    @property
    def size(self) -> int:
        return int(self._cma.population_size)

    @property
    def deviations(self) -> Vector:
        return self._deviations

    @property
    def shrunk(self) -> float:
        # Integers and choices never settle: the library keeps a margin of doubt. Waiting in vain ends them.
        return 1.0

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
        self._deviations = self._measured()

    def _measured(self) -> Vector:
        """Of integers and choices, which are written in full, 1."""
        found = np.ones(len(self._genes))
        if self._decimal:
            self._cma.reseed_rng(_PROBE_SEED)
            probes = np.array([self._cma.ask().x for _ in range(_PROBES)])
            found[self._decimal] = probes.std(axis=0) * self._spread[self._decimal]
        return found

    def _solution(self, values: Sequence[float]) -> object:
        array = np.array(values)
        x = (array[self._decimal] - self._centre[self._decimal]) / self._spread[self._decimal]
        c = np.zeros((len(self._choice), max(self._counts, default=0)))
        for row, value in enumerate(array[self._choice]):
            c[row, round(value)] = 1.0
        return _as_solution(x=x, z=array[self._whole], c=c)

    def _first_odds(self) -> Vector:
        """The option of now first, the others alike."""
        odds = np.zeros((len(self._choice), max(self._counts)))
        for row, (gene, count) in enumerate(zip(self._choice, self._counts, strict=True)):
            odds[row, :count] = (1 - _LIKELY) / (count - 1)
            odds[row, round(float(self._centre[gene]))] = _LIKELY
        return odds


def _as_solution(*, x: Vector, z: Vector, c: Vector) -> object:
    """A point for CatCMA to be told, which it did not sample itself.

    The one place that leans on an inner matter of the library, as it is in cmaes 0.13.1: its solutions carry
    in `_v_raw` the sample before integers were rounded. What is told here are the rounded ones, so that a
    campaign that is told again what was tried is in the same state as the first one.

    Args:
        x: decimals, scaled.
        z: integers.
        c: choices, one row each, 1 where the option is.
    """
    from cmaes import CatCMAwM

    return CatCMAwM.Solution(
        x=x if len(x) else None,
        z=z if len(z) else None,
        c=c if len(c) else None,
        _v_raw=np.concatenate([x, z]) if len(x) or len(z) else None,
    )
