"""Calls into the kernel that no program needs, and everything that would make it more than a program."""

from __future__ import annotations

from tests.hostile.arena import Candidate, candidate, heavy_but_some

# name: what it is, number on x86_64, number on aarch64, arguments.
_CALLS = {
    "io_uring": ("rings of requests past the filter", 425, 425, "8, buffer"),
    "bpf": ("programs for the kernel", 321, 280, "0, buffer, 128"),
    "userfaultfd": ("page faults in user hands", 323, 282, "1"),
    "perf_events": ("performance counters", 298, 241, "buffer, 0, -1, -1, 0"),
    "memfd": ("files in memory that no quota counts", 319, 279, "b'cambrian_mark', 0"),
    "memfd_secret": ("memory hidden from the kernel", 447, 447, "0"),
    "keyctl": ("keyrings", 250, 219, "0, -3, 0, 0, 0"),
    "ptrace": ("traces itself", 101, 117, "0, 0, 0, 0"),
    "vm_writev": ("writes to the memory of another process", 311, 271, "PARENT, buffer, 0, buffer, 0, 0"),
    "pidfd": ("a handle on the parent", 434, 434, "PARENT, 0"),
    "kcmp": ("compares processes", 312, 272, "PARENT, PARENT, 0, 0, 0"),
    "mount": ("mounts", 165, 40, "b'none', b'/tmp', b'tmpfs', 0, 0"),
    "new_mount": ("mounts by the new calls", 430, 430, "b'tmpfs', 0"),
    "open_tree": ("a copy of the file tree", 428, 428, "-100, b'/', 1"),
    "pivot_root": ("another root", 155, 41, "b'.', b'.'"),
    "chroot": ("another root, the old way", 161, 51, "b'/'"),
    "unshare_user": ("a user namespace", 272, 97, "0x10000000"),
    "unshare_all": ("every other namespace", 272, 97, "0x6E020000"),
    "setns": ("the namespace of another process", 308, 268, "0, 0"),
    "clone_user": ("a child in a user namespace", 56, 220, "0x10000011, 0, 0, 0, 0"),
    "clone3": ("a child by the new call", 435, 435, "buffer, 88"),
    "set_clock": ("the machine's clock", 227, 112, "0, buffer"),
    "adjust_clock": ("the clock's speed", 159, 171, "buffer"),
    "set_host_name": ("the machine's name", 170, 161, "b'x', 1"),
    "reboot": ("a reboot, with a number that does nothing", 169, 142, "0, 0, 0, 0"),
    "swap": ("swap space", 167, 224, "b'/scratch/x', 0"),
    "load_module": ("a kernel module", 175, 105, "buffer, 8, b''"),
    "kexec": ("another kernel", 246, 104, "0, 0, 0, 0"),
    "accounting": ("process accounting", 163, 89, "b'/scratch/x'"),
    "quota": ("quotas", 179, 60, "0, 0, 0, 0"),
    "syslog": ("the kernel's log", 103, 116, "10, 0, 0"),
    "handle_at": ("files by handle, past all folders", 304, 265, "-100, buffer, 0"),
    "fanotify": ("watches a whole file system", 300, 262, "0, 0"),
    "inotify": ("watches files", 294, 26, "0"),
    "personality": ("another personality", 135, 92, "0x0040000"),
    "set_affinity": ("other cores", 203, 122, "0, 8, buffer"),
    "set_scheduler": ("real-time priority", 144, 119, "0, 1, buffer"),
    "set_priority": ("a higher priority", 141, 140, "0, 0, -5"),
    "io_priority": ("a higher priority at the disk", 251, 30, "1, 0, 0x2000"),
    "lock_memory": ("memory that cannot be taken away", 151, 230, "3"),
    "move_pages": ("pages on other nodes", 279, 239, "0, 0, 0, 0, 0, 0"),
    "process_madvise": ("advice on another's memory", 440, 440, "0, 0, 0, 0, 0"),
    "queue_signal": ("a signal with a forged sender", 129, 138, "PARENT, 9, buffer"),
    "timer": ("timers that signal others", 222, 107, "0, 0, buffer"),
    "message_queue": ("a message queue", 240, 180, "b'cambrian_mark', 0o102, 0o600, 0"),
    "shared_memory": ("shared memory that outlives", 29, 194, "0x43424D, 4096, 0o1600"),
    "semaphores": ("semaphores that outlive", 64, 190, "0x43424D, 1, 0o1600"),
    "landlock": ("rule sets of its own", 444, 444, "0, 0, 1"),
    "set_uid": ("root", 105, 146, "0"),
    "set_groups": ("root's groups", 116, 159, "1, buffer"),
    "capabilities": ("all capabilities", 126, 91, "buffer, buffer"),
    "change_owner": ("another owner", 260, 54, "-100, b'.', 12345, 12345, 0"),
    "device": ("a device of its own", 259, 33, "-100, b'cambrian_mark_dev', 0o20600, 0x101"),
    "extended_attributes": ("attributes of files", 188, 5, "b'.', b'user.x', b'1', 1, 0"),
    "seccomp": ("a filter of its own, with a listener", 317, 277, "1, 8, buffer"),
    "modify_table": ("the processor's tables", 154, 1000, "1, buffer, 16"),
    "io_ports": ("the machine's ports", 172, 1000, "3"),
    "vhangup": ("the terminal", 153, 58, ""),
    "map_shadow": ("memory of the newest kind", 453, 453, "0, 4096, 0"),
    "unknown": ("a number that there is not yet", 999, 999, "0"),
}

