"""What a sandbox costs: one candidate at a time, many at once, and beside the ways without warm slots.

Everything is measured in one run on one machine. CPU time is that of the engine and of the supervisors with
their children, in /proc, while no slot is replaced; the Docker engine itself does nothing between starts.
Human lines first; the last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.machine import report
from evaluators.docker.image import available, local_image
from evaluators.docker.sandbox import DockerSandbox
from evaluators.local import ProcessSandbox
from evaluators.sandbox import Command, Ending, Sandbox

SOURCES = {
    "trivial": "def solve():\n    return [0.0] * 10\n",
    "numpy": "import numpy as np\n\n\ndef solve():\n    return np.linalg.norm(np.eye(10), axis=1)\n",
}
WARM_UP = 20
ALONE = 200
TOGETHER = 800  # over two slots less than what a slot may serve, so that none is replaced
CALLERS = 8
ROUNDS = 3
CONTAINERS = 5
ONE_SHOTS = 10
HEADLINES = {
    "median_ms": "trivial_median_ms",
    "numpy_median_ms": "numpy_median_ms",
    "cpu_ms_per_candidate": "cpu_ms_per_candidate",
    "candidates_per_s": "candidates_per_s",
    "one_shot_median_ms": "one_shot_median_ms",
}
"""Figures of the best sandbox there is, under names of their own."""


async def measure(make: Callable[..., Sandbox], name: str) -> dict[str, float]:
    """Figures of one sandbox, their names beginning with its name."""
    sandbox = make()
    began = time.perf_counter()
    await sandbox.start()
    figures = {f"{name}_start_ms": 1000 * (time.perf_counter() - began)}
    try:
        for kind, source in SOURCES.items():
            await each_alone(sandbox, source, WARM_UP)
            times = await each_alone(sandbox, source, ALONE)
            figures[f"{name}_{kind}_median_ms"] = statistics.median(times)
            figures[f"{name}_{kind}_p95_ms"] = statistics.quantiles(times, n=20)[18]
    finally:
        await sandbox.close()
    figures[f"{name}_one_shot_median_ms"] = await one_shot(make(jobs_per_slot=1))
    rounds = [await sustained(make()) for _ in range(ROUNDS)]
    figures[f"{name}_candidates_per_s"] = statistics.median(rate for rate, _, _ in rounds)
    figures[f"{name}_engine_cpu_ms_per_candidate"] = statistics.median(cpu for _, cpu, _ in rounds)
    figures[f"{name}_cpu_ms_per_candidate"] = statistics.median(cpu + slots for _, cpu, slots in rounds)
    return figures


async def each_alone(sandbox: Sandbox, source: str, count: int) -> list[float]:
    """Milliseconds of each of `count` candidates, one after the other."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        result = await sandbox.run(command(source))
        times.append(1000 * (time.perf_counter() - began))
        assert result.ending is Ending.RETURNED, result
    return times


async def one_shot(sandbox: Sandbox) -> float:
    """Median milliseconds of a candidate where each has a slot of its own, one after the other."""
    await sandbox.start()
    try:
        await each_alone(sandbox, SOURCES["trivial"], 3)  # those that were up at the start
        return statistics.median(await each_alone(sandbox, SOURCES["trivial"], ONE_SHOTS))
    finally:
        await sandbox.close()


async def sustained(sandbox: Sandbox) -> tuple[float, float, float]:
    """Trivial candidates a second; milliseconds of CPU for each in the engine, and in the slots."""
    await sandbox.start()
    try:
        await asyncio.gather(*(sandbox.run(command(SOURCES["trivial"])) for _ in range(WARM_UP)))
        await asyncio.sleep(1.0)  # the standby comes up
        slots, engine, began = slots_cpu_seconds(), time.process_time(), time.perf_counter()
        numbers = iter(range(TOGETHER))

        async def caller() -> None:
            for _ in numbers:
                result = await sandbox.run(command(SOURCES["trivial"]))
                assert result.ending is Ending.RETURNED, result

        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        seconds, engine = time.perf_counter() - began, time.process_time() - engine
        slots = slots_cpu_seconds() - slots
    finally:
        await sandbox.close()
    return TOGETHER / seconds, 1000 * engine / TOGETHER, 1000 * slots / TOGETHER


def command(source: str) -> Command:
    return Command(files={"program.py": source.encode()}, module="program.py", function="solve")


def slots_cpu_seconds() -> float:
    """CPU time so far of this process's supervisors and of all children that they have waited for."""
    ticks = 0
    for pid in itertools.chain(descendants(os.getpid()), container_pids()):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            yield int(child)
            yield from descendants(int(child))


def container_pids() -> list[int]:
    """First processes of this process's containers."""
    if shutil.which("docker") is None:
        return []
    listed = docker("ps", "--quiet", "--filter", f"name=cambrian-{os.getpid()}-").split()
    return [int(docker("inspect", "--format", "{{.State.Pid}}", name)) for name in listed]


def docker(*arguments: str) -> str:
    return subprocess.run(
        ["docker", *arguments], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ).stdout


def in_process(source: str) -> float:
    """Median milliseconds of the same candidate in this process, with nothing around it."""
    times = []
    for _ in range(ALONE):
        began = time.perf_counter()
        names: dict[str, Callable[[], object]] = {}
        exec(compile(source, "program.py", "exec"), names)  # the constants above
        names["solve"]()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def containers(image: str) -> dict[str, float]:
    """Median milliseconds of a trivial candidate in a container of its own, and by exec in a running one."""
    program = SOURCES["trivial"] + "print(solve())"
    name = f"cambrian-bench-{os.getpid()}"
    docker("run", "--detach", "--rm", "--network", "none", "--name", name, image, "sleep", "300")
    try:
        ways = {
            "docker_run": ("run", "--rm", "--network", "none", image, "python3", "-c", program),
            "docker_exec": ("exec", name, "python3", "-c", program),
        }
        return {f"{way}_median_ms": median_of(arguments) for way, arguments in ways.items()}
    finally:
        docker("rm", "--force", name)


def median_of(arguments: tuple[str, ...]) -> float:
    times = []
    for _ in range(CONTAINERS):
        began = time.perf_counter()
        found = docker(*arguments)
        times.append(1000 * (time.perf_counter() - began))
        assert json.loads(found) == [0.0] * 10, found
    return statistics.median(times)


def main() -> None:
    figures: dict[str, float] = {}
    for kind, source in SOURCES.items():
        figures[f"in_process_{kind}_median_ms"] = in_process(source)
    lines = []
    figures |= asyncio.run(measure(functools.partial(ProcessSandbox, slots=2), "process"))
    trouble = available()
    if trouble is None:
        image = local_image()
        figures |= asyncio.run(measure(functools.partial(DockerSandbox, slots=2, image=image), "docker"))
        if shutil.which("docker") is not None:
            figures |= containers(image)
    else:
        lines.append(f"Docker is not measured: {trouble}")
    best = "process" if trouble else "docker"
    figures = {short: figures[f"{best}_{name}"] for short, name in HEADLINES.items()} | figures
    lines += [f"{name:40} {value:9.3f}" for name, value in figures.items()]
    found: dict[str, object] = {name: round(value, 3) for name, value in figures.items()}
    report("sandbox", lines, {"sandbox": best} | found)


if __name__ == "__main__":
    main()
