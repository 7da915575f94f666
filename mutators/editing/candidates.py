"""Which of the texts of an answer is the program, whole or in part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mutators.answers import Fenced, fenced_blocks
from mutators.blocks import is_marked, regions
from mutators.editing.asides import refuse_second_thoughts, second_thoughts, words_around
from mutators.editing.edit import EditError
from mutators.editing.elisions import elisions
from mutators.editing.fragments import is_fragment
from mutators.editing.markers import has_markers
from mutators.editing.python import broken, names, needed
from mutators.editing.settling import put, settled
from mutators.editing.wholes import LONGEST_GUESS, bare, lines_of, partial_why

__all__ = ["Asked", "chosen", "program_blocks", "quotes"]

_MOST_BLOCKS = 100
_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})([^`\n]*)$")
_CLOSING = re.compile(r"^[ \t]*(?:</|\[/)", re.MULTILINE)
_PYTHON = frozenset({"python", "python3", "py"})
_NOT_CODE = frozenset(
    {"json", "bash", "sh", "shell", "console", "diff", "text", "output", "yaml", "markdown"}
)
_WRAPPER = re.compile(
    r"^[ \t]*(?:<(code|program|python|solution|source|answer|output|file)\b[^>\n]*>|\[(PYTHON|CODE)\])"
    r"[ \t]*\n"
    r"(.*?)\n[ \t]*(?:</\1>|\[/\2\])[ \t]*$",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_HUNK = re.compile(r"^(?:@@ |diff --git |--- \S[^\n]*\n\+\+\+ )", re.MULTILINE)
_OLD = re.compile(
    r"^[\s#*_>(\d.-]*(?:(?:here|this|that) (?:is|was) )?(?:the |my |your )?"
    r"(?:(?:old|original|current|existing|previous|before|initial|draft)\b"
    r"|first (?:draft|attempt|try|version|idea)\b|instead of(?: this)?\W*$|(?:it )?was\W*$)",
    re.IGNORECASE,
)
_TURNED = re.compile(
    r"\b(?:improv\w*|replac\w*|instead|chang\w*|becomes?|now|with|rewrit\w*|modif\w*|extend\w*|fix\w*)\b|,",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"\b(?:final|correct|corrected|fixed|complete|full|whole|revised|updated|improved|better|new|after)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a program in an answer is measured by.

    Attributes:
        before: the file it is about, with plain line ends.
        language: of the program.
        entrypoint: function that the program must define; None when there is none.
        cut: whether the answer was cut off.
    """

    before: str
    language: str
    entrypoint: str | None
    cut: bool

    @property
    def python(self) -> bool:
        return self.language == "python"


def program_blocks(text: str) -> tuple[Fenced, ...]:
    """Blocks of an answer without its reasoning that may hold a program: fenced ones, else between tags."""
    fenced = fenced_blocks(text)
    blocks = tuple(block for block in fenced if not has_markers(block.text) and not _is_diff(block))
    if blocks or fenced:
        return blocks[:_MOST_BLOCKS]
    if not (0 < len(_CLOSING.findall(text)) < _MOST_BLOCKS and text.count("<") < _MOST_BLOCKS * 100):
        return ()
    return tuple(
        Fenced(tag="", text=match[3] + "\n", before="", closed=True) for match in _WRAPPER.finditer(text)
    )


