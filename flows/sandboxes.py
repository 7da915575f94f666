"""Which sandbox a run uses, and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from evaluators.sandbox import Policy, Posture, PostureError, Sandbox, SandboxUnavailable
from problems.problem import Problem

__all__ = ["Pair", "open_sandboxes"]

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two sandboxes that never share a slot: candidates in one, trusted scorers in the other.

    Attributes:
        candidates: runs what models wrote.
        scorers: runs the problem's own files and holds its hidden data.
        posture: what the self-test of the first found.
        notice: one line on which sandbox it is, why, and what it lacks.
    """

    candidates: Sandbox
    scorers: Sandbox
    posture: Posture
    notice: str


@asynccontextmanager
async def open_sandboxes(
    problem: Problem, *, wanted: str, trusted_author: bool, slots: int, say: Say
) -> AsyncIterator[Pair]:
    """Start the sandboxes of a run, and leave nothing of them behind.

    Args:
        problem: names its image.
        wanted: ``auto``, ``docker`` or ``process``.
        trusted_author: whether no language model writes the programs (embedded or recorded model), so that
            the process sandbox may be used without being asked for.
        slots: programs at a time.
        say: told of waiting that a person would wonder about.

    Raises:
        SandboxUnavailable: there is no sandbox that may be used; the message says what to do.
        PostureError: the one that was asked for is weaker than it must be.
    """
    reason = "asked for by --sandbox process" if wanted == "process" else ""
    if wanted in ("auto", "docker"):
        image, trouble = await _docker_image(problem, say)
        if image is not None:
            async with _started(_docker_pair(image, slots), "Sandbox: Docker") as pair:
                yield pair
            return
        if wanted == "docker":
            raise SandboxUnavailable(f"--sandbox docker was asked for, but {trouble}")
        reason = trouble
    ignored = "" if problem.image == "default" else f"; the image {problem.image} has no effect in it"
    async with _started(_process_pair(problem, slots), f"Sandbox: process ({reason}){ignored}") as pair:
        if wanted == "auto" and not trusted_author and not pair.posture.is_full:
            raise PostureError(
                f"A language model would write programs for this machine, and {trouble_line(pair.posture)}. "
                f"Docker would hold them, but {reason}. Start Docker, or accept the weaker sandbox with "
                "--sandbox process"
            )
        yield pair


def trouble_line(posture: Posture) -> str:
    """What a sandbox lacks, in one line."""
    return (
        f"the {posture.kind} sandbox lacks: {'; '.join(posture.lacks)}"
        if posture.lacks
        else "nothing is lacking"
    )


@asynccontextmanager
async def _started(pair: tuple[Sandbox, Sandbox], title: str) -> AsyncIterator[Pair]:
    candidates, scorers = pair
    try:
        posture, _ = await asyncio.gather(candidates.start(), scorers.start())
        weaker = "" if posture.is_full else f"; {trouble_line(posture)}"
        yield Pair(candidates=candidates, scorers=scorers, posture=posture, notice=title + weaker)
    finally:
        await asyncio.gather(candidates.close(), scorers.close())


async def _docker_image(problem: Problem, say: Say) -> tuple[str | None, str]:
    """Id of the problem's image, built when it is missing; or None with the reason."""
    from evaluators.docker.image import ensure_image

    loop = asyncio.get_running_loop()

    def progress(line: str) -> None:
        loop.call_soon_threadsafe(say, f"Image: {line}")

    try:
        image = await ensure_image(
            progress,
            image=problem.image,
            folder=problem.folder,
        )
    except SandboxUnavailable as error:
        return None, str(error)
    return image, ""


def _docker_pair(image: str, slots: int) -> tuple[Sandbox, Sandbox]:
    from evaluators.docker.sandbox import DockerSandbox

    return DockerSandbox(slots=slots, image=image), DockerSandbox(slots=slots, image=image)


def _process_pair(problem: Problem, slots: int) -> tuple[Sandbox, Sandbox]:
    """Only what the problem asks for is allowed, so that only what it risks counts as lacking."""
    from evaluators.local import ProcessSandbox

    asked = {Policy(str(stage.options.get("policy", Policy.COMPUTE))) for stage in problem.stages}
    candidates = ProcessSandbox(slots=slots, policies=sorted({Policy.COMPUTE, *asked}))
    return candidates, ProcessSandbox(slots=slots, policies=[Policy.COMPUTE])
