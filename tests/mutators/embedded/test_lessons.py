from __future__ import annotations

import json

import pytest

from mutators.embedded.lessons import lesson
from mutators.embedded.prompt import read_prompt

PLAN = "## Plan\njitter constants: move 3 of 52 constants by about 2% of their spread\n\n1. Draw.\n"


def learn(result: str, aim: str = "maximize sum_radii") -> dict[str, str]:
    text = f"# Task: summarize\n\nObjective: {aim}\n\n{PLAN}\n## Result\n{result}\n"
    return json.loads(lesson(read_prompt([("user", text)])))


@pytest.mark.parametrize(
    ("aim", "after", "kind", "word"),
    [
        ("maximize sum_radii", "2.25", "insight", "improved sum_radii from 2 to 2.25"),
        ("maximize sum_radii", "1.5", "exploration", "worsened sum_radii from 2 to 1.5"),
        ("maximize sum_radii", "2", "exploration", "left sum_radii at 2"),
        ("minimize sum_radii", "-1.5e-3", "insight", "improved sum_radii from 2 to -0.0015"),
    ],
)
def test_a_lesson_says_what_was_tried_and_what_came_of_it(aim, after, kind, word):
    said = learn(
        f"Before: verdict valid, sum_radii = 2, lines = 7\nAfter: verdict valid, sum_radii = {after}", aim
    )

    assert said["kind"] == kind
    assert word in said["lesson"]
    assert said["lesson"].startswith("Jitter constants: move 3 of 52 constants by about 2%")


def test_a_program_that_failed_is_a_mistake():
    said = learn("Before: verdict valid, sum_radii = 2\nAfter: verdict timed_out")

    assert said["kind"] == "mistake"
    assert "timed_out" in said["lesson"]


@pytest.mark.parametrize(
    "result", ["", "After: verdict valid", "After: verdict valid, x = 1.2.3", "Before: verdict failed"]
)
def test_what_the_prompt_does_not_say_is_not_made_up(result):
    said = learn(result)

    assert said["kind"] == "exploration"
    assert "improved" not in said["lesson"]
    assert "worsened" not in said["lesson"]
