"""What a planner looks up, over real HTTP: its calls in the ledger, and nothing private in its answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from archive.experience import Lesson, LessonKind
from archive.program import ProgramId
from archive.store import Child
from mutators.budget import Wall
from mutators.chat import ChatModel
from mutators.ledger import Ledgered
from mutators.model import Message
from mutators.mutator import Shown
from mutators.patience import Patience, Patient
from mutators.planner import ModelPlanner
from mutators.prices import Prices
from mutators.toolcalls import ToolCall, calls_of, wired, with_calls
from mutators.tools import Desk, Library
from problems.problem import Direction, Objective
from tests.mutators.fakes import NOW, FakeStore, context, problem, shown, spec
from tests.tools.model_server import Fault, ModelServer, answer, serving, wire

ELITES = [shown(f"def pack(n):\n    return {n}\n", float(n)) for n in (9, 8, 7)]
PLAN = json.dumps({"idea": "Borrow from the best", "steps": ["look"], "expects": "more"})
LESSON = Lesson(run="r1", attempt=3, kind=LessonKind.INSIGHT, text="cosine helps", at=NOW, id=3)


class Shelf(Library):
    """Three elites and one lesson; a program was tried once."""

    async def elites(self, island: int) -> Sequence[Shown]:
        return ELITES if island == 0 else []

    async def program(self, program: ProgramId) -> Shown:
        return next(one for one in ELITES if one.program.id == program)

    async def steps(self, program: ProgramId) -> tuple[Sequence[Child], Sequence[Child]]:
        tried = Child(
            program=ELITES[2].program.id,
            operator="diff",
            idea="Try it",
            verdict="valid",
            fitness=7.0,
            parent_fitness=9.0,
        )
        return [], [tried]

    async def lessons(self, limit: int) -> Sequence[Lesson]:
        return [LESSON, replace(LESSON, id=4, origin="r0", text="heldout is 77.125")][:limit]


def calling(*calls: tuple[str, dict[str, object]], **changes: Any) -> Fault:
    made = [
        {
            "id": f"c{place}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for place, (name, arguments) in enumerate(calls)
    ]
    return Fault(body=answer(None, finish="tool_calls", tool_calls=made, **changes))


@asynccontextmanager
async def planner(
    *faults: Fault, store: FakeStore, steps: int = 4, habits: Sequence[str] = ()
) -> AsyncIterator[tuple[ModelPlanner, ModelServer, ChatModel]]:
    async with serving(*faults) as server:
        known = spec(input_price=1.0, output_price=1.0)
        chat = ChatModel(known, base_url=server.url, api_key="k", prices=Prices(), habits=habits)
        ledgered = Ledgered(chat, spec=known, store=store, run="r1", wall=Wall(None), prices=Prices())
        patience = Patience(first=0.005, longest=0.02, seconds=10.0, stranger=10.0)
        model = Patient(ledgered, name="toy", url=server.url, patience=patience)
        try:
            yield ModelPlanner(model, library=Shelf(), steps=steps), server, chat
        finally:
            await model.close()


async def test_a_planner_looks_up_what_it_wants_and_every_step_is_in_the_ledger() -> None:
    store = FakeStore()
    best = ELITES[0].program.id[:12]
    steps = (
        calling(("list_elites", {}), ("read_lessons", {})),
        calling(("read_program", {"id": best}), ("read_tried", {"id": best})),
        Fault(body=answer(PLAN)),
    )
    async with planner(*steps, store=store) as (asked, server, _):
        plan = await asked.plan(context())
    assert plan.idea == "Borrow from the best"
    assert [(call.ordinal, call.status.value) for call in store.calls] == [(0, "ok"), (1, "ok"), (2, "ok")]
    first, second, third = server.bodies
    names = [tool["function"]["name"] for tool in first["tools"]]
    assert names == ["list_elites", "read_program", "read_tried", "read_lessons"]
    assert first["tools"] == second["tools"] == third["tools"]
    # What was said stays as it was, so that a provider's cache serves it.
    assert second["messages"][:2] == first["messages"]
    assert third["messages"][: len(second["messages"])] == second["messages"]
    called, elites, lessons = second["messages"][2:]
    assert [each["id"] for each in called["tool_calls"]] == ["c0", "c1"]
    assert (elites["role"], elites["tool_call_id"]) == ("tool", "c0")
    assert elites["content"].startswith(f"- {best}: verdict valid, sum_radii = 9")
    assert lessons["content"] == "- insight: cosine helps"
    program, tried = (message["content"] for message in third["messages"][-2:])
    assert ELITES[0].program.text in program
    assert tried == f"- tried {ELITES[2].program.id[:12]}: diff, 7 (-2, worse): Try it"
    sent = json.dumps(server.bodies)
    for secret in ("77.125", "secret_score", "heldout"):
        assert secret not in sent


async def test_a_turn_that_is_taken_up_again_makes_no_step_twice() -> None:
    """Broken by hand: asking every step under the ordinal 0 fails this."""
    store = FakeStore()
    steps = (calling(("list_elites", {})), calling(("read_lessons", {})), Fault(body=answer(PLAN)))
    async with planner(*steps, store=store) as (asked, _, _):
        first = await asked.plan(context())
    store.calls = store.calls[:2]  # as if the process had ended before the third answer
    async with planner(Fault(body=answer(PLAN)), store=store) as (asked, server, _):
        assert await asked.plan(context()) == first
    assert len(server.bodies) == 1
    assert [message["role"] for message in server.bodies[0]["messages"]][-2:] == ["assistant", "tool"]


async def test_the_number_of_steps_is_bounded_and_the_last_call_may_look_up_nothing() -> None:
    store = FakeStore()
    async with planner(calling(("list_elites", {})), store=store, steps=2) as (asked, server, _):
        plan = await asked.plan(context())
    assert plan.idea == "Improve the program."
    assert [body["tool_choice"] for body in server.bodies] == ["auto", "auto", "none"]


@pytest.mark.parametrize(
    "words",
    [
        "registry.ollama.ai/library/gemma2:2b does not support tools",
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        "Unsupported parameter: tools",
    ],
)
async def test_an_endpoint_that_knows_no_tools_is_asked_without_them_once_and_for_all(words: str) -> None:
    store = FakeStore()
    steps = (wire(words), Fault(body=answer(PLAN)))
    async with planner(*steps, store=store) as (asked, server, chat):
        for _ in range(2):
            store.calls = [call for call in store.calls if call.response == ""]
            assert (await asked.plan(context())).idea == "Borrow from the best"
        habits = chat.habits
    assert ["tools" in body for body in server.bodies] == [True, False, False]
    assert "tool_choice" not in server.bodies[-1]
    assert habits == ("tools",)
    async with planner(Fault(body=answer(PLAN)), store=FakeStore(), habits=habits) as (asked, server, _):
        await asked.plan(context())
    assert "tools" not in server.bodies[0]


async def test_without_steps_no_tools_are_sent() -> None:
    async with planner(Fault(body=answer(PLAN)), store=FakeStore(), steps=0) as (asked, server, _):
        await asked.plan(context())
    assert "tools" not in server.bodies[0]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("read_program", '{"id": "ffff"}', "Expected an id among "),
        ("read_program", "{broken", "found None."),
        ("read_program", "[]", "found None."),
        ("drop_table", "{}", "Expected one of list_elites, read_program"),
    ],
)
async def test_a_call_that_cannot_be_carried_out_is_told_what_was_expected(
    name: str, arguments: str, said: str
) -> None:
    desk = Desk(Shelf(), context(), room=10_000)
    assert said in await desk.answer(ToolCall(id="c", name=name, arguments=arguments))


async def test_a_program_that_was_not_listed_cannot_be_read_and_answers_keep_to_their_room() -> None:
    best = ToolCall(id="c", name="read_program", arguments=json.dumps({"id": ELITES[0].program.id}))
    listing = ToolCall(id="c", name="list_elites", arguments="")
    desk = Desk(Shelf(), context(), room=700)
    assert (await desk.answer(best)).startswith("Expected an id among ")
    assert len(await desk.answer(listing)) <= 700
    told = [await desk.answer(best) for _ in range(3)]
    assert told[-1] == "There is no room for more; answer with the plan."


async def test_elites_of_a_private_objective_are_in_no_order_that_tells_it() -> None:
    hidden = problem(objective=Objective(metric="heldout.secret_score", direction=Direction.MAXIMIZE))
    told = await Desk(Shelf(), context(problem=hidden), room=9000).answer(
        ToolCall(id="c", name="list_elites", arguments="{}")
    )
    ids = [line[2:14] for line in told.split("\n")]
    assert ids == sorted(one.program.id[:12] for one in ELITES)


def test_calls_survive_their_way_through_the_ledger_whatever_a_server_sends() -> None:
    sent = [
        {"id": "a", "function": {"name": "x", "arguments": '{"id": "1"}'}},
        {"function": {"name": "y", "arguments": {"id": 2}}},
        {"function": {"name": 3}},
        "nonsense",
    ]
    text = with_calls(sent, "thinking")
    assert [(call.id, call.name, call.arguments) for call in calls_of(text)] == [
        ("call_0", "x", '{"id": "1"}'),
        ("call_1", "y", '{"id": 2}'),
    ]
    message = Message(role="assistant", content=text)
    made = wired(message, text, tools=True)
    assert made["content"] == "thinking"
    plain = wired(message, text, tools=False)
    assert plain == {"role": "assistant", "content": 'thinking\nI look up: x {"id": "1"}; y {"id": 2}'}
    for other in ("", "{}", '{"tool_calls": [1]}', '{"tool_calls": [', '{"tool_calls": []}', "words"):
        assert calls_of(other) == ()
        assert with_calls(None, other) == other
