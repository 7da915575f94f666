from __future__ import annotations

import pytest

from archive.run import CurvePoint
from dashboard import charts


def point(evaluations: int, fitness: float, operator: str = "diff") -> CurvePoint:
    return CurvePoint(
        evaluations=evaluations,
        seconds=90.0 * evaluations,
        fitness=fitness,
        program="ab" * 32,
        operator=operator,
    )


def trace(figure, name):
    return next(each for each in figure.data if each.name and each.name.startswith(name))


def test_the_curve_steps_at_each_improvement_and_reaches_the_last_evaluation() -> None:
    figure = charts.curve([point(1, 0.5, "seed"), point(4, 0.75)], evaluations=10, metric="height")
    steps = trace(figure, "best so far")
    assert list(steps.x) == [1, 4, 10]
    assert list(steps.y) == [0.5, 0.75, 0.75]
    assert steps.line.shape == "hv"


def test_a_marker_tells_operator_fitness_gain_and_time() -> None:
    figure = charts.curve([point(1, 0.5, "seed"), point(4, 0.75)], evaluations=10, metric="height")
    first, second = trace(figure, "improvement").text
    assert "first valid program" in first
    assert "seed" in first
    for part in ("0.75", "+0.25", "diff", "4 evaluations", "6 min 00 s"):
        assert part in second


def test_known_values_are_drawn_across_the_whole_curve() -> None:
    levels = [
        charts.Level(name="best known", value=2.635983, detail="a paper"),
        charts.Level(name="target", value=3),
    ]
    figure = charts.curve([point(1, 0.5)], evaluations=10, metric="height", levels=levels)
    known = trace(figure, "best known")
    assert list(known.x) == [0, 10]
    assert list(known.y) == [2.635983, 2.635983]
    assert known.line.dash != trace(figure, "target").line.dash
    assert "2.635983" in known.name


def test_a_single_point_without_later_evaluations_gives_a_figure() -> None:
    steps = trace(charts.curve([point(1, 0.5)], evaluations=1, metric="height"), "best so far")
    assert list(steps.y) == [0.5, 0.5]


def test_text_of_others_cannot_become_markup_in_a_hover() -> None:
    levels = [charts.Level(name="<b>x</b>", value=1.0, detail="<a href='y'>z</a>")]
    figure = charts.curve([point(1, 0.5, "<img src=x>")], evaluations=2, metric="<i>m</i>", levels=levels)
    text = figure.to_json()
    for markup in ("<img", "<i>", "<a href", "<b>x"):
        assert markup not in text


def test_failures_are_bars_with_the_most_frequent_on_top() -> None:
    bar = charts.failures({"timed_out": 3, "failed": 9, "refused": 0}, evaluations=40).data[0]
    assert list(bar.y) == ["timed out", "failed"]
    assert list(bar.x) == [3, 9]
    assert "22%" in bar.hovertext[1]


@pytest.mark.parametrize(
    "figure",
    [
        charts.curve([point(1, 0.5)], evaluations=3, metric="height"),
        charts.failures({"failed": 2}, evaluations=4),
    ],
)
def test_axes_are_named_and_backgrounds_left_to_the_theme(figure) -> None:
    assert figure.layout.xaxis.title.text
    assert figure.layout.paper_bgcolor is None
    assert figure.layout.font.color is None
