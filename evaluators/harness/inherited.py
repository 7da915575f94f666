"""What the supervisor sets up once and every child inherits, so that no job pays for it."""

import ctypes
import io
import os
import resource
import sys

_libc = ctypes.CDLL(None, use_errno=True)


def prepare(settings):
    """Limits, environment, streams and lost rights; and how many processes count against a child already."""
    for kind, value in (
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_STACK, 16 << 20),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 64),
    ):
        limit(kind, value)
    os.environ.clear()
    os.environ.update(
        HOME=settings.scratch,
        TMPDIR=settings.scratch,
        LANG="C.UTF-8",
        PATH="/usr/local/bin:/usr/bin:/bin",
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
    )
    os.environ.update(settings.environment)
    for number in (1, 2):
        stream = io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8", "backslashreplace")
        setattr(sys, ("stdout", "stderr")[number - 1], stream)
        setattr(sys, ("__stdout__", "__stderr__")[number - 1], stream)
    _drop_bounding_set()
    settings.base_processes = _processes_counted_already(settings)


def limit(kind, value):
    """Set a limit for good, to `value` or to what it is already when that is less."""
    hard = resource.getrlimit(kind)[1]
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most, most))


def _drop_bounding_set():
    """Where it may not be changed, no_new_privs makes it harmless."""
    for capability in range(64):
        if _libc.prctl(24, capability, 0, 0, 0) != 0:  # PR_CAPBSET_DROP
            break


def _processes_counted_already(settings):
    """RLIMIT_NPROC counts all processes and threads of a user; a child with a user of its own has none."""
    if settings.child_uid is not None:
        return 0
    if settings.isolation == "none":
        return _tasks_of(os.getuid()) + 256
    release = tuple(int(part) for part in os.uname().release.split(".")[:2] if part.isdigit())
    return 2 if release >= (5, 14) else 2 + 4096  # older kernels count across user namespaces


def _tasks_of(uid):
    count = 0
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat("/proc/" + name).st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return count
