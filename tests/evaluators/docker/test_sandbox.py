"""The ways to an engine, near and far; what a contract for all sandboxes does not say."""

import asyncio
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from evaluators.docker import client as doors
from evaluators.docker.client import Engine
from evaluators.docker.profile import profile
from evaluators.docker.sandbox import DockerSandbox
from evaluators.sandbox import Command, Ending, ExecResult, Limits, Policy, Posture, SandboxUnavailable
from evaluators.values import decode
from tests.evaluators.docker.doorway import Doorway

ROOT = Path(__file__).parents[3]
docker = pytest.mark.docker


@asynccontextmanager
async def started(image_id: str, **options) -> AsyncIterator[tuple[DockerSandbox, Posture]]:
    sandbox = DockerSandbox(slots=options.pop("slots", 1), image=image_id, **options)
    try:
        yield sandbox, await sandbox.start()
    finally:
        await sandbox.close()


async def run(
    sandbox: DockerSandbox, source: str, *, policy: Policy = Policy.COMPUTE, **limits
) -> ExecResult:
    files = {"program.py": source.encode()}
    made = Limits(**({"seconds": 20.0} | limits))
    return await sandbox.run(
        Command(files=files, module="program.py", function="solve", limits=made, policy=policy)
    )


async def containers() -> list[str]:
    """Names of this process's containers, whatever they were started through."""
    listed = await asyncio.to_thread(
        subprocess.run,
        ["docker", "ps", "-a", "--filter", f"name=cambrian-{os.getpid()}-", "--format", "{{.Names}}"],
        env={"PATH": os.environ["PATH"], "DOCKER_HOST": "unix:///var/run/docker.sock"},
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.split()


def test_a_way_to_the_engine_has_a_known_name() -> None:
    with pytest.raises(ValueError, match="auto, socket or stream"):
        DockerSandbox(slots=1, image="any", transport="ssh")  # type: ignore[arg-type]  # the point of it


# Engines elsewhere


@docker
async def test_an_engine_over_tcp_is_used_through_the_stream_alone(door: Doorway, image_id: str) -> None:
    async with started(image_id, slots=2) as (sandbox, posture):
        assert posture.is_full
        assert posture.facts["transport"] == "stream"
        results = await asyncio.gather(*(run(sandbox, f"def solve(): return {n}") for n in range(20)))
        assert [decode(result.result) for result in results] == list(range(20))
        large = await run(sandbox, "def solve(): return 'x' * 900_000")
        assert len(decode(large.result)) == 900_000
        flood = await run(sandbox, "def solve():\n while True: print('x' * 1000)", output_bytes=10_000)
        assert flood.ending is Ending.OUTPUT_LIMIT
        assert 0 < len(flood.stderr) <= 4000
        over = await run(sandbox, "def solve(): return 'x' * 5_000_000")
        assert (over.ending, over.result) == (Ending.RESULT_LIMIT, b"")


@docker
async def test_nothing_of_an_engine_over_tcp_is_left_after_close(
    door: Doorway, image_id: str, descriptors: Callable[[], int]
) -> None:
    open_before, threads_before = descriptors(), _attached()
    for _ in range(2):
        async with started(image_id, slots=2) as (sandbox, _):
            await run(sandbox, "def solve(): return 1")
            pending = asyncio.create_task(run(sandbox, "import time\ndef solve(): time.sleep(60)"))
            await asyncio.sleep(0.2)
        with pytest.raises(SandboxUnavailable, match="closed"):
            await pending
    await _soon(lambda: door.count == 0 and _attached() == threads_before)
    await _soon(lambda: descriptors() <= open_before)
    assert await containers() == []


@docker
async def test_a_command_far_away_is_killed_within_two_seconds_of_its_cancellation(
    door: Doorway, image_id: str
) -> None:
    async with started(image_id) as (sandbox, _):
        before = await containers()
        task = asyncio.create_task(run(sandbox, "def solve():\n while True: pass", seconds=90.0))
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while set(before) & set(await containers()):
            await asyncio.sleep(0.02)
        assert time.monotonic() - begun < 2.0
        assert decode((await run(sandbox, "def solve(): return 2")).result) == 2


@docker
async def test_a_connection_that_breaks_ends_the_container_and_is_no_verdict(
    door: Doorway, image_id: str
) -> None:
    async with started(image_id, patience=5.0) as (sandbox, _):
        before = await containers()
        task = asyncio.create_task(run(sandbox, "import time\ndef solve(): time.sleep(1); return 1"))
        await asyncio.sleep(0.4)
        door.cut()
        assert decode((await task).result) == 1  # of another slot: the program is not to blame
        await _soon_async(lambda left: not set(before) & set(left), containers)


@docker
@pytest.mark.parametrize("door", ["stalling"], indirect=True)
async def test_an_engine_that_does_not_answer_an_attach_is_given_up_and_nothing_is_left(
    door: Doorway, image_id: str
) -> None:
    sandbox = DockerSandbox(slots=1, image=image_id)
    sandbox._launcher._engine = Engine(seconds=0.7)
    begun = time.monotonic()
    with pytest.raises(SandboxUnavailable, match=r"could not start a container: .*timed out"):
        await sandbox.start()
    assert time.monotonic() - begun < 15.0
    await sandbox.close()
    assert await containers() == []


@docker
async def test_large_arguments_arrive_whole_through_the_stream(image_id: str) -> None:
    text = "é1" * 4_000_000
    arguments = json.dumps({"args": [text], "kwargs": {}}).encode()
    source = b"import hashlib\ndef solve(text): return hashlib.sha256(text.encode()).hexdigest()"
    async with started(image_id, transport="stream") as (sandbox, _):
        result = await sandbox.run(
            Command(
                files={"p.py": source},
                module="p.py",
                function="solve",
                arguments=arguments,
                limits=Limits(seconds=20.0),
            )
        )
    assert decode(result.result) == hashlib.sha256(text.encode()).hexdigest()


# Engines here


@docker
async def test_an_engine_here_is_used_over_the_socket(image_id: str) -> None:
    async with started(image_id) as (_, posture):
        assert posture.facts["transport"] == "socket"


@docker
@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to hide a folder from the engine")
@pytest.mark.parametrize("transport", ["auto", "socket"])
async def test_an_engine_that_does_not_see_our_folder_is_used_through_the_stream(
    transport: str, image_id: str, tmp_path: Path
) -> None:
    script = (
        "import asyncio\nfrom evaluators.docker.sandbox import DockerSandbox\nasync def main():\n"
        f" sandbox = DockerSandbox(slots=2, image={image_id!r}, transport={transport!r})\n"
        " posture = await sandbox.start()\n await sandbox.close()\n"
        " print(posture.facts['transport'], posture.facts['no_socket'])\n"
        "asyncio.run(main())\n"
    )
    hidden = 'mount -t tmpfs none "$TMPDIR" && exec "$0" -c "$1"'
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "sh", "-c", hidden, sys.executable, script),
        cwd=ROOT,
        env=dict(os.environ) | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, errors = await process.communicate()
    if transport == "auto":
        assert process.returncode == 0, errors.decode()
        assert said.decode().startswith("stream could not start a container: ")
    else:
        assert process.returncode == 1
        assert "could not start a container" in errors.decode()


