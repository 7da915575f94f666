"""The page on strategies: its example is loaded and keeps the contract, its tables and YAML are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from archive.plugins import make_strategy
from archive.strategy import STRATEGIES, Strategy
from problems.schema import DescriptorModel
from problems.search_schema import SearchModel
from tests.archive.strategy_contract import StrategyContract

PAGE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text()
EXAMPLE = next(
    block for block in re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL) if "def draw" in block
)


class TestTheExample(StrategyContract):
    @pytest.fixture(autouse=True)
    def _written(self, tmp_path: Path) -> None:
        (tmp_path / "climbers.py").write_text(EXAMPLE)
        self.folder = tmp_path

    def make(self, *, seed: str, inspirations: int) -> Strategy:
        return make_strategy("climbers.py:Climbers", folder=self.folder, seed=seed, inspirations=inspirations)


def test_every_strategy_and_every_kind_of_selection_has_its_row() -> None:
    kinds = SearchModel.model_fields["selection"].annotation.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
    for name in (*STRATEGIES, *kinds):
        assert f"\n| `{name}` |" in PAGE


def test_the_yaml_of_the_page_is_taken() -> None:
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL):
        found = YAML(typ="safe", pure=True).load(block)
        assert found.keys() <= {"search", "descriptors"}
        SearchModel.model_validate(found.get("search", {}))
        for axis in found.get("descriptors", ()):
            DescriptorModel.model_validate(axis)


def test_the_picture_is_there() -> None:
    names = re.findall(r"!\[.*?\]\((.*?)\)", PAGE)
    assert names
    assert all((Path(__file__).parents[2] / "docs" / name).is_file() for name in names)
