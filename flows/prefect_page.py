"""What Prefect shows of a run while it goes on, and at its end."""

from __future__ import annotations

import json
from uuid import UUID

from archive.run import Summary
from flows.events import Improved, Progress, Started
from flows.prefect_text import bests_table, how_far, percentage, reference_of, result_page
from flows.search import Search

# isort: split
import httpx
from prefect import get_run_logger
from prefect.artifacts import acreate_markdown_artifact, acreate_progress_artifact, acreate_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run

__all__ = ["LOST", "PrefectPage", "full_name"]

LOST = (httpx.HTTPError, PrefectException, OSError)
"""What a Prefect API that is gone or refuses makes its client raise."""


class PrefectPage:
    """What Prefect shows of one run: its name, log, progress, table of bests and result."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._log = get_run_logger()
        self._named = False
        self._progress: UUID | None = None
        self._bests: UUID | None = None
        self._rows = 0

    async def update(self) -> None:
        """Writes what is new; what cannot be written now is written with the next update."""
        try:
            await self._write()
        except LOST as error:
            self._log.warning("Prefect did not take the progress: %s", error)

    async def close(self, summary: Summary) -> None:
        """Writes the last of it and the result."""
        await self.update()
        try:
            await acreate_markdown_artifact(
                result_page(summary, reference_of(summary.run)), key=self._key("result"), description="Result"
            )
        except LOST as error:
            self._log.warning("Prefect did not take the result: %s", error)

    async def _write(self) -> None:
        search = self._search
        while search.unsaid:
            self._log.info(search.unsaid.pop(0))
        if search.started is not None and not self._named:
            async with get_client() as client:
                await client.set_flow_run_name(UUID(flow_run.id), full_name(search.started))
            self._named = True
        if search.progress is not None:
            await self._write_progress(search.progress)
        if len(search.improvements) > self._rows:
            await self._write_bests(tuple(search.improvements))

    async def _write_progress(self, progress: Progress) -> None:
        done, text = percentage(progress), how_far(progress)
        if self._progress is None:
            created = await acreate_progress_artifact(done, key=self._key("progress"), description=text)
            self._progress = created
            return
        async with get_client() as client:
            await client.update_artifact(self._progress, ArtifactUpdate(data=done, description=text))

    async def _write_bests(self, improvements: tuple[Improved, ...]) -> None:
        """Keeps one table a run: a new one each time would fill Prefect's database with copies."""
        table = bests_table(improvements)
        if self._bests is None:
            self._bests = await acreate_table_artifact(table, key=self._key("bests"), description="Bests")
        else:
            async with get_client() as client:
                await client.update_artifact(self._bests, ArtifactUpdate(data=json.dumps(table)))
        self._rows = len(improvements)

    def _key(self, kind: str) -> str:
        """Artifacts of all runs of a problem share their keys, so that Prefect lists them as versions."""
        started = self._search.started
        problem = started.run.problem if started else "run"
        return f"{''.join(letter if letter.isalnum() else '-' for letter in problem.lower())}-{kind}"


def full_name(started: Started) -> str:
    """Name of a run's flow run: that of the problem, and its own."""
    return f"{started.run.problem}/{started.run.name}"
