"""What tests may need of the machine. A missing service is a skip that says why, and a failure in CI."""

from __future__ import annotations

import asyncio
import functools
import gc
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("quick", max_examples=12, deadline=None)
settings.register_profile("thorough", max_examples=200, deadline=None)
THOROUGH = bool(os.environ.get("CI"))
"""Whether all is run, as before a change is taken in; the quick form is for working on one."""
settings.load_profile("thorough" if THOROUGH else "quick")

# No test finds what another one, or the user, had evaluated; a test of the cache names a file of its own.
os.environ["CAMBRIAN_CACHE"] = "off"

_REQUIRED = frozenset(filter(None, os.environ.get("CAMBRIAN_REQUIRE", "").split(",")))


@pytest.fixture(scope="session")
def _data_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Places for data folders, one for each test; most tests make none."""
    base = tmp_path_factory.mktemp("data")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its schema and no run, for copying: to make one takes much longer."""
    from archive.sql.store import open_store

    path = tmp_path_factory.mktemp("blank") / "runs.db"
    asyncio.run(open_store(path).close())
    return path


@pytest.fixture(autouse=True)
def _away_from_home(monkeypatch: pytest.MonkeyPatch, _data_folders: Iterator[Path]) -> None:
    """No test reads the user's environment or writes to the user's data folder."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CAMBRIAN_DB", "CAMBRIAN_MODEL", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(next(_data_folders)))


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of what is long."""
    config.addinivalue_line(
        "markers", "thorough(why): shows at length what a quick test shows in short; CI=1 runs it"
    )


_SERVICES = {"docker": "docker", "postgres": "postgres", "browser": "browser", "prefect_server": "prefect"}
"""Marker to the name of the service in CAMBRIAN_REQUIRE."""


@functools.cache
def _missing(service: str) -> str | None:
    """Why a service cannot be had here; None when it can."""
    if service == "docker":
        from evaluators.docker.image import available

        return available()
    if service == "postgres":
        return None if os.environ.get("CAMBRIAN_TEST_POSTGRES") else "CAMBRIAN_TEST_POSTGRES names no server"
    # These two can be had almost anywhere, but take minutes, so they wait until they are asked for.
    if service not in _REQUIRED:
        return f"it takes minutes; CAMBRIAN_REQUIRE={service} runs it"
    if service == "browser":
        return None if shutil.which("chromium") else "chromium is not installed"
    return None


def pytest_collection_finish() -> None:
    """Spare the garbage collector thousands of collected tests, which last as long as the process does."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is long, in the quick form, and a test whose service is missing; fail it where required."""
    if not THOROUGH and (long := item.get_closest_marker("thorough")):
        pytest.skip(f"left to the thorough form, CI=1 runs it: {long.args[0]}")
    for marker in item.iter_markers():
        service = _SERVICES.get(marker.name)
        reason = _missing(service) if service else None
        if reason is None:
            continue
        if service in _REQUIRED:
            pytest.fail(f"{service} is required here (CAMBRIAN_REQUIRE), but {reason}")
        pytest.skip(f"no {service}: {reason}")


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """Skip the calling test unless a service is there; fail it instead when the service is required."""

    def check(service: str) -> None:
        reason = _missing(service)
        if reason is None:
            return
        if service in _REQUIRED:
            pytest.fail(f"{service} is required here (CAMBRIAN_REQUIRE), but {reason}")
        pytest.skip(f"no {service}: {reason}")

    return check
