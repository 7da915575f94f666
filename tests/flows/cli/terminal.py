"""The command line as a user runs it: in this process where that is quicker, else as a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.cell import Elite
from archive.sql.reader import SqlReader, open_reader
from flows.cli import main

ROOT = Path(__file__).resolve().parents[3]
FOREIGN = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "CAMBRIAN_DB", "CAMBRIAN_MODEL", "PREFECT_API_URL")
SEARCH = ("--sandbox", "process", "--no-prefect", "--workers", "1")
"""What every run of these tests is given."""

SCORER = "def score(output, context):\n    return {'value': float(output)}\n"
PROGRAM = "# EVOLVE-BLOCK-START\ndef solve():\n    return 1.5\n# EVOLVE-BLOCK-END\n"
DEFINITION = """\
schema: 1
name: one_number
statement: Return a large number.
program: {language: python, files: [initial.py], entrypoint: solve}
objective: {metric: value, direction: maximize}
descriptors:
  - {name: constants, source: static.constants, low: 0, high: 10, bins: 5}
evaluation:
  stages:
    - {id: lint, uses: static.python}
    - {id: run, uses: sandbox.call, needs: [lint], seconds: 0.5, memory_mib: 256}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py, seconds: 5}
search: {islands: 1}
budget: {evaluations: 5}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """JSON objects, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def cambrian(*arguments: str | Path, **environment: str) -> Done:
    """Run a command in this process; an error that reaches the user as a traceback is raised."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        for name in FOREIGN:
            patch.delenv(name, raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["cambrian", *map(str, arguments)])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Done(code=code, out=_text(out), err=_text(err))


def start(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
    """Begin a command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if name not in FOREIGN} | environment,
    )


def finish(process: subprocess.Popen[str]) -> Done:
    """Wait for a command's end."""
    out, err = process.communicate(timeout=60)
    return Done(code=process.returncode, out=out, err=err)


@contextlib.contextmanager
def reading(db: Path) -> Iterator[SqlReader]:
    reader = open_reader(db)
    try:
        yield reader
    finally:
        reader.close()


def archive_of(db: Path, run: str = "last") -> list[Elite]:
    """The elites of a run, in order."""
    with reading(db) as reader:
        found = reader.elites(reader.summary(run).run.id)
    return sorted(found, key=lambda elite: (elite.island, elite.cell))


def answered_calls(db: Path, run: str = "last") -> list[tuple[int, str, int]]:
    """Attempt, purpose and ordinal of every call that brought an answer."""
    with reading(db) as reader:
        calls = reader.calls(reader.summary(run).run.id, limit=10_000)
    return sorted((call.attempt, call.purpose.value, call.ordinal) for call in calls if call.status == "ok")


def write_problem(folder: Path, files: Mapping[str, str | None] | None = None) -> Path:
    """A small problem, with some files changed; None leaves one out."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"problem.yaml": DEFINITION, "initial.py": PROGRAM, "score.py": SCORER, **(files or {})}
    for name, text in whole.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()
