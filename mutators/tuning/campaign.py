"""Tuning one program: what is tried next, and when there is nothing left to try."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Protocol

from archive.program import ProgramId
from mutators.tuning.genes import Genome
from mutators.tuning.sampler import Sampler, Tried, make_sampler

__all__ = ["Campaign", "Maker", "loss_of"]

_BOLDNESS = (1.0, 0.2, 3.0)
"""Of the stages: the first step may have been too large, or have led to the nearest hill only."""
_SETTLED = 1e-7
"""Share of the first deviation below which a stage has found its hill."""
_PATIENCE = (60, 12)
"""Evaluations without an improvement after which a stage ends: so many, and so many more a gene."""
_FLAT = 2
"""Generations in which nothing differs from the program itself: its constants do not matter."""
_TRIES = 30
_FINE = 1e-3
"""Digits are written down to this share of a constant's deviation."""


class Maker(Protocol):
    """Makes a sampler, see `make_sampler`."""

    def __call__(self, genome: Genome, centre: Sequence[float], *, boldness: float) -> Sampler: ...


class Campaign:
    """Tries constants of one program, CMA-ES stage after stage, each from the best that was found.

    It follows from what it was told, in order, and each proposal from that and its number alone; so a
    campaign that is told again what was tried goes on as the first one would have.

    Args:
        genome: the program, with at least one gene.
        loss: of the program itself, less is better.
        seed: of the run.
        make: makes the sampler of each stage.
    """

    def __init__(self, genome: Genome, *, loss: float, seed: int, make: Maker = make_sampler) -> None:
        self.genome = genome
        self._make = make
        self._seed = seed
        self._own = loss
        self._best: Tried = (genome.values, loss)
        self._tried: list[Tried] = []
        self._guessed: tuple[int, tuple[str, ...] | None] = (-1, None)
        self._waiting: list[Tried] = []
        self._seen = {tuple(gene.literal.text for gene in genome.genes)}
        self._vain = 0
        self._repeats = 0
        self._generations = 0
        self._differs = False
        self._stage = -1
        self._begin()

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to try."""
        return self._stage >= len(_BOLDNESS)

    @property
    def best(self) -> Tried:
        """The best values and their loss; the program's own to begin with."""
        return self._best

    def ask(self, number: int) -> tuple[str, ...] | None:
        """Constants that were never proposed before; None where it finds none, or is over.

        Args:
            number: of the attempt.
        """
        if self.is_over:
            return None
        if not self._waiting and (guess := self._guess()) is not None and self._is_new(guess):
            return guess
        for number_of_try in range(_TRIES):
            texts = self._written(self._sampler.sample(self._draw(number, number_of_try)))
            if self._is_new(texts):
                return texts
        return None

    def propose(self, texts: Sequence[str]) -> None:
        """These constants are being tried: nobody else is to try them."""
        self._seen.add(tuple(texts))

    def tell(self, texts: Sequence[str], loss: float | None) -> None:
        """What became of constants that were proposed.

        Args:
            texts: as `ask` gave them.
            loss: infinite for a program that was not valid; None for one that was known before and not tried.
        """
        self._seen.add(tuple(texts))
        if self.is_over:
            return
        if loss is None:
            self._repeats += 1
            if self._repeats > 3 * self._sampler.size:
                self._stage = len(_BOLDNESS)
            return
        genes = self.genome.genes
        tried = (tuple(gene.value(text) for gene, text in zip(genes, texts, strict=True)), loss)
        self._tried.append(tried)
        self._differs |= math.isfinite(loss) and loss != self._own
        self._vain += 1
        if loss < self._best[1]:
            self._best, self._vain = tried, 0
        self._take(tried)
        self._consider()

    def hear(self, texts: Sequence[str], loss: float) -> None:
        """What became of constants that somebody else gave the program, a model for instance.

        Where they are better than the best and lie far off, the stage begins anew about them; and a campaign
        that was over takes its second stage up again.

        Args:
            texts: as `Genome.texts_in` gives them.
            loss: infinite for a program that was not valid.
        """
        texts = tuple(texts)
        if texts in self._seen:
            return
        self._seen.add(texts)
        values = tuple(gene.value(text) for gene, text in zip(self.genome.genes, texts, strict=True))
        better = loss < self._best[1]
        if better:
            self._best, self._vain = (values, loss), 0
        if self.is_over or (better and not self._sampler.is_near(values)):
            if better:
                self._stage = min(self._stage, 1) - 1
                self._begin()
            return
        self._tried.append((values, loss))
        if self._sampler.is_near(values):
            self._take((values, loss))

    def _guess(self) -> tuple[str, ...] | None:
        """What was tried speaks for these constants; found out once, however many ask."""
        if self._guessed[0] != len(self._tried):
            values = self._sampler.guess(self._tried)
            self._guessed = (len(self._tried), None if values is None else self._written(values))
        return self._guessed[1]

    def _take(self, tried: Tried) -> None:
        self._waiting.append(tried)
        if len(self._waiting) >= self._sampler.size:
            self._sampler.tell(self._waiting)
            self._waiting.clear()
            self._generations += 1

    def _consider(self) -> None:
        """Begin the next stage where this one has done what it can."""
        if not self._differs and self._generations >= _FLAT:
            self._stage = len(_BOLDNESS)
            return
        patience = _PATIENCE[0] + _PATIENCE[1] * len(self.genome.genes)
        if self._vain > patience or (not self._waiting and self._sampler.shrunk < _SETTLED):
            self._begin()

    def _begin(self) -> None:
        self._stage += 1
        self._vain = self._repeats = 0
        self._tried.clear()
        self._guessed = (-1, None)
        self._waiting.clear()
        if not self.is_over:
            boldness = _BOLDNESS[self._stage]
            self._sampler = self._make(self.genome, self._best[0], boldness=boldness)

    def _written(self, values: Sequence[float]) -> tuple[str, ...]:
        return tuple(
            gene.written(value, resolution=_FINE * float(deviation))
            for gene, value, deviation in zip(
                self.genome.genes, values, self._sampler.deviations, strict=True
            )
        )

    def _is_new(self, texts: tuple[str, ...]) -> bool:
        return texts not in self._seen

    def _draw(self, number: int, number_of_try: int) -> int:
        base: ProgramId = self.genome.program.id
        text = f"{self._seed}:tune:{base}:{number}:{number_of_try}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def loss_of(utility: float | None) -> float:
    """The loss of a program of this utility, None being one that was not valid."""
    return math.inf if utility is None else -utility
