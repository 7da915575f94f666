"""The end of a job: waiting for it or making it, and seeing that nothing of it is left."""

import ctypes
import os
import select
import signal
import time

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_LOOK_SECONDS = 0.005


def wait(control, pid, deadline):
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


def kill(pid, settings):
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


def reap(pid):
    """Wait for a child and all that it has left to this process; what they used, in s and KiB."""
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


def still_here(settings):
    """A text when a process outlived the job, which only happens when the kernel is not done with it."""
    if settings.shares_processes:
        return ""
    try:
        os.kill(-1, 0)  # as in `kill`: cheaper than a look into /proc, which is for the text
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    ours = ("1", str(os.getpid()))  # the first is this process, or the relay
    others = [name for name in os.listdir("/proc") if name.isdigit() and name not in ours]
    return "processes left: {}".format(", ".join(others[:5])) if others else ""


def oom_kills():
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
