"""Asking again when a proposal repeats what is known: which known program is near, and what to say about it.

Near is measured by the change, not by the program: one constant changed in a thousand lines leaves two texts
99.9% equal, and may be all that a search is about. A proposal is near a known program when what tells the
two apart is at most a tenth of what tells the proposal from its parent. So the same long rewrite with another
constant in it is near; the same line with another constant is not. It errs on a large change whose point is
in a small part of it: that costs one more model call, and where nothing newer comes of it the program is
evaluated all the same.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from archive.evaluation import Evaluation
from archive.program import Program, ProgramId
from mutators import context as show
from mutators.mutator import Context, Executor, Proposal
from problems.problem import Problem

__all__ = ["Novelty", "Redrawing", "difference", "shingles"]

Shingles: TypeAlias = npt.NDArray[np.uint64]

_LENGTH: Final = 4
"""Tokens in a shingle: a changed token changes 4 of them."""
_MOST_CHARACTERS: Final = 100_000
"""Beyond which programs are not compared, as there is no fingerprint of them either."""
_SHARE: Final = 0.1
_REMEMBERED: Final = 512
# Bounded repeats: a text of opening marks that nothing closes would else be read over and over.
_REST: Final = r"|([^\W\d]\w*|\d[\w.]*|\"(?:[^\"\\\n]|\\.){0,64}+\"|'(?:[^'\\\n]|\\.){0,64}+'|[^\w\s])"
_HASHED: Final = re.compile(r"#[^\n]*" + _REST, re.DOTALL)
_SLASHED: Final = re.compile(r"//[^\n]*" + _REST, re.DOTALL)
_HASHES: Final = frozenset({"python", "ruby", "perl", "r", "julia", "bash", "sh", "shell", "yaml", "toml"})
"""Languages where ``#`` begins a comment; for all others it is ``//``."""


class Redrawing(Executor, Protocol):
    """An executor that can be asked again."""

    async def again(self, context: Context, *, complaint: str, last: str, number: int) -> Proposal:
        """One more program for the same plan; see `mutators.executor.ModelExecutor.again`.

        Raises:
            ModelUnreachable, BudgetExhausted: see `Model.complete`.
        """


class Novelty:
    """Finds what a proposal repeats, and asks for something else.

    Each time is a model call that is paid for. Where a model answers at random, as the embedded one does, the
    next turn is worth as much as asking again, and costs no more: there a run does without.

    Args:
        executor: is asked again.
        redraws: how often, at most, in one turn; at least 1.
    """

    def __init__(self, executor: Redrawing, *, redraws: int = 1) -> None:
        if redraws < 1:
            raise ValueError(f"redraws is {redraws}; give 1 or more, or do without novelty")
        self.redraws = redraws
        self._executor = executor
        self._shingles: OrderedDict[ProgramId, Shingles | None] = OrderedDict()

    def nearest(self, program: Program, parent: Program, known: Sequence[Program]) -> ProgramId | None:
        """The known program that a proposal is nearest to, where it is near; None where none is.

        Args:
            program: the proposal.
            parent: what it was made from.
            known: programs to compare with; the parent among them does not count. Of equally near ones the
                first is told.
        """
        mine, before = self._of(program), self._of(parent)
        if mine is None or before is None:
            return None
        limit = _SHARE * difference(mine, before)
        found: ProgramId | None = None
        for other in known:
            theirs = None if other.id in (parent.id, program.id) else self._of(other)
            if theirs is None or abs(len(theirs) - len(mine)) > limit:
                continue
            apart = difference(mine, theirs)
            if apart <= limit and (found is None or apart < limit):
                found, limit = other.id, apart
        return found

    async def again(
        self, context: Context, repeated: Program, *, same: bool, became: Evaluation | None, number: int
    ) -> Proposal:
        """Ask for another program, with what is known of the one that was repeated.

        Args:
            context: the turn.
            repeated: the proposal.
            same: whether it does the very same as a known program; else it is only near one.
            became: what became of the known one; None while it is being evaluated.
            number: which time this turn asks again, from 1.

        Raises:
            ModelUnreachable, BudgetExhausted: see `Model.complete`.
        """
        likeness = "does the same as one" if same else "is nearly the same as one"
        fate = _fate(context.problem, context.parent.evaluation, became)
        complaint = (
            f"Your program {likeness} that was tried already: {fate}. Carry the plan out in another way, or "
            "make another change that fits its idea; do not hand in that program again."
        )
        if repeated.id == context.parent.program.id:
            complaint = "Your answer leaves the program as it is. Make the change."
        last = show.quoted(show.change(context.parent.program, repeated, 600), 600)
        return await self._executor.again(context, complaint=complaint, last=last, number=number)

    def _of(self, program: Program) -> Shingles | None:
        if program.id in self._shingles:
            self._shingles.move_to_end(program.id)
            return self._shingles[program.id]
        made = self._shingles[program.id] = shingles(program)
        if len(self._shingles) > _REMEMBERED:
            self._shingles.popitem(last=False)
        return made


def shingles(program: Program) -> Shingles | None:
    """Hashes of every run of 4 tokens, each once, in ascending order: uint64 of shape (n,).

    Layout does not count, nor do comments that begin with ``#`` or ``//``, whichever the language has. None
    for a program of more than 100,000 characters.
    """
    text = program.text
    if len(text) > _MOST_CHARACTERS:
        return None
    pattern = _HASHED if program.language in _HASHES else _SLASHED
    hashes = [_hash(token) for token in pattern.findall(text) if token]
    ring = np.array([*hashes, *([0] * _LENGTH)], dtype=np.uint64)
    mixed = np.zeros(len(hashes) + 1, dtype=np.uint64)
    for step in range(_LENGTH):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + ring[step : step + len(mixed)]
    return np.unique(mixed)


def difference(one: Shingles, other: Shingles) -> int:
    """Number of shingles that only one of two programs has."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    return len(one) + len(other) - 2 * common


def _hash(token: str) -> int:
    # Python's own hash of a text differs from one process to the next.
    raw = token.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")


def _fate(problem: Problem, parent: Evaluation, became: Evaluation | None) -> str:
    """What became of a program, in words fit for a prompt."""
    if became is None:
        return "it is being evaluated at this moment"
    if became.fitness is None or parent.fitness is None:
        return show.failure(problem, became) if became.fitness is None else "it is valid"
    utility = problem.objective.utility
    gain = utility(became.fitness) - utility(parent.fitness)
    word = "better than" if gain > 0 else "worse than" if gain < 0 else "as good as"
    if not show.objective_is_shown(problem, became):
        return "it is valid"
    return f"its fitness is {show.number(became.fitness)}, {word} the current program's"
