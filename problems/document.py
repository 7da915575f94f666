"""A parsed document with the place of every key and value, and the list of mistakes found in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from problems.errors import Issue
from problems.problem import Json

__all__ = ["Mark", "Node", "Path", "Report", "clipped", "dotted", "nearest", "one_of", "split_dotted"]

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indices from the root to a value."""

SHOWN = 80
"""Characters of a found value that a message shows."""
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
_SECRET = re.compile(r"^(.*[_-])?(api[_-]?key|key|token|secret|password)([_-]env)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place: file as the user gave it, 1-based line and column (None where there is none)."""

    file: str
    line: int | None = None
    column: int | None = None


@dataclass(slots=True)
class Node:
    """A value and its place.

    Attributes:
        mark: where it begins.
        value: a scalar; a list of nodes; or a mapping of key to node.
        keys: where each key of a mapping stands.
    """

    mark: Mark
    value: bool | int | float | str | list[Node] | dict[str, Node] | None
    keys: dict[str, Mark] = field(default_factory=dict)

    def plain(self) -> Json:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        """The value under a key or at an index, None where there is none."""
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            return self.value[step]
        return None

    def at(self, path: Path) -> Node | None:
        """The value at a path, None where there is none."""
        node: Node | None = self
        for step in path:
            node = node.child(step) if node else None
        return node

    def text(self, *path: str | int) -> str | None:
        """The string at a path, None where there is none or something else."""
        node = self.at(path)
        return node.value if node and isinstance(node.value, str) else None

    def items(self, *path: str | int) -> list[Node]:
        """The list at a path, empty where there is none or something else."""
        node = self.at(path)
        return node.value if node and isinstance(node.value, list) else []

    def place(self, path: Path, *, of_key: bool = False) -> Mark:
        """Where a value (or its key) stands; that of the innermost thing around it where it is missing."""
        mark, node = self.mark, self
        for depth, step in enumerate(path):
            inner = node.child(step)
            if inner is None:
                return mark
            last = depth == len(path) - 1
            # A mapping begins at its first key; people look for it at the key that it stands under.
            wants_key = of_key if last else isinstance(inner.value, dict | list)
            mark = node.keys[step] if wants_key and isinstance(step, str) else inner.mark
            node = inner
        return mark


@dataclass(slots=True)
class Report:
    """The mistakes found so far in one document.

    Attributes:
        root: the document.
        issues: the mistakes.
        spoilt: paths of values that are wrong in themselves, so that nothing more is said of them.
    """

    root: Node
    issues: list[Issue] = field(default_factory=list)
    spoilt: set[Path] = field(default_factory=set)

    def add(
        self,
        path: Path,
        *,
        expected: str,
        found: str,
        near: str | None = None,
        of_key: bool = False,
        mark: Mark | None = None,
    ) -> None:
        """Note a mistake at a path, or at `mark`; without a mark, nothing more at a spoilt path."""
        if mark is None and path in self.spoilt:
            return
        place = mark or self.root.place(path, of_key=of_key)
        self.issues.append(
            Issue(
                file=place.file,
                line=place.line,
                column=place.column,
                key=dotted(path),
                expected=expected,
                found=found,
                nearest=near,
            )
        )


def clipped(value: object, *, key: str | int = "") -> str:
    """How a found value is shown: short, on one line, and never when its key says that it is a secret."""
    if isinstance(key, str) and _SECRET.match(key):
        return "something that is not shown, for it may be a key"
    if isinstance(value, dict):
        return f"a mapping with {', '.join(map(repr, list(value)[:5])) or 'no keys'}"[:SHOWN]
    if isinstance(value, list):
        named = all(isinstance(item, str) for item in value)
        shown = f"[{', '.join(value)}]" if named else f"a list of {len(value)}"
        return shown if len(shown) <= SHOWN else f"a list of {len(value)}"
    words = {"None": "nothing", "True": "true", "False": "false"}
    words = {"None": "nothing", "True": "true", "False": "false"}
    shown = repr(value) if isinstance(value, str) else words.get(str(value), str(value))
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 3] + "..."


def nearest(name: object, valid: Iterable[str]) -> str | None:
    """The valid name closest to a wrong one, None where none is close."""
    close = difflib.get_close_matches(str(name), list(valid), n=1, cutoff=0.6)
    return close[0] if close else None


def one_of(what: str, names: Collection[str]) -> str:
    """An expectation with the names that would meet it."""
    return f"{what} ({', '.join(names)})" if names else what


def dotted(path: Path) -> str:
    """A path as it is shown and as ``--set`` takes it: ``evaluation.stages[1].seconds``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "(document)"


def split_dotted(text: str) -> Path | None:
    """The path that a dotted key names, None where it is no dotted key."""
    steps = [int(index) if index else name for name, index in _STEP.findall(text)]
    return tuple(steps) if steps and dotted(tuple(steps)) == text else None
