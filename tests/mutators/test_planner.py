from __future__ import annotations

import json
from dataclasses import replace

import pytest

from archive.approach import Trials
from archive.attempt import Plan
from archive.experience import Lesson, LessonKind
from archive.ledger import CallStatus, Purpose
from archive.store import Child
from mutators.model import ModelUnreachable, Reply
from mutators.planner import DirectPlanner, ModelPlanner, read_plan
from problems.problem import Direction, Objective
from problems.search import IslandProfile, Search
from tests.mutators.fakes import (
    NOW,
    PROGRAM,
    Scripted,
    attempt,
    context,
    failed,
    problem,
    program,
    shown,
    valid,
)

PLAN = {"idea": "Smaller step", "steps": ["halve it", "test"], "expects": "more", "rejected": ["bigger"]}
LESSONS = [
    Lesson(run="r1", attempt=n, kind=LessonKind.INSIGHT, text=f"lesson {n}", at=NOW, id=n) for n in (3, 0, 5)
]


async def test_a_plan_is_read_and_remembers_the_lessons_that_were_shown() -> None:
    model = Scripted("Here you are:\n" + json.dumps(PLAN))
    plan = await ModelPlanner(model).plan(context(lessons=LESSONS))
    assert plan == Plan(
        idea="Smaller step", steps=("halve it", "test"), expects="more", rejected=("bigger",), lessons=(3, 5)
    )


async def test_the_call_is_named_and_seeded_by_its_attempt() -> None:
    model = Scripted(json.dumps(PLAN))
    for seed in (1, 1, 2):
        await ModelPlanner(model).plan(context(seed=seed))
    one, same, other = model.requests
    assert (one.purpose, one.attempt, one.ordinal) == (Purpose.PLAN, 7, 0)
    assert one.seed == same.seed != other.seed
    assert one.schema is not None


async def test_the_prompt_shows_what_the_turn_knows_in_the_agreed_form() -> None:
    step = Child(
        program="p", operator="diff", idea="Try cosine", verdict="valid", fitness=2.6, parent_fitness=2.5
    )
    model = Scripted("{}")
    await ModelPlanner(model).plan(
        context(
            inspirations=[shown("def pack(n):\n    return 1\n", 2.25)],
            ancestors=[step],
            children=[step],
            failures=[failed(program(), note="ZeroDivisionError")],
            lessons=LESSONS,
            hints=["Think of hexagons."],
            best=2.75,
        )
    )
    lines = model.prompt.split("\n")
    assert lines[0] == "# Task: plan"
    assert "Objective: maximize sum_radii" in lines
    assert f"## Program 1\n```python\n{PROGRAM}```\nEvaluation: verdict valid" in model.prompt
    assert "## Program 2\n```python\ndef pack" in model.prompt
    assert "## Current program\nProgram 1 of the notebook.\n" in model.prompt
    assert "## Inspirations\n- Program 2 (fitness 2.25)\n" in model.prompt
    assert "## Recent failures\n- failed in stage run: ZeroDivisionError" in model.prompt
    assert "## Lessons\n- Lesson 1, insight: lesson 3\n- Lesson 2, insight: lesson 5\n" in model.prompt
    assert "## Lessons that bear on it\nLesson 1; Lesson 2\n" in model.prompt
    assert model.prompt.count("- diff, 2.6 (+0.1, better): Try cosine") == 2
    assert "Think of hexagons." in model.prompt
    assert "Best of the run so far: 2.75" in lines


async def test_nothing_private_and_no_target_reaches_the_prompt() -> None:
    model = Scripted("{}")
    failure = failed(program(), note="hidden 77.125", private=True)
    await ModelPlanner(model).plan(context(failures=[failure], inspirations=[shown(PROGRAM)]))
    text = model.system + model.prompt
    for secret in ("77.125", "secret_score", "heldout", "987.654"):
        assert secret not in text


async def test_the_system_message_is_the_same_for_every_call_and_holds_the_statement() -> None:
    model = Scripted("{}")
    for number in (1, 2):
        await ModelPlanner(model).plan(
            context(attempt=attempt(number=number), seed=number, best=float(number))
        )
    first, second = model.requests
    assert first.messages[0] == second.messages[0]
    assert problem().statement in model.system
    assert "<<<<<<< SEARCH" not in model.system + model.prompt


async def test_a_program_larger_than_the_budget_is_clipped() -> None:
    model = Scripted("{}")
    long = PROGRAM + "# filler\n" * 50_000
    await ModelPlanner(model, tokens=2000).plan(context(program(long), inspirations=[shown(long)] * 3))
    assert len(model.prompt) < 2000 * 4 + 1500
    assert "characters left out" in model.prompt


@pytest.mark.parametrize("status", [CallStatus.EMPTY, CallStatus.REFUSED, CallStatus.TIMED_OUT])
async def test_an_answer_that_did_not_come_leaves_a_general_plan(status: CallStatus) -> None:
    model = Scripted(Reply(text="", model="m", status=status, error="no"))
    assert (await ModelPlanner(model).plan(context())).idea == "Improve the program."


async def test_an_endpoint_out_of_reach_is_not_hidden() -> None:
    with pytest.raises(ModelUnreachable):
        await ModelPlanner(Scripted(ModelUnreachable("gone"))).plan(context())


