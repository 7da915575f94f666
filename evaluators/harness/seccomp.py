"""Allow-list filters of system calls, as classic BPF, for x86_64 and aarch64.

Everything that is not named here fails with EPERM: no sockets, no io_uring, no ptrace, no namespaces, no
keyrings, no SysV or POSIX message queues. `compute` may start threads; `processes` may fork and execute too.
"""

import ctypes
import errno
import os
import struct

_BOTH = """
read write close fstat lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64
pwrite64 readv writev preadv pwritev sched_yield mremap msync mincore madvise dup nanosleep getitimer
setitimer getpid exit wait4 waitid uname flock fsync fdatasync truncate ftruncate fallocate getcwd
chdir fchdir fchmod umask gettimeofday getrlimit getrusage sysinfo times getuid getgid geteuid getegid
getppid getgroups getresuid getresgid getpgid getsid rt_sigpending rt_sigtimedwait rt_sigsuspend
sigaltstack statfs fstatfs gettid futex sched_getaffinity getdents64 set_tid_address restart_syscall
fadvise64 clock_gettime clock_getres clock_nanosleep exit_group epoll_ctl openat mkdirat newfstatat
unlinkat renameat symlinkat readlinkat fchmodat faccessat pselect6 ppoll set_robust_list get_robust_list
utimensat epoll_pwait eventfd2 epoll_create1 dup3 pipe2 getcpu renameat2 getrandom membarrier statx rseq
faccessat2 copy_file_range sendfile close_range futex_waitv
""".split()  # noqa: SIM905  # a list of quoted names fills a page
_X86_ONLY = """
open stat lstat poll access pipe select dup2 pause alarm getdents rename mkdir rmdir creat unlink
readlink symlink chmod getpgrp arch_prctl time epoll_wait
""".split()  # noqa: SIM905  # as above
_PROCESSES = ["execve", "linkat", "setsid", "setpgid", "sendto", "recvfrom", "shutdown"]
_PROCESSES_X86 = ["fork", "vfork", "link"]

