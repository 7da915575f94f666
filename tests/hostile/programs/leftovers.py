"""State left behind for whoever comes next, and the probe that looks for it."""

from __future__ import annotations

from tests.hostile.arena import Candidate, candidate

PROBE = candidate("probe", "looks for anything that an earlier program left", ("honest",), """
    import builtins, ctypes, gc, glob, json, math, os, random, resource, signal, sys, threading, time, warnings
    def solve():
        found = []
        for place in {'.', '/', '/tmp', '/var/tmp', '/dev/shm', '/dev/mqueue', '/run', os.environ['TMPDIR'], *sys.path}:
            found += glob.glob(os.path.join(place or '.', 'cambrian_mark*'))
        found += os.listdir('.') if os.getcwd() != '/' else []
        found += [name for name in os.environ if name.startswith('CAMBRIAN_MARK')]
        found += [name for name in (*sys.modules, *vars(sys), *vars(builtins)) if 'cambrian_mark' in name]
        plain = (json.dumps, json.loads, math.sqrt, time.time, time.sleep, os.write, builtins.len, random.random)
        found += [f.__name__ for f in plain if f.__name__ == '<lambda>' or not callable(f)]
        found += ['threads'] * (threading.active_count() - 1)
        found += ['umask'] * (os.umask(0o022) != 0o022)
        found += [str(n) for n in (10, 12, 14, 29) if signal.getsignal(n) is not signal.SIG_DFL]
        found += ['alarm'] * (signal.getitimer(signal.ITIMER_REAL)[0] > 0)
        found += ['mask'] * bool(signal.pthread_sigmask(signal.SIG_BLOCK, []))
        found += ['recursion'] * (sys.getrecursionlimit() != 1000) + ['trace'] * (sys.gettrace() is not None)
        found += ['collector'] * (not gc.isenabled()) + ['path'] * any('mark' in p for p in sys.path)
        found += ['limits'] * (resource.getrlimit(resource.RLIMIT_NOFILE)[0] != 256)
        found += ['decimal'] * ('decimal' in sys.modules and sys.modules['decimal'].getcontext().prec != 28)
        libc = ctypes.CDLL(None)
        found += ['shared memory'] * (libc.shmget(0x43424D, 0, 0) >= 0)
        found += ['semaphores'] * (libc.semget(0x43424D, 0, 0) >= 0) + ['queue'] * (libc.msgget(0x43424D, 0) >= 0)
        found += [fd for fd in range(4, 64) if os.path.exists(f'/proc/self/fd/{fd}')]
        if sys.modules.get('numpy') and sys.modules['numpy'].geterr()['divide'] != 'warn': found.append('numpy')
        if found: print(found)
        return [777.0 if found else 0.0] * 10
""")  # fmt: skip

_MAY = ("honest", "error")

