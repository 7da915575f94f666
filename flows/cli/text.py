"""Text for a terminal. What programs and models wrote is never sent there as it is."""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["clip", "command", "count", "number", "out", "out_diff", "plain", "run_command", "spoken", "table"]

_BOLD = "1"
_COLOURS = {"+": "32", "-": "31", "@": "36"}
"""Codes of colours (green, red, cyan) by the character that a line of a diff begins with."""


def plain(text: str, *, lines: bool = False) -> str:
    """The text with control characters made visible, so that none of them reaches the terminal.

    Args:
        text: from a program, a model or a user.
        lines: whether line breaks and tabs stay.
    """
    kept = "\n\t" if lines else ""
    return "".join(c if c.isprintable() or c in kept else f"\\x{ord(c):02x}" for c in text)


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, an ellipsis in place of what was cut off."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def count(number: int, noun: str) -> str:
    """A number of things: 1 program, 2 programs."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def number(value: float | None) -> str:
    """A fitness in a table, a dash where there is none."""
    return "-" if value is None else f"{value:.8g}"


@functools.cache
def command() -> str:
    """What must be typed here for `cambrian`: just that when it is on the PATH, else the script's path."""
    script = Path(sysconfig.get_path("scripts"), "cambrian")
    found = shutil.which("cambrian")
    if found is not None and os.path.realpath(found) == os.path.realpath(script):
        return "cambrian"
    if not script.is_file():
        return f"{shlex.quote(sys.executable)} -m flows.cli"
    here = Path.cwd()
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))


def spoken(text: str) -> str:
    """A message with its commands in backquotes as they are typed here."""
    return text.replace("`cambrian ", f"`{command()} ")


def run_command(run: str, db: str | None = None) -> Callable[[str], str]:
    """Maps a verb to the whole command for a run.

    Args:
        run: its name.
        db: URL that the user gave; one with a password is not repeated.
    """
    shown = "URL" if db is not None and "@" in db else db
    where = "" if shown is None else f" --db {shlex.quote(shown)}"

    def whole(verb: str) -> str:
        name = f"--run {shlex.quote(run)}" if verb == "dashboard" else shlex.quote(run)
        return f"{command()} {verb} {name}{where}"

    return whole


def out(text: str) -> None:
    """Print a program's text: made safe for a terminal, byte for byte into a file or pipe."""
    if sys.stdout.isatty():
        print(plain(text, lines=True))
        return
    raw = text.encode("utf-8", "replace")
    sys.stdout.flush()
    sys.stdout.buffer.write(raw if raw.endswith(b"\n") else raw + b"\n")
    sys.stdout.buffer.flush()


def out_diff(lines: Sequence[str]) -> None:
    """Print lines of a unified diff as `out` does, and in colours where a terminal shows them."""
    if not sys.stdout.isatty():
        out("\n".join(lines))
        return
    for line in lines:
        print(_coloured(plain(line, lines=True)))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Columns of plain text; a column of numbers alone stands to the right."""
    clean = [head, *[tuple(plain(cell) for cell in row) for row in rows]]
    widths = [max(len(row[i]) for row in clean) for i in range(len(head))]
    right = [len(clean) > 1 and all(_is_number(row[i]) for row in clean[1:]) for i in range(len(head))]
    for row in clean:
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def _coloured(line: str) -> str:
    """A line of a diff that is safe for a terminal, with the colour of its kind."""
    heading = line.startswith(("+++ ", "--- "))
    code = _BOLD if heading else _COLOURS.get(line[:1])
    return line if code is None else f"\x1b[{code}m{line}\x1b[0m"


def _is_number(cell: str) -> bool:
    return cell == "-" or cell.replace("-", "").replace("+", "").replace(".", "").replace("e", "").isdigit()
