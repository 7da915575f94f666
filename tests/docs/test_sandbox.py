"""What docs/sandbox.md shows is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
import yaml

from flows.cli import app
from flows.protection import _PROMISES
from flows.settings import Settings
from problems.loader import load

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
SHELL = "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"\bcambrian ((?:[a-z]|--)[^\n`#]*)", SHELL + "".join(re.findall(r"`[^`\n]+`", PAGE)))


@pytest.mark.parametrize("command", sorted({command.strip() for command in COMMANDS}))
def test_every_command_is_one_of_the_command_lines(command: str) -> None:
    verb, *rest = command.split()
    verbs = typer.main.get_group(app).commands
    assert verb in verbs
    known = {option for parameter in verbs[verb].params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


def test_the_keys_of_stages_are_right(tmp_path: Path) -> None:
    (snippet,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    evaluation = yaml.safe_load(snippet)["evaluation"]
    evaluation["stages"].append(
        {"id": "score", "uses": "sandbox.score", "needs": ["run"], "file": "score.py"}
    )
    (tmp_path / "initial.py").write_text("def solve():\n    return 1\n")
    (tmp_path / "score.py").write_text("def score(output, context):\n    return {'n': 1.0}\n")
    (tmp_path / "problem.yaml").write_text(
        yaml.safe_dump(
            {
                "schema": 1,
                "name": "page",
                "statement": "Return one.",
                "program": {"language": "python", "files": ["initial.py"], "entrypoint": "solve"},
                "objective": {"metric": "n"},
                "evaluation": evaluation,
            }
        )
    )
    assert load(tmp_path).stages[0].options["policy"] == "compute"


def test_every_variable_is_a_setting() -> None:
    named = set(re.findall(r"\bCAMBRIAN_[A-Z_]+", PAGE))
    assert named <= {str(field.validation_alias) for field in Settings.model_fields.values()}


def test_the_page_promises_no_more_than_the_doctor() -> None:
    listed = PAGE.partition("whole cannot\n")[2].partition("\nThe self-test")[0].count("\n- ")
    # "reaches only the part of the kernel that computing needs" stands with what is left.
    assert listed == len(_PROMISES) - 1
