"""Nothing of a sandbox outlives its close, its engine, or an engine that was killed."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from evaluators.owner import owned_folder, owner
from evaluators.pool import STANDBY_AFTER
from evaluators.sandbox import Command, Policy, Posture, Sandbox, SandboxUnavailable
from tests.evaluators.marked import FORKING, STUBBORN, alive, marked

Start = Callable[..., Awaitable[tuple[Sandbox, Posture]]]
KINDS = [
    pytest.param("process", id="process"),
    pytest.param("plain", id="process-without-namespaces"),
    pytest.param("docker", id="docker", marks=pytest.mark.docker),
    pytest.param("docker-stream", id="docker-stream", marks=pytest.mark.docker),
]
SLEEPER = Command(
    files={"program.py": b"import time\ndef solve(): time.sleep(60)"}, module="program.py", function="solve"
)
ENGINE = """
import asyncio, sys
from evaluators.local import ProcessSandbox
from evaluators.sandbox import Command, Limits, Policy
async def main():
    kind, *sources = sys.argv[1:]
    if kind.startswith("docker"):
        from evaluators.docker.image import local_image
        from evaluators.docker.sandbox import DockerSandbox
        transport = "stream" if kind == "docker-stream" else "socket"
        sandbox = DockerSandbox(slots=3, image=local_image(), transport=transport)
    else:
        sandbox = ProcessSandbox(slots=3, namespaces=kind == "process")
    await sandbox.start()
    sys.stdout.write("ready\\n"); sys.stdout.flush()
    def command(source):
        return Command(files={"p.py": source.encode()}, module="p.py", function="solve",
                       limits=Limits(seconds=300), policy=Policy.PROCESSES)
    await asyncio.gather(*(sandbox.run(command(source)) for source in sources))
    await asyncio.sleep(300)
asyncio.run(main())
"""
"""An engine with three slots and fewer programs, so that some slots are idle."""


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
@pytest.mark.parametrize("is_busy", [True, False], ids=["busy", "idle"])
async def test_nothing_is_left_of_an_engine_that_was_killed(
    kind: str, is_busy: bool, start: Start, own_tmp: Path
) -> None:
    probe, _ = await start(kind, slots=1)  # skips where this kind cannot be had
    await probe.close()
    bodies = (STUBBORN["ignoring and blocking signals"], FORKING["a tree of busy processes"])
    programs = [marked(body) for body in bodies] if is_busy else []
    root = Path(__file__).parent.parent.parent
    engine = subprocess.Popen(
        [sys.executable, "-c", ENGINE, kind, *(source for source, _ in programs)],
        cwd=root,
        stdout=subprocess.PIPE,
        env=dict(os.environ)
        | {"TMPDIR": str(own_tmp), "PYTHONPATH": os.pathsep.join([str(root), *sys.path])},
    )
    try:
        assert await asyncio.to_thread(engine.stdout.readline) == b"ready\n"
        assert await _within(10.0, lambda: all(alive(name) for _, name in programs))
        slots = _supervisors(engine.pid)
        assert len(slots) >= 3
    finally:
        engine.kill()
        engine.wait()
    assert await _within(5.0, lambda: not _alive(slots) and not any(alive(name) for _, name in programs))
    if kind.startswith("docker"):
        assert await _within(5.0, lambda: not _folders_of(engine.pid))
    left = {folder.name.rpartition("-")[0] for folder in own_tmp.iterdir()}
    assert left <= {"cambrian-docker"}, "what containers saw of the host; cleared by the next start"
    after, _ = await start(kind, slots=1)
    await after.close()
    assert list(own_tmp.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS[:2])
async def test_a_supervisor_that_does_not_move_is_ended_with_all_that_it_runs(
    kind: str, start: Start, own_tmp: Path
) -> None:
    sandbox, _ = await start(kind, slots=1)
    source, name = marked(FORKING["a tree of busy processes"])
    running = asyncio.create_task(
        sandbox.run(
            Command(files={"p.py": source.encode()}, module="p.py", function="solve", policy=Policy.PROCESSES)
        )
    )
    assert await _within(10.0, lambda: len(alive(name)) > 4)
    for pid, _ in _supervisors(os.getpid()):
        os.kill(pid, signal.SIGSTOP)
    await sandbox.close()
    await asyncio.gather(running, return_exceptions=True)
    assert await _within(1.0, lambda: not alive(name))
    assert list(own_tmp.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_folders_of_engines_that_were_killed_at_a_bad_moment_are_cleared_by_the_next(
    kind: str, start: Start, own_tmp: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "from evaluators.owner import owner; print(owner())"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    prefix = {"plain": "cambrian-slot-", "docker": "cambrian-docker-"}.get(kind)
    for name in filter(None, ("cambrian-probe-", prefix)):
        (owned_folder(name, mode=0o755) / "owner").write_text(ended.stdout)
    theirs = owned_folder("cambrian-probe-", mode=0o755)
    sandbox, _ = await start(kind, slots=1)
    await sandbox.close()
    assert list(own_tmp.iterdir()) == [theirs]


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
    boot, namespace, pid, began = owner().split()
    owners = {
        "live": f"{boot} {namespace} {pid} {began}",
        "dead": f"{boot} {namespace} {dead.stdout.strip()} 1",
    }
    engine = doors.Engine()
    made = {}
    for name, named in owners.items():
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
        options["labels"] = {doors.LABEL: named}
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


async def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


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
        [
            "docker",
            "ps",
            "--all",
            "--no-trunc",
            "--filter",
            f"name=cambrian-{engine}-",
            "--format",
            "{{.ID}}",
        ],
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
