"""Features of source text: numbers that place a program without running it.

Deterministic and finite. Each is summed over the program's files, except `depth`, which is their maximum.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from archive.program import Program

__all__ = ["FEATURES", "MODULE_SUFFIX", "feature_row", "features", "parse", "text_features"]

MODULE_SUFFIX: Final = ".py"
FEATURES: Final = (
    "lines", "code_lines", "characters", "nodes", "depth", "functions", "classes", "loops", "constants",
    "names", "imports", "calls", "complexity",
)  # fmt: skip
"""Every name that `features` can return; the first three for any language, the others for Python."""
TEXT_FEATURES: Final = FEATURES[:3]

_SLASHES, _HASH, _DASHES, _PERCENT, _SEMICOLON = ("//", "/*", "*/", "* "), ("#",), ("--",), ("%",), (";",)
_BRACED: Final = (
    "c", "c++", "cpp", "cc", "cuda", "c#", "csharp", "java", "javascript", "js", "typescript", "ts", "go",
    "golang", "rust", "swift", "kotlin", "scala", "dart", "zig", "d", "verilog", "systemverilog", "glsl",
    "hlsl", "opencl", "solidity", "groovy", "objective-c",
)  # fmt: skip
_COMMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_BRACED, _SLASHES),
    "php": (*_SLASHES, *_HASH),
    **dict.fromkeys(["haskell", "lua", "sql", "ada", "vhdl", "elm"], _DASHES),
    **dict.fromkeys(["tex", "latex", "matlab", "octave", "erlang", "prolog", "postscript"], _PERCENT),
    **dict.fromkeys(["lisp", "common-lisp", "scheme", "clojure", "racket", "asm", "assembly"], _SEMICOLON),
    "fortran": ("!",),
    "ocaml": ("(*", "*)"),
    "vb": ("'",),
}
"""What a line begins with that is only a comment, by language; ``#`` for every other one."""
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BRANCHES = (ast.If, ast.IfExp, ast.ExceptHandler, ast.Assert, ast.match_case)
_PARTS = (
    ast.stmt, ast.expr, ast.comprehension, ast.ExceptHandler, ast.arguments, ast.arg, ast.keyword, ast.alias,
    ast.withitem, ast.match_case, ast.pattern,
)  # fmt: skip
_NUMBERS = (int, float, complex)


def features(program: Program, trees: Mapping[str, ast.Module] | None = None) -> dict[str, float]:
    """Features by name.

    For any text those of `text_features`. For Python besides: ``nodes`` of the syntax tree, ``depth`` of it,
    ``functions`` (lambdas included), ``classes``, ``loops`` (comprehensions included), ``constants``
    (numbers), ``names`` (different ones), ``imports`` (modules), ``calls``, and ``complexity``: 1 and one
    more for every branch, loop, handler, assertion, condition of a comprehension and further operand of
    ``and`` and ``or``, after McCabe (1976).

    Args:
        program: the program.
        trees: syntax trees by path where they are at hand; a file of Python that has none is parsed, and one
            that does not parse counts as text only.
    """
    found = text_features(program)
    for path in program.sources:
        tree = (trees or {}).get(path) or _try(program, path)
        if tree is not None:
            _add(found, _of_tree(tree))
    return found


def feature_row(program: Program) -> tuple[float, ...]:
    """All features in the order of `FEATURES`, as many for each program of a language.

    Python has them all (0 where a file does not parse), any other language those of `text_features`.
    """
    found = features(program)
    names = FEATURES if program.language == "python" else TEXT_FEATURES
    return tuple(found.get(name, 0.0) for name in names)


def text_features(program: Program) -> dict[str, float]:
    """Features of any text: ``lines``, ``code_lines`` (neither blank nor only a comment), ``characters``.

    A comment is told by the mark with which a line begins in the program's language. So the inner lines of a
    block comment count as code unless they begin with ``* ``, as most people write them.
    """
    found = dict.fromkeys(TEXT_FEATURES, 0.0)
    marks = _COMMENTS.get(program.language, _HASH)
    for text in program.sources.values():
        _add(found, _of_text(text, marks))
    return found


def parse(text: str) -> ast.Module:
    """The syntax tree, by the grammar of the Python that runs this process.

    Raises:
        SyntaxError: it is no Python. Also for text that the parser gives up on: null characters, lone
            surrogates, and nesting beyond its limits.
    """
    try:
        with warnings.catch_warnings():
            # A doubtful escape in a program is a warning of its own, not of the process that reads it.
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (RecursionError, MemoryError):
        raise SyntaxError("nested too deeply to be read") from None
    except ValueError as error:
        raise SyntaxError(str(error)) from None


def _try(program: Program, path: str) -> ast.Module | None:
    if program.language != "python" or not (path.endswith(MODULE_SUFFIX) or len(program.sources) == 1):
        return None
    try:
        return parse(program.sources[path])
    except SyntaxError:
        return None


def _add(total: dict[str, float], part: Mapping[str, float]) -> None:
    for name, value in part.items():
        before = total.get(name, 0.0)
        total[name] = max(before, value) if name == "depth" else before + value


def _of_text(text: str, marks: tuple[str, ...]) -> dict[str, float]:
    stripped = [line.strip() for line in text.splitlines()]
    code = sum(1 for line in stripped if line and not line.startswith(marks))
    return {"lines": float(len(stripped)), "code_lines": float(code), "characters": float(len(text))}


def _of_tree(tree: ast.Module) -> dict[str, float]:
    """Walked level by level, not by recursion: a tree may be as deep as the parser allows."""
    kinds: Counter[type[ast.AST]] = Counter()
    names: set[str] = set()
    constants = imports = conditions = depth = 0
    level: list[ast.AST] = [tree]
    while level:
        depth += 1
        kinds.update(map(type, level))
        for node in level:
            if isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Constant):
                constants += type(node.value) in _NUMBERS
            elif isinstance(node, ast.Import):
                imports += len(node.names)
            elif isinstance(node, ast.BoolOp):
                conditions += len(node.values) - 1
            elif isinstance(node, ast.comprehension):
                conditions += len(node.ifs)
        level = [child for node in level for child in _children(node)]
    return {
        "nodes": float(kinds.total()),
        "depth": float(depth),
        "functions": float(sum(kinds[kind] for kind in _FUNCTIONS)),
        "classes": float(kinds[ast.ClassDef]),
        "loops": float(sum(kinds[kind] for kind in _LOOPS)),
        "constants": float(constants),
        "names": float(len(names)),
        "imports": float(imports + kinds[ast.ImportFrom]),
        "calls": float(kinds[ast.Call]),
        "complexity": float(1 + conditions + sum(kinds[kind] for kind in (*_LOOPS, *_BRANCHES))),
    }


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Child nodes but operators and contexts, which only say more of their parent."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            yield from (part for part in value if isinstance(part, _PARTS))
        elif isinstance(value, _PARTS):
            yield value
