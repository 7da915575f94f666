"""Full rewrites: which of the fenced blocks of an answer is the program, and what of it may be used."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache

from mutators.answers import Fenced, fenced_blocks, without_reasoning
from mutators.blocks import change_outside, is_closed, is_marked, marker_free, outside, regions, with_regions
from mutators.edits import Edited, EditError

__all__ = ["apply_rewrite"]

_NAMED = re.compile(
    r"^[\s#*/;%>`-]*(?:(?:file|path|filename)[*`]*\s*:)[*`\s]*([^\s`*]+?)[`*\s:]*(?:-->|\*/)?\s*$",
    re.IGNORECASE,
)
_LONGEST_GUESS = 100_000
_NOT_CODE = frozenset(
    {"json", "bash", "sh", "shell", "console", "diff", "text", "output", "yaml", "markdown"}
)


def apply_rewrite(
    sources: Mapping[str, str],
    answer: str,
    *,
    language: str,
    entrypoint: str | None = None,
    cut: bool = False,
) -> Edited:
    """The program that an answer holds in full.

    Files the answer does not name stay as they are. What it changes outside of the EVOLVE-BLOCK regions is
    restored, when its regions can be told.

    Args:
        sources: path to text of the program it was made from, at least one file.
        answer: what the model wrote.
        language: of the program.
        entrypoint: function that the program must define.
        cut: whether the answer was cut off, so that an open fence holds no whole program.

    Raises:
        EditError: no block is the program, or its regions cannot be told.
    """
    text = without_reasoning(answer)
    blocks = [block for block in fenced_blocks(text) if block.closed or not cut]
    named = _named_files(blocks, sources)
    if not named:
        main = _main(sources)
        named = {
            main: _chosen(text, blocks, sources[main], language=language, entrypoint=entrypoint, cut=cut)
        }
    notes: list[str] = []
    after = dict(sources)
    marked = any(is_marked(before) for before in sources.values())
    for path, new in named.items():
        if _is_python(path, language) and (problem := _broken(new)):
            raise EditError(f"The new text of {path} is no Python: {problem}.")
        after[path] = _restored(sources[path], new, path, marked=marked, notes=notes)
    if problem := change_outside(sources, after):
        raise EditError(f"The answer cannot be used: {problem}.")
    return Edited(sources=after, note="; ".join(notes))


def _main(sources: Mapping[str, str]) -> str:
    """The file that an answer without names is about: the first with a region, else the first."""
    return next((path for path, text in sources.items() if is_marked(text)), next(iter(sources)))


def _named_files(blocks: Sequence[Fenced], sources: Mapping[str, str]) -> dict[str, str]:
    """Files of the program that stand in blocks with their path above the fence, or as the first line.

    Raises:
        EditError: a file is named that the program does not have, or one is named twice.
    """
    found: dict[str, str] = {}
    for block in blocks:
        first, _, rest = block.text.partition("\n")
        inside, above = _name(first, sources), _name(block.before, sources)
        path = inside or above
        if path is None:
            continue
        if path not in sources:
            raise EditError(f"The program has no file {path!r}; its files are: {', '.join(sources)}.")
        if path in found:
            raise EditError(f"The answer holds the file {path} twice.")
        # A path that the file itself begins with belongs to it.
        found[path] = rest if inside and not sources[path].startswith(first) else block.text
    return found


def _name(line: str, sources: Mapping[str, str]) -> str | None:
    bare = line.strip().strip("#*`: \t")
    if bare in sources:
        return bare
    match = _NAMED.match(line)
    return match[1].removeprefix("./") if match else None


def _chosen(
    text: str, blocks: Sequence[Fenced], before: str, *, language: str, entrypoint: str | None, cut: bool
) -> str:
    """The one text of the answer that is the program.

    Raises:
        EditError: none is.
    """
    python = language == "python"
    texts = [(_whole(block) if python else block.text, block) for block in blocks if block.text.strip()]
    if not texts:
        if not cut and _is_bare(text, before, python=python):
            return text.strip("\n") + "\n"
        raise EditError("The answer holds no fenced block with the program.")
    sound = [(body, block) for body, block in texts if not python or not _broken(body)]
    if not sound:
        body = max((body for body, _ in texts), key=len)
        raise EditError(f"The answer's program is no Python: {_broken(body)}.")
    if python and entrypoint is not None and entrypoint in _names(before):
        sound = [(body, block) for body, block in sound if entrypoint in _names(body)]
        if not sound:
            raise EditError(f"No block of the answer defines {entrypoint}.")
    kin = _names(before) if python else _lines(before)
    # An open fence may be one that was cut off in silence; then what stands last in the program is missing.
    sound = [(body, block) for body, block in sound if block.closed or (python and kin <= _names(body))]
    if not sound:
        raise EditError("The block with the program is not closed.")

    def likeness(item: tuple[str, Fenced]) -> tuple[int, int, int, int]:
        body, block = item
        own = _names(body) if python else _lines(body)
        tag = 1 if block.tag in (language, language[:2]) else -1 if block.tag in _NOT_CODE else 0
        return len(kin & own), int(is_marked(body)), tag, len(body)

    return max(sound, key=likeness)[0]


def _whole(block: Fenced) -> str:
    """The block, closed by a later fence where it is Python only so: a docstring may hold fences."""
    longer = (text for text in block.longer if len(text) <= _LONGEST_GUESS)
    return next((text for text in (block.text, *longer) if not _broken(text)), block.text)


def _is_bare(text: str, before: str, *, python: bool) -> bool:
    """Whether an answer without fences is nothing but the program."""
    if python:
        return not _broken(text) and bool(_names(text) & _names(before))
    kin = _lines(before)
    return bool(kin) and 2 * len(kin & _lines(text)) >= len(kin)


def _restored(before: str, new: str, path: str, *, marked: bool, notes: list[str]) -> str:
    """The new text with everything outside of the regions as it was.

    Raises:
        EditError: the regions cannot be told.
    """
    if "\r\n" in before and "\r\n" not in new:
        new = new.replace("\n", "\r\n")
    if not marked or new == before or (is_marked(before) and outside(new) == outside(before)):
        return new
    if not is_marked(before):
        notes.append(f"{path} may not change and was restored")
        return before
    if is_marked(new) and len(regions(new)) == len(regions(before)) and is_closed(new) == is_closed(before):
        contents = [region.of(new) for region in regions(new)]
    elif not is_marked(new) and len(regions(before)) == 1:
        contents = [_inner(before, new)]
    else:
        raise EditError(f"The EVOLVE-BLOCK markers of {path} must stay as they are, each on its line.")
    notes.append(f"what {path} changed outside of its EVOLVE-BLOCK regions was restored")
    return with_regions(before, contents)


def _inner(before: str, new: str) -> str:
    """The content of the only region in a rewrite that lost the markers.

    Raises:
        EditError: the rewrite holds neither the same text around the region nor the region alone.
    """
    head, tail = (marker_free(piece) for piece in outside(before))
    if new.startswith(head) and new.endswith(tail) and len(new) >= len(head) + len(tail):
        return new[len(head) : len(new) - len(tail)]
    fixed = _names(head) | _names(tail)
    region = _names(regions(before)[0].of(before))
    if not (head + tail).strip() or (region and region <= _names(new) and not fixed & _names(new)):
        return new
    raise EditError("The EVOLVE-BLOCK markers must stay in the program, each on its line.")


def _is_python(path: str, language: str) -> bool:
    return language == "python" and (path.endswith(".py") or "." not in path)


def _broken(text: str) -> str:
    """Why a text is no Python; empty when it is."""
    tree = _tree(text)
    return tree if isinstance(tree, str) else ""


@lru_cache(maxsize=32)
def _tree(text: str) -> ast.Module | str:
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


def _names(text: str) -> frozenset[str]:
    """Names a Python text defines at its top level; empty where it is no Python."""
    tree = _tree(text)
    if isinstance(tree, str):
        return frozenset()
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            continue
        else:
            found |= {
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
    return frozenset(found)


def _lines(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.split("\n") if line.strip())
