import math

import pytest

from archive.run import StopReason
from flows.comparing import Outcome, compare, judge
from flows.settings import SettingsError
from problems.problem import Direction, Objective
from tests.flows.comparable import trace

UP = Objective(metric="worth", target=5.0)
DOWN = Objective(metric="cost", direction=Direction.MINIMIZE)


def several(strategy, *finals, at=10):
    return [
        trace(f"{strategy}-{i}", (1, 0.0), (at, final), strategy=strategy, seed=i)
        for i, final in enumerate(finals)
    ]


def test_runs_of_one_strategy_and_model_are_taken_together():
    comparison = compare([*several("map_elites", 3.0, 4.0, 9.0), *several("hill_climb", 1.0, 2.0)], UP)

    assert [group.label for group in comparison.groups] == ["map_elites", "hill_climb"]
    assert comparison.groups[0].best.value == 4.0
    assert comparison.groups[0].values == (3.0, 4.0, 9.0)


def test_models_tell_groups_apart_where_strategies_do_not():
    runs = [
        trace(f"{model}-{i}", (1, 1.0), models=(model,)) for model in ("small", "large") for i in range(2)
    ]

    assert {group.label for group in compare(runs, UP).groups} == {"small", "large"}


def test_single_runs_go_by_their_names():
    comparison = compare([trace("a", (1, 1.0)), trace("b", (1, 2.0), strategy="hill_climb")], UP)

    assert [group.label for group in comparison.groups] == ["b (hill_climb)", "a (map_elites)"]
    assert comparison.groups[0].best.interval is None


def test_where_less_is_better_the_least_median_stands_first():
    comparison = compare([*several("map_elites", 3.0, 4.0), *several("hill_climb", 1.0, 2.0)], DOWN)

    assert comparison.groups[0].label == "hill_climb"


def test_everything_is_about_the_evaluations_that_all_runs_have_made():
    """Fails when the final best of the longer run is taken."""
    short = trace("short", (1, 0.0), (40, 2.0), evaluations=50)
    long = trace("long", (1, 0.0), (45, 1.0), (90, 9.0), evaluations=100, strategy="hill_climb")

    comparison = compare([short, long], UP)

    assert comparison.evaluations == 50
    assert [group.best.value for group in comparison.groups] == [2.0, 1.0]
    assert comparison.groups[1].wait.value == math.inf
    assert any("longest run has made 100" in note for note in comparison.notes)


def test_a_run_that_stopped_at_its_target_holds_its_best():
    early = trace("early", (1, 0.0), (20, 5.5), evaluations=20, stopped_by=StopReason.TARGET)
    other = trace("other", (1, 0.0), (80, 5.0), strategy="hill_climb")

    comparison = compare([early, other], UP)

    assert comparison.evaluations == 100
    assert [group.best.value for group in comparison.groups] == [5.5, 5.0]
    assert [group.wait.value for group in comparison.groups] == [20, 80]
    assert any("early" in note for note in comparison.notes)


def test_the_area_is_the_mean_of_the_best_so_far():
    (group,) = compare([trace("a", (1, 0.0), (51, 4.0))], UP).groups

    assert group.area.value == pytest.approx(2.0)


def test_runs_of_problems_that_score_differently_are_refused_by_name():
    runs = [trace("a", (1, 1.0)), trace("b", (1, 1.0), digest="d2", problem="other")]

    with pytest.raises(SettingsError, match=r"a \(dials\); b \(other\).*--mixed"):
        compare(runs, UP)
    assert any("score differently" in note for note in compare(runs, UP, mixed=True).notes)


def test_a_run_without_an_evaluation_is_refused():
    with pytest.raises(SettingsError, match="nothing was evaluated yet in idle"):
        compare([trace("idle", evaluations=0), trace("b", (1, 1.0))], UP)


def test_more_evaluations_than_all_have_made_are_refused():
    with pytest.raises(SettingsError, match=r"at least 200.*--evaluations 100"):
        compare([trace("a", (1, 1.0))], UP, evaluations=200)


