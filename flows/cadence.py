"""How often: intervals, cron and time zones, as people write and read them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from problems.errors import CambrianError

__all__ = ["ScheduleError", "in_words", "interval", "local_zone"]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class ScheduleError(CambrianError):
    """A schedule that cannot be meant as it was given."""


def interval(text: str) -> timedelta:
    """Reads an interval: a whole number of ``s``, ``m``, ``h`` or ``d``, at least one second.

    Raises:
        ScheduleError: anything else.
    """
    match = re.fullmatch(r"\s*(\d{1,6})\s*([smhd])\s*", text)
    if match is None or int(match[1]) == 0:
        raise ScheduleError(
            f"{text!r} is no interval: expected a number and a unit, as in 30s, 15m, 1h or 2d."
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def local_zone() -> str:
    """IANA name of this machine's time zone, UTC where the machine does not tell."""
    _, found, name = str(Path("/etc/localtime").resolve()).partition("/zoneinfo/")
    return name if found else "UTC"


def in_words(interval: timedelta | None, cron: str | None, zone: str | None) -> str:
    """When a schedule fires, for a person: by its interval, else its cron expression in its time zone."""
    if cron is not None:
        return f"cron {cron} ({zone or 'UTC'})"
    if interval is None:
        return "by a rule set in Prefect"
    seconds = round(interval.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    return f"every {interval.total_seconds()} seconds"