# Numbers from the kernel's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
# fmt: off
NUMBERS = {
    "x86_64": dict(  # noqa: C408  # a table of names is easier to read without quotes
        read=0, write=1, open=2, close=3, stat=4, fstat=5, lstat=6, poll=7, lseek=8, mmap=9, mprotect=10,
        munmap=11, brk=12, rt_sigaction=13, rt_sigprocmask=14, rt_sigreturn=15, ioctl=16, pread64=17,
        pwrite64=18, readv=19, writev=20, access=21, pipe=22, select=23, sched_yield=24, mremap=25,
        msync=26, mincore=27, madvise=28, dup=32, dup2=33, pause=34, nanosleep=35, getitimer=36,
        alarm=37, setitimer=38, getpid=39, sendfile=40, sendto=44, recvfrom=45, shutdown=48,
        socketpair=53, clone=56, fork=57, vfork=58, execve=59, exit=60, wait4=61, kill=62, uname=63,
        fcntl=72, flock=73, fsync=74, fdatasync=75, truncate=76, ftruncate=77, getdents=78, getcwd=79,
        chdir=80, fchdir=81, rename=82, mkdir=83, rmdir=84, creat=85, link=86, unlink=87, symlink=88,
        readlink=89, chmod=90, fchmod=91, umask=95, gettimeofday=96, getrlimit=97, getrusage=98,
        sysinfo=99, times=100, getuid=102, getgid=104, geteuid=107, getegid=108, setpgid=109,
        getppid=110, getpgrp=111, setsid=112, getgroups=115, getresuid=118, getresgid=120, getpgid=121,
        getsid=124, rt_sigpending=127, rt_sigtimedwait=128, rt_sigsuspend=130, sigaltstack=131,
        statfs=137, fstatfs=138, prctl=157, arch_prctl=158, gettid=186, tkill=200, time=201, futex=202,
        sched_getaffinity=204, getdents64=217, set_tid_address=218, restart_syscall=219, fadvise64=221,
        clock_gettime=228, clock_getres=229, clock_nanosleep=230, exit_group=231, epoll_wait=232,
        epoll_ctl=233, tgkill=234, waitid=247, openat=257, mkdirat=258, newfstatat=262, unlinkat=263,
        renameat=264, linkat=265, symlinkat=266, readlinkat=267, fchmodat=268, faccessat=269,
        pselect6=270, ppoll=271, set_robust_list=273, get_robust_list=274, utimensat=280,
        epoll_pwait=281, fallocate=285, eventfd2=290, epoll_create1=291, dup3=292, pipe2=293, preadv=295,
        pwritev=296, prlimit64=302, getcpu=309, renameat2=316, getrandom=318, membarrier=324,
        copy_file_range=326, statx=332, rseq=334, clone3=435, close_range=436, faccessat2=439,
        futex_waitv=449,
    ),
    "aarch64": dict(  # noqa: C408  # as above
        getcwd=17, eventfd2=19, epoll_create1=20, epoll_ctl=21, epoll_pwait=22, dup=23, dup3=24,
        fcntl=25, ioctl=29, flock=32, mkdirat=34, unlinkat=35, symlinkat=36, linkat=37, renameat=38,
        statfs=43, fstatfs=44, truncate=45, ftruncate=46, fallocate=47, faccessat=48, chdir=49,
        fchdir=50, fchmod=52, fchmodat=53, openat=56, close=57, pipe2=59, getdents64=61, lseek=62,
        read=63, write=64, readv=65, writev=66, pread64=67, pwrite64=68, preadv=69, pwritev=70,
        sendfile=71, pselect6=72, ppoll=73, readlinkat=78, newfstatat=79, fstat=80, fsync=82,
        fdatasync=83, utimensat=88, exit=93, exit_group=94, waitid=95, set_tid_address=96, futex=98,
        set_robust_list=99, get_robust_list=100, nanosleep=101, getitimer=102, setitimer=103,
        clock_gettime=113, clock_getres=114, clock_nanosleep=115, sched_getaffinity=123, sched_yield=124,
        restart_syscall=128, kill=129, tkill=130, tgkill=131, sigaltstack=132, rt_sigsuspend=133,
        rt_sigaction=134, rt_sigprocmask=135, rt_sigpending=136, rt_sigtimedwait=137, rt_sigreturn=139,
        getresuid=148, getresgid=150, times=153, setpgid=154, getpgid=155, getsid=156, setsid=157,
        getgroups=158, uname=160, getrlimit=163, getrusage=165, umask=166, prctl=167, getcpu=168,
        gettimeofday=169, getpid=172, getppid=173, getuid=174, geteuid=175, getgid=176, getegid=177,
        gettid=178, sysinfo=179, socketpair=199, sendto=206, recvfrom=207, shutdown=210, brk=214,
        munmap=215, mremap=216, clone=220, execve=221, mmap=222, fadvise64=223, mprotect=226, msync=227,
        mincore=232, madvise=233, wait4=260, prlimit64=261, renameat2=276, getrandom=278, membarrier=283,
        copy_file_range=285, statx=291, rseq=293, clone3=435, close_range=436, faccessat2=439,
        futex_waitv=449,
    ),
}
# fmt: on
_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_CLONE_THREAD = 0x10000
_CLONE_NAMESPACES = 0x7E020000
_IOCTLS = (
    0x5401,
    0x5413,
    0x541B,
    0x5421,
    0x5450,
    0x5451,
)  # TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIO(N)CLEX
# F_DUPFD to F_SETLKW, F_OFD_GETLK to F_OFD_SETLKW, F_DUPFD_CLOEXEC, F_SETPIPE_SZ, F_GETPIPE_SZ, F_GET_SEALS.
# Not F_SETOWN and its like, which have the kernel send signals to any process of the same user.
_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032, 1034)
_PRCTLS = (15, 16, 39)  # PR_SET_NAME, PR_GET_NAME, PR_GET_NO_NEW_PRIVS
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38

_libc = ctypes.CDLL(None, use_errno=True)


def names(machine: str, processes: bool) -> list:
    """Calls allowed whatever their arguments."""
    listed = list(_BOTH) + (_X86_ONLY if machine == "x86_64" else [])
    if processes:
        listed += _PROCESSES + (_PROCESSES_X86 if machine == "x86_64" else [])
    return listed


def supported():
    """Whether there is a filter for this machine."""
    return os.uname().machine in NUMBERS


