"""Answers made by generators: each change in each style, whole and damaged on the way."""

# ruff: noqa: E501  # answers stand here as they are written, each on a line of its own
from __future__ import annotations

import difflib
import html
import json
import re
import textwrap
from collections.abc import Callable, Iterator

from tests.mutators.corpus.case import HOPELESS, RECOVERABLE, WELL_FORMED, Case
from tests.mutators.corpus.changes import CHANGES, Change

__all__ = ["generated"]

Style = Callable[[Change], str]


def block(
    old: str, new: str, *, marks: tuple[str, str, str] = ("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE")
) -> str:
    return f"{marks[0]}\n{old}{marks[1]}\n{new}{marks[2]}\n"


def blocks(change: Change) -> str:
    return "\n".join(block(old, new) for old, new in change.edits)


def unified(change: Change, *, context: int = 3) -> str:
    before, after = (
        change.before.splitlines(keepends=True),
        change.after[change.path].splitlines(keepends=True),
    )
    name = change.path
    return "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", n=context))


def hunks(change: Change) -> str:
    return "".join(unified(change).splitlines(keepends=True)[2:])


def whole(change: Change) -> str:
    return change.after[change.path]


def numbered(text: str, *, first: int = 1, form: str = "{:4d} | {}") -> str:
    return "".join(form.format(n, line) for n, line in enumerate(text.splitlines(keepends=True), first))


def at(change: Change, old: str) -> int:
    return change.before[: change.before.index(old)].count("\n") + 1


def per_edit(change: Change, make: Callable[[str, str], tuple[str, str]]) -> str:
    return "\n".join(block(*make(old, new)) for old, new in change.edits)


def tags(old: str, new: str) -> Style:
    return lambda change: "\n".join(
        f"<edit>\n<{old}>\n{a}</{old}>\n<{new}>\n{b}</{new}>\n</edit>" for a, b in change.edits
    )


def labelled(old: str, new: str) -> Style:
    return lambda change: "\n\n".join(
        f"{old}\n```{change.language}\n{a}```\n\n{new}\n```{change.language}\n{b}```" for a, b in change.edits
    )


WELL: tuple[tuple[str, Style], ...] = (
    ("blocks", blocks),
    (
        "blocks with words around",
        lambda c: f"I will raise it.\n\n{blocks(c)}\nThis should help, since it is wider.",
    ),
    ("blocks in a fence", lambda c: f"Here is the change:\n\n```{c.language}\n{blocks(c)}```\n"),
    (
        "blocks each in a fence",
        lambda c: "\n\n".join(f"{i}. Step\n```\n{block(*e)}```" for i, e in enumerate(c.edits)),
    ),
    ("blocks below their file", lambda c: "\n".join(f"file: {c.path}\n{block(*e)}" for e in c.edits)),
    (
        "blocks below reasoning",
        lambda c: f"<think>\nMaybe\n{block('x', 'y')}\nor not.\n</think>\n\n{blocks(c)}",
    ),
    ("a true diff", lambda c: f"```diff\n{unified(c)}```"),
    ("a true diff without a fence", lambda c: f"The patch:\n\n{unified(c)}\nIt is done."),
    (
        "a diff as of git",
        lambda c: (
            f"```diff\ndiff --git a/{c.path} b/{c.path}\nindex 83db48f..bf2a1c0 100644\n{unified(c)}```"
        ),
    ),
    ("the whole program", lambda c: f"```{c.language}\n{whole(c)}```"),
    (
        "the whole program with words",
        lambda c: f"I chose the second idea.\n\n```{c.language}\n{whole(c)}```\n\n**Why**: it is better.\n",
    ),
)

