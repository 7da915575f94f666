"""Which lessons a turn is shown: first by what they are about, then by what they were worth.

Phase one keeps the lessons whose words are most like those of the turn (cosine of TF-IDF vectors). Phase two
orders these by similarity times an optimistic or pessimistic estimate of their worth: mean + z standard
deviations of the posterior, one z a turn, drawn from the turn's seed. That is randomized UCB with a coupled
draw (Vaswani et al., "Old Dog Learns New Tricks: Randomized UCB for Bandit Problems", AISTATS 2020): a lesson
nobody was shown has a wide posterior and is tried when z is high, one that was shown often and helped is
taken when z is low, and of two lessons equally tried with equal success the more similar always comes first,
whatever z. Lessons that say nearly the same are not shown together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from archive.about import document, words
from archive.experience import Lesson

__all__ = ["SHOWN", "Retrieval", "near_equal", "spread"]

SHOWN = 5
"""Lessons a turn is shown at most."""

_RELEVANT = 24
"""Texts that phase one keeps; lessons in the same words, numbers aside, are one text."""

_ENOUGH = 64
"""Lessons from which the rarity of words is learned; in fewer, all words weigh the same."""

_VOCABULARY = 2048
_QUERY = 6_000
"""Characters of a query that are read."""

_HEAVIEST = 128
"""Words of a text that count: the rarest of them, and what it says most often."""

_FLOOR = 0.1
"""What worth counts for where nothing is similar, beside a similarity of 0 to 1."""

_SAME = 0.8
"""Share of common words (Jaccard) from which two texts say the same."""

_LOW, _HIGH = -1.0, 2.0
"""Bounds of z; below -1 a lesson that was tried a little would lose to one that never helped."""

_DIGITS = 9
"""Similarities are rounded, so that the order of additions in a matrix product decides nothing."""


_Numbers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Space:
    """The fitted words: column and weight of each."""

    columns: dict[str, int]
    weights: NDArray[np.float64]

    def vector(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Columns and values of a text's vector, of length 1 or empty."""
        counts = Counter(words(text))
        found = [(self.columns[word], count) for word, count in counts.items() if word in self.columns]
        if not found:
            return np.zeros(0, np.int64), np.zeros(0)
        columns, tally = np.array(found, np.int64).T
        values = (1 + np.log(tally)) * self.weights[columns]
        if len(values) > _HEAVIEST:
            kept = np.lexsort((columns, -values))[:_HEAVIEST]
            columns, values = columns[kept], values[kept]
        return columns, values / np.sqrt(values @ values)