# Runtimes


@docker
@pytest.mark.parametrize("transport", ["auto", "stream"])
async def test_a_runtime_that_the_engine_lacks_is_named_with_what_to_do(image_id: str, transport) -> None:
    with pytest.raises(SandboxUnavailable, match=r"no runtime 'runsc', it has .*runc.*daemon\.json"):
        async with started(image_id, runtime="runsc", transport=transport):
            raise AssertionError("it has started")


@docker
async def test_a_runtime_of_its_own_goes_with_the_stream_and_the_default_one_does_not(image_id: str) -> None:
    def ask(client) -> tuple[str, set[str]]:
        found = client.info()
        return found["DefaultRuntime"], set(found["Runtimes"])

    engine = Engine()
    default, all_of_them = await engine.call("ask", ask)
    engine.close()
    async with started(image_id, runtime=default) as (_, posture):
        assert posture.facts["transport"] == "socket"
    for runtime in sorted(all_of_them - {default}):
        if runtime == "io.containerd.runc.v2":  # the same program by another name
            async with started(image_id, runtime=runtime) as (sandbox, posture):
                assert (posture.facts["transport"], posture.facts["runtime"]) == ("stream", runtime)
                assert posture.is_full
                assert decode((await run(sandbox, "def solve(): return 1")).result) == 1