_CALL = """
    import ctypes, errno, os
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    def solve():
        PARENT = os.getppid()
        buffer = ctypes.create_string_buffer(256)
        number = ctypes.c_long({{'x86_64': {0}, 'aarch64': {1}}}[os.uname().machine])
        done = libc.syscall(number{2})
        reached = done >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS, errno.EACCES)
        return [777.0 if reached else 0.0] * 10
"""

_LIBC = """
    import ctypes, os, socket
    libc = ctypes.CDLL(None, use_errno=True)
"""


def _call(name: str, policy: str = "compute") -> Candidate:
    tries, x86, arm, arguments = _CALLS[name]
    source = _CALL.format(x86, arm, f", {arguments}" if arguments else "")
    suffix = "" if policy == "compute" else "_processes"
    return candidate(f"call_{name}{suffix}", tries, ("honest",), source, policy=policy)


PROGRAMS: tuple[Candidate, ...] = (
    *heavy_but_some(_call(name) for name in _CALLS),
    *(_call(name, "processes") for name in ("io_uring", "ptrace", "memfd", "unshare_user", "clone_user", "set_uid")),
    candidate("sockets", "a socket of every family there is", ("honest",), _LIBC + """
    def solve():
        for family in range(46):
            for kind in (1, 2, 3, 5):
                if libc.socket(family, kind, 0) >= 0: return [777.0] * 10
        return [0.0] * 10
    """),
    candidate("sockets_processes", "the same where processes are allowed", ("honest",), _LIBC + """
    def solve():
        for family in range(46):
            for kind in (1, 2, 3, 5):
                if libc.socket(family, kind, 0) >= 0: return [777.0] * 10
        return [0.0] * 10
    """, policy="processes"),
    candidate("connections", "asks for names and pages over the network", ("honest",), """
    import socket, urllib.request
    def solve():
        for act in (lambda: socket.getaddrinfo('localhost', 80), lambda: socket.create_connection(('127.0.0.1', 22), 1),
                    lambda: urllib.request.urlopen('http://127.0.0.1:2375/_ping', timeout=1)):
            try: act()
            except OSError: continue
            return [777.0] * 10
        return [0.0] * 10
    """),
    candidate("engine_socket", "looks for a container engine and asks it", ("honest",), """
    import os, socket
    def solve():
        for path in ('/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', '/run/podman/podman.sock'):
            if os.path.exists(path):
                try:
                    with socket.socket(socket.AF_UNIX) as s: s.connect(path)
                except OSError: continue
                return [777.0] * 10
        return [0.0] * 10
    """),
    candidate("devices", "opens and reads raw devices", ("honest",), """
    import os
    def solve():
        for name in ('mem', 'kmem', 'port', 'kmsg', 'sda', 'vda', 'nvme0n1', 'dm-0', 'loop0', 'loop-control', 'fuse',
                     'net/tun', 'kvm', 'vsock', 'vhost-vsock', 'console', 'snd/seq', 'dri/card0', 'userfaultfd'):
            try: os.open('/dev/' + name, os.O_RDWR | os.O_NONBLOCK)
            except OSError: continue
            return [777.0] * 10
        return [0.0] * 10
    """),
    candidate("kernel_switches", "opens the kernel's switches for writing", ("honest",), """
    import glob, os
    def solve():
        for pattern in ('/proc/sys/kernel/*', '/proc/sys/vm/*', '/proc/sys/fs/*', '/proc/sysrq-trigger', '/sys/kernel/*',
                        '/sys/fs/cgroup/*', '/sys/fs/cgroup/*/*', '/proc/irq/*/*', '/sys/power/*'):
            for path in glob.glob(pattern):
                try: fd = os.open(path, os.O_WRONLY)
                except OSError: continue
                return [777.0] * 10
        return [0.0] * 10
    """),
    candidate("signals_by_descriptor", "has the kernel signal the parent when a pipe is written to", ("honest",), """
    import fcntl, os, signal
    def solve():
        read, write = os.pipe()
        done = 0
        for act in (lambda: fcntl.fcntl(read, fcntl.F_SETOWN, os.getppid()), lambda: fcntl.fcntl(read, 10, signal.SIGKILL),
                    lambda: fcntl.fcntl(read, 15, bytes(8)), lambda: fcntl.fcntl(read, fcntl.F_NOTIFY, 1)):
            try: act(); done += 1
            except OSError: pass
        try: fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK); os.write(write, b'x')
        except OSError: pass
        return [777.0 if done else 0.0] * 10
    """),
    candidate("signals", "sends every signal to the parent, to PID 1 and to all", ("honest",), """
    import ctypes, os, signal
    libc = ctypes.CDLL(None)
    def solve():
        thread_signal = {'x86_64': 200, 'aarch64': 130}[os.uname().machine]
        for pid in {os.getppid(), 1, -os.getppid(), -1}:
            for number in (0, 15, 2, 1, 19, 20, 9):
                try: os.kill(pid, number)
                except OSError: pass
                libc.syscall(thread_signal, abs(pid), number)
        return [0.0] * 10
    """),
    candidate("signals_processes", "the same where processes are allowed", ("honest", "crash", "timeout", "error"), """
    import os, signal
    def solve():
        for pid in {os.getppid(), 1, -1}:
            for number in (15, 19, 9):
                try: os.kill(pid, number)
                except OSError: continue
        return [0.0] * 10
    """, policy="processes", seconds=0.4),
    candidate("rights", "higher limits, lower niceness, other users", ("honest",), """
    import os, resource
    def solve():
        gained = []
        for act in (lambda: os.setuid(0), lambda: os.setreuid(0, 0), lambda: os.setgid(0), lambda: os.setgroups([0]),
                    lambda: os.nice(-5), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
                    lambda: os.chown('.', 0, 0), lambda: os.chroot('/')):
            try: act(); gained.append(act)
            except OSError: pass
        for name in dir(resource):
            if name.startswith('RLIMIT_'):
                soft, hard = resource.getrlimit(getattr(resource, name))
                if hard == -1: continue
                try: resource.setrlimit(getattr(resource, name), (hard + 1, hard + 1)); gained.append(name)
                except (OSError, ValueError): pass
        return [777.0 if gained else 0.0] * 10
    """),
    candidate("process_switches", "switches of its process that would help it", ("honest",), _LIBC + """
    def solve():
        # dumpable, keep capabilities, subreaper, ptracer, speculation, THP, seccomp, timing, mm, name of memory
        for option, value in ((4, 1), (8, 1), (36, 1), (0x59616D61, -1), (53, 0), (41, 1), (22, 0), (14, 1), (35, 1), (28, 1), (1, 0)):
            if libc.prctl(option, value, 0, 0, 0) == 0: return [777.0] * 10
        return [0.0] * 10
    """),
    candidate("set_user_id", "runs programs that change the user", ("honest",), """
    import glob, os, subprocess
    def solve():
        for path in ('/bin/su', '/usr/bin/sudo', '/usr/bin/passwd', '/usr/bin/newgrp', '/bin/mount', '/usr/bin/chsh'):
            if os.path.exists(path) and os.stat(path).st_mode & 0o4000:
                done = subprocess.run([path, '-c', 'id -u'], capture_output=True, stdin=subprocess.DEVNULL)
                if done.stdout.strip() == b'0': return [777.0] * 10
        done = subprocess.run(['/bin/sh', '-c', 'cp /bin/sh s && chmod 6755 s; ./s -c "id -u"; unshare -r id -u; kill -9 1'], capture_output=True)
        return [777.0 if b'0' in done.stdout.split() else 0.0] * 10
    """, policy="processes"),
    candidate("raw_machine_code", "calls of the other architecture's table", ("crash", "honest"), """
    import ctypes, mmap, os
    def solve():
        if os.uname().machine != 'x86_64': return [0.0] * 10
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(bytes.fromhex('b814000000cd80c3'))  # mov eax, 20 (getpid of 32 bits); int 0x80; ret
        call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
        return [777.0 if call() > 0 else 0.0] * 10
    """),
    candidate("x32_calls", "calls of the x32 table", ("crash", "honest"), _LIBC + """
    def solve():
        if os.uname().machine != 'x86_64': return [0.0] * 10
        return [777.0 if libc.syscall(ctypes.c_long(0x40000000 + 39)) > 0 else 0.0] * 10
    """),
)  # fmt: skip
