import pytest

from evaluators.libraries import libraries
from evaluators.sandbox import Command


def found(source: str, *, arguments: bytes = b'{"args": [], "kwargs": {}}', **files: str) -> tuple[str, ...]:
    sources = {"program.py": source} | {name.replace("_", ".", 1): text for name, text in files.items()}
    return libraries(
        Command(
            files={name: text.encode() for name, text in sources.items()},
            module="program.py",
            function="solve",
            arguments=arguments,
        )
    )


@pytest.mark.parametrize(
    "source",
    [
        "",
        "import math, random\nfrom functools import cache\ndef solve(): return math.pi",
        "from . import helper\nimport helper.inner as x",
        "# import pandas\nx = 'from here import there'",
        "if True: import os.path; from collections import abc",
    ],
)
def test_a_program_of_the_standard_library_needs_nothing(source: str) -> None:
    assert found(source, helper_py="one = 1") == ()


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np",
        "import math, pandas",
        "def solve():\n    from sklearn.cluster import KMeans",
        "import os; import networkx",
        "try: import torch\nexcept ImportError: pass",
        "x = __import__('num' + 'py')",
        "import importlib",
        "x = 1\n" * (1 << 17),
    ],
    ids=lambda source: source[:30],
)
def test_whatever_may_use_numpy_has_it(source: str) -> None:
    assert "numpy.random" in found(source)


def test_an_array_among_the_arguments_or_in_a_file_beside_means_numpy() -> None:
    assert "numpy" in found("", arguments=b'{"args": [{"__npy__": "AAAA"}], "kwargs": {}}')
    assert "numpy" in found("import helper", helper_py="import numpy")
    assert found("", data_txt="import numpy") == ()


def test_only_the_parts_of_scipy_that_are_named_are_loaded() -> None:
    wanted = found("from scipy.optimize import linprog\nfrom scipy import sparse")
    assert {"numpy", "scipy.optimize", "scipy.sparse"} <= set(wanted)
    assert "scipy.stats" not in wanted


def test_modules_that_are_slow_to_load_are_loaded_ahead_for_those_who_name_them() -> None:
    assert found("from dataclasses import dataclass\nimport typing") == ("dataclasses", "typing")
    assert found("x = 1", notes_txt="typing") == ()
