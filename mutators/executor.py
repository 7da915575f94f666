"""Carrying a plan out with a model: an edit, a rewrite, a crossover with the inspirations, or a repair."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from archive.attempt import Candidate
from archive.ledger import CallStatus, Purpose
from archive.program import Program
from mutators.answers import MOST
from mutators.context import clipped, quoted, visible
from mutators.edits import Edited, EditError
from mutators.model import Model, Reply, Request
from mutators.mutator import REPAIR, Context, Executor, Proposal, Shown
from mutators.reading import read_program
from mutators.render import conversation
from mutators.view import shown_plan, shown_tried, view

__all__ = ["ModelExecutor", "Operators"]

DIFF, REWRITE, CROSSOVER = "diff", "rewrite", "crossover"
_TRIES = 2
_AGAIN = 1000
"""Ordinals of the calls that draw again begin at a multiple of this, clear of all those of the rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operators:
    """How often each way of change is drawn; weights, 0 or more, not all 0.

    Attributes:
        diff: an edit; never of a program of one line, or of one too long to be shown whole.
        rewrite: the whole program anew.
        crossover: a rewrite with inspirations shown; its weight goes to the rewrite when there are none.
    """

    diff: float = 0.8
    rewrite: float = 0.1
    crossover: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a request says of the ones before it: of its own answer, and of earlier rounds."""

    complaint: str
    last: str
    tried: tuple[tuple[str, str], ...]
    repair: bool


class ModelExecutor(Executor):
    """Asks a model for the changed program, and once more when the answer cannot be applied.

    Args:
        model: who is asked.
        operators: weights of the ways of change.
        tokens: budget of what the prompt shows.
    """

    def __init__(self, model: Model, *, operators: Operators | None = None, tokens: int = 16_000) -> None:
        self._model = model
        self._operators = operators or Operators()
        self._tokens = tokens

    async def propose(self, context: Context) -> Proposal:
        return await self._propose(context, first=0)

    async def again(self, context: Context, *, complaint: str, last: str, number: int) -> Proposal:
        """One more program for the same plan, because the one before was no good for a reason of ours.

        Args:
            context: the turn.
            complaint: what is to be different.
            last: what the answer before came to, in a few words.
            number: which time this turn draws again, from 1.

        Raises:
            ModelUnreachable, BudgetExhausted: see `Model.complete`.
        """
        return await self._propose(context, first=_AGAIN * number, complaint=complaint, last=last)

    async def _propose(
        self, context: Context, *, first: int, complaint: str = "", last: str = ""
    ) -> Proposal:
        position = context.round * (context.round + 1) // 2 + context.slot
        profile = context.problem.search.profile(context.attempt.island)
        tried, failed = shown_tried(context), _to_repair(context)
        if failed is not None:
            # What is edited is the program that failed; where it came from does not change.
            context = replace(context, parent=failed)
        operator = self._draw(context, position, profile.operators) if failed is None else REPAIR
        for retry in range(_TRIES):
            ordinal = first + _TRIES * position + retry
            said = _Said(complaint=complaint, last=last, tried=tried, repair=failed is not None)
            reply = await self._model.complete(self._request(context, operator, ordinal=ordinal, said=said))
            if not reply.status.is_answer and reply.status is not CallStatus.EMPTY:
                return Proposal(candidate=None, note=f"the model gave no answer ({reply.error})")
            try:
                applied, edited = _applied(context, reply)
            except EditError as error:
                complaint, last = str(error), quoted(reply.text, 600)
                continue
            if operator == REPAIR or (operator == CROSSOVER and applied == REWRITE):
                applied = operator
            candidate = Candidate(
                round=context.round,
                slot=context.slot,
                operator=applied,
                program=Program.of(context.parent.program.language, edited.sources),
                model=reply.model,
            )
            return Proposal(candidate=candidate, note=edited.note)
        return Proposal(candidate=None, note=clipped(complaint, 1000))

    def _draw(self, context: Context, position: int, own: Mapping[str, float]) -> str:
        """The way of change; `own` holds the weights of the attempt's island, empty for the usual ones."""
        weights = (
            Operators(**{DIFF: 0.0, REWRITE: 0.0, CROSSOVER: 0.0} | dict(own)) if own else self._operators
        )
        crossover = weights.crossover if context.inspirations else 0.0
        rewrite = weights.rewrite + weights.crossover - crossover
        lines = [line for line in context.parent.program.text.split("\n") if line.strip()]
        diff = weights.diff if len(lines) > 1 else 0.0
        if diff + rewrite + crossover <= 0:
            return REWRITE
        draw = random.Random(f"{context.seed}:operator:{position}")
        return draw.choices((DIFF, REWRITE, CROSSOVER), (diff, rewrite, crossover))[0]

    def _request(self, context: Context, operator: str, *, ordinal: int, said: _Said) -> Request:
        plan = shown_plan(context.attempt.plan)
        profile = context.problem.search.profile(context.attempt.island)
        # A plan with steps has made its choice among the inspirations already.
        peers = operator == CROSSOVER or not plan.steps
        taken = sum(len(line) + len(change) for line, change in said.tried)
        shown = view(context, tokens=self._tokens, inspirations=peers, taken=taken)
        # A program that is not shown whole cannot be written anew.
        edits = operator in {DIFF, REPAIR} or not shown.whole
        template = "execute_diff" if edits else "execute_rewrite"
        messages = conversation(
            context.problem,
            template,
            files=len(context.parent.program.sources),
            view=shown,
            plan=plan,
            crossover=operator == CROSSOVER,
            complaint=visible(said.complaint),
            style=visible(profile.style),
            last=said.last,
            tried=said.tried,
            repair=said.repair,
        )
        return Request(
            messages=messages,
            purpose=Purpose.EXECUTE,
            attempt=context.attempt.number,
            ordinal=ordinal,
            seed=random.Random(f"{context.seed}:execute:{ordinal}").getrandbits(31),
            models=profile.models,
        )


def _to_repair(context: Context) -> Shown | None:
    """The newest program of the round before that failed: what a round mends first."""
    if context.slot > 0:
        return None
    for one in reversed(context.tried):
        made = one.candidate
        if made is None or made.evaluation is None or made.round < context.round - 1:
            continue
        if not made.evaluation.is_valid:
            return Shown(program=made.program, evaluation=made.evaluation)
    return None


def _applied(context: Context, reply: Reply) -> tuple[str, Edited]:
    """What an answer makes of the parent, and whether it was an edit or a rewrite, whatever was asked for.

    Raises:
        EditError: the answer leads to no program.
    """
    if not reply.text.strip():
        raise EditError(f"The answer was empty ({reply.error or reply.status.value}).")
    if len(reply.text) > MOST:
        raise EditError(f"The answer has {len(reply.text)} characters; keep to what was asked for.")
    cut = reply.status is CallStatus.TRUNCATED
    problem = context.problem
    edits, edited = read_program(
        context.parent.program.sources,
        reply.text,
        language=problem.language,
        entrypoint=problem.entrypoint,
        cut=cut,
    )
    return DIFF if edits else REWRITE, edited
