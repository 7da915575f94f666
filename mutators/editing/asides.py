"""What an answer says between its edits: that one is taken back, or that there is a choice.

It errs by refusing: an explanation in such words costs another call, an edit that was taken back costs more.
"""

from __future__ import annotations

import re
from itertools import islice

from mutators.editing.edit import EditError
from mutators.editing.markers import ends, opens

__all__ = ["refuse_second_thoughts", "second_thoughts", "words_around"]

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_TAGS = re.compile(r"^[ \t]*<(?:search|find|old\w*|original\w*|before)>", re.IGNORECASE)
_TAGS_END = re.compile(r"</(?:replac\w*|new\w*|updated\w*|modified|after)>", re.IGNORECASE)
_DASH = "\u2014\u2013-"
_START = rf"(?:^|[.!?:;]\s+|\s[{_DASH}]+\s*)[\s#*_>(\"'-]*"
_OH = rf"(?:(?:hm+|oh|ah|no|but|and|actually|oops|ok|okay|so|well|wait)\b[\s,.!\u2026{_DASH}]*)"
_RETRACTED = re.compile(
    rf"{_START}{_OH}*(?:wait\b(?!\s+(?:for|until|till|times?|queue|a\b))|scra(?:p|tch) that\b"
    r"|on second thoughts?|oops|correction\s*:|my mistake|i made an? (?:mistake|error)"
    r"|(?:please\s+)?(?:ignore|disregard|forget) (?:the |that|this|my |all )"
    r"|let me (?:redo|rethink|reconsider|try again|start over|correct (?:that|this|myself)))"
    rf"|(?:{_START}{_OH}+|^[\s#*_>]*)(?:that|this)(?:['\u2019]s| is| was) "
    r"(?:wrong|incorrect|not (?:right|correct)|a mistake|mistaken)\b",
    re.IGNORECASE | re.MULTILINE,
)
_CHOICE = re.compile(
    r"^[\s#*_>(\d.-]*(?:(?:option|alternative|variant|choice|approach)\s*#?"
    r"(?:[a-d2-9]|two|three|second|third)\b"
    r"|alternatively\b|(?:an|another|the other|second) (?:alternative|option)\b"
    r"|or(?: (?:else|this|even|simply))?\s*[:,])",
    re.IGNORECASE | re.MULTILINE,
)
_MAY = re.compile(
    r"wait|wrong|incorrect|mistake|not (?:right|correct)|scra(?:p|tch) that|second thought|oops|correction|"
    r"ignore|disregard|forget|let me|option|alternativ|variant|choice|approach|^[ \t#*_>(]{0,9}or\b",
    re.IGNORECASE | re.MULTILINE,
)
_AHEAD, _BEHIND = 120, 80
_MOST_HITS = 1000


def words_around(text: str) -> tuple[str, ...]:
    """The words before, between and behind the blocks of an answer: one piece more than it has blocks."""
    pieces: list[list[str]] = [[]]
    until: re.Pattern[str] | None = None
    marked = loose = False
    for line in text.split("\n"):
        if marked:
            marked = not ends(line)
        elif until is not None:
            until = None if until.search(line) else until
            if opens(line) is not None:
                # Blocks between markers within one fence have words between them.
                marked = loose = True
                pieces.append([])
            elif loose and until is not None:
                pieces[-1].append(line)
        elif fence := _FENCE.match(line):
            until = re.compile(rf"^[ \t]*{re.escape(fence[1][0])}{{{len(fence[1])},}}[ \t]*$")
            loose = False
            pieces.append([])
        elif opens(line) is not None:
            marked = True
            pieces.append([])
        elif _TAGS.match(line):
            until = None if _TAGS_END.search(line) else _TAGS_END
            pieces.append([])
        else:
            pieces[-1].append(line)
    return tuple("\n".join(piece) for piece in pieces)


def second_thoughts(words: str, *, choice: bool = True) -> str:
    """The line that takes back what stands above, or (on demand) offers another; empty without any."""
    for hit in islice(_MAY.finditer(words), _MOST_HITS):
        first = words.rfind("\n", 0, hit.start()) + 1
        line = words[first : hit.end() + _BEHIND].partition("\n")[0]
        skipped = max(0, hit.start() - first - _AHEAD)
        # What is cut off at the front is no beginning of a line.
        near = "x" * bool(skipped) + line[skipped:]
        if _RETRACTED.search(near) or (choice and _CHOICE.search(near)):
            return near.strip()[:100]
    return ""


def refuse_second_thoughts(text: str, *, several: bool = True) -> None:
    """Refuses an answer whose edits seem to be taken back, or only to be one choice of two.

    Args:
        text: the answer without its reasoning.
        several: whether it holds several edits, so that there can be a choice.

    Raises:
        EditError: it says so below its first block.
    """
    pieces = words_around(text)
    # An object of JSON may stand in an answer without a fence.
    below = pieces[1:] or (text.partition("}")[2],)
    for words in below:
        if said := second_thoughts(words, choice=several):
            raise EditError(
                f"The answer seems to take an edit back or to leave a choice ({said!r}); "
                "give only the edits that are meant, and all of them."
            )