class Retrieval:
    """Finds lessons. Not safe to use from several threads at once.

    A choice depends on what was given to the last `fit`, on the lessons and on the seed, and on nothing else.
    """

    def __init__(self) -> None:
        self._space = _Space({}, np.zeros(0))
        self._slots: dict[int, int] = {}
        # Texts, and by slot the number of each: lessons in the same words are one.
        self._texts: list[frozenset[str]] = []
        self._known: dict[frozenset[str], int] = {}
        self._numbers = np.zeros(64, np.int64)
        # A row a word, so that the few rows of a query lie together.
        self._matrix: NDArray[np.float64] = np.zeros((0, 64))

    def fit(self, lessons: Sequence[Lesson]) -> None:
        """Learn the words of these lessons, and how rare they are; forgets what was fitted before.

        Takes milliseconds, and a second or two where scikit-learn is imported for it: call it in a thread.
        """
        documents = [document(lesson) for lesson in lessons]
        self._space = _rarities(documents) if len(documents) >= _ENOUGH else _plain(documents)
        self._slots, self._texts, self._known = {}, [], {}
        self._numbers = np.zeros(64, np.int64)
        self._matrix = np.zeros((len(self._space.columns), 64))

    def choose(
        self, query: str, lessons: Sequence[Lesson], *, seed: int, most: int = SHOWN
    ) -> tuple[Lesson, ...]:
        """The lessons to show, best first; ties go to the newer.

        Args:
            query: what the turn is about.
            lessons: stored ones, each with an id of its own.
            seed: of the turn.
            most: how many at most.
        """
        if not lessons:
            return ()
        ids, slots = self._places(lessons)
        similar = self._similar(query, slots)
        z = min(_HIGH, max(_LOW, float(np.random.default_rng(seed).normal())))
        near = self._relevant(np.lexsort((-ids, -similar)), slots)
        estimates = _estimates([lessons[i] for i in near.tolist()], z)
        best = near[np.lexsort((-ids[near], -(estimates * (_FLOOR + similar[near]))))]
        # Of lessons in the same words only the best can be chosen: the others are like it.
        numbers = self._numbers[slots[best]]
        firsts = np.sort(np.unique(numbers, return_index=True)[1])
        chosen: list[Lesson] = []
        shown: list[frozenset[str]] = []
        for at in firsts.tolist():
            text = self._texts[numbers[at]]
            if len(chosen) < most and not any(_same(text, other) for other in shown):
                chosen.append(lessons[best[at]])
                shown.append(text)
        return tuple(chosen)

    def _places(self, lessons: Sequence[Lesson]) -> tuple[_Numbers, _Numbers]:
        """Ids of lessons, and where their vectors stand."""
        ids = [lesson.id for lesson in lessons]
        if not self._slots.keys() >= set(ids):
            for lesson in lessons:
                if lesson.id not in self._slots:
                    self._take(lesson)
        return np.array(ids, np.int64), np.array([self._slots[one] for one in ids], np.int64)

    def _similar(self, query: str, slots: _Numbers) -> NDArray[np.float64]:
        """Cosine of the query with each lesson, 0 to 1."""
        columns, values = self._space.vector(query[:_QUERY])
        if not len(columns):
            return np.zeros(len(slots))
        return np.asarray((values @ self._matrix[columns])[slots].round(_DIGITS))

    def _relevant(self, order: _Numbers, slots: _Numbers) -> _Numbers:
        """Of lessons in an order, those before the first whose text is one too many."""
        firsts = np.sort(np.unique(self._numbers[slots[order]], return_index=True)[1])
        return order if len(firsts) <= _RELEVANT else order[: firsts[_RELEVANT]]

    def _take(self, lesson: Lesson) -> None:
        slot = self._slots[lesson.id] = len(self._slots)
        if slot == self._matrix.shape[1]:
            self._matrix = np.hstack((self._matrix, np.zeros_like(self._matrix)))
            self._numbers = np.concatenate((self._numbers, np.zeros_like(self._numbers)))
        text = frozenset(words(lesson.text))
        self._numbers[slot] = number = self._known.setdefault(text, len(self._known))
        if number == len(self._texts):
            self._texts.append(text)
        columns, values = self._space.vector(document(lesson))
        self._matrix[columns, slot] = values


def spread(lesson: Lesson) -> float:
    """Standard deviation of the posterior whose mean is `Lesson.worth`, a Beta of uses + 4 counts."""
    return math.sqrt(lesson.worth * (1 - lesson.worth) / (lesson.uses + 5))


def near_equal(one: str, other: str) -> bool:
    """Whether two texts say the same, numbers aside; texts without words are equal to each other."""
    return _same(frozenset(words(one)), frozenset(words(other)))


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _SAME * len(one | other)


def _estimates(lessons: Sequence[Lesson], z: float) -> NDArray[np.float64]:
    """Mean + z standard deviations of each posterior, 0 to 1; see `Lesson.worth` and `spread`."""
    uses = np.array([lesson.uses for lesson in lessons], np.float64)
    worth = (np.array([lesson.successes for lesson in lessons], np.float64) + 1) / (uses + 4)
    return np.clip(worth + z * np.sqrt(worth * (1 - worth) / (uses + 5)), 0.0, 1.0)


def _plain(documents: Sequence[str]) -> _Space:
    """All words alike: what is rare among a few documents is chance."""
    columns: dict[str, int] = {}
    for text in documents:
        for word in words(text):
            columns.setdefault(word, len(columns))
    return _Space(columns, np.ones(len(columns)))


def _rarities(documents: Sequence[str]) -> _Space:
    """The commonest words, weighed by their inverse document frequency, ln((1 + n) / (1 + df)) + 1."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(words(text) for text in documents):
        return _plain(documents)
    fitted = TfidfVectorizer(analyzer=words, max_features=_VOCABULARY).fit(documents)
    return _Space({word: int(at) for word, at in fitted.vocabulary_.items()}, np.asarray(fitted.idf_))
