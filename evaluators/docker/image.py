"""The images of sandboxes: the default one and those of problems, found on the engine or built once.

``python -m evaluators.docker.image`` builds the default image from its Dockerfile or, where no registry
answers, makes one of the same contents from Debian packages (needs root and mmdebstrap). ``--rootfs`` takes
the second way at once, and ``--import FILE`` a root file system made elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from pathlib import Path

from evaluators.docker.build import (
    Progress,
    build_rootfs,
    can_build_rootfs,
    find,
    from_dockerfile,
    import_rootfs,
)
from evaluators.sandbox import SandboxError, SandboxUnavailable

__all__ = ["available", "ensure_image", "local_image", "tag"]

_DOCKERFILE = Path(__file__).parent.parent / "image" / "Dockerfile"
_COMMAND = "python -m evaluators.docker.image"
_QUICK_SECONDS = 2.0


def tag() -> str:
    """Name of the default image that belongs to this version of Cambrian."""
    return f"cambrian-sandbox:{_digest(_DOCKERFILE.read_bytes())}"


def available() -> str | None:
    """Why the default image cannot be used now, or None when it can. Takes at most about 2 s."""
    try:
        local_image()
    except SandboxUnavailable as error:
        return str(error)
    return None


def local_image() -> str:
    """Id of the default image.

    Raises:
        SandboxUnavailable: no engine, or the image is not there.
    """
    found = find(tag(), seconds=_QUICK_SECONDS)
    if found is None:
        raise SandboxUnavailable(f"the image {tag()} is not on the Docker engine; build it with `make image`")
    return found


async def ensure_image(progress: Progress, *, image: str = "default", folder: Path | None = None) -> str:
    """Id of an image that is on the engine, built first when it is to be built and is missing.

    Args:
        progress: gets one line at a time, from another thread.
        image: ``default``; or the path of a Dockerfile in `folder`, which is built once for its contents,
            without any file beside it; or the name of an image that the engine has.
        folder: of the problem; without it no Dockerfile is looked for.

    Raises:
        SandboxUnavailable: no engine; or the image is not there and could not be built, with the reason and
            what to do, in one line.
    """
    return await asyncio.to_thread(_ensure, progress, image, folder)


def main() -> int:
    """Build the default image with progress on standard error; 1 when that failed."""
    parser = argparse.ArgumentParser(prog=_COMMAND, description="Build the sandbox image.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--rootfs", action="store_true", help="from Debian packages, without a registry")
    way.add_argument("--import", dest="tar", type=Path, metavar="FILE", help="from a root file system (tar)")
    options = parser.parse_args()

    def progress(line: str) -> None:
        sys.stderr.write(line + "\n")

    try:
        if options.tar is not None:
            identifier = import_rootfs(options.tar, tag(), progress)
        elif options.rootfs:
            identifier = build_rootfs(tag(), progress)
        else:
            identifier = _ensure_default(progress)
    except SandboxError as error:
        progress(f"error: {error}")
        return 1
    progress(f"{tag()} is {identifier}")
    return 0


def _ensure(progress: Progress, image: str, folder: Path | None) -> str:
    if image == "default":
        return _ensure_default(progress)
    if folder is not None and (folder / image).is_file():
        return _ensure_built(folder / image, progress)
    found = find(image)
    if found is None:
        raise SandboxUnavailable(
            f"the problem's image {image} is not on the Docker engine; get it with `docker pull {image}`"
        )
    return found


def _ensure_default(progress: Progress) -> str:
    found = find(tag())
    if found is not None:
        return found
    try:
        return from_dockerfile(_DOCKERFILE.read_bytes(), tag(), progress)
    except SandboxUnavailable as error:
        reason = str(error)
    if not can_build_rootfs():
        raise SandboxUnavailable(
            f"the sandbox image is not on the Docker engine and could not be built ({reason}); `make image` "
            "builds it where a registry answers, or as root with mmdebstrap and a Debian mirror"
        )
    progress(
        f"the Dockerfile cannot be built ({reason}); making the image from Debian packages instead, with "
        "their versions of the libraries"
    )
    return build_rootfs(tag(), progress)


def _ensure_built(dockerfile: Path, progress: Progress) -> str:
    contents = dockerfile.read_bytes()
    name = f"cambrian-problem:{_digest(contents)}"
    found = find(name)
    if found is not None:
        return found
    try:
        return from_dockerfile(contents, name, progress)
    except SandboxUnavailable as error:
        raise SandboxUnavailable(
            f"the problem's image could not be built from {dockerfile}: {error}"
        ) from error


def _digest(contents: bytes) -> str:
    return hashlib.sha256(contents).hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
