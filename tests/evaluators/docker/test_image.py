import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.docker import image
from evaluators.docker.client import Engine
from evaluators.sandbox import SandboxUnavailable


def test_the_tag_names_the_contents_of_the_dockerfile() -> None:
    repository, _, version = image.tag().partition(":")
    assert repository == "cambrian-sandbox"
    assert len(version) == 12


def test_without_an_engine_the_reason_is_given_quickly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    begun = time.monotonic()
    assert "could not reach the Docker engine" in (image.available() or "")
    assert time.monotonic() - begun < 3.0
    with pytest.raises(SandboxUnavailable):
        Engine().connect()


def test_the_command_fails_with_one_line_where_there_is_no_engine(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evaluators.docker.image"],
        env={"DOCKER_HOST": f"unix://{tmp_path}/no.sock", "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: could not reach the Docker engine")
    assert "Traceback" not in done.stderr


@pytest.mark.docker
async def test_an_image_that_is_there_is_not_built_again(require: Callable[[str], None]) -> None:
    require("docker")
    said: list[str] = []
    assert await image.ensure_image(said.append) == image.local_image()
    assert said == []
