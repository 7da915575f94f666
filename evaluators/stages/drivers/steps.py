"""Runs a program's commands inside the sandbox, and reports what they printed.

Sent along as the module of a `Command` by `evaluators.stages.command`. It shares user and folder with the
program it runs, so its report is worth no more than the program's own word: a value to be judged, or a
failure. Needs Python 3.8 and the standard library, like the rest of what runs in the sandbox.
"""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
from typing import Any, BinaryIO

_PATH = "/usr/local/bin:/usr/bin:/bin"
_HEAD, _TAIL = 3000, 1000


def run(steps: list[list[str]], feeds: list[str], room: int, seed: int) -> dict[str, Any]:
    """Run the steps in turn, the last one once for each feed; the first that fails is the end.

    Args:
        steps: commands as lists of words.
        feeds: texts for standard input of the last step.
        room: most bytes of standard output of the last step, all feeds together.
        seed: of the replica, told in the variable CAMBRIAN_SEED.

    Returns:
        ``ended`` (passed, failed, missing or too long) and ``step``, the place of the last step that was run;
        ``outputs``, base64 of what each feed gave; ``said``, what was printed besides; for failed, ``why``.
    """
    outputs: list[str] = []
    said = ""
    for place, words in enumerate(steps):
        last = place == len(steps) - 1
        for feed in feeds if last else [""]:
            report: dict[str, Any] = {"step": place, "outputs": outputs}
            if not _is_there(words[0]):
                return {**report, "ended": "missing", "said": words[0]}
            why, printed, said = _execute(words, feed, room + 1, seed)
            if why:
                # Some compilers complain on standard output; what the program prints there is its value.
                shown = said if last or said.strip() else printed[:_HEAD].decode("utf-8", "replace")
                return {**report, "ended": "failed", "said": shown, "why": why}
            if last:
                if len(printed) > room:
                    return {**report, "ended": "too long", "said": said}
                room -= len(printed)
                outputs.append(base64.b64encode(printed).decode("ascii"))
    return {"ended": "passed", "step": len(steps) - 1, "outputs": outputs, "said": said}


def look(names: list[str]) -> list[bool]:
    """Whether each executable is there, asked in a sandbox without any program."""
    return [_is_there(name) for name in names]


def _is_there(name: str) -> bool:
    """A relative path is what an earlier step should have made, and its absence is told by running it."""
    if "/" in name and not name.startswith("/"):
        return True
    places = [""] if "/" in name else _PATH.split(":")
    paths = [os.path.join(place, name) for place in places]
    return any(os.path.isfile(path) and os.access(path, os.X_OK) for path in paths)


def _execute(words: list[str], feed: str, most: int, seed: int) -> tuple[str, bytes, str]:
    """Why it failed (empty when it did not), the first bytes of its output, and its standard error.

    Files stand where pipes could: nothing can block, and the scratch folder bounds them.
    """
    folder = os.getcwd()
    environment = {
        "PATH": _PATH,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "CAMBRIAN_SEED": str(seed),
    }
    with contextlib.ExitStack() as files:
        given, out, error = (files.enter_context(_nameless(folder)) for _ in range(3))
        given.write(feed.encode())
        given.seek(0)
        try:
            code = subprocess.call(words, stdin=given, stdout=out, stderr=error, env=environment)
        except OSError as fault:
            return f"could not be started: {fault.strerror}", b"", ""
        why = ""
        if code:
            why = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return why, _first(out, most), _ends(error)


def _nameless(folder: str) -> BinaryIO:
    """A file in the folder that no later step can open. The modules that would make one are slow to load."""
    path = os.path.join(folder, f".cambrian-{os.getpid()}")
    file = open(path, "x+b")  # noqa: SIM115  # the caller closes it
    os.unlink(path)
    return file


def _first(file: BinaryIO, most: int) -> bytes:
    file.seek(0)
    return file.read(most)


def _ends(file: BinaryIO) -> str:
    """The beginning and the end of a text: compilers name the cause first, other programs last."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(max(_HEAD, size - _TAIL))
    tail = file.read(_TAIL)
    gap = b"\n...\n" if size > _HEAD + _TAIL else b""
    return (head + gap + tail).decode("utf-8", "replace")
