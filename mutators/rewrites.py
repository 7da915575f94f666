"""Full rewrites: which of the fenced blocks of an answer is the program, and what of it may be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mutators.answers import Fenced, without_reasoning
from mutators.blocks import change_outside, is_closed, is_marked, marker_free, outside, regions, with_regions
from mutators.editing.candidates import Asked, chosen, program_blocks, quotes
from mutators.editing.edit import Edited, EditError
from mutators.editing.fragments import is_fragment
from mutators.editing.paths import known
from mutators.editing.python import broken, is_python, names, needed
from mutators.editing.settling import put, settled
from mutators.editing.tagged import json_programs
from mutators.editing.wholes import partial_why

__all__ = ["apply_rewrite"]

_NAMED = re.compile(
    r"^[\s#*/;%<!>`-]*(?:(?:file|path|filename)[*`]*\s*[:=])[*`\"'\s]*([^\s`*\"']+?)[`*\"'\s:]*(?:-->|\*/)?\s*$",
    re.IGNORECASE,
)
_INFO = re.compile(r"^\S*?[:=]?(?:(?:title|file|path|filename)=)?[\"']?([\w./-]+\.\w+)[\"']?")


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
    notes: list[str] = []
    found = [block for block in program_blocks(text) if block.closed or not cut]
    named = _named_files(found, sources)
    _refuse_nameless(found, named, sources, language)
    for path, body in named.items():
        named[path] = _as_whole(
            sources[path].replace("\r\n", "\n"), body, path, (language, entrypoint), notes=notes
        )
    if not named and not cut:
        named = {path or _main(sources): body for path, body in json_programs(text, tuple(sources)).items()}
    if not named:
        main = _main(sources)
        before = sources[main].replace("\r\n", "\n")
        asked = Asked(before=before, language=language, entrypoint=entrypoint, cut=cut)
        body = chosen(text, found, asked, notes=notes)
        named = {main: body}
    after = dict(sources)
    marked = any(is_marked(before) for before in sources.values())
    for path, body in named.items():
        python = is_python(path, language)
        new = settled(sources[path].replace("\r\n", "\n"), body, python=python, notes=notes)
        if python and (problem := broken(new)):
            raise EditError(f"The new text of {path} is no Python: {problem}.")
        after[path] = _restored(sources[path], new, path, marked=marked, python=python, notes=notes)
        if python and broken(after[path]) and not broken(sources[path]):
            raise EditError(f"The new text of {path} is no Python: {broken(after[path])}.")
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
        inside, above = _name(first, sources), _name(block.info, sources) or _name(block.before, sources)
        path = inside or above
        if path is None:
            continue
        if path in sources and len(blocks) > 1 and _shows(rest if inside else block.text, sources[path]):
            continue
        if path not in sources:
            if len(sources) == 1:
                # A program of one file has no name in what models are shown.
                continue
            raise EditError(f"The program has no file {path!r}; its files are: {', '.join(sources)}.")
        if path in found:
            if found[path].strip() == (rest if inside else block.text).strip():
                continue
            raise EditError(f"The answer holds the file {path} twice.")
        # A path that the file itself begins with belongs to it.
        found[path] = rest if inside and not sources[path].startswith(first) else block.text
    return found


def _refuse_nameless(
    blocks: Sequence[Fenced], named: Mapping[str, str], sources: Mapping[str, str], language: str
) -> None:
    """Refuses an answer that names some of its files, and holds another one without its name.

    Raises:
        EditError: it does.
    """
    texts = set(named.values())
    for path, before in sources.items() if named else ():
        if path in named or not is_python(path, language):
            continue
        for block in blocks:
            ours = names(block.text) & names(before)
            if ours and block.text not in texts and not quotes(block.text, before.replace("\r\n", "\n")):
                raise EditError(f"A block of the answer defines {min(ours)} and names no file; name it.")


def _shows(text: str, before: str) -> bool:
    """Whether a block only shows a part of the file that it is named after."""
    return (
        bool(text.strip()) and text.strip() != before.strip() and quotes(text, before.replace("\r\n", "\n"))
    )


def _as_whole(before: str, body: str, path: str, asked: tuple[str, str | None], *, notes: list[str]) -> str:
    """The whole text of a file that an answer names and gives the whole or a part of.

    Raises:
        EditError: it is a part, and where it belongs is not clear.
    """
    language, entrypoint = asked
    if not is_python(path, language):
        if before.strip() and (why := partial_why(body, before, None)):
            raise EditError(f"The block of the answer is not the whole of {path}: {why}.")
        return body
    if is_marked(body) or not is_fragment(body, before, entrypoint=entrypoint):
        return body
    made = put(before, [body])
    if made is None:
        raise EditError(f"The block of the answer is only a part of {path}; give all of it.")
    notes.append(f"the part of {path} that the answer holds was put into it")
    return made


def _name(line: str, sources: Mapping[str, str]) -> str | None:
    """The file that a line names: one of the program, or another one that it calls a file."""
    bare = line.strip().strip("#*`:/<>!-; \t\"'")
    if bare in sources:
        return bare
    match = _NAMED.match(line) or (_INFO.match(line) if line and " " not in line.strip() else None)
    if match is None:
        return None
    return known(match[1], tuple(sources)) or (match[1].removeprefix("./") if _NAMED.match(line) else None)


def _restored(before: str, new: str, path: str, *, marked: bool, python: bool, notes: list[str]) -> str:
    """The new text with everything outside of the regions as it was.

    Raises:
        EditError: the regions cannot be told.
    """
    if 2 * before.count("\r\n") > before.count("\n") and "\r\n" not in new:
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
    made = with_regions(before, contents)
    if why := _displaced(before, new, made, python=python):
        raise EditError(f"The EVOLVE-BLOCK markers of {path} must stay where they are: {why}.")
    notes.append(f"what {path} changed outside of its EVOLVE-BLOCK regions was restored")
    return made


def _displaced(before: str, new: str, made: str, *, python: bool) -> str:
    """What the rewrite has on the other side of a marker than the program; empty when nothing.

    Args:
        before: the program.
        new: the rewrite.
        made: the program with the regions of the rewrite.
        python: whether they are Python.
    """
    if python and not broken(made):
        lost = (names(before) & names(new)) - names(made)
        if lost:
            return f"{min(lost)} was in a region"
        around = names("".join(outside(before)))
        twice = (around & names("".join(region.of(made) for region in regions(made)))) - names(
            "".join(region.of(before) for region in regions(before))
        )
        if twice:
            return f"{min(twice)} is defined outside of the regions"
        gone = needed(made) & names(new, imports=True)
        if gone:
            return f"{min(gone)}, which the program now needs, was put outside of the regions"
    old, fresh = _sides(before), _sides(new)
    moved = ((fresh[0] - old[0]) & old[1] - fresh[1]) | ((fresh[1] - old[1]) & old[0] - fresh[0])
    return f"{min(moved)!r} stands on the other side of one" if moved else ""


def _sides(text: str) -> tuple[set[str], set[str]]:
    """Lines with words outside and inside of the regions of a text."""
    around = marker_free("\n".join(outside(text)))
    within = "\n".join(region.of(text) for region in regions(text)) if is_marked(text) else ""
    outer, inner = (
        {line.strip() for line in part.split("\n") if re.search(r"\w{3}", line)} for part in (around, within)
    )
    return outer, inner


def _inner(before: str, new: str) -> str:
    """The content of the only region in a rewrite that lost the markers.

    Raises:
        EditError: the rewrite holds neither the same text around the region nor the region alone.
    """
    head, tail = (marker_free(piece) for piece in outside(before))
    if new.startswith(head) and new.endswith(tail) and len(new) >= len(head) + len(tail):
        return new[len(head) : len(new) - len(tail)]
    fixed = names(head) | names(tail)
    region = names(regions(before)[0].of(before))
    if not (head + tail).strip() or (region and region <= names(new) and not fixed & names(new)):
        return new
    raise EditError("The EVOLVE-BLOCK markers must stay in the program, each on its line.")
