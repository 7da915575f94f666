import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluators.docker import build, image
from evaluators.docker.client import Engine
from evaluators.docker.sandbox import DockerSandbox
from evaluators.sandbox import Command, SandboxUnavailable
from evaluators.values import decode

ROOT = Path(__file__).parents[3]


def test_the_tag_names_the_contents_of_the_dockerfile() -> None:
    repository, _, version = image.tag().partition(":")
    assert repository == "cambrian-sandbox"
    assert len(version) == 12


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_the_reason_is_given_quickly() -> None:
    begun = time.monotonic()
    assert "could not reach the Docker engine" in (image.available() or "")
    assert time.monotonic() - begun < 3.0


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("wanted", ["default", "Dockerfile", "other:latest"])
async def test_without_an_engine_no_image_is_had(wanted: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(
        SandboxUnavailable, match=r"could not reach the Docker engine .*No such file"
    ) as caught:
        await image.ensure_image(print, image=wanted, folder=tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_the_command_fails_with_one_line_where_there_is_no_engine(tmp_path: Path) -> None:
    done = _command({"DOCKER_HOST": f"unix://{tmp_path}/no.sock"})
    assert done.returncode == 1
    assert done.stderr.startswith("error: could not reach the Docker engine")
    assert "Traceback" not in done.stderr


def test_the_command_wants_a_file_that_is_there(tmp_path: Path) -> None:
    done = _command({}, "--import", str(tmp_path / "no.tar"))
    assert (done.returncode, done.stderr) == (1, f"error: there is no file {tmp_path / 'no.tar'}\n")


@pytest.mark.docker
async def test_an_image_that_is_there_is_not_built_again(require: Callable[[str], None]) -> None:
    require("docker")
    said: list[str] = []
    assert await image.ensure_image(said.append) == image.local_image()
    assert said == []


@pytest.fixture
def folder(require: Callable[[str], None], tmp_path: Path) -> Iterator[Path]:
    """A problem's folder whose Dockerfile builds on the default image; the image goes after the test."""
    require("docker")
    text = f"FROM {image.tag()}\nWORKDIR /mark/{os.getpid()}-{time.monotonic_ns()}\n"
    text += 'ENTRYPOINT ["/bin/false"]\nUSER 65534\n'  # which an image may have, and a slot must not heed
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "secret.txt").write_text("not for the engine")
    yield tmp_path
    name = f"cambrian-problem:{image._digest((tmp_path / 'Dockerfile').read_bytes())}"
    with_engine = Engine()
    if build.find(name) is not None:
        with_engine.now("remove", lambda client: client.api.remove_image(name, force=True))
    with_engine.close()


@pytest.mark.docker
async def test_a_dockerfile_is_built_once_and_programs_run_in_it(folder: Path) -> None:
    said: list[str] = []
    built = await image.ensure_image(said.append, image="Dockerfile", folder=folder)
    assert any(line.startswith("building cambrian-problem:") for line in said)
    assert built != image.local_image()
    said.clear()
    assert await image.ensure_image(said.append, image="Dockerfile", folder=folder) == built
    assert said == []
    source = b"import os\ndef solve(): return os.listdir('/mark')[0]"
    for transport in ("socket", "stream"):
        sandbox = DockerSandbox(slots=1, image=built, transport=transport)
        try:
            posture = await sandbox.start()
            result = await sandbox.run(Command(files={"p.py": source}, module="p.py", function="solve"))
        finally:
            await sandbox.close()
        assert decode(result.result).startswith(f"{os.getpid()}-")
        assert posture.facts["image"] == built
        assert sandbox.identity == f"docker {built}"


@pytest.mark.docker
async def test_nothing_beside_the_dockerfile_can_get_into_an_image(folder: Path) -> None:
    (folder / "Dockerfile").write_text(f"FROM {image.tag()}\nCOPY secret.txt /\n")
    with pytest.raises(SandboxUnavailable, match=r"could not be built from .*secret\.txt"):
        await image.ensure_image(lambda line: None, image="Dockerfile", folder=folder)


@pytest.mark.docker
async def test_an_image_named_by_a_problem_is_used_or_asked_for(
    require: Callable[[str], None], tmp_path: Path
) -> None:
    require("docker")
    assert await image.ensure_image(print, image=image.tag(), folder=tmp_path) == image.local_image()
    with pytest.raises(SandboxUnavailable, match="`docker pull cambrian-no-such:1`"):
        await image.ensure_image(print, image="cambrian-no-such:1", folder=tmp_path)


@pytest.mark.docker
async def test_where_no_registry_answers_the_reason_comes_soon_with_what_to_do(
    require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    require("docker")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM registry.invalid/nothing:1\nRUN true\n")
    monkeypatch.setattr(image, "_DOCKERFILE", dockerfile)
    monkeypatch.setenv("PATH", str(tmp_path))  # no mmdebstrap
    begun = time.monotonic()
    with pytest.raises(SandboxUnavailable, match=r"registry\.invalid.*make image.*mmdebstrap") as caught:
        await image.ensure_image(print)
    assert time.monotonic() - begun < 20.0
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(SandboxUnavailable, match="make image"):
        image.local_image()


def _command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evaluators.docker.image", *arguments],
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
