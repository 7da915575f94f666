"""The corpus of answers, in the styles that models write, with the program that each must lead to."""

from __future__ import annotations

from collections import Counter

import pytest

from mutators.blocks import change_outside
from mutators.edits import EditError
from mutators.reading import read_program
from tests.mutators.corpus.by_hand import BY_HAND
from tests.mutators.corpus.case import HOPELESS, RECOVERABLE, WELL_FORMED, Case
from tests.mutators.corpus.generated import generated
from tests.mutators.corpus.misleading import MISLEADING

RIGHT, MISSED, WRONG = "right", "missed", "wrong"


def outcome(case: Case) -> tuple[str, str]:
    """What came of a case, and what was said about it."""
    try:
        _, made = read_program(case.sources, case.answer, language=case.language, entrypoint=case.entrypoint)
    except EditError as error:
        return (RIGHT if case.after is None else MISSED), str(error)
    assert change_outside(case.sources, made.sources) == ""
    same = case.after is not None and made.sources == case.after
    return (RIGHT if same else WRONG), made.note


def table(cases: list[Case]) -> tuple[str, Counter[tuple[str, str]]]:
    counts: Counter[tuple[str, str]] = Counter()
    lines = []
    for case in cases:
        came, said = outcome(case)
        counts[case.kind, came] += 1
        if came != RIGHT:
            lines.append(f"{came:7} {case}: {said.splitlines()[0] if said else ''}")
    for kind in (WELL_FORMED, RECOVERABLE, HOPELESS):
        row = ", ".join(f"{counts[kind, came]} {came}" for came in (RIGHT, MISSED, WRONG))
        lines.append(f"{kind}: {row}")
    return "\n".join(lines), counts


@pytest.mark.parametrize(
    "cases", [BY_HAND, list(generated()), MISLEADING], ids=["by hand", "generated", "misleading"]
)
def test_answers_lead_to_the_program_they_mean(cases: list[Case]) -> None:
    shown, counts = table(cases)
    wrong = sum(counts[kind, WRONG] for kind in (WELL_FORMED, RECOVERABLE, HOPELESS))
    assert wrong == 0, shown
    assert counts[WELL_FORMED, MISSED] == 0, shown
    recoverable = counts[RECOVERABLE, RIGHT] + counts[RECOVERABLE, MISSED]
    assert counts[RECOVERABLE, RIGHT] >= 0.95 * recoverable, shown


def test_the_corpus_is_large_and_of_all_kinds() -> None:
    kinds = Counter(case.kind for case in [*BY_HAND, *generated()])
    assert len(BY_HAND) >= 60
    assert sum(kinds.values()) >= 150
    assert min(kinds[kind] for kind in (WELL_FORMED, RECOVERABLE, HOPELESS)) >= 30


DAMAGED = (
    "trailing blanks",
    "lost indentation",
    "too much indentation",
    "line numbers copied",
    "hard blanks",
)


@pytest.mark.parametrize("style", DAMAGED)
def test_every_tolerance_is_reported(style: str) -> None:
    """Broken by hand: a level of freedom that yields no name fails this."""
    cases = [case for case in generated() if case.name.startswith(f"{style} (") and case.after is not None]
    assert len(cases) > 5
    for case in cases:
        exact = any(block in case.sources[next(iter(case.sources))] for block in _searches(case.answer))
        _, made = read_program(case.sources, case.answer, language=case.language, entrypoint=case.entrypoint)
        assert bool(made.note) == (not exact), case


def _searches(answer: str) -> list[str]:
    return [part.split("=======")[0] for part in answer.split("<<<<<<< SEARCH\n")[1:]]
