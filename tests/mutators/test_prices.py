from __future__ import annotations

import pytest

from archive.ledger import Purpose
from mutators.model import Message, Request
from mutators.prices import Prices
from tests.mutators.fakes import spec


def test_a_price_of_the_problem_is_used_as_it_stands() -> None:
    usage = Prices().usage(spec(input_price=2.0, output_price=8.0), tokens_in=1_000_000, tokens_out=500_000)
    assert usage.dollars == pytest.approx(6.0)


def test_a_known_model_is_priced_by_the_table_and_cached_tokens_cost_less() -> None:
    prices = Prices()
    model = spec("gpt-5-mini")
    full = prices.usage(model, tokens_in=100_000, tokens_out=1_000).dollars
    cached = prices.usage(model, tokens_in=100_000, tokens_out=1_000, tokens_cached=90_000).dollars
    assert 0 < cached < full
    assert prices.is_known(model)
    assert not prices.unknown


def test_a_known_model_behind_an_unknown_endpoint_is_priced_by_its_name() -> None:
    prices = Prices()
    proxied = prices.usage(
        spec("gpt-5-mini", base_url="http://127.0.0.1:4000/v1"), tokens_in=1000, tokens_out=1000
    )
    assert proxied == prices.usage(spec("gpt-5-mini"), tokens_in=1000, tokens_out=1000)


def test_a_model_without_a_price_counts_as_free_and_is_named_as_unknown() -> None:
    prices = Prices()
    assert prices.usage(spec("no-such-model-at-all"), tokens_in=1000, tokens_out=1000).dollars == 0.0
    assert prices.unknown == {"no-such-model-at-all"}
    assert not prices.is_known(spec("no-such-model-at-all"))


@pytest.mark.parametrize("name", ["embedded", "recorded:brave-otter"])
def test_the_built_in_and_recorded_models_are_free_and_known(name: str) -> None:
    prices = Prices()
    assert prices.usage(spec(name), tokens_in=10, tokens_out=10).dollars == 0.0
    assert prices.is_known(spec(name))


def test_the_worst_case_is_above_any_cost_the_call_can_have() -> None:
    prices = Prices()
    model = spec(input_price=1.0, output_price=10.0, max_tokens=1000)
    text = "每个字 are tokens of their own " * 20
    request = Request(messages=(Message(role="user", content=text),), purpose=Purpose.PLAN)
    actual = prices.usage(model, tokens_in=len(text.encode()), tokens_out=1000).dollars
    assert prices.worst_case(request, model) >= actual
    assert prices.worst_case(request, model) < 3 * actual
