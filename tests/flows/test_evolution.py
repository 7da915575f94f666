from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

if "prefect" not in os.environ.get("CAMBRIAN_REQUIRE", "").split(","):
    pytest.skip(
        "loads and starts Prefect, which takes minutes; CAMBRIAN_REQUIRE=prefect runs it",
        allow_module_level=True,
    )

from prefect.settings import temporary_settings

from archive.ledger import Usage
from archive.program import ProgramId
from archive.run import Best, Run, RunState, StopReason, Summary
from flows.events import Event, Finished, Improved, Notice, Observer, Progress, Started
from flows.evolution import evolve, run_under_prefect
from flows.prefect_setup import PrefectUnavailable
from flows.prefect_text import bests_table, percentage, result_page
from flows.terms import Terms
from problems.errors import CambrianError
from problems.problem import Budget, Reference

PROGRAM = ProgramId("ab" * 32)


def a_run(name: str) -> Run:
    return Run(
        id="0123456789ab",
        name=name,
        problem="circle_packing",
        problem_digest="d",
        problem_path="/problems/circle_packing",
        seed=1,
        workers=1,
        strategy="map_elites",
        islands=1,
        models=("embedded",),
        sandbox="process",
        budget=Budget(evaluations=3),
        created=datetime.now(UTC),
    )


def some_progress(**changes: object) -> Progress:
    base = Progress(
        evaluations=1,
        limit=4,
        best=1.5,
        rate=2.0,
        dollars=0.25,
        calls=3,
        cells=2,
        failures={"timed_out": 1},
        duplicates=0,
        seconds=10.0,
        eta_seconds=None,
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]  # a test names real fields


class FakeRun:
    """Carries out a run without problem, model or sandbox: improves once and then counts up to a limit."""

    def __init__(self, *, evaluations: int = 3, error: Exception | None = None) -> None:
        self.evaluations = evaluations
        self.error = error
        self.began = asyncio.Event()

    async def __call__(
        self, terms: Terms, observe: Observer, *, stop: asyncio.Event | None = None
    ) -> Summary:
        run = a_run(terms.name or "brave-otter")
        observe(Started(run=run, resumed=False, evaluations=0))
        observe(
            Improved(
                program=PROGRAM,
                fitness=2.5,
                previous=None,
                operator="seed",
                idea="",
                evaluations=1,
                seconds=0.1,
                metrics={"sum_radii": 2.5},
            )
        )
        reason, done = StopReason.EVALUATIONS, 0
        while done < self.evaluations:
            done += 1
            observe(some_progress(evaluations=done, limit=self.evaluations, best=2.5))
            self.began.set()
            await asyncio.sleep(0.05)
            if self.error is not None:
                raise self.error
            if stop is not None and stop.is_set():
                reason = StopReason.INTERRUPTED
                break
        summary = summary_of(run, reason, done)
        observe(Finished(summary=summary))
        return summary


def summary_of(run: Run, reason: StopReason, evaluations: int) -> Summary:
    state = RunState.PAUSED if reason is StopReason.INTERRUPTED else RunState.FINISHED
    return Summary(
        run=dataclasses.replace(run, state=state, stopped_by=reason),
        best=Best(program=PROGRAM, fitness=2.5, metrics={"sum_radii": 2.5}),
        evaluations=evaluations,
        valid=evaluations,
        duplicates=0,
        failures={},
        calls=3,
        usage=Usage(dollars=0.25),
        seconds=1.0,
        cells=2,
        coverage=0.5,
        qd_score=1.0,
        attempts=evaluations,
    )


def ask(url: str, what: str, **body: object) -> list[dict[str, object]]:
    answer = httpx.post(f"{url}/{what}/filter", json=body, timeout=10)
    answer.raise_for_status()
    found: list[dict[str, object]] = answer.json()
    return found


def flow_run_named(url: str, name: str) -> dict[str, object]:
    """The one flow run of that name; the name is written within a report's time."""
    found = ask(url, "flow_runs", flow_runs={"name": {"any_": [name]}})
    assert len(found) == 1
    return found[0]


