"""What ``evaluation.repeat`` asks for beyond its shape: keys that go together, and statistics that do not."""

from __future__ import annotations

from problems.document import Path as Key
from problems.document import Report, clipped

__all__ = ["check_replicas"]

_REPEAT: Key = ("evaluation", "repeat")
_MOVING = ("min", "max")


def check_replicas(report: Report) -> None:
    """Note every key of ``evaluation.repeat`` that would have no effect or mislead.

    An early stop compares programs after different numbers of replicas. The mean and the median aim at the
    same value whatever the number; the smallest and the largest of more replicas lie further out, so that a
    program would be marked by how long it was looked at.
    """
    node = report.root.at(_REPEAT)
    if node is None or not isinstance(node.value, dict):
        return
    confidence = report.root.at((*_REPEAT, "confidence"))
    if confidence is None or confidence.value is None:
        for name in ("at_least", "precision"):
            given = report.root.at((*_REPEAT, name))
            if given is not None and given.value is not None:
                report.add(
                    (*_REPEAT, name),
                    expected="confidence beside it, for without one all replicas run",
                    found=f"{name} alone",
                    near="confidence",
                    of_key=True,
                )
        return
    statistic = report.root.text(*_REPEAT, "statistic")
    if statistic in _MOVING:
        report.add(
            (*_REPEAT, "confidence"),
            expected="statistic mean or median, for min and max move with the number of replicas",
            found=f"confidence with {statistic}",
            of_key=True,
        )
    times, at_least = _whole(report, "times", 1), _whole(report, "at_least", 3)
    if times is not None and at_least is not None and at_least >= times:
        key = "at_least" if report.root.at((*_REPEAT, "at_least")) is not None else "times"
        expected = f"fewer than times ({times})" if key == "at_least" else f"more than at_least ({at_least})"
        report.add(
            (*_REPEAT, key),
            expected=f"{expected}, for otherwise no replica is ever spared",
            found=clipped(at_least if key == "at_least" else times),
        )


def _whole(report: Report, name: str, default: int) -> int | None:
    """The number under a key, `default` where there is none, None where it is something else."""
    node = report.root.at((*_REPEAT, name))
    if node is None:
        return default
    return node.value if isinstance(node.value, int) and not isinstance(node.value, bool) else None
