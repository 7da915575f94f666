import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from evaluators.owner import clear, is_dead, owned_folder, owner, remove_tree


@pytest.fixture(autouse=True)
def _own_tmp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def name_of_a_dead_engine() -> str:
    boot, namespace, _, began = owner().split()
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    return f"{boot} {namespace} {ended.stdout.strip()} {began}"


def test_a_live_engine_is_not_dead_and_an_ended_one_is() -> None:
    assert not is_dead(owner())
    assert is_dead(name_of_a_dead_engine())


def test_a_process_number_that_was_given_again_is_another_engine() -> None:
    boot, namespace, pid, began = owner().split()
    assert is_dead(f"{boot} {namespace} {pid} {int(began) - 1}")


@pytest.mark.parametrize("name", ["", "x", "boot space 1 1", "a b c d e", "\x00"])
def test_an_engine_of_another_machine_or_of_no_name_is_taken_to_be_alive(name: str) -> None:
    assert not is_dead(name)


def test_folders_of_dead_engines_are_cleared_and_no_others() -> None:
    mine, dead, other = (owned_folder(f"cambrian-{name}-", mode=0o711) for name in ("a", "a", "b"))
    unowned = Path(tempfile.mkdtemp(prefix="cambrian-a-"))
    (dead / "owner").write_text(name_of_a_dead_engine())
    (dead / "inner").mkdir()
    (other / "owner").write_text(name_of_a_dead_engine())
    clear("cambrian-a-")
    assert [folder.exists() for folder in (mine, dead, other, unowned)] == [True, False, True, True]


def test_the_name_in_a_folder_is_for_its_owner_alone() -> None:
    folder = owned_folder("cambrian-a-", mode=0o755)
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "owner").stat().st_mode & 0o777 == 0o600


def test_a_tree_whose_folders_were_closed_is_removed_and_what_it_points_to_is_not_touched(
    tmp_path: Path,
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    folder = tmp_path / "folder"
    (folder / "scratch" / "closed" / "inner").mkdir(parents=True)
    (folder / "scratch" / "closed" / "inner" / "file").touch()
    (folder / "scratch" / "link").symlink_to(outside)
    for place in ("scratch/closed/inner", "scratch/closed", "scratch"):
        (folder / place).chmod(0)
    remove_tree(folder)
    assert not folder.exists()
    assert outside.stat().st_mode & 0o777 == 0o500
