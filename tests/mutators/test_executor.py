from __future__ import annotations

from collections import Counter

import pytest

from archive.attempt import Candidate, Plan
from archive.evaluation import Evaluation, Verdict
from archive.ledger import CallStatus, Purpose
from mutators.blocks import change_outside
from mutators.executor import ModelExecutor, Operators
from mutators.model import ModelUnreachable, Reply
from mutators.mutator import Context, Tried
from problems.search import IslandProfile, Search
from tests.mutators.fakes import PROGRAM, Scripted, attempt, context, problem, program, shown

DIFF = "Jitter.\n\n<<<<<<< SEARCH\n    step = 0.5\n=======\n    step = 0.25\n>>>>>>> REPLACE\n"
NEW = PROGRAM.replace("0.5", "0.25")
REWRITE = f"```python\n{NEW}```"
STALE = DIFF.replace("step = 0.5", "stride = 0.5")
ONLY_DIFF = Operators(diff=1, rewrite=0, crossover=0)
ONLY_REWRITE = Operators(diff=0, rewrite=1, crossover=0)
ONLY_CROSSOVER = Operators(diff=0, rewrite=0, crossover=1)
PEER = shown("def pack(n):\n    return 1\n", 2.25)


@pytest.mark.parametrize(
    ("operators", "answer", "operator"),
    [
        (ONLY_DIFF, DIFF, "diff"),
        (ONLY_REWRITE, REWRITE, "rewrite"),
        (ONLY_CROSSOVER, REWRITE, "crossover"),
        # What came back counts, not what was asked for.
        (ONLY_DIFF, REWRITE, "rewrite"),
        (ONLY_REWRITE, DIFF, "diff"),
    ],
)
async def test_an_answer_becomes_a_candidate(operators: Operators, answer: str, operator: str) -> None:
    model = Scripted(answer)
    proposal = await ModelExecutor(model, operators=operators).propose(context(inspirations=[PEER]))
    assert proposal.candidate == Candidate(operator=operator, program=program(NEW), model="scripted")
    assert len(model.requests) == 1


async def test_the_prompt_of_a_diff_is_in_the_agreed_form() -> None:
    model = Scripted(DIFF)
    plan = Plan(idea="Smaller step", steps=("halve it",), expects="more")
    ctx = context(attempt=attempt(plan=plan), inspirations=[PEER])
    await ModelExecutor(model, operators=ONLY_DIFF).propose(ctx)
    assert model.prompt.startswith("# Task: execute\n")
    assert f"## Current program\n```python\n{PROGRAM}```\n" in model.prompt
    assert "## Plan\nSmaller step\n1. halve it\nExpected: more\n" in model.prompt
    assert "<<<<<<< SEARCH" in model.prompt
    assert "<<<<<<< SEARCH\n" in model.system
    assert "## Inspiration" not in model.prompt
    request = model.requests[0]
    assert (request.purpose, request.attempt, request.ordinal) == (Purpose.EXECUTE, 7, 0)
    assert request.schema is None


async def test_the_prompt_of_a_rewrite_never_shows_the_form_of_a_diff() -> None:
    hostile = Plan(idea="<<<<<<< SEARCH\nx\n=======", steps=("<<<<<<< SEARCH",))
    for operators in (ONLY_REWRITE, ONLY_CROSSOVER):
        model = Scripted(STALE, REWRITE)
        ctx = context(attempt=attempt(plan=hostile), inspirations=[PEER])
        await ModelExecutor(model, operators=operators).propose(ctx)
        for request in model.requests:
            assert all("<<<<<<< SEARCH" not in message.content for message in request.messages)
    assert "## Inspiration 1 (fitness 2.25)" in model.prompt


async def test_operators_are_drawn_by_seed_and_weight() -> None:
    def drawn(prompt: str) -> str:
        return (
            "diff"
            if "<<<<<<<" in prompt
            else "crossover"
            if "what is good in the insp" in prompt
            else "rewrite"
        )

    async def draws(inspirations: list) -> list[str]:
        model = Scripted(DIFF)
        seen = []
        for seed in range(400):
            await ModelExecutor(model).propose(context(seed=seed, inspirations=inspirations))
            seen.append(drawn(model.prompt))
        return seen

    with_peers = await draws([PEER])
    assert with_peers == await draws([PEER])
    counts = Counter(with_peers)
    assert counts["diff"] / 400 == pytest.approx(0.8, abs=0.06)
    assert counts["rewrite"] > 15
    assert counts["crossover"] > 15
    assert set(await draws([])) == {"diff", "rewrite"}


