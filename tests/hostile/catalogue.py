"""All programs of the suite, and programs of the same contract in a folder of files."""

from __future__ import annotations

import json
from pathlib import Path

from tests.hostile.arena import Candidate
from tests.hostile.programs import (
    controls,
    forgery,
    kernel,
    leftovers,
    resources,
    secrets_sought,
    sources,
    values,
)

__all__ = ["LEAVERS", "PROBE", "PROGRAMS", "from_folder"]

PROBE = leftovers.PROBE
LEAVERS = frozenset(leftovers.PROGRAMS)

PROGRAMS: tuple[Candidate, ...] = (
    *controls.PROGRAMS,
    *values.PROGRAMS,
    *forgery.PROGRAMS,
    *secrets_sought.PROGRAMS,
    *leftovers.PROGRAMS,
    *resources.PROGRAMS,
    *kernel.PROGRAMS,
    *sources.PROGRAMS,
)


def from_folder(folder: Path) -> tuple[Candidate, ...]:
    """Candidates of a folder with a ``manifest.json``.

    Of the manifest's ``programs`` these keys are read: ``name``, ``file`` (defines ``solve()``), ``expect``
    (outcomes, see `arena.Outcome`), and where they are given ``attempts``, ``runs``,
    ``min_reported_wall_s`` and ``transform.append_comment_bytes``. Its ``contract.default_limits`` may hold
    ``wall_s`` and ``mem_mb``.

    Raises:
        OSError: a file cannot be read.
        KeyError: a program has no name, file or expectation.
    """
    manifest = json.loads((folder / "manifest.json").read_text())
    limits = manifest.get("contract", {}).get("default_limits", {})
    found = []
    for entry in manifest["programs"]:
        source = (folder / entry["file"]).read_bytes().decode("utf-8", "surrogateescape")
        padding = int(entry.get("transform", {}).get("append_comment_bytes", 0))
        found.append(
            Candidate(
                name=entry["name"],
                tries=entry.get("attempts", ""),
                may=frozenset(entry["expect"]),
                source=source + ("\n#" + "x" * padding if padding else ""),
                seconds=float(limits.get("wall_s", 2.0)),
                memory_mib=int(limits.get("mem_mb", 512)),
                runs=int(entry.get("runs", 1)),
                least_seconds=float(entry.get("min_reported_wall_s", 0.0)),
            )
        )
    return tuple(found)
