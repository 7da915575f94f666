"""Giving an archive in memory what the store knows of a run."""

from __future__ import annotations

from archive.island import Archipelago
from archive.learning import is_complete, learns
from archive.rescoring import Revision
from archive.store import Store

__all__ = ["renew", "restore"]


async def restore(store: Store, run: str, archive: Archipelago, revision: Revision) -> None:
    """Fill an empty archive with what the store kept of a run.

    Args:
        store: keeps the run.
        run: its id.
        archive: of the run's problem.
        revision: of the run's problem.

    Raises:
        StoreError: the database failed.
    """
    history = await store.history(run, revision) if learns(revision.descriptors) else ()
    # What is learned next may make elites of programs that are none now.
    everybody = bool(history) and not is_complete(history)
    standing = await store.standing(run, everybody=everybody)
    archive.restore(await store.elites(run), standing, await store.island_states(run), history)


async def renew(store: Store, run: str, archive: Archipelago, revision: Revision) -> None:
    """Make an archive forget all but the states of its islands, and fill it again; see `restore`."""
    history = await store.history(run, revision) if learns(revision.descriptors) else ()
    everybody = bool(history) and not is_complete(history)
    elites = await store.elites(run)
    archive.renew(elites, await store.standing(run, everybody=everybody), history)
