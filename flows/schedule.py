"""Runs that come back: Prefect deployments with a schedule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from flows.cadence import ScheduleError, in_words, interval, local_zone
from flows.evolution import FLOW_NAME, evolve
from flows.prefect_setup import prefect_server
from flows.terms import Terms
from flows.worker import POOL, ensure_pool

# isort: split
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Schedule
from prefect.types.entrypoint import EntrypointType

if TYPE_CHECKING:
    from prefect.client.schemas.responses import DeploymentResponse

__all__ = [
    "Deployed",
    "Scheduled",
    "cadence",
    "schedule",
    "schedules",
    "unschedule",
]

_NEXT_RUNS = 3
_WAITING = [StateType.SCHEDULED, StateType.PENDING]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What became of a schedule.

    Attributes:
        name: of the schedule, unique; scheduling it again replaces it.
        problem: what is run, as an absolute path where it is a path.
        schedule: when, in words.
        api: address of the Prefect server that keeps it.
        workers: workers online on the pool; with 0 nothing runs until ``cambrian worker`` is started.
    """

    name: str
    problem: str
    schedule: str
    api: str
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """One schedule as Prefect keeps it.

    Attributes:
        name: of the schedule.
        problem: what is run.
        schedule: when, in words.
        active: whether it fires; a person can pause it in Prefect's own pages.
        next_runs: the next times, aware, soonest first; empty for some seconds after it was made.
        last_run: when the latest run began, aware; None before the first.
        last_state: Prefect's name of the latest run's state, for example ``Completed``.
    """

    name: str
    problem: str
    schedule: str
    active: bool
    next_runs: tuple[datetime, ...]
    last_run: datetime | None
    last_state: str | None


async def schedule(
    terms: Terms, *, every: str | None = None, cron: str | None = None, name: str | None = None
) -> Deployed:
    """Has a problem run again and again; a schedule of the same name is replaced.

    A run that is due while its worker is busy waits until the worker is free.

    Args:
        terms: what each run is to do. Paths in them are made absolute, since a worker stands elsewhere.
        every: an interval, see `flows.cadence.interval`.
        cron: a cron expression, in this machine's time zone.
        name: of the schedule; the problem's name when None.

    Raises:
        ScheduleError: not exactly one of `every` and `cron`, or one that cannot be read, or a resume.
        PrefectUnavailable: no Prefect server answers.
    """
    when = cadence(every=every, cron=cron)
    if terms.resume is not None or not terms.problem:
        raise ScheduleError("A schedule starts new runs of a problem; it cannot resume a run.")
    parameters = _anchored(terms.to_dict())
    name = name or Path(str(parameters["problem"])).stem
    deployment = RunnerDeployment.from_flow(
        evolve,
        name=name,
        schedule=when,
        parameters=parameters,
        work_pool_name=POOL,
        tags=["cambrian"],
        # A path entrypoint would load a second copy of the module beside the one everything else imports.
        entrypoint_type=EntrypointType.MODULE_PATH,
        # A folder named like one of our packages where the worker stands must not be imported.
        job_variables={"env": {"PYTHONSAFEPATH": "1"}},
    )
    with prefect_server() as api:
        async with get_client() as client:
            await ensure_pool(client)
            await _drop_stale_runs(client, await deployment.aapply())
            workers = await client.read_workers_for_work_pool(POOL)
    return Deployed(
        name=name,
        problem=str(parameters["problem"]),
        schedule=in_words(when.interval, when.cron, when.timezone),
        api=api,
        workers=sum(1 for worker in workers if worker.status == "ONLINE"),
    )


async def schedules() -> tuple[Scheduled, ...]:
    """All schedules of the Prefect server, by name.

    Raises:
        PrefectUnavailable: no Prefect server answers.
    """
    with prefect_server():
        async with get_client() as client:
            deployments = await client.read_deployments(
                flow_filter=FlowFilter(name=FlowFilterName(any_=[FLOW_NAME]))
            )
            rows = [await _row(client, deployment) for deployment in deployments]
    return tuple(sorted(rows, key=lambda row: row.name))


async def unschedule(name: str) -> None:
    """Removes a schedule; runs that it started stay.

    Raises:
        ScheduleError: there is none of that name.
        PrefectUnavailable: no Prefect server answers.
    """
    with prefect_server():
        async with get_client() as client:
            try:
                deployment = await client.read_deployment_by_name(f"{FLOW_NAME}/{name}")
            except ObjectNotFound as error:
                raise ScheduleError(
                    f"There is no schedule {name!r}; `cambrian schedules` lists them."
                ) from error
            await client.delete_deployment(deployment.id)


def cadence(*, every: str | None, cron: str | None) -> Schedule:
    """The schedule that the command line asked for.

    Raises:
        ScheduleError: not exactly one is given, or it cannot be read.
    """
    if (every is None) == (cron is None):
        raise ScheduleError("Give either --every (30s, 15m, 1h, 2d) or --cron ('0 3 * * *').")
    if every is not None:
        return Schedule(interval=interval(every))
    try:
        return Schedule(cron=cron, timezone=local_zone())
    except ValueError as error:
        raise ScheduleError(
            f"{cron!r} is no cron expression: five fields, minute hour day month weekday, "
            "for example '0 3 * * *' for every night at three."
        ) from error


def _anchored(parameters: dict[str, object]) -> dict[str, object]:
    """The parameters with paths that still hold in the working directory of a worker."""
    problem = Path(str(parameters["problem"]))
    if problem.exists():
        parameters["problem"] = str(problem.resolve())
    database = parameters.get("db")
    match = re.fullmatch(r"(sqlite[+\w]*:///)([^/?:].*)", database) if isinstance(database, str) else None
    if match is not None:
        parameters["db"] = f"{match[1]}{Path(match[2]).resolve()}"
    return parameters


async def _drop_stale_runs(client: PrefectClient, deployment_id: UUID) -> None:
    """Removes coming runs of the schedule that was replaced.

    Prefect does so too, but misses those that its scheduler writes at the same moment.
    """
    current = {each.id for each in (await client.read_deployment(deployment_id)).schedules}
    for run in await client.read_flow_runs(flow_run_filter=_runs_of(deployment_id, any_=_WAITING)):
        if run.auto_scheduled and run.created_by is not None and run.created_by.id not in current:
            await client.delete_flow_run(run.id)


def _runs_of(deployment_id: UUID, **states: list[StateType]) -> FlowRunFilter:
    return FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(**states)),
    )


async def _row(client: PrefectClient, deployment: DeploymentResponse) -> Scheduled:
    ahead = await client.read_flow_runs(
        flow_run_filter=_runs_of(deployment.id, any_=_WAITING),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=_NEXT_RUNS,
    )
    done = await client.read_flow_runs(
        flow_run_filter=_runs_of(deployment.id, not_any_=_WAITING),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=1,
    )
    latest = done[0] if done else None
    return Scheduled(
        name=deployment.name,
        problem=str(deployment.parameters.get("problem", "")),
        schedule=", ".join(_of_prefect(each.schedule) for each in deployment.schedules) or "on demand",
        active=not deployment.paused and any(each.active for each in deployment.schedules),
        next_runs=tuple(run.expected_start_time for run in ahead if run.expected_start_time is not None),
        last_run=latest.start_time or latest.expected_start_time if latest else None,
        last_state=latest.state_name if latest else None,
    )


def _of_prefect(schedule: object) -> str:
    if isinstance(schedule, IntervalSchedule):
        return in_words(schedule.interval, None, None)
    if isinstance(schedule, CronSchedule):
        return in_words(None, schedule.cron, schedule.timezone)
    return in_words(None, None, None)
