"""Which sandbox a run would use, and why, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.sandbox import Posture
from flows.finding import Finding
from flows.protection import Weakness
from flows.sandbox_findings import _in_force, _Tested, look_at_sandboxes
from flows.settings import Settings, read_settings

WHOLE = Posture(kind="process", holds=("no network",), lacks=())
WEAK = Posture(kind="process", holds=(), lacks=("no namespaces (not allowed)",))
NO_DOCKER = _Tested(finding=Finding(topic="Docker sandbox", ok=False, found="no engine", mend="start it"))


def passing(posture: Posture) -> _Tested:
    weaknesses = tuple(Weakness(what=lack, mend="use Docker") for lack in posture.lacks)
    finding = Finding(topic="process sandbox", ok=posture.is_full, found="", weaknesses=weaknesses)
    return _Tested(finding=finding, posture=posture)


@pytest.mark.parametrize(
    ("docker", "process", "key", "expected"),
    [
        (passing(WHOLE), passing(WEAK), "sk", (True, "a run uses Docker now")),
        (NO_DOCKER, passing(WHOLE), "sk", (True, "a run uses processes of this machine now")),
        (NO_DOCKER, passing(WEAK), None, (True, "a run with the embedded model uses processes")),
        (NO_DOCKER, passing(WEAK), "sk", (False, "a run does not start now")),
        (NO_DOCKER, NO_DOCKER, None, (False, "a run cannot start now")),
    ],
)
def test_the_sandbox_in_force_is_the_one_that_a_run_would_take(
    docker: _Tested,
    process: _Tested,
    key: str | None,
    expected: tuple[bool, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if key is not None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    found = _in_force(docker, process, read_settings())
    assert found.ok is expected[0]
    assert found.found.startswith(expected[1])
    assert bool(found.mend) is (docker is NO_DOCKER)
    in_use = docker if docker.posture is not None else process
    assert found.weaknesses == in_use.finding.weaknesses


async def test_without_an_engine_the_process_sandbox_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    in_force, docker, process = await look_at_sandboxes(Settings())
    assert not docker.ok
    assert "start the Docker engine" in docker.mend
    assert process.weaknesses
    assert in_force.promises == process.promises
    assert any("network" in promise for promise in process.promises)


@pytest.mark.docker
async def test_the_docker_sandbox_is_put_to_the_test_and_the_engine_tells_what_it_is() -> None:
    in_force, docker, _ = await look_at_sandboxes(Settings())
    assert docker.ok, docker.found
    assert "its self-test is whole" in docker.found
    assert in_force.promises == docker.promises
    assert docker.facts["image_id"].startswith("sha256:")
    assert docker.facts["cgroup"] in ("1", "2")
