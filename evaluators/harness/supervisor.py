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
import select
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import child
import inherited
import isolate
import scratch
import seccomp
from settings import Settings

del sys.path[0]

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_MESSAGE = 1 << 16
_LOOK_SECONDS = 0.005
_OURS = ("child", "codec", "inherited", "isolate", "modules", "scratch", "seccomp", "settings")


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
        control.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
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
        raise OSError("no system call filter for this machine")
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
        raise OSError(f"programs run as another user, who cannot read {folder}")


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
    kills_before = _oom_kills()
    status_read, status_write = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        control.close()
        os.close(status_read)
        child.live(job, settings, [*descriptors, status_write])
    for fd in [*descriptors, status_write]:
        os.close(fd)
    why = _wait(control, pid, started + job["seconds"])
    seconds = time.monotonic() - started
    _kill(pid, settings)
    ended = _reap(pid)
    setup = os.read(status_read, 512)
    os.close(status_read)
    if why == "gone":
        _leave(0)
    dirt = folders.clean() or _still_here(settings)
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
        "oom_kills": -1 if kills_before < 0 else _oom_kills() - kills_before,
        "dirt": dirt,
    }


def _wait(control, pid, deadline):
    """Why the job is over: ``exit``, ``time``, ``killed`` (by the engine) or ``gone`` (the engine)."""
    pidfd = _libc.syscall(ctypes.c_long(434), ctypes.c_int(pid), ctypes.c_uint(0))
    poll = select.poll()
    poll.register(control, select.POLLIN)
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT  # for kernels without pidfd_open, as gVisor's were for long
    if pidfd >= 0:
        poll.register(pidfd, select.POLLIN)
    try:
        while True:
            left = deadline - time.monotonic()
            step = left if pidfd >= 0 else min(left, _LOOK_SECONDS)
            ready = dict(poll.poll(step * 1000)) if left > 0 else {}
            if pidfd in ready or (pidfd < 0 and os.waitid(os.P_PID, pid, ended)):
                return "exit"
            if control.fileno() in ready:
                return "killed" if control.recv(16) == b"K" else "gone"
            if left <= 0:
                return "time"
    finally:
        if pidfd >= 0:
            os.close(pidfd)


def _kill(pid, settings):
    """End the child and everything it has started."""
    if settings.shares_processes:
        targets = [lambda: os.killpg(pid, signal.SIGKILL), lambda: os.kill(pid, signal.SIGKILL)]
    else:
        targets = [lambda: os.kill(-1, signal.SIGKILL)]  # all processes of the namespace but this and PID 1
    for target in targets:
        try:
            target()
        except (ProcessLookupError, PermissionError):  # ended already, or not yet leader of a group
            continue
    if settings.shares_processes and settings.child_uid is not None:
        _kill_user(settings.child_uid)


def _kill_user(uid):
    """A process of that user, and of no other, ends all processes of that user."""
    pid = os.fork()
    if pid == 0:
        os.setresuid(uid, uid, uid)
        os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(pid, 0)


def _reap(pid):
    ended = {"code": None, "cpu_seconds": 0.0, "peak_kib": 0, "strays": 0}
    while True:
        try:
            found, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return ended
        ended["cpu_seconds"] += usage.ru_utime + usage.ru_stime
        ended["peak_kib"] = max(ended["peak_kib"], usage.ru_maxrss)
        if found == pid:
            ended["code"] = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        else:
            ended["strays"] += 1


def _still_here(settings):
    """A text when a process outlived the job, which only happens when the kernel is not done with it."""
    if settings.shares_processes:
        return ""
    try:
        os.kill(-1, 0)  # as in `_kill`: cheaper than a look into /proc, which is for the text
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    ours = ("1", str(os.getpid()))  # the first is this process, or the relay
    others = [name for name in os.listdir("/proc") if name.isdigit() and name not in ours]
    return "processes left: {}".format(", ".join(others[:5])) if others else ""


def _oom_kills():
    """Processes of this group that the kernel has killed for want of memory; -1 where it does not tell."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            file = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        text = os.read(file, 4096)  # not by `open`, whose streams cost ten times as much
        os.close(file)
        for line in text.split(b"\n"):
            if line.startswith(b"oom_kill "):
                return int(line.split()[1])
    return -1


if __name__ == "__main__":
    main()
