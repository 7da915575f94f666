"""What a run has shown and tried so far, as the next plan is told it.

The store is the truth; this holds a view of it, so that a turn costs no read. At one worker it follows from
the turns before alone, so that a run that was killed and resumed plans as the undisturbed one.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from archive.approach import TRIED, Trials, counted
from archive.attempt import Attempt
from archive.experience import Lesson
from archive.program import ProgramId
from archive.store import Store
from mutators.mutator import Context, Earlier, Shown
from mutators.tuning.plans import is_tuning

__all__ = ["Past"]

_TURNS = 32
"""Turns of an island after which its notebook begins anew at the latest, whatever room is left in it."""
_WEIGHED = 1000
"""Attempts before a turn whose plans say what an approach is worth."""
_LESSONS = 2000
"""Newest lessons among which those that earlier turns were shown are looked for."""

Recall = Callable[[ProgramId], Awaitable[Shown]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """The programs of an earlier turn by their ids, its parent first, and the lessons it was shown."""

    programs: tuple[ProgramId, ...]
    lessons: tuple[Lesson, ...]


class Past:
    """The turns of one run so far, for many turns at a time.

    Args:
        store: where they are kept.
        run: id of the run.
        islands: number of islands.
        recall: gives a program with its evaluation.
    """

    def __init__(self, *, store: Store, run: str, islands: int, recall: Recall) -> None:
        self._store = store
        self._run = run
        self._span = _TURNS * max(1, islands)
        self._recall = recall
        self._turns: defaultdict[int, dict[int, _Turn]] = defaultdict(dict)
        self._followed: dict[int, tuple[str, bool]] = {}
        self._loaded = False
        self._lock = asyncio.Lock()

    async def told(self, context: Context) -> Context:
        """The context of a turn that is about to plan, with what came before it on its island.

        The turn itself is part of what the next one is told.
        """
        async with self._lock:
            if not self._loaded:
                await self._load(context.attempt.number)
                self._loaded = True
        number, island = context.attempt.number, context.attempt.island
        begun = self._begun(number)
        turns = self._turns[island]
        before = [turn for at, turn in turns.items() if at > begun and at != number]
        turns.setdefault(
            number,
            _Turn(
                programs=tuple(shown.program.id for shown in (context.parent, *context.inspirations)),
                lessons=tuple(context.lessons),
            ),
        )
        # Turns that are under way at the same time may be of the span before.
        for at in [at for at in turns if at <= begun - self._span]:
            del turns[at]
        return replace(
            context,
            past=tuple([await self._earlier(turn) for turn in before]),
            approaches=self._trials(number),
        )

    def ended(self, attempt: Attempt, *, improved: bool) -> None:
        """Count a turn that has ended for the approach it followed."""
        approach = attempt.plan.approach if attempt.plan is not None else ""
        if self._loaded and approach and attempt.state in TRIED:
            self._followed[attempt.number] = (approach, improved)

    def _trials(self, number: int) -> Mapping[str, Trials]:
        """What came of the newest plans: what paid long ago may pay no more, and a long run stays quick."""
        for at in [at for at in self._followed if at < number - _WEIGHED]:
            del self._followed[at]
        return MappingProxyType(counted(self._followed.values()))

    async def _load(self, number: int) -> None:
        self._followed = dict(await self._store.followed(self._run, number - _WEIGHED - 1))
        begun = self._begun(number)
        newest = await self._store.attempts(self._run, 2 * self._span)
        planned = [
            attempt
            for attempt in reversed(newest)
            if attempt.number > begun and attempt.plan is not None and not is_tuning(attempt.plan)
        ]
        if not planned:
            return
        lessons = {lesson.id: lesson for lesson in await self._store.lessons(self._run, _LESSONS)}
        for attempt in planned:
            self._turns[attempt.island][attempt.number] = _Turn(
                programs=(*attempt.parents[:1], *attempt.inspirations),
                lessons=tuple(
                    lessons[one] for one in (attempt.plan.lessons if attempt.plan else ()) if one in lessons
                ),
            )

    async def _earlier(self, turn: _Turn) -> Earlier:
        return Earlier(
            programs=tuple([await self._recall(program) for program in turn.programs]), lessons=turn.lessons
        )

    def _begun(self, number: int) -> int:
        """The last attempt before those that share a notebook with this one."""
        return (number - 1) // self._span * self._span
