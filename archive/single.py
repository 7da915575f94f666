"""Archives that keep one program a cell, the best; how descriptors make cells is left to a geometry."""

from __future__ import annotations

from collections.abc import Sequence

from archive.cell import Elite
from archive.holding import Holding

__all__ = ["SingleArchive"]


class SingleArchive(Holding):
    """Elites of one island, one a cell: a program enters an empty cell, or where it is better than its elite.

    Ties go to the program that was there first. Further objectives are kept with an elite and decide nothing.
    The fitness of the elite of each cell does not depend on the order of adding.
    """

    def _keep(self, elites: Sequence[Elite]) -> tuple[Elite, ...]:
        return (max(elites, key=self._utility),)
