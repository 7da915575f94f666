"""Edits put into a program: to the letter first, then ever more freely, and never where it is not clear.

An edit that is applied wrongly is worse than one that is not applied. A place counts only where a change is
allowed, and the strictest reading that has a place decides: where it has several, there is no answer. It is
all the edits of an answer or none.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mutators.blocks import change_outside, regions, with_regions
from mutators.editing.damage import escaped, repaired, repairs, without_fence
from mutators.editing.edit import Edit, Edited, EditError
from mutators.editing.elisions import crosses, elisions, filled, pieces
from mutators.editing.indents import indent
from mutators.editing.nearest import nearest
from mutators.editing.paths import named
from mutators.editing.places import Change, Level, Place, changes, find, trimmed
from mutators.editing.working import Working

__all__ = ["apply_edits"]

_MOST_EDITS = 300
_MOST_CUTS = 20
_MOST_PLACES = 100
_FREE = (Level.WHITE_SPACE, Level.INDENTATION)


def apply_edits(sources: Mapping[str, str], edits: Sequence[Edit]) -> Edited:
    """The program after all the edits, one after the other.

    Args:
        sources: path to text.
        edits: at least one.

    Raises:
        EditError: one has no place, several places, or a place outside of the EVOLVE-BLOCK regions.
    """
    if len(edits) > _MOST_EDITS:
        raise EditError(f"The answer holds {len(edits)} edits; {_MOST_EDITS} are the most.")
    work = _Work(sources)
    notes: list[str] = []
    done: dict[tuple[str | None, str, str], str] = {}
    for number, edit in enumerate(edits, 1):
        key = (edit.path, edit.search, edit.section or str(edit.line or ""))
        if key in done and edit.search.strip():
            if done[key] == edit.replace:
                notes.append(f"edit {number} repeats another")
                continue
            raise EditError(f"Edit {number} has the SEARCH of another edit and another replacement.")
        done[key] = edit.replace
        if note := work.apply(number, edit):
            notes.append(note)
    return Edited(sources=work.sources, note="; ".join(notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """A place of an edit in a file, and what it would change there."""

    path: str
    place: Place
    changes: Sequence[Change]
    text: str
    as_it_was: bool = False


class _Work:
    """The files while the edits of one answer are applied."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._before = sources
        self._files = {path: Working(text) for path, text in sources.items()}

    @property
    def sources(self) -> dict[str, str]:
        return {path: file.text for path, file in self._files.items()}

    def apply(self, number: int, edit: Edit) -> str:
        """Applies one edit; how freely it was read, empty when to the letter.

        Raises:
            EditError: it has no place that is clear.
        """
        if not edit.search.strip():
            self._fill(number, edit)
            return ""
        known = self._known(edit)
        _refuse_elisions(number, edit, known)
        for how, spots in self._readings(edit, known):
            allowed = [spot for spot in spots if self._allowed(spot)]
            chosen, why = self._narrowed(allowed, edit) if len(allowed) > 1 else (allowed, "")
            if len(chosen) != 1:
                raise EditError(_complaint(number, edit, allowed))
            self._files[chosen[0].path].change(chosen[0].changes)
            told = [part for part in (f"matched up to {how}" if how else "", why) if part]
            return f"edit {number} {' and '.join(told)}" if told else ""
        where = f" of {edit.path}" if edit.path else ""
        raise EditError(
            f"The SEARCH of edit {number} matches no lines{where}. The nearest place is:\n"
            + nearest(edit, self.sources)
        )

    def _fill(self, number: int, edit: Edit) -> None:
        """Text for a place where there is nothing: only that can an empty search mean."""
        empty = []
        for path, text in self.sources.items():
            spots = regions(text)
            if edit.path in (None, path) and len(spots) == 1 and not spots[0].of(text).strip():
                crlf = 2 * text.count("\r\n") > text.count("\n")
                after = with_regions(text, [edit.replace.replace("\n", "\r\n") if crlf else edit.replace])
                if not change_outside(self._before, self.sources | {path: after}):
                    empty.append((path, after))
        if len(empty) != 1:
            raise EditError(f"The SEARCH of edit {number} is empty.")
        self._files[empty[0][0]] = Working(empty[0][1])

    def _known(self, edit: Edit) -> frozenset[str]:
        files = [file for path, file in self._files.items() if edit.path in (None, path)]
        return frozenset(line.strip() for file in files for line in file.lines if line.strip())

    def _readings(self, edit: Edit, known: frozenset[str]) -> Iterator[tuple[str, list[_Spot]]]:
        """Ways to read an edit that have a place, the strictest first, each with all its places."""
        search, new = edit.search.split("\n")[:-1], edit.replace.split("\n")[:-1]
        if not any(line.startswith("```") for line in known):
            search, new = without_fence(search), without_fence(new)
        more = ""
        if escaped("\n".join(known), "\n".join(new)) and not any(
            path.endswith(".py") for path in self._files
        ):
            # Of a Python text the parser says it.
            undone = dict(repaired("\n".join(new)))["HTML entities"].split("\n")
            new, more = undone, " and HTML entities"
        if len(search) > 1 and search[0].strip() not in known and not edit.path:
            path = named(search[0], tuple(self._files))
            if path is not None:
                edit, search = replace(edit, path=path), search[1:]
        elided = elisions(search, known) or elisions(new, known)
        if len(elided) > _MOST_CUTS:
            return
        if elided and not elisions(search, known):
            # Only the replacement leaves lines out, and the search has them.
            new = filled(search, new) or new
            yield from self._plain(edit, search, new, f"{more} and the lines left out")
            return
        yield from self._plain(edit, search, new, more)
        if elided:
            old, changed = pieces(search, known), pieces(new, known)
            spots = self._elided(edit, [trimmed(p) for p in old], [trimmed(p) for p in changed])
            if spots:
                yield "the lines left out", spots

    def _plain(
        self, edit: Edit, search: Sequence[str], new: Sequence[str], more: str
    ) -> Iterator[tuple[str, list[_Spot]]]:
        yield from self._at(edit, search, new, Level.EXACT, how=more)
        halves = trimmed(search), trimmed(new)
        for level in _FREE:
            yield from self._at(edit, *halves, level, how=level.value + more)
        for level in (Level.EXACT, *_FREE):
            spots = self._as_it_was(edit, *halves, level)
            if spots:
                yield f"what other edits changed{more}", spots
        for name, old, changed in repairs(search, new):
            for level in (Level.EXACT, *_FREE):
                yield from self._at(edit, trimmed(old), trimmed(changed), level, how=name + more)
        for level in (Level.SPELLING, Level.COMMENTS, Level.LIKENESS):
            yield from self._at(edit, *halves, level, how=level.value + more)

    def _at(
        self, edit: Edit, search: Sequence[str], new: Sequence[str], level: Level, *, how: str
    ) -> Iterator[tuple[str, list[_Spot]]]:
        """The reading at one level, when it has places."""
        spots = []
        for path, file in self._files.items():
            if edit.path not in (None, path):
                continue
            lines = file.lines
            places = find(lines, search, level)
            if len(places) > _MOST_PLACES:
                raise EditError(
                    f"A SEARCH matches {len(places)} places of {path} (lines {places[0].start + 1}, "
                    f"{places[1].start + 1} and more); take in more of the lines around it."
                )
            for place in places:
                made = changes(lines, place, search, new)
                if made is not None:
                    spots.append(_Spot(path=path, place=place, changes=made, text=file.with_changes(made)))
        if spots:
            yield how.removeprefix(" and "), spots

    def _as_it_was(self, edit: Edit, search: Sequence[str], new: Sequence[str], level: Level) -> list[_Spot]:
        """Places in the program as it was, of an edit that quotes lines which another one has changed."""
        spots = []
        for path, file in self._files.items():
            if edit.path not in (None, path) or file.origin == list(range(len(file.original))):
                continue
            for place in find(file.original, search, level):
                made = changes(file.original, place, search, new)
                moved = None if made is None else file.moved(made)
                if moved is not None:
                    text = file.with_changes(moved)
                    spots.append(_Spot(path=path, place=place, changes=moved, text=text, as_it_was=True))
        return spots

    def _elided(self, edit: Edit, old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> list[_Spot]:
        """Places of an edit whose search leaves lines out: the pieces one after the other, each only once."""
        if not old[0] or not old[-1]:
            return []
        spots = []
        for path, file in self._files.items():
            if edit.path not in (None, path):
                continue
            lines = file.lines
            at = [find(lines, piece, Level.WHITE_SPACE) for piece in old if piece]
            if any(len(places) != 1 for places in at):
                continue
            found = [places[0] for places in at]
            if any(a.end > b.start for a, b in itertools.pairwise(found)):
                continue
            if len(new) == len(old) and all(old):
                parts = [changes(lines, place, o, n) for place, o, n in zip(found, old, new, strict=True)]
                made = [change for part in parts if part is not None for change in part]
                if None in parts:
                    continue
            elif len(new) == 1 and not crosses(lines, found):
                # Nothing is left out of the replacement: it stands for all from the first to the last line.
                made = [Change(start=found[0].start, end=found[-1].end, lines=tuple(new[0]))]
            else:
                continue
            whole = Place(start=found[0].start, end=found[-1].end, at=())
            spots.append(_Spot(path=path, place=whole, changes=made, text=file.with_changes(made)))
        return spots

    def _allowed(self, spot: _Spot) -> bool:
        now = self.sources | {spot.path: spot.text}
        return not change_outside(self._before, now)

    def _narrowed(self, spots: Sequence[_Spot], edit: Edit) -> tuple[list[_Spot], str]:
        """The places that what else the edit says leaves, and what that is."""
        old = [s for s in spots if s.as_it_was or self._files[s.path].untouched(s.place.start, s.place.end)]
        if len(old) == 1:
            return old, "was read as one of the program as it was"
        if edit.section:
            below = [spot for spot in old if self._heads(spot, edit.section)]
            if len(below) == 1:
                return below, "was told by the head of its hunk"
        if edit.line is not None:
            lined = [spot for spot in old if self._original(spot) == edit.line - 1]
            if len(lined) == 1:
                return lined, "was told by its line number"
        return list(spots), ""

    def _original(self, spot: _Spot) -> int | None:
        return spot.place.start if spot.as_it_was else self._files[spot.path].origin[spot.place.start]

    def _heads(self, spot: _Spot, section: str) -> bool:
        """Whether a place stands below a section: all between is indented more, or closes a bracket."""
        lines = self._files[spot.path].lines[: spot.place.start + 1]
        inner = [i for i, line in enumerate(lines) if line.strip() == section.strip()]
        if not inner:
            return False
        depth = len(indent(lines[inner[-1]]))
        return all(
            len(indent(line)) > depth or line.strip()[0] in ")]}"
            for line in lines[inner[-1] + 1 :]
            if line.strip()
        )


def _refuse_elisions(number: int, edit: Edit, known: frozenset[str]) -> None:
    """Refuses a replacement that leaves lines out, unless the search leaves out the same.

    Raises:
        EditError: what was left out is not told by the search either.
    """
    new = edit.replace.split("\n")
    cuts = elisions(new, known)
    if not cuts:
        return
    old = edit.search.split("\n")
    if (len(cuts) <= _MOST_CUTS and len(pieces(old, known)) == len(pieces(new, known))) or (
        len(cuts) <= _MOST_CUTS and filled(old[:-1], new[:-1]) is not None
    ):
        return
    raise EditError(f"The replacement of edit {number} leaves lines out; write them all.")


def _complaint(number: int, edit: Edit, allowed: Sequence[_Spot]) -> str:
    where = f" of {edit.path}" if edit.path else ""
    if allowed:
        lines = ", ".join(str(spot.place.start + 1) for spot in allowed[:10])
        return (
            f"The SEARCH of edit {number} matches {len(allowed)} places{where} (lines {lines}); "
            "take in more of the lines around it, so that it matches only one."
        )
    return f"Edit {number} would change text{where} outside of the EVOLVE-BLOCK regions, which must stay."
