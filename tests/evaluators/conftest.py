"""What the tests of sandboxes share."""

from collections.abc import Awaitable, Callable

import pytest

from evaluators.local import ProcessSandbox
from evaluators.sandbox import Posture, Sandbox, SandboxUnavailable


@pytest.fixture(scope="session")
def start(require: Callable[[str], None]) -> Callable[..., Awaitable[tuple[Sandbox, Posture]]]:
    """Starts a sandbox of a kind: ``process``, ``plain`` (no namespaces), ``docker`` or ``docker-stream``."""

    def make(kind: str, **options) -> Sandbox:
        if kind.startswith("docker"):
            require("docker")
            from evaluators.docker.image import local_image
            from evaluators.docker.sandbox import DockerSandbox

            transport = "stream" if kind == "docker-stream" else "socket"
            return DockerSandbox(image=local_image(), transport=transport, **options)
        return ProcessSandbox(namespaces=kind == "process", **options)

    unreadable: dict[str, str] = {}  # a start that cannot succeed takes seconds, so it is tried once

    async def started(kind: str, **options) -> tuple[Sandbox, Posture]:
        if kind in unreadable:
            pytest.skip(unreadable[kind])
        sandbox = make(kind, **options)
        try:
            return sandbox, await sandbox.start()
        except SandboxUnavailable as error:
            if "cannot read" in str(error):  # root, with a Python in root's home, and no namespaces
                unreadable[kind] = str(error)
                pytest.skip(str(error))
            raise

    return started
