"""Values from the command line, put into a document before it is checked."""

from __future__ import annotations

from problems.document import Mark, Node, Path, Report, clipped, nearest, split_dotted

__all__ = ["OVERRIDE", "put"]

OVERRIDE = "--set"
"""What stands for the file in a message about such a value."""


def put(report: Report, key: str, value: Node) -> None:
    """Set the value at a dotted key; mappings and lists on the way that are missing are made.

    An item of a list is named by its index in brackets (one past the end appends), or by its id or name:
    ``evaluation.stages[1].seconds`` or ``evaluation.stages.run.seconds``.
    """
    path = split_dotted(key)
    if path is None:
        _refuse(report, (key,), expected="a dotted key such as search.islands", found=clipped(key))
        return
    node = report.root
    for depth, step in enumerate(path[:-1]):
        inner = _inner(node, step)
        if inner is None:
            inner = Node(Mark(OVERRIDE), [] if isinstance(path[depth + 1], int) else {})
            if not _set(report, node, step, inner, path[: depth + 1]):
                return
        node = inner
    _set(report, node, path[-1], value, path)


def _inner(node: Node, step: str | int) -> Node | None:
    if isinstance(node.value, list) and isinstance(step, str):
        position = _position(node.value, step)
        return None if position is None else node.value[position]
    return node.child(step)


def _set(report: Report, node: Node, step: str | int, value: Node, path: Path) -> bool:
    if isinstance(node.value, dict) and isinstance(step, str):
        node.value[step] = value
        node.keys[step] = Mark(OVERRIDE)
        return True
    if isinstance(node.value, list):
        place = step if isinstance(step, int) else _position(node.value, step)
        if place is not None and 0 <= place <= len(node.value):
            node.value[place : place + 1] = [value]
            return True
        names = [name for item in node.value if (name := item.text("id") or item.text("name"))]
        expected = f"an index up to [{len(node.value)}]" + (f" or one of {', '.join(names)}" if names else "")
        _refuse(report, path, expected=expected, found=clipped(step), near=nearest(step, names))
        return False
    _refuse(
        report, path, expected="a key inside a mapping or list", found=f"{clipped(node.plain())} around it"
    )
    return False


def _position(items: list[Node], name: str) -> int | None:
    for position, item in enumerate(items):
        if name in {item.text("id"), item.text("name")}:
            return position
    return None


def _refuse(report: Report, path: Path, *, expected: str, found: str, near: str | None = None) -> None:
    report.add(path, expected=expected, found=found, near=near, mark=Mark(OVERRIDE))