def build(processes, only_pid=None, keep_group=False):
    """The filter's instructions for this machine.

    Args:
        processes: whether fork and exec are allowed.
        only_pid: when given, signals may go to this process alone (and to the sender's own group).
        keep_group: refuse setsid and setpgid, so that the process group holds every descendant.
    """
    machine = os.uname().machine
    number = NUMBERS[machine]
    code = [_op(_LOAD, 4), _op(_EQUAL, _ARCH[machine], 1, 0), _op(_RETURN, _KILL), _op(_LOAD, 0)]
    if machine == "x86_64":  # the x32 calls share the architecture's number
        code += [_op(_AT_LEAST, 0x40000000, 0, 1), _op(_RETURN, _KILL)]
    for name in ("kill", "tkill", "tgkill"):
        code += _when(number[name], _allow() if only_pid is None else _signal_rule(name, only_pid))
    code += _when(number["clone3"], _refuse(errno.ENOSYS))  # its flags are behind a pointer; glibc falls back
    code += _when(number["clone"], _clone_rule(processes))
    code += _when(number["ioctl"], _argument(1, _IOCTLS))
    code += _when(number["fcntl"], _argument(1, _FCNTLS))
    code += _when(number["prctl"], _argument(0, _PRCTLS))
    code += _when(number["prlimit64"], _argument(0, (0,)))
    if processes:
        code += _when(number["socketpair"], _argument(0, (1,)))
    kept = ("setsid", "setpgid") if keep_group else ()
    plain = {number[name] for name in names(machine, processes) if name not in kept}
    # In ascending ranges, since the kernel tries the filter on every call there is when it is installed.
    for first, last in _ranges(plain):
        code += [_op(_AT_LEAST, last + 1, 3, 0), _op(_AT_LEAST, first, 0, 1)]
        code += _allow() + _refuse(errno.EPERM)
    code += _refuse(errno.EPERM)
    return b"".join(code)


def prepare(processes, only_pid=None, keep_group=False):
    """The same in memory, as the kernel reads it; what `install` takes, in this process or a forked one."""
    instructions = build(processes, only_pid, keep_group)
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    return struct.pack("HxxxxxxQ", len(instructions) // 8, ctypes.addressof(buffer)), buffer


def install(prepared):
    """Put the filter on the calling thread and on everything it starts, for good."""
    program, _ = prepared
    for option, argument, pointer in ((_PR_SET_NO_NEW_PRIVS, 1, None), (_PR_SET_SECCOMP, 2, program)):
        if _libc.prctl(option, argument, pointer, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _ranges(numbers):
    """First and last of every run of numbers without a gap, ascending."""
    firsts = sorted(number for number in numbers if number - 1 not in numbers)
    lasts = sorted(number for number in numbers if number + 1 not in numbers)
    return list(zip(firsts, lasts))  # noqa: B905  # Python 3.8 has no strict


def _signal_rule(name, only_pid):
    """Of the three, tkill names no process, so it cannot be told whom it would reach."""
    return _refuse(errno.EPERM) if name == "tkill" else _argument(0, (only_pid, 0))


def _clone_rule(processes):
    """Threads always, processes by policy, namespaces never."""
    rule = [_op(_LOAD, 16), _op(_ANY_BIT, _CLONE_NAMESPACES, 0, 1), _op(_RETURN, _ERRNO | errno.EPERM)]
    if processes:
        return rule + _allow()
    return [*rule, _op(_ANY_BIT, _CLONE_THREAD, 0, 1), _op(_RETURN, _ALLOW), *_refuse(errno.EPERM)]


def _argument(index, values):
    rule = [_op(_LOAD, 16 + 8 * index)]
    for value in values:
        rule += [_op(_EQUAL, value, 0, 1), _op(_RETURN, _ALLOW)]
    return rule + _refuse(errno.EPERM)


def _when(number, rule):
    return [_op(_EQUAL, number, 0, len(rule)), *rule]


def _allow():
    return [_op(_RETURN, _ALLOW)]


def _refuse(code):
    return [_op(_RETURN, _ERRNO | code)]


def _op(code, value, if_true=0, if_false=0):
    return struct.pack("HBBI", code, if_true, if_false, value & 0xFFFFFFFF)
