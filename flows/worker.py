"""The worker that carries out scheduled runs, and the pool that they wait in."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from flows.children import end_children
from flows.prefect_setup import prefect_server
from flows.search import GRACE_SECONDS

# isort: split
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists

__all__ = ["POOL", "ensure_pool", "worker"]

POOL = "cambrian"
"""The Prefect work pool that scheduled runs wait in, of type process."""


async def worker(*, say: Callable[[str], None], limit: int = 1, name: str | None = None) -> None:
    """Carries out scheduled runs, each in a process of its own, until it is cancelled or gets SIGTERM.

    Runs that go on then are asked to stop, which leaves them paused in the archive.

    Args:
        say: told in one line when the worker has started and stopped.
        limit: runs at a time, at least 1.
        name: of the worker in Prefect; made up when None.

    Raises:
        PrefectUnavailable: no Prefect server answers.
    """
    from prefect.workers.process import ProcessWorker

    loop = asyncio.get_running_loop()
    asked_to_stop = asyncio.Event()
    with prefect_server():
        async with get_client() as client:
            await ensure_pool(client)
        prefect_worker = ProcessWorker(work_pool_name=POOL, limit=limit, name=name)
        serving = asyncio.create_task(prefect_worker.start(printer=say))
        asked = asyncio.create_task(asked_to_stop.wait())
        loop.add_signal_handler(signal.SIGTERM, asked_to_stop.set)
        try:
            await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Prefect would kill the runs outright and show them as running for ever.
            loop.remove_signal_handler(signal.SIGTERM)
            asked.cancel()
            if not serving.done():
                await end_children(GRACE_SECONDS)
                serving.cancel()
            await asyncio.wait({serving})
        if not serving.cancelled():
            serving.result()


async def ensure_pool(client: PrefectClient) -> None:
    """Makes the pool unless it is there."""
    from prefect.workers.process import ProcessWorker

    try:
        await client.create_work_pool(
            WorkPoolCreate(
                name=POOL,
                type=ProcessWorker.type,
                description="Scheduled runs of Cambrian",
                base_job_template=ProcessWorker.get_default_base_job_template(),
            )
        )
    except ObjectAlreadyExists:
        return
