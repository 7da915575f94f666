"""The archive of a run, as a planner may look things up in it."""

from __future__ import annotations

from collections.abc import Sequence

from archive.experience import Lesson
from archive.island import Archipelago
from archive.program import ProgramId
from archive.store import Child, Store
from mutators.mutator import Shown
from mutators.tools import Library
from problems.errors import CambrianError
from problems.problem import Problem

__all__ = ["RunLibrary"]

_ELITES = 20


class RunLibrary(Library):
    """What can be looked up of one run.

    Args:
        store: holds the run.
        run: id of the run.
        archive: its elites.
        problem: what is asked.
    """

    def __init__(self, *, store: Store, run: str, archive: Archipelago, problem: Problem) -> None:
        self._store = store
        self._run = run
        self._archive = archive
        self._problem = problem

    async def elites(self, island: int) -> Sequence[Shown]:
        utility = self._archive.objective.utility
        held = [elite for elite in self._archive.elites() if elite.island == island]
        best = sorted(held, key=lambda elite: (-utility(elite.fitness), elite.program))[:_ELITES]
        return [await self.program(elite.program) for elite in best]

    async def program(self, program: ProgramId) -> Shown:
        text = await self._store.program(program)
        evaluation = (await self._store.known(self._run, program, self._problem.digest)).evaluation
        if text is None or evaluation is None:
            raise CambrianError(
                f"program {program[:12]} of the archive is not in the store; the database is damaged: "
                "restore a copy, or begin a new run"
            )
        return Shown(program=text, evaluation=evaluation)

    async def steps(self, program: ProgramId) -> tuple[Sequence[Child], Sequence[Child]]:
        before = await self._store.ancestors(self._run, program)
        return before, await self._store.children(self._run, program, 12)

    async def lessons(self, limit: int) -> Sequence[Lesson]:
        return await self._store.live_lessons(self._run, limit)
