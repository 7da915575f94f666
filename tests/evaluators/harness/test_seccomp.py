import platform
import struct

import pytest

from evaluators.harness import seccomp

ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decide(program: bytes, name: str | int, *args: int, arch: int | None = None) -> int:
    """Run the filter on one call the way the kernel does."""
    machine = platform.machine()
    number = seccomp.NUMBERS[machine][name] if isinstance(name, str) else name
    data = struct.pack("<IIQ6Q", number, ARCH[machine] if arch is None else arch, 0, *(args + (0,) * 6)[:6])
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return value
        else:
            met = {0x15: accumulator == value, 0x45: bool(accumulator & value), 0x35: accumulator >= value}[
                code
            ]
            at += if_true if met else if_false


@pytest.fixture
def compute() -> bytes:
    return seccomp.build(False)


@pytest.fixture
def processes() -> bytes:
    return seccomp.build(True)


@pytest.mark.parametrize("machine", seccomp.NUMBERS)
@pytest.mark.parametrize("policy", [False, True])
def test_every_allowed_name_has_a_number(machine: str, policy: bool) -> None:
    assert set(seccomp.names(machine, policy)) <= set(seccomp.NUMBERS[machine])


def test_computing_is_allowed_and_processes_are_not(compute: bytes, processes: bytes) -> None:
    assert decide(compute, "read") == decide(compute, "mmap") == ALLOW
    assert decide(compute, "execve") == EPERM
    assert decide(processes, "execve") == ALLOW


def test_threads_are_allowed_and_forks_only_by_policy(compute: bytes, processes: bytes) -> None:
    thread, fork, user_namespace = 0x3D0F00, 0x1200011, 0x10000000 | 17
    assert decide(compute, "clone", thread) == ALLOW
    assert decide(compute, "clone", fork) == EPERM
    assert decide(processes, "clone", fork) == ALLOW
    assert decide(compute, "clone", thread | user_namespace) == EPERM
    assert decide(processes, "clone", user_namespace) == EPERM
    assert decide(processes, "clone3") == ENOSYS


def test_unknown_calls_and_sockets_are_refused(compute: bytes, processes: bytes) -> None:
    for program in (compute, processes):
        for number in (425, 9999):
            assert decide(program, number) == EPERM
    if platform.machine() == "x86_64":
        for number in (41, 101, 165, 272, 298, 321):  # socket, ptrace, mount, unshare, perf_event_open, bpf
            assert decide(processes, number) == EPERM
        assert decide(processes, 0x40000000 | 1) == KILL


def test_another_architecture_is_killed(compute: bytes) -> None:
    assert decide(compute, "read", arch=0x40000003) == KILL


def test_only_harmless_requests_reach_a_device(compute: bytes) -> None:
    assert decide(compute, "ioctl", 1, 0x5401) == ALLOW
    assert decide(compute, "ioctl", 1, 0x5412) == EPERM  # TIOCSTI types into a terminal


def test_no_descriptor_can_be_made_to_signal_a_process(compute: bytes, processes: bytes) -> None:
    for program in (compute, processes):
        assert decide(program, "fcntl", 3, 1030) == ALLOW  # F_DUPFD_CLOEXEC
        for request in (8, 10, 15, 1026):  # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_NOTIFY
            assert decide(program, "fcntl", 3, request) == EPERM


def test_limits_of_other_processes_are_out_of_reach(compute: bytes) -> None:
    assert decide(compute, "prlimit64", 0, 9) == ALLOW
    assert decide(compute, "prlimit64", 4711, 9) == EPERM


def test_where_processes_are_shared_signals_stay_in_the_program() -> None:
    program = seccomp.build(True, 4711, keep_group=True)
    assert decide(program, "kill", 4711, 9) == decide(program, "tgkill", 4711, 4712, 6) == ALLOW
    assert decide(program, "kill", 1, 9) == decide(program, "kill", 0xFFFFFFFF, 9) == EPERM
    assert decide(program, "setsid") == decide(program, "setpgid") == EPERM