def artifacts_of(url: str, flow_run: dict[str, object]) -> dict[str, object]:
    found = ask(url, "artifacts", artifacts={"flow_run_id": {"any_": [flow_run["id"]]}})
    return {str(each["key"]): each["data"] for each in found}


def test_the_flow_takes_exactly_the_terms_as_its_parameters() -> None:
    signature = inspect.signature(evolve.fn)
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    assert defaults == {field.name: field.default for field in dataclasses.fields(Terms)}


def test_every_parameter_is_explained_in_prefect() -> None:
    described = evolve.parameters.properties
    assert [name for name, each in described.items() if not each.get("description")] == []


def test_progress_is_told_by_the_nearest_wall() -> None:
    assert percentage(some_progress(evaluations=1, limit=4)) == 25
    assert percentage(some_progress(evaluations=1, limit=None, seconds=30.0, eta_seconds=10.0)) == 75
    assert percentage(some_progress(limit=None)) == 0
    assert percentage(some_progress(evaluations=9, limit=4)) == 100


def test_the_table_of_bests_holds_one_row_an_improvement_with_its_gain() -> None:
    first = Improved(
        program=PROGRAM,
        fitness=2.0,
        previous=None,
        operator="seed",
        idea="",
        evaluations=1,
        seconds=0.1,
        metrics={},
    )
    rows = bests_table([first, dataclasses.replace(first, fitness=2.5, previous=2.0, evaluations=7)])
    assert [(row["evaluations"], row["fitness"], row["gain"]) for row in rows] == [
        (1, 2.0, None),
        (7, 2.5, 0.5),
    ]


@pytest.mark.parametrize(
    ("reason", "resumable"), [(StopReason.INTERRUPTED, True), (StopReason.TARGET, False)]
)
def test_the_result_page_says_how_to_see_a_run_and_how_to_resume_it_where_it_can_be(
    reason: StopReason, resumable: bool
) -> None:
    known = Reference(best_known=2.635983085, source="a paper")
    page = result_page(summary_of(a_run("brave-otter"), reason, 3), known)
    assert "**2.5**" in page
    assert "2.635983085 (a paper)" in page
    assert "$0.2500" in page
    assert "cambrian show brave-otter" in page
    assert ("cambrian resume brave-otter" in page) is resumable


async def test_a_mistake_in_the_terms_is_told_without_waiting_for_prefect(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))

    async def refuse(terms: Terms, observe: Observer, *, stop: asyncio.Event | None = None) -> Summary:
        raise CambrianError("no such problem")

    began = time.monotonic()
    with pytest.raises(CambrianError, match="no such problem"):
        await run_under_prefect(Terms(problem="x"), lambda _: None, execute=refuse)
    assert time.monotonic() - began < 4


async def test_an_api_that_does_not_answer_stops_the_run_and_says_how_to_go_on() -> None:
    fake = FakeRun(evaluations=10_000)
    with (
        temporary_settings({"api.url": "http://127.0.0.1:9/api"}),
        pytest.raises(
            PrefectUnavailable, match=r"(?s)--no-prefect.*cambrian resume brave-otter --no-prefect"
        ),
    ):
        await run_under_prefect(Terms(problem="x"), lambda _: None, execute=fake)


@pytest.mark.prefect_server
@pytest.mark.timeout(180)
async def test_a_run_is_recorded_with_parameters_progress_bests_and_result(prefect_url: str) -> None:
    events: list[Event] = []
    terms = Terms(problem="circle_packing", evaluations=3, models=("a", "b"), name="calm-heron")
    with temporary_settings({"api.url": prefect_url}):
        summary = await run_under_prefect(terms, events.append, execute=FakeRun())
    assert summary.evaluations == 3
    assert [type(event) for event in events if not isinstance(event, Progress)] == [
        Started,
        Improved,
        Finished,
    ]
    flow_run = flow_run_named(prefect_url, "circle_packing/calm-heron")
    assert flow_run["state_type"] == "COMPLETED"
    assert Terms.from_dict(flow_run["parameters"]) == terms  # type: ignore[arg-type]  # JSON
    artifacts = artifacts_of(prefect_url, flow_run)
    assert artifacts["circle-packing-progress"] == 100
    assert json.loads(str(artifacts["circle-packing-bests"]))[0]["fitness"] == 2.5
    assert "cambrian show calm-heron" in str(artifacts["circle-packing-result"])


