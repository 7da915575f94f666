"""What an answer makes of a program, in whatever form it says so.

Forms are tried from the plainest to the vaguest: SEARCH/REPLACE blocks, edits between tags, diffs, edits as
JSON, whole programs and parts of these, and blocks under *before* and *after*. The first that an answer is in
decides; where it leads to nothing, a whole program in the same answer still may.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mutators.answers import without_reasoning
from mutators.editing.applying import apply_edits
from mutators.editing.asides import refuse_second_thoughts
from mutators.editing.damage import repaired
from mutators.editing.edit import Edit, Edited, EditError
from mutators.editing.markers import has_markers, marked_edits, without_marked
from mutators.editing.patches import hunk_readings
from mutators.editing.python import broken, is_python
from mutators.editing.tagged import json_edits, labelled_edits, tagged_edits
from mutators.rewrites import apply_rewrite

__all__ = ["read_edits", "read_program"]


def read_program(
    sources: Mapping[str, str],
    answer: str,
    *,
    language: str,
    entrypoint: str | None = None,
    cut: bool = False,
) -> tuple[bool, Edited]:
    """The program that an answer leads to, and whether by edits.

    Args:
        sources: path to text of the program it was made from, at least one file.
        answer: what the model wrote.
        language: of the program.
        entrypoint: function that the program must define.
        cut: whether the answer was cut off.

    Raises:
        EditError: it leads to none, or not clearly to one.
    """
    text = without_reasoning(answer)
    failed: EditError | None = None
    try:
        edited = read_edits(sources, text, language=language, cut=cut)
    except EditError as error:
        failed, edited = error, None
    if edited is not None:
        return True, edited
    rest = without_marked(text) if failed is not None else text
    try:
        made = apply_rewrite(sources, rest, language=language, entrypoint=entrypoint, cut=cut)
    except EditError as error:
        if failed is not None:
            raise failed from error
        pairs = () if cut else labelled_edits(text, tuple(sources))
        if not pairs:
            raise
        refuse_second_thoughts(text, several=len(pairs) > 1)
        last = _first_that_fits(sources, [("", pairs)], language)
        if last is None:
            raise
        return True, last
    if failed is not None and made.sources == dict(sources):
        raise failed
    if failed is not None:
        note = "its edits have no place, so its whole program was taken"
        made = Edited(sources=made.sources, note="; ".join(part for part in (note, made.note) if part))
    return False, made


def read_edits(sources: Mapping[str, str], text: str, *, language: str, cut: bool = False) -> Edited | None:
    """The program after the edits of an answer without its reasoning; None when it holds none.

    Raises:
        EditError: they cannot be applied.
    """
    paths = tuple(sources)
    if has_markers(text):
        readings: Sequence[tuple[str, tuple[Edit, ...]]] = () if cut else [("", marked_edits(text, paths))]
    elif found := tagged_edits(text, paths):
        readings = [("", found)]
    elif hunks := hunk_readings(text, paths):
        readings = hunks
    elif found := json_edits(text, paths):
        readings = [("", found)]
    else:
        return None
    refuse_second_thoughts(text, several=max((len(edits) for _, edits in readings), default=0) > 1)
    if cut:
        raise EditError("The answer was cut off at the token limit; make it shorter.")
    return _first_that_fits(sources, readings, language)


def _first_that_fits(
    sources: Mapping[str, str], readings: Sequence[tuple[str, tuple[Edit, ...]]], language: str
) -> Edited | None:
    """The program of the reading that fits to the letter, else of the only one that fits.

    Raises:
        EditError: none fits, or two do and lead to different programs.
    """
    made: list[Edited] = []
    failed: EditError | None = None
    for how, edits in readings:
        if not edits:
            continue
        try:
            edited = _checked(sources, edits, language)
        except EditError as error:
            failed = failed or error
            continue
        if not edited.note:
            return replace(edited, note=f"matched up to {how}" if how else "")
        made.append(replace(edited, note=f"{edited.note}; {how}" if how else edited.note))
    if any(other.sources != made[0].sources for other in made):
        raise EditError("The diff can be read in two ways; copy the lines of the program exactly.")
    if not made and failed is not None:
        raise failed
    return made[0] if made else None


def _checked(sources: Mapping[str, str], edits: Sequence[Edit], language: str) -> Edited:
    """The program after the edits, still Python where it was.

    Raises:
        EditError: the edits have no place, or break the program.
    """
    edited = apply_edits(sources, edits)
    problem = _problem(sources, edited, language)
    if not problem:
        return edited
    for name in ("HTML entities", "typographic signs"):
        other = [
            replace(edit, replace=dict(repaired(edit.replace)).get(name, edit.replace)) for edit in edits
        ]
        if other == list(edits):
            continue
        again = apply_edits(sources, other)
        if not _problem(sources, again, language):
            note = f"{name} in the replacement were undone"
            return replace(again, note="; ".join(part for part in (again.note, note) if part))
    raise EditError(f"With the edits of the answer {problem}.")


def _problem(sources: Mapping[str, str], edited: Edited, language: str) -> str:
    for path, text in edited.sources.items():
        if text != sources[path] and is_python(path, language):
            why = broken(text)
            # To parse costs as much as all else, so the program before is parsed only where it matters.
            if why and not broken(sources[path]):
                return f"{path} is no Python: {why}"
    return ""
