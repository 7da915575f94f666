import io
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from flows.comparing import compare
from flows.comparison_report import as_json, as_page, markdown_table, rows
from flows.figure import Line, lay_out, png, svg, ticks, value_range
from problems.problem import Objective
from tests.flows.comparable import trace

OBJECTIVE = Objective(metric="worth", target=5.0)


def _comparison(*names):
    runs = [
        trace(f"{name}-{i}", (1, 0.0), (30, float(i + 1)), strategy=name)
        for name in names or ("map_elites", "hill_climb")
        for i in range(3)
    ]
    return compare(runs, OBJECTIVE)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_few_and_inside(low, width):
    found = ticks(low, low + width)

    assert 1 <= len(found) <= 8
    assert all(low - 1e-6 * width - 1e-6 <= value <= low + width + 1e-6 * width + 1e-6 for value in found)


def test_the_svg_stands_alone_and_names_every_group():
    root = ET.fromstring(svg(lay_out(_comparison())))

    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"map_elites", "hill_climb"} <= set(texts)
    assert "http" not in svg(lay_out(_comparison())).replace("http://www.w3.org/2000/svg", "")


def test_every_point_lies_in_the_frame():
    """The first steps lie far below the range that is shown, and are drawn at its edge."""
    runs = [trace(f"r{i}", (1, -1e6), (3, 0.0), (60, 1.0 + i)) for i in range(2)]

    lines = [shape for shape in lay_out(compare(runs, OBJECTIVE)) if isinstance(shape, Line)]

    assert all(40 <= y <= 440 and 80 <= x <= 900 for line in lines for x, y in line.points)


def test_the_range_is_that_of_the_late_values():
    band = compare([trace("a", (1, -1e6), (3, 0.0), (60, 1.0))], OBJECTIVE).groups[0].band

    assert value_range([band]) == pytest.approx((-0.05, 1.05))


def test_the_png_is_an_image_with_the_colours_of_the_groups():
    image = Image.open(io.BytesIO(png(lay_out(_comparison()))))

    assert image.size == (1800, 960)
    colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    assert {(0, 114, 178), (213, 94, 0)} <= colours


def test_without_values_the_figure_says_so():
    assert "No run has a valid program" in svg(lay_out(compare([trace("a")], OBJECTIVE)))


def test_names_cannot_write_markup():
    nasty = "<script>alert(1)</script>"
    page = as_page(compare([trace(nasty, (1, 1.0), problem=nasty, strategy=nasty)], OBJECTIVE))

    assert nasty not in page
    assert "&lt;script&gt;" in page


def test_json_has_null_for_what_is_not_bounded():
    (group, _) = as_json(_comparison())["groups"]

    assert group["evaluations_to_target"] == {"value": None, "low": None, "high": None}
    assert group["reached"] == 0
    assert group["best"]["value"] == 2.0
    assert [run["seed"] for run in group["runs"]] == [1, 1, 1]


def test_a_target_that_was_not_reached_lies_beyond_the_evaluations_made():
    assert rows(_comparison())[0][4] == ">100 [>100, >100] (0/3)"


def test_a_bar_within_a_cell_does_not_end_it():
    assert markdown_table(("a|b",), [("c",)]).splitlines()[0] == r"| a\|b |"
