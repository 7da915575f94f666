import json
import os
from pathlib import Path
from typing import Any

import pytest

from evaluators.posture import Promise, judge, probe_command
from evaluators.sandbox import Ending, ExecResult, PostureError, SandboxUnavailable

GOOD: dict[str, Any] = {
    "uid": 65533,
    "groups": [],
    "capabilities": [""],
    "seccomp": "2",
    "no_new_privs": "1",
    "environment": ["HOME", "PATH"],
    "descriptors": [0, 1, 2, 3],
    "namespaces": {name: f"{name}:[1]" for name in ("user", "mnt", "pid", "net", "ipc", "uts")},
    "limits": {"AS": 1 << 29, "NPROC": 32, "NOFILE": 256, "FSIZE": 1 << 24, "CORE": 0},
    "network": [],
    "parent_readable": False,
    "engine_readable": False,
    "host_readable": False,
    "host_writable": False,
    "home": None,
    "forks": False,
    "becomes_root": False,
    "traces": False,
    "signals_parent": False,
    "unshares": False,
    "kernel": [],
    "root_writable": False,
}
FULL = Promise(kind="docker", namespaces=True, files=True)


def found(**changes: Any) -> ExecResult:
    return ExecResult(ending=Ending.RETURNED, result=b"j" + json.dumps(GOOD | changes).encode())


def test_a_sandbox_that_is_what_it_promised_is_full() -> None:
    posture = judge(found(), FULL)
    assert posture.is_full
    assert "no network" in posture.holds
    assert posture.facts["uid"] == "65533"


@pytest.mark.parametrize(
    "change",
    [
        {"uid": 0},
        {"capabilities": ["", "c0"]},
        {"seccomp": "0"},
        {"no_new_privs": "0"},
        {"environment": ["HOME", "OPENAI_API_KEY"]},
        {"descriptors": [0, 1, 2, 3, 7]},
        {"limits": {"AS": -1}},
        {"limits": {"NPROC": (1 << 64) - 1}},
        {"network": ["vsock"]},
        {"parent_readable": True},
        {"engine_readable": True},
        {"host_readable": True},
        {"host_writable": True},
        {"home": [Path.home().stat().st_dev, Path.home().stat().st_ino]},
        {"forks": True},
        {"becomes_root": True},
        {"traces": True},
        {"unshares": True},
        {"kernel": ["io_uring"]},
        {"root_writable": True},
        {"namespaces": GOOD["namespaces"] | {"net": os.readlink("/proc/self/ns/net")}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_weakness_is_enough_to_refuse(change: dict[str, Any]) -> None:
    with pytest.raises(PostureError, match="weaker"):
        judge(found(**change), FULL)


def test_what_was_not_promised_is_lacking_and_not_an_error() -> None:
    promise = Promise(kind="process", namespaces=False, files=False, notes=("no quota",))
    posture = judge(found(host_readable=True, namespaces=dict.fromkeys(GOOD["namespaces"], "")), promise)
    assert not posture.is_full
    assert any("read" in text for text in posture.lacks)
    assert any("shares" in text for text in posture.lacks)
    assert "no quota" in posture.lacks


def test_a_probe_that_did_not_run_is_no_posture() -> None:
    with pytest.raises(SandboxUnavailable, match="self-test"):
        judge(ExecResult(ending=Ending.DIED), FULL)


def test_the_probe_is_told_of_a_file_that_everybody_may_read(tmp_path: Path) -> None:
    told = json.loads(probe_command(tmp_path).arguments)["kwargs"]
    assert Path(told["host_file"]).stat().st_mode & 0o004
    assert told["engine_pid"] == os.getpid()


def test_on_another_machine_namespaces_may_have_our_numbers_but_not_those_of_its_first_ones() -> None:
    remote = Promise(kind="docker", namespaces=True, files=True, remote=True)
    ours = {name: os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "net")}
    assert judge(found(namespaces=GOOD["namespaces"] | ours), remote).is_full
    with pytest.raises(PostureError, match="shares with the machine: pid"):
        judge(found(namespaces=GOOD["namespaces"] | {"pid": "pid:[4026531836]"}), remote)
    with pytest.raises(PostureError, match="shares with the machine: mnt"):
        judge(found(namespaces=GOOD["namespaces"] | {"mnt": ""}), remote)


def test_a_kernel_that_does_not_tell_ambient_capabilities_has_no_more_than_the_inheritable_ones() -> None:
    from evaluators.harness.probe import _capabilities

    none = dict.fromkeys(("CapPrm", "CapEff", "CapInh"), "0000000000000000")
    assert _capabilities(none) == [""]
    assert _capabilities(none | {"CapInh": "0000000000000001"}) == ["", "1"]
    assert "?" in _capabilities({"CapPrm": "0", "CapEff": "0"})
