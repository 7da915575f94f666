"""The sandbox image: found by the digest of its Dockerfile, built when it is missing.

``python -m evaluators.docker.image`` builds it from the registry's Python image. Where no registry can be
reached, ``--rootfs`` makes one of the same contents from Debian packages (needs root and mmdebstrap), and
``--import FILE`` takes a root file system made elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from evaluators.docker.client import Engine
from evaluators.sandbox import SandboxError, SandboxUnavailable

__all__ = ["available", "build_rootfs", "ensure_image", "import_rootfs", "local_image", "tag"]

Progress = Callable[[str], None]

_DOCKERFILE = Path(__file__).parent.parent / "image" / "Dockerfile"
_REPOSITORY = "cambrian-sandbox"
_DEBIAN = "bookworm"
_PACKAGES = ("python3", "python3-numpy", "python3-scipy", "python3-sklearn", "gcc", "libc6-dev")
_BUILD_HINT = "python -m evaluators.docker.image"


def tag() -> str:
    """Name of the image that belongs to this version of Cambrian."""
    return f"{_REPOSITORY}:{hashlib.sha256(_DOCKERFILE.read_bytes()).hexdigest()[:12]}"


def available() -> str | None:
    """Why the Docker sandbox cannot be used now, or None when it can. Takes at most about 2 s."""
    try:
        local_image()
    except SandboxUnavailable as error:
        return str(error)
    return None


def local_image() -> str:
    """Id of the image on the engine.

    Raises:
        SandboxUnavailable: no engine, or the image is not there.
    """
    engine = Engine()
    try:
        engine.connect()
        found = _find(engine)
    finally:
        engine.close()
    if found is None:
        raise SandboxUnavailable(
            f"the image {tag()} is not on the Docker engine; build it with `{_BUILD_HINT}`"
        )
    return found


async def ensure_image(progress: Progress) -> str:
    """Id of the image, built first when it is missing.

    Args:
        progress: gets one line at a time, from another thread.

    Raises:
        SandboxUnavailable: no engine, or the build failed, with its last words.
    """
    return await asyncio.to_thread(_ensure, progress)


def import_rootfs(tar: Path, progress: Progress) -> str:
    """Make the image from a root file system with Python and the libraries in it; its id.

    Raises:
        SandboxUnavailable: the engine refused.
    """
    engine = Engine(patient=True)
    try:
        progress(f"importing {tar} ({tar.stat().st_size >> 20} MiB) as {tag()}")
        repository, _, version = tag().partition(":")
        engine.now(
            "import the image",
            lambda client: client.api.import_image_from_file(str(tar), repository, version),
        )
        return _found(engine)
    finally:
        engine.close()


def build_rootfs(progress: Progress) -> str:
    """Make the image from Debian packages; its id. Needs root and mmdebstrap.

    Raises:
        SandboxUnavailable: one of them is missing, or a step failed.
    """
    if os.getuid() != 0 or shutil.which("mmdebstrap") is None:
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
            raise SandboxUnavailable(f"mmdebstrap failed: {last}")
        return import_rootfs(tar, progress)


def main() -> int:
    """Build the image with progress on standard error; 1 when that failed."""
    parser = argparse.ArgumentParser(prog=_BUILD_HINT, description="Build the sandbox image.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--rootfs", action="store_true", help="from Debian packages, without a registry")
    way.add_argument("--import", dest="tar", type=Path, metavar="FILE", help="from a root file system (tar)")
    options = parser.parse_args()

    def progress(line: str) -> None:
        sys.stderr.write(line + "\n")

    try:
        if options.tar is not None:
            identifier = import_rootfs(options.tar, progress)
        elif options.rootfs:
            identifier = build_rootfs(progress)
        else:
            identifier = _ensure(progress)
    except SandboxError as error:
        progress(f"error: {error}")
        return 1
    progress(f"{tag()} is {identifier}")
    return 0


def _ensure(progress: Progress) -> str:
    engine = Engine(patient=True)
    try:
        engine.connect()
        return _find(engine) or _build(engine, progress)
    finally:
        engine.close()


def _build(engine: Engine, progress: Progress) -> str:
    progress(f"building {tag()}")

    def build(client: Any) -> str:  # noqa: ANN401  # the library has no types
        # Only the Dockerfile is sent: nothing of the user's folders can get into the image.
        steps = client.api.build(
            fileobj=io.BytesIO(_DOCKERFILE.read_bytes()), tag=tag(), rm=True, forcerm=True
        )
        return _follow(_lines(steps), progress)

    last = engine.now("build the image", build)
    found = _find(engine)
    if found is None:
        raise SandboxUnavailable(
            f"the image could not be built: {last}. Without a registry: `{_BUILD_HINT} --rootfs`"
        )
    return found


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


def _found(engine: Engine) -> str:
    found = _find(engine)
    if found is None:
        raise SandboxUnavailable(f"the engine took the image {tag()} but does not have it")
    return found


def _find(engine: Engine) -> str | None:
    def find(client: Any) -> str | None:  # noqa: ANN401  # the library has no types
        found = client.api.images(name=tag())
        return str(found[0]["Id"]) if found else None

    return engine.now("look for the image", find)


if __name__ == "__main__":
    sys.exit(main())