@pytest.mark.parametrize(
    ("answer", "idea", "steps"),
    [
        ("Jitter the constants.", "Jitter the constants.", ()),
        ("## Plan\n1. jitter", "Plan", ()),
        ("", "Improve the program.", ()),
        ("```python\nX = [1]\n```", "Improve the program.", ()),
        ('{"idea": ["a", "b"], "steps": "one"}', "a; b", ("one",)),
        ('{"idea": null, "steps": {"a": 1}}\nUse cosine.', "Use cosine.", ()),
        ('{"idea": {"deep": 1}, "steps": [1, null, ["x"]]}', "{'deep': 1}", ("1", "x")),
        ('<think>{"idea": "draft"}</think>{"idea": "final"}', "final", ()),
    ],
)
def test_an_answer_of_any_shape_becomes_a_plan(answer: str, idea: str, steps: tuple[str, ...]) -> None:
    plan = read_plan(answer)
    assert (plan.idea, plan.steps) == (idea, steps)


def test_a_plan_of_enormous_words_is_clipped() -> None:
    plan = read_plan(json.dumps({"idea": "x" * 10**6, "steps": ["y" * 10**5] * 1000}))
    assert len(plan.idea) <= 600
    assert len(plan.steps) <= 12


async def test_without_a_planner_no_call_is_made() -> None:
    plan = await DirectPlanner().plan(context(lessons=LESSONS))
    assert plan == Plan(idea="Improve the program.", lessons=(3, 5))


@pytest.mark.parametrize("metric", ["heldout.secret_score", "secret_score"])
async def test_the_figures_of_a_private_objective_reach_no_prompt(metric: str) -> None:
    hidden = problem(objective=Objective(metric=metric, direction=Direction.MAXIMIZE))
    scored = replace(shown(PROGRAM), evaluation=replace(valid(program(), 3.0, width=3.5), fitness=77.125))
    model = Scripted("{}")
    step = Child(
        program="c" * 64, operator="diff", idea="Try it", verdict="valid", fitness=77.125, parent_fitness=71.0
    )
    asked = context(problem=hidden, best=77.125, inspirations=[scored], children=[step], ancestors=[step])
    await ModelPlanner(model).plan(replace(asked, parent=scored))
    text = model.system + model.prompt
    assert "77.125" not in text
    assert "6.125" not in text
    assert "diff, better: Try it" in text
    assert "width = 3.5" in text
    assert "- Program 1\n" in text


async def test_the_profile_of_the_island_gives_models_and_a_line_of_style() -> None:
    # Broken by hand: taking the profile of island 0 for all fails this.
    profile = IslandProfile(models=("strong",), style="Think of geometry.")
    search = Search(islands=2, profiles=(IslandProfile(), profile))
    for island, models in ((0, ()), (1, ("strong",))):
        model = Scripted("{}")
        asked = context(problem=problem(search=search), attempt=attempt(island=island))
        await ModelPlanner(model).plan(asked)
        assert model.requests[-1].models == models
        assert ("## Style\nThink of geometry.\n" in model.prompt) == bool(models)


WEIGHED = {
    "outlines": [
        {"idea": "Use hexagons", "expects": "+0.1", "risk": "overlap"},
        {"idea": "Smaller step", "expects": "+0.01", "risk": "slow"},
        "Restart",
    ],
    "choice": 2,
    "approach": "Tune constants",
    "reason": "restarts cost too much time",
    "idea": "Halve the step",
    "steps": ["halve it"],
    "expects": "2.51",
}


async def test_a_plan_keeps_the_outlines_it_was_chosen_from() -> None:
    plan = await ModelPlanner(Scripted(json.dumps(WEIGHED))).plan(context())
    assert [one.idea for one in plan.outlines] == ["Use hexagons", "Smaller step", "Restart"]
    assert (plan.outlines[0].expects, plan.outlines[0].risk) == ("+0.1", "overlap")
    assert (plan.choice, plan.rejected) == (1, ("Use hexagons", "Restart"))
    assert (plan.idea, plan.expects) == ("Halve the step", "2.51")
    assert (plan.approach, plan.reason) == ("tune constants", "restarts cost too much time")


@pytest.mark.parametrize(
    ("changes", "idea", "choice"),
    [
        ({"idea": "", "expects": ""}, "Smaller step", 1),
        ({"idea": "", "choice": "outline 1"}, "Use hexagons", 0),
        ({"choice": 9}, "Halve the step", None),
        ({"choice": None}, "Halve the step", None),
        ({"choice": True}, "Halve the step", None),
        ({"outlines": "none"}, "Halve the step", None),
    ],
)
def test_a_choice_is_read_where_it_can_be(changes: dict[str, object], idea: str, choice: int | None) -> None:
    plan = read_plan(json.dumps(WEIGHED | changes))
    assert (plan.idea, plan.choice) == (idea, choice)


async def test_one_approach_is_suggested_and_all_are_shown_before_what_changes() -> None:
    model = Scripted("{}")
    await ModelPlanner(model).plan(context(approaches={"simplify": Trials(plans=60, improved=50)}))
    assert "\nSuggested approach: simplify\n" in model.prompt
    assert model.prompt.index("- change the algorithm: ") < model.prompt.index("# Notebook")
