import json
from collections import Counter
from pathlib import Path

import pytest

from tests.hostile.arena import HONEST
from tests.hostile.catalogue import PROBE, PROGRAMS, from_folder
from tests.hostile.gaps import GAPS

REASONS = {
    "invalid_source",
    "malformed",
    "error",
    "crash",
    "no_result",
    "lost",
    "timeout",
    "memory",
    "output_limit",
    "too_large",
}


def test_every_program_has_a_name_of_its_own_and_outcomes_that_there_are():
    assert [name for name, count in Counter(program.name for program in PROGRAMS).items() if count > 1] == []
    for program in PROGRAMS:
        assert program.may, program.name
        assert program.may <= {"honest", *(f"rejected:{reason}" for reason in REASONS)}, program.name
    assert PROGRAMS[0].source == HONEST
    assert PROBE in PROGRAMS


def test_what_is_not_held_is_a_program_of_the_suite_with_a_reason():
    names = {program.name for program in PROGRAMS}
    for gaps in GAPS.values():
        assert set(gaps) <= names
        assert all(gaps.values())


def test_where_time_is_short_every_kind_of_attack_is_still_there():
    kept = [program for program in PROGRAMS if not program.is_heavy]
    assert len(kept) > 120
    for beginning in ("honest", "array_", "frame_", "call_", "source_", "unread_", "leave_", "fork_"):
        assert any(program.name.startswith(beginning) for program in kept), beginning


def test_a_folder_with_a_manifest_gives_candidates(tmp_path: Path):
    (tmp_path / "a.py").write_bytes(b"def solve(): return [0.0] * 10 # \xff\n")
    entry = {
        "name": "a",
        "file": "a.py",
        "expect": ["honest"],
        "runs": 2,
        "transform": {"append_comment_bytes": 9},
    }
    manifest = {"contract": {"default_limits": {"wall_s": 1.5, "mem_mb": 64}}, "programs": [entry]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (found,) = from_folder(tmp_path)
    assert (found.name, found.may, found.runs) == ("a", {"honest"}, 2)
    assert (found.seconds, found.memory_mib) == (1.5, 64)
    assert found.source.endswith("\n#" + "x" * 9)
    del entry["expect"]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(KeyError, match="expect"):
        from_folder(tmp_path)
