"""The self-test of a sandbox: what a child measured, against what was promised."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evaluators.sandbox import Command, Ending, ExecResult, Limits, Posture, PostureError, SandboxUnavailable

__all__ = ["Promise", "judge", "probe_command"]

_ENVIRONMENT = {"HOME", "TMPDIR", "LANG", "PATH", "PYTHONPATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
_NAMESPACES = ("mnt", "pid", "net", "ipc", "uts")
# Numbers that Linux gives the first namespaces of a machine (include/linux/proc_ns.h), where they are fixed.
_INITIAL = {"ipc": "ipc:[4026531839]", "uts": "uts:[4026531838]", "pid": "pid:[4026531836]"}
_UNLIMITED = 1 << 50
_PROBE = Path(__file__).parent / "harness" / "probe.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a sandbox says it has, beyond what every sandbox must have.

    Attributes:
        kind: ``docker`` or ``process``.
        namespaces: own mounts, processes, network, IPC and host name.
        files: the host's files are out of reach.
        remote: it may run on another machine or under another kernel, whose namespaces have numbers of their
            own.
        notes: protections not in force that a child cannot measure.
        facts: what the sandbox knows of itself, for the report.
    """

    kind: str
    namespaces: bool
    files: bool
    remote: bool = False
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Check:
    passed: bool
    holds: str
    lacks: str
    promised: bool = True


def probe_command(folder: Path) -> Command:
    """The command that runs the self-test. `folder` is of the host, open to all its users."""
    witness = folder / "witness"
    witness.write_text("readable by everyone on this machine\n")
    witness.chmod(0o644)
    arguments = {
        "engine_pid": os.getpid(),
        "engine_namespace": _namespace("pid"),
        "host_file": str(witness),
        "host_folder": tempfile.gettempdir(),
        "home": str(Path.home()),
    }
    return Command(
        files={"probe.py": _PROBE.read_bytes()},
        module="probe.py",
        function="measure",
        arguments=json.dumps({"args": [], "kwargs": arguments}).encode(),
        limits=Limits(seconds=20.0),
    )


def judge(found: ExecResult, promise: Promise) -> Posture:
    """What holds and what does not.

    Raises:
        SandboxUnavailable: the probe did not run.
        PostureError: a protection that was promised, or that every sandbox must have, is not there.
    """
    if found.ending is not Ending.RETURNED or not found.result.startswith(b"j"):
        raise SandboxUnavailable(f"the self-test did not run: {found.ending.value}: {found.stderr[-500:]}")
    facts: dict[str, Any] = json.loads(found.result[1:])
    checks = [*_always(facts), *_places(facts, promise)]
    broken = [check.lacks for check in checks if check.promised and not check.passed]
    if broken:
        raise PostureError(
            f"the {promise.kind} sandbox is weaker than it must be and does not start: " + "; ".join(broken)
        )
    return Posture(
        kind=promise.kind,
        holds=tuple(check.holds for check in checks if check.passed),
        lacks=tuple(check.lacks for check in checks if not check.passed) + promise.notes,
        facts=MappingProxyType(
            {
                name: json.dumps(value) if not isinstance(value, str) else value
                for name, value in facts.items()
            }
            | dict(promise.facts)
        ),
    )


def _always(facts: Mapping[str, Any]) -> list[_Check]:
    limits = facts["limits"]
    unbounded = [name for name, value in limits.items() if value < 0 or value > _UNLIMITED]
    strange = sorted(set(facts["environment"]) - _ENVIRONMENT)
    others = [fd for fd in facts["descriptors"] if fd > 3]
    return [
        _Check(facts["uid"] != 0, "not root", "programs run as root"),
        _Check(facts["capabilities"] == [""], "no capabilities", f"capabilities {facts['capabilities']}"),
        _Check(
            facts["seccomp"] == "2", "system calls filtered", f"no filter, seccomp mode {facts['seccomp']}"
        ),
        _Check(facts["no_new_privs"] == "1", "no new privileges", "set-user-id programs give rights"),
        _Check(not facts["kernel"], "risky kernel interfaces closed", f"open: {', '.join(facts['kernel'])}"),
        _Check(not facts["network"], "no network", f"sockets of {', '.join(facts['network'])} can be made"),
        _Check(not facts["forks"], "no processes by default", "programs can fork"),
        _Check(not facts["unshares"], "no new namespaces", "programs can make user namespaces"),
        _Check(not facts["becomes_root"], "cannot change user", "programs can become root"),
        _Check(
            not (facts["traces"] or facts["parent_readable"]),
            "the supervisor is out of reach",
            "programs can read the memory of the supervisor",
        ),
        _Check(not unbounded, "memory, files, threads bounded", f"no limit on {', '.join(unbounded)}"),
        _Check(not strange, "empty environment", f"environment has {', '.join(strange)}"),
        _Check(not others, "no descriptors but its own", f"descriptors {others} are open"),
        _Check(not facts["root_writable"], "read-only root", "programs can write to the root folder"),
    ]


def _places(facts: Mapping[str, Any], promise: Promise) -> list[_Check]:
    outer = _INITIAL if promise.remote else {name: _namespace(name) for name in _NAMESPACES}
    shared = [name for name in _NAMESPACES if facts["namespaces"][name] in ("", outer.get(name))]
    home = Path.home().stat() if Path.home().is_dir() else None
    home_seen = home is not None and facts["home"] == [home.st_dev, home.st_ino]
    files = promise.files
    return [
        _Check(
            not shared,
            "own mounts, processes, network, IPC and host name",
            f"shares with the machine: {', '.join(shared)}",
            promise.namespaces,
        ),
        _Check(not home_seen, "the user's home is out of reach", "programs can list the user's home", files),
        _Check(
            not facts["host_readable"],
            "files of the machine are out of reach",
            "programs can read what any user of the machine can read",
            files,
        ),
        _Check(
            not facts["host_writable"],
            "cannot write outside the scratch folder",
            "programs can write to the machine's temporary folder",
            files,
        ),
        _Check(
            not facts["engine_readable"],
            "the engine's environment is out of reach",
            "programs can read the engine's environment and memory",
        ),
    ]


def _namespace(name: str) -> str:
    return str(Path(f"/proc/self/ns/{name}").readlink())