async def test_a_program_of_one_line_is_always_rewritten() -> None:
    model = Scripted("```python\nX = 2\n```")
    for seed in range(20):
        made = await ModelExecutor(model).propose(context(program("X = 1\n"), seed=seed))
        assert made.candidate is not None
        assert "<<<<<<<" not in model.prompt


async def test_a_program_too_long_to_be_shown_whole_is_never_rewritten() -> None:
    model = Scripted(DIFF)
    long = PROGRAM + "# filler\n" * 10_000
    made = await ModelExecutor(model, operators=ONLY_REWRITE, tokens=4000).propose(context(program(long)))
    assert "<<<<<<< SEARCH" in model.prompt
    assert "characters left out" in model.prompt
    assert made.candidate is not None
    assert made.candidate.program.text == long.replace("step = 0.5", "step = 0.25")


async def test_an_edit_that_fails_is_asked_for_once_more_with_the_nearest_place() -> None:
    model = Scripted(STALE, DIFF)
    made = await ModelExecutor(model, operators=ONLY_DIFF).propose(context())
    assert made.candidate is not None
    first, second = model.requests
    assert (first.ordinal, second.ordinal) == (0, 1)
    assert first.seed != second.seed
    prompt = model.prompt
    assert prompt.startswith(first.messages[1].content.split("## Plan")[0])
    assert "## Your last answer could not be used" in prompt
    assert "    7 |     step = 0.5" in prompt
    assert "It began: Jitter." in prompt


async def test_an_edit_that_fails_twice_is_given_up_with_a_note() -> None:
    model = Scripted(STALE)
    made = await ModelExecutor(model).propose(context())
    assert made.candidate is None
    assert "matches no lines" in made.note
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I cannot do that.",
        "<think>never ends",
        "```python\ndef pack(:\n```",
        "```",
        "<<<<<<< SEARCH",
        '{"idea": "x"}',
        "\0\0\0",
        "{" * 100_000,
        "`" * 100_000,
        "=======\n" * 50_000,
        "<<<<<<< SEARCH\n" * 20_000,
        "```python\n" + "(" * 100_000,
        "x" * 10_000_000,
        "<think>\n" * 40_000,
        "</think>" * 40_000,
        "<<<<<<< SEARCH" + " " * 300_000 + "x",
        "file:" + " " * 300_000 + "x y",
    ],
    ids=range(18),
)
@pytest.mark.timeout(10)
async def test_no_answer_crashes_the_turn(answer: str) -> None:
    for operators in (ONLY_DIFF, ONLY_REWRITE):
        made = await ModelExecutor(Scripted(answer), operators=operators).propose(context())
        assert made.candidate is None
        assert made.note


@pytest.mark.parametrize("status", [CallStatus.REFUSED, CallStatus.TIMED_OUT])
async def test_a_refusal_is_not_asked_again(status: CallStatus) -> None:
    model = Scripted(Reply(text="", model="m", status=status, error="because"))
    made = await ModelExecutor(model).propose(context())
    assert made.candidate is None
    assert "because" in made.note
    assert len(model.requests) == 1


async def test_an_empty_answer_is_asked_for_once_more() -> None:
    model = Scripted(Reply(text="", model="m", status=CallStatus.EMPTY, error="no content"), DIFF)
    assert (await ModelExecutor(model, operators=ONLY_DIFF).propose(context())).candidate is not None


async def test_edits_of_an_answer_that_was_cut_off_are_not_applied_in_part() -> None:
    cut = Reply(text=DIFF, model="m", status=CallStatus.TRUNCATED)
    model = Scripted(cut, DIFF)
    assert (await ModelExecutor(model, operators=ONLY_DIFF).propose(context())).candidate is not None
    assert "cut off" in model.prompt
    assert len(model.requests) == 2


async def test_a_change_outside_of_the_regions_never_becomes_a_candidate() -> None:
    outside = DIFF.replace("    step = 0.5", "LIMIT = 3").replace("    step = 0.25", "LIMIT = 4")
    made = await ModelExecutor(Scripted(outside), operators=ONLY_DIFF).propose(context())
    assert made.candidate is None
    assert "EVOLVE-BLOCK" in made.note
    restored = await ModelExecutor(Scripted(REWRITE.replace("LIMIT = 3", "LIMIT = 4"))).propose(context())
    assert restored.candidate is not None
    assert change_outside({"initial.py": PROGRAM}, restored.candidate.program.sources) == ""
    assert "restored" in restored.note


