"""Programs that take all there is: time, memory, processes, disk, descriptors, output."""

from __future__ import annotations

from tests.hostile.arena import Candidate, candidate

_SHORT = 0.3  # seconds for what can only end by its time
_FULL = ("memory", "error")

PROGRAMS: tuple[Candidate, ...] = (
    # Time
    candidate("busy_loop", "computes for ever", ("timeout",), "def solve():\n    while True: pass\n", seconds=_SHORT),
    candidate("sleep", "sleeps for ever", ("timeout",), "import time\ndef solve(): time.sleep(600)\n", seconds=_SHORT, is_heavy=True),
    candidate("import_hang", "never gets past its first line", ("timeout",), "while True: pass\n", seconds=_SHORT),
    candidate("uninterruptible_loop", "stays in C with every signal blocked", ("timeout",), """
    import re, signal
    def solve():
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        return re.match('(a|aa)*$', 'a' * 60 + 'b')
    """, seconds=_SHORT),
    candidate("huge_power", "one operation that takes minutes", ("timeout", "memory", "error"), """
    def solve(): return [float(len(str(7 ** (7 ** 10))))] * 10
    """, seconds=_SHORT, is_heavy=True),
    candidate("stop_itself", "stops instead of ending", ("timeout",), """
    import os, signal
    def solve(): os.kill(os.getpid(), signal.SIGSTOP)
    """, seconds=_SHORT),
    candidate("stop_group", "stops its whole group", ("timeout",), """
    import os, signal
    def solve(): os.kill(0, signal.SIGSTOP)
    """, seconds=_SHORT, is_heavy=True),
    candidate("hang_after_result", "streams that hang when they are flushed, after the value", ("timeout", "honest"), """
    import sys, time
    class Stream:
        def write(self, text): return 0
        def flush(self): time.sleep(600)
    def solve():
        sys.stdout = Stream()
        return [0.0] * 10
    """, seconds=_SHORT, is_heavy=True),
    candidate("deadlock", "waits for itself", ("timeout",), """
    import threading
    def solve():
        lock = threading.Lock(); lock.acquire(); lock.acquire()
    """, seconds=_SHORT, is_heavy=True),
    candidate("endless_exception", "an exception whose text never ends", ("timeout", "memory", "error"), """
    class Endless(Exception):
        def __str__(self):
            while True: pass
    def solve(): raise Endless
    """, seconds=_SHORT, is_heavy=True),
    # Memory
    candidate("private_memory", "more memory than it has, a piece at a time", ("memory",), """
    def solve():
        kept = []
        while True: kept.append(bytearray(8 << 20))
    """, memory_mib=64),
    candidate("one_allocation", "more memory than it has, at once", ("memory",), "def solve(): return bytearray(1 << 40)\n"),
    candidate("small_objects", "millions of small objects", ("memory",), """
    def solve():
        kept = []
        while True: kept = [kept, [kept] * 1000]
    """, memory_mib=64, is_heavy=True),
    candidate("shared_memory_balloon", "shared anonymous memory", ("memory",), """
    import mmap
    def solve():
        kept = []
        for _ in range(64):
            kept.append(mmap.mmap(-1, 16 << 20))
            for at in range(0, 16 << 20, 4096): kept[-1][at] = 1
        return [0.0] * 10
    """, memory_mib=64),
    candidate("mapped_file_balloon", "shared memory of a file in the scratch folder", (*_FULL, "crash", "honest"), """
    import mmap, os
    def solve():
        for place in ('.', '/dev/shm'):
            try:
                with open(os.path.join(place, 'cambrian_mark'), 'wb+') as file:
                    file.truncate(1 << 30)
                    room = mmap.mmap(file.fileno(), 0)
                    for at in range(0, 1 << 30, 4096): room[at] = 1
            except (OSError, ValueError): continue
        return [0.0] * 10
    """, is_heavy=True),
    candidate("reserved_memory", "address space that is only reserved", ("honest", *_FULL), """
    import mmap
    def solve():
        kept = [mmap.mmap(-1, 1 << 44, flags=mmap.MAP_PRIVATE | 0x4000)]
        return [0.0 if not kept else 777.0] * 10
    """),
    candidate("numpy_balloon", "an array larger than memory", ("memory", "error"), """
    import numpy as np
    def solve(): return np.ones(10 ** 11)
    """),
    candidate("pipe_buffers", "memory of the kernel behind pipes", ("honest", "error", "memory"), """
    import fcntl, os
    def solve():
        kept = []
        try:
            while True:
                kept.append(os.pipe()); os.set_blocking(kept[-1][1], False)
                try: fcntl.fcntl(kept[-1][1], 1031, 1 << 20)
                except OSError: pass
                try:
                    while True: os.write(kept[-1][1], bytes(1 << 16))
                except BlockingIOError: pass
        except OSError: pass
        return [0.0] * 10
    """),
    candidate("thread_stacks", "threads with stacks of gigabytes", ("honest", "error", "memory"), """
    import threading, time
    def solve():
        for size in (1 << 30, 1 << 26):
            try:
                threading.stack_size(size)
                for _ in range(200): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
            except (RuntimeError, ValueError, MemoryError): pass
        return [0.0] * 10
    """),
    candidate("deep_recursion", "recursion without end", ("error",), "def solve(): return solve()\n"),
    candidate("deep_recursion_in_c", "recursion past the end of the stack", ("crash", *_FULL), """
    import sys
    sys.setrecursionlimit(10 ** 9)
    class Node(list):
        def __repr__(self): return repr(self[0])
    def solve():
        top = Node([0])
        for _ in range(200_000): top = Node([top])
        return repr(top)
    """),
    candidate("deep_value", "a value that is deep to free", ("honest", "crash"), """
    KEPT = []
    def solve():
        top = ()
        for _ in range(100_000): top = (top,)
        KEPT.append(top)
        return [0.0] * 10
    """),
    # Processes
    candidate("fork_bomb", "forks in a loop where it may not", ("honest", "error"), """
    import os, time
    def solve():
        for _ in range(256):
            if os.fork() == 0: time.sleep(60); os._exit(0)
        return [0.0] * 10
    """),
    candidate("fork_bomb_allowed", "forks in every child, where it may", ("honest", "error"), """
    import os, time
    def solve():
        for _ in range(64):
            try:
                if os.fork() == 0:
                    for _ in range(64):
                        try: os.fork()
                        except OSError: time.sleep(0.01)
                    time.sleep(60); os._exit(0)
            except OSError: break
        return [0.0] * 10
    """, policy="processes", is_heavy=True),
    candidate("exec_bomb", "programs that start each other", ("honest", "error", "timeout"), """
    import subprocess
    def solve():
        try: subprocess.Popen(['/bin/sh', '-c', 'f() { f & f & wait; }; f'])
        except OSError: pass
        return [0.0] * 10
    """, policy="processes"),
    candidate("zombies", "children that nobody waits for", ("honest", "error"), """
    import os
    def solve():
        for _ in range(100):
            try:
                if os.fork() == 0: os._exit(0)
            except OSError: break
        return [0.0] * 10
    """, policy="processes"),
    candidate("memory_of_many", "as much memory as it may have, in each of many processes", ("honest", "memory", "timeout", "error", "crash", "no_result"), """
    import os, time
    def solve():
        for _ in range(12):
            try:
                if os.fork() == 0:
                    room = bytearray(48 << 20); time.sleep(0.2); os._exit(0)
            except OSError: break
        try:
            while True: os.wait()
        except ChildProcessError: pass
        return [0.0] * 10
    """, policy="processes", memory_mib=64, is_heavy=True),
    candidate("victim_of_memory", "many small processes that the kernel is asked to spare when memory is out: it may take the supervisor instead", ("honest", "memory", "timeout", "error", "crash", "no_result", "lost"), """
    import subprocess, sys
    SPARED = '''if True:
        import os, time
        for value in ('0', '-1000'):
            try: open('/proc/self/oom_score_adj', 'w').write(value)
            except OSError: pass
        for _ in range(28):
            try:
                if os.fork() == 0: room = b'x' * (30 << 20); time.sleep(0.5); os._exit(0)
            except OSError: break
        time.sleep(0.6)
    '''
    def solve():
        subprocess.run([sys.executable, '-S', '-c', SPARED], stderr=subprocess.DEVNULL)
        return [0.0] * 10
    """, policy="processes", is_heavy=True),
    candidate("thread_bomb", "threads without end", ("honest", "error", "memory"), """
    import threading, time
    def solve():
        for _ in range(3000):
            try: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            except RuntimeError: break
        return [0.0] * 10
    """, is_heavy=True),
    candidate("threads_that_work", "threads that all compute and go on after the return", ("honest", "error", "memory"), """
    import threading
    def work():
        while True: pass
    def solve():
        for _ in range(8): threading.Thread(target=work, daemon=True).start()
        return [0.0] * 10
    """, is_heavy=True),
    # Files and descriptors
    candidate("disk_fill", "fills every folder it can write to", ("honest", "error", "memory"), """
    import os
    def solve():
        for place in ('.', '/tmp', '/dev/shm', '/var/tmp', '/run'):
            try:
                with open(os.path.join(place, 'cambrian_mark'), 'wb', buffering=0) as file:
                    while file.write(bytes(1 << 20)): pass
            except OSError: continue
        return [0.0] * 10
    """, is_heavy=True),
    candidate("disk_fill_by_many", "fills the disk by many files of a size each may have", ("honest", "error", "memory"), """
    import os
    def solve():
        written = 0
        for place in ('.', '/dev/shm'):
            try:
                for number in range(8):
                    with open(os.path.join(place, f'cambrian_mark{number}'), 'wb') as file:
                        for _ in range(15): written += file.write(bytes(1 << 20))
            except OSError: continue
        return [777.0 if written > 64 << 20 else 0.0] * 10
    """),
    candidate("inode_fill", "files without a byte, without end", ("honest", "error"), """
    import os
    def solve():
        made = 0
        for place in ('.', '/dev/shm'):
            try:
                os.mkdir(os.path.join(place, 'cambrian_mark'))
                for number in range(6000):
                    os.close(os.open(os.path.join(place, f'cambrian_mark/{number}'), os.O_CREAT | os.O_WRONLY)); made += 1
            except OSError: continue
        return [777.0 if made > 4096 else 0.0] * 10
    """, is_heavy=True),
    candidate("sparse_file", "a file of terabytes without content", ("honest", "error"), """
    import os
    def solve():
        try:
            with open('cambrian_mark', 'wb') as file: os.truncate(file.fileno(), 1 << 42); return [777.0] * 10
        except OSError: return [0.0] * 10
    """),
    candidate("descriptors", "descriptors without end", ("honest", "error"), """
    import os
    def solve():
        kept = []
        try:
            while len(kept) < 100_000: kept.extend(os.pipe())
        except OSError: pass
        return [777.0 if len(kept) > 1024 else 0.0] * 10
    """),
    candidate("closed_descriptors", "closes every descriptor", ("no_result", "error", "honest"), """
    import os
    def solve():
        os.closerange(0, 4096)
        return [0.0] * 10
    """),
    candidate("core_file", "asks for a core file and aborts", ("crash",), """
    import os, resource
    def solve():
        try: resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
        except (OSError, ValueError): pass
        os.abort()
    """),
    candidate("null_pointer", "reads from nowhere", ("crash",), "import ctypes\ndef solve(): ctypes.string_at(0)\n"),
    candidate("kill_itself", "sends itself SIGKILL", ("crash", "memory"), "import os\ndef solve(): os.kill(os.getpid(), 9)\n"),
    # Output
    candidate("output_flood", "prints without end", ("output_limit", "timeout"), """
    def solve():
        while True: print('x' * 10_000)
    """),
    candidate("error_flood", "writes to standard error without end", ("output_limit", "timeout"), """
    import os
    def solve():
        while True: os.write(2, b'\\xff' * 65536)
    """),
    candidate("result_flood", "writes a result without end", ("too_large", "timeout"), """
    import os
    def solve():
        while True: os.write(3, b'j' * 65536)
    """),
    candidate("result_drip", "a result one byte at a time, without end", ("timeout",), """
    import os, time
    def solve():
        while True: os.write(3, b' '); time.sleep(0.0001)
    """, seconds=_SHORT, is_heavy=True),
    candidate("long_exception", "an exception with a text of megabytes", ("error", "output_limit"), """
    def solve(): raise ValueError('x' * 50_000_000)
    """, is_heavy=True),
    candidate("long_traceback", "an exception from a thousand frames", ("error",), """
    def solve(depth=900):
        if depth: return solve(depth - 1)
        raise KeyError('\\x1b[2J\\u202e\\x00')
    """),
)  # fmt: skip
