"""`static.python`: what can be said of a program before it runs."""

from __future__ import annotations

import ast
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from archive.evaluation import StageResult, StageState, Verdict
from evaluators.failure import one_line
from evaluators.features import MODULE_SUFFIX, features, parse
from evaluators.stage import Product, StageInput
from evaluators.stages.options import number, texts
from problems.problem import StageSpec

__all__ = ["StaticPython"]

_MAX_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticPython:
    """Refuses programs that are too long, do not parse or use forbidden names; measures the others.

    Options:
        max_bytes: most bytes of all the source together, as UTF-8 (100,000).
        forbid: names that must not stand in the program. A plain name (``eval``) matches a variable, an
            attribute, and a module that is imported, with its submodules; a dotted one (``os.system``) an
            attribute written just so and an import. This keeps models from habits the problem does not want.
            It is no wall: a program that means to can reach any name at run time, and the sandbox is there
            for that.

    Metrics are those of `evaluators.features`.
    """

    spec: StageSpec
    version: ClassVar[int] = 1

    def material(self, work: StageInput) -> bytes | None:
        """The grammar is that of the Python at work here, and so is the tree whose nodes are counted."""
        return f"{platform.python_version()} {work.program.id}".encode()

    async def run(self, work: StageInput) -> Product:
        limit = int(number(self.spec, "max_bytes", _MAX_BYTES))
        program = work.program
        try:
            size = sum(len(text.encode()) for text in program.sources.values())
        except UnicodeEncodeError:
            return self._refuse("the source has a lone surrogate and cannot be stored as UTF-8")
        if size > limit:
            return self._refuse(f"the source has {size:,} bytes, at most {limit:,} are allowed")
        trees: dict[str, ast.Module] = {}
        for path, text in program.sources.items():
            if path.endswith(MODULE_SUFFIX) or len(program.sources) == 1:
                try:
                    trees[path] = parse(text)
                except SyntaxError as error:
                    where = f"{path}, line {error.lineno}" if error.lineno else path
                    return self._refuse(f"{where}: {error.msg}")
        names = frozenset(texts(self.spec, "forbid"))
        for path, tree in trees.items():
            for name, line in _uses(tree):
                if name in names:
                    return self._refuse(f"{path}, line {line}: {name} must not be used")
        return Product(
            result=StageResult(stage=self.spec.id, state=StageState.PASSED, metrics=features(program, trees))
        )

    def _refuse(self, why: str) -> Product:
        return Product(
            result=StageResult(
                stage=self.spec.id, state=StageState.FAILED, verdict=Verdict.REFUSED, note=one_line(why)
            )
        )


def _uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names in use, with the line; an import of ``a.b`` counts as ``a`` and as ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
            yield _dotted(node), node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from ((name, node.lineno) for name in _prefixes(alias.name))
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield from ((name, node.lineno) for name in _prefixes(module))
            for alias in node.names:
                yield alias.name, node.lineno
                yield f"{module}.{alias.name}", node.lineno


def _dotted(node: ast.Attribute) -> str:
    """``a.b.c`` as it is written; empty when it does not start at a name."""
    parts = [node.attr]
    inner: ast.expr = node.value
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    return ".".join([inner.id, *reversed(parts)]) if isinstance(inner, ast.Name) else ""


def _prefixes(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))
