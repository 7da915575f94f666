from __future__ import annotations

import json
from pathlib import Path

from tests.flows.cli.terminal import cambrian, reading, write_problem


def test_a_template_is_copied_changed_and_used_and_a_mistake_in_it_is_found_first(tmp_path: Path) -> None:
    problem = write_problem(tmp_path / "problem")
    listed = cambrian("prompts", problem, "--json").json
    assert not any(template["own"] for template in listed)
    assert {"plan.md", "summarize.md", "system.md"} <= {template["name"] for template in listed}

    assert "takes the place" in cambrian("prompts", problem, "--own", "plan.md").out
    own = problem / "prompts" / "plan.md"
    assert own.read_text() == cambrian("prompts", problem, "--show", "plan.md").out
    own.write_text(own.read_text() + "\nThink of {{ problem.name }} twice.\n")
    assert "left as it is" in cambrian("prompts", problem, "--own", "plan.md").out

    db = tmp_path / "a.db"
    run = ("run", problem, "--evaluations", "3", "--workers", "1", "--seed", "1", "--no-prefect")
    assert cambrian(*run, "--sandbox", "process", "--db", db).code == 0
    with reading(db) as reader:
        calls = reader.calls(reader.summary("last").run.id)
    plans = [json.loads(call.prompt)[1][1] for call in calls if call.purpose == "plan"]
    assert plans
    assert all(text.rstrip().endswith("Think of one_number twice.") for text in plans)

    own.write_text("{{ problm.name }}")
    for command in (("check", problem), run):
        done = cambrian(*command)
        assert done.code == 2
        assert "'problm' (did you mean 'problem'?)" in done.err


def test_a_template_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    done = cambrian("prompts", write_problem(tmp_path / "problem"), "--show", "nothing.md")
    assert done.code == 2
    assert "plan.md" in done.err
