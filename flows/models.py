"""Which models a run uses, and how they are reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.ledger import ModelUse, Usage
from archive.store import Store
from flows.settings import Settings, SettingsError, read_secret
from mutators.bandit import Bandit
from mutators.budget import Wall
from mutators.chat import ChatModel, served_models, shown_url
from mutators.embedded.app import application
from mutators.ensemble import Ensemble
from mutators.ledger import Ledgered
from mutators.limits import Limits
from mutators.model import Model, Reply, Request
from mutators.patience import Patient
from mutators.prices import Prices
from mutators.recorded import RecordedModel, recorded_run
from problems.problem import ModelSpec

__all__ = [
    "EMBEDDED",
    "Choice",
    "Meter",
    "build_model",
    "choose_models",
    "endpoint_of",
    "is_embedded",
    "key_for",
]

EMBEDDED = "embedded"
_USUAL = "gpt-5-mini"
_OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The models of a run.

    Attributes:
        specs: at least one.
        base_url: endpoint of those that name none; None where only the embedded one is used.
        notice: one line for the user; empty when the choice was theirs.
    """

    specs: tuple[ModelSpec, ...]
    base_url: str | None
    notice: str

    @property
    def is_local(self) -> bool:
        """Whether no model outside of this process is asked: the embedded one, or recorded answers."""
        return all(is_embedded(spec) or recorded_run(spec.name) is not None for spec in self.specs)

    @property
    def is_embedded(self) -> bool:
        """Whether the embedded model alone writes the programs."""
        return all(is_embedded(spec) for spec in self.specs)


@dataclass(kw_only=True)
class Meter:
    """Calls and usage of a run so far, kept beside the ledger so that showing them costs no query."""

    calls: int
    usage: Usage


def is_embedded(spec: ModelSpec) -> bool:
    """Whether a model is the built-in program editor in this process."""
    return spec.name == EMBEDDED and spec.base_url is None


async def choose_models(
    named: Sequence[str], declared: Sequence[ModelSpec], *, base_url: str | None, settings: Settings
) -> Choice:
    """The command line's models, else the problem's, else what the environment suggests.

    Args:
        named: names from the command line.
        declared: models of the problem.
        base_url: endpoint from the command line.
        settings: the environment.

    Raises:
        ModelUnreachable: the endpoint was asked which models it serves and did not answer.
    """
    endpoint = base_url or settings.openai_base_url
    # An address from the command line makes every model named there one of that endpoint, whatever its name.
    specs = tuple(ModelSpec(name=name, base_url=base_url) for name in named) or tuple(declared)
    if not specs and settings.model:
        specs = (ModelSpec(name=settings.model),)
    if specs:
        return Choice(specs=specs, base_url=endpoint or _OPENAI, notice="")
    if settings.openai_api_key is None and base_url is None:
        hint = " (OPENAI_BASE_URL is set, OPENAI_API_KEY is not)" if endpoint else ""
        return Choice(
            specs=(ModelSpec(name=EMBEDDED),),
            base_url=None,
            notice="Model: embedded, a seeded program editor and no language model, because no key is set"
            f"{hint}; set OPENAI_API_KEY to use a real one",
        )
    if endpoint is None:
        return Choice(specs=(ModelSpec(name=_USUAL),), base_url=_OPENAI, notice=f"Model: {_USUAL} (OpenAI)")
    key = "" if settings.openai_api_key is None else settings.openai_api_key.get_secret_value()
    names = await served_models(base_url=endpoint, api_key=key)
    if not names:
        raise SettingsError(f"{endpoint} serves no model; name one with --model or CAMBRIAN_MODEL")
    name = _USUAL if _USUAL in names else names[0]
    others = f", the first of {len(names)} it serves" if name != _USUAL and len(names) > 1 else ""
    return Choice(
        # The address makes it a model of that endpoint, even when it calls itself embedded.
        specs=(ModelSpec(name=name, base_url=endpoint),),
        base_url=endpoint,
        notice=f"Model: {name} at {endpoint}{others}",
    )


def build_model(
    choice: Choice,
    *,
    store: Store,
    run: str,
    wall: Wall,
    prices: Prices,
    settings: Settings,
    meter: Meter,
    answered: int,
    uses: Sequence[ModelUse] = (),
    bandit: Bandit | None = None,
) -> Model:
    """The ensemble of a run, each member with its patience, ledger and wall around it.

    Args:
        choice: the models.
        store: where calls are booked.
        run: id of the run.
        wall: what may be spent.
        prices: dollars for tokens.
        settings: the environment.
        meter: counts what is booked.
        answered: last attempt that may have answers from before.
        uses: what the run's calls came to before; tells how endpoints want to be asked.
        bandit: chooses among the members; None to draw them by weight.

    Raises:
        SettingsError: a key that the problem names is not in the environment.
    """

    def booked(request: Request, reply: Reply) -> None:
        meter.calls += 1
        meter.usage += reply.usage
        if bandit is not None:
            cost = reply.usage.dollars
            bandit.note(request.purpose, reply.model, attempt=request.attempt, dollars=cost)

    def ledgered(model: Model, spec: ModelSpec) -> Model:
        return Ledgered(
            model,
            spec=spec,
            store=store,
            run=run,
            wall=wall,
            prices=prices,
            answered=answered,
            booked=booked,
        )

    def member(spec: ModelSpec) -> Model:
        if (origin := recorded_run(spec.name)) is not None:
            return ledgered(RecordedModel(store=store, run=origin), spec)
        embedded = is_embedded(spec)
        url = endpoint_of(spec, choice)
        chat = ChatModel(
            spec,
            base_url=url,
            api_key="" if embedded else key_for(spec, choice, settings),
            prices=prices,
            transport=application() if embedded else None,
            habits=[habit for use in uses if use.model == spec.name for habit in use.unsupported],
        )
        return Patient(
            ledgered(chat, spec),
            name=spec.name,
            url=shown_url(url),
            key=spec.api_key_env or "OPENAI_API_KEY",
            limits=Limits(
                requests=spec.requests_per_minute,
                tokens=spec.tokens_per_minute,
                concurrency=spec.concurrency,
            ),
        )

    return Ensemble([(spec, member(spec)) for spec in choice.specs], bandit=bandit)


def endpoint_of(spec: ModelSpec, choice: Choice) -> str:
    """Where a model is asked; that of the built-in one is a name and no address."""
    return "http://embedded/v1" if is_embedded(spec) else spec.base_url or choice.base_url or _OPENAI


def key_for(spec: ModelSpec, choice: Choice, settings: Settings) -> str:
    """The key for a model's endpoint.

    The environment's key goes only to the endpoint that the user named beside it: a problem from elsewhere
    must not be able to have it sent to an address of its own.
    """
    if spec.api_key_env is not None:
        return read_secret(spec.api_key_env)
    if spec.base_url not in (None, choice.base_url):
        return ""
    return "" if settings.openai_api_key is None else settings.openai_api_key.get_secret_value()
