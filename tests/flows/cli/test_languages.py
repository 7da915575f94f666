"""Programs of several files and of other languages, from a model's answer over a socket to an elite."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from archive.program import Program
from problems.catalogue import LIBRARY
from tests.flows.cli.terminal import Done, cambrian, reading, write_problem
from tests.flows.fake_server import FakeServer, serving

ONE = ("--no-prefect", "--sandbox", "process", "--workers", "1", "--set", "search.plan=false")
EXECUTE_ONLY = (*ONE, "--set", "search.summarize=false", "--set", "search.redraws=0")

TWO_FILES = """\
schema: 1
name: two_files
statement: Return a large number.
program: {language: python, files: [main.py, part.py], entrypoint: solve}
objective: {metric: value}
evaluation:
  stages:
    - {id: lint, uses: static.python}
    - {id: run, uses: sandbox.call, needs: [lint], seconds: 5}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py}
"""
MAIN = "from part import value\n\n\ndef solve():\n    return value() + 0.5\n"
PART = "# EVOLVE-BLOCK-START\ndef value():\n    return 1.0\n# EVOLVE-BLOCK-END\n"

WORDS = """\
schema: 1
name: words
statement: A text of many words.
program: {language: text, files: [words.txt]}
objective: {metric: words}
evaluation:
  stages:
    - {id: read, uses: static.text, max_bytes: 1000}
    - id: run
      uses: sandbox.command
      needs: [read]
      steps: [[cat, words.txt]]
      output: text
    - {id: score, uses: sandbox.score, needs: [run], file: score.py}
"""
COUNT = "def score(output, context):\n    return {'words': float(len(output.split()))}\n"


def run(problem: Path, server: FakeServer, db: Path, *words: str) -> Done:
    keys = {"OPENAI_API_KEY": "sk-canary-2", "OPENAI_BASE_URL": server.url}
    done = cambrian("run", problem, *EXECUTE_ONLY, "--db", db, *words, **keys)
    assert done.code == 0, done.err
    return done


def made(db: Path) -> list[tuple[str, float | None, Mapping[str, str]]]:
    """Operator, fitness and files of the programs of the only run, oldest first."""
    with reading(db) as reader:
        births = reader.programs(reader.summary("last").run.id, limit=100)
        programs: dict[str, Program] = {birth.program: reader.program(birth.program) for birth, _ in births}
    return [
        (birth.operator, evaluation.fitness, programs[birth.program].sources)
        for birth, evaluation in reversed(births)
    ]


def test_a_program_of_two_files_is_edited_and_written_anew_file_by_file(tmp_path: Path) -> None:
    """Fails when an answer about one file touches another, or when a file is made up."""
    problem = write_problem(
        tmp_path / "two",
        {"problem.yaml": TWO_FILES, "main.py": MAIN, "part.py": PART, "initial.py": None},
    )
    answers = [
        "file: part.py\n<<<<<<< SEARCH\n    return 1.0\n=======\n    return 2.0\n>>>>>>> REPLACE\n",
        f"file: part.py\n```python\n{PART.replace('1.0', '3.0')}```\n",
        "file: other.py\n```python\ndef value():\n    return 9.0\n```\n",
        f"file: part.py\n```python\n{PART.replace('1.0', '4.0')}```\n",
    ]
    with serving(FakeServer(answers=answers)) as server:
        run(problem, server, tmp_path / "a.db", "--evaluations", "4", "--strategy", "best_of_n")
    found = made(tmp_path / "a.db")
    assert [(operator, fitness) for operator, fitness, _ in found] == [
        ("seed", 1.5),
        ("diff", 2.5),
        ("rewrite", 3.5),
        ("rewrite", 4.5),
    ]
    assert all(sources["main.py"] == MAIN and set(sources) == {"main.py", "part.py"} for *_, sources in found)
    assert "file: part.py" in server.prompts[0]
    assert "The program has no file 'other.py'" in server.prompts[3]


def test_a_text_is_evolved_and_may_begin_with_nothing(tmp_path: Path) -> None:
    """Fails when a first program of another language than Python has another name than is told."""
    files = {"initial.py": None, "score.py": COUNT}
    problem = write_problem(
        tmp_path / "words", files | {"problem.yaml": WORDS, "words.txt": "a few\nwords\n"}
    )
    longer = "```text\na few\nwords more than before\n```\n"
    with serving(FakeServer(answers=[longer])) as server:
        run(problem, server, tmp_path / "b.db", "--evaluations", "2")
    assert [(operator, fitness) for operator, fitness, _ in made(tmp_path / "b.db")] == [
        ("seed", 3.0),
        ("rewrite", 6.0),
    ]

    unwritten = WORDS.replace(", files: [words.txt]", "").replace("words.txt]", "program.txt]")
    (problem / "problem.yaml").write_text(unwritten)
    with serving(FakeServer(drafts=["```text\none two\n```\n"], answers=[longer])) as server:
        run(problem, server, tmp_path / "c.db", "--evaluations", "2")
    found = made(tmp_path / "c.db")
    assert [(operator, fitness) for operator, fitness, _ in found] == [("seed", 2.0), ("rewrite", 6.0)]
    assert [set(sources) for *_, sources in found] == [{"program.txt"}] * 2


@pytest.mark.thorough("the other languages take the same way, and compile nothing")
@pytest.mark.skipif(shutil.which("g++") is None, reason="compiles C++, and there is no g++ here")
def test_a_program_in_cpp_is_edited_compiled_and_scored(tmp_path: Path) -> None:
    problem = tmp_path / "tours"
    shutil.copytree(LIBRARY / "short_tours", problem)
    text = (problem / "main.cpp").read_text()
    line = next(
        one
        for one in text.split("EVOLVE-BLOCK-START")[1].splitlines()
        if text.count(one) == 1 and one.strip()
    )
    edit = f"<<<<<<< SEARCH\n{line}\n=======\n{line}  // as before\n>>>>>>> REPLACE\n"
    with serving(FakeServer(answers=[edit])) as server:
        run(problem, server, tmp_path / "d.db", "--evaluations", "2")
    (_, before, _), (operator, after, sources) = made(tmp_path / "d.db")
    assert operator == "diff"
    assert before == after is not None
    assert "// as before" in sources["main.cpp"]
