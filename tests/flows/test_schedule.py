from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

if "prefect" not in os.environ.get("CAMBRIAN_REQUIRE", "").split(","):
    pytest.skip(
        "loads and starts Prefect, which takes minutes; CAMBRIAN_REQUIRE=prefect runs it",
        allow_module_level=True,
    )

from prefect.settings import temporary_settings

from flows.cadence import ScheduleError
from flows.prefect_setup import PrefectUnavailable
from flows.schedule import Scheduled, cadence, schedule, schedules, unschedule
from flows.terms import Terms

LIBRARY = Path(__file__).parents[2] / "problems" / "library"
WORKER = "import asyncio; from flows.worker import worker; asyncio.run(worker(say=print))"


@pytest.mark.parametrize("cron", ["", "* * *", "61 * * * *", "every day", "0 3 * * * * * *"])
def test_a_wrong_cron_expression_is_refused_with_an_example(cron: str) -> None:
    with pytest.raises(ScheduleError, match=r"0 3 \* \* \*"):
        cadence(every=None, cron=cron)


@pytest.mark.parametrize(("every", "cron"), [(None, None), ("1h", "0 3 * * *")])
def test_a_schedule_needs_exactly_one_of_interval_and_cron(every: str | None, cron: str | None) -> None:
    with pytest.raises(ScheduleError, match="--every"):
        cadence(every=every, cron=cron)


def test_a_cron_schedule_is_in_the_time_zone_of_the_machine() -> None:
    found = cadence(every=None, cron="0 3 * * *")
    assert found.cron == "0 3 * * *"
    assert found.timezone


async def test_a_resume_cannot_be_scheduled() -> None:
    with pytest.raises(ScheduleError, match="cannot resume"):
        await schedule(Terms(resume="brave-otter"), every="1h")


async def test_a_schedule_without_a_server_says_how_to_start_one() -> None:
    with (
        temporary_settings({"api.url": "http://127.0.0.1:9/api"}),
        pytest.raises(PrefectUnavailable, match="prefect server start"),
    ):
        await schedule(Terms(problem="circle_packing"), every="1h")


@pytest.mark.prefect_server
@pytest.mark.timeout(180)
async def test_a_schedule_is_listed_replaced_under_its_name_and_removed(
    prefect_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(LIBRARY)
    with temporary_settings({"api.url": prefect_url}):
        terms = Terms(problem="circle_packing", evaluations=5, db="sqlite:///runs.db")
        deployed = await schedule(terms, every="90m", name="nightly")
        assert deployed.problem == str(LIBRARY / "circle_packing")
        assert (deployed.schedule, deployed.api) == ("every 90 minutes", prefect_url)

        await schedule(terms, cron="0 3 1 1 *", name="nightly")
        row = await _listed("nightly", with_next_run=True)
        assert row.schedule.startswith("cron 0 3 1 1 * (")
        assert row.active
        assert {(at.month, at.day, at.minute) for at in row.next_runs} <= {(1, 1, 0), (12, 31, 0)}
        assert (row.last_run, row.last_state) == (None, None)

        await unschedule("nightly")
        assert "nightly" not in {each.name for each in await schedules()}
        with pytest.raises(ScheduleError, match="no schedule 'nightly'"):
            await unschedule("nightly")


@pytest.mark.prefect_server
@pytest.mark.timeout(180)
async def test_a_worker_carries_out_a_scheduled_run_and_ends_on_sigterm(
    prefect_url: str, tmp_path: Path
) -> None:
    terms = Terms(
        problem=str(LIBRARY / "tuned_constants"),
        models=("embedded",),
        evaluations=2,
        workers=1,
        seed=1,
        sandbox="process",
        db=f"sqlite:///{tmp_path}/runs.db",
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env={**os.environ, "PREFECT_API_URL": prefect_url, "PREFECT_HOME": str(tmp_path / "prefect")},
        stdout=(tmp_path / "worker.log").open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        with temporary_settings({"api.url": prefect_url}):
            await schedule(terms, every="5s", name="often")
            row = await _listed("often", with_end=True)
            await unschedule("often")
        assert row.last_state == "Completed", (tmp_path / "worker.log").read_text()[-3000:]
        assert (tmp_path / "runs.db").exists()
    finally:
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(timeout=40)
    assert code == 0, (tmp_path / "worker.log").read_text()[-3000:]


async def _listed(name: str, *, with_next_run: bool = False, with_end: bool = False) -> Scheduled:
    """The schedule of that name, once Prefect's scheduler, which looks every few seconds, got to it."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        row = next(each for each in await schedules() if each.name == name)
        ended = row.last_state is not None and row.last_state not in ("Running", "Late", "AwaitingRetry")
        if (row.next_runs or not with_next_run) and (ended or not with_end):
            return row
        await asyncio.sleep(0.5)
    pytest.fail(f"nothing came of the schedule {name}; it is {row}")
