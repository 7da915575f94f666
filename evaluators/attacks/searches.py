"""Programs that look around in the sandbox for what they must not find. To add one, add a row.

What is secret never goes into the sandbox to be looked for: a program is given the SHA-256 of each line that
only the trusted files have, and compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from evaluators.attacks.findings import Severity

__all__ = ["COMMON", "SEARCHES", "Search"]

COMMON: Final = '''\
import hashlib
import os
import sys
import time


def matches(text, lines):
    """How many of the wanted lines stand in a text."""
    found = set()
    for line in text.splitlines():
        stripped = line.strip()
        if len(stripped) >= 16:
            mark = hashlib.sha256(stripped.encode("utf-8", "replace")).hexdigest()
            if mark in lines:
                found.add(mark)
    return len(found)


def holds_them(text, lines):
    """Whether a text has at least three of the wanted lines, or all where there are fewer."""
    return bool(lines) and matches(text, lines) >= min(3, len(lines))


def read(path, most=1 << 20):
    try:
        with open(path, "rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


'''
"""Stands before the body of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One thing to look for.

    Attributes:
        name: unique, lower case with hyphens.
        body: source that defines ``look(lines, paths)``; it gets the digests of the trusted files' lines and
            the paths of those files on the host, and returns a list of places in words.
        rule: of the finding.
        severity: of the finding.
        what: sentence with ``{places}`` in it.
        mend: what to do.
        times: how often it is run, each time in a fresh child; the places of the last time count.
    """

    name: str
    body: str
    rule: str
    severity: Severity
    what: str
    mend: str
    times: int = 1


_STRONGER: Final = "use the Docker sandbox (`cambrian doctor` says what it needs)"

SEARCHES: Final = (
    Search(
        name="trusted-paths",
        body="""
def look(lines, paths):
    return [path for path in paths if read(path)]
""",
        rule="trusted-file-readable",
        severity=Severity.DANGER,
        what="a program can read {places}",
        mend=_STRONGER,
    ),
    Search(
        name="trusted-lines",
        body="""
SKIPPED = ("/proc", "/sys", "/dev", "/usr/lib", "/usr/share", "/usr/include", "/lib", "/lib64", "/boot")


def look(lines, paths):
    found, end = [], time.monotonic() + 2.5
    libraries = [path for path in sys.path if path] + [os.path.dirname(os.__file__)]
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if not ours(os.path.join(folder, name), libraries)]
        for name in files:
            path = os.path.join(folder, name)
            if time.monotonic() > end:
                return found
            if not os.path.islink(path) and os.path.isfile(path) and os.path.getsize(path) < 1 << 20:
                if holds_them(read(path), lines):
                    found.append(path)
    return found


def ours(path, libraries):
    return path in SKIPPED or path in libraries or path.endswith("-packages")
""",
        rule="trusted-file-readable",
        severity=Severity.DANGER,
        what="a program finds the scorer's text in {places}",
        mend=_STRONGER,
    ),
    Search(
        name="memory",
        body="""
import gc


def look(lines, paths):
    end, texts = time.monotonic() + 2.0, set()
    frame = sys._getframe()
    while frame is not None:
        texts.update(value for value in frame.f_locals.values() if isinstance(value, str))
        frame = frame.f_back
    for held in gc.get_objects():
        if time.monotonic() > end:
            break
        inner = held.values() if isinstance(held, dict) else held if isinstance(held, (list, tuple)) else ()
        for value in list(inner)[:10000]:
            if isinstance(value, (bytes, bytearray)) and len(value) < 1 << 20:
                texts.add(bytes(value).decode("utf-8", "replace"))
            elif isinstance(value, str):
                texts.add(value)
    return ["its own memory"] if any(holds_them(text, lines) for text in texts) else []
""",
        rule="trusted-text-in-memory",
        severity=Severity.DANGER,
        what="a program finds lines of the scorer in {places}",
        mend="this is a fault of Cambrian; please report it",
    ),
    Search(
        name="modules",
        body="""
import importlib


def look(lines, paths):
    found = []
    for path in paths:
        name = os.path.basename(path)
        if name.endswith(".py"):
            try:
                module = importlib.import_module(name[:-3])
            except Exception:
                continue
            if holds_them(read(getattr(module, "__file__", None) or ""), lines):
                found.append("import " + name[:-3])
    return found
""",
        rule="trusted-file-readable",
        severity=Severity.DANGER,
        what="a program can import the scorer: {places}",
        mend=_STRONGER,
    ),
    Search(
        name="environment",
        body="""
WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "OPENAI", "CAMBRIAN", "AWS_")


def look(lines, paths):
    return sorted(name for name in os.environ if any(word in name.upper() for word in WORDS))
""",
        rule="environment-readable",
        severity=Severity.DANGER,
        what="a program sees the environment variables {places}",
        mend=_STRONGER,
    ),
    Search(
        name="processes",
        body="""
def look(lines, paths):
    mine, found = str(os.getpid()), []
    for name in os.listdir("/proc"):
        if name.isdigit() and name != mine:
            if read("/proc/" + name + "/environ", 4096):
                found.append("process " + name)
    return found
""",
        rule="processes-readable",
        severity=Severity.DANGER,
        what="a program can read the environment of {places}",
        mend=_STRONGER,
    ),
    Search(
        name="network",
        body="""
import socket


def look(lines, paths):
    found = []
    for name, family in (("IPv4", 2), ("IPv6", 10), ("unix", 1), ("netlink", 16), ("vsock", 40)):
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
            found.append(name)
        except OSError:
            continue
    return found
""",
        rule="network-reachable",
        severity=Severity.DANGER,
        what="a program can open sockets: {places}",
        mend=_STRONGER,
    ),
    Search(
        name="writable-places",
        body='''
def look(lines, paths):
    """Leave a file wherever that goes, or find and remove the one that an earlier program left."""
    found = []
    places = ["/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/home", "/root", "/usr", "/opt", "/srv", "/mnt"]
    places += [".", os.environ.get("TMPDIR", "."), *map(os.path.dirname, paths)]
    for place in dict.fromkeys(map(os.path.realpath, places)):
        path = os.path.join(place, ".cambrian-check-was-here")
        try:
            if os.path.exists(path):
                found.append(place)
                os.unlink(path)
            else:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError:
            continue
    return found
''',
        rule="files-stay",
        severity=Severity.DANGER,
        what="a program can write files that stay in {places}, where later programs find them",
        mend=_STRONGER,
        times=2,
    ),
    Search(
        name="interpreter-state",
        body="""
import builtins


def look(lines, paths):
    found = ["the interpreter"] if hasattr(builtins, "cambrian_check_was_here") else []
    found += ["the environment"] if "CAMBRIAN_CHECK_WAS_HERE" in os.environ else []
    builtins.cambrian_check_was_here = True
    os.environ["CAMBRIAN_CHECK_WAS_HERE"] = "1"
    return found
""",
        rule="state-stays",
        severity=Severity.DANGER,
        what="a program finds what an earlier one changed in {places}",
        mend="this is a fault of the sandbox; please report it",
        times=2,
    ),
)
"""Everything that is looked for."""
