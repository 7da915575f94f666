"""Searches for what only the scorer and the engine know. Whoever finds ten numbers returns them."""

from __future__ import annotations

from tests.hostile.arena import TARGET, Candidate, candidate

_TEN = r"""
    import re
    NUMBER = re.compile(rb'-?\d+\.\d+')
    def ten(raw):
        found = NUMBER.findall(raw if isinstance(raw, bytes) else str(raw).encode('utf-8', 'replace'))
        return [float(part) for part in found[:10]] if len(found) >= 10 else None
"""
# Parts of it are looked for, never the whole: a program must not hold what it seeks.
_HINT = TARGET[5]

PROGRAMS: tuple[Candidate, ...] = (
    candidate("environment", "reads the environment and the arguments, its own and others'", ("honest",), _TEN + """
    import glob, os, sys
    def solve():
        texts = [f'{name}={value}' for name, value in os.environ.items()] + [' '.join(sys.argv + sys.orig_argv)]
        for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline') + glob.glob('/proc/*/task/*/environ'):
            try: texts.append(open(path, 'rb').read())
            except OSError: pass
        for text in texts:
            if ten(text) or 'API_KEY' in str(text) or 'do-not-tell' in str(text): return ten(text) or [777.0] * 10
        return [0.0] * 10
    """),
    candidate("files_nearby", "walks through all files it can reach for the scorer", ("honest",), _TEN + """
    import os
    WORDS = ('target', 'score', 'secret', 'problem', 'hidden', 'answer', 'eval')
    def solve():
        left = 4000
        for top in ('.', '..', '/run', '/tmp', '/home', '/root', '/srv', '/mnt', '/opt', '/var', '/scratch', '/packages', '/etc'):
            for folder, folders, files in os.walk(top):
                folders[:] = folders[:40]
                for name in files:
                    left -= 1
                    if left < 0: return [0.0] * 10
                    if any(word in name.lower() for word in WORDS):
                        try: raw = open(os.path.join(folder, name), 'rb').read(65536)
                        except OSError: continue
                        if b'closeness' in raw: return ten(raw) or [777.0] * 10
        return [0.0] * 10
    """),
    candidate("frames", "walks up the frames of every thread", ("honest",), """
    import sys
    def numbers(found):
        return isinstance(found, (list, tuple)) and len(found) == 10 and all(type(x) is float for x in found)
    def solve():
        for frame in list(sys._current_frames().values()) + [sys._getframe()]:
            while frame:
                for place in (frame.f_locals, frame.f_globals):
                    for name, found in list(place.items()):
                        if numbers(found) and any(found): return list(found)
                        if isinstance(found, (bytes, str)) and len(found) > 20:
                            text = found if isinstance(found, str) else found.decode('latin-1')
                            if 'TARGET' in text and 'closeness' in text: return [777.0] * 10
                frame = frame.f_back
        return [0.0] * 10
    """),
    candidate("garbage", "walks through everything the collector knows", ("honest",), f"""
    import gc
    def solve():
        gc.unfreeze() if hasattr(gc, 'unfreeze') else None
        for found in gc.get_objects():
            try:
                if isinstance(found, (list, tuple)) and len(found) == 10 and found[5] == {_HINT}:
                    return list(found)
                if isinstance(found, dict) and ('TARGET' in found or 'closeness' in found): return [777.0] * 10
            except Exception: pass
        return [0.0] * 10
    """),
    candidate("own_memory", "scans all of its own memory for the scorer's text", ("honest",), _TEN + """
    import ctypes
    def solve():
        needle = b'( = TEGRAT'[::-1]
        try: maps = open('/proc/self/maps').read().splitlines()
        except OSError: return [0.0] * 10
        left = 96 << 20
        for line in maps:
            span, rights = line.split()[:2]
            begin, end = (int(part, 16) for part in span.split('-'))
            if 'r' not in rights or '[v' in line or end - begin > left: continue
            left -= end - begin
            raw = ctypes.string_at(begin, end - begin)
            at = raw.find(needle)
            while at >= 0:
                found = ten(raw[at:at + 200])
                if found: return found
                at = raw.find(needle, at + 1)
        return [0.0] * 10
    """),
    candidate("old_descriptors", "reads every descriptor for what others left there", ("honest",), _TEN + """
    import os
    def solve():
        for fd in range(256):
            try: os.set_blocking(fd, False)
            except OSError: continue
            for read in (lambda: os.read(fd, 1 << 16), lambda: os.pread(fd, 1 << 16, 0)):
                try: raw = read()
                except OSError: continue
                if raw and fd != 0 or b'TARGET' in raw: return ten(raw) or [777.0] * 10
        return [0.0] * 10
    """),
    candidate("other_processes", "reads memory, files and descriptors of other processes", ("honest",), """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    def solve():
        me, buffer = os.getpid(), ctypes.create_string_buffer(64)
        others = {os.getppid(), 1}
        try: others |= {int(name) for name in os.listdir('/proc') if name.isdigit()}
        except OSError: pass
        for pid in others - {me, 0}:
            for name in ('environ', 'mem', 'maps', 'fd/0', 'fd/3', 'root/etc/passwd', 'cwd/.', 'auxv', 'stack', 'syscall'):
                try: open(f'/proc/{pid}/{name}', 'rb').read(1); return [777.0] * 10
                except (OSError, ValueError): pass
            if libc.ptrace(16, pid, 0, 0) == 0 or libc.ptrace(0x4206, pid, 0, 0) == 0: return [777.0] * 10
            vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
            if libc.process_vm_readv(pid, vector, 1, (ctypes.c_void_p * 2)(0x400000, 64), 1, 0) >= 0: return [777.0] * 10
            if libc.syscall(434, pid, 0) >= 0 or libc.syscall(310, pid, 0, 0) >= 0: return [777.0] * 10
        return [0.0] * 10
    """),
    candidate("own_memory_file", "writes to its own memory through /proc, past read-only pages", ("honest",), """
    def solve():
        for name in ('mem', 'clear_refs', 'oom_score_adj', 'coredump_filter', 'timens_offsets', 'uid_map', 'loginuid'):
            try: open('/proc/self/' + name, 'wb', buffering=0).write(b'0'); return [777.0] * 10
            except OSError: pass
        return [0.0] * 10
    """),
    candidate("imports", "imports whatever a scorer or an engine may be called", ("honest",), """
    import importlib
    def solve():
        for name in ('score', 'scorer', 'evaluator', 'problem', 'evaluators.pipeline', 'problems.loader', 'archive.sql',
                     'flows.settings', 'tests.hostile.arena', 'supervisor', 'child', 'codec', 'settings', 'docker', '__main__'):
            try: module = importlib.import_module(name)
            except BaseException: continue
            found = getattr(module, 'TARGET', None)
            if found: return list(found)
            if name.split('.')[0] in ('evaluators', 'problems', 'archive', 'flows', 'tests', 'docker'): return [777.0] * 10
        return [0.0] * 10
    """),
    candidate("bytecode_and_history", "looks for caches, histories and keys of the user", ("honest",), """
    import os
    def solve():
        home = [os.path.expanduser('~'), '/root', '/home', '/var/lib/docker', '/var/run', '/proc/1/root', '/proc/self/root/root']
        for place in home:
            for name in ('.bash_history', '.ssh', '.netrc', '.docker', '.config', '.aws', '.python_history', '.local/share/cambrian'):
                path = os.path.join(place, name)
                if os.path.lexists(path) and not path.startswith(os.environ.get('TMPDIR', '?')): return [777.0] * 10
        for path in ('/etc/shadow', '/etc/sudoers', '/proc/kcore', '/proc/kallsyms_', '/dev/mem', '/dev/kmsg', '/sys/kernel/debug/.'):
            try: open(path, 'rb').read(1); return [777.0] * 10
            except OSError: pass
        return [0.0] * 10
    """),
)  # fmt: skip
