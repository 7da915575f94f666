"""The door to YAML: from a folder to a `Problem`, or to every mistake in it with its place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from io import StringIO
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode

from problems.assembly import assemble, read_dockerfile
from problems.document import Mark, Node, Report, clipped, split_dotted
from problems.document import Path as Key
from problems.errors import Issue, ProblemError
from problems.overrides import OVERRIDE, put
from problems.problem import Problem
from problems.semantics import check_meaning
from problems.shape import check_shape
from problems.sources import check_blocks, read_initial, read_trusted

__all__ = ["FILE", "load"]

FILE = "problem.yaml"
"""What the definition is called in a problem's folder."""
MAX_CHARACTERS = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 50
MAX_DIGITS = 100
_NOTHING: Mapping[str, str] = MappingProxyType({})


def load(path: Path | str, *, overrides: Mapping[str, str] = _NOTHING) -> Problem:
    """The problem that a folder or its YAML file defines.

    Args:
        path: a folder with a ``problem.yaml``, or a YAML file.
        overrides: dotted key (``search.islands``, ``evaluation.stages[1].seconds``, or with the id of the
            stage ``evaluation.stages.run.seconds``) to a value in YAML; put into the document before it is
            checked. Their mistakes name ``--set`` as the file.

    Raises:
        ProblemError: something is wrong; it holds every issue that could be found, in file order.
    """
    file = Path(path)
    if file.is_dir():
        file = file / FILE
    report = _read(file)
    root = report.root
    for key, text in overrides.items():
        value = _parse(text, OVERRIDE, under=split_dotted(key) or (key,))
        report.issues.extend(value.issues)
        report.spoilt |= value.spoilt
        if isinstance(root.value, dict):
            put(report, key, value.root)
    if not isinstance(root.value, dict):
        if not report.issues:
            report.add((), expected="a mapping with the keys of a problem", found=clipped(root.plain()))
        raise ProblemError(_in_order(report.issues, str(file)))

    folder = file.parent
    initial = read_initial(report, folder)
    trusted = read_trusted(report, folder, initial)
    dockerfile = read_dockerfile(report, folder)
    model = check_shape(report)
    check_blocks(report, initial, folder)
    check_meaning(report, initial=initial, trusted=trusted, folder=folder)
    if report.issues or model is None:
        raise ProblemError(_in_order(report.issues, str(file)))
    return assemble(model, folder=folder, initial=initial, trusted=trusted, dockerfile=dockerfile)


def _in_order(issues: list[Issue], main: str) -> tuple[Issue, ...]:
    """The definition's own issues by place, then those in files that it names, then the command line's."""

    def place(issue: Issue) -> tuple[bool, bool, str, int, int]:
        return issue.file == OVERRIDE, issue.file != main, issue.file, issue.line or 0, issue.column or 0

    return tuple(sorted(dict.fromkeys(issues), key=place))


def _read(file: Path) -> Report:
    name = str(file)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _failed(Mark(name), expected="UTF-8 text", found=f"another encoding at byte {error.start}")
    except OSError as error:
        found = (error.strerror or "an error").lower()
        return _failed(Mark(name), expected=f"a folder with a {FILE}, or a YAML file", found=found)
    return _parse(text, name)


def _parse(text: str, file: str, *, under: Key = ()) -> Report:
    """A YAML document with its places in `file` and the issues of its syntax.

    Args:
        text: the YAML.
        file: shown in messages; `OVERRIDE` has no lines.
        under: path of the value in the definition, shown in messages.
    """
    start = Mark(file) if file == OVERRIDE else Mark(file, 1, 1)
    if len(text) > MAX_CHARACTERS:
        return _failed(start, under, expected=f"at most {MAX_CHARACTERS} characters", found=str(len(text)))
    try:
        composed = _compose(text)
    except MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        words = error.problem or error.context or "an error"
        if "'\\t'" in words:
            words = "a tab, which YAML does not take for indentation"
        return _failed(_mark(file, place) if place else start, under, expected="YAML", found=words)
    except YAMLError as error:
        position = getattr(error, "position", 0)  # of a character that no YAML may have
        before = text[:position]
        mark = Mark(file, before.count("\n") + 1, position - before.rfind("\n"))
        shown = clipped(text[position : position + 1])
        return _failed(
            start if file == OVERRIDE else mark, under, expected="YAML", found=f"the character {shown}"
        )
    except (RecursionError, ValueError):
        return _failed(
            start, under, expected="YAML", found="nesting that is too deep, or a value out of range"
        )
    report = Report(Node(start, None))
    if composed is not None:
        report.root = _Builder(report, file).node(composed, under)
    return report


