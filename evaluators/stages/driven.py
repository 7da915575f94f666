"""What the stages share that send a trusted driver along with the program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from archive.evaluation import StageResult, StageState, Verdict
from archive.program import Program
from evaluators.failure import clip, one_line
from evaluators.sandbox import ExecResult

__all__ = ["OUTPUT_CHARACTERS", "Driver", "encoded", "result"]

OUTPUT_CHARACTERS: Final = 4000
_FOLDER: Final = Path(__file__).parent / "drivers"


class Driver:
    """A trusted file that runs in the sandbox beside the program.

    Attributes:
        source: its text.
        digest: SHA-256 of it: another driver may find another result.
    """

    def __init__(self, name: str) -> None:
        """Take a file of the folder ``drivers``, without its suffix."""
        self.source = (_FOLDER / f"{name}.py").read_bytes()
        self.digest = hashlib.sha256(self.source).hexdigest()

    def beside(self, files: Iterable[str]) -> str:
        """A path for the driver that none of the files has."""
        taken = set(files)
        path = "cambrian_driver.py"
        while path in taken:
            path = "_" + path
        return path


def encoded(program: Program) -> dict[str, bytes] | None:
    """The program's files; None when one has a lone surrogate, which no file can hold."""
    try:
        return {path: text.encode() for path, text in program.sources.items()}
    except UnicodeEncodeError:
        return None


def result(
    stage: str,
    *,
    verdict: Verdict | None = None,
    note: str = "",
    said: str = "",
    metrics: Mapping[str, float] | None = None,
    ended: ExecResult | None = None,
) -> StageResult:
    """A result of a stage that ran something: PASSED without a verdict, else FAILED.

    Args:
        stage: its id.
        verdict: why it failed.
        note: what happened.
        said: what the program printed; kept as the artifact ``output``.
        metrics: numbers of its own.
        ended: how the execution ended, for its seconds.
    """
    output = clip(said.strip()[-OUTPUT_CHARACTERS:], OUTPUT_CHARACTERS)
    return StageResult(
        stage=stage,
        state=StageState.PASSED if verdict is None else StageState.FAILED,
        verdict=verdict,
        metrics=metrics or {},
        artifacts={"output": output} if output else {},
        note=one_line(note),
        seconds=ended.seconds if ended else 0.0,
    )
