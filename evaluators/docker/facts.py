"""What a Docker engine says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evaluators.docker.build import find
from evaluators.docker.client import Engine
from evaluators.docker.image import tag

__all__ = ["EngineFacts", "engine_facts"]

_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """An engine and the default image on it.

    Attributes:
        version: of the engine.
        system: operating system of its machine.
        address: how it is reached; empty for a socket of this machine.
        is_encrypted: whether nobody on the way can read or change what goes over; True for a socket.
        runtime: default one for containers.
        runtimes: all there are.
        cgroup: version of the kernel's control groups, which bound memory and processors.
        is_rootless: whether the engine runs without root's rights.
        image: name of the default image.
        image_id: its id on this engine; None when it is not there.
    """

    version: str
    system: str
    address: str
    is_encrypted: bool
    runtime: str
    runtimes: tuple[str, ...]
    cgroup: str
    is_rootless: bool
    image: str
    image_id: str | None


def engine_facts() -> EngineFacts:
    """Ask the engine. Takes a few milliseconds, and 2 s where there is none.

    Raises:
        SandboxUnavailable: there is no engine, with the reason.
    """
    engine = Engine(seconds=_SECONDS)
    try:
        is_local = engine.is_local()
        information, address = engine.now("ask the engine about itself", _ask)
    finally:
        engine.close()
    return EngineFacts(
        version=str(information.get("ServerVersion", "unknown")),
        system=str(information.get("OperatingSystem", "unknown")),
        address="" if is_local else address,
        is_encrypted=is_local or not address.startswith("http://"),
        runtime=str(information.get("DefaultRuntime", "unknown")),
        runtimes=tuple(sorted(information.get("Runtimes") or {})),
        cgroup=str(information.get("CgroupVersion", "unknown")),
        is_rootless=any("rootless" in str(one) for one in information.get("SecurityOptions") or ()),
        image=tag(),
        image_id=find(tag(), seconds=_SECONDS),
    )


def _ask(client: Any) -> tuple[dict[str, Any], str]:  # noqa: ANN401  # the library has no types
    return dict(client.info()), str(client.api.base_url)
