from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from archive.ledger import CallStatus, ModelUse, Purpose, Usage
from mutators.bandit import Bandit
from mutators.ensemble import Ensemble
from mutators.model import Message, ModelUnreachable, Reply, Request
from tests.mutators.fakes import Scripted, spec

PLAN, EXECUTE = Purpose.PLAN, Purpose.EXECUTE
ASK = Request(messages=(Message(role="user", content="x"),), purpose=EXECUTE, attempt=1)


def use(model: str, purpose: Purpose, bandit: Bandit) -> ModelUse:
    arm = bandit.arm(purpose, model)
    return ModelUse(
        model=model,
        purpose=purpose,
        statuses={CallStatus.OK: arm.attempts},
        usage=Usage(dollars=arm.dollars),
        seconds=0.0,
        attempts=arm.attempts,
        improved=arm.improved,
        failing=0,
        last=datetime(2030, 1, 1, tzinfo=UTC),
    )


def share(bandit: Bandit, names: list[str], weights: list[float] | None = None) -> float:
    """How often the first is drawn."""
    rng = random.Random(5)
    draws = [bandit.draw(EXECUTE, names, weights or [1.0] * len(names), rng) for _ in range(400)]
    return draws.count(0) / len(draws)


def taught(*outcomes: tuple[str, int, int, float]) -> Bandit:
    """Models with so many attempts, improvements and dollars an attempt."""
    bandit = Bandit()
    number = 0
    for model, attempts, improved, dollars in outcomes:
        for index in range(attempts):
            number += 1
            bandit.note(EXECUTE, model, attempt=number, dollars=dollars)
            if index < improved:
                bandit.credit(number)
    return bandit


def test_what_improves_more_for_a_dollar_is_drawn_more() -> None:
    """Broken by hand: not dividing by the cost fails the second and third."""
    assert share(taught(("good", 40, 20, 0.01), ("bad", 40, 2, 0.01)), ["good", "bad"]) > 0.95
    assert share(taught(("cheap", 40, 10, 0.01), ("dear", 40, 15, 0.10)), ["cheap", "dear"]) > 0.95
    assert share(taught(("dear", 40, 39, 0.02), ("cheap", 40, 1, 0.01)), ["dear", "cheap"]) > 0.95


def test_nothing_known_is_an_even_draw_and_weights_shift_it() -> None:
    assert 0.4 < share(Bandit(), ["a", "b"]) < 0.6
    assert share(Bandit(), ["a", "b"], [10.0, 1.0]) > 0.8


def test_a_free_model_does_not_shut_out_one_that_improves_far_more() -> None:
    assert share(taught(("paid", 60, 55, 0.01), ("free", 60, 0, 0.0)), ["paid", "free"]) > 0.9


@given(
    st.lists(
        st.tuples(
            st.integers(1, 5),
            st.sampled_from(["a", "b"]),
            st.sampled_from([PLAN, EXECUTE]),
            st.booleans(),
        ),
        max_size=30,
    ),
    st.integers(0, 30),
)
def test_a_bandit_taken_up_from_what_the_store_says_goes_on_the_same(
    events: list[tuple[int, str, Purpose, bool]], cut: int
) -> None:
    """Broken by hand: counting an answer found in the ledger as asked again fails this."""
    whole, before = Bandit(), Bandit()
    # An attempt that improved a cell has nobody left to ask for a plan or a program.
    over = {attempt for attempt, *_, improves in events[:cut] if improves}
    events = events[:cut] + [event for event in events[cut:] if event[0] not in over]

    def play(bandit: Bandit, part: list[tuple[int, str, Purpose, bool]]) -> None:
        for attempt, model, purpose, improves in part:
            bandit.note(purpose, model, attempt=attempt, dollars=0.25)
            if improves:
                bandit.credit(attempt)

    play(whole, events)
    play(before, events[:cut])
    arms = [(model, purpose) for model in "ab" for purpose in (PLAN, EXECUTE)]
    after = Bandit(use(model, purpose, before) for model, purpose in arms)
    for attempt, model, purpose, _ in events[:cut]:
        after.recall(purpose, model, attempt=attempt)
    play(after, events[cut:])
    for model, purpose in arms:
        assert after.arm(purpose, model) == whole.arm(purpose, model)


async def test_an_ensemble_with_a_bandit_asks_what_paid_and_others_by_weight() -> None:
    bandit = taught(("good", 50, 40, 0.01), ("bad", 50, 0, 0.01))
    members = [(spec("bad", weight=1.0), Scripted("bad")), (spec("good", weight=1.0), Scripted("good"))]
    ensemble = Ensemble(members, bandit=bandit)
    wrote = [(await ensemble.complete(replace(ASK, seed=seed))).text for seed in range(40)]
    judged = [
        (await ensemble.complete(replace(ASK, seed=seed, purpose=Purpose.JUDGE))).text for seed in range(40)
    ]
    assert wrote.count("good") >= 38
    assert 8 <= judged.count("good") <= 32


async def test_an_answer_from_the_ledger_is_not_counted_again() -> None:
    bandit = Bandit()
    paid = Reply(text="x", model="a", status=CallStatus.OK, extra={"from": "ledger"})
    await Ensemble([(spec("a"), Scripted(paid))], bandit=bandit).complete(ASK)
    assert bandit.arm(EXECUTE, "a").attempts == 0
    bandit.credit(1)
    assert bandit.arm(EXECUTE, "a").improved == 1


async def test_members_are_hurried_while_another_can_be_asked_and_the_last_hope_is_not() -> None:
    away = ModelUnreachable("away")
    one, two = Scripted(away), Scripted(away, "back")
    ensemble = Ensemble([(spec("one"), one), (spec("two"), two)])
    assert (await ensemble.complete(ASK)).text == "back"
    asked = [request.hurry for model in (one, two) for request in model.requests]
    assert sorted(asked) == [False] * (len(asked) - 2) + [True, True]
