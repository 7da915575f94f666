"""How an image gets on the engine: built from a Dockerfile, or made of Debian packages and imported."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import docker.errors

from evaluators.docker.client import BUILD_SECONDS, Engine
from evaluators.sandbox import SandboxUnavailable

__all__ = ["Progress", "build_rootfs", "can_build_rootfs", "find", "from_dockerfile", "import_rootfs"]

Progress = Callable[[str], None]

_REGISTRY_SECONDS = 15.0
_DEBIAN = "bookworm"
_PACKAGES = ("python3", "python3-numpy", "python3-scipy", "python3-sklearn", "gcc", "g++", "libc6-dev")


def find(name: str, *, seconds: float = 30.0) -> str | None:
    """Id of an image by name or id, None when it is not on the engine.

    Raises:
        SandboxUnavailable: no engine, or it was silent for `seconds`.
    """

    def inspect(client: Any) -> str | None:  # noqa: ANN401  # the library has no types
        with contextlib.suppress(docker.errors.ImageNotFound):
            return str(client.api.inspect_image(name)["Id"])
        return None

    with contextlib.closing(Engine(seconds=seconds)) as engine:
        return engine.now(f"look for the image {name}", inspect)


def from_dockerfile(dockerfile: bytes, name: str, progress: Progress) -> str:
    """Build an image; its id. Nothing but the Dockerfile is sent, so no file of the user can get into it.

    Raises:
        SandboxUnavailable: the build failed, with its last words; within 20 s when a base image is neither on
            the engine nor at a registry that answers.
    """
    for base in _bases(dockerfile.decode("utf-8", "replace")):
        if find(base) is None:
            _ask_registry(base)
    progress(f"building {name}")

    def build(client: Any) -> str:  # noqa: ANN401  # the library has no types
        steps = client.api.build(fileobj=io.BytesIO(dockerfile), tag=name, rm=True, forcerm=True)
        return _follow(_lines(steps), progress)

    with contextlib.closing(Engine(seconds=BUILD_SECONDS)) as engine:
        last = engine.now("build the image", build)
    found = find(name)
    if found is None:
        raise SandboxUnavailable(f"the build stopped with: {last[:300]}")
    return found


def can_build_rootfs() -> bool:
    """Whether `build_rootfs` has what it needs on this machine, a mirror of Debian aside."""
    return os.getuid() == 0 and shutil.which("mmdebstrap") is not None


def build_rootfs(name: str, progress: Progress) -> str:
    """Make the image from Debian packages; its id. Needs root and mmdebstrap.

    Raises:
        SandboxUnavailable: one of them is missing, or a step failed.
    """
    if not can_build_rootfs():
        raise SandboxUnavailable(
            "making a root file system needs root and mmdebstrap (apt-get install mmdebstrap)"
        )
    with tempfile.TemporaryDirectory(prefix="cambrian-image-") as folder:
        tar = Path(folder) / "root.tar"
        command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}", _DEBIAN, str(tar)]
        progress(" ".join(command))
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            last = _follow(process.stdout or (), progress)
        if process.returncode != 0:
            raise SandboxUnavailable(f"mmdebstrap failed: {last[:300]}")
        return import_rootfs(tar, name, progress)


def import_rootfs(tar: Path, name: str, progress: Progress) -> str:
    """Make the image from a root file system with Python and the libraries in it; its id.

    Raises:
        SandboxUnavailable: there is no such file, or the engine refused.
    """
    if not tar.is_file():
        raise SandboxUnavailable(f"there is no file {tar}")
    progress(f"importing {tar} ({tar.stat().st_size >> 20} MiB) as {name}")
    repository, _, version = name.partition(":")
    with contextlib.closing(Engine(seconds=BUILD_SECONDS)) as engine:
        engine.now(
            "import the image",
            lambda client: client.api.import_image_from_file(str(tar), repository, version),
        )
    found = find(name)
    if found is None:
        raise SandboxUnavailable(f"the engine took the image {name} but does not have it")
    return found


def _bases(dockerfile: str) -> list[str]:
    """Images that must come from elsewhere; those named by a variable are left to the build."""
    bases: list[str] = []
    own = {"scratch"}
    for line in dockerfile.splitlines():
        words = [word for word in line.split() if not word.startswith("--")]
        if len(words) > 1 and words[0].upper() == "FROM":
            if words[1] not in own and "$" not in words[1]:
                bases.append(words[1])
            own.add(words[-1])
    return bases


def _ask_registry(base: str) -> None:
    """See that a registry answers, bounded in time, which the engine's own attempts are not.

    Raises:
        SandboxUnavailable: none does.
    """

    def ask(client: Any) -> None:  # noqa: ANN401  # the library has no types
        # An engine that does not know the question, or an image that is not there: the build will tell.
        with contextlib.suppress(docker.errors.NotFound):
            client.api.inspect_distribution(base)

    with contextlib.closing(Engine(seconds=_REGISTRY_SECONDS)) as engine:
        engine.now(f"find {base} at a registry", ask)


def _lines(steps: Iterable[bytes]) -> Iterable[str]:
    for raw in steps:
        for line in raw.splitlines():
            step = json.loads(line) if line.strip() else {}
            text = step.get("stream") or step.get("error") or step.get("status") or ""
            yield from str(text).splitlines()


def _follow(lines: Iterable[str], progress: Progress) -> str:
    """Hand on every line that says something; the last one."""
    last = ""
    for line in lines:
        if line.strip():
            last = line.strip()
            progress(last)
    return last
