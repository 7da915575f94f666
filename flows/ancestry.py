"""The lineage of a program as people and scripts read it: what changed, and what brought the gains."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from archive.descent import Lineage, Step, main_line
from archive.program import Program, ProgramId
from archive.run import Run

__all__ = ["Gain", "Gains", "gains_along", "lineage_json", "unified"]

NOBODY = "no model"
"""Stands for the model where none wrote the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What one operator, model or idea brought along a line.

    Attributes:
        name: of the operator or model, or the idea.
        steps: how often it was used on the line.
        gained: how often what it made was better than its parent.
        gain: sum of the utility gained and lost by it.
        program: what it made; of several, that with the largest gain.
    """

    name: str
    steps: int
    gained: int
    gain: float
    program: ProgramId


@dataclass(frozen=True, slots=True, kw_only=True)
class Gains:
    """What brought the gains along a line, each kind with the largest gain first.

    Every step with a known gain counts once in `operators` and once in `models`; in `ideas` it does where it
    has an idea and was better than its parent.
    """

    operators: tuple[Gain, ...]
    models: tuple[Gain, ...]
    ideas: tuple[Gain, ...]


def gains_along(line: Iterable[Step]) -> Gains:
    """What brought the gains along a line of programs, each made from another one of it or of its kind."""
    steps = [step for step in line if step.gain is not None]
    better = [step for step in steps if step.idea and (step.gain or 0.0) > 0]
    return Gains(
        operators=_grouped(steps, lambda step: step.birth.operator),
        models=_grouped(steps, lambda step: step.birth.model or NOBODY),
        ideas=_grouped(better, lambda step: step.idea),
    )


def unified(old: Program | None, new: Program) -> Iterator[str]:
    """Lines of a unified diff of two programs, file by file; all of `new` is added where `old` is None."""
    before_all = {} if old is None else old.sources
    name = "nothing" if old is None else old.id[:12]
    for path in sorted(set(before_all) | set(new.sources)):
        yield from difflib.unified_diff(
            before_all.get(path, "").splitlines(),
            new.sources.get(path, "").splitlines(),
            f"{path} {name}",
            f"{path} {new.id[:12]}",
            lineterm="",
        )


def lineage_json(
    run: Run,
    program: ProgramId,
    *,
    up: Lineage | None,
    down: Lineage | None,
    best: Sequence[ProgramId],
    diffs: dict[ProgramId, list[str]] | None = None,
) -> dict[str, object]:
    """A lineage for scripts.

    Args:
        run: the run.
        program: the program asked for.
        up: its ancestors, if they were asked for.
        down: its descendants, if they were asked for.
        best: programs on the way to the best of the run, the best first.
        diffs: by program, how it differs from its main parent.
    """

    def told(lineage: Lineage | None) -> dict[str, object] | None:
        if lineage is None:
            return None
        return {
            "steps": [_step_json(step, best, diffs) for step in lineage.steps],
            "left_out": lineage.left_out,
            "more": lineage.more,
        }

    return {
        "run": run.name,
        "id": run.id,
        "program": program,
        "best_line": list(best),
        "ancestors": told(up),
        "descendants": told(down),
        "gains": None if up is None else _gains_json(gains_along(main_line(up.steps, program))),
    }


def _grouped(steps: Sequence[Step], name_of: Callable[[Step], str]) -> tuple[Gain, ...]:
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(name_of(step), []).append(step)
    found = [
        Gain(
            name=name,
            steps=len(group),
            gained=sum(1 for step in group if (step.gain or 0.0) > 0),
            gain=sum(step.gain or 0.0 for step in group),
            program=max(group, key=lambda step: step.gain or 0.0).program,
        )
        for name, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda gain: -gain.gain))


def _gains_json(gains: Gains) -> dict[str, object]:
    def told(group: Sequence[Gain]) -> list[dict[str, object]]:
        return [
            {
                "name": each.name,
                "steps": each.steps,
                "gained": each.gained,
                "gain": each.gain,
                "program": each.program,
            }
            for each in group
        ]

    return {
        "operators": told(gains.operators),
        "models": told(gains.models),
        "ideas": told(gains.ideas),
    }


def _step_json(
    step: Step, best: Sequence[ProgramId], diffs: dict[ProgramId, list[str]] | None
) -> dict[str, object]:
    birth = step.birth
    diff = {} if diffs is None else {"diff": diffs.get(step.program, [])}
    return {
        "program": step.program,
        "depth": step.depth,
        "parents": list(step.parents),
        "inspirations": list(birth.inspirations),
        "operator": birth.operator,
        "model": birth.model,
        "idea": step.idea,
        "attempt": birth.attempt,
        "island": birth.island,
        "migrated_to": list(step.islands),
        "migrated_from": list(step.sources),
        "births": 1 + len(step.reborn),
        "verdict": step.verdict.value,
        "fitness": step.fitness,
        "parent_fitness": step.parent_fitness,
        "gain": step.gain,
        "outcome": step.outcome.value,
        "improvement": step.improvement,
        "record": step.record,
        "on_best_line": step.program in best,
        "at": birth.at.isoformat(),
        **diff,
    }
