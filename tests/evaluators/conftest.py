"""What the tests of sandboxes share."""

from collections.abc import Awaitable, Callable

import pytest

from evaluators.local import ProcessSandbox
from evaluators.sandbox import Posture, Sandbox, SandboxUnavailable


@pytest.fixture(scope="session")
def start(require: Callable[[str], None]) -> Callable[..., Awaitable[tuple[Sandbox, Posture]]]:
    """Starts a sandbox of a kind: ``process``, ``plain`` (a process without namespaces) or ``docker``."""

    def make(kind: str, **options) -> Sandbox:
        if kind == "docker":
            require("docker")
            from evaluators.docker.image import local_image
            from evaluators.docker.sandbox import DockerSandbox

            return DockerSandbox(image=local_image(), **options)
        return ProcessSandbox(namespaces=kind == "process", **options)

    async def started(kind: str, **options) -> tuple[Sandbox, Posture]:
        sandbox = make(kind, **options)
        try:
            return sandbox, await sandbox.start()
        except SandboxUnavailable as error:
            if "cannot read" in str(error):  # root, with a Python in root's home, and no namespaces
                pytest.skip(str(error))
            raise

    return started
