"""How a slot's folder is emptied, whatever a program has put there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

HARNESS = Path(__file__).parents[3] / "evaluators" / "harness"


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module as the supervisor has it: found by its plain name."""
    monkeypatch.syspath_prepend(HARNESS)
    import scratch

    yield scratch
    for name in ("scratch", "isolate"):
        sys.modules.pop(name, None)


def test_folders_named_like_those_made_while_emptying_are_removed_as_well(
    scratch: ModuleType, tmp_path: Path
) -> None:
    for place in range(1, 7):
        (tmp_path / f".up{place}" / "full").mkdir(parents=True)
        (tmp_path / f"deep{place}" / "deeper" / "deepest").mkdir(parents=True)
    scratch._wipe(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
