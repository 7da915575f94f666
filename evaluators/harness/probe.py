"""What a program can reach, measured from where it runs: the self-test of a sandbox.

Loaded like any program. It returns a table of facts, each a text, number, flag or list; what they ought to
be is not known here.
"""

import ctypes
import os
import resource
import socket

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts")


def measure(engine_pid, engine_namespace, host_file, host_folder, home):
    """All facts.

    Args:
        engine_pid: process of the engine.
        engine_namespace: the namespace in which that number counts.
        host_file: a file that every user of the host may read.
        host_folder: a folder that every user of the host may write to.
        home: the user's home on the host.
    """
    status = _status()
    parent = os.getppid()
    # The first process of a namespace of our own is the supervisor, or the relay that it hangs on.
    own = _link("/proc/self/ns/pid") not in ("", engine_namespace)
    trusted = {parent, 1} if own else {parent}
    return {
        "uid": os.getuid(),
        "groups": os.getgroups(),
        "capabilities": _capabilities(status),
        "seccomp": status.get("Seccomp", "?"),
        "no_new_privs": status.get("NoNewPrivs") or str(_libc.prctl(39, 0, 0, 0, 0)),
        "environment": sorted(os.environ),
        "descriptors": _descriptors(),
        "namespaces": {name: _link("/proc/self/ns/" + name) for name in _NAMESPACES},
        "limits": _limits(),
        "network": [name for name, family in _families() if _opens(family)],
        "parent_readable": any(
            _reads(f"/proc/{pid}/{name}") for pid in trusted for name in ("environ", "mem", "maps")
        ),
        "engine_readable": _link("/proc/self/ns/pid") in ("", engine_namespace)
        and any(_reads(f"/proc/{engine_pid}/{name}") for name in ("environ", "mem", "maps")),
        "host_readable": _reads(host_file),
        "host_writable": _writes(host_folder),
        "home": _identity(home),
        "forks": _forks(),
        "becomes_root": _works(lambda: os.setuid(0)) if os.getuid() != 0 else False,
        "traces": _libc.ptrace(16, parent, 0, 0) == 0,
        "signals_parent": _works(lambda: os.kill(parent, 0)),
        "unshares": _libc.unshare(0x10000000) == 0,
        "kernel": [name for name, number in _surface() if _reaches(number)],
        "root_writable": _writes("/"),
    }


def _status():
    try:
        with open("/proc/self/status") as file:
            return dict(line.rstrip("\n").replace("\t", "").split(":", 1) for line in file if ":" in line)
    except OSError:
        return {}


def _capabilities(status):
    """Different sets of capabilities as numbers without leading zeros; ``?`` for one that is not told.

    Not every kernel tells the ambient ones, which are never more than the inheritable ones.
    """
    told = dict(status)
    told.setdefault("CapAmb", told.get("CapInh", "?"))
    return sorted({told.get(name, "?").lstrip("0") for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")})


def _descriptors():
    found = []
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def _limits():
    names = ("AS", "NPROC", "NOFILE", "FSIZE", "CORE")
    return {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1] for name in names}


def _families():
    """By number, since not every Python knows all of them."""
    return (
        ("unix", 1),
        ("inet", 2),
        ("inet6", 10),
        ("netlink", 16),
        ("packet", 17),
        ("alg", 38),
        ("vsock", 40),
    )


def _opens(family):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind).close()
        except OSError:
            continue
        return True
    return False


def _surface():
    number = {
        "x86_64": (425, 321, 323, 298, 250, 101, 29, 240),
        "aarch64": (425, 280, 282, 241, 219, 117, 194, 180),
    }
    names = ("io_uring", "bpf", "userfaultfd", "perf_event", "keyctl", "ptrace", "shmget", "mq_open")
    return list(zip(names, number.get(os.uname().machine, ())))  # noqa: B905  # Python 3.8 has no strict


def _reaches(number):
    """Whether a call gets past the filter; arguments that no kernel accepts keep it harmless."""
    ctypes.set_errno(0)
    invalid = ctypes.c_long(-1)
    result = _libc.syscall(ctypes.c_long(number), invalid, invalid, invalid, invalid, invalid)
    return result >= 0 or ctypes.get_errno() not in (1, 13, 38)


def _forks():
    try:
        pid = os.fork()
    except OSError:
        return False
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def _works(action):
    try:
        action()
    except OSError:
        return False
    return True


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _reads(path):
    try:
        with open(path, "rb") as file:
            file.read(1)
    except (OSError, ValueError):
        return False
    return True


def _identity(folder):
    """Device and number of a folder that can be listed: another root may have one of the same name."""
    try:
        os.listdir(folder)
        found = os.stat(folder)
    except OSError:
        return None
    return [found.st_dev, found.st_ino]


def _writes(folder):
    path = os.path.join(folder, f".cambrian-probe-{os.getpid()}")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        os.unlink(path)
    except OSError:
        return False
    return True
