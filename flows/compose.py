"""The composition root: the one place where ports meet their adapters."""

from __future__ import annotations

import asyncio
import math
import os
import secrets
from dataclasses import replace

from archive.island import Archipelago
from archive.program import Program
from archive.run import Run, RunState, StopReason, Summary
from archive.sql.reader import open_reader
from archive.sql.store import open_store
from archive.store import Store, Totals
from archive.strategy import STRATEGIES
from evaluators.compose import build_pipeline
from flows.clock import SystemClock
from flows.events import Finished, Notice, Observer, Started
from flows.loop import Engine
from flows.models import EMBEDDED, Choice, Meter, build_model, choose_models
from flows.naming import friendly_name, run_id
from flows.sandboxes import open_sandboxes
from flows.settings import Settings, SettingsError, read_settings
from flows.terms import Terms
from flows.turn import Parts
from mutators.budget import Wall
from mutators.executor import ModelExecutor
from mutators.judge import ModelJury
from mutators.planner import ModelPlanner
from mutators.prices import Prices
from mutators.summarizer import ModelSummarizer
from problems.catalogue import locate
from problems.errors import CambrianError
from problems.loader import load
from problems.problem import Budget, Problem

__all__ = ["execute", "problem_of", "problem_of_run"]

_PAUSED = frozenset({StopReason.INTERRUPTED, StopReason.MODEL_UNREACHABLE, StopReason.SANDBOX_UNAVAILABLE})
_SET = "set."
"""Prefix of the keys under which a run remembers `--set` changes."""
_REMOTE_WORKERS = 8
"""Turns at a time when a remote model is waited for most of the time."""


async def execute(terms: Terms, observe: Observer, *, stop: asyncio.Event | None = None) -> Summary:
    """Begin or resume a run and drive it until something stops it.

    Args:
        terms: what the user asked for.
        observe: is told everything; called in the event loop, so it must be quick.
        stop: set it to end gracefully; the run can then be resumed.

    Returns:
        Where the run stands. A model or a sandbox that went away while the run was on its way is told in the
        `Finished` event; the run is then paused.

    Raises:
        CambrianError: bad terms, a bad problem, an unusable database, sandbox or scorer.
    """
    settings = read_settings()
    url = terms.db or settings.database
    store = await asyncio.to_thread(open_store, url)
    try:
        session = _Session(terms=terms, settings=settings, store=store, url=url, observe=observe)
        return await session.run(stop or asyncio.Event())
    finally:
        await store.close()


def problem_of(terms: Terms) -> Problem:
    """The problem with the command line's changes applied.

    Raises:
        ProblemError: it is wrong.
        SettingsError: a change is not ``key=value``, or there is no such strategy.
    """
    problem = load(locate(terms.problem), overrides=_overrides(terms.sets))
    strategy = terms.strategy or problem.search.strategy
    if strategy not in STRATEGIES:
        raise SettingsError(f"expected one of the strategies {', '.join(STRATEGIES)}, found {strategy!r}")
    target = problem.objective.target if terms.target is None else terms.target
    return replace(
        problem,
        objective=replace(problem.objective, target=target),
        search=replace(problem.search, strategy=strategy),
        budget=_budget(terms, problem.budget),
    )


def problem_of_run(run: Run, terms: Terms | None = None) -> Problem:
    """The problem of a run as it was when the run began, with wider walls where `terms` give new ones.

    Raises:
        ProblemError: its files are gone or wrong.
        SettingsError: they score otherwise now, so old and new programs could not be compared.
    """
    terms = terms or Terms()
    kept = Terms(
        problem=run.problem_path,
        sets=tuple(f"{k.removeprefix(_SET)}={v}" for k, v in run.overrides.items() if k.startswith(_SET)),
        strategy=run.strategy,
        target=_number(run.overrides.get("target")) if terms.target is None else terms.target,
    )
    problem = problem_of(kept)
    if problem.digest != run.problem_digest:
        raise SettingsError(
            f"the problem in {run.problem_path} scores otherwise than when {run.name} began, so its old and "
            "new programs cannot be compared. Put the old files back, or begin a new run"
        )
    return replace(problem, budget=_budget(terms, run.budget))


