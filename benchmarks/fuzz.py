"""The strict decoder of `evaluators.values` under very many frames.

The laws, see `tests.evaluators.frames.check`: nothing but `Malformed` is raised; what is accepted has exact
plain types, is finite and within its bounds, and comes back as it was; memory stays bounded; no frame takes
long. Human lines first; the last line is one JSON object. The exit code is 1 when a law breaks, after the
frame and the seed that makes it again were printed.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from benchmarks.machine import report
from tests.evaluators.frames import MAX_BYTES, MAX_ITEMS, check, frame

ROUND = 10_000
TRACED = 200
"""Frames of each round whose memory is measured, which slows them down."""
MOST_BYTES = 64 * MAX_BYTES + 256 * MAX_ITEMS
MOST_SECONDS = 1.0


@dataclass
class Tally:
    """Figures of a round, or of several."""

    inputs: int = 0
    accepted: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    slowest_ms: float = 0.0
    most_bytes: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.inputs += other.inputs
        self.accepted += other.accepted
        self.rules.update(other.rules)
        self.slowest_ms = max(self.slowest_ms, other.slowest_ms)
        self.most_bytes = max(self.most_bytes, other.most_bytes)
        self.broken += other.broken


def run_round(seed: str, count: int) -> Tally:
    """Check `count` frames that follow from the seed."""
    rng, tally = random.Random(seed), Tally(inputs=count)
    for number in range(count):
        raw = frame(rng)
        began = time.process_time()
        try:
            rule = traced(raw, tally) if number < TRACED else check(raw)
        except Exception as error:  # noqa: BLE001  # whatever it is breaks a law, and is told with its frame
            tally.broken.append(
                f"seed {seed!r} frame {number}: {type(error).__name__}: {error}: {raw[:200]!r}"
            )
            continue
        spent = time.process_time() - began
        tally.slowest_ms = max(tally.slowest_ms, 1000 * spent)
        if spent > MOST_SECONDS:
            tally.broken.append(f"seed {seed!r} frame {number} took {spent:.1f} s: {raw[:200]!r}")
        if rule is None:
            tally.accepted += 1
        else:
            tally.rules["".join(letter for letter in rule if not letter.isdigit())[:16]] += 1
    return tally


def traced(raw: bytes, tally: Tally) -> str | None:
    """Check a frame with the memory that it takes."""
    tracemalloc.start()
    try:
        rule = check(raw)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    tally.most_bytes = max(tally.most_bytes, most)
    if most > MOST_BYTES:
        raise MemoryError(f"{most:,} bytes for a frame of {len(raw):,}")
    return rule


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="frames to check (1,000,000)")
    parser.add_argument("--seed", default=str(time.time_ns()), help="of the frames (the time)")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)), help="one a core")
    return parser.parse_args(arguments)


def main() -> None:
    options = parse()
    rounds = -(-options.inputs // ROUND)
    seeds = [f"{options.seed}-{number}" for number in range(rounds)]
    counts = [min(ROUND, options.inputs - number * ROUND) for number in range(rounds)]
    tally, began = Tally(), time.perf_counter()
    with ProcessPoolExecutor(options.processes) as pool:
        for number, part in enumerate(pool.map(run_round, seeds, counts)):
            tally.add(part)
            if number % 10 == 9:
                print(
                    f"{tally.inputs:,} inputs, {tally.accepted:,} accepted, {len(tally.broken)} broken",
                    flush=True,
                )
    seconds = time.perf_counter() - began
    for breach in tally.broken[:20]:
        print(f"BROKEN {breach}")
    line = (
        f"{tally.inputs:,} inputs in {seconds:.0f} s, {tally.accepted:,} accepted, "
        f"{len(tally.rules)} rules met, {len(tally.broken)} laws broken"
    )
    figures = {
        "inputs": tally.inputs,
        "accepted": tally.accepted,
        "rules": len(tally.rules),
        "laws_broken": len(tally.broken),
        "seconds": round(seconds, 1),
        "inputs_per_s": round(tally.inputs / seconds),
        "slowest_ms": round(tally.slowest_ms, 1),
        "most_bytes": tally.most_bytes,
        "seed": options.seed,
    }
    report("fuzz", [line], figures)
    sys.exit(1 if tally.broken else 0)


if __name__ == "__main__":
    main()
