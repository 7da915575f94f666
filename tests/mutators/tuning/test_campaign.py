"""A campaign converges, follows from what it was told, and ends where constants do not matter."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, cast

import pytest

from archive.program import Program
from mutators.tuning.campaign import Campaign, loss_of
from mutators.tuning.genes import Genome, genome_of
from mutators.tuning.sampler import Sampler, Tried, make_sampler

SPHERE = "X = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]\n"
MIXED = 'KIND = "hex"  # one of: "hex", "square", "none"\nFAST = False\nN = 7\nX = 0.3\n'

Values = dict[str, Any]
Loss = Callable[[Values], float]


def sphere(values: Values) -> float:
    return sum((x - 0.1 * i) ** 2 for i, x in enumerate(values["X"]))


def mixed(values: Values) -> float:
    kind = {"hex": 3.0, "square": 0.0, "none": 2.0}[values["KIND"]]
    return kind + (not values["FAST"]) + abs(values["N"] - 11) + (values["X"] - 0.7) ** 2


def begin(text: str, loss: Loss, *, seed: int = 1) -> Campaign:
    genome = genome_of(Program.of("python", {"main.py": text}))
    return Campaign(genome, loss=measured(genome.program, loss), seed=seed)


def measured(program: Program, loss: Loss) -> float:
    values: Values = {}
    exec(program.text, values)
    return loss(values)


def go_on(campaign: Campaign, loss: Loss, numbers: range) -> list[tuple[tuple[str, ...], float]]:
    """Tries that many constants one by one; what was tried, with its loss."""
    tried = []
    for number in numbers:
        texts = campaign.ask(number)
        if texts is None:
            break
        campaign.propose(texts)
        found = measured(campaign.genome.with_texts(texts), loss)
        campaign.tell(texts, found)
        tried.append((texts, found))
    return tried


@pytest.mark.parametrize("seed", range(5))
def test_a_sphere_is_solved_in_a_hundred_evaluations(seed: int) -> None:
    campaign = begin(SPHERE, sphere, seed=seed)
    go_on(campaign, sphere, range(100))
    assert campaign.best[1] < 1e-6


def test_what_no_quadratic_describes_is_improved_as_well() -> None:
    """A valley that bends; fails when the generations are not told to the distribution."""

    def bent(values: Values) -> float:
        x: list[float] = values["X"]
        return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))

    campaign = begin(SPHERE, bent)
    before = campaign.best[1]
    go_on(campaign, bent, range(600))
    assert campaign.best[1] < before / 20


def test_constants_that_act_together_are_tuned_together() -> None:
    """A narrow valley that lies askew; fails when the guess is separable."""

    def askew(values: Values) -> float:
        x: list[float] = values["X"]
        return sum(x) ** 2 + 1e-4 * sum((a - 0.1 * i) ** 2 for i, a in enumerate(x))

    campaign = begin(SPHERE, askew)
    go_on(campaign, askew, range(250))
    assert campaign.best[1] < 4e-5


def test_a_guess_is_found_out_once_however_many_ask() -> None:
    """Eight workers ask at the same time; fails when each of them has a quadratic fitted."""
    asked: list[int] = []

    class Counting:
        def __init__(self, inner: Sampler) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        def guess(self, tried: Sequence[Tried]) -> tuple[float, ...] | None:
            asked.append(len(tried))
            return self._inner.guess(tried)

    def make(genome: Genome, centre: Sequence[float], *, boldness: float) -> Sampler:
        return cast(Sampler, Counting(make_sampler(genome, centre, boldness=boldness)))

    genome = genome_of(Program.of("python", {"main.py": SPHERE}))
    campaign = Campaign(genome, loss=measured(genome.program, sphere), seed=1, make=make)
    for number in range(8):
        texts = campaign.ask(number)
        assert texts is not None
        campaign.propose(texts)
    assert asked == [0]


@pytest.mark.parametrize("seed", range(3))
def test_integers_and_choices_are_tuned_beside_decimals(seed: int) -> None:
    campaign = begin(MIXED, mixed, seed=seed)
    tried = go_on(campaign, mixed, range(300))
    assert campaign.best[1] < 0.01
    assert all(int(texts[2]) and texts[0] in {'"hex"', '"square"', '"none"'} for texts, _ in tried)


@pytest.mark.parametrize(("text", "loss"), [(SPHERE, sphere), (MIXED, mixed)])
def test_a_campaign_that_is_told_again_goes_on_as_the_first_would_have(text: str, loss: Loss) -> None:
    """Fails when a sample depends on the samples before it, and not on its number alone."""
    whole = begin(text, loss)
    first = go_on(whole, loss, range(67))
    again = begin(text, loss)
    for texts, found in first:
        again.tell(texts, found)
    assert go_on(again, loss, range(67, 120)) == go_on(whole, loss, range(67, 120))


def test_another_seed_tries_other_constants() -> None:
    assert begin(SPHERE, sphere, seed=1).ask(1) != begin(SPHERE, sphere, seed=2).ask(1)


def test_no_constants_are_proposed_twice_even_while_they_are_being_tried() -> None:
    campaign = begin("N = 3\n", sphere_of_n := lambda values: abs(values["N"] - 5))
    proposed = []
    for number in range(60):
        texts = campaign.ask(number)
        if texts is None:
            break
        campaign.propose(texts)
        proposed.append(texts)
    assert ("3",) not in proposed
    assert len(set(proposed)) == len(proposed) >= 5
    assert sphere_of_n({"N": 5}) == 0


def test_constants_that_do_not_matter_are_left_alone_after_two_generations() -> None:
    def flat(values: Values) -> float:
        return 1.0

    campaign = begin(SPHERE, flat)
    assert len(go_on(campaign, flat, range(200))) <= 20
    assert campaign.is_over


def test_a_campaign_ends_when_all_its_stages_have_found_their_hill() -> None:
    campaign = begin("X = 0.3\n", lambda values: (values["X"] - 0.7) ** 2)
    go_on(campaign, lambda values: (values["X"] - 0.7) ** 2, range(2000))
    assert campaign.is_over
    assert campaign.ask(5000) is None
    assert campaign.best[1] < 1e-9


def test_programs_that_are_not_valid_do_not_stop_it() -> None:
    def half(values: Values) -> float:
        x: list[float] = values["X"]
        return math.inf if x[0] > 0.5 else sphere(values)

    campaign = begin(SPHERE, half)
    go_on(campaign, half, range(200))
    assert campaign.best[1] < 1e-4


def test_better_constants_that_somebody_else_found_are_taken_up() -> None:
    """Fails when what is heard does not become the best, or a far better place is not moved to."""
    campaign = begin(SPHERE, sphere)
    go_on(campaign, sphere, range(20))
    far = ("30.0", "30.1", "30.2", "30.3", "30.4", "30.5")
    campaign.hear(far, -5.0)
    assert campaign.best == (tuple(map(float, far)), -5.0)
    asked = campaign.ask(21)
    assert asked is not None
    assert all(20 < float(text) < 40 for text in asked)
    assert campaign.ask(21) == asked


def test_proposals_that_were_known_before_end_it_in_time() -> None:
    campaign = begin(SPHERE, sphere)
    for number in range(100):
        texts = campaign.ask(number)
        if texts is None:
            break
        campaign.tell(texts, None)
    assert campaign.is_over


def test_the_loss_of_a_program_that_is_not_valid_is_infinite() -> None:
    assert loss_of(None) == math.inf
    assert loss_of(2.5) == -2.5