@pytest.mark.prefect_server
@pytest.mark.timeout(180)
async def test_a_run_that_raises_is_failed_in_prefect_and_raises_to_the_caller(prefect_url: str) -> None:
    fake = FakeRun(evaluations=1_000)

    async def break_off(terms: Terms, observe: Observer, *, stop: asyncio.Event | None = None) -> Summary:
        with_error = asyncio.create_task(fake(terms, observe, stop=stop))
        await asyncio.sleep(4)  # until Prefect has joined
        with_error.cancel()
        raise CambrianError("the sandbox is gone")

    with (
        temporary_settings({"api.url": prefect_url}),
        pytest.raises(CambrianError, match="the sandbox is gone"),
    ):
        await run_under_prefect(Terms(problem="x", name="sad-crane"), lambda _: None, execute=break_off)
    assert flow_run_named(prefect_url, "circle_packing/sad-crane")["state_type"] == "FAILED"


@pytest.mark.prefect_server
@pytest.mark.timeout(180)
async def test_sigterm_stops_a_run_gracefully_and_prefect_shows_it_cancelled(prefect_url: str) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with temporary_settings({"api.url": prefect_url}):
        running = asyncio.create_task(
            run_under_prefect(
                Terms(problem="x", name="shy-lynx"), lambda _: None, execute=FakeRun(evaluations=10_000)
            )
        )
        await _until_running(prefect_url, "circle_packing/shy-lynx")
        os.kill(os.getpid(), signal.SIGTERM)
        summary = await running
    assert summary.run.stopped_by is StopReason.INTERRUPTED
    assert flow_run_named(prefect_url, "circle_packing/shy-lynx")["state_type"] == "CANCELLED"
    assert signal.getsignal(signal.SIGTERM) is handler


@pytest.mark.prefect_server
@pytest.mark.timeout(180)
async def test_a_cancelled_task_asks_the_run_to_stop_before_it_ends(prefect_url: str) -> None:
    finished: list[Summary] = []

    def observe(event: Event) -> None:
        if isinstance(event, Finished):
            finished.append(event.summary)

    with temporary_settings({"api.url": prefect_url}):
        running = asyncio.create_task(
            run_under_prefect(
                Terms(problem="x", name="odd-newt"), observe, execute=FakeRun(evaluations=10_000)
            )
        )
        await _until_running(prefect_url, "circle_packing/odd-newt")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert [summary.run.state for summary in finished] == [RunState.PAUSED]
    assert flow_run_named(prefect_url, "circle_packing/odd-newt")["state_type"] == "CANCELLED"


@pytest.mark.prefect_server
@pytest.mark.timeout(180)
async def test_without_an_api_a_local_server_is_started_while_the_search_already_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    events: list[Event] = []
    summary = await run_under_prefect(Terms(problem="x", name="new-wren"), events.append, execute=FakeRun())
    assert summary.run.stopped_by is StopReason.EVALUATIONS
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert len([text for text in notices if "local Prefect server" in text]) == 1
    assert isinstance(events[0], Started)
    assert (tmp_path / "prefect.db").exists()


async def _until_running(url: str, name: str) -> None:
    while not ask(
        url, "flow_runs", flow_runs={"name": {"any_": [name]}, "state": {"name": {"any_": ["Running"]}}}
    ):
        await asyncio.sleep(0.2)
    await asyncio.sleep(0.5)
