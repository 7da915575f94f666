"""The examples of docs/stages.md are right, and leave nothing out."""

import re
from pathlib import Path

import pytest

from problems.kinds import STAGE_KINDS
from problems.loader import load
from problems.schema import json_schema

PAGE = (Path(__file__).parents[2] / "docs" / "stages.md").read_text()
EXAMPLES = {
    re.search(r"^name: (\w+)$", text, re.MULTILINE)[1]: text
    for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
}
FILES = {
    "initial.py": "def solve(n=1):\n    return [0.5] * n\n",
    "main.py": "from lib.part import solve\n",
    "lib/__init__.py": "",
    "lib/part.py": "# EVOLVE-BLOCK-START\ndef solve():\n    return [1]\n# EVOLVE-BLOCK-END\n",
    "lib/words.txt": "a\n",
    "slogan.txt": "Programs that improve themselves.\n",
    "main.cpp": "int main() { return 0; }\n",
    "score.py": "def score(output, context):\n    return {'total': 1.0, 'spread': 0.5}\n",
    "heldout.py": "def score(output, context):\n    return {'total': 1.0}\n",
    "evaluator.py": "def evaluate(path):\n    return {'combined_score': 1.0}\n",
}


def read(name, folder):
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "problem.yaml").write_text(EXAMPLES[name])
    return load(folder)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_loads_as_it_stands(name, tmp_path):
    assert read(name, tmp_path).name == name


def test_every_kind_of_stage_has_an_example(tmp_path):
    shown = {stage.uses for name in EXAMPLES for stage in read(name, tmp_path).stages}
    assert shown == set(STAGE_KINDS)


def test_every_key_of_stages_and_evaluation_is_in_an_example():
    schema = json_schema()["$defs"]
    evaluation = [
        name for name in schema if name.endswith("Stage") or name in ("EvaluationModel", "RepeatModel")
    ]
    assert len(evaluation) == len(STAGE_KINDS) + 2
    text = "".join(EXAMPLES.values())
    keys = {key for name in evaluation for key in schema[name]["properties"]}
    elsewhere = {"image", "stdin"}  # explained in words
    assert {key for key in keys - elsewhere if not re.search(rf"\b{key}:", text)} == set()
    assert all(f"`{key}" in PAGE or f"evaluation.{key}" in PAGE for key in elsewhere)


def test_the_picture_of_the_graph_names_its_kinds():
    (picture,) = re.findall(r"^```mermaid\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert {kind for kind in STAGE_KINDS if kind in picture} >= {"sandbox.call", "sandbox.score", "delayed"}
