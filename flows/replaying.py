"""A run again from its recorded answers: what is drawn, and whether the same came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from archive.evaluation import Evaluation
from archive.island import Archipelago
from archive.plugins import make_strategy
from archive.program import Program, ProgramId
from archive.run import Run
from archive.sql.reader import open_reader
from archive.store import Reader, Store
from archive.strategy import Draw, HillClimb, Strategy
from flows.definition import changes, problem_of_run
from flows.terms import Terms
from mutators.recorded import PREFIX
from mutators.tuning.plans import is_tuning
from problems.problem import Direction, Objective, Problem

__all__ = ["RecordedDraws", "Replay", "compare", "recorded_draws", "strategy_of", "terms_of_replay"]

_ALL = 2**31
_TOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What came of a replay.

    Attributes:
        original: name of the run that was replayed.
        run: name of the replay.
        programs: programs that the original evaluated.
        same: of these, programs that the replay evaluated too, to the same verdict and fitness.
        elites: elites of the original, one for each island and place.
        same_elites: of these, elites of the replay.
        differences: what is not the same, one line each; the first of them only.
    """

    original: str
    run: str
    programs: int
    same: int
    elites: int
    same_elites: int
    differences: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.differences


class RecordedDraws:
    """The draws of a run, again. A strategy like others, but that it knows what was drawn.

    Args:
        draws: by number of the attempt.
    """

    def __init__(self, draws: Mapping[int, Draw], *, seed: ProgramId) -> None:
        self._draws = draws
        self._after = HillClimb(seed=seed)

    def draw(self, archive: Archipelago, *, number: int, rng: np.random.Generator) -> Draw:
        """What was drawn for that attempt; past the last one the best, for a resume with a real model."""
        recorded = self._draws.get(number)
        return self._after.draw(archive, number=number, rng=rng) if recorded is None else recorded


def strategy_of(run: Run, problem: Problem, *, url: str) -> Strategy:
    """How a run chooses parents: as its strategy does, or as the run did whose replay it is.

    Args:
        run: the run.
        problem: its problem.
        url: of the archive that holds it.

    Raises:
        StrategyError: the problem's own strategy cannot be used.
    """
    seed = Program.of(problem.language, problem.initial).id
    if (original := run.overrides.get("replay")) is not None:
        with closing(open_reader(url)) as reader:
            return RecordedDraws(recorded_draws(reader, original), seed=seed)
    inspirations = problem.search.inspirations
    return make_strategy(run.strategy, folder=problem.folder, seed=seed, inspirations=inspirations)


async def terms_of_replay(store: Store, terms: Terms) -> Terms:
    """The terms on which a run goes through once more what another did.

    One turn at a time, in the order of the original's attempts, so that every parent is there when it is
    drawn; as many evaluations; no other wall.

    Args:
        store: holds the run.
        terms: with `replay`; name and sandbox are kept, all else is the original's.

    Raises:
        UnknownRun: there is no such run.
        SettingsError: its problem scores otherwise now.
    """
    original = await store.find_run(terms.replay or "")
    problem = problem_of_run(original)
    totals = await store.totals(original.id)
    return replace(
        terms,
        problem=original.problem_path,
        replay=original.id,
        evaluations=totals.evaluations,
        target=_target(original, problem.objective),
        models=(f"{PREFIX}{original.id}",),
        strategy=original.strategy,
        seed=original.seed,
        workers=1,
        sets=tuple(f"{key}={value}" for key, value in changes(original).items()),
    )


def _target(original: Run, objective: Objective) -> float | None:
    """The target at which the original stopped; runs of a study go on past any."""
    if original.study is None:
        return objective.target
    return math.inf if objective.direction is Direction.MAXIMIZE else -math.inf


def recorded_draws(reader: Reader, run: str) -> Mapping[int, Draw]:
    """What a run drew, by number of the attempt.

    Args:
        reader: of the archive.
        run: id of the run.
    """
    return {
        attempt.number: Draw(
            island=attempt.island,
            parent=attempt.parents[0],
            inspirations=attempt.inspirations,
            plan=attempt.plan if is_tuning(attempt.plan) else None,
        )
        for attempt in reader.attempts(run, _ALL)
    }


def compare(reader: Reader, *, original: str, replay: str) -> Replay:
    """How far a replay came to the same.

    Args:
        reader: of the archive that holds both.
        original: id of the run.
        replay: id of its replay.
    """
    before, after = _evaluated(reader, original), _evaluated(reader, replay)
    differences = []
    for program, (attempt, found) in before.items():
        again = after.get(program)
        whose = f"{program[:12]} of attempt {attempt}" if attempt else f"{program[:12]}, the initial program"
        if again is None:
            differences.append(f"{whose} did not come about again")
        elif (again[1].verdict, again[1].fitness) != (found.verdict, found.fitness):
            differences.append(f"{whose} was {_told(found)}, and is {_told(again[1])} now")
    same = len(before) - len(differences)
    differences += [
        f"{program[:12]} of attempt {after[program][0]} is new" for program in after if program not in before
    ]
    elites = {(elite.island, elite.cell, elite.program) for elite in reader.elites(original)}
    kept = elites & {(elite.island, elite.cell, elite.program) for elite in reader.elites(replay)}
    if len(kept) < len(elites):
        differences.append(f"{len(elites) - len(kept)} of {len(elites)} elites are no elites of the replay")
    return Replay(
        original=reader.summary(original).run.name,
        run=reader.summary(replay).run.name,
        programs=len(before),
        same=same,
        elites=len(elites),
        same_elites=len(kept),
        differences=tuple(differences[:_TOLD]),
    )


def _evaluated(reader: Reader, run: str) -> dict[ProgramId, tuple[int | None, Evaluation]]:
    """Programs of a run in the order they came, with the attempt that each came of first."""
    found: dict[ProgramId, tuple[int | None, Evaluation]] = {}
    for birth, evaluation in reversed(reader.programs(run, _ALL)):
        found.setdefault(birth.program, (birth.attempt, evaluation))
    return found


def _told(evaluation: Evaluation) -> str:
    return evaluation.verdict.value if evaluation.fitness is None else repr(evaluation.fitness)
