"""`verify`: whether a score can be found again."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Database, Machine, SandboxName, checked_sandbox, database
from flows.cli.text import count, plain, table

if TYPE_CHECKING:
    from archive.evaluation import Evaluation
    from flows.verification import Verification

__all__ = ["register"]

Claimed = Annotated[
    str,
    typer.Argument(
        metavar="RUN|PROGRAM",
        help="A run, for its best program, by name, id or `last`; or a program by first digits of its id.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("verify")(verify)


def verify(
    run: Claimed,
    seeds: Annotated[int, typer.Option(min=0, max=1000, help="Other seeds to score it with.")] = 3,
    sandbox: SandboxName = "auto",
    db: Database = None,
    machine: Machine = False,
) -> None:
    """Score a program again where nothing ran before: with its own seed, then with others.

    Exit code 0 when the stored score holds, 1 when it does not.

    Example: cambrian verify last --seeds 5
    """
    from flows.verification import claim_of
    from flows.verification import verify as look_again

    checked_sandbox(sandbox)
    found = asyncio.run(look_again(claim_of(run, database(db)), seeds=seeds, sandbox=sandbox))
    if machine:
        print(json.dumps(_json(found), allow_nan=False))
    else:
        _show(found)
    if not found.holds:
        raise typer.Exit(1)


def _json(found: Verification) -> dict[str, object]:
    stored = found.claim.stored
    provenance = stored.provenance
    return {
        "program": found.claim.program.id,
        "run": found.claim.run.name,
        "stored": {
            **_scored(stored),
            "provenance": None
            if provenance is None
            else {
                "seed": provenance.seed,
                "replicas": provenance.replicas,
                "candidates": provenance.candidates,
                "scorers": provenance.scorers,
                "stages": {stage: json.loads(recipe) for stage, recipe in provenance.stages.items()},
                "version": provenance.version,
                "confirmed": provenance.confirmed,
            },
        },
        "again": [{"seed": seed, **_scored(one)} for seed, one in found.again],
        "reproduced": found.reproduced,
        "holds": found.holds,
        "sandbox": found.sandbox,
        "image": found.image,
        "best_known": None if found.reference is None else found.reference.best_known,
        "gap": found.gap,
        "differs": list(found.differs),
    }


def _scored(one: Evaluation) -> dict[str, object]:
    return {
        "verdict": one.verdict.value,
        "fitness": one.fitness,
        "descriptors": list(one.descriptors),
        "reason": one.reason,
        "seconds": one.seconds,
    }


def _show(found: Verification) -> None:
    claim = found.claim
    stored = claim.stored
    (own, first), *others = found.again
    print(f"Program {claim.program.id[:12]} of run {claim.run.name} ({claim.run.problem})")
    print(plain(f"{found.sandbox}; fresh for each evaluation"))
    print()
    confirmed = stored.provenance is not None and stored.provenance.confirmed
    rows = [
        ("stored", own, stored, "confirmed in a fresh sandbox then" if confirmed else ""),
        ("again", own, first, "reproduced" if found.reproduced else "not the same"),
        *(("other seed", seed, one, "") for seed, one in others),
    ]
    table(
        ("", "seed", "verdict", "fitness", "seconds", ""),
        [
            (
                what,
                str(seed),
                one.verdict.value,
                "-" if one.fitness is None else f"{one.fitness:.15g}",
                f"{one.seconds:.2f}",
                note or plain(one.reason),
            )
            for what, seed, one, note in rows
        ],
    )
    print()
    if found.reference is not None:
        print(plain(f"best known  {found.reference.best_known:.15g} ({found.reference.source})"))
    if found.gap is not None:
        print(f"gap         {_gap(found.gap)}")
    print(plain(f"image       {found.image}"))
    if not found.differs:
        print("differs     nothing: sandbox, stages and problem are as they were")
    for line in found.differs:
        print(plain(f"differs     {line}"))
    print()
    print(_verdict(found))


def _gap(gap: float) -> str:
    if gap > 0:
        return f"{gap:.6g} short of the best known"
    return "none: it equals the best known" if gap == 0 else f"{-gap:.6g} better than the best known"


def _verdict(found: Verification) -> str:
    is_valid = found.claim.stored.is_valid
    others = len(found.again) - 1
    if found.holds:
        also = f", and it is valid under {count(others, 'other seed')}" if is_valid and others else ""
        return f"The score holds: the same seed gives the same{also}."
    if not found.reproduced:
        why = "; what differs may be why" if found.differs else ""
        return f"The score does not hold: it was not found again{why}."
    sunk = [str(seed) for seed, one in found.again if not one.is_valid]
    if is_valid and sunk:
        return f"The score does not hold: the program is not valid under seed {', '.join(sunk)}."
    return "The score was found again, but the problem is another one now: this tells nothing of the old one."