def test_runs_without_a_valid_program_are_counted_and_left_out():
    runs = [trace("a"), trace("b", (1, 1.0)), trace("c", (1, 3.0))]

    comparison = compare(runs, UP)

    assert comparison.groups[0].best.value == 2.0
    assert comparison.groups[0].without == 1
    assert any("no valid program" in note for note in comparison.notes)


def test_spending_and_failures_are_added_up():
    runs = [trace(n, (1, 1.0), failures={"failed": 2}, dollars=0.5) for n in ("a", "b")]

    (group,) = compare(runs, UP).groups

    assert (group.failures, group.dollars, group.tokens, group.evaluations) == ({"failed": 4}, 1.0, 30, 200)


@pytest.mark.parametrize(
    ("ours", "outcome"),
    [
        ((8.0, 9.0, 8.5), Outcome.BETTER),
        ((0.1, 0.2, 0.3), Outcome.WORSE),
        ((1.0, 9.0, 2.0), Outcome.NO_DIFFERENCE),
    ],
)
def test_a_verdict_needs_intervals_that_are_apart(ours, outcome):
    comparison = compare(
        [
            *several("map_elites", *ours),
            *several("hill_climb", 1.0, 2.0, 3.0),
            *several("best_of_n", 0.5, 0.6, 0.7),
        ],
        UP,
    )

    verdict = judge(comparison, "map_elites")

    assert verdict.rival == "hill_climb"
    assert verdict.outcome is outcome
    assert verdict.gap_percent == pytest.approx(-50 * (sorted(ours)[1] - 2.0))


def test_the_gap_of_the_gain_does_not_depend_on_the_zero_of_the_score():
    """Broken by hand: taking the gain from 0 instead of from the first program fails this."""

    def gap(shift):
        def runs(strategy, *bests):
            return [
                trace(f"{strategy}{seed}", (1, shift + 1.0), (10, shift + best), strategy=strategy, seed=seed)
                for seed, best in enumerate(bests)
            ]

        ours, theirs = runs("map_elites", 2.0, 3.0, 4.0), runs("hill_climb", 4.0, 5.0, 6.0)
        return judge(compare([*ours, *theirs], UP), "map_elites").gain_percent

    assert gap(0.0) == gap(-4.0) == gap(100.0) == pytest.approx(50)


def test_where_less_is_better_less_is_ahead():
    """Fails when the outcome is told by the sign of the difference alone."""
    comparison = compare([*several("map_elites", 1.0, 1.1, 1.2), *several("hill_climb", 2.0, 2.1, 2.2)], DOWN)

    verdict = judge(comparison, "map_elites")

    assert verdict.outcome is Outcome.BETTER
    assert verdict.difference.value < 0
    assert verdict.gap_percent < 0


def test_single_runs_have_no_verdict_but_no_difference():
    comparison = compare(
        several("map_elites", 9.0) + several("hill_climb", 1.0), UP, label=lambda r: r.strategy
    )

    assert judge(comparison, "map_elites").outcome is Outcome.NO_DIFFERENCE
    assert judge(comparison, "elsewhere") is None


def test_judged_by_another_metric_the_target_of_the_fitness_is_left_out():
    comparison = compare([trace("a", (1, 1.0), by="truth.worth")], UP)

    assert comparison.objective.metric == "truth.worth"
    assert comparison.groups[0].wait is None


def test_runs_of_which_some_lack_the_metric_are_refused():
    with pytest.raises(SettingsError, match=r"all have truth\.worth, but b have not"):
        compare([trace("a", (1, 1.0), by="truth.worth"), trace("b", (1, 1.0))], UP)


def test_few_runs_are_told_to_be_few():
    comparison = compare(several("map_elites", 1.0, 2.0, 3.0), UP)

    assert any("75%" in note for note in comparison.notes)
