"""Every key of the schema has an effect: changing its value changes the problem."""

import json
import re
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import pytest

from evaluators.features import FEATURES as MEASURED
from problems.loader import load
from problems.problem import Problem
from problems.schema import FEATURES, ROLES, STATISTICS, STRATEGIES, json_schema
from problems.stage_schema import STAGE_KINDS

YAML = """\
schema: 1
name: full
statement: Make it large.
program: {language: python, files: [initial.py], entrypoint: solve}
objective: {metric: value, direction: maximize, target: 3.0}
objectives: [{metric: axis, direction: maximize}]
reference: {best_known: 4.0, source: a book, verified: false}
descriptors: [{name: axis, source: static.lines, low: 1.0, high: 9.0, bins: 5, scale: linear}]
evaluation:
  image: default
  stages:
    - {id: lint, uses: static.python, needs: [], when: null, optional: false, visibility: public,
       max_bytes: 1000, forbid: []}
    - {id: run, uses: sandbox.call, needs: [], when: null, optional: false, visibility: public,
       inputs: {}, seconds: 2.0, memory_mib: 64, policy: compute, scratch_mib: 0}
    - {id: score, uses: sandbox.score, needs: [run], when: null, optional: false, visibility: public,
       file: score.py, inputs: {}, seconds: 2.0, memory_mib: 64}
    - {id: mark, uses: model.judge, needs: [score], when: null, optional: false, visibility: public,
       rubric: Is it short?, metric: brevity, judges: 2, models: [m], decides: false}
    - {id: words, uses: static.text, needs: [], when: null, optional: false, visibility: public,
       max_bytes: 1000, forbid: []}
    - {id: build, uses: sandbox.command, needs: [], when: null, optional: false, visibility: public,
       steps: [[python3, initial.py]], inputs: {}, stdin: null, cases: [], output: json, seconds: 2.0,
       memory_mib: 64, scratch_mib: 4, processes: 8}
    - {id: foreign, uses: sandbox.trusted_together, needs: [], when: null, optional: false,
       visibility: public, file: judge.py, function: evaluate, seconds: 2.0, memory_mib: 64, policy: compute,
       scratch_mib: 4}
    - {id: later, uses: delayed, needs: [score], when: null, optional: false, visibility: public,
       metric: sales, proxy: null}
  pools: {slow: 2}
  confirm: true
  repeat: {times: 5, statistic: mean, at_least: 3, confidence: 0.9, precision: 0.5}
search:
  {strategy: map_elites, islands: 3, migration_every: 5, inspirations: 1, plan: true, summarize: true,
   memory: true, rounds: 2,
   archive: {kind: grid}, selection: {kind: tournament, size: 2}, topology: ring, migrants: 1,
   stagnation: 0, renewal: reset, redraws: 1, ensemble: weights, tuner: none, tools: 0,
   profiles: [{selection: {kind: uniform}, operators: {}, models: [], style: a}, {selection: {kind: pareto}}]}
models:
  - {name: m, weight: 1.0, roles: [], base_url: null, api_key_env: null, input_price: null,
     output_price: null, max_tokens: 100, temperature: null, timeout: 10.0, requests_per_minute: null,
     tokens_per_minute: null, concurrency: null}
budget: {evaluations: 5, dollars: 5.0, minutes: 5.0}
"""

