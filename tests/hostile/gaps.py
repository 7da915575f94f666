"""What a sandbox cannot hold, by its walls: name of the program to the reason.

The suite asserts that these programs get through, and no others, so the table can neither hide a hole nor
outlive one. Walls that are not here (a system call filter alone) keep nobody from the machine's files: there
the suite is not run, and the posture says what is lacking.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["GAPS"]

_QUOTA = "the scratch folder is bounded for each file, not as a whole"
_SEMAPHORES = "processes of a program have no semaphores to share"
_WITHOUT_NAMESPACES = {
    "disk_fill_by_many": _QUOTA,
    "inode_fill": _QUOTA,
    "honest_pool": _SEMAPHORES,
}

GAPS: Final[Mapping[str, Mapping[str, str]]] = {
    "docker": {},
    "namespaces": {},
    "landlock": _WITHOUT_NAMESPACES,
}