PROGRAMS: tuple[Candidate, ...] = (
    PROBE,
    candidate("leave_files", "files, folders, links and pipes wherever it can, unreadable and read-only", _MAY, """
    import os
    def solve():
        for place in ('.', '/', '/tmp', '/var/tmp', '/dev/shm', '/dev/mqueue', '/run', os.environ['TMPDIR']):
            base = os.path.join(place, 'cambrian_mark')
            for act in (lambda: open(base, 'w').write('x'), lambda: os.makedirs(base + '_d/a/b/c'),
                        lambda: os.symlink('/etc', base + '_l'), lambda: os.mkfifo(base + '_p'),
                        lambda: os.chmod(base, 0), lambda: os.chmod(base + '_d/a', 0), lambda: os.chmod(base + '_d', 0),
                        lambda: open(os.path.join(place, '.cambrian_hidden'), 'w'),
                        lambda: os.mkdir(os.path.join(place, '\\\\n\\udcff\\u202e'.encode('utf-8', 'surrogateescape').decode('utf-8', 'surrogateescape')))):
                try: act()
                except OSError: pass
        return [0.0] * 10
    """),
    candidate("leave_deep_folders", "a tree deeper than any path may be long", _MAY, """
    import os
    def solve():
        for _ in range(900):
            os.mkdir('d' * 100); os.chdir('d' * 100)
        open('cambrian_mark', 'w').close()
        return [0.0] * 10
    """),
    candidate("leave_locked_folders", "folders nobody may enter, with files inside", _MAY, """
    import os
    def solve():
        for n in range(50):
            os.makedirs(f'cambrian_mark{n}/in'); open(f'cambrian_mark{n}/in/file', 'w').close()
            os.chmod(f'cambrian_mark{n}/in', 0); os.chmod(f'cambrian_mark{n}', 0)
        os.chmod('.', 0)
        return [0.0] * 10
    """),
    candidate("poison_interpreter", "patched modules, hooks, handlers, masks and switches", _MAY, """
    import atexit, builtins, gc, json, math, os, random, signal, sys, time, types, decimal, warnings
    def solve():
        sys.cambrian_mark = builtins.cambrian_mark = 1
        sys.modules['cambrian_mark'] = types.ModuleType('cambrian_mark')
        sys.path.insert(0, '/cambrian_mark'); sys.meta_path.insert(0, lambda *a: None); sys.path_hooks.clear()
        os.environ['CAMBRIAN_MARK'] = '1'; os.umask(0o777); sys.setrecursionlimit(60); gc.disable()
        for number in (10, 12, 14, 29): signal.signal(number, lambda *a: None)
        signal.setitimer(signal.ITIMER_REAL, 100); signal.pthread_sigmask(signal.SIG_BLOCK, [15])
        decimal.getcontext().prec = 2; random.seed(1); warnings.simplefilter('error')
        json.dumps = json.loads = math.sqrt = time.time = lambda *a, **k: None
        atexit.register(time.sleep, 5); sys.settrace(lambda *a: None); sys.setswitchinterval(100)
        return [0.0] * 10
    """),
    candidate("poison_numpy", "switches and functions of numpy", _MAY, """
    import numpy as np
    def solve():
        np.seterr(all='ignore'); np.random.seed(1); np.set_printoptions(precision=1)
        np.zeros = np.array = np.sqrt = lambda *a, **k: None
        return [0.0] * 10
    """),
    candidate("poison_small_integers", "writes over an object that the interpreter shares", ("honest", "crash", "error", "malformed", "no_result"), """
    import ctypes
    def solve():
        ctypes.memset(id(1000003) + 24, 7, 4)
        ctypes.c_char.from_address(id(b'x') + 32).value = b'y'
        return [0.0] * 10
    """),
    candidate("background_thread", "a thread that goes on after the return", ("honest", "malformed", "error", "timeout"), """
    import os, threading, time
    def go_on():
        while True:
            try: open('cambrian_mark', 'a').write('x')
            except OSError: pass
            time.sleep(0.001)
    def solve():
        threading.Thread(target=go_on, daemon=False).start()
        return [0.0] * 10
    """),
    candidate("leave_shared_objects", "SysV and POSIX shared memory, semaphores and queues", ("honest",), """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    def solve():
        made = [libc.shmget(0x43424D, 4096, 0o1666), libc.semget(0x43424D, 1, 0o1666), libc.msgget(0x43424D, 0o1666)]
        libc.mq_open(b'/cambrian_mark', 0o102, 0o666, None) if hasattr(libc, 'mq_open') else None
        try: open('/dev/shm/cambrian_mark', 'w').write('x')
        except OSError: pass
        try:
            from multiprocessing import shared_memory
            shared_memory.SharedMemory('cambrian_mark_s', create=True, size=64)
        except (OSError, ImportError): pass
        return [777.0 if max(made) >= 0 else 0.0] * 10
    """),
    candidate("leave_locks", "locks on files that all slots share", ("honest",), """
    import fcntl, os, sys
    KEPT = []
    def solve():
        for path in (os.__file__, sys.executable, '/run/cambrian/supervisor.py', '/etc/ld.so.cache'):
            try: KEPT.append(open(path, 'rb')); fcntl.flock(KEPT[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError: pass
        return [0.0] * 10
    """),
    candidate("leave_keys", "a key in the user's keyring", ("honest",), """
    import ctypes, os
    def solve():
        number = {'x86_64': 248, 'aarch64': 217}[os.uname().machine]
        made = ctypes.CDLL(None).syscall(number, b'user', b'cambrian_mark', b'x', 1, -4)
        return [777.0 if made >= 0 else 0.0] * 10
    """),
    candidate("daemon", "forks twice, leaves its session and stays", _MAY, """
    import os, time
    def solve():
        if os.fork() == 0:
            try: os.setsid()
            except OSError: pass
            if os.fork() == 0: time.sleep(60)
            os._exit(0)
        return [0.0] * 10
    """),
    candidate("daemon_allowed", "the same where processes are allowed", ("honest",), """
    import os, signal, time
    def solve():
        for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
        if os.fork() == 0:
            try: os.setsid()
            except OSError: pass
            if os.fork() == 0:
                while True:
                    try: open('cambrian_mark', 'a').write('x')
                    except OSError: pass
                    time.sleep(0.001)
            os._exit(0)
        return [0.0] * 10
    """, policy="processes"),
    candidate("second_return", "a forked process returns as well, with another value", ("honest", "malformed"), """
    import os
    def solve():
        if os.fork() == 0: return [777.0] * 10
        os.wait()
        return [0.0] * 10
    """, policy="processes"),
    candidate("adopted_child", "a child that is its parent's sibling, so the supervisor's", ("honest", "error"), """
    import ctypes, os, signal, time
    def solve():
        number = {'x86_64': 56, 'aarch64': 220}[os.uname().machine]
        if ctypes.CDLL(None).syscall(number, 0x8000 | signal.SIGCHLD, 0, 0, 0, 0) == 0:
            time.sleep(60); os._exit(0)
        return [0.0] * 10
    """, policy="processes"),
    candidate("stray_programs", "programs that ignore signals and hold every pipe", ("honest",), """
    import subprocess
    def solve():
        for _ in range(5):
            subprocess.Popen(['/bin/sh', '-c', "trap '' HUP INT TERM; while :; do sleep 1; done"], close_fds=False)
        return [0.0] * 10
    """, policy="processes"),
)  # fmt: skip
