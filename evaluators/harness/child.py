"""The life of one child: gives up every right, loads the program, calls it, writes the value, exits.

Runs in a process forked from the supervisor. Nothing in it is trusted once `_serve` has begun: the program
shares the interpreter. What it writes is data, and how it ended is for the supervisor to see.
"""

import ctypes
import errno
import fcntl
import functools
import json
import os
import random
import resource
import struct
import sys
import traceback

import codec
import inherited
import isolate
import modules
import seccomp

RAISED, OUT_OF_MEMORY = 81, 82  # exit codes; a program may fake them, which gains it nothing
READY = b"ready"

_SOURCE, _RESULT, _STATUS = 0, 3, 4
_loads, _write, _exit, _getpid = json.loads, os.write, os._exit, os.getpid
_libc = ctypes.CDLL(None, use_errno=True)
# Made here, once: a ctypes type that is new to a process costs it 0.1 ms.
_CAPABILITY_HEADER = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0), 8)
_NO_CAPABILITIES = ctypes.create_string_buffer(bytes(24), 24)


def live(job, settings, descriptors):
    """Run one job in this process and exit.

    Args:
        job: limits and policy, from the engine.
        settings: of the slot, see `settings.Settings`.
        descriptors: source memfd, result pipe, output pipe, status pipe.
    """
    try:
        _place(descriptors)
        _lock_down(job, settings)
        _write(_STATUS, READY)
    except BaseException as error:  # noqa: BLE001  # the supervisor reports it as the machine's failure
        _write(_STATUS, (f"{type(error).__name__}: {error}").encode("utf-8", "replace")[:500])
        _exit(1)
    os.close(_STATUS)
    _serve(job, settings)


def _place(descriptors):
    """Move the descriptors to their places and close every other one."""
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in descriptors]
    source, result, output, status = high
    for fd, place in ((source, _SOURCE), (output, 1), (output, 2), (result, _RESULT), (status, _STATUS)):
        os.dup2(fd, place)
    os.closerange(5, 4096)


def _lock_down(job, settings):
    parent = os.getppid()
    os.setsid()
    os.umask(0o022)
    _libc.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: the next file belongs to the process only while it is set
    score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    _write(score, b"1000")
    os.close(score)
    _limits(job, settings)
    if settings.child_uid is not None:
        os.setgroups([])
        os.setresgid(settings.child_uid, settings.child_uid, settings.child_uid)
        os.setresuid(settings.child_uid, settings.child_uid, settings.child_uid)
    _drop_capabilities()
    isolate.die_with_parent(parent)
    _libc.prctl(4, 0, 0, 0, 0)
    for number in (2, 15, 1):  # SIGINT, SIGTERM and SIGHUP, in the library's way: Python's looks up names
        _libc.signal(number, None)
    if job["scratch_mib"] > 0:
        os.chdir(settings.scratch)
    else:
        os.chdir("/")
        os.environ["HOME"] = os.environ["TMPDIR"] = "/"
    _libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    if settings.landlock:
        writable = ["/dev/null"] + ([settings.scratch] if job["scratch_mib"] > 0 else [])
        readable = [*isolate.landlock_places(settings.readable), "/dev/zero", "/dev/urandom", "/dev/random"]
        isolate.landlock(readable, writable)
    ready = settings.filters[job["policy"]]
    seccomp.install(ready or seccomp.prepare(job["policy"] == "processes", os.getpid(), keep_group=True))


def _limits(job, settings):
    inherited.limit(resource.RLIMIT_AS, settings.base_bytes + (job["memory_mib"] << 20))
    inherited.limit(resource.RLIMIT_FSIZE, max(job["scratch_mib"], 0) << 20)
    inherited.limit(resource.RLIMIT_NPROC, settings.base_processes + job["processes"])


