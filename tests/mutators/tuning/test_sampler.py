"""The distributions measure themselves, and what they lean on in their library is there."""

from __future__ import annotations

from dataclasses import fields
from importlib.metadata import version

import numpy as np
import pytest

from archive.program import Program
from mutators.tuning.genes import genome_of
from mutators.tuning.guess import FULLEST
from mutators.tuning.sampler import Sampler, make_sampler


def sampler(text: str) -> Sampler:
    genome = genome_of(Program.of("python", {"main.py": text}))
    return make_sampler(genome, genome.values, boldness=1.0)


def listed(count: int) -> str:
    return f"X = [{', '.join(['0.5'] * count)}]\n"


def test_the_library_is_the_one_whose_inner_matter_is_leant_on() -> None:
    """Where this fails: does `CatCMAwM.tell` read `_v_raw` only to round it? Then pin the new version."""
    from cmaes import CatCMAwM

    assert version("cmaes") == "0.13.1"
    assert [field.name for field in fields(CatCMAwM.Solution)] == ["x", "z", "c", "_v_raw"]


@pytest.mark.parametrize(
    "text", [listed(3), listed(FULLEST + 1), "X = [0.5, 0.5, 0.5]\nN = 7\n"], ids=["few", "many", "mixed"]
)
def test_the_deviations_are_those_of_the_samples(text: str) -> None:
    """Fails when spreads are forgotten, or deviations are not measured anew after a generation."""
    one = sampler(text)
    for _ in range(2):
        samples = np.array([one.sample(seed) for seed in range(2000)])
        found = [i for i, deviation in enumerate(one.deviations) if deviation != 1]
        assert len(found) >= 3
        assert one.deviations[found] == pytest.approx(samples[:, found].std(axis=0), rel=0.35)
        for _ in range(15):
            centre = samples.mean(axis=0)
            near = sorted((one.sample(seed) for seed in range(one.size)), key=lambda v: np.ptp(v - centre))
            one.tell([(values, float(rank)) for rank, values in enumerate(near)])


@pytest.mark.parametrize("text", [listed(3), listed(FULLEST + 1)], ids=["few", "many"])
def test_a_settled_distribution_says_how_far_it_has_shrunk(text: str) -> None:
    one = sampler(text)
    assert one.shrunk == pytest.approx(1.0)
    for number in range(60):
        values = [one.sample(1000 * number + each) for each in range(one.size)]
        one.tell([(each, sum((x - 0.6) ** 2 for x in each)) for each in values])
    assert one.shrunk < 0.5


@pytest.mark.parametrize(("count", "learns"), [(2, True), (FULLEST + 1, False)], ids=["few", "many"])
def test_few_constants_are_sampled_as_they_act_together(count: int, learns: bool) -> None:
    """The first two may move against each other alone; fails when few constants are sampled one by one."""
    one = sampler(listed(count))
    for number in range(40):
        values = [one.sample(1000 * number + each) for each in range(one.size)]
        one.tell([(v, 1e4 * (v[0] + v[1] - 1) ** 2 + sum((x - 0.5) ** 2 for x in v)) for v in values])
    samples = np.array([one.sample(seed) for seed in range(500)])
    together = float(np.corrcoef(samples[:, 0], samples[:, 1])[0, 1])
    assert together < -0.5 if learns else abs(together) < 0.2


def test_a_sample_follows_from_its_seed_and_not_from_what_was_sampled_before() -> None:
    """Fails when measuring, or another sample, leaves its mark on the next one."""
    for text in (listed(3), "X = 0.5\nFAST = True\nN = 7\n"):
        first, second = sampler(text), sampler(text)
        second.sample(5)
        assert first.sample(9) == second.sample(9) != first.sample(10)
