"""Which of the texts of an answer is the program, whole or in part."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mutators.answers import Fenced, fenced_blocks
from mutators.blocks import is_marked, outside, regions
from mutators.editing.damage import escaped, repaired
from mutators.editing.edit import EditError
from mutators.editing.elisions import elisions, filled
from mutators.editing.fragments import is_fragment, merged
from mutators.editing.markers import has_markers
from mutators.editing.python import broken, names

__all__ = ["chosen", "program_blocks", "settled"]

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
_START = re.compile(
    r"^(?:import |from \w|def |async def |class |@\w|#|\"\"\"|'''|[A-Za-z_]\w* *(?::[^=]+)?= ?)"
)
_DEFINES = re.compile(
    r"^(?:[\w:<>,&*\[\]]{1,80}[ \t]{1,8}){0,6}?"
    r"(?:fn|func|function|class|struct|enum|trait|type|interface|sub|proc|module)?[ \t]*\b(\w+)[ \t]*[({<]"
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
        bare = None if cut else _bare(text, before, python=python)
        if bare is None:
            raise EditError("The answer holds no fenced block with the program.")
        return bare
    texts = [(settled(before, body, python=python, notes=notes), block) for body, block in texts]
    sound = [(body, block) for body, block in texts if not python or not broken(body)]
    if not sound:
        body = max((body for body, _ in texts), key=len)
        raise EditError(f"The answer's program is no Python: {broken(body)}.")
    sound = [item for item in sound if _lines(item[0]) != _lines(before)] or sound
    if python:
        parts = _parts(sound, before, entrypoint)
        if parts is not None:
            notes.append("the parts that the answer holds were put into the program")
            return parts
    if python and entrypoint is not None and entrypoint in names(before):
        sound = [(body, block) for body, block in sound if entrypoint in names(body)]
        if not sound:
            raise EditError(f"No block of the answer defines {entrypoint}.")
    kin = names(before) if python else _lines(before)
    # An open fence may be one that was cut off in silence; then what stands last in the program is missing.
    sound = [(body, block) for body, block in sound if block.closed or (python and kin <= names(body))]
    if not sound:
        raise EditError("The block with the program is not closed.")
    best = _best(sound, kin, before, language=language)
    if not python and before.strip() and (why := _partial(best, before, entrypoint)):
        raise EditError(f"The block of the answer is not the whole program: {why}.")
    return best


def settled(before: str, new: str, *, python: bool, notes: list[str]) -> str:
    """A file as the answer means it: damage undone, and what it leaves out filled in.

    Raises:
        EditError: it leaves out what cannot be told.
    """
    new = _undamaged(before, new, python=python, notes=notes)
    known = _lines(before)
    lines = new.split("\n")
    cuts = elisions(lines, known)
    if not cuts:
        return new
    if len(cuts) > _MOST_BLOCKS:
        raise EditError("The program in the answer leaves lines out; write all of them.")
    made = filled(before.split("\n")[:-1] if before.endswith("\n") else before.split("\n"), lines)
    text = None if made is None else "\n".join(made).rstrip("\n") + "\n"
    if text is not None and python and (broken(text) or not names(before) <= names(text)):
        text = None
    if text is None and python:
        text = _around(before, lines, elisions(lines, known))
    if text is None:
        raise EditError("The program in the answer leaves lines out; write all of them.")
    notes.append("the lines left out were filled in")
    return text


def _around(before: str, lines: Sequence[str], cuts: Sequence[int]) -> str | None:
    """The program with the definitions between elisions at the margin in place of its own."""
    if any(lines[index][:1] in (" ", "\t") for index in cuts):
        return None
    rest = "\n".join(line for index, line in enumerate(lines) if index not in cuts)
    return _put(before, [rest])


def _put(before: str, parts: Sequence[str]) -> str | None:
    """The file with parts merged into its only region, or into all of it."""
    spots = regions(before)
    if not is_marked(before):
        return merged(before, parts)
    if len(spots) != 1:
        return None
    inner = merged(spots[0].of(before), [_unmarked(part) for part in parts], around=before)
    if inner is None:
        return None
    head, tail = outside(before)
    return head + inner + tail


def _unmarked(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if "EVOLVE-BLOCK-" not in line)


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
        and not elisions(body.split("\n"), _lines(before))
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
    return _put(before, bodies) if bodies else None


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
        own = names(body) if python else _lines(body)
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


def _sound(body: str, before: str, notes: list[str]) -> str:
    """The body, or what it is without damage, where only that is Python that has names of the program."""
    if not broken(body) or len(body) > _LONGEST_GUESS:
        return body
    first, _, rest = body.partition("\n")
    others = [("the name of the language", rest)] if re.fullmatch(r"\s*(?:python3?|py)\s*", first) else []
    for name, text in (*others, *repaired(body)):
        if not broken(text) and (names(text) & names(before) or not before.strip()):
            notes.append(f"{name} were taken out" if name.endswith("s") else f"{name} was taken out")
            return text
    return body


def _undamaged(before: str, new: str, *, python: bool, notes: list[str]) -> str:
    """The text without line numbers or entities that the program never had."""
    if python and not broken(new):
        return new
    if python:
        return _sound(new, before, notes)
    for name, text in repaired(new):
        if name == "line numbers" and new.count("\n") > 2 and len(_lines(text) & _lines(before)) > 0:
            notes.append("line numbers were taken out")
            return text
        if name == "HTML entities" and escaped(before, new):
            notes.append("HTML entities were undone")
            return text
    return new


def _bare(text: str, before: str, *, python: bool) -> str | None:
    """An answer without fences, or the stretch of it that is nothing but the program."""
    text = text.strip("\n") + "\n"
    if not python:
        kin = _lines(before)
        return (
            text
            if kin and 2 * len(kin & _lines(text)) >= len(kin) and _partial(text, before, None) == ""
            else None
        )
    if not broken(text):
        return text if names(text) & names(before) else None
    lines = text.split("\n") if len(text) <= _LONGEST_GUESS else []
    starts = [i for i, line in enumerate(lines) if _START.match(line)][:20]
    ends = [
        i
        for i in range(len(lines), 0, -1)
        if lines[i - 1].strip() and (i == len(lines) or not lines[i].strip())
    ][:40]
    for start in starts:
        for end in ends:
            body = "\n".join(lines[start:end]) + "\n"
            if end > start and not broken(body) and names(before) and names(before) <= names(body):
                return body
    return None


def _partial(body: str, before: str, entrypoint: str | None) -> str:
    """Why a text in a language that is not parsed is no whole program; empty when nothing is against it."""
    full = [line for line in body.split("\n") if line.strip()]
    was = [line for line in before.split("\n") if line.strip()]
    if full and was and full[0][:1] in (" ", "\t") and was[0][:1] not in (" ", "\t"):
        return "it begins in the middle"
    for left, right in ("{}", "()", "[]"):
        if body.count(left) != body.count(right) and before.count(left) == before.count(right):
            return f"it has {body.count(left)} of {left} and {body.count(right)} of {right}"
    words = set(re.findall(r"\w+", body))
    if entrypoint is not None and entrypoint in set(re.findall(r"\w+", before)) and entrypoint not in words:
        return f"it lacks {entrypoint}"
    missing = sorted(_defined(before) - _defined(body))
    used = [name for name in missing if name in words]
    if used:
        return f"it uses {used[0]} and does not define it"
    if len(missing) > 0 and _defined(body) and _defined(body) < _defined(before) and "main" in missing:
        return "it lacks main"
    return ""


def _defined(text: str) -> set[str]:
    """Names that lines at the margin seem to define, in languages with braces."""
    found = (
        _DEFINES.match(line)
        for line in text.split("\n")
        if line[:1].strip() and not line.startswith(("#", "//", "}"))
    )
    return {match[1] for match in found if match} - {"if", "for", "while", "switch", "return"}


def _lines(text: str) -> frozenset[str]:
    return frozenset(line.strip() for line in text.split("\n") if line.strip())
