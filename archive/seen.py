"""What of its own text a program might look at while it runs, told by the words in it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Words"]

_TEXT_MODULES: Final = frozenset({
    "ast", "bdb", "builtins", "cloudpickle", "code", "codeop", "ctypes", "dill", "dis", "docopt", "doctest",
    "faulthandler", "fileinput", "fire", "importlib", "inspect", "linecache", "marshal", "pdb", "pkgutil",
    "ply", "pydoc", "runpy", "sly", "subprocess", "symtable", "tokenize", "trace", "traceback", "tracemalloc",
    "zipimport",
})  # fmt: skip
"""Modules that read source, line numbers or frames, or start programs that could."""

_TEXT_NAMES: Final = frozenset({"breakpoint", "compile", "eval", "exec", "help"})
"""Variables that run or show text; as attributes (of `re`, of a model) they are something else."""

_TEXT_WORDS: Final = frozenset({
    "FileIO", "Popen", "__builtins__", "__cached__", "__code__", "__file__", "__import__", "__loader__",
    "__spec__", "__traceback__", "_current_frames", "_getframe", "ag_code", "ag_frame", "attrgetter",
    "catch_warnings", "cr_code", "cr_frame", "exc_info", "f_back", "f_code", "f_lineno", "get_objects",
    "get_referents", "get_referrers", "getsource", "gi_code", "gi_frame", "import_module", "lineno",
    "methodcaller", "open", "popen", "read_bytes", "read_text", "setprofile", "settrace", "startfile",
    "system", "tb_frame", "tb_lineno", "with_traceback",
})  # fmt: skip
"""Words that lead there wherever they stand: as a variable, an attribute, or a short text for `getattr`."""

_NAME_MODULES: Final = frozenset(
    {"duckdb", "numexpr", "pandas", "pandasql", "patsy", "polars", "statsmodels"}
)
"""Modules that look up variables of whoever calls them."""

_NAME_WORDS: Final = frozenset({
    "__aexit__", "__annotations__", "__cause__", "__context__", "__dict__", "__doc__", "__exit__", "dir",
    "exception", "f_locals", "get_type_hints", "globals", "locals", "return_exceptions", "singledispatch",
    "singledispatchmethod", "vars",
})  # fmt: skip
"""Words with which a program may come to see names of locals, docstrings, annotations or errors."""


@dataclass(slots=True)
class Words:
    """Words of a program.

    Attributes:
        names: variables.
        others: attributes, parameters, keywords, names that are imported, and short text constants.
        modules: parts of the names of modules.
    """

    names: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)

    def show_text(self, tree: ast.Module) -> bool:
        """Whether the program might see its layout, or run text that could.

        Args:
            tree: the program; looked at when it uses ``getattr``.
        """
        return not (
            self.modules.isdisjoint(_TEXT_MODULES)
            and self.names.isdisjoint(_TEXT_NAMES)
            and self.names.isdisjoint(_TEXT_WORDS)
            and self.others.isdisjoint(_TEXT_WORDS)
        ) or (("getattr" in self.names or "getattr" in self.others) and _gets_any(tree))

    @property
    def show_names(self) -> bool:
        """Whether the program might see names of locals, docstrings or annotations."""
        return not (
            self.names.isdisjoint(_NAME_WORDS)
            and self.others.isdisjoint(_NAME_WORDS)
            and self.modules.isdisjoint(_NAME_MODULES)
        )


def _gets_any(tree: ast.Module) -> bool:
    """Whether ``getattr`` is used other than with a name that is written there: it can reach anything."""
    uses = calls = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            uses += node.id == "getattr"
        elif isinstance(node, ast.Attribute):
            uses += node.attr == "getattr"
        elif isinstance(node, ast.Constant):
            uses += node.value == "getattr"
        elif isinstance(node, ast.alias):
            uses += node.name == "getattr"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            name = node.args[1] if len(node.args) > 1 else None
            calls += isinstance(name, ast.Constant) and isinstance(name.value, str)
    return uses != calls
