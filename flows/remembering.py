"""The memory of a run at work: what a turn is shown of it, and what becomes of it after the turn.

The store is the truth; this holds a view of its newest lessons, so that a turn costs one small read. Whatever
is decided here follows from the store and the number of the turn alone, so that at one worker a run that was
killed and resumed is shown what the undisturbed one is shown: lessons that expire are found anew at the
beginning of each turn, the words are fitted to the lessons of the attempts up to a fixed number, and a batch
of mistakes takes effect at a fixed number too, long after the thread that clusters it has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from archive.about import FAILED, About, words
from archive.attempt import Attempt, Candidate
from archive.cell import Outcome
from archive.clusters import WINDOW, Clustering, cluster
from archive.experience import Lesson, LessonKind
from archive.expiry import contradicted, excess, pace, useless
from archive.retrieval import Retrieval
from archive.store import Store
from flows.clock import Clock
from mutators.context import failure
from mutators.mutator import Context

__all__ = ["Memory"]

_BATCH = 50
"""Attempts between two batches of mistakes."""

_DELAY = 10
"""Attempts that a batch is given before it takes effect."""

_SMALL = 64
"""Attempts up to which the words are fitted anew each turn: that costs nothing yet."""

_FITTED = 512
"""Lessons that the words are fitted to at most, and attempts between two fits in a long run."""

_RECENT = 60
"""Newest lessons whose counts tell how often attempts improve."""

_HELD = 2 * _FITTED + WINDOW
"""Newest lessons held beside the live ones: enough for a fit and a batch as they were at a fixed attempt."""

_NEWS = 4
_IDEA, _REASON, _WORDS = 300, 300, 60


class Memory:
    """Lessons of one run, for many turns at a time.

    Args:
        store: where they are kept. Nobody else adds to or expires the run's lessons meanwhile.
        run: id of the run.
        clock: for the times of lessons.
    """

    def __init__(self, *, store: Store, run: str, clock: Clock) -> None:
        self._store = store
        self._run = run
        self._clock = clock
        self._retrieval = Retrieval()
        self._lessons: dict[int, Lesson] = {}
        self._loaded = False
        self._fitted = -1
        self._settled = 0
        self._batches: dict[int, asyncio.Future[_Batch]] = {}
        self._turn = asyncio.Lock()

    async def recall(self, context: Context) -> tuple[Lesson, ...]:
        """The lessons for a turn, best first; `Context.lessons` of what is given is not looked at."""
        number = context.attempt.number
        async with self._turn:
            await self._read()
            await self._settle(number)
            await self._expire()
            await self._fit(number)
            return self._retrieval.choose(_query(context), self._live(), seed=context.seed)

    def taught(self, context: Context, candidate: Candidate, lesson: Lesson | None) -> Lesson | None:
        """The lesson with what it rests on and is about.

        Where there is none and the program was not valid, its own words are the lesson: that costs no model.
        """
        number = context.attempt.number
        about = _about(context, candidate)
        if lesson is None:
            if about.outcome != FAILED or not about.reason:
                return None
            lesson = Lesson(
                run=self._run,
                attempt=number,
                kind=LessonKind.MISTAKE,
                text=about.reason,
                at=self._clock.now(),
            )
        return replace(lesson, evidence=lesson.evidence or (number,), context=about.written())

    def ended(self, attempt: Attempt, *, improved: bool) -> None:
        """Count, as the store did, what a finished attempt says of the lessons it was shown.

        Begins to cluster mistakes in a thread when enough attempts have ended.
        """
        for shown in attempt.plan.lessons if attempt.plan else ():
            if (lesson := self._lessons.get(shown)) is not None:
                self._lessons[shown] = replace(
                    lesson, uses=lesson.uses + 1, successes=lesson.successes + int(improved)
                )
        # The lessons of attempts before this one have been read.
        if self._loaded and (batch := (attempt.number - 1) // _BATCH) > self._settled:
            self._begin(batch)

    async def _read(self) -> None:
        """Take in what is new in the store."""
        if not self._loaded:
            every = [
                *await self._store.lessons(self._run, _HELD),
                *await self._store.live_lessons(self._run),
            ]
            self._lessons = {lesson.id: lesson for lesson in sorted(every, key=lambda lesson: lesson.id)}
            self._loaded = True
            return
        newest = max(self._lessons, default=0)
        limit = _NEWS
        while True:
            read = await self._store.live_lessons(self._run, limit)
            if len(read) < limit or any(lesson.id <= newest for lesson in read):
                break
            limit *= 4
        for lesson in reversed(read):
            self._lessons.setdefault(lesson.id, lesson)
        if len(self._lessons) > 2 * _HELD:
            kept = set(list(self._lessons)[-_HELD:])
            self._lessons = {i: one for i, one in self._lessons.items() if i in kept or not one.expired}

    async def _settle(self, number: int) -> None:
        """Let the newest batch that is due take effect; done twice, after a kill, it changes nothing."""
        due = (number - 1 - _DELAY) // _BATCH
        if due <= self._settled:
            return
        self._begin(due)
        batch = await self._batches.pop(due)
        self._settled = due
        self._batches = {at: future for at, future in self._batches.items() if at > due}
        if batch.clustering.notes:
            await self._store.add_lessons(self._run, batch.clustering.notes)
            await self._read()
        await self._forget((*batch.clustering.replaced, *batch.contradicted))

    def _begin(self, batch: int) -> None:
        """Cluster the lessons of the attempts up to a batch's last, unless that is under way."""
        if batch in self._batches:
            return
        last = batch * _BATCH
        past = [lesson for lesson in self._ordered() if lesson.attempt <= last][-_FITTED:]
        self._batches[batch] = asyncio.get_running_loop().run_in_executor(
            None, _work, past, self._run, last, self._clock.now()
        )

    async def _expire(self) -> None:
        live = self._live()
        rate = pace(list(islice(reversed(self._lessons.values()), _RECENT)))
        out = {lesson.id for lesson in live if useless(lesson, rate)}
        out.update(excess([lesson for lesson in live if lesson.id not in out]))
        await self._forget(sorted(out))

    async def _forget(self, ids: Sequence[int]) -> None:
        out = [i for i in dict.fromkeys(ids) if i in self._lessons and not self._lessons[i].expired]
        if not out:
            return
        await self._store.expire_lessons(self._run, out)
        for i in out:
            self._lessons[i] = replace(self._lessons[i], expired=True)

    async def _fit(self, number: int) -> None:
        until = _fitted_to(number)
        if until <= self._fitted:
            return
        past = [lesson for lesson in self._ordered() if lesson.attempt <= until][-_FITTED:]
        if until < _SMALL:
            self._retrieval.fit(past)
        else:
            await asyncio.to_thread(self._retrieval.fit, past)
        self._fitted = until

    def _live(self) -> list[Lesson]:
        return [lesson for lesson in self._lessons.values() if not lesson.expired]

    def _ordered(self) -> list[Lesson]:
        """By id: that is the order in which they are taken in."""
        return list(self._lessons.values())


