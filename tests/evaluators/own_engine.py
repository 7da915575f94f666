"""A Docker engine of a test's own, which it may stop, kill and start again. Needs root and dockerd."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import docker

IMAGE = "cambrian-test:python"

PACK = """
import glob, os, shutil, sys, sysconfig, tarfile
import array, ctypes, hashlib, json, random, resource, select, socket, struct, zlib
left_out = {"site-packages", "dist-packages", "test", "__pycache__", "ensurepip", "idlelib", "lib2to3",
            "pydoc_data", "tkinter", os.path.basename(sysconfig.get_config_var("LIBPL") or "none")}
found = {}
def add(path):
    place = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    if os.path.lexists(place) and place not in found:
        found[place] = True
        if os.path.islink(place):
            add(os.path.join(os.path.dirname(place), os.readlink(place)))
for path in (shutil.which("python3"), sys.executable, *glob.glob("/lib*/ld-*")):
    add(path)
for folder, folders, files in os.walk(os.path.dirname(os.__file__)):
    folders[:] = [name for name in folders if name not in left_out]
    for name in files:
        add(os.path.join(folder, name))
libraries = {line.split(None, 5)[5].strip() for line in open("/proc/self/maps") if ".so" in line}
for folder in {os.path.dirname(path) for path in libraries}:
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if path in libraries or os.path.islink(path) and os.path.realpath(path) in libraries:
            add(path)
with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
    for name in ("run", "scratch", "tmp", "dev", "proc", "sys", "etc"):
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name in ("scratch", "tmp") else 0o755
        tar.addfile(folder)
    for name in ("/bin", "/lib", "/lib64", "/etc/ld.so.cache"):
        if os.path.islink(name) or os.path.isfile(name):
            tar.add(name, recursive=False)
    for place in found:
        tar.add(place, recursive=False)
"""
"""Writes the smallest root file system in which this Python runs: 30 MB, against 900 MB of the image."""


class OwnEngine:
    """One dockerd with everything of it in a folder.

    Attributes:
        image: name of the image that it has.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/d.sock"
        self.image = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the engine, and do not wait for it."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    # With no bridge of its own an engine removes the default one, which is another engine's.
                    *("unshare", "--net"),
                    "dockerd",
                    f"--host={self.host}",
                    f"--data-root={self.folder}/data",
                    f"--exec-root={self.folder}/exec",
                    f"--pidfile={self.folder}/pid",
                    "--bridge=none",
                    "--iptables=false",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def answers(self, seconds: float = 30.0) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + seconds
        while not await asyncio.to_thread(self._ping):
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            await asyncio.sleep(0.02)

    async def stop(self, number: signal.Signals) -> None:
        """Send the engine a signal and wait for its end."""
        assert self._process is not None
        self._process.send_signal(number)
        await asyncio.to_thread(self._process.wait, 30)

    async def take_image(self, source: str) -> None:
        """Bring in a small image with the Python of `source`, an image of the usual engine."""
        tar = self.folder / "root.tar"
        with tar.open("wb") as file:
            packing = await asyncio.create_subprocess_exec(
                "docker", "run", "--rm", "--network=none", source, "python3", "-c", PACK, stdout=file
            )
            assert await packing.wait() == 0
        name, _, tag = IMAGE.partition(":")
        with contextlib.closing(docker.DockerClient(base_url=self.host)) as client:
            await asyncio.to_thread(client.api.import_image_from_file, str(tar), name, tag)
        self.image = IMAGE

    async def containers(self) -> list[str]:
        """States of all containers."""
        with contextlib.closing(docker.DockerClient(base_url=self.host)) as client:
            return [found["State"] for found in await asyncio.to_thread(client.api.containers, all=True)]

    def clear(self) -> None:
        """End what is left of it, and unmount."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
        for number in self._own_processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        places = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        for place in reversed([place for place in places if place.startswith(f"{self.folder}/")]):
            subprocess.run(["umount", "-l", place], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _own_processes(self) -> list[int]:
        """The engine, its containerd and their shims: all name the folder on their command line."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and f"{self.folder}/".encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return [number for number in found if number != os.getpid()]

    def _ping(self) -> bool:
        try:
            with contextlib.closing(docker.DockerClient(base_url=self.host, timeout=2)) as client:
                return bool(client.ping())
        except Exception:  # noqa: BLE001  # the library raises what it likes while the engine comes up
            return False


def missing() -> str | None:
    """Why no engine can be started here; None when one can."""
    if os.getuid() != 0:
        return "starting an engine of its own needs root"
    return None if shutil.which("dockerd") else "dockerd is not installed"
