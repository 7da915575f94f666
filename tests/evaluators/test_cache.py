from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.evaluation import StageResult, StageState, Verdict
from archive.program import Program
from evaluators.cache import MAX_VALUE_BYTES, is_lasting, key_of, pack, unpack
from evaluators.compose import KINDS, Parts
from evaluators.provenance import recipe_of
from evaluators.stage import Product, StageInput
from problems.problem import StageSpec, Visibility
from tests.evaluators.fakes import JUDGED, LINT, RUN, InProcess, problem, program

KEY = "ab" * 32
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text.filter(lambda t: t != "__npy__"), inner),
    max_leaves=8,
)
results = st.builds(
    StageResult,
    stage=st.just("run"),
    state=st.sampled_from([StageState.PASSED, StageState.FAILED]),
    verdict=st.none() | st.sampled_from(Verdict),
    metrics=st.dictionaries(text.filter(lambda t: t != "__npy__"), finite, max_size=4),
    artifacts=st.dictionaries(text.filter(lambda t: t != "__npy__"), text, max_size=4),
    note=text,
    seconds=st.floats(0, 1e6),
)


@given(results, values)
def test_what_is_unpacked_is_what_was_packed(result, value):
    packed = pack(KEY, Product(result=result, value=value))
    found = unpack(KEY, packed)
    assert found.value == value
    assert repr(found.value) == repr(value)
    kept = ("state", "verdict", "metrics", "artifacts", "note", "seconds")
    assert all(getattr(found.result, name) == getattr(result, name) for name in kept)
    assert (found.result.stage, found.result.cached, found.result.private) == ("", True, False)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i2", "?", "u1"])