RECOVERED: tuple[tuple[str, Style], ...] = (
    (
        "markers of Cline",
        lambda c: "\n".join(
            block(*e, marks=("------- SEARCH", "=======", "+++++++ REPLACE")) for e in c.edits
        ),
    ),
    (
        "markers of a conflict",
        lambda c: "\n".join(
            block(*e, marks=("<<<<<<< HEAD", "=======", ">>>>>>> improved")) for e in c.edits
        ),
    ),
    (
        "markers old and new",
        lambda c: "\n".join(
            block(*e, marks=("<<<<<<< ORIGINAL", "=======", ">>>>>>> UPDATED")) for e in c.edits
        ),
    ),
    (
        "end marker the wrong way round",
        lambda c: "\n".join(
            block(*e, marks=("<<<<<<< SEARCH", "=======", "<<<<<<< REPLACE")) for e in c.edits
        ),
    ),
    (
        "line numbers of Roo",
        lambda c: "\n".join(block(f":start_line:{at(c, a)}\n-------\n{a}", b) for a, b in c.edits),
    ),
    (
        "halves closed one by one",
        lambda c: "\n".join(
            block(*e, marks=("<<<<<<< SEARCH", ">>>>>>> SEARCH\n<<<<<<< REPLACE", ">>>>>>> REPLACE"))
            for e in c.edits
        ),
    ),
    (
        "each half in a fence",
        lambda c: per_edit(c, lambda a, b: (f"```{c.language}\n{a}```\n", f"```{c.language}\n{b}```\n")),
    ),
    (
        "only the fence ends",
        lambda c: "\n".join(f"```\n{block(*e).replace('>>>>>>> REPLACE', '```')}" for e in c.edits),
    ),
    ("entities everywhere", lambda c: html.escape(blocks(c))),
    ("trailing blanks", lambda c: per_edit(c, lambda a, b: (a.replace("\n", "  \n"), b))),
    ("windows line ends", lambda c: blocks(c).replace("\n", "\r\n")),
    ("lost indentation", lambda c: per_edit(c, lambda a, b: (cut(a, a), cut(b, a)))),
    (
        "too much indentation",
        lambda c: per_edit(
            c,
            lambda a, b: (
                (textwrap.indent(a, "    "), textwrap.indent(b, "    "))
                if c.language != "go"
                else (textwrap.indent(a, "\t"), textwrap.indent(b, "\t"))
            ),
        ),
    ),
    (
        "first line stripped",
        lambda c: per_edit(
            c,
            lambda a, b: (a.lstrip(), b.lstrip()) if indent(a) == indent(b) and a.count("\n") > 1 else (a, b),
        ),
    ),
    ("line numbers copied", lambda c: per_edit(c, lambda a, b: (numbered(a, first=at(c, a)), b))),
    (
        "line numbers in both halves",
        lambda c: per_edit(c, lambda a, b: (numbered(a, first=at(c, a)), numbered(b, first=at(c, a)))),
    ),
    (
        "signs of a diff in the halves",
        lambda c: per_edit(c, lambda a, b: (prefixed(a, "-"), prefixed(b, "+"))),
    ),
    (
        "hard blanks",
        lambda c: per_edit(
            c,
            lambda a, b: (
                (a.replace("    ", "\u00a0" * 4), b.replace("    ", "\u00a0" * 4))
                if c.language != "go"
                else (a.replace(" ", "\u00a0"), b.replace(" ", "\u00a0"))
            ),
        ),
    ),
    ("search and replace tags", tags("search", "replace")),
    ("old and new string tags", tags("old_string", "new_string")),
    (
        "edits as JSON",
        lambda c: (
            "```json\n"
            + json.dumps(
                {"edits": [{"path": c.path, "old_string": a, "new_string": b} for a, b in c.edits]}, indent=2
            )
            + "\n```"
        ),
    ),
    ("a list of edits as JSON", lambda c: json.dumps([{"search": a, "replace": b} for a, b in c.edits])),
    ("labels search and replace", labelled("**SEARCH:**", "**REPLACE WITH:**")),
    ("labels before and after", labelled("### Before", "### After")),
    (
        "wrong numbers in the hunks",
        lambda c: f"```diff\n{re.sub(r'@@ .* @@', '@@ -10,7 +10,9 @@', unified(c))}```",
    ),
    ("hunks without numbers", lambda c: f"```diff\n{re.sub(r'@@ .* @@', '@@ ... @@', unified(c))}```"),
    ("hunks without files", lambda c: f"```diff\n{hunks(c)}```"),
    ("a diff without heads", lambda c: "\n".join(f"```diff\n{headless(c, e)}```" for e in c.edits)),
    ("a diff whose context lacks its sign", lambda c: f"```diff\n{re.sub(r'(?m)^ ', '', unified(c))}```"),
    ("a diff with stripped blank lines", lambda c: f"```diff\n{re.sub(r'(?m)^ $', '', unified(c))}```"),
    (
        "a diff with trailing blanks",
        lambda c: "```diff\n" + re.sub(r"(?m)^([ +-].*)$", r"\1 ", unified(c)) + "```",
    ),
    ("a diff in a fence of the language", lambda c: f"```{c.language}\n{unified(c)}```"),
    ("a diff of other file names", lambda c: f"```diff\n{unified(c).replace(c.path, 'program.txt')}```"),
    (
        "a patch as of apply_patch",
        lambda c: (
            f"*** Begin Patch\n*** Update File: {c.path}\n{re.sub(r'@@ .* @@', '@@', hunks(c))}*** End Patch"
        ),
    ),
    ("a fence that is not closed", lambda c: f"```{c.language}\n{blocks(c)}"),
    ("reasoning without its opening", lambda c: f"So maybe {block('x', 'y')}\n</think>\n{blocks(c)}"),
    ("reasoning of Magistral", lambda c: f"[THINK]\nLet me see {block('x', 'y')}\n[/THINK]\n{blocks(c)}"),
    (
        "channels",
        lambda c: (
            f"<|channel|>analysis<|message|>try {blocks(c)}<|end|><|start|>assistant<|channel|>final<|message|>{blocks(c)}<|return|>"
        ),
    ),
    ("said twice", lambda c: f"{blocks(c)}\nTo be clear, all edits again:\n\n{blocks(c)}"),
    (
        "edits and the program too",
        lambda c: f"{blocks(c)}\nThe whole program then:\n```{c.language}\n{whole(c)}```",
    ),
    ("the whole program without a tag", lambda c: f"```\n{whole(c)}```"),
    ("the whole program below its name", lambda c: f"**{c.path}**\n\n```{c.language}\n{whole(c)}```"),
    ("the name behind the fence", lambda c: f"```{c.language}:{c.path}\n{whole(c)}```"),
    (
        "after the old program",
        lambda c: f"Current code:\n```{c.language}\n{c.before}```\nNew code:\n```{c.language}\n{whole(c)}```",
    ),
    ("the whole program with numbers", lambda c: f"```{c.language}\n{numbered(whole(c))}```"),
    ("the whole program as entities", lambda c: f"```{c.language}\n{html.escape(whole(c))}```"),
    ("the whole program as JSON", lambda c: json.dumps({"idea": "x", "code": whole(c)})),
    ("the whole program in tags", lambda c: f"<answer>\n{whole(c)}</answer>"),
)

