"""Text for a terminal. What programs and models wrote is never sent there as it is."""

from __future__ import annotations

import sys

__all__ = ["out", "plain", "table"]


def plain(text: str, *, lines: bool = False) -> str:
    """The text with control characters made visible, so that none of them reaches the terminal.

    Args:
        text: from a program, a model or a user.
        lines: whether line breaks and tabs stay.
    """
    kept = "\n\t" if lines else ""
    return "".join(c if c.isprintable() or c in kept else f"\\x{ord(c):02x}" for c in text)


def out(text: str) -> None:
    """Print a program's text: made safe for a terminal, byte for byte into a file or pipe."""
    if sys.stdout.isatty():
        print(plain(text, lines=True))
        return
    raw = text.encode("utf-8", "replace")
    sys.stdout.flush()
    sys.stdout.buffer.write(raw if raw.endswith(b"\n") else raw + b"\n")
    sys.stdout.buffer.flush()


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Columns of plain text."""
    clean = [head, *[tuple(plain(cell) for cell in row) for row in rows]]
    widths = [max(len(row[i]) for row in clean) for i in range(len(head))]
    for row in clean:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
