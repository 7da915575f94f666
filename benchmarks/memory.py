"""Whether retrieval finds the lessons that help, where some do, and what it costs a turn.

A simulation, without a model: attempts are about one of several topics; each topic has lessons, of which some
truly raise the chance that an attempt about this topic improves, and most do nothing. What is shown is chosen
by one policy a run, and counted as a run counts it. Nobody here reads the lessons as a language model would:
the figures say how well helpful lessons are found, not how much they would help a model.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from archive.experience import Lesson, LessonKind
from archive.expiry import pace, useless
from archive.retrieval import SHOWN, Retrieval
from benchmarks.machine import report

ATTEMPTS = 600
RUNS = 10
TOPICS = 8
LESSON_EVERY = 2
HELPFUL = 0.15
BASE, HELPED = 0.08, 0.35
LIVE = 500

Choose = Callable[[str, list[Lesson], int], Sequence[Lesson]]


def main() -> None:
    figures: dict[str, object] = {}
    lines: list[str] = []
    for name, make in POLICIES.items():
        rates, found = zip(*(simulate(make(), seed) for seed in range(RUNS)), strict=True)
        rate, share = statistics.median(rates), statistics.median(found)
        figures[f"improved_{name}"], figures[f"shown_helpful_{name}"] = round(rate, 4), round(share, 3)
        lines.append(
            f"{name:>12}: {rate:.3f} of the later attempts improved ({min(rates):.3f} to {max(rates):.3f} in "
            f"{RUNS} runs); {share:.0%} of them were shown a lesson that helps"
        )
    choose_ms, fit_ms = cost()
    figures |= {"choose_median_ms": round(choose_ms, 3), "fit_ms": round(fit_ms, 1), "live_lessons": LIVE}
    lines.append(
        f"     a turn: {choose_ms:.3f} ms to choose among {LIVE} lessons (median); a fit {fit_ms:.0f} ms"
    )
    report("memory", lines, figures)


def simulate(choose: Choose, seed: int) -> tuple[float, float]:
    """Shares of the second half of a run's attempts that improved, and that were shown a helpful lesson."""
    rng = random.Random(seed)
    names = [_word(rng) for _ in range(400)]
    topics = [rng.sample(names, 12) for _ in range(TOPICS)]
    lessons: dict[int, Lesson] = {}
    helps: dict[int, int] = {}
    outcomes: list[tuple[bool, bool]] = []
    for number in range(1, ATTEMPTS + 1):
        topic = rng.randrange(TOPICS)
        query = " ".join((*rng.sample(topics[topic], 8), *rng.sample(names, 20)))
        live = [lesson for lesson in lessons.values() if not lesson.expired]
        shown = choose(query, live, rng.getrandbits(31))
        helped = any(helps.get(lesson.id) == topic for lesson in shown)
        improved = rng.random() < (HELPED if helped else BASE)
        outcomes.append((improved, helped))
        for lesson in shown:
            lessons[lesson.id] = replace(
                lesson, uses=lesson.uses + 1, successes=lesson.successes + int(improved)
            )
        if number % LESSON_EVERY == 0:
            text = " ".join((*rng.sample(topics[topic], 4), *rng.sample(names, 6)))
            lessons[number] = _lesson(number, text)
            if rng.random() < HELPFUL:
                helps[number] = topic
    half = outcomes[ATTEMPTS // 2 :]
    return statistics.mean(good for good, _ in half), statistics.mean(found for _, found in half)


def two_phase() -> Choose:
    """As a run does it, expiry included."""
    retrieval = Retrieval()
    seen: dict[int, Lesson] = {}
    fitted = 0

    def choose(query: str, live: list[Lesson], seed: int) -> Sequence[Lesson]:
        nonlocal fitted
        seen.update((lesson.id, lesson) for lesson in live)
        if len(seen) >= 2 * fitted:
            fitted = len(seen)
            retrieval.fit(list(seen.values()))
        rate = pace(list(seen.values())[-60:])
        return retrieval.choose(query, [one for one in live if not useless(one, rate)], seed=seed)

    return choose


def relevance_only() -> Choose:
    """Phase one alone: the same worth for all."""
    inner = two_phase()
    return lambda query, live, seed: [
        one
        for other in inner(query, [replace(x, uses=0, successes=0) for x in live], seed)
        for one in live
        if one.id == other.id
    ]


def worth_only() -> Choose:
    """The greatest worth among the newest 60, whatever the turn is about."""
    return lambda query, live, seed: sorted(live[-60:], key=lambda lesson: (-lesson.worth, -lesson.id))[
        :SHOWN
    ]


def at_random() -> Choose:
    return lambda query, live, seed: random.Random(seed).sample(live, min(SHOWN, len(live)))


POLICIES: dict[str, Callable[[], Choose]] = {
    "two_phase": two_phase,
    "relevance": relevance_only,
    "worth": worth_only,
    "random": at_random,
    "none": lambda: lambda query, live, seed: (),
}


def cost() -> tuple[float, float]:
    """Median milliseconds of a choice among `LIVE` lessons, and of a fit to them, imports excepted."""
    rng = random.Random(1)
    names = [_word(rng) for _ in range(1500)]
    lessons = [_lesson(i, " ".join(rng.choices(names, k=60))) for i in range(1, LIVE + 1)]
    retrieval = Retrieval()
    retrieval.fit(lessons)
    begun = time.perf_counter()
    retrieval.fit(lessons)
    fit_ms = (time.perf_counter() - begun) * 1e3
    took = []
    for seed in range(200):
        query = " ".join(rng.choices(names, k=600))
        begun = time.perf_counter()
        retrieval.choose(query, lessons, seed=seed)
        took.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(took), fit_ms


def _lesson(number: int, text: str) -> Lesson:
    return Lesson(
        run="0" * 12,
        attempt=number,
        kind=LessonKind.INSIGHT,
        text=text,
        at=datetime(2026, 5, 4, tzinfo=UTC),
        id=number,
    )


def _word(rng: random.Random) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7))


if __name__ == "__main__":
    main()
