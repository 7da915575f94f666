from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from dashboard import app


def test_no_module_hides_another_while_its_folder_is_first_on_the_path() -> None:
    names = {path.stem for path in Path(app.__file__).parent.glob("*.py")} - {"__init__"}
    taken = set(sys.stdlib_module_names) | set(packages_distributions())
    assert not names & taken
