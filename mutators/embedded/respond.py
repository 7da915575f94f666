"""The model as a pure function: from the messages and the seed to the text of an answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mutators.blocks import is_marked
from mutators.embedded.answer import as_blocks, as_program, plan_json
from mutators.embedded.editor import choose, edit
from mutators.embedded.lessons import lesson
from mutators.embedded.operators.constants import CONSTANT_OPERATORS
from mutators.embedded.operators.operator import Operator, Scene
from mutators.embedded.prompt import Block, Prompt, Task, read_prompt
from mutators.embedded.source import Source, read

__all__ = ["SELF_DESCRIPTION", "digest", "respond"]

SELF_DESCRIPTION = (
    "I am Cambrian's embedded program editor, not a language model. I change programs by random edits of "
    "constants, expressions and statements; I do not understand text."
)
_REJECTED = 2
_TRIES = 4


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the program that may change."""

    block: Block
    scene: Scene

    def mention(self) -> str:
        return f" (in {self.block.path})" if self.block.path else ""


def digest(messages: Sequence[tuple[str, str]], seed: int | None, choice: int = 0) -> str:
    """SHA-256 of a request, in hexadecimal: the source of all randomness of its answer."""
    canonical = json.dumps([list(map(list, messages)), seed, choice])
    return hashlib.sha256(canonical.encode()).hexdigest()


def respond(messages: Sequence[tuple[str, str]], seed: int | None = None, choice: int = 0) -> str:
    """Answer a conversation of (role, text). Equal arguments give equal answers, on any machine."""
    random = Random(int(digest(messages, seed, choice), 16))
    prompt = read_prompt(messages)
    if prompt.task is None:
        return f"{SELF_DESCRIPTION} The prompt names none of my tasks (plan, execute, summarize)."
    if prompt.task is Task.SUMMARIZE:
        return lesson(prompt)
    files = _files(prompt)
    if not files:
        return f"{SELF_DESCRIPTION} The prompt shows no program that I can read."
    file = _drawn(files, prompt.plan, random)
    return _plan(file, random) if prompt.task is Task.PLAN else _execute(prompt, file, random)


def _files(prompt: Prompt) -> list[_File]:
    """The files that may change and can be read, each with its namesakes in the inspirations."""
    marked = any(is_marked(block.text) for block in prompt.program)
    found = []
    for block in prompt.program:
        source = read(block.text, block.language) if is_marked(block.text) or not marked else None
        if source is not None:
            peers = [one for peer in prompt.inspirations for one in peer if one.path == block.path]
            others = tuple((one.text, one.language) for one in peers if one.text != block.text)
            found.append(_File(block, Scene(source, others)))
    return found


def _drawn(files: Sequence[_File], plan: str, random: Random) -> _File:
    """The file the plan speaks of, else one by the number of its constants."""
    for file in files:
        if file.block.path and file.mention() in plan:
            return file
    return random.choices(files, [1 + len(file.scene.source.literals) for file in files])[0]


def _plan(file: _File, random: Random) -> str:
    scene = file.scene
    choice = choose(scene, random)
    if choice is None:
        return plan_json(
            idea="Nothing: the program has no constants, expressions or statements that I could edit.",
            steps=(),
            expects="No change.",
            rejected=(),
            risk="None.",
            approach="",
        )
    others = [one for _ in range(_REJECTED) if (one := choose(scene, random)) is not None]
    # An executor shows inspirations again only for a plan without steps.
    steps = () if choice.operator.borrows else (f"Draw at random what to change, {_where(scene.source)}.",)
    return plan_json(
        idea=f"{choice.said(scene)}{file.mention()}",
        steps=steps,
        expects="Unknown: this is a blind step of a program editor, and the score decides.",
        rejected=[one.said(scene) for one in others if one.said(scene) != choice.said(scene)],
        risk="Most such steps make the program worse.",
        approach=_approach(choice.operator),
    )


def _approach(operator: Operator) -> str:
    """What the menu that comes with Cambrian calls it; empty where a blind step is of none of its kinds."""
    if operator.borrows:
        return "combine with an inspiration"
    return "tune constants" if operator in CONSTANT_OPERATORS else ""


def _where(source: Source) -> str:
    return "inside the evolve block only" if is_marked(source.text) else "anywhere in the program"


def _execute(prompt: Prompt, file: _File, random: Random) -> str:
    scene, block = file.scene, file.block
    for attempt in range(_TRIES):
        made = edit(scene, prompt.plan if attempt == 0 else "", random)
        if made is None:
            break
        answer = as_blocks(block.text, made.splices) if prompt.diff else as_program(made.text, block.language)
        if answer is not None:
            words = f"{made.choice.said(scene)}{file.mention()}.\n\n"
            name = f"file: {block.path}\n" if block.path else ""
            return f"{words[:1].upper()}{words[1:]}{name}{answer}"
    return f"{SELF_DESCRIPTION} I found nothing in this program that I could change."