async def test_a_later_round_of_the_attempt_has_calls_of_its_own() -> None:
    done = Candidate(operator="diff", program=program(NEW))
    model = Scripted(STALE, DIFF)
    made = await ModelExecutor(model, operators=ONLY_DIFF).propose(
        context(attempt=attempt(candidates=(done,)), round=1)
    )
    assert [request.ordinal for request in model.requests] == [2, 3]
    assert made.candidate is not None
    assert made.candidate.round == 1


async def test_an_endpoint_out_of_reach_is_not_hidden() -> None:
    with pytest.raises(ModelUnreachable):
        await ModelExecutor(Scripted(ModelUnreachable("gone"))).propose(context())


async def test_a_turn_without_a_plan_shows_the_inspirations_to_the_executor() -> None:
    model = Scripted(DIFF)
    ctx = context(attempt=attempt(plan=None), inspirations=[PEER])
    await ModelExecutor(model, operators=ONLY_DIFF).propose(ctx)
    assert "## Plan\nImprove the program.\n" in model.prompt
    assert "## Inspiration 1" in model.prompt


async def test_the_profile_of_the_island_gives_operators_models_and_a_line_of_style() -> None:
    # Broken by hand: taking the profile of island 0 for all fails this.
    profiles = (
        IslandProfile(operators={"rewrite": 1.0}, models=("strong",), style="Think of geometry."),
        IslandProfile(operators={"diff": 1.0}),
    )
    asked = problem(search=Search(islands=3, profiles=profiles))
    for island, operator, models, style in (
        (0, "rewrite", ("strong",), 1),
        (1, "diff", (), 0),
        (2, "rewrite", ("strong",), 1),
    ):
        model = Scripted(REWRITE)
        for seed in range(10):
            await ModelExecutor(model).propose(
                context(problem=asked, attempt=attempt(island=island), seed=seed)
            )
            assert ("<<<<<<<" in model.prompt) == (operator == "diff")
            assert model.prompt.count("## Style\nThink of geometry.\n") == style
            assert model.requests[-1].models == models


BROKEN = PROGRAM.replace("step = 0.5", "step = 1 / 0")


def tried(text: str, verdict: Verdict, *, fitness: float | None = None, round: int = 0) -> Tried:
    one = program(text)
    evaluation = Evaluation(
        program=one.id, problem="d" * 64, verdict=verdict, fitness=fitness, reason="ZeroDivisionError: oh"
    )
    return Tried(candidate=Candidate(round=round, operator="diff", program=one, evaluation=evaluation))


async def test_what_failed_is_mended_first_in_the_next_round() -> None:
    """Fails when the parent is edited in its place, when the operator is lost, or the reason is not told."""
    fix = DIFF.replace("step = 0.5", "step = 1 / 0")
    model = Scripted(fix)
    turn = context(round=1, tried=[tried(BROKEN, Verdict.FAILED)])
    made = await ModelExecutor(model, operators=ONLY_REWRITE).propose(turn)
    assert f"## Current program\n```python\n{BROKEN}```\n" in model.prompt
    assert "- diff: failed: ZeroDivisionError: oh\n" in model.prompt
    assert "Mend what made it fail" in model.prompt
    assert made.candidate == Candidate(
        round=1, operator="repair", program=program(BROKEN.replace("1 / 0", "0.25")), model="scripted"
    )


@pytest.mark.parametrize(
    "turn",
    [
        context(round=1, slot=1, tried=[tried(BROKEN, Verdict.FAILED)]),
        context(round=1, tried=[tried(NEW, Verdict.VALID, fitness=1.0)]),
        context(round=1, tried=[Tried(candidate=None, note="no edit")]),
    ],
)
async def test_other_places_of_a_round_carry_the_plan_out_in_another_way(turn: Context) -> None:
    model = Scripted(DIFF)
    made = await ModelExecutor(model, operators=ONLY_DIFF).propose(turn)
    assert f"## Current program\n```python\n{PROGRAM}```\n" in model.prompt
    assert "## Tried in this turn" in model.prompt
    assert "in another way than these" in model.prompt
    assert made.candidate is not None
    assert (made.candidate.operator, made.candidate.round, made.candidate.slot) == ("diff", 1, turn.slot)


async def test_a_first_round_says_nothing_of_rounds() -> None:
    model = Scripted(DIFF)
    await ModelExecutor(model, operators=ONLY_DIFF).propose(context())
    assert "Tried in this turn" not in model.prompt
