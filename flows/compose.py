"""The composition root: the one place where ports meet their adapters."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from functools import partial

from archive.cell import Outcome
from archive.island import Archipelago
from archive.niches import make_archive
from archive.program import Program, ProgramId
from archive.run import Run, RunState, StopReason, Summary
from archive.sql.reader import open_reader
from archive.sql.store import open_store
from archive.store import Store, Totals
from evaluators.compose import build_pipeline, weaknesses
from evaluators.pipeline import Pipeline
from flows.caching import open_cache
from flows.clock import SystemClock
from flows.confirming import Confirmer, RememberedJudge
from flows.definition import problem_of, problem_of_run, remembered
from flows.delayed import revision_of
from flows.events import Evaluated, Event, Finished, Notice, Observer, Started
from flows.founding import Beginning
from flows.library import RunLibrary
from flows.loop import Engine
from flows.memory_from import carried_from, carry_over
from flows.models import EMBEDDED, Choice, Meter, build_model, choose_models, is_embedded
from flows.naming import friendly_name, run_id
from flows.replaying import strategy_of, terms_of_replay
from flows.restoring import restore
from flows.sandboxes import Pair, open_sandboxes
from flows.settings import Settings, read_settings
from flows.terms import Terms
from flows.tuning import tuner_of
from flows.turn import Parts
from mutators.bandit import Bandit
from mutators.budget import Wall
from mutators.executor import ModelExecutor
from mutators.founder import ModelFounder
from mutators.judge import ModelJury
from mutators.model import Model
from mutators.novelty import Novelty
from mutators.planner import ModelPlanner
from mutators.prices import Prices
from mutators.summarizer import ModelSummarizer
from problems.errors import CambrianError
from problems.problem import Budget, Problem

__all__ = ["execute"]

_PAUSED = frozenset({StopReason.INTERRUPTED, StopReason.MODEL_UNREACHABLE, StopReason.SANDBOX_UNAVAILABLE})
_REMOTE_WORKERS = 8
"""Turns at a time when a remote model is waited for most of the time."""
_WAITING = 2
"""Evaluations under way for each slot: while one runs, the next does its stages that need none."""


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
        if carried := await carry_over(self._store, run, totals):
            self._say(carried)
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
        if terms.replay is not None:
            terms = await terms_of_replay(self._store, terms)
        problem = await asyncio.to_thread(problem_of, terms)
        if terms.replay is not None:
            problem = replace(problem, budget=Budget(evaluations=terms.evaluations))
        memory = {} if terms.memory is None else await carried_from(self._store, terms.memory)
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
            overrides=remembered(terms) | memory,
            created=self._clock.now(),
            cells_total=make_archive(
                problem.search.archive,
                descriptors=problem.descriptors,
                objective=problem.objective,
                objectives=problem.objectives,
            ).size,
            study=terms.study,
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
            descriptors=problem.descriptors,
            objective=problem.objective,
            islands=run.islands,
            objectives=problem.objectives,
            search=problem.search,
        )
        await restore(self._store, run.id, archive, revision_of(problem))
        strategy = await asyncio.to_thread(strategy_of, run, problem, url=self._url)
        meter = Meter(calls=totals.calls, usage=totals.usage)
        wall = Wall(problem.budget.dollars, spent=totals.usage.dollars)
        prices = Prices()
        unknown = [spec.name for spec in choice.specs if not prices.is_known(spec)]
        if problem.budget.dollars is not None and unknown:
            self._say(
                f"No price is known for {', '.join(unknown)}, so the wall of dollars does not hold for it; "
                "give input_price and output_price in the problem's models"
            )
        # The embedded model has nothing to remember, and its calls are too many to be read through.
        uses = await self._store.uses(run.id) if totals.calls and not choice.is_embedded else ()
        bandit = Bandit(uses) if problem.search.ensemble == "bandit" and len(choice.specs) > 1 else None
        observe = self._observe if bandit is None else partial(_credited, bandit, self._observe)
        model = build_model(
            choice,
            store=self._store,
            run=run.id,
            wall=wall,
            prices=prices,
            settings=self._settings,
            meter=meter,
            answered=totals.attempts,
            uses=uses,
            bandit=bandit,
        )
        tuner = await asyncio.to_thread(
            tuner_of,
            run,
            problem,
            store=self._store,
            dollars=lambda: meter.usage.dollars,
            history=(lambda: open_reader(self._url)) if totals.attempts else None,
        )
        slots = min(run.workers, _cores())
        executor = ModelExecutor(model)
        # The embedded model answers at random: its next turn is worth as much as asking it again.
        redraws = 0 if choice.is_embedded else problem.search.redraws
        try:
            # Of drafts that all make the scorer fail the last ones are told; no initial one can speak for it.
            sound = totals.evaluations > 0 or not problem.initial or await self._has_judged(run, problem)
            async with (
                open_sandboxes(
                    problem, wanted=run.sandbox, trusted_author=choice.is_local, slots=slots, say=self._say
                ) as sandboxes,
                self._measured(problem, sandboxes, archive, model, sound=sound) as measured,
            ):
                self._say(sandboxes.notice)
                for weakness in weaknesses(problem):
                    self._say(f"Weakness: {weakness}")
                evaluator, confirmer = measured
                engine = Engine(
                    run=run,
                    problem=problem,
                    parts=Parts(
                        store=self._store,
                        archive=archive,
                        strategy=strategy,
                        planner=ModelPlanner(
                            model,
                            library=RunLibrary(
                                store=self._store, run=run.id, archive=archive, problem=problem
                            ),
                            steps=problem.search.tools,
                        )
                        if problem.search.plan
                        else None,
                        executor=executor,
                        novelty=Novelty(executor, redraws=redraws) if redraws else None,
                        summarizer=ModelSummarizer(model) if problem.search.summarize else None,
                        evaluator=evaluator,
                        clock=self._clock,
                        confirmer=confirmer,
                        tuner=tuner,
                        beginning=None if problem.initial else self._beginning(run, problem, choice, model),
                    ),
                    observe=observe,
                    spent=lambda: (meter.calls, meter.usage),
                    slots=_WAITING * slots,
                )
                reason = await engine.drive(stop)
        finally:
            await model.close()
        return reason, engine.trouble

    @asynccontextmanager
    async def _measured(
        self, problem: Problem, sandboxes: Pair, archive: Archipelago, model: Model, *, sound: bool
    ) -> AsyncIterator[tuple[Pipeline, Confirmer | None]]:
        """What tells the worth of programs, and what confirms the best of them where the problem wants it."""
        jury = RememberedJudge(ModelJury(model).judge)
        build = partial(build_pipeline, problem, reported=self._reported)
        async with open_cache(self._settings, sandboxes.posture) as cache:
            pipeline = build(
                sandboxes.candidates, sandboxes.scorers, judge=jury.ask, trust_scorer=sound, cache=cache
            )
            if not problem.confirm:
                yield pipeline, None
                return
            confirmer = Confirmer(
                make=sandboxes.fresh,
                build=partial(build, judge=jury.recall, trust_scorer=True),
                best=lambda: archive.best,
                problem=problem,
                say=self._say,
            )
            try:
                yield pipeline, confirmer
            finally:
                await confirmer.close()

    def _beginning(self, run: Run, problem: Problem, choice: Choice, model: Model) -> Beginning:
        """How a run goes about it whose problem has no initial program."""
        writers = [spec.name for spec in choice.specs if not is_embedded(spec)]
        founder = ModelFounder(model, problem=problem, seed=run.seed, models=writers) if writers else None
        return Beginning(
            founder=founder,
            strategy=lambda first: strategy_of(run, replace(problem, initial=first.sources), url=self._url),
        )

    async def _has_judged(self, run: Run, problem: Problem) -> bool:
        """Whether another run found the initial program valid, so that this one will not evaluate it."""
        seed = Program.of(problem.language, problem.initial)
        known = (await self._store.known(run.id, seed.id, problem.digest)).evaluation
        return known is not None and known.is_valid

    async def _reported(self, program: ProgramId, metric: str) -> float | None:
        return await self._store.reported(program, metric)

    def _say(self, text: str) -> None:
        self._observe(Notice(text=text))

    def _summary(self, run: str) -> Summary:
        with closing(open_reader(self._url)) as reader:
            return reader.summary(run)


def _credited(bandit: Bandit, observe: Observer, event: Event) -> None:
    """Tell the bandit of attempts that improved a cell, and everybody of everything."""
    if isinstance(event, Evaluated) and event.attempt is not None and event.outcome != Outcome.REFUSED.value:
        bandit.credit(event.attempt)
    observe(event)


def _cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