def test_an_array_comes_back_as_it_was(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    found = unpack(KEY, pack(KEY, Product(result=_passed(), value=array)))
    assert found.value.dtype == array.dtype
    assert np.array_equal(found.value, array)


@given(st.data())
def test_damaged_bytes_are_nothing(data):
    packed = pack(KEY, Product(result=_passed(), value=[1, 2.5, "x"]))
    place = data.draw(st.integers(0, len(packed) - 1))
    flip = data.draw(st.integers(1, 255))
    damaged = packed[:place] + bytes([packed[place] ^ flip]) + packed[place + 1 :]
    assert unpack(KEY, damaged) is None
    assert unpack(KEY, packed[:place]) is None
    assert unpack("cd" * 32, packed) is None


@given(st.binary(max_size=200))
def test_foreign_bytes_are_nothing(raw):
    assert unpack(KEY, raw) is None


@pytest.mark.parametrize(
    "value", [np.zeros(MAX_VALUE_BYTES), "x" * MAX_VALUE_BYTES, float("nan"), {1: 2}, object()]
)
def test_a_value_that_is_large_or_has_no_encoding_is_not_packed(value):
    assert pack(KEY, Product(result=_passed(), value=value)) is None


def test_only_what_would_be_found_again_lasts():
    lasting = {
        verdict
        for verdict in Verdict
        if is_lasting(StageResult(stage="run", state=StageState.FAILED, verdict=verdict))
    }
    assert lasting - {Verdict.VALID} == {Verdict.REFUSED, Verdict.FAILED, Verdict.INVALID}
    assert is_lasting(_passed())
    assert not is_lasting(StageResult(stage="run", state=StageState.SKIPPED))


def _passed():
    return StageResult(stage="run", state=StageState.PASSED, metrics={"total": 1.0})


class Named(InProcess):
    def __init__(self, name):
        super().__init__()
        self.name = name

    @property
    def identity(self):
        return self.name


BASE = {
    "language": "python",
    "path": "initial.py",
    "text": "def solve(n): return n",
    "home": "initial.py",
    "entrypoint": "solve",
    "inputs": {"n": 4, "m": 1},
    "seconds": 2.0,
    "seed": 1,
    "identity": "image a",
    "scorer_inputs": {},
    "trusted": "import helper\ndef score(o, c): return {'total': 1}",
    "helper": "A = 1",
    "value": [1, 2],
}
CHANGES = {
    "language": ["python3"],
    "path": ["other.py"],
    "text": ["def solve(n): return n ", ""],
    "home": ["second.py"],
    "entrypoint": ["other"],
    "inputs": [
        {"n": 5, "m": 1},
        {"m": 1, "n": 4},
        {"n": 4.0, "m": 1},
        {"n": True, "m": 1},
        {"n": "4", "m": 1},
    ],
    "seconds": [3.0],
    "seed": [2],
    "identity": ["image b"],
    "scorer_inputs": [{"k": 4}],
    "trusted": ["import helper\ndef score(o, c): return {'total': 2}"],
    "helper": ["A = 2"],
    "value": [
        *([2, 1], [1, 2.0], [1, True], {"1": 2}, None),
        *(np.array([1, 2]), np.array([1.0, 2.0]), np.array([[1, 2]])),
    ],
}
_TEXT = {"language", "path", "text"}
_RUN = _TEXT | {"seconds", "seed", "identity"}
BEARS_ON = {
    "static.python": _TEXT,
    "static.text": _TEXT,
    "sandbox.call": _RUN | {"entrypoint", "home", "inputs"},
    "sandbox.command": _RUN | {"inputs"},
    "sandbox.trusted_together": _RUN | {"home", "trusted", "helper"},
    "sandbox.score": (BASE.keys() - _TEXT) - {"home"},
}


def _spec(kind, facts):
    walls = {"seconds": facts["seconds"]}
    options = {
        "sandbox.call": walls | {"inputs": facts["inputs"]},
        "sandbox.command": walls | {"inputs": facts["inputs"], "steps": [["sh", "run.sh"]]},
        "sandbox.trusted_together": walls | {"file": "score.py", "function": "score"},
        "sandbox.score": walls | {"file": "score.py", "inputs": facts["scorer_inputs"]},
    }
    needs = ("run",) if kind == "sandbox.score" else ()
    return StageSpec(id="run", uses=kind, needs=needs, options=options.get(kind, {}))


def _key(kind, facts):
    call = _spec("sandbox.call", facts)
    asked = problem(
        stages=(LINT, call, JUDGED),
        score=facts["trusted"],
        trusted={"helper.py": facts["helper"]},
        entrypoint=facts["entrypoint"],
        initial={facts["home"]: "def solve(n): pass\ndef other(n): pass"},
    )
    sandboxes = Named(facts["identity"]), Named(facts["identity"])
    stage = KINDS[kind](
        _spec(kind, facts), Parts(problem=asked, candidates=sandboxes[0], scorers=sandboxes[1])
    )
    ran = Product(result=StageResult(stage="run", state=StageState.PASSED), value=facts["value"])
    sources = {facts["path"]: facts["text"], "second.py": "def solve(n): return 2"}
    work = StageInput(
        program=Program.of(facts["language"], sources), products={"run": ran}, seed=facts["seed"]
    )
    return key_of(recipe_of(stage), stage.material(work))


@pytest.mark.parametrize("kind", BEARS_ON)
@given(data=st.data())
def test_works_that_differ_in_anything_that_decides_have_different_keys(kind, data):
    """And works that do not, the same."""
    facts = [dict(BASE), dict(BASE)]
    for chosen in facts:
        for name in data.draw(st.sets(st.sampled_from(sorted(CHANGES)))):
            chosen[name] = data.draw(st.sampled_from(CHANGES[name]))
    differ = any(repr(facts[0][name]) != repr(facts[1][name]) for name in BEARS_ON[kind])
    assert (_key(kind, facts[0]) != _key(kind, facts[1])) is differ


def test_each_single_difference_changes_the_key():
    for kind, names in BEARS_ON.items():
        for name in names:
            keys = [_key(kind, BASE), *(_key(kind, BASE | {name: other}) for other in CHANGES[name])]
            assert len(set(keys)) == len(keys), (kind, name)


def test_a_key_does_not_depend_on_what_a_stage_is_called_or_who_may_see_it():
    parts = Parts(problem=problem(), candidates=InProcess(), scorers=InProcess())
    specs = (
        RUN,
        replace(RUN, id="other", pool="slow", needs=(), visibility=Visibility.PRIVATE, optional=True),
    )
    work = StageInput(program=program(), seed=3)
    stages = [KINDS["sandbox.call"](spec, parts) for spec in specs]
    assert len({key_of(recipe_of(stage), stage.material(work)) for stage in stages}) == 1


def test_the_version_of_a_stage_is_part_of_its_key():
    class Newer:
        version = 2
        spec = RUN

    class Older(Newer):
        version = 1

    assert key_of(recipe_of(Newer()), b"") != key_of(recipe_of(Older()), b"")


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - BEARS_ON.keys()))
def test_opinions_and_reports_are_never_kept(kind):
    spec = StageSpec(id="quality", uses=kind, options={"rubric": "?", "metric": "a"})
    stage = KINDS[kind](spec, Parts(problem=problem(), candidates=InProcess(), scorers=InProcess()))
    assert stage.material(StageInput(program=program())) is None
