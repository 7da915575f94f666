"""What the tests of the Docker sandbox share."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluators.docker.image import local_image
from tests.evaluators.docker.doorway import Doorway, certificates


@pytest.fixture(scope="session")
def image_id(require: Callable[[str], None]) -> str:
    """Id of the default image, looked up before a test changes where the engine is."""
    require("docker")
    return local_image()


@pytest.fixture(params=["tcp", "tls"])
def door(
    request: pytest.FixtureRequest, image_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Doorway]:
    """The engine of this machine as one that is reached over TCP, with and without certificates.

    As ``stalling`` it leaves every request to attach without an answer.
    """
    # The library for requests prefers these to the certificates that the engine's user names.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    context = None
    if request.param == "tls":
        context = certificates(tmp_path)
        monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
        monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    with Doorway(context, stall=b"/attach?" if request.param == "stalling" else None) as doorway:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{doorway.port}")
        yield doorway


@pytest.fixture
def descriptors() -> Callable[[], int]:
    """Counts the open files of this process."""
    return lambda: len(os.listdir("/proc/self/fd"))
