"""Honest programs, which must be accepted: a sandbox that refuses everything holds nothing."""

from __future__ import annotations

from tests.hostile.arena import HONEST, Candidate, candidate

_OK = ("honest",)

PROGRAMS: tuple[Candidate, ...] = (
    candidate("honest", "ten zeros", _OK, HONEST, runs=3),
    candidate("honest_slow", "takes 0.25 s, asleep and at work", _OK, """
    import time
    def solve():
        time.sleep(0.15)
        end = time.perf_counter() + 0.1
        while time.perf_counter() < end: pass
        return [0.0] * 10
    """, least_seconds=0.25),
    candidate("honest_files", "files of its own", _OK, """
    import tempfile
    def solve():
        with tempfile.TemporaryDirectory() as folder, open(folder + '/file', 'wb') as file: file.write(bytes(100_000))
        return [0.0] * 10
    """),
    candidate("honest_threads", "a pool of threads", _OK, """
    from concurrent.futures import ThreadPoolExecutor
    def solve():
        with ThreadPoolExecutor(4) as pool: return list(pool.map(float, [0] * 10))
    """),
    candidate("honest_processes", "other programs, where they are allowed", _OK, """
    import subprocess, sys
    def solve():
        done = subprocess.run([sys.executable, '-S', '-c', 'print(0)'], capture_output=True, text=True)
        return [float(done.stdout)] * 10
    """, policy="processes", memory_mib=512),
    candidate("honest_pool", "a pool of processes", _OK, """
    import multiprocessing
    def solve():
        with multiprocessing.get_context('fork').Pool(2) as pool: return pool.map(float, [0] * 10)
    """, policy="processes", memory_mib=512),
    candidate("honest_printing", "prints a little of everything", _OK, """
    import logging, sys, warnings
    def solve():
        print('café', 'ok'); logging.warning('careful'); warnings.warn('old'); print('x', file=sys.stderr)
        return [0.0] * 10
    """),
    candidate("honest_memory", "uses most of what it may", _OK, """
    def solve():
        room = bytearray(150 << 20)
        return [float(room[-1])] * 10
    """),
    candidate("honest_libraries", "numpy and scipy at work", _OK, """
    import numpy as np
    from scipy.optimize import minimize
    def solve(): return list(np.round(minimize(lambda x: float((x ** 2).sum()), np.ones(10)).x, 3) * 0.0)
    """, seconds=20.0, memory_mib=512, is_heavy=True),
    candidate("honest_recursion", "recursion as deep as is common", _OK, """
    def depth(n): return 0.0 if n == 0 else depth(n - 1)
    def solve(): return [depth(800)] * 10
    """),
    candidate("honest_signals", "an alarm of its own", _OK, """
    import signal, time
    def solve():
        rung = []
        signal.signal(signal.SIGALRM, lambda *a: rung.append(1)); signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(0.05)
        return [0.0 if rung else 1.0] * 10
    """),
    candidate("honest_randomness", "generators of every kind without a seed, the same each time", _OK, """
    import random, numpy as np
    def solve():
        found = [random.random(), random.Random().random(), np.random.rand(), np.random.default_rng().random(),
                 np.random.RandomState().rand(), np.random.Generator(np.random.PCG64()).random()]
        print(found)
        return [0.0 if len(set(found)) == len(found) else 1.0] * 10
    """, runs=3),
    candidate("honest_error", "an honest mistake", ("error",), "def solve(): return [1.0 / 0.0] * 10\n"),
)  # fmt: skip
