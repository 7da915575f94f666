"""Walls a plain process can build for itself: namespaces with a root of its own, or Landlock without them."""

import ctypes
import os
import signal
import sys

SCRATCH = "/scratch"
SHARED = "/dev/shm"  # where multiprocessing keeps semaphores; wiped like the scratch folder

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = (
    0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000,
)  # fmt: skip
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 0x4000, 0x40000
_DETACH = 2
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime")
_DEVICES = ("null", "zero", "full", "random", "urandom")

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _check(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def enter_namespaces(inner_uid):
    """Leave the host's users (unless root), mounts, processes, network, IPC and host name.

    Returns in a forked process that is PID 1 of the new namespaces; the caller becomes a thin keeper that
    ends as it does. As root the user namespace stays, so that children can get a user id of their own.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = _NEWNS | _NEWPID | _NEWNET | _NEWIPC | _NEWUTS
    if uid != 0:
        flags |= _NEWUSER
    _check(_libc.unshare(flags), "unshare")
    if uid != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{inner_uid} {uid} 1")
        _write("/proc/self/gid_map", f"{inner_uid} {gid} 1")
    _check(_libc.sethostname(b"sandbox", 7), "sethostname")
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        die_with_parent(parent)
        return
    _keep(pid)


def die_with_parent(parent):
    """Ask for SIGKILL when the parent ends, and make sure that it has not ended before."""
    _check(_libc.prctl(1, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")
    if os.getppid() not in (0, parent):
        os._exit(1)


def _keep(pid):
    """Wait for PID 1 of the namespaces with no descriptor open, so that end of file means its end."""
    os.closerange(0, 4096)
    while True:
        try:
            _, status = os.waitpid(pid, 0)
        except InterruptedError:
            continue
        os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)


def build_root(packages):
    """Make a read-only root that holds the system's programs, this Python and `packages`, and move there.

    Nothing of the user is in it: no home, no temporary files, no third-party packages but `packages`.

    Args:
        packages: folders and files of importable packages, by path on the host.

    Returns:
        The folder in the new root that holds the packages.
    """
    _mount(None, "/", None, _REC | _PRIVATE)
    root = "/tmp" if os.path.isdir("/tmp") else "/mnt"  # covered at once by a file system of our own
    covered = {path: os.open(path, os.O_PATH) for path in packages}
    prefix = os.path.realpath(sys.base_prefix)
    prefix_fd = os.open(prefix, os.O_PATH)
    # Programs pass through the root folder but need not list it: less to stumble upon.
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "mode=311,size=1m,nr_inodes=4096")
    for path in _SYSTEM:
        if os.path.islink(path):
            os.symlink(os.readlink(path), root + path)
        elif os.path.isdir(path):
            _bind(path, root + path)
    if not (prefix + "/").startswith("/usr/"):
        _bind(f"/proc/self/fd/{prefix_fd}", root + prefix)
    _hide_third_party(root, prefix)
    for path, fd in covered.items():
        _bind(f"/proc/self/fd/{fd}", root + "/packages/" + os.path.basename(path), like=path_is_file(fd))
        os.close(fd)
    os.close(prefix_fd)
    _small_places(root)
    _move_to(root)
    return "/packages"


def path_is_file(fd):
    """Whether an O_PATH descriptor is of a plain file."""
    return not os.path.isdir(f"/proc/self/fd/{fd}")


def _hide_third_party(root, prefix):
    """Cover site-packages: an installation of this very program, with its reference results, may be there."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for base in {prefix, "/usr", "/usr/local"}:
        for folder in (version, "python3"):
            for name in ("site-packages", "dist-packages"):
                for lib in ("lib", "lib64"):
                    place = f"{root}{base}/{lib}/{folder}/{name}"
                    if os.path.isdir(place):
                        _mount(
                            "tmpfs",
                            place,
                            "tmpfs",
                            _RDONLY | _NOSUID | _NODEV,
                            "mode=755,size=4k,nr_inodes=2",
                        )


def _small_places(root):
    for name in _ETC:
        source = "/etc/" + name
        if os.path.exists(source):
            _bind(os.path.realpath(source), root + source, like=os.path.isfile(source))
    os.makedirs(root + "/etc", exist_ok=True)
    _write(root + "/etc/passwd", "sandbox:x:65533:65533::/scratch:/bin/sh\n")
    os.makedirs(root + "/dev/shm")  # a mount point of the new root
    for name in _DEVICES:
        _bind("/dev/" + name, root + "/dev/" + name, like=True, flags=_NOSUID | _NOEXEC)
    for name, target in (
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
    ):
        os.symlink(target, root + "/dev/" + name)
    for name in ("/proc", SCRATCH, "/tmp"):  # an empty folder of the new root
        os.makedirs(root + name)
    _mount("proc", root + "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    for name in ("sys", "irq", "bus", "fs"):  # the kernel's switches, some of which anyone may open
        if os.path.isdir(f"{root}/proc/{name}"):
            _bind(f"{root}/proc/{name}", f"{root}/proc/{name}")


def _move_to(root):
    os.chdir(root)
    _check(_libc.syscall(ctypes.c_long(_pivot_root()), b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _DETACH), "umount of the old root")
    os.chdir("/")
    _mount(None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def fresh_scratch(mib):
    """Put new, empty file systems over the scratch folder and /dev/shm; the old ones and their files go."""
    for place in (SCRATCH, SHARED):
        _libc.umount2(place.encode(), _DETACH)
        if mib > 0:
            options = f"mode=1777,size={mib}m,nr_inodes={scratch_inodes(mib)}"
            _mount("tmpfs", place, "tmpfs", _NOSUID | _NODEV, options)


def scratch_inodes(mib):
    """Files a scratch folder of this size may hold."""
    return max(1024, 64 * mib)


def _bind(source, target, like=False, flags=_NOSUID | _NODEV):
    """Bind one path read-only; `like` is true for a file."""
    if like:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    else:
        os.makedirs(target, exist_ok=True)
    _mount(source, target, None, _BIND | _REC)
    # A user namespace may not clear flags that the mount already has, so they are asked for again.
    kept = os.statvfs(target).f_flag & (_NOSUID | _NODEV | _NOEXEC)
    _mount(None, target, None, _REMOUNT | _BIND | _RDONLY | flags | kept)


def _mount(source, target, kind, flags, options=""):
    result = _libc.mount(
        source.encode() if source else None, target.encode(), kind.encode() if kind else None,
        ctypes.c_ulong(flags), options.encode() or None,
    )  # fmt: skip
    _check(result, f"mount {target}")


def _pivot_root():
    return {"x86_64": 155, "aarch64": 41}[os.uname().machine]


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


# Landlock (the same numbers on every architecture), see https://docs.kernel.org/userspace-api/landlock.html
_EXECUTE, _READ_FILE, _READ_DIR, _WRITE_FILE = 1, 4, 8, 2
_ACCESS_BY_ABI = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF}


def landlock_abi() -> int:
    """Version of Landlock in this kernel, 0 without it."""
    return max(0, _libc.syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint(1)))


def landlock(readable, writable):
    """Refuse this process every file except below `readable` and `writable`. Irrevocable.

    Needs PR_SET_NO_NEW_PRIVS. Paths that do not exist are left out.
    """
    abi = landlock_abi()
    handled = _ACCESS_BY_ABI.get(min(abi, 3), 0)
    if not handled:
        raise OSError("this kernel has no Landlock")
    scoped = 3 if abi >= 6 else 0  # no abstract sockets, no signals to processes outside
    attributes = (ctypes.c_uint64 * 3)(handled, 3 if abi >= 4 else 0, scoped)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _check(
        _libc.syscall(ctypes.c_long(444), attributes, ctypes.c_size_t(size), ctypes.c_uint(0)), "landlock"
    )
    read = _EXECUTE | _READ_FILE | _READ_DIR
    for path, access in [(p, read) for p in readable] + [(p, handled) for p in writable]:
        _landlock_rule(ruleset, path, access)
    _check(
        _libc.syscall(ctypes.c_long(446), ctypes.c_int(ruleset), ctypes.c_uint(0)), "landlock_restrict_self"
    )
    os.close(ruleset)


def _landlock_rule(ruleset, path, access):
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        access &= _EXECUTE | _READ_FILE | _WRITE_FILE
    rule = ctypes.create_string_buffer(access.to_bytes(8, sys.byteorder) + fd.to_bytes(4, sys.byteorder), 12)
    number = ctypes.c_long(445)
    _check(
        _libc.syscall(number, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0)),
        "landlock_add_rule",
    )
    os.close(fd)


def landlock_places(packages):
    """What a program may read: the system's programs, this Python, the packages and itself."""
    etc = ["/etc/" + name for name in _ETC]
    return [*_SYSTEM, *etc, os.path.realpath(sys.base_prefix), "/proc/self", *packages]
