"""What can be told of a Python text without running it."""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from functools import lru_cache

__all__ = ["broken", "fault", "is_python", "names", "needed", "roots", "runs", "speaks", "tree"]

_SPEAKING = re.compile(r"(?:print|write|dump|save|exit|to_(?:csv|json))")
_LINE = re.compile(r"\(line (\d+)\)$")
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


@lru_cache(maxsize=64)
def tree(text: str) -> ast.Module | str:
    """The parsed text, or why it is no Python."""
    try:
        with warnings.catch_warnings():
            # What Python warns of in a candidate is no matter of ours.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        return f"{error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__


def broken(text: str) -> str:
    """Why a text is no Python; empty when it is."""
    parsed = tree(text)
    return parsed if isinstance(parsed, str) else ""


def fault(text: str) -> int | None:
    """The line of a text, from 1, where it stops being Python; None when it is Python."""
    parsed = tree(text)
    if not isinstance(parsed, str):
        return None
    told = _LINE.search(parsed)
    return int(told[1]) if told else 1


@lru_cache(maxsize=64)
def names(text: str, *, imports: bool = False) -> frozenset[str]:
    """Names a Python text defines at its top level, imports too on demand; empty where it is no Python."""
    parsed = tree(text)
    if isinstance(parsed, str):
        return frozenset()
    found: set[str] = set()
    for node in parsed.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            if imports:
                found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            found |= {
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return frozenset(found)


@lru_cache(maxsize=64)
def needed(text: str) -> frozenset[str]:
    """Names a Python text uses and binds nowhere; it errs by missing some that are bound in another scope."""
    parsed = tree(text)
    if isinstance(parsed, str):
        return frozenset()
    used: set[str] = set()
    bound: set[str] = set(_BUILTINS)
    for node in ast.walk(parsed):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                bound |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                bound.add(name)
            case _:
                continue
    return frozenset(used - bound)


@lru_cache(maxsize=64)
def roots(text: str) -> frozenset[str]:
    """Functions and classes at the top level of a Python text that nothing in it uses."""
    parsed = tree(text)
    if isinstance(parsed, str):
        return frozenset()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    used = {n.id for n in ast.walk(parsed) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return frozenset(node.name for node in parsed.body if isinstance(node, kinds)) - used


def runs(text: str) -> bool:
    """Whether a Python text does something at its top level beside defining names."""
    parsed = tree(text)
    return not isinstance(parsed, str) and any(
        (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant))
        or isinstance(node, ast.If | ast.For | ast.While | ast.With | ast.Try)
        for node in parsed.body
    )


def speaks(text: str) -> bool:
    """Whether a Python text calls what puts a result out: `print`, a `write` or a `dump`."""
    parsed = tree(text)
    if isinstance(parsed, str):
        return False
    called = (node.func for node in ast.walk(parsed) if isinstance(node, ast.Call))
    said = (func.id if isinstance(func, ast.Name) else getattr(func, "attr", "") for func in called)
    return any(_SPEAKING.match(name) for name in said)


def is_python(path: str, language: str) -> bool:
    """Whether a file of a program in a language is Python."""
    return language == "python" and (path.endswith(".py") or "." not in path)
