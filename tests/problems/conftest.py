from pathlib import Path

import pytest

YAML = """\
schema: 1
name: demo
statement: Make it large.
program:
  files: [initial.py]
  entrypoint: solve
objective: {metric: value}
evaluation:
  stages:
    - {id: lint, uses: static.python}
    - {id: run, uses: sandbox.call, needs: [lint], inputs: {n: 3}}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py}
"""


@pytest.fixture(scope="session")
def definition() -> str:
    """The text of a minimal definition that is right."""
    return YAML


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A minimal problem that is right."""
    (tmp_path / "problem.yaml").write_text(YAML)
    (tmp_path / "initial.py").write_text("def solve(n):\n    return n\n")
    (tmp_path / "score.py").write_text(
        "def score(output, context):\n    return {'value': 1.0, 'size': 2.0}\n"
    )
    return tmp_path


@pytest.fixture
def edit(folder: Path):
    """Replaces a text in the definition, which must be there, and gives the folder."""

    def apply(old: str, new: str) -> Path:
        file = folder / "problem.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        return folder

    return apply
