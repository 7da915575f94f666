"""Which sandbox a run uses, and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from evaluators.sandbox import Limits, Policy, Posture, PostureError, Sandbox, SandboxUnavailable
from evaluators.stages.options import policy_of
from flows.settings import read_settings
from problems.problem import Problem

__all__ = ["Pair", "once", "open_sandboxes", "trouble_line"]

Say = Callable[[str], None]

_Make = Callable[[int, int], Sandbox]
"""Makes a sandbox of so many slots, each of which serves so many commands."""

_SCORERS = Limits(memory_mib=1024)
"""What a scorer may use unless its stage says otherwise; its first container would else be too small."""

_WARM = 500
"""Commands that a slot of a run serves before it is replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two sandboxes that never share a slot: candidates in one, trusted scorers in the other.

    Attributes:
        candidates: runs what models wrote.
        scorers: runs the problem's own files and holds its hidden data.
        posture: what the self-test of the first found.
        notice: one line on which sandbox it is, why, and what it lacks.
        fresh: makes two more of the same kind with a slot each, not started. The slot for candidates runs one
            command and is replaced. Whoever starts them closes them.
    """

    candidates: Sandbox
    scorers: Sandbox
    posture: Posture
    notice: str
    fresh: Callable[[], tuple[Sandbox, Sandbox]]


@asynccontextmanager
async def open_sandboxes(
    problem: Problem, *, wanted: str, trusted_author: bool, slots: int, say: Say, jobs_per_slot: int = _WARM
) -> AsyncIterator[Pair]:
    """Start the sandboxes of a run, and leave nothing of them behind.

    Args:
        problem: names its image.
        wanted: ``auto``, ``docker`` or ``process``.
        trusted_author: whether no language model writes the programs (embedded or recorded model), so that
            the process sandbox may be used without being asked for.
        slots: programs at a time.
        say: told of waiting that a person would wonder about.
        jobs_per_slot: commands that a slot serves before it is replaced; 1 for a fresh one each time.

    Raises:
        SandboxUnavailable: there is no sandbox that may be used; the message says what to do.
        PostureError: the one that was asked for is weaker than it must be.
    """
    reason = "asked for by --sandbox process" if wanted == "process" else ""
    if wanted in ("auto", "docker"):
        image, trouble = await _docker_image(problem, say)
        if image is not None:
            make = partial(_docker, image, read_settings().docker_runtime, once(say))
            scorers = partial(make, room=_SCORERS)
            async with _started(make, scorers, "Sandbox: Docker", slots, jobs_per_slot) as pair:
                yield pair
            return
        if wanted == "docker":
            raise SandboxUnavailable(f"--sandbox docker was asked for, but {trouble}")
        reason = trouble
    ignored = "" if problem.image == "default" else f"; the image {problem.image} has no effect in it"
    # Only what the problem asks for is allowed, so that only what it risks counts as lacking.
    asked = {policy_of(stage) for stage in problem.stages}
    candidates = partial(_process, sorted({Policy.COMPUTE, *asked}))
    scorers = partial(_process, [Policy.COMPUTE])
    title = f"Sandbox: process ({reason}){ignored}"
    async with _started(candidates, scorers, title, slots, jobs_per_slot) as pair:
        if wanted == "auto" and not trusted_author and not pair.posture.is_full:
            raise PostureError(
                f"A language model would write programs for this machine, and {trouble_line(pair.posture)}. "
                f"Docker would hold them, but {reason}. Start Docker, or accept the weaker sandbox with "
                "--sandbox process"
            )
        yield pair


def once(say: Say) -> Say:
    """Says a line and leaves out repetitions of it, numbers apart: all sandboxes tell of the same outage."""
    last = ""

    def heard(text: str) -> None:
        nonlocal last
        words = "".join(c for c in text if not c.isdigit())
        if words != last:
            last = words
            say(text[:1].upper() + text[1:])

    return heard


def trouble_line(posture: Posture) -> str:
    """What a sandbox lacks, in one line."""
    return (
        f"the {posture.kind} sandbox lacks: {'; '.join(posture.lacks)}"
        if posture.lacks
        else "nothing is lacking"
    )


@asynccontextmanager
async def _started(
    make_candidates: _Make, make_scorers: _Make, title: str, slots: int, jobs_per_slot: int
) -> AsyncIterator[Pair]:
    candidates, scorers = make_candidates(slots, jobs_per_slot), make_scorers(slots, jobs_per_slot)
    try:
        posture, _ = await asyncio.gather(candidates.start(), scorers.start())
        weaker = "" if posture.is_full else f"; {trouble_line(posture)}"
        yield Pair(
            candidates=candidates,
            scorers=scorers,
            posture=posture,
            notice=title + weaker,
            fresh=lambda: (make_candidates(1, 1), make_scorers(1, _WARM)),
        )
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


def _docker(
    image: str,
    runtime: str | None,
    say: Say,
    slots: int,
    jobs_per_slot: int,
    *,
    room: Limits | None = None,
) -> Sandbox:
    from evaluators.docker.sandbox import DockerSandbox

    return DockerSandbox(
        slots=slots, image=image, jobs_per_slot=jobs_per_slot, room=room, runtime=runtime, say=say
    )


def _process(policies: Collection[Policy], slots: int, jobs_per_slot: int) -> Sandbox:
    from evaluators.local import ProcessSandbox

    return ProcessSandbox(slots=slots, jobs_per_slot=jobs_per_slot, policies=policies)
