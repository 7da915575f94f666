"""The container's own system call profile: what the supervisor needs, and what a child may at most keep.

A child adds a narrower filter of its own (`evaluators.harness.seccomp`); this one stands behind it.
"""

from __future__ import annotations

import json

from evaluators.harness import seccomp

__all__ = ["profile"]

# For the container's start (runc executes under the profile) and for the supervisor: fork, one socket to the
# engine or a pair of them, another user for the child, a file in memory for its source.
_SUPERVISOR = """
execve execveat fork vfork clone connect sendmsg recvmsg getpeername getsockname getsockopt setsockopt
setuid setgid setresuid setresgid setgroups setsid setpgid setrlimit prlimit64 prctl seccomp pidfd_open
capget capset kill tkill tgkill ioctl openat2 fchown fchownat chown lchown getxattr lgetxattr fgetxattr
mknod mknodat rt_sigqueueinfo link linkat sendto recvfrom shutdown socketpair arch_prctl epoll_pwait2
getpriority memfd_create fcntl
""".split()  # noqa: SIM905  # a list of quoted names fills a page


def profile() -> str:
    """JSON for ``--security-opt seccomp=``. Calls that a machine does not have are ignored by the runtime."""
    names = set(_SUPERVISOR)
    for machine in seccomp.NUMBERS:
        names.update(seccomp.names(machine, True))
    rules = [
        {"names": sorted(names), "action": "SCMP_ACT_ALLOW"},
        {
            "names": ["socket"],
            "action": "SCMP_ACT_ALLOW",
            "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}],  # AF_UNIX
        },
        {
            "names": ["clone3"],
            "action": "SCMP_ACT_ERRNO",
            "errnoRet": 38,
        },  # the C library falls back to clone
    ]
    architectures = [
        {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
    ]
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": 1,
            "archMap": architectures,
            "syscalls": rules,
        }
    )
