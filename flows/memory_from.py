"""The memory of another run for a new one: `--memory RUN`."""

from __future__ import annotations

from archive.carrying import carry
from archive.run import Run
from archive.store import Store, Totals

__all__ = ["carried_from", "carry_over"]

_KEY = "memory"


async def carried_from(store: Store, key: str) -> dict[str, str]:
    """What a run remembers, among its overrides, of the run whose lessons it gets.

    Raises:
        UnknownRun: there is none by that id or name.
    """
    return {_KEY: (await store.find_run(key)).id}


async def carry_over(store: Store, run: Run, totals: Totals) -> str:
    """Carry the lessons that a run was promised, once; tells what was done, nothing where nothing was.

    They are carried before the first attempt and in one transaction, so a run that has attempts, or any
    lesson, has got them: a resume does not carry what the other run learned meanwhile.
    """
    origin = run.overrides.get(_KEY)
    if origin is None or totals.attempts or await store.lessons(run.id, 1):
        return ""
    lessons = carry(await store.live_lessons(origin), run=run.id)
    await store.add_lessons(run.id, lessons)
    name = (await store.find_run(origin)).name
    return f"{len(lessons)} lessons of run {name} were carried over"
