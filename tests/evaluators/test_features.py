from __future__ import annotations

import warnings

import pytest

from archive.program import Program
from evaluators.features import FEATURES, features, parse

SOURCE = '''\
"""A docstring."""

import os, sys
from math import sqrt
# a comment

def f(x, y=2):
    if x > 1 and y or x:
        for i in range(10):
            while True:
                break
    return [a for a in x if a if a > 2.5]

g = lambda: f(1) if 1 else None

class C:
    pass
'''


def test_features_count_what_stands_in_the_text():
    found = features(Program.of("python", {"a.py": SOURCE}))
    assert set(found) == set(FEATURES)
    assert found["lines"] == 17
    assert found["code_lines"] == 12
    assert found["characters"] == len(SOURCE)
    assert found["functions"] == 2
    assert found["classes"] == 1
    assert found["loops"] == 3
    assert found["imports"] == 3
    assert found["calls"] == 2
    assert found["constants"] == 6
    # 1, if, two more operands, for, while, comprehension with two conditions, conditional expression
    assert found["complexity"] == 10
    assert found["depth"] == 7
    assert found["names"] == len({"x", "y", "i", "range", "a", "g", "f"})


def test_features_are_summed_over_files_and_depth_is_the_largest():
    one = features(Program.of("python", {"a.py": SOURCE}))
    two = features(Program.of("python", {"a.py": SOURCE, "b.py": SOURCE}))
    assert two == {name: value * (1 if name == "depth" else 2) for name, value in one.items()}


@pytest.mark.parametrize("language", ["python", "rust"])
def test_text_that_does_not_parse_has_the_features_of_text(language):
    assert features(Program.of(language, {"main": "fn main() {\n\n}\n"})) == {
        "lines": 3.0,
        "code_lines": 2.0,
        "characters": 15.0,
    }


@pytest.mark.parametrize(
    "text",
    [
        "def f(:", "a = 'x\0y'", "\ud800", "-" * 20_000 + "1", "1" + "+1" * 50_000, "(" * 500 + ")" * 500,
        "{" * 100 + ":", "if a: pass\n" + "elif a: pass\n" * 20_000, "x = " + "9" * 5000,
    ],
)  # fmt: skip
def test_what_the_parser_cannot_read_is_a_syntax_error(text):
    with pytest.raises(SyntaxError):
        parse(text)


def test_a_doubtful_escape_in_a_program_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse("x = '\\d'")


def test_a_wide_and_flat_program_is_measured():
    found = features(Program.of("python", {"a.py": "x = [" + "1.5, " * 20_000 + "]"}))
    assert found["constants"] == 20_000
