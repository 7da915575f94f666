"""What every sandbox must pass: no program gets a score that it has not earned, and none leaves a trace."""

from __future__ import annotations

import os
import re

import pytest
from _pytest.mark import ParameterSet

from tests.hostile.arena import Candidate, Outcome
from tests.hostile.catalogue import LEAVERS, PROBE, PROGRAMS
from tests.hostile.conftest import Ring
from tests.hostile.gaps import GAPS

pytestmark = pytest.mark.asyncio(loop_scope="module")

THOROUGH = bool(os.environ.get("CI"))
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def _chosen() -> list[ParameterSet]:
    """All programs; in the quick form the light ones, and one skip that says how many are left."""
    light = [
        pytest.param(program, id=program.name) for program in PROGRAMS if THOROUGH or not program.is_heavy
    ]
    left = len(PROGRAMS) - len(light)
    why = pytest.mark.thorough(f"{left} programs that are heavy, or some of many of their kind")
    return light + ([pytest.param(PROBE, id="the-others", marks=why)] if left else [])


@pytest.mark.parametrize("program", _chosen())
async def test_a_hostile_program_gains_nothing_and_leaves_nothing(ring: Ring, program: Candidate) -> None:
    faults = []
    for _ in range(program.runs):
        outcome = await ring.arena.judge(program)
        faults += _faults(program, outcome)
        # The probe is an honest program as well: its exact score shows that the slot goes on as before.
        if THOROUGH or program in LEAVERS or outcome.label != "honest":
            faults += [f"afterwards {fault}" for fault in _faults(PROBE, await ring.arena.judge(PROBE))]
    faults += ring.machine.leftovers()
    reason = GAPS[ring.walls].get(program.name)
    if reason is None:
        assert not faults
    else:
        assert faults, f"it is held after all: strike it off the table of gaps ({reason})"


async def test_what_gets_through_is_said_in_the_posture(ring: Ring) -> None:
    gaps = GAPS[ring.walls]
    assert set(gaps) <= {program.name for program in PROGRAMS}
    for reason in set(gaps.values()):
        assert reason in ring.posture.lacks


def _faults(program: Candidate, outcome: Outcome) -> list[str]:
    """Everything about an outcome that must not be."""
    evaluation = outcome.evaluation
    faults = []
    if outcome.label not in program.may:
        faults.append(f"{program.name} came out as {outcome.label}: {evaluation.reason}")
    if outcome.label == "honest" and evaluation.seconds < program.least_seconds:
        faults.append(f"{program.name} is told to have taken {evaluation.seconds} s")
    texts = [evaluation.reason]
    for stage in evaluation.stages:
        texts += [stage.note, *stage.artifacts.values()]
    return faults + [f"{program.name} says {text[:80]!r}" for text in texts if _UNPRINTABLE.search(text)]