class _Session:
    """One go at a run: everything opened for it, from the database to the model."""

    def __init__(
        self, *, terms: Terms, settings: Settings, store: Store, url: str, observe: Observer
    ) -> None:
        self._terms = terms
        self._settings = settings
        self._store = store
        self._url = url
        self._observe = observe
        self._clock = SystemClock()

    async def run(self, stop: asyncio.Event) -> Summary:
        if self._terms.resume is None:
            run, problem, choice = await self._begin()
        else:
            run, problem, choice = await self._take_up(self._terms.resume)
        totals = await self._store.totals(run.id)
        begun = totals.evaluations > 0
        self._observe(
            Started(run=run, resumed=self._terms.resume is not None, evaluations=totals.evaluations)
        )
        if choice.notice:
            self._say(choice.notice)
        try:
            reason, trouble = await self._drive(run, problem, choice, totals, stop)
        except asyncio.CancelledError:
            await self._store.set_state(run.id, RunState.PAUSED, StopReason.INTERRUPTED)
            raise
        except CambrianError:
            state = RunState.PAUSED if begun else RunState.FAILED
            await self._store.set_state(run.id, state, StopReason.ERROR)
            raise
        state = RunState.PAUSED if reason in _PAUSED else RunState.FINISHED
        await self._store.set_state(run.id, state, reason)
        summary = await asyncio.to_thread(self._summary, run.id)
        self._observe(Finished(summary=summary, trouble="" if trouble is None else str(trouble)))
        return summary

    async def _begin(self) -> tuple[Run, Problem, Choice]:
        terms = self._terms
        problem = await asyncio.to_thread(problem_of, terms)
        choice = await choose_models(
            terms.models, problem.models, base_url=terms.base_url, settings=self._settings
        )
        run = Run(
            id=run_id(),
            name=terms.name or friendly_name(),
            problem=problem.name,
            problem_digest=problem.digest,
            problem_path=str(problem.folder.resolve()),
            seed=secrets.randbelow(2**31) if terms.seed is None else terms.seed,
            workers=terms.workers or (_cores() if choice.is_local else _REMOTE_WORKERS),
            strategy=problem.search.strategy,
            islands=problem.search.islands,
            models=tuple(spec.name for spec in choice.specs),
            sandbox=terms.sandbox,
            budget=problem.budget,
            overrides=_remembered(terms),
            created=self._clock.now(),
            cells_total=math.prod(axis.bins for axis in problem.descriptors),
        )
        await self._store.create_run(run)
        return run, problem, choice

    async def _take_up(self, key: str) -> tuple[Run, Problem, Choice]:
        """A run as it was left, on its own terms, with wider walls where the user gave new ones."""
        run = await self._store.find_run(key)
        terms = self._terms
        problem = await asyncio.to_thread(problem_of_run, run, terms)
        declared = () if terms.models else tuple(s for s in problem.models if s.name in run.models)
        choice = await choose_models(
            terms.models or (() if declared else run.models),
            declared,
            # The embedded model needs no address; one given before would make it a model of that endpoint.
            base_url=terms.base_url or (None if EMBEDDED in terms.models else run.overrides.get("base_url")),
            settings=self._settings,
        )
        run = replace(
            run,
            budget=problem.budget,
            workers=terms.workers or run.workers,
            sandbox=run.sandbox if terms.sandbox == "auto" else terms.sandbox,
            state=RunState.RUNNING,
        )
        await self._store.set_state(run.id, RunState.RUNNING)
        return run, problem, choice

    async def _drive(
        self, run: Run, problem: Problem, choice: Choice, totals: Totals, stop: asyncio.Event
    ) -> tuple[StopReason, CambrianError | None]:
        """Open what a run needs, restore its archive, and let the engine work."""
        archive = Archipelago(
            descriptors=problem.descriptors, objective=problem.objective, islands=run.islands
        )
        archive.restore(await self._store.elites(run.id), await self._store.standing(run.id))
        meter = Meter(calls=totals.calls, usage=totals.usage)
        wall = Wall(problem.budget.dollars, spent=totals.usage.dollars)
        prices = Prices()
        unknown = [spec.name for spec in choice.specs if not prices.is_known(spec)]
        if problem.budget.dollars is not None and unknown:
            self._say(
                f"No price is known for {', '.join(unknown)}, so the wall of dollars does not hold for it; "
                "give input_price and output_price in the problem's models"
            )
        model = build_model(
            choice,
            store=self._store,
            run=run.id,
            wall=wall,
            prices=prices,
            settings=self._settings,
            meter=meter,
            answered=totals.attempts,
        )
        slots = min(run.workers, _cores())
        try:
            async with open_sandboxes(
                problem, wanted=run.sandbox, trusted_author=choice.is_local, slots=slots, say=self._say
            ) as sandboxes:
                self._say(sandboxes.notice)
                engine = Engine(
                    run=run,
                    problem=problem,
                    parts=Parts(
                        store=self._store,
                        archive=archive,
                        strategy=STRATEGIES[run.strategy](
                            seed=Program.of(problem.language, problem.initial).id,
                            inspirations=problem.search.inspirations,
                        ),
                        planner=ModelPlanner(model) if problem.search.plan else None,
                        executor=ModelExecutor(model),
                        summarizer=ModelSummarizer(model) if problem.search.summarize else None,
                        evaluator=build_pipeline(
                            problem,
                            sandboxes.candidates,
                            sandboxes.scorers,
                            judge=ModelJury(model).judge,
                            trust_scorer=totals.evaluations > 0,
                        ),
                        clock=self._clock,
                    ),
                    observe=self._observe,
                    spent=lambda: (meter.calls, meter.usage),
                    slots=slots,
                )
                reason = await engine.drive(stop)
        finally:
            await model.close()
        return reason, engine.trouble

    def _say(self, text: str) -> None:
        self._observe(Notice(text=text))

    def _summary(self, run: str) -> Summary:
        reader = open_reader(self._url)
        try:
            return reader.summary(run)
        finally:
            reader.close()


def _cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _overrides(sets: tuple[str, ...]) -> dict[str, str]:
    changes = {}
    for change in sets:
        key, equals, value = change.partition("=")
        if not equals or not key:
            raise SettingsError(f"--set: expected KEY=VALUE, such as search.islands=3, found {change!r}")
        changes[key] = value
    return changes


def _remembered(terms: Terms) -> dict[str, str]:
    """What a resume needs to know of the command line, as text."""
    kept = {f"{_SET}{key}": value for key, value in _overrides(terms.sets).items()}
    if terms.target is not None:
        kept["target"] = repr(terms.target)
    if terms.base_url is not None:
        kept["base_url"] = terms.base_url
    return kept


def _budget(terms: Terms, declared: Budget) -> Budget:
    """The command line's walls where it gives any, else the declared ones."""
    return Budget(
        evaluations=declared.evaluations if terms.evaluations is None else terms.evaluations,
        dollars=declared.dollars if terms.dollars is None else terms.dollars,
        minutes=declared.minutes if terms.minutes is None else terms.minutes,
    )


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
