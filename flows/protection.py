"""A sandbox in plain words: what it protects against, what is left, and how to mend that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evaluators.sandbox import Posture

if TYPE_CHECKING:
    from evaluators.docker.facts import EngineFacts

__all__ = ["Weakness", "engine_weaknesses", "posture_weaknesses", "promises"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """Something that a sandbox does not hold.

    Attributes:
        what: is not as it could be, and what could happen by it; one sentence.
        mend: what to do about it.
    """

    what: str
    mend: str


_PROMISES: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        "cannot read or change your files: it sees a root folder of its own and one scratch folder that is "
        "wiped after each program",
        frozenset(
            {
                "files of the machine are out of reach",
                "the user's home is out of reach",
                "cannot write outside the scratch folder",
                "read-only root",
            }
        ),
    ),
    (
        "cannot reach any network, neither the internet nor services on this machine",
        frozenset({"no network"}),
    ),
    (
        "cannot find your keys: its environment is empty, and Cambrian's own is out of its reach",
        frozenset(
            {
                "empty environment",
                "no descriptors but its own",
                "the engine's environment is out of reach",
            }
        ),
    ),
    (
        "cannot see, read or stop any other process, nor the supervisor that measures it",
        frozenset({"own mounts, processes, network, IPC and host name", "the supervisor is out of reach"}),
    ),
    (
        "has no special rights and cannot gain any: it is not root and cannot become it",
        frozenset(
            {"not root", "no capabilities", "no new privileges", "cannot change user", "no new namespaces"}
        ),
    ),
    (
        "reaches only the part of the kernel that computing needs",
        frozenset({"system calls filtered", "risky kernel interfaces closed"}),
    ),
    (
        "cannot take over the machine: time, memory, files, threads and processes are bounded",
        frozenset({"memory, files, threads bounded", "no processes by default"}),
    ),
)
"""What a program cannot do, each with the findings of the self-test (see `evaluators.posture`) behind it."""

_DOCKER: Final = "use Docker"
_NAMESPACES: Final = (
    "use Docker, or let users make namespaces (`sysctl -w kernel.unprivileged_userns_clone=1`, on Ubuntu "
    "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`)"
)

_LACKS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "shares with the machine:",
        "A program can tell what else runs on this machine ({rest} are not its own).",
        _NAMESPACES,
    ),
    ("programs can list the user's home", "A program can see the names of your files.", _NAMESPACES),
    (
        "programs can read what any user of the machine can read",
        "A program can read every file that all users may read, and could put what it read into its score, "
        "which goes into prompts.",
        _NAMESPACES,
    ),
    (
        "programs can write to the machine's temporary folder",
        "A program can leave files in the machine's temporary folder: later programs find them there, and "
        "they use up disk.",
        _NAMESPACES,
    ),
    ("no namespaces", "A program is kept apart by a filter of system calls alone{rest}.", _NAMESPACES),
    (
        "the scratch folder is bounded for each file",
        "A program can use up disk with many files; they are removed when it ends.",
        _NAMESPACES,
    ),
    (
        "threads and processes are counted together",
        "A program with many threads can keep you from starting others while it runs.",
        _NAMESPACES,
    ),
    (
        "memory of programs that may start processes",
        "A program that may start processes can use its memory limit once for each of them.",
        f"{_DOCKER} for problems with `policy: processes`",
    ),
)
"""How a lack begins, what could happen, and what mends it; ``{rest}`` is what follows the beginning."""

_OWN_KERNEL: Final = ("runsc", "kata", "runsc-kvm")


def promises(posture: Posture) -> tuple[str, ...]:
    """What a program in the sandbox cannot do; only what the self-test found whole."""
    held = set(posture.holds)
    return tuple(text for text, needed in _PROMISES if needed <= held)


def posture_weaknesses(posture: Posture) -> tuple[Weakness, ...]:
    """What the self-test found lacking. A finding without words of its own is told as it is."""
    found = []
    for lack in posture.lacks:
        for beginning, what, mend in _LACKS:
            if lack.startswith(beginning):
                found.append(Weakness(what=what.format(rest=lack.removeprefix(beginning)), mend=mend))
                break
        else:
            found.append(Weakness(what=f"{lack[:1].upper()}{lack[1:]}.", mend=_DOCKER))
    return tuple(found)


def engine_weaknesses(facts: EngineFacts, runtime: str | None) -> tuple[Weakness, ...]:
    """What no self-test can see, because it lies in how the engine was set up.

    Args:
        facts: of the engine.
        runtime: that containers are started with; None for the engine's default.
    """
    found = []
    used = runtime or facts.runtime
    if not used.startswith(_OWN_KERNEL):
        machine = "the engine's machine" if facts.address else "this machine"
        found.append(
            Weakness(
                what=f"Programs share the kernel of {machine}: a hole in it, if one is found, could let a "
                "program out.",
                mend="keep the kernel up to date; for programs you trust least, install gVisor and set "
                "CAMBRIAN_DOCKER_RUNTIME=runsc",
            )
        )
    if not facts.is_rootless:
        found.append(
            Weakness(
                what="The engine runs as root, so a program that broke out of its container would be root.",
                mend="a rootless engine (https://docs.docker.com/engine/security/rootless) takes that away",
            )
        )
    if not facts.is_encrypted:
        found.append(
            Weakness(
                what=f"The engine at {facts.address} is reached without encryption: whoever is on the way "
                "can read programs, change scores and start containers.",
                mend="reach it through a tunnel (`ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock "
                "USER@MACHINE`, then DOCKER_HOST=unix:///tmp/engine.sock) or by TLS (DOCKER_TLS_VERIFY=1, "
                "DOCKER_CERT_PATH)",
            )
        )
    return tuple(found)
