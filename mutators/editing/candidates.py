"""Which of the texts of an answer is the program, whole or in part."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mutators.answers import Fenced, fenced_blocks
from mutators.blocks import is_marked, regions
from mutators.editing.edit import EditError
from mutators.editing.elisions import elisions
from mutators.editing.fragments import is_fragment
from mutators.editing.markers import has_markers
from mutators.editing.python import broken, names
from mutators.editing.settling import put, settled
from mutators.editing.wholes import bare, lines_of, partial_why

__all__ = ["chosen", "program_blocks"]

_LONGEST_GUESS = 100_000
_MOST_BLOCKS = 100
_CLOSING = re.compile(r"^[ \t]*(?:</|\[/)", re.MULTILINE)
_NOT_CODE = frozenset(
    {"json", "bash", "sh", "shell", "console", "diff", "text", "output", "yaml", "markdown"}
)
_WRAPPER = re.compile(
    r"^[ \t]*(?:<(code|program|python|solution|source|answer|output|file)\b[^>\n]*>|\[(PYTHON|CODE)\])"
    r"[ \t]*\n"
    r"(.*?)\n[ \t]*(?:</\1>|\[/\2\])[ \t]*$",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_OLD = re.compile(
    r"\b(?:old|original|current|existing|previous|before|first draft|initial|instead of|was)\b", re.IGNORECASE
)
_FINAL = re.compile(
    r"\b(?:final|corrected|fixed|complete|full|whole|revised|updated|improved|new|after)\b", re.IGNORECASE
)


def program_blocks(text: str) -> tuple[Fenced, ...]:
    """Blocks of an answer without its reasoning that may hold a program: fenced ones, else between tags."""
    fenced = fenced_blocks(text)
    blocks = tuple(block for block in fenced if not has_markers(block.text))
    if blocks or fenced:
        return blocks[:_MOST_BLOCKS]
    if not (0 < len(_CLOSING.findall(text)) < _MOST_BLOCKS and text.count("<") < _MOST_BLOCKS * 100):
        return ()
    return tuple(
        Fenced(tag="", text=match[3] + "\n", before="", closed=True) for match in _WRAPPER.finditer(text)
    )


def chosen(
    text: str,
    blocks: Sequence[Fenced],
    before: str,
    *,
    language: str,
    entrypoint: str | None,
    cut: bool,
    notes: list[str],
) -> str:
    """The one text of the answer that is the program, or the program with the parts that the answer holds.

    Args:
        text: the answer without its reasoning.
        blocks: of it.
        before: the file it is about.
        language: of the program.
        entrypoint: function that the program must define.
        cut: whether the answer was cut off.
        notes: gets how tolerantly the answer was read.

    Raises:
        EditError: none is, or several may be.
    """
    python = language == "python"
    texts = [(_whole(block) if python else block.text, block) for block in blocks if block.text.strip()]
    if not texts:
        alone = None if cut else bare(text, before, python=python)
        if alone is None:
            raise EditError("The answer holds no fenced block with the program.")
        return alone
    texts = [(settled(before, body, python=python, notes=notes), block) for body, block in texts]
    sound = [(body, block) for body, block in texts if not python or not broken(body)]
    if not sound:
        body = max((body for body, _ in texts), key=len)
        raise EditError(f"The answer's program is no Python: {broken(body)}.")
    sound = [item for item in sound if lines_of(item[0]) != lines_of(before)] or sound
    if python:
        parts = _parts(sound, before, entrypoint)
        if parts is not None:
            notes.append("the parts that the answer holds were put into the program")
            return parts
    if python and entrypoint is not None and entrypoint in names(before):
        sound = [(body, block) for body, block in sound if entrypoint in names(body)]
        if not sound:
            raise EditError(f"No block of the answer defines {entrypoint}.")
    kin = names(before) if python else lines_of(before)
    # An open fence may be one that was cut off in silence; then what stands last in the program is missing.
    sound = [(body, block) for body, block in sound if block.closed or (python and kin <= names(body))]
    if not sound:
        raise EditError("The block with the program is not closed.")
    best = _best(sound, kin, before, language=language)
    if not python and before.strip() and (why := partial_why(best, before, entrypoint)):
        raise EditError(f"The block of the answer is not the whole program: {why}.")
    return best


def _parts(sound: Sequence[tuple[str, Fenced]], before: str, entrypoint: str | None) -> str | None:
    """The program with the parts that the blocks are; None where one is a whole program, or none fits."""
    spots = regions(before)
    marked = is_marked(before)
    field = spots[0].of(before) if marked and len(spots) == 1 else before
    own = names(field)
    fitting = [
        (body, block)
        for body, block in sound
        if block.closed
        and block.tag not in _NOT_CODE
        and names(body) & own
        and not elisions(body.split("\n"), lines_of(before))
    ]
    inner = marked and field is not before

    def partial(body: str) -> bool:
        if is_marked(body):
            return False
        whole = is_fragment(body, field, entrypoint=entrypoint)
        return whole or (inner and not own <= names(body) and bool(own))

    if not fitting or not all(partial(body) for body, _ in fitting):
        return None
    fitting = [item for item in fitting if not _quotes(item[0], before)]
    fitting = [item for item in fitting if not _OLD.search(item[1].before)] or fitting
    bodies = list(dict.fromkeys(body for body, _ in fitting))
    return put(before, bodies) if bodies else None


def _quotes(body: str, before: str) -> bool:
    """Whether a block only shows lines of the program."""
    return _joined(body) in _joined(before)


def _joined(text: str) -> str:
    return "\n" + "\n".join(line.strip() for line in text.split("\n") if line.strip()) + "\n"


def _best(sound: Sequence[tuple[str, Fenced]], kin: frozenset[str], before: str, *, language: str) -> str:
    """The block most like the program.

    Raises:
        EditError: several are.
    """
    python = language == "python"

    def likeness(item: tuple[str, Fenced]) -> tuple[int, int, int]:
        body, block = item
        own = names(body) if python else lines_of(body)
        tag = 1 if block.tag in (language, language[:2]) else -1 if block.tag in _NOT_CODE else 0
        return len(kin & own), int(is_marked(body)), tag

    top = max(map(likeness, sound))
    near = [item for item in sound if _is_near(likeness(item), top, python=python)]
    texts = {_joined(body) for body, _ in near}
    if len(texts) > 1 and before.strip():
        fresh = [item for item in near if not _OLD.search(item[1].before)]
        near = fresh or near
        final = [item for item in near if _FINAL.search(item[1].before)]
        if len({_joined(body) for body, _ in near}) > 1:
            near = final
        if len({_joined(body) for body, _ in near}) != 1:
            raise EditError("The answer holds several programs; give one.")
    return max(near, key=lambda item: (likeness(item), len(item[0])))[0]


def _is_near(one: tuple[int, int, int], top: tuple[int, int, int], *, python: bool) -> bool:
    if python:
        return one[:2] == top[:2] and (one[2] == top[2] or one[2] >= 0)
    return 10 * one[0] >= 6 * top[0]


def _whole(block: Fenced) -> str:
    """The block, closed by a later fence where it is Python only so: a docstring may hold fences."""
    longer = (text for text in block.longer if len(text) <= _LONGEST_GUESS)
    return next((text for text in (block.text, *longer) if not broken(text)), block.text)
