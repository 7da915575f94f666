"""Started sandboxes of every kind, with a secret planted wherever an engine may have one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from evaluators.local import ProcessSandbox
from evaluators.sandbox import Posture, Sandbox, SandboxUnavailable
from tests.hostile.arena import TARGET, Arena
from tests.hostile.gaps import GAPS
from tests.hostile.watch import MARK, Machine

KINDS = [
    pytest.param("process", id="process"),
    pytest.param("plain", id="process-without-namespaces"),
    pytest.param("docker", id="docker", marks=pytest.mark.docker),
]


@dataclass(frozen=True)
class Ring:
    """An arena with what was started for it.

    Attributes:
        candidates: where programs run, on one slot.
        walls: what stands around programs: ``docker``, ``namespaces`` or ``landlock``.
    """

    arena: Arena
    candidates: Sandbox
    machine: Machine
    walls: str
    posture: Posture


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def ring(request: pytest.FixtureRequest, require: Callable[[str], None]) -> AsyncIterator[Ring]:
    """One slot, so that every program meets what the one before it has left."""
    if request.param == "docker":
        require("docker")
    with pytest.MonkeyPatch.context() as patch, _planted():
        patch.setenv("OPENAI_API_KEY", "do-not-tell")
        patch.setenv("HIDDEN_TARGET", ",".join(map(str, TARGET)))
        candidates, scorers = make(request.param), ProcessSandbox(slots=1)
        try:
            posture = await _started(candidates)
            walls = posture.facts.get("isolation", "docker")
            if walls not in GAPS:
                pytest.skip(f"nothing but a {walls} here, which keeps no program from the machine's files")
            await scorers.start()
            machine = Machine(has_containers=request.param == "docker")
            yield Ring(Arena(candidates, scorers), candidates, machine, walls, posture)
        finally:
            await candidates.close()
            await scorers.close()


def make(kind: str, *, slots: int = 1) -> Sandbox:
    """A sandbox for candidates, not started."""
    if kind == "docker":
        from evaluators.docker.image import local_image
        from evaluators.docker.sandbox import DockerSandbox

        return DockerSandbox(slots=slots, image=local_image())
    return ProcessSandbox(slots=slots, namespaces=kind == "process")


async def _started(sandbox: Sandbox) -> Posture:
    try:
        return await sandbox.start()
    except SandboxUnavailable as error:
        if "cannot read" in str(error):  # root, with a Python in root's home, and no namespaces
            pytest.skip(str(error))
        raise


class _planted:  # noqa: N801  # used as a function
    """A file that every user of the machine may read, with the target in it."""

    def __enter__(self) -> None:
        handle, self._path = tempfile.mkstemp(prefix="hidden_target_")
        os.write(handle, f"closeness {TARGET!r}".encode())
        os.close(handle)
        Path(self._path).chmod(0o644)

    def __exit__(self, *_: object) -> None:
        Path(self._path).unlink()
        for left in Path(tempfile.gettempdir()).glob(f"{MARK}*"):
            left.unlink()
