"""PID 1 of a container whose engine may be on another machine: carries a supervisor's socket over a stream.

A few lines of Python on the container's command line read this source from standard input and run it, so that
any image with Python 3.8 will do and nothing of the host has to be there. It writes the harness to a folder
that only it can change, starts the supervisor as its child with one end of a socket, and from then on passes
messages and bytes between that socket and the engine. A program's bytes go through here bounded and unread.

A frame is a letter, the length as four bytes, and as many bytes. From the engine: ``F`` a file of the harness
(length of the name as one byte, name, contents), ``S`` start the supervisor, ``M`` a message to it, ``D``
bytes of the next job's source, ``J`` a job (the most bytes to pass on of its result and of its output, eight
bytes each, then the message). To the engine: ``R`` bytes of the result, ``O`` bytes of the output, ``A`` a
message of the supervisor, which after a job comes last. At the end of standard input this process ends, and
with it every other one in the container.
"""

import array
import ctypes
import os
import select
import signal
import socket
import sys

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_FOLDER = "/run/cambrian"
_MESSAGE = 1 << 16
_CHUNK = 1 << 16
_MEMFD_CREATE = {"x86_64": 319, "aarch64": 279}


def main():
    """Serve one engine until it goes away."""
    _libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: no ptrace, and nothing of /proc/1 for anyone but root
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        kind, payload = _frame()
        if kind == b"S":
            break
        _write_file(payload)
    _serve(_start_supervisor())


class Job:
    """The ends of a job's pipes that are read here.

    Attributes:
        left: descriptor to the letter of its frames and how many bytes may still be passed on. At the limit
            it is read no more, so that its writer waits until the engine ends the job.
    """

    def __init__(self, control, message, source, limits):
        result_read, result_write = os.pipe()
        output_read, output_write = os.pipe()
        self.left = {result_read: (b"R", limits[0]), output_read: (b"O", limits[1])}
        for fd in self.left:
            os.set_blocking(fd, False)
        handed_on = array.array("i", [source, result_write, output_write])
        control.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handed_on)])
        for fd in handed_on:
            os.close(fd)

    def waited_for(self):
        """Descriptors whose bytes are still wanted."""
        return [fd for fd, (_, left) in self.left.items() if left]

    def take(self, fd):
        """What a pipe holds now, up to one chunk, as a frame; empty when there is nothing, now or ever."""
        letter, left = self.left[fd]
        try:
            chunk = os.read(fd, min(_CHUNK, left))
        except BlockingIOError:
            return b""
        self.left[fd] = letter, left - len(chunk) if chunk else 0
        return _framed(letter, chunk) if chunk else b""

    def finish(self):
        """Frames of the rest; never waits, though a stray process may hold the other end."""
        frames = []
        for fd in self.waited_for():
            frames.extend(iter(lambda fd=fd: self.take(fd), b""))
        for fd in self.left:
            os.close(fd)
        return b"".join(frames)


def _serve(control):
    engine, job = Engine(control), None
    while True:
        poll = select.poll()
        for fd in (0, control.fileno(), *(job.waited_for() if job else ())):
            poll.register(fd, select.POLLIN)
        for fd, _ in poll.poll():
            if fd == 0:
                job = engine.step() or job
            elif fd == control.fileno():
                answer = control.recv(_MESSAGE)
                if not answer:
                    os._exit(0)
                rest = job.finish() if job else b""
                job = None
                _write_all(1, rest + _framed(b"A", answer))
            elif job and fd in job.left:
                _write_all(1, job.take(fd))


class Engine:
    """What comes from the engine, for the supervisor at the other end of `control`."""

    def __init__(self, control):
        self.control = control
        self.source = None

    def step(self):
        """Take one frame; the job, when that is what it starts."""
        kind, payload = _frame()
        if kind == b"M":
            self.control.send(payload)
        elif kind == b"D":
            self.source = _memory_file() if self.source is None else self.source
            _write_all(self.source, payload)
        elif kind == b"J":
            limits = [int.from_bytes(payload[at : at + 8], "big") for at in (0, 8)]
            source, self.source = self.source, None
            return Job(self.control, payload[16:], source, limits)
        else:
            raise ValueError(f"no frame of an engine: {kind}")
        return None


def _start_supervisor():
    """The other end of a new supervisor's socket. It gets neither this process's input nor its output."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        theirs.set_inheritable(True)
        command = [sys.executable, "-s", "-B", _FOLDER + "/supervisor.py", str(theirs.fileno())]
        os.execv(sys.executable, command)
    theirs.close()
    return ours


def _write_file(payload):
    end = 1 + payload[0]
    path = os.path.join(_FOLDER, payload[1:end].decode())
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    _write_all(fd, payload[end:])
    os.close(fd)


def _memory_file():
    """By number, since not every build of Python has the function."""
    number = ctypes.c_long(_MEMFD_CREATE[os.uname().machine])
    fd = _libc.syscall(number, b"source", ctypes.c_uint(1))  # MFD_CLOEXEC
    if fd < 0:
        raise OSError(ctypes.get_errno(), "memfd_create: " + os.strerror(ctypes.get_errno()))
    return fd


def _frame():
    """The next frame, waited for; the process ends when the engine has gone."""
    head = _exactly(5)
    return head[:1], _exactly(int.from_bytes(head[1:], "big"))


def _exactly(size):
    parts = []
    while size:
        part = os.read(0, size)
        if not part:
            os._exit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _framed(letter, payload):
    return letter + len(payload).to_bytes(4, "big") + payload


def _write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


if __name__ == "__main__":
    main()