def _drop_capabilities():
    if _libc.capset(_CAPABILITY_HEADER, _NO_CAPABILITIES) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _serve(job, settings):
    """Load, call, encode, write, exit. Never returns."""
    code = RAISED
    files = {}
    me = _getpid()
    try:
        spec, files = _read_source()
        _prepare(job, settings, spec, files)
        function = _load(spec, files)
        args, kwargs = codec.arguments(spec["arguments"])
        value = function(*args, **kwargs)
        if _getpid() != me:  # a process that the program forked has come back here; its value is not wanted
            _exit(1)
        _write_all(_RESULT, codec.encode(value))
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    except BaseException as error:  # noqa: BLE001  # whatever the program raises is the program's
        code = OUT_OF_MEMORY if _is_of_memory(error) else RAISED
        _tell(error, files)
    finally:
        try:
            _flush()
        finally:
            _exit(code & 0xFF)


def _read_source():
    size = os.fstat(_SOURCE).st_size
    parts, at = [], 0
    while at < size:
        part = os.pread(_SOURCE, min(size - at, 1 << 24), at)
        parts.append(part)
        at += len(part)
    raw = b"".join(parts)
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, _SOURCE)
    os.close(null)
    (length,) = struct.unpack(">I", raw[:4])
    spec = _loads(raw[4 : 4 + length])
    at, files = 4 + length, {}
    for name, size in spec["files"]:
        files[name] = raw[at : at + size]
        at += size
    spec["arguments"] = raw[at:]
    return spec, files


def _prepare(job, settings, spec, files):
    sys.argv = [spec["module"]]
    sys.path[:] = settings.path
    on_disk = job["scratch_mib"] > 0 and (len(files) > 1 or job["policy"] == "processes")
    modules.install(files, on_disk)
    if on_disk:
        _write_files(files)
    _seed(spec["seed"], job["policy"] == "processes")


def _seed(seed, forks):
    """Let every generator follow from the seed, also those that the program makes without one.

    What stays the system's are `os.urandom` and `secrets`, and numpy where it was not loaded ahead.
    """
    seed_plainly = random.Random.seed
    entropy, first = [], _getpid()  # made when it is needed, which few programs do

    def bits(count):
        if not entropy:
            entropy.append(random.Random.__new__(random.Random))
            process = "" if _getpid() == first else f" {_getpid()}"
            seed_plainly(entropy[0], f"entropy {seed}{process}")
        return entropy[0].getrandbits(count)

    def seed_anyway(self, a=None, version=2):
        seed_plainly(self, bits(128) if a is None else a, version)

    random.Random.seed = seed_anyway
    random.seed = functools.partial(seed_anyway, random.seed.__self__)
    random.seed(seed)
    if forks:  # or all processes of the program would draw the same
        os.register_at_fork(after_in_child=entropy.clear)
    if "numpy.random.bit_generator" in sys.modules:
        sys.modules["numpy.random.bit_generator"].randbits = bits  # SeedSequence draws on it
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(seed % (1 << 32))


def _write_files(files):
    for name, content in files.items():
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(name, "wb") as file:
            file.write(content)


def _load(spec, files):
    module = modules.load(spec["module"], files)
    try:
        return module.__dict__[spec["function"]]
    except KeyError:
        raise NameError("{} defines no function {!r}".format(spec["module"], spec["function"])) from None


def _write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[_write(fd, view[: 1 << 20]) :]


def _is_of_memory(error):
    """The kernel refuses memory by an error of its own, a shared mapping for example."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


def _tell(error, files):
    """Write the program's own traceback lines and the message; the error's methods may misbehave."""
    try:
        lines = []
        for frame in traceback.extract_tb(error.__traceback__, 400):
            if frame.filename in files:
                text = _source_line(files[frame.filename], frame.lineno)
                lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {text}\n')
        lines = lines if len(lines) <= 20 else [*lines[:10], "  ...\n", *lines[-10:]]
        last = "".join(traceback.format_exception_only(type(error), error))[:2000]
        sys.stdout.flush()
        _write_all(2, ("".join(lines) + last).encode("utf-8", "backslashreplace"))
    except BaseException:  # noqa: BLE001  # the error's own methods are the program's
        _write_all(2, b"an exception that cannot be shown")


def _source_line(content, number):
    """One line of a source, stripped and clipped, or nothing where there is none."""
    lines = content.split(b"\n", number)
    return lines[number - 1].decode("utf-8", "replace").strip()[:200] if 0 < number <= len(lines) else ""


def _flush():
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except BaseException:  # noqa: BLE001, S112  # the program may have put anything in its place
            continue