def chosen(text: str, blocks: Sequence[Fenced], asked: Asked, *, notes: list[str]) -> str:
    """The one text of the answer that is the program, or the program with the parts that the answer holds.

    Args:
        text: the answer without its reasoning.
        blocks: of it.
        asked: what the program is measured by.
        notes: gets how tolerantly the answer was read.

    Raises:
        EditError: none is, or several may be.
    """
    before, python = asked.before, asked.python
    blocks = [block for block in blocks if block.text.strip()]
    if not blocks:
        alone = None if asked.cut else bare(text, before, python=python)
        if alone is None:
            raise EditError("The answer holds no fenced block with the program.")
        blocks = [Fenced(tag="", text=alone, before="", closed=True)]
    elif fenced_blocks(text) and (said := second_thoughts(words_around(text)[-1], choice=False)):
        raise EditError(f"The answer takes its program back ({said!r}); give only the one that is meant.")
    whole = [(body, block) for block in blocks if (body := _whole(block, asked)) is not None]
    if not whole:
        raise EditError("The program has fences of its own; put it between fences of more signs (````).")
    texts = [(settled(before, body, python=python, notes=notes), block) for body, block in whole]
    sound = [(body, block) for body, block in texts if not python or not broken(body)]
    if not sound:
        body = max((body for body, _ in texts), key=len)
        raise EditError(f"The answer's program is no Python: {broken(body)}.")
    same = _plain(before)
    sound = [item for item in sound if _plain(item[0]) != same] or sound
    unread = python and any(broken(body) and block.tag in _PYTHON for body, block in texts)
    if python and not unread:
        parts = _parts(text, sound, asked)
        if parts is not None:
            notes.append("the parts that the answer holds were put into the program")
            return parts
    return _one(sound, asked)


def quotes(body: str, before: str) -> bool:
    """Whether a block only shows lines of the program."""
    return _joined(body) in _joined(before)


def _one(sound: Sequence[tuple[str, Fenced]], asked: Asked) -> str:
    """The text that is a whole program.

    Raises:
        EditError: none is, or several may be.
    """
    before, python, entrypoint = asked.before, asked.python, asked.entrypoint
    kin = names(before) if python else lines_of(before)
    if python and entrypoint is not None and entrypoint in kin:
        sound = [(body, block) for body, block in sound if entrypoint in names(body)]
        if not sound:
            raise EditError(f"No block of the answer defines {entrypoint}.")
    # An open fence may be one that was cut off in silence; then what stands last in the program is missing.
    sound = [(body, block) for body, block in sound if block.closed or (python and kin <= names(body))]
    if not sound:
        raise EditError("The block with the program is not closed.")
    if python and kin:
        sound = [(body, block) for body, block in sound if names(body) & kin]
        if not sound:
            raise EditError("No block of the answer defines anything of the program.")
        field = _field(before)
        sound = [
            (body, block)
            for body, block in sound
            if is_marked(body) or not is_fragment(body, field, entrypoint=entrypoint)
        ]
        if not sound:
            raise EditError("The answer holds only a part of the program; give all of it.")
    best = _best(sound, kin, asked)
    if not python and before.strip() and (why := partial_why(best, before, entrypoint)):
        raise EditError(f"The block of the answer is not the whole program: {why}.")
    return best


def _parts(text: str, sound: Sequence[tuple[str, Fenced]], asked: Asked) -> str | None:
    """The program with the parts that the blocks are; None where one is a whole program, or none fits.

    Raises:
        EditError: they are parts, and it is not clear which are meant, or where they belong.
    """
    before = asked.before
    field = _field(before)
    own = names(field)
    fitting = [
        (body, block)
        for body, block in sound
        if block.closed
        and block.tag not in _NOT_CODE
        and names(body) & own
        and not elisions(body.split("\n"), lines_of(before))
    ]
    inner = field is not before

    def partial(body: str) -> bool:
        if is_marked(body):
            return False
        whole = is_fragment(body, field, entrypoint=asked.entrypoint)
        return whole or (inner and not own <= names(body) and bool(own))

    if not fitting or not all(partial(body) for body, _ in fitting):
        return None
    fitting = [item for item in fitting if not quotes(item[0], before)]
    fresh = [item for item in fitting if not _is_old(item[1])]
    if not fitting:
        return None
    if len(fresh) > 1:
        refuse_second_thoughts(text)
    made = put(before, list(dict.fromkeys(body for body, _ in fresh))) if fresh else None
    beside = {name for body, _ in sound if body not in dict(fresh) for name in names(body, imports=True)}
    if made is None or (needed(made) - needed(before)) & beside:
        raise EditError("The parts of the answer cannot be put into the program; give the whole program.")
    return made


