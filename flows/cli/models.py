"""`models`: which models can be had here, and how they did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import Database, Machine, reading
from flows.cli.text import clip, spoken, table

if TYPE_CHECKING:
    from flows.models import Choice
    from flows.offering import Offer
    from flows.settings import Settings

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("models")(models)


def models(
    problem: Annotated[
        str | None,
        typer.Argument(metavar="[PROBLEM]", help="Whose models [default: those of the environment]."),
    ] = None,
    model: Annotated[list[str] | None, typer.Option(help="A model, in place of those; repeat it.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Endpoint [default: $OPENAI_BASE_URL].")] = None,
    ask: Annotated[bool, typer.Option(help="Ask endpoints which models they serve; costs nothing.")] = True,
    db: Database = None,
    machine: Machine = False,
) -> None:
    """List models: whether they answer with the keys at hand, what they cost, how they did in all runs."""
    import asyncio

    from flows.offering import offers
    from flows.settings import read_settings

    settings = read_settings()
    choice = asyncio.run(_chosen(problem, tuple(model or ()), base_url, settings))
    with reading(db) as reader:
        uses = reader.uses()
    found = asyncio.run(offers(choice, settings=settings, uses=uses, ask=ask))
    if machine:
        print(json.dumps([_json(offer) for offer in found], allow_nan=False))
        return
    if choice.notice:
        print(spoken(choice.notice))
    table(
        (
            *("model", "answers", "in/M", "out/M", "calls", "answered", "seconds", "improved", "dollars"),
            *("breaker", "roles", "endpoint"),
        ),
        [_row(offer) for offer in found],
    )
    for offer in found:
        if offer.answers is False:
            print(f"{offer.spec.name}: {spoken(offer.found)}")


async def _chosen(
    problem: str | None, named: tuple[str, ...], base_url: str | None, settings: Settings
) -> Choice:
    from flows.definition import problem_of
    from flows.models import choose_models
    from flows.terms import Terms

    declared = () if problem is None else problem_of(Terms(problem=problem)).models
    return await choose_models(named, declared, base_url=base_url, settings=settings)


def _json(offer: Offer) -> dict[str, Any]:
    spec = offer.spec
    return {
        "model": spec.name,
        "endpoint": offer.url,
        "roles": list(spec.roles),
        "weight": spec.weight,
        "input_price": offer.input_price,
        "output_price": offer.output_price,
        "answers": offer.answers,
        "found": offer.found,
        "calls": offer.calls,
        "answered": offer.answered,
        "tokens_in": offer.usage.tokens_in,
        "tokens_out": offer.usage.tokens_out,
        "tokens_cached": offer.usage.tokens_cached,
        "tokens_reasoning": offer.usage.tokens_reasoning,
        "dollars": offer.usage.dollars,
        "seconds": offer.seconds,
        "attempts": offer.attempts,
        "improved": offer.improved,
        "failing": offer.failing,
        "breaker": offer.breaker,
    }


def _row(offer: Offer) -> tuple[str, ...]:
    answers = {True: "yes", False: "no", None: "?"}[offer.answers]
    return (
        offer.spec.name,
        answers,
        _price(offer.input_price),
        _price(offer.output_price),
        str(offer.calls),
        f"{offer.answered / offer.calls:.0%}" if offer.calls else "-",
        f"{offer.seconds / offer.calls:.2f}" if offer.calls else "-",
        f"{offer.improved / offer.attempts:.0%}" if offer.attempts else "-",
        f"{offer.usage.dollars:.4f}",
        f"{offer.breaker} ({offer.failing} failures in a row)" if offer.failing else offer.breaker,
        ", ".join(offer.spec.roles) or "all",
        clip(offer.url, 60),
    )


def _price(dollars: float | None) -> str:
    return "unknown" if dollars is None else f"{dollars:.3g}"
