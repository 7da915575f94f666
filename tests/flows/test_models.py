"""Which models a run uses, and where keys may go."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).parent))
from doubles import number_problem, run_of

from archive.ledger import Purpose, Usage
from archive.memory import MemoryStore
from flows.models import Choice, Meter, build_model, choose_models, key_for
from flows.settings import Settings, SettingsError
from mutators.budget import Wall
from mutators.model import Message, ModelUnreachable, Request
from mutators.prices import Prices
from problems.problem import ModelSpec
from tests.tools.model_server import Fault, answer, serving, wire


def settings(*, key: str | None = None, url: str | None = None, model: str | None = None) -> Settings:
    return Settings.model_construct(
        db=None, model=model, openai_api_key=SecretStr(key) if key else None, openai_base_url=url
    )


async def test_without_a_key_the_embedded_model_is_used_and_presented_as_what_it_is() -> None:
    choice = await choose_models((), (), base_url=None, settings=settings())
    assert [spec.name for spec in choice.specs] == ["embedded"]
    assert choice.is_local
    assert "no language model" in choice.notice


async def test_the_command_line_goes_before_the_problem_and_the_problem_before_the_environment() -> None:
    declared = (ModelSpec(name="declared"),)
    env = settings(key="k", model="environment")
    assert (await choose_models(("named",), declared, base_url=None, settings=env)).specs[0].name == "named"
    assert (await choose_models((), declared, base_url=None, settings=env)).specs == declared
    assert (await choose_models((), (), base_url=None, settings=env)).specs[0].name == "environment"


async def test_a_key_alone_means_openai() -> None:
    choice = await choose_models((), (), base_url=None, settings=settings(key="k"))
    assert choice.base_url == "https://api.openai.com/v1"
    assert not choice.is_local


async def test_an_endpoint_that_does_not_answer_is_told_with_what_to_do() -> None:
    with pytest.raises(ModelUnreachable, match="--model"):
        await choose_models((), (), base_url="http://127.0.0.1:9/v1", settings=settings(key="k"))


async def test_a_model_named_embedded_at_an_address_is_that_of_the_address() -> None:
    choice = await choose_models(("embedded",), (), base_url="http://127.0.0.1:9/v1", settings=settings())
    assert not choice.is_local


@pytest.mark.parametrize(
    ("spec_url", "choice_url", "sent"),
    [
        (None, "https://mine.example/v1", "canary"),
        ("https://mine.example/v1", "https://mine.example/v1", "canary"),
        ("https://evil.example/v1", "https://mine.example/v1", ""),
        ("https://evil.example/v1", "https://api.openai.com/v1", ""),
    ],
)
def test_the_users_key_goes_only_to_the_users_endpoint(
    spec_url: str | None, choice_url: str, sent: str
) -> None:
    # Broken by hand: returning the key whatever the address fails this.
    spec = ModelSpec(name="m", base_url=spec_url)
    choice = Choice(specs=(spec,), base_url=choice_url, notice="")
    assert key_for(spec, choice, settings(key="canary")) == sent


def test_a_key_that_a_problem_names_comes_from_that_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModelSpec(name="m", base_url="https://other.example/v1", api_key_env="OTHER_KEY")
    choice = Choice(specs=(spec,), base_url=None, notice="")
    with pytest.raises(SettingsError, match=r"\$OTHER_KEY, which is not set"):
        key_for(spec, choice, settings(key="canary"))
    monkeypatch.setenv("OTHER_KEY", "theirs")
    assert key_for(spec, choice, settings(key="canary")) == "theirs"


async def test_new_calls_are_counted_and_answers_from_the_ledger_are_not() -> None:
    store = MemoryStore()
    await store.create_run(run_of(number_problem()))
    request = Request(
        messages=(Message(role="user", content="# Task: plan"),), purpose=Purpose.PLAN, attempt=1
    )
    for calls in (1, 0):
        meter = Meter(calls=0, usage=Usage())
        model = build_model(
            Choice(specs=(ModelSpec(name="embedded"),), base_url=None, notice=""),
            store=store,
            run="abcdef012345",
            wall=Wall(None),
            prices=Prices(),
            settings=settings(),
            meter=meter,
            answered=1,
        )
        reply = await model.complete(request)
        await model.close()
        assert reply.text
        assert meter.calls == calls
        assert (meter.usage.tokens_in > 0) == bool(calls)


async def test_what_an_endpoint_does_not_know_is_found_out_once_for_all_processes_of_a_run() -> None:
    """Broken by hand: not handing on what the store says asks for structured answers again."""
    store = MemoryStore()
    await store.create_run(run_of(number_problem()))
    message = Message(role="user", content="plan")

    def script(number: int, body: dict[str, object]) -> Fault:
        refused = "seed" in body
        return wire("unknown field seed", param="seed") if refused else Fault(body=answer("words"))

    async with serving(script) as server:
        spec = ModelSpec(name="toy", base_url=server.url, input_price=1.0, output_price=1.0)
        for process in range(2):
            model = build_model(
                Choice(specs=(spec,), base_url=server.url, notice=""),
                store=store,
                run="abcdef012345",
                wall=Wall(1.0),
                prices=Prices(),
                settings=settings(),
                meter=Meter(calls=0, usage=Usage()),
                answered=0,
                uses=await store.uses("abcdef012345"),
            )
            for number in range(2):
                attempt = 1 + 2 * process + number
                request = Request(
                    messages=(message,), purpose=Purpose.PLAN, attempt=attempt, schema={"type": "object"}
                )
                assert (await model.complete(request)).text == "words"
            await model.close()
    assert ["seed" in body for body in server.bodies] == [True, False, False, False, False]
    # Words came twice where a schema was sent; a server that does so is not sent another.
    assert ["response_format" in body for body in server.bodies] == [True, True, True, False, False]
