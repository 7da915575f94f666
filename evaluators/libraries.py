"""Which libraries a supervisor loads ahead for a program, so that its child has them at the cost of a fork.

A fork costs more for everything that is loaded (0.6 ms of CPU without numpy, 2 ms with it), and loading it in
the child costs more again (numpy 70 ms). A wrong guess costs time only, with one exception: numpy's global
generator is seeded where numpy was loaded ahead, so whatever is not plainly of the standard library counts as
numpy.
"""

from __future__ import annotations

import re
import sys

from evaluators.sandbox import Command

__all__ = ["libraries"]

_NUMPY = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random")
_SCIPY = (
    "optimize",
    "spatial",
    "linalg",
    "special",
    "sparse",
    "stats",
    "signal",
    "interpolate",
    "ndimage",
    "integrate",
)
_STANDARD = ("dataclasses", "typing")  # what programs import most of what costs 2 ms and more to load
_ENOUGH = 1 << 18  # bytes of a file that are looked at; a longer one counts as using numpy
_DYNAMIC = (b"numpy", b"__import__", b"importlib", b"runpy", b"exec(")
_IMPORT = re.compile(
    rb"(?:^|[;:])[ \t]*(?:import[ \t]+([^;#\n]+)|from[ \t]+([\w.]+)[ \t]+import)", re.MULTILINE
)


def libraries(command: Command) -> tuple[str, ...]:
    """Modules out of a fixed list that the command's program seems to use."""
    texts = [content[:_ENOUGH] for name, content in command.files.items() if name.endswith(".py")]
    found = _NUMPY if b"__npy__" in command.arguments or _needs_numpy(command) else ()
    scipy = [text for text in texts if b"scipy" in text]
    return (
        *(name for name in _STANDARD if any(name.encode() in text for text in texts)),
        *found,
        *(f"scipy.{name}" for name in _SCIPY if any(name.encode() in text for text in scipy)),
    )


def _needs_numpy(command: Command) -> bool:
    own = {re.split(r"[/.]", name)[0] for name in command.files}
    plain = own | sys.stdlib_module_names | {""}  # the empty name is a relative import
    for name, content in command.files.items():
        if not name.endswith(".py"):
            continue
        if len(content) > _ENOUGH or any(word in content for word in _DYNAMIC):
            return True
        for listed, single in _IMPORT.findall(content):
            for part in (listed or single).split(b","):
                root = part.split()[0].split(b".")[0] if part.split() else b""
                if root.decode("utf-8", "replace") not in plain:
                    return True
    return False
