"""What the import contracts cannot see."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAYERS = {"problems", "archive", "evaluators", "mutators", "flows", "dashboard"}


def test_the_loop_loads_no_third_party_library_but_numpy() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import flows.loop\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "ours = {'problems', 'archive', 'evaluators', 'mutators', 'flows'}\n"
        "print(sorted(new - ours - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ast.literal_eval(done.stdout) == ["numpy"]


def test_the_root_packages_are_the_layers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == LAYERS
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == LAYERS
    assert set(project["tool"]["importlinter"]["root_packages"]) == LAYERS


def test_the_environment_is_read_in_one_place() -> None:
    """`os.environ` and `os.getenv` stand in flows.settings alone, and in what runs inside a sandbox."""
    found = {
        str(path.relative_to(ROOT))
        for package in LAYERS
        for path in (ROOT / package).rglob("*.py")
        if "library" not in path.parts and "harness" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert found <= {"flows/settings.py"}


def test_no_folder_of_tests_hides_a_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