def _is_diff(block: Fenced) -> bool:
    """Whether a block is a diff, which is no program even where it has no place."""
    return block.tag in ("diff", "patch", "udiff") or bool(_HUNK.search(block.text))


def _field(before: str) -> str:
    """The only region of a program, else all of it."""
    spots = regions(before)
    return spots[0].of(before) if is_marked(before) and len(spots) == 1 else before


def _is_old(block: Fenced) -> bool:
    """Whether the line above a block says that it is what was there before."""
    return bool(_OLD.match(block.before)) and not _TURNED.search(block.before) and len(block.before) <= 80


def _joined(text: str) -> str:
    return "\n" + "\n".join(line.strip() for line in text.split("\n") if line.strip()) + "\n"


def _plain(text: str) -> list[str]:
    """The lines of a text with content, without blanks at their ends."""
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def _best(sound: Sequence[tuple[str, Fenced]], kin: frozenset[str], asked: Asked) -> str:
    """The block most like the program.

    Raises:
        EditError: several are.
    """
    python, language = asked.python, asked.language

    def likeness(item: tuple[str, Fenced]) -> tuple[int, int, int]:
        body, block = item
        own = names(body) if python else lines_of(body)
        tag = 1 if block.tag in (language, language[:2]) else -1 if block.tag in _NOT_CODE else 0
        return len(kin & own), int(is_marked(body)), tag

    top = max(map(likeness, sound))
    near: Sequence[tuple[str, Fenced]] = [
        item for item in sound if _is_near(likeness(item), top, python=python)
    ]
    if asked.before.strip() and _differ(near):
        near = _last_word([item for item in near if not _is_old(item[1])] or near)
    return max(near, key=lambda item: (likeness(item), len(item[0])))[0]


def _last_word(near: Sequence[tuple[str, Fenced]]) -> Sequence[tuple[str, Fenced]]:
    """Of several programs the last one, where the answer says that it is meant.

    Raises:
        EditError: it does not.
    """
    if not _differ(near):
        return near
    _, block = near[-1]
    above = block.above
    offered = second_thoughts(above) and not second_thoughts(above, choice=False)
    if offered or not (_FINAL.search(block.before) or second_thoughts(above, choice=False)):
        raise EditError("The answer holds several programs; give one.")
    return near[-1:]


def _differ(items: Sequence[tuple[str, Fenced]]) -> bool:
    return len({tuple(_plain(body)) for body, _ in items}) > 1


def _is_near(one: tuple[int, int, int], top: tuple[int, int, int], *, python: bool) -> bool:
    if python:
        return one[:2] == top[:2] and (one[2] == top[2] or one[2] >= 0)
    return 10 * one[0] >= 6 * top[0]


def _whole(block: Fenced, asked: Asked) -> str | None:
    """The block, closed by a later fence where it is whole only so: a program may hold fences.

    None where the program has fences, is in a language that cannot be parsed, and where it ends is not clear.
    """
    longer = [text for text in block.longer if len(text) <= LONGEST_GUESS]
    if asked.python:
        return next((text for text in (block.text, *longer) if not broken(text)), block.text)
    inner, own = _fences(asked.before), _fences(block.text)
    if not block.closed or not (inner or own) or (not block.longer and own and len(own) % 2 == 0):
        return block.text
    found = [text for text in (block.text, *longer) if _fences(text) == inner]
    return found[0] if len(found) == 1 and len(block.longer) == len(longer) else None


def _fences(text: str) -> tuple[str, ...]:
    """What stands behind each fence within a text."""
    found = (_FENCE.match(line) for line in text.split("\n"))
    return tuple(match[1].strip() for match in found if match)
