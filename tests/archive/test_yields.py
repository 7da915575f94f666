"""What ways of change brought, on every store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.cell import Outcome, Placement
from archive.evaluation import Verdict
from archive.yields import Yield, summed

RUN = "abcdef012345"


def by_idea(model, plan):
    return "" if plan is None else f"{model}: {plan.idea}"


def a_yield(*, operator="diff", model="one", label="", programs=1, valid=0, improved=0, records=0):
    return Yield(
        operator=operator,
        model=model,
        label=label,
        programs=programs,
        valid=valid,
        improved=improved,
        records=records,
    )


@pytest.fixture
async def worked(store, make):
    """A run with a seed and four attempts: two by one plan, one without a plan, one that failed."""
    await store.create_run(make.run())
    await store.record(make.seed(make.program(0), 1.0))
    refused = Placement(outcome=Outcome.REFUSED)
    for number, (idea, fitness, operator) in enumerate(
        [("a", 2.0, "diff"), ("a", 1.5, "diff"), (None, 3.0, "tune"), ("b", None, "diff")], 1
    ):
        attempt = make.attempt(number, plan=None if idea is None else make.plan(idea))
        await store.open_attempt(attempt)
        record = make.record(attempt, make.program(number), fitness)
        record = replace(record, birth=replace(record.birth, operator=operator))
        await store.record(replace(record, placement=refused) if number == 2 else record)
    return store


async def test_programs_are_counted_by_operator_model_and_label(worked, reader):
    """Fails when seeds count, when what was refused counts as improved, or when labels are not told apart."""
    assert reader.yields(RUN, by_idea) == [
        a_yield(label="one: a", programs=2, valid=2, improved=1, records=1),
        a_yield(label="one: b", programs=1),
        a_yield(operator="tune", programs=1, valid=1, improved=1, records=1),
    ]
    assert reader.yields("ffff00000000", by_idea) == []


async def test_what_is_not_valid_is_counted_and_not_as_valid(worked, reader):
    (found,) = [one for one in reader.yields(RUN, by_idea) if one.label == "one: b"]
    assert (found.programs, found.valid, found.improved) == (1, 0, 0)
    assert reader.evaluation(RUN, (await worked.elites(RUN))[0].program).verdict is Verdict.VALID


def test_sums_are_by_way_or_by_label():
    found = [
        a_yield(label="x", programs=5, valid=4, improved=2, records=1),
        a_yield(operator="rewrite", label="x", programs=2, valid=1),
        a_yield(programs=3),
    ]
    assert summed(found, by_label=False) == [
        a_yield(programs=8, valid=4, improved=2, records=1),
        a_yield(operator="rewrite", programs=2, valid=1),
    ]
    assert summed(found, by_label=True) == [
        a_yield(operator="", label="x", programs=7, valid=5, improved=2, records=1)
    ]
