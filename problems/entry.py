"""Whether the initial program defines the function that the sandbox calls, and takes what it is given."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from problems.document import Path as Key
from problems.document import Report, clipped, nearest, one_of
from problems.sources import defined_names, parse

__all__ = ["check_entrypoint"]


def check_entrypoint(
    report: Report, calls: list[tuple[int, str]], *, initial: Mapping[str, str], folder: Path
) -> None:
    """Note what is wrong between the entrypoint, the initial program and the inputs.

    Args:
        report: the document and the mistakes so far.
        calls: place in the document and id of every stage that calls the entrypoint.
        initial: files of the initial program that could be read; empty when there is none yet.
        folder: begins the names of its files in messages.
    """
    path: Key = ("program", "entrypoint")
    entrypoint = report.root.text(*path)
    if calls and report.root.at(path) is None:
        wanted = f"the name of the function that the stage {calls[0][1]!r} calls"
        report.add(path, expected=wanted, found="nothing")
    if (report.root.text("program", "language") or "python") != "python":
        return
    names = _definitions(report, initial, folder)
    if entrypoint is None or not names:
        return
    if entrypoint not in names:
        functions = [name for name, node in names.items() if isinstance(node, ast.FunctionDef)]
        wanted = f"a function that the initial program defines ({', '.join(initial)})"
        report.add(path, expected=wanted, found=clipped(entrypoint), near=nearest(entrypoint, functions))
    elif isinstance(function := names[entrypoint], ast.FunctionDef):
        for index, _ in calls:
            _check_inputs(report, ("evaluation", "stages", index, "inputs"), function)


def _definitions(report: Report, initial: Mapping[str, str], folder: Path) -> dict[str, ast.stmt]:
    """What the Python files define at their top level; nothing when one of them cannot be parsed."""
    names: dict[str, ast.stmt] = {}
    whole = True
    for name, text in initial.items():
        if name.endswith(".py"):
            tree = parse(report, ("program", "files"), text, str(folder / name))
            whole = whole and tree is not None
            names |= defined_names(tree) if tree else {}
    return names if whole else {}


def _check_inputs(report: Report, path: Key, function: ast.FunctionDef) -> None:
    node = report.root.at(path)
    if node is not None and not isinstance(node.value, dict):
        return
    given = list(node.value) if node and isinstance(node.value, dict) else []
    takes = function.args
    names = [item.arg for item in takes.args + takes.kwonlyargs]
    unknown = [name for name in given if name not in names and name.isidentifier()]
    if takes.kwarg is None:
        for name in unknown:
            wanted = one_of(f"a parameter of {function.name}", names)
            near = nearest(name, names)
            report.add((*path, name), expected=wanted, found=clipped(name), near=near, of_key=True)
    positional = [item.arg for item in takes.posonlyargs + takes.args]
    required = positional[: len(positional) - len(takes.defaults)]
    keyword_only = zip(takes.kwonlyargs, takes.kw_defaults, strict=True)
    required += [item.arg for item, default in keyword_only if default is None]
    missing = [name for name in required if name not in given]
    # A misspelt name is one mistake, told above.
    if missing and not any(nearest(name, names) in missing for name in unknown):
        report.add(path, expected=f"a value for {', '.join(missing)} of {function.name}", found="none")
