"""What ``search`` and ``objectives`` ask for beyond their shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from problems.errors import ProblemError
from problems.loader import load
from problems.search import ArchiveSpec, IslandProfile, SelectionSpec

YAML = """\
schema: 1
name: small
statement: Make it large.
program: {files: [initial.py], entrypoint: solve}
objective: {metric: value}
descriptors: [{name: axis, low: 0.0, high: 1.0}]
evaluation:
  stages:
    - {id: run, uses: sandbox.call}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py}
models: [{name: strong}, {name: cheap}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "problem.yaml").write_text(YAML)
    (tmp_path / "initial.py").write_text("def solve():\n    return 1\n")
    (tmp_path / "score.py").write_text(
        "def score(output, context):\n    return {'value': 1.0, 'size': 2.0, 'axis': 0.5}\n"
    )
    (tmp_path / "mine.py").write_text("class Greedy:\n    pass\n")
    return tmp_path


def refused(folder: Path, **changes: str) -> str:
    with pytest.raises(ProblemError) as caught:
        load(folder, overrides={key.replace("__", "."): value for key, value in changes.items()})
    return str(caught.value)


def test_the_keys_reach_the_domain(folder):
    problem = load(
        folder,
        overrides={
            "search": "{islands: 3, topology: star, migrants: 2, stagnation: 40, renewal: spawn,"
            " archive: {kind: pareto}, selection: {kind: tournament, size: 5},"
            " profiles: [{selection: {hottest: 0.9}, operators: {diff: 1}, models: [cheap], style: ' A. '},"
            " {}]}",
            "objectives": "[{metric: size, direction: minimize}]",
        },
    )
    search = problem.search
    assert search.archive == ArchiveSpec(kind="pareto")
    assert (search.topology, search.migrants, search.stagnation, search.renewal) == ("star", 2, 40, "spawn")
    assert search.selection_of(0) == search.selection_of(2) == SelectionSpec(hottest=0.9)
    assert search.selection_of(1) == SelectionSpec(kind="tournament", size=5)
    assert search.profile(2) == IslandProfile(
        selection=SelectionSpec(hottest=0.9), operators={"diff": 1.0}, models=("cheap",), style="A."
    )
    assert [one.utility(3.0) for one in problem.objectives] == [-3.0]


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("{strategy: none.py}", "none.py"),
        ("{strategy: 'mine.py:Gredy'}", "Greedy"),
        ("{strategy: '../mine.py'}", "mine.py"),
        ("{strategy: map_elite}", "map_elites"),
        ("{archive: {cells: 9}}", "kind cvt beside it, found cells with grid"),
        ("{archive: {kind: pareto}}", "further objectives"),
        ("{selection: {size: 2}}", "kind tournament beside it, found size with boltzmann"),
        ("{selection: {kind: uniform, hottest: 0.5}}", "kind boltzmann beside it"),
        ("{selection: {coldest: 0.9}}", "less than hottest (0.8), found 0.9"),
        ("{selection: {coldest: 0.1, hottest: 0.05}}", "less than hottest (0.05), found 0.1"),
        ("{profiles: [{}, {}]}", "at most one profile for each of the islands, found 2 profiles for 1"),
        ("{profiles: [{operators: {diff: 0}}]}", "a weight that is not 0"),
        ("{profiles: [{models: [stron]}]}", "strong"),
        ('{profiles: [{style: "two\\nlines"}]}', "one line"),
        ("{profiles: [{operators: {dif: 1}}]}", "diff"),
        ("{profiles: [{selection: {sise: 1}}]}", "size"),
        ("{stagnation: 5}", "islands of 2 or more"),
        ("{topology: rings}", "ring"),
    ],
)
def test_a_key_that_would_have_no_effect_or_misleads_is_refused_with_what_to_do(folder, search, words):
    assert words in refused(folder, search=search)


@pytest.mark.parametrize(
    ("objectives", "words"),
    [
        ("[{metric: size}]", "which look at them, found neither"),
        ("[{metric: sise}]", "size"),
        ("[{metric: value}]", "a metric of its own, found 'value' a second time"),
        ("[{metric: score.sise}]", "score.size"),
        ("[{metric: other.size}]", "a metric of a scorer"),
    ],
)
def test_a_further_objective_must_be_a_metric_that_something_looks_at(folder, objectives, words):
    assert words in refused(folder, objectives=objectives)


def test_the_digest_depends_on_further_objectives_and_on_nothing_of_the_search(folder):
    """Broken by hand: putting the search, or the strategy alone, into the digest fails this."""
    plain = load(folder).digest
    search = "{strategy: 'mine.py:Greedy', islands: 2, stagnation: 9, topology: full}"
    assert load(folder, overrides={"search": search}).digest == plain
    selecting = {"search": "{selection: {kind: pareto}}"}
    assert load(folder, overrides=selecting).digest == plain
    assert load(folder, overrides=selecting | {"objectives": "[{metric: size}]"}).digest != plain


def test_islands_that_begin_anew_are_refused_beside_a_delayed_stage_and_no_kind_of_archive_is(folder):
    stage = {"evaluation.stages[2]": "{id: later, uses: delayed, needs: [score], metric: sales}"}
    load(folder, overrides=stage)
    load(folder, overrides=stage | {"search": "{archive: {kind: cvt}}"})
    load(folder, overrides=stage | {"search": "{archive: {kind: pareto}}", "objectives": "[{metric: size}]"})
    with pytest.raises(ProblemError, match="whose reports know of no renewal"):
        load(folder, overrides=stage | {"search": "{islands: 2, stagnation: 9}"})


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        ("source: learned.13, low: -3, high: 3", "learned.N with N from 0 to 12, for python has 13 features"),
        ("source: learned.first, low: -3, high: 3", "learned.N with N from 0 to 12"),
        ("source: learned.0, low: -3, high: 3", "a component of its own, found 'learned.0' a second time"),
        ("source: learned.1, low: 1, high: 3, scale: log", "linear, for learned values lie on both sides"),
    ],
)
def test_a_learned_axis_that_cannot_be_learned_is_told_at_its_key(folder, axis, words):
    first = "{name: a, source: learned.0, low: -3, high: 3}"
    assert load(folder, overrides={"descriptors": f"[{first}]"}).descriptors[0].source == "learned.0"
    with pytest.raises(ProblemError, match=words):
        load(folder, overrides={"descriptors": f"[{first}, {{name: b, {axis}}}]"})
