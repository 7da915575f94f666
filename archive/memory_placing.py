"""What a record changes among the elites that the store in memory holds; as `archive.sql.placing` in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from archive.cell import Cell, Elite
from archive.fronts import front_of
from archive.memory_reader import KeptRun
from archive.store import Record
from archive.stored import single_elite

__all__ = ["place"]


def place(kept: KeptRun, record: Record) -> None:
    """Put the elites that a record brings."""
    whole = {elite.island for elite, _ in record.elites}
    for key in [key for key in kept.elites if key[0] in whole]:
        del kept.elites[key]
    for elite, utility in record.elites:
        kept.elites.setdefault((elite.island, elite.cell), []).append((elite, utility))
    fronts: dict[tuple[int, Cell], list[tuple[Elite, float]]] = {}
    for elite, utility in record.front:
        if elite.island not in whole:
            fronts.setdefault((elite.island, elite.cell), []).append((elite, utility))
    for key, front in fronts.items():
        kept.elites[key] = _merged(kept.elites.get(key, ()), front)
    offered = single_elite(record)
    if offered is not None and record.utility is not None:
        _offer(kept, record, offered, record.utility)
    for birth, migrant, worth in record.migrants:
        # Also where it came before: the island may have begun anew since then.
        kept.births.append(birth)
        _offer(kept, record, migrant, worth)
    kept.islands.update({state.island: state for state in record.islands})


def _merged(
    stored: Sequence[tuple[Elite, float]], offered: Sequence[tuple[Elite, float]]
) -> list[tuple[Elite, float]]:
    """The front of both; what a program is worth is told by the stored one where it is there."""
    there = {elite.program for elite, _ in stored}
    both = [*stored, *(pair for pair in offered if pair[0].program not in there)]
    return list(front_of(((worth, *elite.objectives), (elite, worth)) for elite, worth in both))


def _offer(kept: KeptRun, record: Record, elite: Elite, utility: float) -> None:
    """Put an elite where it is better than the one of its cell; a cell with a front is told by that alone."""
    place = elite.island, elite.cell
    if any((each.island, each.cell) == place for each, _ in record.front):
        return
    held = kept.elites.get(place)
    if held is None or utility > held[0][1]:
        kept.elites[place] = [(elite, utility), *(held or ())[1:]]
