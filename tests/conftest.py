"""What tests may need of the machine. A missing service is a skip that says why, and a failure in CI."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

_REQUIRED = frozenset(filter(None, os.environ.get("CAMBRIAN_REQUIRE", "").split(",")))


@pytest.fixture(autouse=True)
def _away_from_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads the user's environment or writes to the user's data folder."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CAMBRIAN_DB", "CAMBRIAN_MODEL", "PREFECT_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def _missing(service: str) -> str | None:
    """Why a service cannot be had here; None when it can."""
    if service == "docker":
        from evaluators.docker.image import available

        return available()
    if service == "postgres":
        return None if os.environ.get("CAMBRIAN_TEST_POSTGRES") else "CAMBRIAN_TEST_POSTGRES is not set"
    if service == "browser":
        return None if shutil.which("chromium") else "chromium is not installed"
    raise ValueError(f"unknown service {service!r}")


@pytest.fixture(scope="session")
def require() -> Callable[[str], None]:
    """Skip the test unless a service is there; fail it instead when the service is required."""

    def check(service: str) -> None:
        reason = _missing(service)
        if reason is None:
            return
        if service in _REQUIRED:
            pytest.fail(f"{service} is required here (CAMBRIAN_REQUIRE), but {reason}")
        pytest.skip(f"no {service}: {reason}")

    return check