OTHER = {
    "name": "other",
    "statement": "Make it small.",
    "program.language": "c",
    "program.files": ["second.py"],
    "program.entrypoint": "other",
    "objective.metric": "size",
    "objective.direction": "minimize",
    "objective.target": 7.5,
    "reference.best_known": 5.0,
    "reference.source": "a paper",
    "reference.verified": True,
    "descriptors.name": "size",
    "descriptors.source": "static.calls",
    "descriptors.low": 2.0,
    "descriptors.high": 8.0,
    "descriptors.bins": 6,
    "descriptors.scale": "log",
    "evaluation.image": "other:latest",
    "evaluation.pools": {"slow": 3},
    "evaluation.confirm": False,
    "evaluation.repeat.times": 4,
    "evaluation.repeat.statistic": "median",
    "evaluation.repeat.at_least": 4,
    "evaluation.repeat.confidence": 0.95,
    "evaluation.repeat.precision": 0.25,
    "search.strategy": "hill_climb",
    "search.islands": 2,
    "search.migration_every": 6,
    "search.inspirations": 3,
    "search.archive.kind": "pareto",
    "search.archive.cells": 10,
    "search.selection.kind": "curiosity",
    "search.selection.size": 4,
    "search.selection.coldest": 0.1,
    "search.selection.hottest": 0.9,
    "search.profiles.selection.kind": "curiosity",
    "search.profiles.selection.size": 5,
    "search.profiles.selection.coldest": 0.1,
    "search.profiles.selection.hottest": 0.9,
    "search.profiles.operators": {"diff": 1.0},
    "search.profiles.models": ["m"],
    "search.profiles.style": "b",
    "search.topology": "star",
    "search.migrants": 2,
    "search.stagnation": 8,
    "search.renewal": "spawn",
    "search.redraws": 0,
    "search.tools": 3,
    "search.ensemble": "bandit",
    "search.tuner": "always",
    "objectives.metric": "size",
    "objectives.direction": "minimize",
    "search.plan": False,
    "search.summarize": False,
    "search.memory": False,
    "search.rounds": 3,
    "models.name": "n",
    "models.weight": 2.0,
    "models.roles": ["plan"],
    "models.base_url": "http://127.0.0.1:1/v1",
    "models.api_key_env": "OTHER_KEY",
    "models.input_price": 1.5,
    "models.output_price": 2.5,
    "models.max_tokens": 200,
    "models.temperature": 0.5,
    "models.timeout": 20.0,
    "models.requests_per_minute": 60,
    "models.tokens_per_minute": 90_000,
    "models.concurrency": 4,
    "budget.evaluations": 6,
    "budget.dollars": 6.0,
    "budget.minutes": 6.0,
}
TOGETHER = {
    "search.archive.kind": {"kind": "cvt"},
    "search.archive.cells": {"kind": "cvt"},
    "search.selection.kind": {"kind": "tournament"},
    **{
        f"search.{place}.{key}": {"kind": kind}
        for place in ("selection", "profiles.selection")
        for key, kind in (("size", "tournament"), ("coldest", "boltzmann"), ("hottest", "boltzmann"))
    },
}
"""What stands around a key so that it may be changed alone."""
OTHER_IN_STAGE = {
    "id": "another",
    "optional": True,
    "visibility": "private",
    "max_bytes": 2000,
    "forbid": ["os"],
    "steps": [["sh", "run.sh"]],
    "stdin": "1 2 3",
    "cases": [{"n": 2}, {"n": 3}],
    "output": "text",
    "processes": 9,
    "function": "assess",
    "proxy": "score.size",
    "inputs": {"n": 1},
    "seconds": 3.0,
    "memory_mib": 128,
    "policy": "processes",
    "scratch_mib": 8,
    "file": "score2.py",
    "pool": "slow",
    "rubric": "Is it clear?",
    "metric": "clarity",
    "judges": 3,
    "models": ["n"],
    "decides": True,
}


