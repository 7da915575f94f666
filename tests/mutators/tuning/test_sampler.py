"""The distributions measure themselves, and what they lean on in their library is there."""

from __future__ import annotations

from dataclasses import fields
from importlib.metadata import version

import numpy as np
import pytest

from archive.program import Program
from mutators.tuning.genes import genome_of
from mutators.tuning.guess import FULLEST, longest
from mutators.tuning.sampler import Sampler, make_sampler


def sampler(text: str) -> Sampler:
    genome = genome_of(Program.of("python", {"main.py": text}))
    return make_sampler(genome, genome.values, boldness=1.0)


def listed(count: int) -> str:
    return f"X = [{', '.join(['0.5'] * count)}]\n"


def in_a_valley(count: int) -> Sampler:
    """A sampler that has come to a narrow valley, along which the first two move against each other."""
    one = sampler(listed(count))
    for number in range(40):
        values = [one.sample(1000 * number + each) for each in range(one.size)]
        one.tell([(v, 1e4 * (v[0] + v[1] - 1) ** 2 + sum((x - 0.5) ** 2 for x in v)) for v in values])
    return one


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
    one = in_a_valley(count)
    samples = np.array([one.sample(seed) for seed in range(500)])
    together = float(np.corrcoef(samples[:, 0], samples[:, 1])[0, 1])
    assert together < -0.5 if learns else abs(together) < 0.2


def test_what_lies_across_a_narrow_valley_is_far_however_near_it_is_in_each_constant() -> None:
    """Fails when each constant's deviation is looked at alone: being told such a point blows it up."""
    one = in_a_valley(2)
    middle = np.array([one.sample(seed) for seed in range(500)]).mean(axis=0)
    along = middle + one.deviations * np.array([0.5, -0.5])
    across = middle + one.deviations * np.array([0.5, 0.5])
    assert one.is_near(tuple(along))
    assert not one.is_near(tuple(across))


def test_a_guess_across_a_narrow_valley_is_no_longer_than_a_sample_may_be() -> None:
    """Fails when a guess is bounded by each constant's deviation alone."""
    one = in_a_valley(2)
    samples = np.array([one.sample(seed) for seed in range(500)])
    middle = samples.mean(axis=0)
    beyond = middle + 0.8 * one.deviations
    tried = [(tuple(map(float, v)), float(((v - beyond) ** 2).sum())) for v in samples[:60]]
    found = one.guess(tried)
    assert found is not None
    off = np.array(found) - middle
    length = float(np.sqrt(off @ np.linalg.solve(np.cov(samples.T), off)))
    assert length < 1.3 * longest(2)


def test_a_sample_follows_from_its_seed_and_not_from_what_was_sampled_before() -> None:
    """Fails when measuring, or another sample, leaves its mark on the next one."""
    for text in (listed(3), "X = 0.5\nFAST = True\nN = 7\n"):
        first, second = sampler(text), sampler(text)
        second.sample(5)
        assert first.sample(9) == second.sample(9) != first.sample(10)
