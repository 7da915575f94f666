"""A language model's opinion of a program, for `model.judge` stages."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping

from archive.ledger import Purpose
from mutators.answers import without_reasoning
from mutators.context import clipped, fenced
from mutators.model import Message, Model, ModelError, Request
from mutators.render import render

__all__ = ["ModelJury", "read_opinion"]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ALONE = re.compile(r"^[\W_]*?(-?\d+(?:\.\d+)?)[\W_]*$", re.MULTILINE)
_PROGRAM = 60_000
"""Characters of a program that are shown."""


class ModelJury:
    """Asks one model at a time for a number between 0 and 1.

    Args:
        model: who is asked.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    async def judge(
        self,
        rubric: str,
        program_text: str,
        metrics: Mapping[str, float],
        *,
        number: int = 0,
        model: str | None = None,
    ) -> float:
        """The opinion on a program, 0 (does not meet the rubric) to 1 (meets it fully).

        The same question is asked of the same judge, and paid for, once in a run.

        Args:
            rubric: what to judge by.
            program_text: the program.
            metrics: what may be told of it, by name.
            number: which of several judges is asked, from 0.
            model: name of the model to ask; None for whichever serves.

        Raises:
            ModelError: the answer holds no such number.
            ModelUnreachable, BudgetExhausted: see `Model.complete`.
        """
        program = fenced(clipped(program_text, _PROGRAM), "")
        prompt = render("judge", rubric=rubric, program=program, metrics=metrics)
        # Outside of attempts an ordinal names the call, so it is made from what is asked.
        named = f"{prompt}\n{number}" if number else prompt
        ordinal = int.from_bytes(hashlib.sha256(named.encode("utf-8", "replace")).digest()[:4], "big") >> 1
        reply = await self._model.complete(
            Request(
                messages=(Message(role="user", content=prompt),),
                purpose=Purpose.JUDGE,
                ordinal=ordinal,
                seed=ordinal,
                models=() if model is None else (model,),
            )
        )
        opinion = read_opinion(reply.text)
        if opinion is None:
            raise ModelError(
                f"expected an opinion from 0 to 1, the model {reply.model} wrote {reply.text[:80]!r}"
            )
        return opinion


def read_opinion(answer: str) -> float | None:
    """The last number from 0 to 1, preferably alone on its line; None when there is none."""
    text = without_reasoning(answer)
    numbers = [float(found) for found in (*_NUMBER.findall(text), *_ALONE.findall(text))]
    fitting = [number for number in numbers if math.isfinite(number) and 0 <= number <= 1]
    return fitting[-1] if fitting else None
