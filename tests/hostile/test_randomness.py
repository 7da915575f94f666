"""Honest programs score the same each time, also those that forget to seed their generators."""

from __future__ import annotations

import pytest

from evaluators.sandbox import Command, Ending, Policy
from evaluators.values import decode
from tests.hostile.conftest import Ring

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERY_GENERATOR = """
import random
import numpy as np
class Own(random.Random): pass
def solve():
    random.seed()
    np.random.seed()
    return [random.random(), random.Random().random(), Own().random(), random.Random(5).random(),
            np.random.rand(), np.random.default_rng().random(), np.random.RandomState().rand(),
            np.random.Generator(np.random.MT19937()).random(), np.random.SeedSequence().entropy]
"""
WORKERS = """
import os, random
import numpy as np
def solve():
    drawn = []
    for _ in range(3):
        out, into = os.pipe()
        if os.fork() == 0:
            os.write(into, f"{random.Random().random()} {np.random.default_rng().random()}".encode())
            os._exit(0)
        os.wait()
        drawn += os.read(out, 100).decode().split()
    return drawn
"""


async def _value(ring: Ring, source: str, *, seed: int = 1, policy: Policy = Policy.COMPUTE):
    command = Command(
        files={"program.py": source.encode()},
        module="program.py",
        function="solve",
        seed=seed,
        policy=policy,
    )
    result = await ring.candidates.run(command)
    assert result.ending is Ending.RETURNED, result
    return decode(result.result)


async def test_every_generator_follows_from_the_seed_of_the_command(ring: Ring) -> None:
    first, again, other = [await _value(ring, EVERY_GENERATOR, seed=seed) for seed in (7, 7, 8)]
    assert first == again
    same = [place for place, (one, two) in enumerate(zip(first, other, strict=True)) if one == two]
    assert same == [3], "only the generator with a seed of its own is the same for every seed"
    assert len(set(first)) == len(first)


async def test_the_secrets_module_stays_unpredictable(ring: Ring) -> None:
    source = "import os, secrets, random\ndef solve(): return [secrets.token_hex(8), os.urandom(8).hex(), \
random.SystemRandom().random()]"
    first, again = [await _value(ring, source) for _ in range(2)]
    assert not set(first) & set(again)


async def test_processes_of_a_program_draw_different_numbers(ring: Ring) -> None:
    drawn = await _value(ring, WORKERS, policy=Policy.PROCESSES)
    assert len(set(drawn)) == 6
