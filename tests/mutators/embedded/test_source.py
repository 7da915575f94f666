from __future__ import annotations

import pytest

from mutators.embedded.source import Splice, read, splice

TABLE = """\
START = [9.5, 9.5]
# EVOLVE-BLOCK-START
POINTS = [
    [0.25, -1.5],
    (0.75, 2),
]
SIZES = {"a": 3, "b": 0.5}


def walk(steps=7):
    total = 1e-3
    for i in range(steps):
        total += POINTS[0][1] * 2 if i > 4 else f"{3.5}" == "x"
    return total
# EVOLVE-BLOCK-END
print(walk(9.5))
"""


def test_constants_are_found_with_their_signs_inside_the_region_only():
    source = read(TABLE)

    ordered = sorted(source.literals, key=lambda one: one.start)
    texts = [source.text[one.start : one.end] for one in ordered]
    assert texts == ["0.25", "-1.5", "0.75", "2", "3", "0.5", "7", "1e-3", "2", "4"]
    assert all(float(text) == one.value for text, one in zip(texts, ordered, strict=True))


def test_indices_and_f_strings_are_no_constants():
    source = read("x = a[3]\ny = f'{2.5:.3f}'\nz = a[1:4] + 8\n")

    assert [one.value for one in source.literals] == [8]


def test_a_table_is_a_group_of_rows_measured_by_column():
    source = read(TABLE)

    (group,) = source.groups

    assert group.table
    assert group.name == "POINTS"
    assert [len(row) for row in group.rows] == [2, 2]
    x, y = (source.literals[i] for i in group.rows[0])
    assert x.spread == pytest.approx(0.25)
    assert y.spread == pytest.approx(1.75)


def test_an_integer_beside_decimals_is_a_decimal_and_one_among_integers_is_not():
    source = read("mixed = [1, 2.5]\nwhole = [1, 2]\n")

    assert [one.whole for one in source.literals] == [False, False, True, True]


def test_equal_constants_can_part_again():
    source = read("x = [0.5, 0.5, 0.5]\ny = [0.0, 0.0]\nz = 0\n")

    assert all(one.spread > 0 for one in source.literals)


def test_the_same_place_in_two_programs_has_the_same_key():
    one, other = read(TABLE), read(TABLE.replace("0.25", "0.125").replace("import", "#"))

    assert [literal.key for literal in one.literals] == [literal.key for literal in other.literals]
    assert len({literal.key for literal in one.literals}) == len(one.literals)


def test_characters_outside_ascii_do_not_shift_what_is_found():
    source = read("name = 'größe — €'; x = 0.5  # ü\ny = 'é'; z = [1.5, 2.5]\n")

    assert [source.text[one.start : one.end] for one in source.literals] == ["0.5", "1.5", "2.5"]


def test_other_languages_give_their_numbers_and_no_syntax():
    source = read("double x1 = 0.5;\nint n = 12; // v2\n", "cpp")

    assert [one.value for one in source.literals] == [0.5, 12.0]
    assert source.tree is None


@pytest.mark.parametrize("text", ["def broken(:\n", "x = '\x00'\n", "(" * 5000, "\ud800"])
def test_what_claims_to_be_python_and_is_not_is_not_read(text):
    assert read(text) is None


def test_numbers_too_large_for_a_float_are_left_alone():
    assert read(f"x = {'9' * 400}\ny = 1e999\n").literals == ()


def test_constants_near_the_largest_float_are_measured_by_themselves():
    source = read("x = [1e308, -1e308, 1.0]\n")

    assert [one.spread for one in source.literals] == [1e308, 1e308, 1.0]


def test_splices_leave_every_other_character():
    assert splice("abcdef", [Splice(4, 5, "E"), Splice(1, 2, ""), Splice(6, 6, "!")]) == "acdEf!"
