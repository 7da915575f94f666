"""Reads a prompt: which task, which program, which inspirations, which plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Block", "Prompt", "Section", "Task", "read_prompt"]

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`\r\n]*)$")
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t#]*$")
_TASK = re.compile(r"^task:\s*(\w+)", re.IGNORECASE)
_FILE = re.compile(r"^file:[ \t]*(\S.*?)[ \t]*$")
_PAGE = re.compile(r"^(?:- )?Program (\d+)\b", re.MULTILINE)
_MARKER = "<<<<<<< SEARCH"


class Task(StrEnum):
    """What the prompt asks for."""

    PLAN = "plan"
    EXECUTE = "execute"
    SUMMARIZE = "summarize"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        path: file that the line above the fence names; empty where it names none.
        language: first word after the fence, lower case.
        text: what stands inside.
    """

    path: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, up to the next: its prose, and its fenced blocks apart."""

    title: str
    prose: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt, read.

    Attributes:
        task: what is asked; None where no known task is named.
        sections: all sections in order.
    """

    task: Task | None
    sections: tuple[Section, ...]

    def titled(self, start: str) -> tuple[Section, ...]:
        """Sections whose heading starts so, whatever the case."""
        return tuple(one for one in self.sections if one.title.lower().startswith(start))

    @property
    def program(self) -> tuple[Block, ...]:
        """The files of the program to change: the blocks under the last such heading that has any."""
        found = [blocks for one in self.titled("current program") if (blocks := self._shown(one))]
        return found[-1] if found else ()

    @property
    def inspirations(self) -> tuple[tuple[Block, ...], ...]:
        """The files of every inspiration."""
        named = [page for one in self.titled("inspirations") for page in _PAGE.findall(one.prose)]
        pages = [blocks for page in named if (blocks := self._page(page))]
        return (*pages, *(one.blocks for one in self.titled("inspiration") if one.blocks))

    def _shown(self, section: Section) -> tuple[Block, ...]:
        """The blocks of a section, or those of the page of the notebook that it names."""
        if section.blocks:
            return section.blocks
        named = _PAGE.search(section.prose)
        return self._page(named.group(1)) if named else ()

    def _page(self, number: str) -> tuple[Block, ...]:
        found = [one.blocks for one in self.sections if one.title.lower() == f"program {number}"]
        return found[-1] if found else ()

    @property
    def plan(self) -> str:
        """The words of the chosen plan; empty where there is none."""
        found = [one for one in self.titled("plan") if one.title.lower() == "plan"]
        return found[-1].prose if found else ""

    @property
    def diff(self) -> bool:
        """Whether SEARCH/REPLACE blocks are wanted instead of the whole program."""
        return any(_MARKER in one.prose for one in self.sections)


def read_prompt(messages: Sequence[tuple[str, str]]) -> Prompt:
    """Read a conversation of (role, text). What the assistant said is no part of the prompt.

    The last task named in a heading counts, so that a follow-up may repeat or change it.
    """
    sections = tuple(section for role, text in messages if role != "assistant" for section in _sections(text))
    words = [match.group(1).lower() for one in sections if (match := _TASK.match(one.title))]
    known = [Task(word) for word in words if word in set(Task)]
    return Prompt(known[-1] if known else None, sections)


def _sections(text: str) -> list[Section]:
    found: list[Section] = []
    title, prose, blocks = "", list[str](), list[Block]()
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].rstrip("\r")
        if fence := _FENCE.match(line):
            end = _closing(lines, at + 1, fence.group(1))
            blocks.append(_block(lines[at + 1 : end], fence.group(2), prose[-1] if prose else ""))
            at = end
        elif heading := _HEADING.match(line):
            found.append(Section(title, "\n".join(prose).strip(), tuple(blocks)))
            title, prose, blocks = heading.group(2), [], []
        else:
            prose.append(line)
        at += 1
    found.append(Section(title, "\n".join(prose).strip(), tuple(blocks)))
    return found


def _block(lines: Sequence[str], tag: str, above: str) -> Block:
    words = tag.split()
    named = _FILE.match(above)
    return Block(
        path=named.group(1) if named else "",
        language=words[0].lower() if words else "",
        text="".join(f"{line}\n" for line in lines),
    )


def _closing(lines: Sequence[str], at: int, fence: str) -> int:
    """Index of the line that closes a fence: as long or longer and bare; the end where none does."""
    for index in range(at, len(lines)):
        line = lines[index].strip()
        if len(line) >= len(fence) and not line.strip(fence[0]):
            return index
    return len(lines)
