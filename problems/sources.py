"""Reading the files that a problem names, and what their text shows without being run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from problems.document import Mark, Node, Report, clipped, nearest
from problems.document import Path as Key

__all__ = [
    "certain_metrics",
    "check_blocks",
    "defined_names",
    "imports",
    "parse",
    "read_initial",
    "read_text",
    "read_trusted",
]

MAX_BYTES = 1_000_000
"""Of one file."""
MAX_FILES = 1000
_MARKER = re.compile(r"^(?:[^\w\n]*|[ \t]*(?:REM|dnl|C)[ \t]+)EVOLVE-BLOCK-(START|END)\b")
"""A marker stands behind nothing but what opens a comment, in any language; prose that names it is none."""


def read_initial(report: Report, folder: Path) -> dict[str, str]:
    """Text of the initial program by path, in the order of ``program.files``; a folder's files sorted."""
    texts: dict[str, str] = {}
    for index, node in enumerate(report.root.items("program", "files")):
        key: Key = ("program", "files", index)
        if not isinstance(node.value, str):
            continue
        for name in _expand(report, key, folder, node.value):
            if (folder / name).exists() and (folder / name).samefile(report.root.mark.file):
                # It holds the best value known, which no program and no model may see.
                found = f"{clipped(node.value)}, which holds the definition itself"
                report.add(key, expected="files and folders of the program alone", found=found)
            elif name in texts and name == str(PurePosixPath(node.value)):
                report.add(key, expected="each file once", found=f"{name!r} again")
            elif name not in texts and (text := read_text(report, key, folder, name)) is not None:
                texts[name] = text
    return texts


def read_trusted(report: Report, folder: Path, initial: Mapping[str, str]) -> dict[str, str]:
    """Text of every file that scores, and of the Python files beside it that it imports, by path."""
    texts: dict[str, str] = {}
    for index, stage in enumerate(report.root.items("evaluation", "stages")):
        key: Key = ("evaluation", "stages", index, "file")
        name = report.root.text(*key)
        called = _called(stage)
        if called is None or name is None:
            continue
        if name in initial:
            report.add(key, expected="a file that is not part of the program", found=clipped(name))
            continue
        text = read_text(report, key, folder, name)
        if text is None:
            continue
        texts[name] = text
        tree = parse(report, key, text, str(folder / name))
        if tree is None:
            continue
        names = defined_names(tree)
        function, arguments = called
        if function not in names:
            report.add(
                key,
                expected=f"a file that defines {function}({arguments}): {folder / name}",
                found="no such function",
                near=nearest(function, names),
            )
        texts.update(_imported(folder, name, tree))
    return texts


def _called(stage: Node) -> tuple[str, str] | None:
    """Function that a stage calls in its trusted file, and its arguments in words; None for other kinds."""
    uses = stage.text("uses")
    if uses == "sandbox.score":
        return "score", "output, context"
    if uses == "sandbox.trusted_together":
        return stage.text("function") or "evaluate", "path"
    return None


def read_text(report: Report, key: Key, folder: Path, name: str) -> str | None:
    """The text of a file in the folder, or None after noting why there is none."""
    if not _is_inside(folder, name):
        report.add(key, expected="a path inside the problem's folder", found=clipped(name))
        return None
    path = folder / name
    if not path.is_file():
        beside = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        report.add(key, expected=f"a file at {path}", found="none", near=nearest(path.name, beside))
        return None
    if path.stat().st_size > MAX_BYTES:
        report.add(key, expected=f"at most {MAX_BYTES} bytes in {path}", found=f"{path.stat().st_size}")
        return None
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        report.add(key, expected=f"UTF-8 text in {path}", found=f"another encoding at byte {error.start}")
        return None
    except OSError as error:
        report.add(key, expected=f"a file that can be read: {path}", found=error.strerror or "an error")
        return None


def parse(report: Report, key: Key, text: str, file: str) -> ast.Module | None:
    """The syntax tree of Python text, or None after noting its error at its own place."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        mark = Mark(file, error.lineno, error.offset)
        report.add(key, expected="Python", found=f"a syntax error: {error.msg}", mark=mark)
    except (ValueError, RecursionError) as error:
        report.add(key, expected="Python", found=clipped(str(error)), mark=Mark(file))
    return None


def defined_names(tree: ast.Module) -> dict[str, ast.stmt]:
    """What a module defines at its top level, also inside ``if`` and ``try``: name to the last definition."""
    names: dict[str, ast.stmt] = {}
    for statement in _top_level(tree.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[statement.name] = statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                names[(alias.asname or alias.name).split(".")[0]] = statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                names |= {node.id: statement for node in ast.walk(target) if isinstance(node, ast.Name)}
    return names


def imports(tree: ast.Module) -> Iterator[str]:
    """Top-level names of the modules that a file imports, relative imports left out; as often as it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


