"""Where results of stages may be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.sandbox import Posture
from flows.caching import open_cache
from flows.settings import Settings


@pytest.mark.parametrize(
    ("writable", "kept"),
    [({"host_writable": "false"}, True), ({"host_writable": "true"}, False), ({}, False)],
)
async def test_nothing_is_kept_where_programs_could_write_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writable: dict[str, str], kept: bool
) -> None:
    monkeypatch.setenv("CAMBRIAN_CACHE", str(tmp_path / "stages.db"))
    posture = Posture(kind="process", holds=(), lacks=(), facts=writable)
    async with open_cache(Settings(), posture) as cache:
        assert (cache is not None) is kept
