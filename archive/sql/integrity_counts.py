"""Whether what a run counted is what its rows say, and whether each of them is there exactly once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from archive.attempt import AttemptState
from archive.evaluation import Verdict
from archive.ledger import CallStatus
from archive.run import Run
from archive.sql.encoding import AnyRow
from archive.sql.findings import RESTORE, RESUME, Finding
from archive.sql.tables import ANSWERED, IS_SEED, UNFINISHED

__all__ = ["count_findings", "open_calls"]

_ONCE = (
    ("evaluations", "program", "TRUE"),
    ("births", "attempt, round, slot", "attempt IS NOT NULL"),
    ("births", "program, island", IS_SEED),
    ("attempts", "number", "TRUE"),
    ("calls", "attempt, purpose, ordinal", ANSWERED),
)
"""Table, the columns that name a row in a run, and the rows this holds for."""
_RECORDED = "', '".join(
    state.value for state in (AttemptState.EVALUATED, AttemptState.SUMMARIZED, AttemptState.DONE)
)
_SUMS = ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "dollars")


def count_findings(connection: Connection, run: Run) -> Iterator[Finding]:
    """Findings on the rows of a run and their counters."""

    def ask(query: str) -> Any:  # noqa: ANN401  rows of any tables
        return connection.execute(text(query), {"run": run.id}).all()

    for table, names, where in _ONCE:
        for *key, number in ask(
            f"SELECT {names}, count(*) FROM {table} WHERE run = :run AND {where}"
            f" GROUP BY {names} HAVING count(*) > 1"
        ):
            told = f"one row of {table} for {names} = {', '.join(map(str, key))}"
            yield _finding(run, "once", told, f"{number} rows")
    yield from _lost(run, ask)
    progress = ask("SELECT * FROM progress WHERE run = :run")
    if not progress:
        yield _finding(run, "counters", "the run's counters", "none")
        return
    yield from _counters(run, progress[0], ask)
    yield from _kept_counts(run, ask)


def open_calls(connection: Connection, run: Run) -> Iterator[str]:
    """A remark on the calls of a run that were booked and of which it is not known what became of them."""
    query = text("SELECT count(*), sum(dollars) FROM calls WHERE run = :run AND status = :status")
    number, dollars = connection.execute(query, {"run": run.id, "status": CallStatus.OPEN.value}).one()
    if number:
        yield (
            f"{run.name}: {number} model call{'s' * (number > 1)} without an end, under way or cut off when a"
            f" process was killed; nobody can tell what came of it, so ${dollars:.4f} is counted, the worst"
            " case"
        )


def _lost(run: Run, ask: Any) -> Iterator[Finding]:  # noqa: ANN401  a closure over the connection
    """Rows that should have another one beside them."""
    for (number,) in ask(
        "SELECT number FROM attempts WHERE run = :run"
        f" AND state IN ('{_RECORDED}') AND NOT EXISTS (SELECT 1 FROM births"
        " WHERE births.run = attempts.run AND births.attempt = attempts.number)"
    ):
        yield _finding(run, "once", f"a candidate of attempt {number}, which was acknowledged", "none")
    for (program,) in ask(
        "SELECT program FROM births WHERE run = :run AND NOT EXISTS (SELECT 1 FROM evaluations"
        " WHERE evaluations.run = births.run AND evaluations.program = births.program)"
    ):
        yield _finding(run, "once", f"an evaluation of program {program}, which was born", "none")
    for (program,) in ask(
        "SELECT program FROM evaluations WHERE run = :run AND NOT EXISTS (SELECT 1 FROM births"
        " WHERE births.run = evaluations.run AND births.program = evaluations.program)"
    ):
        yield _finding(run, "once", f"a birth of program {program}, which was evaluated", "none")
    for program, said, verdict in ask(
        "SELECT births.program, births.verdict, evaluations.verdict FROM births JOIN evaluations"
        " ON evaluations.run = births.run AND evaluations.program = births.program"
        " WHERE births.run = :run AND births.verdict <> evaluations.verdict"
    ):
        told = f"births of program {program} with the verdict {verdict} of its evaluation"
        yield _finding(run, "scores", told, said)
    for (digest,) in ask(
        "SELECT DISTINCT recipe FROM evaluations WHERE run = :run AND recipe IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM recipes WHERE recipes.digest = evaluations.recipe)"
    ):
        yield _finding(run, "orphan", f"the recipe {digest} that evaluations name", "none")
    if run.state.is_finished:
        for number, state in ask(
            f"SELECT number, state FROM attempts WHERE run = :run AND {UNFINISHED} ORDER BY number"
        ):
            told = f"attempt {number} to have ended, as the run is {run.state.value}"
            yield _finding(run, "unfinished", told, f"it is {state}", remedy=RESUME)


def _counters(run: Run, progress: AnyRow, ask: Any) -> Iterator[Finding]:  # noqa: ANN401  as above
    """Counters against the rows they count."""
    verdicts = dict(
        map(tuple, ask("SELECT verdict, count(*) FROM evaluations WHERE run = :run GROUP BY verdict"))
    )
    states = dict(map(tuple, ask("SELECT state, count(*) FROM attempts WHERE run = :run GROUP BY state")))
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in _SUMS)
    (ledger,) = ask(f"SELECT count(*), {sums} FROM calls WHERE run = :run")
    expected = {
        "evaluations": sum(verdicts.values()),
        **{verdict.value: verdicts.get(verdict.value, 0) for verdict in Verdict},
        "attempts": sum(states.values()),
        "duplicates": states.get(AttemptState.DUPLICATE.value, 0),
        **dict(zip(("calls", *_SUMS), ledger, strict=True)),
    }
    for name, value in expected.items():
        found = getattr(progress, name)
        if not math.isclose(float(found), float(value), rel_tol=1e-9, abs_tol=1e-12):
            yield _finding(run, "counters", f"{value} {name}, as the rows say", f"{found} in the counters")
    (bounds,) = ask("SELECT max(utility), min(utility) FROM evaluations WHERE run = :run")
    for name, value in zip(("best_utility", "worst_utility"), bounds, strict=True):
        if getattr(progress, name) != value:
            yield _finding(run, "counters", f"{name} {value}", str(getattr(progress, name)))
    if progress.best_program is not None:
        (best,) = ask(
            "SELECT max(evaluations.fitness) FROM evaluations JOIN progress ON progress.run = evaluations.run"
            " AND progress.best_program = evaluations.program"
            " AND progress.best_utility = evaluations.utility WHERE evaluations.run = :run"
        )
        if best[0] is None or best[0] != progress.best_fitness:
            told = f"the best program {progress.best_program} to be worth {progress.best_fitness}"
            yield _finding(run, "counters", told, "its evaluation says otherwise")


def _kept_counts(run: Run, ask: Any) -> Iterator[Finding]:  # noqa: ANN401  as above
    """Credits and stalls against the births they count."""
    counted = {
        program: (children, int(improved))
        for program, children, improved in ask(
            "SELECT parent, count(*), sum(CASE WHEN outcome <> 'refused' THEN 1 ELSE 0 END)"
            " FROM births WHERE run = :run AND parent IS NOT NULL GROUP BY parent"
        )
    }
    kept = {
        program: (children, improved)
        for program, children, improved in ask(
            "SELECT program, children, improved FROM credits WHERE run = :run"
        )
    }
    for program in sorted(counted.keys() | kept.keys()):
        if counted.get(program) != kept.get(program):
            told = f"children and improvements of program {program}: {counted.get(program, (0, 0))}"
            yield _finding(run, "credits", told, str(kept.get(program, "none")))
    stalls = {
        island: int(stall)
        for island, stall in ask(
            "SELECT births.island, sum(CASE WHEN births.id > coalesce(good.last, 0) THEN 1 ELSE 0 END)"
            " FROM births LEFT JOIN (SELECT island, max(id) AS last FROM births WHERE run = :run"
            " AND operator <> 'migrate' AND outcome <> 'refused' GROUP BY island) AS good"
            " ON good.island = births.island WHERE births.run = :run AND births.operator <> 'migrate'"
            " GROUP BY births.island"
        )
    }
    found = dict(map(tuple, ask("SELECT island, stall FROM stalls WHERE run = :run")))
    for island in sorted(stalls.keys() | found.keys()):
        if stalls.get(island) != found.get(island):
            told = f"{stalls.get(island, 0)} births on island {island} since an improvement"
            yield _finding(run, "credits", told, str(found.get(island, "none")))


def _finding(run: Run, check: str, expected: str, found: str, *, remedy: str = RESTORE) -> Finding:
    return Finding(run=run.name, check=check, expected=expected, found=found, remedy=remedy)
