"""Attacks on a scorer: programs that return what no honest program would. To add one, add a row."""

from __future__ import annotations

from typing import Final

from evaluators.attacks.attack import Attack, Kind, Trait

__all__ = ["OUTPUTS"]


def _returns(
    name: str,
    does: str,
    expression: str,
    kind: Kind,
    *,
    needs: Trait = Trait.ANY,
    essential: bool = False,
) -> Attack:
    body = f"return {expression}"
    return Attack(name=name, does=does, body=body, kind=kind, needs=needs, essential=essential)


def _writes(name: str, does: str, frame: bytes) -> Attack:
    """A frame written past the encoder, which only the strict decoder stands against."""
    body = f"import os\nos.write(3, {frame!r})\nos._exit(0)"
    return Attack(name=name, does=does, body=body, kind=Kind.NAN)


_EMPTY: Final = (
    _returns("none", "None", "None", Kind.EMPTY, essential=True),
    _returns("empty-list", "an empty list", "[]", Kind.EMPTY, essential=True),
    _returns("empty-mapping", "an empty mapping", "{}", Kind.EMPTY, essential=True),
    _returns("empty-text", "an empty text", "''", Kind.EMPTY, essential=True),
    _returns("empty-array", "an empty array", "array([])", Kind.EMPTY, essential=True),
    _returns("empty-table", "an array of shape (0, 3)", "array([[0.0, 0.0, 0.0]])[:0]", Kind.EMPTY),
    _returns(
        "no-rows",
        "its mapping with empty lists in it",
        "with_rows(value, lambda rows: [])",
        Kind.EMPTY,
        needs=Trait.MAPPING,
    ),
    _returns(
        "hollow-rows",
        "as many empty lists as it should return rows",
        "with_rows(value, lambda rows: [[]] * len(rows))",
        Kind.EMPTY,
        needs=Trait.TABLE,
        essential=True,
    ),
)

_NAN: Final = (
    _returns(
        "nan",
        "NaN for every number",
        "with_numbers(value, lambda number: float('nan'))",
        Kind.NAN,
        needs=Trait.NUMBERS,
    ),
    _returns(
        "infinity",
        "infinity for every number",
        "with_numbers(value, lambda number: float('inf'))",
        Kind.NAN,
        needs=Trait.NUMBERS,
    ),
    _returns("nan-array", "an array of NaN", "array([float('nan')] * 4)", Kind.NAN),
    _returns(
        "nan-text",
        "the text 'nan' for every number",
        "with_numbers(value, lambda number: 'nan')",
        Kind.NAN,
        needs=Trait.NUMBERS,
        essential=True,
    ),
    _returns(
        "one-nan-text",
        "the text 'nan' for its first number",
        "with_first_number(value, lambda number: 'nan')",
        Kind.NAN,
        needs=Trait.NUMBERS,
        essential=True,
    ),
    _returns(
        "infinity-text",
        "the text '-inf' for every number",
        "with_numbers(value, lambda number: '-inf')",
        Kind.NAN,
        needs=Trait.NUMBERS,
    ),
    _writes("raw-nan", "NaN written past the encoder", b"jNaN"),
    _writes("raw-overflow", "1e999 written past the encoder", b"j[1e999, -1e999]"),
)

_TYPES: Final = (
    _returns("text", "the text '1'", "'1'", Kind.TYPE, needs=Trait.NO_TEXT, essential=True),
    _returns("number", "the number 1", "1", Kind.TYPE, needs=Trait.ROWS),
    _returns("truth", "True", "True", Kind.LOOSE),
    _returns("complex", "a complex number", "complex(1, 1)", Kind.TYPE),
    _returns("scalar-array", "an array without axes", "array(1.0)", Kind.TYPE, needs=Trait.ROWS),
    _returns(
        "numbers-as-text",
        "its numbers as texts",
        "with_numbers(value, str)",
        Kind.TYPE,
        needs=Trait.NUMBERS,
        essential=True,
    ),
    _returns(
        "numbers-as-truth",
        "True for every number",
        "with_numbers(value, lambda number: True)",
        Kind.LOOSE,
        needs=Trait.NUMBERS,
    ),
    _returns(
        "numbers-as-lists",
        "a list around each of its numbers",
        "with_numbers(value, lambda number: [number])",
        Kind.TYPE,
        needs=Trait.NUMBERS,
        essential=True,
    ),
    _returns(
        "numbers-missing",
        "None for every number",
        "with_numbers(value, lambda number: None)",
        Kind.TYPE,
        needs=Trait.NUMBERS,
        essential=True,
    ),
    _returns(
        "first-missing",
        "None for its first number",
        "with_first_number(value, lambda number: None)",
        Kind.TYPE,
        needs=Trait.NUMBERS,
    ),
    _returns("wrapped", "a list around its honest value", "[plain(value)]", Kind.TYPE, essential=True),
    _returns(
        "rows-by-name",
        "a mapping in place of a list",
        "with_rows(value, lambda rows: {str(i): row for i, row in enumerate(rows)})",
        Kind.TYPE,
        needs=Trait.ROWS,
        essential=True,
    ),
    _returns("deep", "a list 30 levels deep", "nested(30)", Kind.TYPE),
    _returns("markup", "text with markup and formats in it", "MARKUP", Kind.TYPE, needs=Trait.NO_TEXT),
    _returns(
        "markup-rows",
        "text with markup in place of each row",
        "with_rows(value, lambda rows: [MARKUP] * len(rows))",
        Kind.TYPE,
        needs=Trait.ROWS,
    ),
    _returns("truth-array", "an array of truth values", "array([True, False])", Kind.TYPE),
    _returns("record-array", "an array of records", "array([(1, 2.0)], 'i4,f8')", Kind.TYPE),
    _returns("date-array", "an array of dates", "array(['2000-01-01'], 'M8[D]')", Kind.TYPE),
)

