"""A run under Prefect: one flow a run, with its parameters, state, log and artifacts.

The search itself stays plain asyncio (`flows.compose.execute`): no task, subflow or global limit for a
candidate, which would cost 30 ms of server time each. The store is the truth about a run; what is written
here is for people who look at Prefect, so a Prefect that goes away does not stop a search.
"""

from __future__ import annotations

import asyncio
import signal
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from uuid import UUID

from archive.run import StopReason, Summary
from flows.events import Observer
from flows.prefect_page import LOST, PrefectPage, full_name
from flows.prefect_setup import PrefectUnavailable, prefect_api
from flows.search import GRACE_SECONDS, Execute, Search, sigterm_stops
from flows.terms import Terms

# isort: split
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import TerminationSignal
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed

__all__ = ["FLOW_NAME", "evolve", "run_under_prefect"]

FLOW_NAME = "cambrian-evolve"

_REPORT_SECONDS = 2.0

_carried: ContextVar[Search | None] = ContextVar("carried", default=None)
"""The search that this process already began; a flow that a worker starts finds none and begins its own."""


def _provisional_name() -> str:
    """Name of the flow run until the run has told its own."""
    if (carried := _carried.get()) is not None and carried.started is not None:
        return full_name(carried.started)
    asked = flow_run.parameters
    about = asked.get("resume") or Path(asked.get("problem") or "run").stem
    return "/".join(part for part in (about, asked.get("name")) if part)


@flow(name=FLOW_NAME, flow_run_name=_provisional_name, validate_parameters=True)
async def evolve(
    problem: str = "",
    *,
    resume: str | None = None,
    evaluations: int | None = None,
    dollars: float | None = None,
    minutes: float | None = None,
    target: float | None = None,
    models: tuple[str, ...] = (),
    base_url: str | None = None,
    strategy: str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    db: str | None = None,
    name: str | None = None,
    sets: tuple[str, ...] = (),
    sandbox: str = "auto",
    memory: str | None = None,
    study: str | None = None,
    replay: str | None = None,
) -> State[Any]:
    """Search for a better program by evolution with language models.

    Ends Completed at a wall or the target, Failed when models or sandbox are out of reach, Cancelled when
    it was stopped, Crashed when its process was terminated; whatever it ends in, `cambrian resume` goes on.

    Args:
        problem: folder, YAML file or catalogue name; empty with resume.
        resume: run to go on with, by id or name.
        evaluations: programs to evaluate.
        dollars: most to spend on model calls.
        minutes: most wall time.
        target: fitness to stop at.
        models: names of models, in place of the problem's.
        base_url: endpoint of the models.
        strategy: how to search.
        seed: of all random streams.
        workers: turns at a time.
        db: SQLAlchemy URL of the archive.
        name: of the run.
        sets: key=value changes to the problem's definition.
        sandbox: auto, docker or process.
        memory: run whose lessons are carried over.
        study: name of the study that the run belongs to.
        replay: run to go through again with its recorded answers.
    """
    terms = Terms(
        problem=problem,
        resume=resume,
        evaluations=evaluations,
        dollars=dollars,
        minutes=minutes,
        target=target,
        models=models,
        base_url=base_url,
        strategy=strategy,
        seed=seed,
        workers=workers,
        db=db,
        name=name,
        sets=sets,
        sandbox=sandbox,
        memory=memory,
        study=study,
        replay=replay,
    )
    carried = _carried.get()
    search = carried or Search(terms, lambda _: None, execute=_execute, stop=asyncio.Event())
    with sigterm_stops(search.stop) as terminated:
        summary = await _report(search)
    if terminated.is_set() and carried is None and not await _prefect_cancels():
        # Not a person but the machine ended it: Prefect records Crashed, and the process ends by the signal.
        raise TerminationSignal(signal=signal.SIGTERM)
    return _final_state(summary)


async def run_under_prefect(
    terms: Terms, observe: Observer, *, stop: asyncio.Event | None = None, execute: Execute | None = None
) -> Summary:
    """Carries out a run in this process and records it with Prefect.

    The search begins at once; Prefect joins when it is up. What happens is told to `observe` as it happens,
    and Prefect's own log stays off the terminal. SIGTERM is taken as `stop`; SIGINT is left to the caller.

    Args:
        terms: what to do.
        observe: listener, called from the event loop; it must not block.
        stop: set to stop the run and leave it resumable.
        execute: carries out the run, `flows.compose.execute` when None.

    Returns:
        The summary; `run.stopped_by` says why the run stopped.

    Raises:
        PrefectUnavailable: Prefect can neither be reached nor started; a run begun meanwhile is left paused.
        CambrianError: what `execute` raises.
    """
    search = Search(terms, observe, execute=execute or _execute, stop=stop or asyncio.Event())
    prefect = asyncio.create_task(_record(search))
    try:
        await asyncio.wait({prefect, search.task}, return_when=asyncio.FIRST_COMPLETED)
        if search.task.done() and search.task.exception() is not None and not search.recorded:
            # A mistake in the terms shows at once: no need to wait for Prefect to tell it.
            prefect.cancel()
            await asyncio.wait({prefect})
            return search.task.result()
        await asyncio.shield(prefect)
    except PrefectUnavailable as error:
        await search.settle()
        raise PrefectUnavailable(f"{error}{search.how_to_go_on()}") from error
    except asyncio.CancelledError:
        await search.settle()
        await asyncio.wait({prefect}, timeout=GRACE_SECONDS)
        raise
    return await search.task


async def _execute(terms: Terms, observe: Observer, *, stop: asyncio.Event | None = None) -> Summary:
    from flows.compose import execute

    return await execute(terms, observe, stop=stop)


async def _record(search: Search) -> None:
    """Takes the search through a Prefect flow run; tells when Prefect was lost on the way."""
    async with prefect_api(search.tell):
        token = _carried.set(search)
        try:
            await evolve(**search.terms.to_dict(), return_state=True)
        except LOST as error:
            if not search.recorded:
                raise PrefectUnavailable(
                    f"Prefect took no flow run: {error}. --no-prefect goes without."
                ) from error
            search.tell(f"Prefect was lost on the way ({error}); the run goes on, its archive is complete")
        finally:
            _carried.reset(token)


async def _prefect_cancels() -> bool:
    """Whether someone cancelled this flow run in Prefect."""
    try:
        async with get_client() as client:
            state = (await client.read_flow_run(UUID(flow_run.id))).state
    except LOST:
        return False
    return state is not None and state.is_cancelling()


async def _report(search: Search) -> Summary:
    """Writes what happens to Prefect until the search ends, then its result."""
    search.recorded = True
    page = PrefectPage(search)
    try:
        while not search.task.done():
            await page.update()
            await asyncio.wait({search.task}, timeout=_REPORT_SECONDS)
    except asyncio.CancelledError:
        await search.settle()
        raise
    summary = search.task.result()
    await page.close(summary)
    return summary


def _final_state(summary: Summary) -> State[Any]:
    """The flow's state for the reason the run stopped."""
    run = summary.run
    best = f"best {summary.best.fitness:.10g}" if summary.best else "nothing valid found"
    message = f"{run.name}: {best} after {summary.evaluations} evaluations; stopped by {run.stopped_by}"
    match run.stopped_by:
        case StopReason.INTERRUPTED:
            return Cancelled(message=f"{message}; `cambrian resume {run.name}` goes on")
        case StopReason.ERROR | StopReason.MODEL_UNREACHABLE | StopReason.SANDBOX_UNAVAILABLE:
            return Failed(message=message)
        case _:
            return Completed(message=message)