class _Batch:
    """What came of looking at the lessons of so many attempts."""

    __slots__ = ("clustering", "contradicted")

    def __init__(self, clustering: Clustering, contradicted: tuple[int, ...]) -> None:
        self.clustering = clustering
        self.contradicted = contradicted


def _work(lessons: Sequence[Lesson], run: str, last: int, at: datetime) -> _Batch:
    return _Batch(cluster(lessons, run=run, attempt=last, at=at), contradicted(lessons))


def _fitted_to(number: int) -> int:
    """The attempt up to which the words are fitted for a turn: all, then at each doubling, then every 512."""
    before = number - 1
    if before >= _FITTED:
        return before - before % _FITTED
    return before if before < _SMALL else 1 << (before.bit_length() - 1)


def _query(context: Context) -> str:
    """What a turn is about before it has a plan: what was tried nearby, what failed, and the parent."""
    tried = [step.idea for step in (*context.ancestors, *context.children) if step.idea]
    failed = [failure(context.problem, evaluation) for evaluation in context.failures]
    return "\n".join((*tried, *failed, *context.parent.program.sources.values()))


def _about(context: Context, candidate: Candidate) -> About:
    evaluation, placement, plan = candidate.evaluation, candidate.placement, context.attempt.plan
    outcome = Outcome.REFUSED.value if placement is None else placement.outcome.value
    reason = ""
    if evaluation is not None and not evaluation.is_valid:
        outcome, reason = FAILED, failure(context.problem, evaluation)[:_REASON]
    before = {line for text in context.parent.program.sources.values() for line in text.splitlines()}
    after = {line for text in candidate.program.sources.values() for line in text.splitlines()}
    changed = dict.fromkeys(words("\n".join(sorted(before ^ after))))
    return About(
        outcome=outcome,
        idea="" if plan is None else plan.idea[:_IDEA],
        reason=reason,
        words=" ".join((candidate.operator, *list(changed)[:_WORDS])),
    )
