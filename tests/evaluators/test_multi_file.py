"""Programs of several files: packages, relative imports and data beside the code, in both sandboxes."""

from __future__ import annotations

import sys

import pytest
import pytest_asyncio

from evaluators.sandbox import Command, Ending, Limits
from evaluators.values import decode

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform != "linux", reason="the process sandbox is for Linux"),
]
KINDS = [pytest.param("process", id="process"), pytest.param("docker", id="docker", marks=pytest.mark.docker)]
SCRATCH = pytest.mark.parametrize("scratch_mib", [16, 0], ids=["scratch", "no-scratch"])


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def run(request, start):
    sandbox, _ = await start(request.param, slots=1)

    async def call(files, *, module="lib/main.py", scratch_mib=16):
        command = Command(
            files={path: text.encode() for path, text in files.items()},
            module=module,
            function="solve",
            limits=Limits(seconds=20, scratch_mib=scratch_mib),
        )
        result = await sandbox.run(command)
        assert result.ending is Ending.RETURNED, result.stderr
        return decode(result.result)

    yield call
    await sandbox.close()


MAIN = """\
from helper import top
from . import table
from .deep.more import plus
def solve():
    return [top(), table.VALUES, plus(1), __name__, __package__, __file__]
"""
FILES = {
    "helper.py": "def top(): return 'top'",
    "lib/__init__.py": "from .main import solve",
    "lib/main.py": MAIN,
    "lib/table.py": "VALUES = [1, 2]",
    "lib/deep/more.py": "from ..table import VALUES\ndef plus(n): return n + sum(VALUES)",
}
FOUND = ["top", [1, 2], 4, "lib.main", "lib", "lib/main.py"]


@SCRATCH
@pytest.mark.parametrize("module", ["lib/main.py", "lib/__init__.py"])
async def test_relative_imports_work_from_any_file_of_a_package(run, module, scratch_mib):
    assert await run(FILES, module=module, scratch_mib=scratch_mib) == FOUND


@SCRATCH
async def test_a_folder_without_init_is_a_package_too(run, scratch_mib):
    files = {path: text for path, text in FILES.items() if path != "lib/__init__.py"}
    assert await run(files, scratch_mib=scratch_mib) == FOUND


async def test_a_package_is_run_once(run):
    files = {
        "lib/__init__.py": "import helper\nhelper.COUNT.append('lib')\nfrom . import main",
        "lib/main.py": "import helper\nhelper.COUNT.append(__name__)\ndef solve(): return helper.COUNT",
        "helper.py": "COUNT = []",
    }
    assert await run(files) == ["lib", "lib.main"]


READS = {
    "open": "open(os.path.join(os.path.dirname(__file__), 'words.txt')).read()",
    "absolute": "open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'words.txt')).read()",
    "bytes": "open('lib/words.txt', 'rb').read().decode()",
    "encoding": "open('lib/words.txt', 'r', -1, 'latin-1').read().encode('latin-1').decode()",
    "lines": "''.join(list(open('lib/words.txt', encoding='utf-8')))",
    "pathlib": "Path(__file__).with_name('words.txt').read_text(encoding='utf-8')",
    "pkgutil": "pkgutil.get_data('lib', 'words.txt').decode()",
    "resources": "resources.files('lib').joinpath('words.txt').read_text(encoding='utf-8')",
    "numpy": "numpy.loadtxt(open('lib/words.txt'), dtype=str).item()",
}


@SCRATCH
@pytest.mark.parametrize("way", READS)
async def test_data_beside_the_code_can_be_read(run, way, scratch_mib):
    imports = "import os, pkgutil\nfrom importlib import resources\nfrom pathlib import Path\nimport numpy\n"
    files = {
        "lib/__init__.py": "",
        "lib/main.py": f"{imports}def solve(): return {READS[way]}",
        "lib/words.txt": "größe",
    }
    assert await run(files, scratch_mib=scratch_mib) == "größe"


async def test_what_is_no_file_of_the_program_is_not_found_without_a_folder(run):
    body = (
        "def solve():\n    found = []\n    for name, mode in (('lib/none.txt', 'r'), ('lib/main.py', 'w')):\n"
        "        try:\n            open(name, mode)\n        except OSError as error:\n"
        "            found.append(type(error).__name__)\n    return found\n"
    )
    found = await run({"lib/main.py": body, "lib/words.txt": ""}, scratch_mib=0)
    assert found[0] == "FileNotFoundError"
    assert len(found) == 2
