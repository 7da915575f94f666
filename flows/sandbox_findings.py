"""Both sandboxes put to the test, and which of them a run would use now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from evaluators.sandbox import Policy, Posture, Sandbox, SandboxError
from flows.finding import Finding
from flows.protection import Weakness, engine_weaknesses, posture_weaknesses, promises
from flows.settings import Settings

__all__ = ["look_at_sandboxes"]

_SECONDS = 15.0
"""Longest self-test; one takes 0.3 to 1 s."""

_KERNEL = Weakness(
    what="Programs share the kernel of this machine: a hole in it, if one is found, could let a program out.",
    mend="keep the kernel up to date, or use Docker with gVisor (CAMBRIAN_DOCKER_RUNTIME=runsc)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """A finding about one sandbox, and its posture where the self-test passed."""

    finding: Finding
    posture: Posture | None = None


async def look_at_sandboxes(settings: Settings) -> list[Finding]:
    """Start a slot of each, test it, remove it; and say what a run with `--sandbox auto` would use."""
    docker, process = await asyncio.gather(_docker(settings), _process())
    return [_in_force(docker, process, settings), docker.finding, process.finding]


def _in_force(docker: _Tested, process: _Tested, settings: Settings) -> Finding:
    """The automatic choice, see `flows.sandboxes.open_sandboxes`."""
    blank = Finding(topic="sandbox", ok=True, found="")
    if docker.posture is not None:
        return replace(
            blank,
            found="a run uses Docker now: its engine and image are there and its self-test holds, and then "
            "Docker is always taken",
            promises=docker.finding.promises,
            weaknesses=docker.finding.weaknesses,
        )
    mend = docker.finding.mend
    if process.posture is None:
        return replace(
            blank, ok=False, found="a run cannot start now: neither sandbox works", mend=mend or "see below"
        )
    if process.posture.is_full:
        found = (
            "a run uses processes of this machine now, because Docker cannot be used; they pass the self-test"
        )
    elif settings.openai_api_key is None:
        found = (
            "a run with the embedded model uses processes of this machine now, because Docker cannot be "
            "used. A run with a language model does so only when asked by --sandbox process"
        )
    else:
        found = (
            "a run does not start now: Docker cannot be used, and a language model's programs are run as "
            "processes of this machine only when asked for by --sandbox process, for what is left below"
        )
    return replace(
        blank,
        ok=process.posture.is_full or settings.openai_api_key is None,
        found=found,
        mend=mend,
        promises=process.finding.promises,
        weaknesses=process.finding.weaknesses,
    )


async def _docker(settings: Settings) -> _Tested:
    from evaluators.docker.facts import engine_facts
    from evaluators.docker.sandbox import DockerSandbox

    topic = "Docker sandbox"
    serves = "; the process sandbox serves meanwhile"
    try:
        facts = await asyncio.to_thread(engine_facts)
    except SandboxError as error:
        mend = f"start the Docker engine (`systemctl start docker`), then `make image`{serves}"
        return _Tested(finding=Finding(topic=topic, ok=False, found=str(error), mend=mend))
    runtime = settings.docker_runtime or facts.runtime
    engine = (
        f"engine {facts.version} {f'at {facts.address}' if facts.address else 'on this machine'} "
        f"({facts.system}), {'rootless' if facts.is_rootless else 'as root'}, runtime {runtime}, "
        f"cgroup v{facts.cgroup}"
    )
    told = {
        "engine": facts.version,
        "address": facts.address or "local",
        "system": facts.system,
        "rootless": str(facts.is_rootless).lower(),
        "runtime": runtime,
        "runtimes": ", ".join(facts.runtimes),
        "cgroup": facts.cgroup,
        "image": facts.image,
        "image_id": facts.image_id or "",
    }
    if facts.image_id is None:
        return _Tested(
            finding=Finding(
                topic=topic,
                ok=False,
                found=f"{engine}; the image {facts.image} is not on it",
                mend=f"`make image`{serves}; a run builds it by itself where a registry answers",
                facts=told,
            )
        )
    image = facts.image_id

    def make(heard: Callable[[str], None]) -> Sandbox:
        return DockerSandbox(slots=1, image=image, runtime=settings.docker_runtime, patience=0.0, say=heard)

    shown = f"{engine}; image {facts.image} ({image.partition(':')[2][:12]})"
    found = Finding(topic=topic, ok=True, found=shown, facts=told)
    return await _tested(make, found, engine_weaknesses(facts, settings.docker_runtime))


async def _process() -> _Tested:
    from evaluators.local import ProcessSandbox

    def make(heard: Callable[[str], None]) -> Sandbox:
        return ProcessSandbox(slots=1, policies=[Policy.COMPUTE], patience=0.0, say=heard)

    found = Finding(topic="process sandbox", ok=True, found="processes of this machine, kept apart")
    return await _tested(make, found, (_KERNEL,))


async def _tested(
    make: Callable[[Callable[[str], None]], Sandbox], found: Finding, always: tuple[Weakness, ...]
) -> _Tested:
    sandbox = make(lambda text: None)
    try:
        async with asyncio.timeout(_SECONDS):
            posture = await sandbox.start()
    except (SandboxError, TimeoutError) as error:
        said = str(error) or f"its self-test took longer than {_SECONDS:.0f} s"
        return _Tested(
            finding=replace(found, ok=False, found=f"{found.found}; {said}", mend=_MEND[found.topic])
        )
    finally:
        await sandbox.close()
    lacking = posture_weaknesses(posture)
    word = "its self-test is whole" if posture.is_full else f"its self-test lacks {len(posture.lacks)}"
    return _Tested(
        finding=replace(
            found,
            ok=posture.is_full,
            found=f"{found.found}; {word}",
            mend="" if posture.is_full else "use Docker for programs that a language model writes",
            promises=promises(posture),
            weaknesses=(*lacking, *always),
            facts={**posture.facts, **found.facts},
        ),
        posture=posture,
    )


_MEND = {
    "Docker sandbox": "look at `docker info`; `make image` builds the image anew; the process sandbox serves "
    "meanwhile",
    "process sandbox": "use Docker",
}
