"""Nothing of a sandbox outlives its close, its engine, or an engine that was killed."""

import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from evaluators.pool import STANDBY_AFTER
from evaluators.sandbox import Command, Posture, Sandbox, SandboxUnavailable

Start = Callable[..., Awaitable[tuple[Sandbox, Posture]]]
KINDS = [
    pytest.param("process", id="process"),
    pytest.param("plain", id="process-without-namespaces"),
    pytest.param("docker", id="docker", marks=pytest.mark.docker),
]
SLEEPER = Command(
    files={"program.py": b"import time\ndef solve(): time.sleep(60)"}, module="program.py", function="solve"
)
ENGINE = """
import asyncio, sys
from evaluators.local import ProcessSandbox
from evaluators.sandbox import Command, Limits
async def main():
    if sys.argv[1] == "docker":
        from evaluators.docker.image import local_image
        from evaluators.docker.sandbox import DockerSandbox
        sandbox = DockerSandbox(slots=1, image=local_image())
    else:
        sandbox = ProcessSandbox(slots=1, namespaces=sys.argv[1] == "process")
    await sandbox.start()
    sys.stdout.write("ready\\n"); sys.stdout.flush()
    source = b"import time\\ndef solve(): time.sleep(300)"
    limits = Limits(seconds=300)
    await sandbox.run(Command(files={"p.py": source}, module="p.py", function="solve", limits=limits))
asyncio.run(main())
"""


@pytest.fixture
def own_tmp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of this test alone, which programs of another user can pass through."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_left_after_close(kind: str, start: Start, own_tmp: Path) -> None:
    sandbox, _ = await start(kind, slots=2)
    assert _supervisors(os.getpid()), "the test would pass whatever is left"
    pending = asyncio.create_task(sandbox.run(SLEEPER))
    await asyncio.sleep(0.3)
    begun = time.monotonic()
    await sandbox.close()
    assert time.monotonic() - begun < 15.0
    await sandbox.close()
    with pytest.raises(SandboxUnavailable, match="closed"):
        await pending
    with pytest.raises(SandboxUnavailable, match="closed"):
        await sandbox.run(SLEEPER)
    assert _supervisors(os.getpid()) == set()
    assert list(own_tmp.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_slots_end_when_their_engine_is_killed(kind: str, start: Start, own_tmp: Path) -> None:
    probe, _ = await start(kind, slots=1)  # skips where this kind cannot be had
    await probe.close()
    root = Path(__file__).parent.parent.parent
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE, kind],
        cwd=root,
        stdout=subprocess.PIPE,
        env=dict(os.environ)
        | {"TMPDIR": str(own_tmp), "PYTHONPATH": os.pathsep.join([str(root), *sys.path])},
    )
    try:
        assert await asyncio.to_thread(engine.stdout.readline) == b"ready\n"
        await asyncio.sleep(0.5)
        slots = _supervisors(engine.pid)
        assert slots
    finally:
        engine.kill()
        engine.wait()
    deadline = time.monotonic() + 5.0
    while (left := _alive(slots)) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert not left
    assert not list(own_tmp.glob("cambrian-slot-*"))
    assert not list(own_tmp.glob("cambrian-probe-*"))
    after, _ = await start(kind, slots=1)
    await after.close()
    assert list(own_tmp.iterdir()) == []


@pytest.mark.docker
@pytest.mark.parametrize("seconds", [0.0, 0.1])
async def test_closing_while_a_standby_is_starting_leaves_no_container_and_no_stray_error(
    seconds: float, start: Start
) -> None:
    from evaluators.docker.client import Engine

    unseen: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    sandbox, _ = await start("docker", slots=1)
    for _ in range(STANDBY_AFTER):
        await sandbox.run(Command(files={"a.py": b"def f(): return 1"}, module="a.py", function="f"))
    await asyncio.sleep(seconds)
    await sandbox.close()
    gc.collect()
    await asyncio.sleep(0)
    assert unseen == []
    engine = Engine()
    mine = {"name": f"cambrian-{os.getpid()}-"}
    left = await engine.call("list", lambda client: client.api.containers(all=True, filters=mine))
    engine.close()
    assert left == []


@pytest.mark.docker
async def test_containers_of_a_dead_engine_are_removed_and_those_of_a_live_one_stay(
    require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    require("docker")
    from evaluators.docker import client as doors
    from evaluators.docker.image import local_image

    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    boot, namespace, pid, began = doors.owner().split()
    owners = {
        "live": f"{boot} {namespace} {pid} {began}",
        "dead": f"{boot} {namespace} {dead.stdout.strip()} 1",
    }
    engine = doors.Engine()
    made = {}
    for name, owner in owners.items():
        options = doors.container_options(
            image=local_image(),
            name=f"cambrian-test-{os.getpid()}-{name}",
            command=["sleep", "60"],
            folder=tmp_path,
            mib=64,
            processes=8,
            scratch_mib=1,
            cpus=1.0,
        )
        options["labels"] = {doors.LABEL: owner}
        made[name] = await engine.call("start", lambda client, o=options: client.containers.run(**o).id)
    try:
        await engine.call("reap", doors.reap)
        listed = await engine.call("list", lambda client: {found["Id"] for found in client.api.containers()})
        assert made["live"] in listed
        assert made["dead"] not in listed
    finally:
        for identifier in made.values():
            await engine.call("remove", lambda client, i=identifier: doors.remove(client, i))
        engine.close()


def _supervisors(engine: int) -> set[tuple[int, str]]:
    """Supervisors of an engine, among its descendants and in its containers, with start time."""
    table = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (read := _read(entry)):
            table[int(entry.name)] = read
    mine = {engine}
    while grown := {pid for pid, (parent, _, _) in table.items() if parent in mine} - mine:
        mine |= grown
    folder = _folders_of(engine)
    found = set()
    for pid, (_, began, line) in table.items():
        in_container = b"/run/cambrian/supervisor.py" in line and _label(pid) in folder
        if (pid in mine and b"supervisor.py" in line) or in_container:
            found.add((pid, began))
    return found


def _folders_of(engine: int) -> set[str]:
    """Host names are all alike, so containers are told by the engine's process number in their names."""
    if not Path("/var/run/docker.sock").exists():
        return set()
    listed = subprocess.run(
        ["docker", "ps", "--no-trunc", "--filter", f"name=cambrian-{engine}-", "--format", "{{.ID}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return set(listed.stdout.split())


def _label(pid: int) -> str:
    """The container a process is in, from its control groups."""
    try:
        text = Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return ""
    parts = [
        part for line in text.splitlines() for part in line.replace("-", "/").replace(".", "/").split("/")
    ]
    return next((part for part in parts if len(part) == 64), "")


def _alive(slots: set[tuple[int, str]]) -> set[tuple[int, str]]:
    return {
        (pid, began) for pid, began in slots if (read := _read(Path(f"/proc/{pid}"))) and read[1] == began
    }


def _read(entry: Path) -> tuple[int, str, bytes] | None:
    """Parent, start time and command line of a process that is not a zombie."""
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
        line = (entry / "cmdline").read_bytes()
    except OSError:
        return None
    return None if fields[0] == "Z" else (int(fields[1]), fields[19], line)