def _properties(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The properties of an object schema, through references, optional values and items of lists."""
    if "$ref" in node:
        return _properties(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
    for option in node.get("anyOf", []):
        if found := _properties(schema, option):
            return found
    if "items" in node:
        return _properties(schema, node["items"])
    return node.get("properties", {})


def _keys(schema: dict[str, Any], node: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, inner in _properties(schema, node).items():
        below = _keys(schema, inner, f"{prefix}{name}.")
        found += below or [prefix + name]
    return found


def _stage_keys() -> list[tuple[str, str]]:
    schema = json_schema()
    branches = schema["$defs"]["EvaluationModel"]["properties"]["stages"]["items"]["oneOf"]
    return [
        (properties["uses"]["const"], name)
        for branch in branches
        for properties in [_properties(schema, branch)]
        for name in properties
    ]


def _comparable(problem: Problem) -> str:
    plain = {name: getattr(problem, name) for name in Problem.__dataclass_fields__}
    del plain["digest"]  # it would hide that nothing else changed

    def fallback(value: Any) -> Any:
        if isinstance(value, MappingProxyType):
            return dict(value)
        if hasattr(value, "__dataclass_fields__"):
            return {name: getattr(value, name) for name in value.__dataclass_fields__}
        return str(value)

    return json.dumps(plain, default=fallback, sort_keys=True)


@pytest.fixture
def folder(tmp_path):
    _write(tmp_path)
    return tmp_path


def _write(tmp_path):
    (tmp_path / "problem.yaml").write_text(YAML)
    program = "def solve(n=0):\n    return n\n\n\ndef other(n=0):\n    return n\n"
    for name in ("initial.py", "second.py"):
        (tmp_path / name).write_text(program)
    for name in ("score.py", "score2.py"):
        (tmp_path / name).write_text(
            "def score(output, context):\n    return {'value': 1.0, 'size': 2.0, 'axis': 3.0}\n"
            "def evaluate(path):\n    return {}\n"
        )
    (tmp_path / "judge.py").write_text("def evaluate(path): return {}\ndef assess(path): return {}\n")


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """A problem that has all keys, and what is loaded of it; nobody writes there."""
    where = tmp_path_factory.mktemp("unchanged")
    _write(where)
    problem = load(where)
    return where, _comparable(problem), [stage.uses for stage in problem.stages]


KEYS = _keys(json_schema(), json_schema())


@pytest.mark.parametrize("key", [key for key in KEYS if key not in {"schema", "evaluation.stages"}])
def test_every_key_of_the_schema_changes_the_problem(unchanged, key):
    folder, before, _ = unchanged
    section, _, name = key.partition(".")
    place = f"{section}[0].{name}" if section in {"descriptors", "models", "objectives"} else key
    place = place.replace("search.profiles.", "search.profiles[0].")
    overrides = {place: json.dumps(OTHER[key])}
    plain = {"evaluation.stages[7]": "{id: later, uses: static.text}"} if section == "search" else {}
    if plain:  # beside a delayed stage some of these are refused
        before = _comparable(load(folder, overrides=plain))
    if key in TOGETHER:  # without the kind that looks at it, a key is refused
        around = place.rpartition(".")[0]
        overrides = {around: json.dumps(TOGETHER[key])}
        changed = load(folder, overrides=plain | overrides)
        before = _comparable(changed)
        overrides = {around: json.dumps(TOGETHER[key] | {name.rpartition(".")[2]: OTHER[key]})}
    changed = load(folder, overrides=plain | overrides)
    assert _comparable(changed) != before


# The kind decides which other keys a stage has, and those are tried one by one: `uses` itself once.
@pytest.mark.parametrize(
    ("kind", "key"), [pair for pair in _stage_keys() if pair[1] != "uses" or pair[0] == "static.python"]
)
def test_every_key_of_every_kind_of_stage_changes_the_problem(unchanged, kind, key):
    folder, before, kinds = unchanged
    index = kinds.index(kind)
    place = f"evaluation.stages[{index}].{key}"
    overrides = {place: json.dumps(OTHER_IN_STAGE.get(key))}
    if key == "id":
        following = {"sandbox.call": (2,), "sandbox.score": (3, 7)}
        overrides |= {f"evaluation.stages[{place}].needs": '["another"]' for place in following.get(kind, ())}
    elif key == "needs":
        overrides = {place: '["run", "lint"]' if kind == "sandbox.score" else '["extra"]'}
        overrides["evaluation.stages[8]"] = "{id: extra, uses: static.python}"
    elif key == "when":
        overrides = {place: '"1 < 2"'}
    elif key == "uses":
        overrides = {"evaluation.stages[0]": "{id: lint, uses: model.judge, rubric: Is it short?}"}
    assert _comparable(load(folder, overrides=overrides)) != before


def test_every_key_is_described():
    schema = json_schema()
    for name, definition in [("problem", schema), *schema["$defs"].items()]:
        for key, value in definition.get("properties", {}).items():
            target = schema["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
            assert value.get("description") or target.get("description"), f"{name}.{key}"


def test_the_schema_names_its_draft_and_refuses_unknown_keys_everywhere():
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    json.dumps(schema)
    objects = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]
    assert all(part["additionalProperties"] is False for part in objects)
    assert "schema" in schema["properties"]


def test_the_lists_of_names_are_those_of_the_schema():
    properties = {name: part.get("properties", {}) for name, part in json_schema()["$defs"].items()}
    pattern = re.compile(properties["SearchModel"]["strategy"]["pattern"])
    assert all(pattern.search(name) for name in (*STRATEGIES, "mine.py", "sub/mine.py:Greedy"))
    assert not any(
        pattern.search(name) for name in ("map_elite", "mine.txt", "mine.py:", "mine.py:not a name")
    )
    assert tuple(properties["RepeatModel"]["statistic"]["enum"]) == STATISTICS
    assert tuple(properties["ModelModel"]["roles"]["items"]["enum"]) == ROLES
    assert tuple(dict.fromkeys(kind for kind, _ in _stage_keys())) == STAGE_KINDS


def test_the_features_are_those_that_are_measured():
    assert FEATURES == MEASURED


def test_defaults_of_the_schema_are_those_of_the_domain(folder):
    full = load(folder)
    bare = load(
        folder,
        overrides={"search": "{}", "objectives": "[]", "budget": "{}", "models": "[{name: m}]"}
        | {"evaluation.repeat": "{}"},
    )
    assert asdict(bare.search) == asdict(type(full.search)())
    assert asdict(bare.budget) == asdict(type(full.budget)())
    assert asdict(bare.repeat) == asdict(type(full.repeat)())
    assert asdict(bare.models[0]) == asdict(type(full.models[0])(name="m"))
