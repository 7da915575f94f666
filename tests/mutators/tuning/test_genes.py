"""Constants are found where they may be tuned, and set without touching any other byte."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.program import Program
from mutators.blocks import outside
from mutators.tuning.genes import MOST, Gene, Genome, genome_of
from mutators.tuning.reading import Kind

HEAD = "import math\nLIMIT = 0.75\n# EVOLVE-BLOCK-START\n"
TAIL = "# EVOLVE-BLOCK-END\nAFTER = 4.5\n"
LIBRARY = Path(__file__).parents[3] / "problems" / "library"


def genome(text: str, language: str = "python") -> Genome:
    return genome_of(Program.of(language, {"main.py": text}))


def texts(text: str, language: str = "python") -> list[str]:
    return [gene.literal.text for gene in genome(text, language).genes]


def test_numbers_with_their_sign_are_found_in_the_regions_alone() -> None:
    assert texts(HEAD + "A = -0.25\nB = [1.5, - 2.5]\nC = 7\n" + TAIL) == ["-0.25", "1.5", "- 2.5", "7"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x = y[3] + y[4:5]", []),
        ("x = 2.0 * y + 0.5 * z - 1", []),
        ("x = 0.3 * y", ["0.3"]),
        ("for i in range(12): pass", ["12"]),
        ("if i % 2 == 0: pass", []),
        ("def f(a: int = 2, b=-1.0): pass", ["2", "-1.0"]),
        ("def f():\n    total = 0.0\n    k = 1", []),
        ("f(k=1, 3, 2)", []),
        ("f(2, k=1)", ["1"]),
        ("EPS = 1e-9", []),
        ("MASK = 0xFF", []),
        ("S = '0.4 in a text'  # and 0.5 in a comment", []),
        ("S = f'{0.4:.3f}'", []),
        ("D = {3: 0.25, 'b': 1}", ["3", "0.25", "1"]),
        ("T = 1_000", ["1_000"]),
        ("J = 3j", []),
    ],
)
def test_what_is_no_parameter_is_left_alone(line: str, found: list[str]) -> None:
    assert texts(line + "\n") == found


def test_a_program_that_cannot_be_read_has_no_genes() -> None:
    assert texts("x = (0.3\n") == []


def test_a_list_with_a_decimal_is_one_of_decimals_and_integers_stay_integers() -> None:
    kinds = {gene.literal.text: gene.literal.kind for gene in genome("A = [1, 0.5]\nB = [3, 4]\n").genes}
    assert kinds == {"1": Kind.DECIMAL, "0.5": Kind.DECIMAL, "3": Kind.WHOLE, "4": Kind.WHOLE}


def test_the_columns_of_a_table_have_spreads_of_their_own() -> None:
    found = genome("T = [[0.1, 100.0], [0.3, 300.0], [0.5, 500.0]]\n").genes
    narrow, wide = math.sqrt(0.08 / 3), math.sqrt(80_000 / 3)
    assert [gene.spread for gene in found] == pytest.approx([narrow, wide] * 3)


def test_equal_constants_in_a_list_may_part_again() -> None:
    assert [gene.spread for gene in genome("X = [0.6, 0.6, 0.6]\n").genes] == pytest.approx([0.2] * 3)


def test_a_choice_is_declared_by_a_comment_or_is_a_constant_that_is_true_or_false() -> None:
    found = genome('KIND = "hex"  # one of: "hex", "square", 3\nFAST = True\nslow = True\n').genes
    assert [gene.literal.options for gene in found] == [('"hex"', '"square"', "3"), ("False", "True")]
    assert [gene.literal.value for gene in found] == [0.0, 1.0]


@pytest.mark.parametrize("comment", ["# one of: hex, square", "# one of: 'a', 'b'", "# one of: ("])
def test_a_comment_that_lists_no_constants_declares_nothing(comment: str) -> None:
    assert texts(f'KIND = "hex"  {comment}\n') == []


def test_a_negative_value_is_put_in_brackets_where_it_would_bind_otherwise() -> None:
    made = genome("x = 3.5 ** y\n").with_texts([gene_of("x = 3.5 ** y\n").written(-1.25, resolution=0.01)])
    assert made.text == "x = (-1.25) ** y\n"


def gene_of(text: str) -> Gene:
    (found,) = genome(text).genes
    return found


@pytest.mark.parametrize(
    ("literal", "value", "written"),
    [("0.30", 0.3, "0.30"), ("0.3", 0.123456, "0.123"), ("3e-4", 0.00042, "4.2e-04"), ("5.0", 7.0, "7.0")],
)
def test_a_decimal_keeps_its_way_of_being_written(literal: str, value: float, written: str) -> None:
    assert gene_of(f"X = {literal}\n").written(value, resolution=value / 100) in {written, written + "0"} | {
        "4.20e-04"
    }


def test_the_options_of_an_integer_are_dense_near_it_and_reach_beyond_twice_its_size() -> None:
    options = gene_of("N = 40\n").options
    assert {38.0, 39.0, 40.0, 41.0, 42.0} <= set(options)
    assert options[0] <= -40
    assert options[-1] >= 120
    assert len(options) <= 33
    assert list(options) == sorted(set(options))


def test_other_languages_have_numbers_with_a_point_and_larger_integers() -> None:
    assert texts("double a = 0.35; int n = 12; int i = 0; x1 = v2.5;\n", "c++") == ["0.35", "12"]


def test_of_too_many_constants_those_in_long_lists_are_taken() -> None:
    many = "A = 0.3\nB = [" + ", ".join(["0.25"] * (MOST + 5)) + "]\n"
    assert texts(many) == ["0.25"] * MOST


def test_files_without_a_region_stay_as_they_are_where_others_have_one() -> None:
    program = Program.of("python", {"a.py": HEAD + "A = 0.3\n" + TAIL, "b.py": "B = 0.4\n"})
    assert [gene.path for gene in genome_of(program).genes] == ["a.py"]


ATOMS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(["1_0.5", "3e4", "-.5", "7.", '"0.5"', "True", "x"]),
)
LINES = st.one_of(
    st.tuples(st.sampled_from(["A", "b", "Ümlaut"]), ATOMS).map(lambda p: f"{p[0]} = {p[1]}"),
    st.lists(ATOMS, min_size=1, max_size=4).map(lambda each: f"L = [{', '.join(each)}]"),
    st.lists(st.tuples(ATOMS, ATOMS), min_size=1, max_size=3).map(
        lambda rows: "T = [" + ", ".join(f"({a}, {b})" for a, b in rows) + "]"
    ),
    ATOMS.map(lambda a: f"def f(k={a}):\n    return k ** {a} - 0.3**k  # é {a}"),
)


@settings(max_examples=50)
@given(st.lists(LINES, min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_the_same_values_give_the_same_bytes(lines: list[str], end: str) -> None:
    """Fails when `written` formats a value that its literal says already."""
    text = (HEAD + "\n".join(lines) + "\n" + TAIL).replace("\n", end)
    found = genome(text)
    same = [gene.written(gene.literal.value, resolution=1e-3) for gene in found.genes]
    assert found.with_texts(same).text == text


@settings(max_examples=50)
@given(st.lists(LINES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_nothing_but_the_constants_changes_and_integers_stay_integers(lines: list[str], draw: object) -> None:
    """Fails when genes outside of the regions are found, or splices are made from the front."""
    text = HEAD + "\n".join(lines) + "\n" + TAIL
    found = genome(text)
    values = [gene.literal.value * draw.uniform(-2, 2) + draw.gauss(0, 1) for gene in found.genes]  # type: ignore[attr-defined]
    wanted = [gene.written(value, resolution=1e-4) for gene, value in zip(found.genes, values, strict=True)]
    made = found.with_texts(wanted)
    assert outside(made.text) == outside(text)
    assert found.texts_in(made) == tuple(wanted)
    for gene, written in zip(found.genes, wanted, strict=True):
        if gene.literal.kind is Kind.WHOLE:
            assert written.lstrip("-").isdigit()
    pieces, at = [], 0
    for gene in found.genes:
        pieces.append(text[at : gene.literal.start])
        at = gene.literal.end
    rest = made.text
    for piece in (*pieces, text[at:]):
        assert piece in rest
        rest = rest[rest.index(piece) + len(piece) :]


def test_texts_of_another_program_are_not_taken_for_this_one() -> None:
    found = genome("A = [0.3, 0.4]\nN = 5\n")
    other = Program.of("python", {"main.py": "A = [0.31, -0.4]\nN = 6\n"})
    assert found.texts_in(other) == ("0.31", "-0.4", "6")
    for text in ("A = [0.3, 0.4]\nN = 5.5\n", "A = [0.3, 0.4, 1.0]\nN = 5\n", "A = [0.3, 0.4]\nM = 5\n"):
        assert found.texts_in(Program.of("python", {"main.py": text})) is None


def test_constants_that_are_too_many_or_no_numbers_are_refused() -> None:
    found = genome("A = [0.3, 0.4]\n")
    for wrong in (["0.3"], ["0.3", "0.4", "0.5"], ["0.3", "os.exit()"], ["0.3", "nan"]):
        with pytest.raises(ValueError, match=r"expected|could not convert|is no value"):
            found.with_texts(wrong)


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*/initial.py")), ids=lambda path: path.parent.name)
def test_the_programs_of_the_library_are_read(path: Path) -> None:
    text = path.read_text()
    found = genome(text)
    same = [gene.written(gene.literal.value, resolution=1e-3) for gene in found.genes]
    assert found.with_texts(same).text == text