def certain_metrics(text: str) -> frozenset[str] | None:
    """The metrics that a scorer can return, None unless its text leaves no doubt.

    There is no doubt where ``score`` is one plain function and each of its returns is a dict display with
    literal keys. It never errs towards refusing; where it gives None, only running the scorer can tell.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    bindings = [node for node in ast.walk(tree) if _binds_score(node)]
    function = bindings[0] if len(bindings) == 1 and bindings[0] in tree.body else None
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return None
    metrics: set[str] = set()
    for node in _own_statements(function):
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return None
        if isinstance(node, ast.Return):
            keys = node.value.keys if isinstance(node.value, ast.Dict) else [None]
            names = [
                key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
            if len(names) < len(keys):
                return None
            metrics.update(names)
    return frozenset(metrics - {"valid", "reason", "artifacts"}) or None


def check_blocks(report: Report, initial: Mapping[str, str], folder: Path) -> None:
    """Note every EVOLVE-BLOCK marker that has no partner, at its place in its own file."""
    for name, text in initial.items():
        opened: Mark | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            match = _MARKER.match(line)
            if match is None:
                continue
            mark = Mark(str(folder / name), number, line.index("EVOLVE-BLOCK") + 1)
            if match[1] == "START" and opened:
                _note_block(
                    report, mark, "EVOLVE-BLOCK-END before the next start", "a second EVOLVE-BLOCK-START"
                )
            elif match[1] == "END" and not opened:
                _note_block(report, mark, "EVOLVE-BLOCK-START before it", "EVOLVE-BLOCK-END")
            opened = mark if match[1] == "START" else None
        if opened:
            _note_block(report, opened, "EVOLVE-BLOCK-END after it", "the end of the file")


def _is_inside(folder: Path, name: str) -> bool:
    pure = PurePosixPath(name)
    try:
        resolved = (folder / name).resolve()
    except ValueError:  # half a character, or NUL: no file can have such a name
        return False
    return not pure.is_absolute() and ".." not in pure.parts and resolved.is_relative_to(folder.resolve())


def _note_block(report: Report, mark: Mark, expected: str, found: str) -> None:
    report.add(("program", "files"), expected=expected, found=found, mark=mark)


def _expand(report: Report, key: Key, folder: Path, name: str) -> list[str]:
    """A file's own normal name, or those of all files in a folder but hidden ones and byte code."""
    path = folder / name
    if not (_is_inside(folder, name) and path.is_dir()):
        return [str(PurePosixPath(name))]
    found = []
    for item in sorted(path.rglob("*")):
        relative = item.relative_to(folder)
        if item.is_file() and not any(
            part.startswith(".") or part == "__pycache__" for part in relative.parts
        ):
            found.append(relative.as_posix())
    if not 0 < len(found) <= MAX_FILES:
        report.add(key, expected=f"1 to {MAX_FILES} files in {path}", found=str(len(found)))
        return []
    return found


def _imported(folder: Path, name: str, tree: ast.Module) -> dict[str, str]:
    """Python files beside a score file that it imports, directly or through one another."""
    beside = (folder / name).parent
    texts: dict[str, str] = {}
    trees = [tree]
    while trees:
        for module in imports(trees.pop()):
            path = beside / f"{module}.py"
            relative = path.relative_to(folder).as_posix()
            if relative in texts or relative == name or not path.is_file() or path.stat().st_size > MAX_BYTES:
                continue
            try:
                texts[relative] = path.read_bytes().decode("utf-8")
                trees.append(ast.parse(texts[relative]))
            except (SyntaxError, ValueError):
                continue  # its import fails in the sandbox, where the message says more
    return texts


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.If):
            yield from _top_level(statement.body + statement.orelse)
        elif isinstance(statement, ast.Try):
            yield from _top_level(statement.body + statement.orelse + statement.finalbody)
            for handler in statement.handlers:
                yield from _top_level(handler.body)


def _binds_score(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == "score"
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((alias.asname or alias.name) in {"score", "*"} for alias in node.names)
    return isinstance(node, ast.Name) and node.id == "score" and isinstance(node.ctx, ast.Store)


def _own_statements(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """What belongs to a function itself, not to functions and classes inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