@lru_cache(maxsize=16)  # a dashboard loads the same problem at every look, and this is the slow part of it
def _compose(text: str) -> YamlNode | None:
    composed: YamlNode | None = YAML(typ="safe", pure=True).compose(StringIO(text))
    return composed


def _failed(mark: Mark, key: Key = (), *, expected: str, found: str) -> Report:
    report = Report(Node(mark, None), spoilt={key})
    report.add(key, expected=expected, found=found, mark=mark)
    return report


def _mark(file: str, place: StreamMark) -> Mark:
    return Mark(file) if file == OVERRIDE else Mark(file, place.line + 1, place.column + 1)


class _Builder:
    """Turns composed YAML into nodes; notes duplicate keys, keys that are no text, and runaway aliases."""

    def __init__(self, report: Report, file: str) -> None:
        self._report = report
        self._file = file
        self._count = 0
        self._stopped = False

    def node(self, composed: YamlNode, path: Key) -> Node:
        mark = _mark(self._file, composed.start_mark)
        self._count += 1
        if self._stopped or self._count > MAX_NODES or len(path) > MAX_DEPTH:
            if not self._stopped:
                limit = f"at most {MAX_NODES} values, at most {MAX_DEPTH} deep, aliases unfolded"
                self._report.add(path, expected=limit, found="more", mark=mark)
            self._stopped = True
            self._report.spoilt.add(path)
            return Node(mark, None)
        if isinstance(composed, MappingNode):
            return self._mapping(composed, path, mark)
        if isinstance(composed, SequenceNode):
            return Node(mark, [self.node(item, (*path, i)) for i, item in enumerate(composed.value)])
        return Node(mark, self._scalar(composed, path, mark))

    def _mapping(self, composed: MappingNode, path: Key, mark: Mark) -> Node:
        values: dict[str, Node] = {}
        node = Node(mark, values)
        for key, inner in composed.value:
            place = _mark(self._file, key.start_mark)
            if not isinstance(key, ScalarNode):
                self._report.add(path, expected="text as a key", found="a list or mapping", mark=place)
                continue
            name = str(key.value)
            if name in values:
                found = f"a second {clipped(name)} (the first stands in line {node.keys[name].line})"
                self._report.add((*path, name), expected="each key once", found=found, mark=place)
                continue
            node.keys[name] = place
            values[name] = self.node(inner, (*path, name))
        return node

    def _scalar(self, composed: YamlNode, path: Key, mark: Mark) -> bool | int | float | str | None:
        tag, text = str(composed.tag), str(composed.value)
        kind = tag.rpartition(":")[2]
        if kind in {"int", "float"}:
            try:
                return _number(text, whole=kind == "int")
            except (ValueError, OverflowError):
                self._report.add(path, expected="a finite number", found=clipped(text), mark=mark)
                self._report.spoilt.add(path)
                return None
        if kind in {"null", "bool"}:
            return None if kind == "null" else text.lower() == "true"
        # YAML 1.2 has no dates and no merge keys: such a text is just text.
        if kind not in {"str", "timestamp", "merge", "value"}:
            self._report.add(path, expected="a value without a tag", found=clipped(tag), mark=mark)
        return text


def _number(text: str, *, whole: bool) -> int | float:
    """The value of a YAML 1.2 number.

    Raises:
        ValueError: it has over 100 digits or is not finite.
    """
    if len(text) > MAX_DIGITS:
        raise ValueError(f"more than {MAX_DIGITS} digits")
    if not whole:
        value = float(text.replace("_", ""))
        if not math.isfinite(value):
            raise ValueError("not finite")
        return value
    digits = text.lstrip("+-").replace("_", "").lower()
    base = {"0x": 16, "0o": 8, "0b": 2}.get(digits[:2], 10)
    magnitude = int(digits if base == 10 else digits[2:], base)
    return -magnitude if text.startswith("-") else magnitude