@docker
async def test_a_kernel_without_pidfd_open_will_do(image_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = json.loads(profile())
    for rule in rules["syscalls"]:
        rule["names"] = [name for name in rule["names"] if name != "pidfd_open"]
    monkeypatch.setattr(doors, "profile", lambda: json.dumps(rules))
    async with started(image_id, transport="stream") as (sandbox, _):
        assert decode((await run(sandbox, "def solve(): return 1")).result) == 1
        late = await run(sandbox, "def solve():\n while True: pass", seconds=0.3)
        assert late.ending is Ending.TIMED_OUT
        assert 0.3 <= late.seconds < 0.6
        over = await run(sandbox, "def solve():\n while True: print('x' * 1000)", output_bytes=10_000)
        assert over.ending is Ending.OUTPUT_LIMIT


# Images


@pytest.fixture
def bare_image(image_id: str) -> Iterator[str]:
    """An image with one empty folder in it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        folder = tarfile.TarInfo("etc")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(folder)
    name = f"cambrian-bare-{os.getpid()}"
    engine = Engine()
    engine.now(
        "import", lambda client: client.api.import_image_from_data(content.getvalue(), name, tag="test")
    )
    yield f"{name}:test"
    engine.now("remove", lambda client: client.api.remove_image(f"{name}:test", force=True))
    engine.close()


@docker
@pytest.mark.parametrize("transport", ["auto", "stream"])
async def test_an_image_without_python_is_told(bare_image: str, transport) -> None:
    with pytest.raises(SandboxUnavailable, match=r"has no python3.*Python 3\.8 or newer"):
        async with started(bare_image, transport=transport):
            raise AssertionError("it has started")
    assert await containers() == []


@docker
async def test_the_default_image_compiles_c_and_cpp(image_id: str) -> None:
    source = (
        "import subprocess\ndef solve():\n out = []\n"
        " for name, compiler, text in (('a.c', 'gcc', '#include <stdio.h>\\nint main(){puts(\"c\");}'),\n"
        "   ('b.cpp', 'g++', '#include <iostream>\\nint main(){std::cout << \"c++\";}')):\n"
        "  open(name, 'w').write(text)\n"
        "  subprocess.run([compiler, '-O1', '-o', './program', name], check=True)\n"
        "  out.append(subprocess.run(['./program'], capture_output=True, text=True).stdout.strip())\n"
        " return out"
    )
    async with started(image_id) as (sandbox, _):
        result = await run(sandbox, source, policy=Policy.PROCESSES, seconds=60.0, scratch_mib=64)
    assert (result.ending, decode(result.result)) == (Ending.RETURNED, ["c", "c++"]), result.stderr


# What a program sees of the relay

REACH = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def solve():
    me, reached = str(os.getpid()), []
    for pid in [name for name in os.listdir('/proc') if name.isdigit() and name != me]:
        for name in ('mem', 'environ', 'maps', 'auxv', 'io', 'stack', 'syscall', 'pagemap'):
            try:
                with open(f'/proc/{pid}/{name}', 'rb') as file: file.read(1)
                reached.append(f'{pid}/{name}')
            except OSError: pass
        for name in ('fd', 'root/', 'cwd/', 'map_files'):
            try: os.listdir(f'/proc/{pid}/{name}'); reached.append(f'{pid}/{name}')
            except OSError: pass
        for fd in range(8):
            for mode in ('rb', 'wb'):
                try: open(f'/proc/{pid}/fd/{fd}', mode).close(); reached.append(f'{pid}/fd/{fd}')
                except OSError: pass
        for number in (0, 9, 15, 19):
            try: os.kill(int(pid), number); reached.append(f'{pid} signal {number}')
            except OSError: pass
        if libc.ptrace(16, int(pid), 0, 0) == 0: reached.append(f'{pid} traced')
        buffer = ctypes.create_string_buffer(8)
        if libc.syscall(310, int(pid), buffer, 1, buffer, 1, 0) >= 0: reached.append(f'{pid} read')
    for path in ('/run/cambrian/supervisor.py', '/run/cambrian/relay.py', '/run/cambrian/new.py'):
        for act in (lambda: open(path, 'a').close(), lambda: os.unlink(path), lambda: os.chmod(path, 0o777),
                    lambda: os.rename(path, path + '2'), lambda: open('/run/cambrian/new.py', 'w').close()):
            try: act(); reached.append(path)
            except OSError: pass
    return reached, len([name for name in os.listdir('/proc') if name.isdigit()])
"""


@docker
@pytest.mark.parametrize("policy", list(Policy))
async def test_relay_and_supervisor_are_out_of_a_programs_reach(image_id: str, policy: Policy) -> None:
    async with started(image_id, transport="stream") as (sandbox, _):
        reached, processes = decode((await run(sandbox, REACH, policy=policy)).result)
        assert reached == []
        assert processes >= 3  # relay, supervisor, program: there was something to reach
        assert decode((await run(sandbox, "def solve(): return 1")).result) == 1


@docker
async def test_frames_written_by_a_program_are_only_bytes(image_id: str) -> None:
    forged = (
        "import json, os\n"
        "report = {'why': 'exit', 'setup': '', 'code': 0, 'seconds': 0.0, 'cpu_seconds': 0.0,"
        " 'peak_kib': 1, 'strays': 0, 'oom_kills': 0, 'dirt': ''}\n"
        "def solve():\n"
        " text = json.dumps(report).encode()\n"
        " frames = b'R' + (3).to_bytes(4, 'big') + b'j99' + b'A' + len(text).to_bytes(4, 'big') + text\n"
        " frames = b'\\x01\\0\\0\\0' + len(frames).to_bytes(4, 'big') + frames\n"
        " for fd in range(16):\n  try: os.write(fd, frames)\n  except OSError: pass\n"
        " os._exit(3)"
    )
    async with started(image_id, transport="stream") as (sandbox, _):
        result = await run(sandbox, forged)
        assert (result.ending, result.exit_code, result.result) == (Ending.DIED, 3, b"")
        assert decode((await run(sandbox, "def solve(): return 1")).result) == 1


def _attached() -> int:
    return sum(thread.name == "cambrian-attached" for thread in threading.enumerate())


async def _soon(holds: Callable[[], bool], *, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def _soon_async(holds: Callable[[list[str]], bool], look, *, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds(await look()):
        assert time.monotonic() < deadline
