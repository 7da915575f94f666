"""The trusted process of a slot: forks a fresh child per job, ends it, and leaves nothing of it behind.

Started as PID 1 of a container (argument: path of the engine's socket), by the relay that is PID 1 of one, or
by the process sandbox (argument: number of an inherited socket, and the slot's folder when it has one). It
needs Python 3.8 and the standard library; numpy and scipy are loaded once where they are there, so that
children have them at no cost. Not one byte of a program enters this process: the source, the result and the
output go through descriptors that are only handed on to the child.

Messages are datagrams of JSON on a SOCK_SEQPACKET socket. First the engine's settings, answered by
``{"ready": …}`` or ``{"failed": text}``. Then, one at a time, a job with three descriptors (source, result
pipe, output pipe), answered by what happened. While a job runs the engine may send ``K`` to have it ended;
end of file means that the engine is gone.
"""

import array
import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time

import child
import ending
import inherited
import isolate
import scratch
import seccomp
from settings import Settings

_libc = ctypes.CDLL(None, use_errno=True)
_MESSAGE = 1 << 16
_OURS = (
    "child",
    "codec",
    "ending",
    "inherited",
    "isolate",
    "modules",
    "scratch",
    "seccomp",
    "serving",
    "settings",
)


class Unfit(Exception):
    """This machine has no slot of this kind, however often one is started."""


def main():
    """Serve one engine until it goes away."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    control = _connect(sys.argv[1])
    first = control.recv(_MESSAGE)
    if not first:
        _leave(0)
    settings = Settings(json.loads(first))
    try:
        _isolate(settings)
        _preload(settings.preload, settings)
        _harden(settings)
    except Exception as error:  # noqa: BLE001  # the outermost boundary: it becomes the engine's error
        for_good = isinstance(error, Unfit)
        text = str(error) if for_good else f"{type(error).__name__}: {error}"
        control.send(json.dumps({"failed": text, "for_good": for_good}).encode())
        _leave(1)
    control.send(json.dumps({"ready": {"pid": os.getpid(), "base_mib": settings.base_bytes >> 20}}).encode())
    folders = scratch.Scratch(settings)
    while True:
        job, descriptors = _receive(control)
        report = _run(control, job, descriptors, settings=settings, folders=folders)
        control.send(json.dumps(report).encode())


def _leave(code):
    """Exit, and take the slot's folder along when there is one: the engine may not be there to do it."""
    if sys.argv[2:]:
        import shutil  # not before: a fork costs more for the libraries that it brings along

        for folder in sys.argv[2:]:
            shutil.rmtree(folder, ignore_errors=True)
    os._exit(code)


def _connect(where):
    if where.isdigit():
        return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, int(where))
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect(where)
    return control


def _isolate(settings):
    if not seccomp.supported():
        raise Unfit("no system call filter for this machine")
    packages, executable = None, os.path.realpath(sys.executable)
    if settings.isolation == "namespaces":
        isolate.enter_namespaces(inner_uid=65533)
        packages = isolate.build_root(settings.packages)
        isolate.fresh_scratch(1)
    elif settings.isolation == "none":
        packages = os.path.join(os.path.dirname(settings.scratch), "packages")
        os.mkdir(packages, 0o755)
        for path in settings.packages:
            os.symlink(path, os.path.join(packages, os.path.basename(path)))
        settings.readable.append(packages)
        if settings.child_uid is not None:
            os.chown(settings.scratch, settings.child_uid, settings.child_uid)
            _check_readable(os.path.dirname(os.__file__), settings.child_uid)
    if packages:
        sys.path.append(packages)
        settings.environment["PYTHONPATH"] = packages
        sys.executable = executable  # the link of a virtual environment is out of reach
    settings.path = list(sys.path)


def _check_readable(folder, uid):
    """Python may be installed where only its owner can read, a root's home for example."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        os._exit(0 if os.access(folder, os.R_OK | os.X_OK) else 1)
    if os.waitpid(pid, 0)[1] != 0:
        raise Unfit(f"programs run as another user, who cannot read {folder}: use a Python that all can")


def _preload(names, settings):
    """Import what is not there yet, so that children have it at once. A fork costs more for every module."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            settings.missing.add(name)
    gc.collect()
    gc.freeze()
    with open("/proc/self/statm") as file:
        settings.base_bytes = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _harden(settings):
    inherited.prepare(settings)
    settings.filters = {
        policy: None if settings.shares_processes else seccomp.prepare(policy == "processes")
        for policy in ("compute", "processes")
    }
    _libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: orphans of a job come here to be waited for
    _libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: no ptrace and no /proc/<pid>/environ for the same user
    for name in _OURS:  # a program may have files of these names
        del sys.modules[name]


def _receive(control):
    """The next job and its descriptors; the process ends when the engine has gone."""
    size = array.array("i").itemsize
    message, ancillary, _, _ = control.recvmsg(_MESSAGE, socket.CMSG_SPACE(3 * size))
    if not message:
        _leave(0)
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % size])
    if message == b"K":  # meant for a job that had ended already
        return _receive(control)
    return json.loads(message), list(descriptors)


def _run(control, job, descriptors, *, settings, folders):
    """Fork a child for a job, wait for its end or make it, clean up, and say what happened."""
    wanted = [name for name in job["preload"] if name not in sys.modules and name not in settings.missing]
    if wanted:
        _preload(wanted, settings)
    folders.prepare(job["scratch_mib"])
    kills_before = ending.oom_kills()
    status_read, status_write = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        control.close()
        os.close(status_read)
        child.live(job, settings, [*descriptors, status_write])
    for fd in [*descriptors, status_write]:
        os.close(fd)
    why = ending.wait(control, pid, started + job["seconds"])
    seconds = time.monotonic() - started
    ending.kill(pid, settings)
    ended = ending.reap(pid)
    setup = os.read(status_read, 512)
    os.close(status_read)
    if why == "gone":
        _leave(0)
    dirt = folders.clean() or ending.still_here(settings)
    return {
        "why": why,
        "setup": ""
        if setup == child.READY
        else setup.decode("utf-8", "replace") or "the child ended before its start",
        "code": ended["code"],
        "seconds": seconds,
        "cpu_seconds": ended["cpu_seconds"],
        "peak_kib": ended["peak_kib"],
        "strays": ended["strays"],
        "oom_kills": -1 if kills_before < 0 else ending.oom_kills() - kills_before,
        "dirt": dirt,
    }
