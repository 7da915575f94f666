from __future__ import annotations

import ast
import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.attempt import Plan
from archive.ledger import CallStatus
from archive.program import Program
from mutators.blocks import change_outside
from mutators.embedded.operators.catalogue import named
from mutators.embedded.respond import SELF_DESCRIPTION, respond
from mutators.executor import ModelExecutor, Operators
from mutators.model import Model, Reply, Request
from mutators.planner import ModelPlanner
from mutators.summarizer import ModelSummarizer
from tests.mutators.fakes import PROGRAM, attempt, context, shown, valid

PROMPT = f"# Task: {{task}}\n\n## Current program\n```python\n{PROGRAM}```\n"
ASK = (("system", "You help."), ("user", PROMPT.format(task="execute")))


class Editor(Model):
    """The embedded model without the protocol."""

    async def complete(self, request: Request) -> Reply:
        messages = [(message.role, message.content) for message in request.messages]
        return Reply(text=respond(messages, request.seed), model="embedded", status=CallStatus.OK)

    async def close(self) -> None:
        """Nothing to let go of."""


def test_the_same_request_has_the_same_answer_and_another_seed_another_one():
    assert respond(ASK, 1) == respond(ASK, 1)
    assert len({respond(ASK, seed) for seed in range(20)}) > 15
    assert len({respond(ASK, 1, choice) for choice in range(5)}) > 2


