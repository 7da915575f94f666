from __future__ import annotations

import pytest

from problems.errors import ProblemError
from problems.loader import load
from problems.problem import Repeat


def refused(folder, **overrides):
    with pytest.raises(ProblemError) as caught:
        load(folder, overrides={"evaluation." + key: value for key, value in overrides.items()})
    return caught.value.issues


def test_all_of_a_repetition_reaches_the_problem(folder):
    text = "{times: 20, statistic: median, at_least: 5, confidence: 0.95, precision: 0.01}"
    asked = load(folder, overrides={"evaluation.repeat": text}).repeat
    assert asked == Repeat(times=20, statistic="median", at_least=5, confidence=0.95, precision=0.01)


def test_pools_and_the_confirmation_reach_the_problem(folder):
    bare = load(folder)
    assert (dict(bare.pools), bare.confirm) == ({}, True)
    text = {"evaluation.pools": "{slow: 1, quick: 8}", "evaluation.confirm": "false"}
    changed = load(folder, overrides=text)
    assert (dict(changed.pools), changed.confirm) == ({"slow": 1, "quick": 8}, False)


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("{times: 9, at_least: 4}", "at_least", "confidence beside it"),
        ("{times: 9, precision: 0.1}", "precision", "confidence beside it"),
        ("{times: 9, precision: 0.1, confidence: null}", "precision", "confidence beside it"),
        ("{times: 9, confidence: 0.9, statistic: max}", "confidence", "mean or median"),
        ("{times: 9, confidence: 0.9, statistic: min}", "confidence", "mean or median"),
        ("{times: 9, confidence: 0.9, at_least: 9}", "at_least", "fewer than times (9)"),
        ("{times: 3, confidence: 0.9}", "times", "more than at_least (3)"),
        ("{confidence: 0.9}", "times", "more than at_least (3)"),
        ("{times: 9, confidence: 1.0}", "confidence", "at most 0.9999"),
        ("{times: 9, confidence: 0.2}", "confidence", "at least 0.5"),
        ("{times: 9, confidence: 0.9, precision: 0}", "precision", "greater than 0"),
        ("{times: 9, confidence: 0.9, at_least: 1}", "at_least", "at least 2"),
    ],
)
def test_a_key_that_would_do_nothing_or_mislead_is_refused(folder, text, key, words):
    issues = refused(folder, repeat=text)
    assert [issue.key for issue in issues] == [f"evaluation.repeat.{key}"]
    assert words in str(issues[0])


def test_a_misspelt_key_gets_the_nearest_name(folder):
    (issue,) = refused(folder, repeat="{times: 9, confidense: 0.9}")
    assert issue.nearest == "confidence"


@pytest.mark.parametrize(
    ("text", "words"),
    [("{slow: 0}", "at least 1"), ("{slow: many}", "a whole number"), ("[slow]", "a mapping")],
)
def test_a_pool_has_a_width_of_at_least_one(folder, text, words):
    (issue,) = refused(folder, pools=text)
    assert words in issue.expected


def test_a_stage_names_a_pool_that_is_there(folder):
    (issue,) = refused(folder, **{"pools": "{slow: 1}", "stages.run.pool": "slwo"})
    assert (issue.key, issue.nearest) == ("evaluation.stages[1].pool", "slow")