LOST: tuple[tuple[str, Style], ...] = (
    ("cut off", lambda c: blocks(c)[: -len(">>>>>>> REPLACE\n") - 3]),
    ("no divider", lambda c: blocks(c).replace("=======\n", "")),
    ("lines that are not there", lambda c: per_edit(c, lambda a, b: (re.sub(r"[a-z]+", "zebra", a), b))),
    ("only in reasoning", lambda c: f"<think>\n{blocks(c)}</think>\nI would rather leave it."),
    ("only words", lambda c: f"Change line {at(c, c.edits[0][0])} so that it uses a larger value."),
    ("the program cut off", lambda c: f"```{c.language}\n{whole(c)[: len(whole(c)) // 2]}"),
    (
        "the rest left out nowhere clear",
        lambda c: (
            f"```{c.language}\n// ... existing code ...\nxyzzy()\n// ... existing code ...\n```"
            if c.language != "python"
            else "```python\n# ... existing code ...\nxyzzy()\n# ... existing code ...\n```"
        ),
    ),
    (
        "two ways to choose from",
        lambda c: (
            f"Option A:\n```{c.language}\n{whole(c)}```\nOption B:\n```{c.language}\n{whole(c).replace('0', '2')}```"
        ),
    ),
)


def generated() -> Iterator[Case]:
    """Every change in every style."""
    for kind, styles in ((WELL_FORMED, WELL), (RECOVERABLE, RECOVERED), (HOPELESS, LOST)):
        for name, style in styles:
            for change in CHANGES:
                yield Case(
                    name=f"{name} ({change.name})",
                    kind=kind,
                    sources=change.sources,
                    answer=style(change),
                    after=None if kind == HOPELESS else change.after,
                    language=change.language,
                    entrypoint=change.entrypoint,
                )


def indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]


def cut(text: str, like: str) -> str:
    """The text less the indentation that all lines of another have."""
    margin = min((indent(line) for line in like.splitlines() if line.strip()), key=len)
    return "".join(line.removeprefix(margin) for line in text.splitlines(keepends=True))


def prefixed(text: str, sign: str) -> str:
    return "".join(sign + line for line in text.splitlines(keepends=True))


def headless(change: Change, edit: tuple[str, str]) -> str:
    old, new = (part.splitlines(keepends=True) for part in edit)
    lines = list(difflib.ndiff(old, new))
    return "".join(line[0] + line[2:] for line in lines if line[0] != "?")