def test_answers_do_not_depend_on_the_process_or_on_what_was_asked_before():
    code = (
        "import json, sys; from mutators.embedded.respond import respond\n"
        "print(json.dumps([respond(json.loads(sys.argv[1]), seed) for seed in range(30)]))"
    )
    run = [sys.executable, "-c", code, json.dumps(ASK)]
    texts = [
        subprocess.run(run, check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]

    assert json.loads(texts[0]) == json.loads(texts[1]) == [respond(ASK, seed) for seed in range(30)]


async def test_a_plan_made_from_the_real_prompt_is_carried_out_by_its_name():
    peers = (shown(PROGRAM.replace("0.5", "0.75")), shown(PROGRAM.replace("0.5", "0.625")))
    served = 0
    for seed in range(40):
        base = context(inspirations=peers, seed=seed)
        plan = await ModelPlanner(Editor()).plan(base)
        step = named(plan.idea)
        assert step is not None
        assert plan.expects
        turn = context(inspirations=peers, seed=seed, attempt=attempt(plan=plan))
        proposal = await ModelExecutor(Editor()).propose(turn)

        made = proposal.candidate.program
        assert proposal.note == ""
        assert ast.parse(made.text)
        assert made.text != PROGRAM
        assert change_outside({"initial.py": PROGRAM}, made.sources) == ""
        said = respond([("user", f"{PROMPT.format(task='execute')}\n## Plan\n{plan.idea}")], seed)
        served += named(said) is not None and named(said).operator is step.operator
    assert served > 20


async def test_inspirations_reach_the_execution_of_a_plan_that_takes_from_them():
    peers = (shown(PROGRAM.replace("0.5", "0.75")),)
    idea = "take constants: copy 1 of 1 differing constants or their rows from an inspiration"
    turn = context(inspirations=peers, attempt=attempt(plan=Plan(idea=idea)))

    proposal = await ModelExecutor(Editor(), operators=Operators(diff=1, rewrite=0, crossover=0)).propose(
        turn
    )

    assert "step = 0.75" in proposal.candidate.program.text


def test_plans_that_take_from_inspirations_have_no_steps_so_that_these_are_shown_again():
    prompt = (
        f"{PROMPT.format(task='plan')}\n## Inspiration 1\n```python\n{PROGRAM.replace('0.5', '0.75')}```\n"
    )
    plans = [json.loads(respond([("user", prompt)], seed)) for seed in range(80)]

    borrowed = [plan for plan in plans if named(plan["idea"]).operator.borrows]

    assert 0 < len(borrowed) < len(plans)
    assert all((plan["steps"] == []) == named(plan["idea"]).operator.borrows for plan in plans)


async def test_a_lesson_from_the_real_prompt_names_the_step_and_the_values():
    idea = "jitter constants: move 1 of 2 constants by about 5% of their spread"
    turn = context(attempt=attempt(plan=Plan(idea=idea)))
    candidate = (await ModelExecutor(Editor()).propose(turn)).candidate
    judged = replace(candidate, evaluation=valid(candidate.program, 2.75))

    lesson = await ModelSummarizer(Editor()).summarize(turn, judged)

    assert lesson.kind.value == "insight"
    assert "Jitter constants" in lesson.text
    assert "improved sum_radii from 2.5 to 2.75" in lesson.text


@pytest.mark.parametrize("diff", [True, False])
async def test_of_several_files_only_one_with_a_region_is_changed(diff):
    fixed = "SCALE = 3.5\n"
    made = Program.of("python", {"fixed.py": fixed, "initial.py": PROGRAM})
    operators = Operators(diff=float(diff), rewrite=float(not diff), crossover=0)
    for seed in range(10):
        plan = await ModelPlanner(Editor()).plan(context(made, seed=seed))
        assert "(in initial.py)" in plan.idea

        turn = context(made, seed=seed, attempt=attempt(plan=plan))
        proposal = await ModelExecutor(Editor(), operators=operators).propose(turn)

        assert proposal.note == ""
        assert proposal.candidate.program.sources["fixed.py"] == fixed
        assert proposal.candidate.program.sources["initial.py"] != PROGRAM


@pytest.mark.parametrize("task", ["plan", "execute"])
@pytest.mark.parametrize("program", ["", "```python\ndef broken(:\n```", "no fence"])
def test_without_a_program_it_says_so_plainly(task, program):
    answer = respond([("user", f"# Task: {task}\n## Current program\n{program}")])

    assert answer.startswith(SELF_DESCRIPTION)
    assert "not a language model" in answer


def test_asked_for_anything_else_it_says_what_it_is():
    assert respond([("user", "Write a poem.")]).startswith(SELF_DESCRIPTION)


def test_a_program_with_nothing_to_change_gets_an_honest_answer():
    prompt = PROMPT.replace(PROGRAM, "import os\n")

    assert json.loads(respond([("user", prompt.format(task="plan"))]))["idea"].startswith("Nothing")
    assert "nothing in this program" in respond([("user", prompt.format(task="execute"))])


@given(st.lists(st.tuples(st.sampled_from(["user", "system", "assistant", ""]), st.text()), max_size=4))
def test_any_conversation_has_an_answer(messages):
    assert respond(messages)


PIECES = ["# Task: plan\n", "# Task: execute\n", "# Task: summarize\n", "## Current program\n", "```python\n"]
PIECES += [
    "```\n",
    "x = [1, 2.5]\n",
    "## Plan\n",
    "swap rows: 9 of 3, about 0%\n",
    "<<<<<<< SEARCH\n",
    "\r\n",
]
PIECES += ["## Inspiration 1\n", "# EVOLVE-BLOCK-START\n", "# EVOLVE-BLOCK-END\n", "Before: verdict valid\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.integers(0, 9))
def test_any_arrangement_of_the_parts_of_a_prompt_has_an_answer(parts, seed):
    assert respond([("user", "".join(parts))], seed)


@pytest.mark.parametrize(
    "program",
    [
        "x = " + "+".join(["y"] * 5000),
        "x = y" + ".a" * 800 + " + 1",
        "x = y\n" * 1500 + "z = 1 + y",
        "-" * 800 + "1",
    ],
    ids=["long sum", "deep attribute", "equal lines", "signs"],
)
def test_deep_and_repetitive_programs_are_answered_soon(program):
    prompt = f"# Task: execute\n## Current program\n```python\n{program}\n```\n<<<<<<< SEARCH\n"
    began = time.process_time()

    answers = [respond([("user", prompt)], seed) for seed in range(5)]

    assert all(answers)
    assert time.process_time() - began < 10
