"""The description of the machine that every measurement carries, and a yardstick of its speed."""

from __future__ import annotations

import json
import os
import platform
import time


def yardstick_ms() -> float:
    """Milliseconds of a fixed piece of pure Python; the least of five, to keep noise out."""

    def once() -> float:
        began = time.perf_counter()
        total = 0
        for number in range(200_000):
            total += number * number % 7
        return (time.perf_counter() - began) * 1000

    return min(once() for _ in range(5))


def machine() -> dict[str, object]:
    """What was measured on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 2),
        "yardstick_ms": round(yardstick_ms(), 2),
    }


def report(name: str, lines: list[str], figures: dict[str, object]) -> None:
    """Human lines, and last one JSON line."""
    for line in lines:
        print(line)
    print(json.dumps({"benchmark": name, **figures, "machine": machine()}))
