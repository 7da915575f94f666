"""The problem's own picture of a run's best program."""

from __future__ import annotations

import asyncio
from pathlib import Path

from archive.program import Program
from archive.run import Run
from archive.sql.reader import open_reader
from evaluators.compose import build_pipeline
from flows.definition import problem_of_run
from flows.sandboxes import open_sandboxes
from flows.settings import read_settings

__all__ = ["draw_best"]


async def draw_best(key: str, db: str | None, path: Path) -> Path | None:
    """Write the best program's picture as PNG.

    The program is called again in a fresh sandbox, and the problem's scorer draws what it returned.

    Args:
        key: run by name or id.
        db: URL of the archive; None for the usual one.
        path: where to; its folder is made.

    Returns:
        The path, or None where the problem draws nothing or the run has no valid program.

    Raises:
        UnknownRun: no such run.
        SandboxError: no sandbox could be started.
    """
    run, program = await asyncio.to_thread(_best, key, db or read_settings().database)
    if program is None:
        return None
    problem = await asyncio.to_thread(problem_of_run, run)
    async with open_sandboxes(
        problem, wanted=run.sandbox, trusted_author=True, slots=1, say=lambda text: None
    ) as sandboxes:
        pipeline = build_pipeline(problem, sandboxes.candidates, sandboxes.scorers, trust_scorer=True)
        pixels = await pipeline.picture(program, seed=run.seed)
    if pixels is None:
        return None

    def write() -> None:
        from PIL import Image

        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, format="PNG")

    await asyncio.to_thread(write)
    return path


def _best(key: str, url: str) -> tuple[Run, Program | None]:
    reader = open_reader(url)
    try:
        summary = reader.summary(key)
        best = summary.best
        return summary.run, None if best is None else reader.program(best.program)
    finally:
        reader.close()
