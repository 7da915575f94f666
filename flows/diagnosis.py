"""What works on this machine, what does not, and how to mend it."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
from pathlib import Path

from archive.store import StoreError
from flows.finding import Finding
from flows.sandbox_findings import look_at_sandboxes
from flows.settings import Settings, data_folder
from problems.errors import CambrianError

__all__ = ["diagnose"]

_LOW_DISK_GB = 2.0


async def diagnose(settings: Settings, db: str) -> list[Finding]:
    """Look at everything a run may need; no model is called.

    Args:
        settings: the environment.
        db: URL of the archive.
    """
    archive, sandboxes = await asyncio.gather(asyncio.to_thread(_database, db), look_at_sandboxes(settings))
    return [_python(), _disk(), archive, *sandboxes, _models(settings), _prefect()]


def _python() -> Finding:
    found = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}"
    ok = sys.version_info >= (3, 11)
    return Finding(topic="Python", ok=ok, found=found, mend="" if ok else "install Python 3.11 or newer")


def _disk() -> Finding:
    folder = data_folder()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    ok = free >= _LOW_DISK_GB
    mend = (
        ""
        if ok
        else f"free some space, or keep the archive elsewhere with CAMBRIAN_DB ({folder} is nearly full)"
    )
    return Finding(topic="disk", ok=ok, found=f"{free:.1f} GB free at {folder}", mend=mend)


def _database(db: str) -> Finding:
    from archive.sql.reader import open_reader

    try:
        reader = open_reader(db)
        try:
            number = len(reader.runs())
        finally:
            reader.close()
    except StoreError as error:
        return Finding(topic="archive", ok=False, found=str(error), mend="set CAMBRIAN_DB, or run with --db")
    return Finding(
        topic="archive", ok=True, found=f"{_without_password(db)}, {number} run{'' if number == 1 else 's'}"
    )


def _models(settings: Settings) -> Finding:
    if settings.openai_api_key is None:
        return Finding(
            topic="models",
            ok=True,
            found="no key is set: the embedded model is used, a program editor and no language model",
            mend="set OPENAI_API_KEY, and OPENAI_BASE_URL for an endpoint other than OpenAI's",
        )
    where = settings.openai_base_url or "OpenAI"
    return Finding(topic="models", ok=True, found=f"a key is set, the endpoint is {where}")


def _prefect() -> Finding:
    from flows.prefect_setup import standing_api

    try:
        api = standing_api()
    except CambrianError as error:
        return Finding(topic="Prefect", ok=False, found=str(error), mend="or run with --no-prefect")
    if api is None:
        return Finding(
            topic="Prefect",
            ok=True,
            found="no server runs: each run starts a local one (about 10 s)",
            mend="`prefect server start` keeps one, and schedules need it",
        )
    return Finding(topic="Prefect", ok=True, found=f"server at {api}")


def _without_password(db: str) -> str:
    """A URL that may be shown."""
    scheme, _, rest = db.partition("://")
    if "@" not in rest:
        return str(Path(db)) if not rest else db
    return f"{scheme}://…@{rest.rpartition('@')[2]}"
