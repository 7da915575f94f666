from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from archive.program import Program
from evaluators.stages import driven
from evaluators.stages.driven import Driver, encoded

DRIVERS = sorted((Path(driven.__file__).parent / "drivers").glob("[a-z]*.py"))


@pytest.mark.parametrize("path", DRIVERS, ids=lambda path: path.stem)
def test_drivers_run_on_the_oldest_python_of_an_image_with_the_standard_library_alone(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    modules = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules <= sys.stdlib_module_names


def test_a_driver_takes_no_file_s_place():
    driver = Driver("steps")
    assert driver.beside(["main.py"]) == "cambrian_driver.py"
    assert driver.beside(["cambrian_driver.py", "_cambrian_driver.py"]) == "__cambrian_driver.py"
    assert driver.digest != Driver("together").digest


def test_a_program_with_a_lone_surrogate_has_no_files():
    assert encoded(Program.of("c", {"a.c": "\ud800"})) is None
    assert encoded(Program.of("c", {"a.c": "é"})) == {"a.c": "é".encode()}
