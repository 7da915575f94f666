"""Writing the first program of a problem that comes without one."""

from __future__ import annotations

import random
from collections.abc import Sequence

from archive.attempt import Candidate
from archive.ledger import CallStatus, Purpose
from archive.program import Program
from mutators.answers import MOST, without_reasoning
from mutators.context import clipped, failure, fenced, quoted
from mutators.editing.edit import EditError
from mutators.model import Model, Request
from mutators.mutator import Draft, Founder, Proposal
from mutators.render import conversation
from mutators.rewrites import apply_rewrite
from problems.problem import Problem

__all__ = ["ModelFounder", "first_file"]

_SUFFIXES = {
    "python": ".py",
    "c": ".c",
    "c++": ".cpp",
    "cpp": ".cpp",
    "rust": ".rs",
    "go": ".go",
    "java": ".java",
    "javascript": ".js",
    "typescript": ".ts",
    "julia": ".jl",
    "r": ".r",
    "text": ".txt",
    "markdown": ".md",
}
_SHOWN = 40_000
"""Characters of the last draft that are shown."""
_COMPLAINTS = 8


def first_file(language: str) -> str:
    """Name of the one file of a program that a model wrote from the statement."""
    return f"program{_SUFFIXES.get(language.lower(), '')}"


class ModelFounder(Founder):
    """Asks a model for a whole program, and shows it why the ones before were no good.

    Args:
        model: who is asked.
        problem: what is asked.
        seed: of the run.
        models: names of the models that can write a program; empty for all.
    """

    def __init__(self, model: Model, *, problem: Problem, seed: int, models: Sequence[str] = ()) -> None:
        self._model = model
        self._problem = problem
        self._seed = seed
        self._models = tuple(models)

    async def write(self, drafts: Sequence[Draft], *, number: int) -> Proposal:
        problem = self._problem
        reply = await self._model.complete(
            Request(
                messages=conversation(
                    problem, "begin", files=1, last=self._last(drafts), complaints=self._complaints(drafts)
                ),
                purpose=Purpose.EXECUTE,
                ordinal=number,
                seed=random.Random(f"{self._seed}:begin:{number}").getrandbits(31),
                models=self._models,
            )
        )
        text = reply.text
        if not text.strip():
            why = reply.error or reply.status.value
            return Proposal(candidate=None, note=f"The answer was empty ({why}).")
        if len(text) > MOST:
            return Proposal(candidate=None, note=f"The answer has {len(text)} characters.")
        try:
            edited = apply_rewrite(
                {first_file(problem.language): ""},
                without_reasoning(text),
                language=problem.language,
                entrypoint=problem.entrypoint,
                cut=reply.status is CallStatus.TRUNCATED,
            )
        except EditError as error:
            return Proposal(candidate=None, note=clipped(str(error), 1000))
        program = Program.of(problem.language, edited.sources)
        candidate = Candidate(operator="seed", program=program, model=reply.model)
        return Proposal(candidate=candidate, note=edited.note)

    def _last(self, drafts: Sequence[Draft]) -> str:
        written = [draft.shown.program for draft in drafts if draft.shown is not None]
        return fenced(clipped(written[-1].text, _SHOWN), self._problem.language) if written else ""

    def _complaints(self, drafts: Sequence[Draft]) -> tuple[str, ...]:
        """Newest first."""
        lines = [
            quoted(draft.note, 600) if draft.shown is None else failure(self._problem, draft.shown.evaluation)
            for draft in reversed(drafts)
        ]
        return tuple(dict.fromkeys(lines))[:_COMPLAINTS]