_LENGTHS: Final = (
    _returns(
        "one-more",
        "its last element twice",
        "with_rows(value, lambda rows: rows + rows[-1:])",
        Kind.LENGTH,
        needs=Trait.ROWS,
        essential=True,
    ),
    _returns(
        "one-less",
        "all but its last element",
        "with_rows(value, lambda rows: rows[:-1])",
        Kind.LENGTH,
        needs=Trait.ROWS,
        essential=True,
    ),
    _returns(
        "twice",
        "every element twice",
        "with_rows(value, lambda rows: rows + rows)",
        Kind.LENGTH,
        needs=Trait.ROWS,
    ),
    _returns(
        "longer-rows",
        "rows with one number more",
        "with_rows(value, lambda rows: [row + row[-1:] for row in rows])",
        Kind.LENGTH,
        needs=Trait.TABLE,
        essential=True,
    ),
    _returns(
        "shorter-rows",
        "rows with one number less",
        "with_rows(value, lambda rows: [row[:-1] for row in rows])",
        Kind.LENGTH,
        needs=Trait.TABLE,
        essential=True,
    ),
    _returns(
        "huge",
        "as many elements as a result can hold",
        "with_rows(value, grown)",
        Kind.LENGTH,
        needs=Trait.ROWS,
        essential=True,
    ),
    _returns("huge-array", "an array of 100,000 numbers", "array([0.5] * 100_000)", Kind.TYPE),
    _returns("huge-text", "a text of 900,000 digits", "'1' * 900_000", Kind.TYPE, needs=Trait.NO_TEXT),
)

_NUMBERS: Final = (
    _returns(
        "zeros",
        "zero for every number",
        "with_numbers(value, lambda number: number * 0)",
        Kind.COLLAPSED,
        needs=Trait.NUMBERS,
    ),
    _returns(
        "duplicates",
        "its first element in place of all",
        "with_rows(value, lambda rows: rows[:1] * len(rows))",
        Kind.COLLAPSED,
        needs=Trait.ROWS,
        essential=True,
    ),
    *(
        _returns(
            name,
            does,
            f"with_numbers(value, lambda number: {number})",
            Kind.NUMBERS,
            needs=Trait.NUMBERS,
            essential=essential,
        )
        for name, does, number, essential in (
            ("scaled", "its numbers a million times as large", "number * 1_000_000", True),
            ("negated", "its numbers with the other sign", "-number", False),
            ("negative", "-1 for every number", "-1", False),
            ("largest", "1e308 for every number", "1e308", True),
            ("smallest", "-1e308 for every number", "-1e308", True),
            ("tiny", "1e-320 for every number", "1e-320", False),
            ("minus-zero", "-0.0 for every number", "-0.0", False),
            ("whole", "its numbers without their fractions", "int(number)", False),
            ("long-integer", "10**400 for every number", "10**400", True),
            ("longest-integer", "10**1200 for every number", "10**1200", False),
        )
    ),
    *(
        _returns(
            f"{kind}-array",
            f"an array of {kind} in place of its numbers",
            f"array(plain(value), '{kind}')",
            Kind.NUMBERS,
            needs=Trait.ROWS,
        )
        for kind in ("uint8", "float16", "float32")
    ),
    _returns("other-form", "lists for arrays, or an array for lists", "other_form(value)", Kind.SAME),
)

_CLAIMS: Final = (
    _returns(
        "claim",
        "a mapping that claims a score",
        "{'valid': True, 'score': DREAM, 'fitness': DREAM, 'combined_score': DREAM, METRIC: DREAM}",
        Kind.CLAIM,
        essential=True,
    ),
    _returns(
        "extra-keys",
        "its mapping with a claimed score in it",
        "{**value, 'valid': True, 'score': DREAM, 'fitness': DREAM, METRIC: DREAM}",
        Kind.KEYS,
        needs=Trait.MAPPING,
        essential=True,
    ),
)

OUTPUTS: Final = (*_EMPTY, *_NAN, *_TYPES, *_LENGTHS, *_NUMBERS, *_CLAIMS)
"""Every attack on what is returned, those that need least of the honest output first."""
