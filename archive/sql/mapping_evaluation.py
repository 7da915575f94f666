"""Rows of evaluations, and the recipes that evaluations share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

from archive.evaluation import Evaluation, Provenance, StageResult, StageState, Verdict
from archive.sql.encoding import (
    AnyRow,
    Values,
    json_out,
    number,
    optional_number,
    text_in,
    text_out,
)
from archive.store import StoreError

__all__ = ["evaluation_of", "evaluation_row", "recipe_row"]

_Stages: TypeAlias = tuple[tuple[str, str], ...]


def evaluation_row(run: str, evaluation: Evaluation, utility: float | None) -> Values:
    """A row of ``evaluations``, without its number.

    Raises:
        StoreError: the utility does not go with the verdict, or a number is not finite.
    """
    if (utility is None) == evaluation.is_valid:
        raise StoreError(f"utility {utility} does not go with the verdict {evaluation.verdict.value}")
    return {
        "run": text_out(run),
        "program": evaluation.program,
        "problem": text_out(evaluation.problem),
        "verdict": evaluation.verdict.value,
        "fitness": optional_number(evaluation.fitness, name="fitness"),
        "utility": optional_number(utility, name="utility"),
        "seconds": number(evaluation.seconds, name="seconds of an evaluation"),
        "descriptors": json_out(list(evaluation.descriptors)),
        "metrics": json_out(dict(evaluation.metrics)),
        "stages": json_out([_stage_out(stage) for stage in evaluation.stages]),
        "reason": text_out(evaluation.reason),
        **_provenance_out(evaluation.provenance),
    }


def recipe_row(provenance: Provenance | None) -> Values | None:
    """A row of ``recipes``, which the evaluations of a run share; None where nothing was recorded."""
    if provenance is None:
        return None
    digest, recipe = _recipe_out(*_common(provenance))
    return {"digest": digest, "recipe": recipe}


def evaluation_of(row: AnyRow) -> Evaluation:
    """An evaluation, from a row with the columns of ``evaluations`` and the text of its recipe."""
    return Evaluation(
        program=row.program,
        problem=text_in(row.problem),
        verdict=Verdict(row.verdict),
        fitness=row.fitness,
        descriptors=tuple(json.loads(row.descriptors)),
        metrics=MappingProxyType(json.loads(row.metrics)),
        stages=tuple(_stage_in(stage) for stage in json.loads(row.stages)),
        reason=text_in(row.reason),
        seconds=row.seconds,
        provenance=_provenance_in(row) if row.recipe is not None else None,
    )


def _stage_out(stage: StageResult) -> Mapping[str, object]:
    return {
        "stage": stage.stage,
        "state": stage.state.value,
        "verdict": stage.verdict.value if stage.verdict else None,
        "metrics": dict(stage.metrics),
        "artifacts": dict(stage.artifacts),
        "note": stage.note,
        "seconds": stage.seconds,
        "cached": stage.cached,
        "private": stage.private,
    }


def _stage_in(stage: dict[str, Any]) -> StageResult:
    return StageResult(
        stage=stage["stage"],
        state=StageState(stage["state"]),
        verdict=Verdict(stage["verdict"]) if stage["verdict"] is not None else None,
        metrics=MappingProxyType(stage["metrics"]),
        artifacts=MappingProxyType(stage["artifacts"]),
        note=stage["note"],
        seconds=stage["seconds"],
        cached=stage["cached"],
        private=stage["private"],
    )


def _provenance_out(provenance: Provenance | None) -> Values:
    if provenance is None:
        return dict.fromkeys(("seed", "replicas", "confirmed", "recipe"))
    return {
        "seed": str(provenance.seed),
        "replicas": provenance.replicas,
        "confirmed": provenance.confirmed,
        "recipe": _recipe_out(*_common(provenance))[0],
    }


def _provenance_in(row: AnyRow) -> Provenance:
    candidates, scorers, version, stages = _recipe_in(row.recipe_text)
    return Provenance(
        seed=int(row.seed),
        replicas=row.replicas,
        candidates=candidates,
        scorers=scorers,
        stages=stages,
        version=version,
        confirmed=bool(row.confirmed),
    )


def _common(provenance: Provenance) -> tuple[str, str, str, _Stages]:
    stages = tuple(provenance.stages.items())
    return provenance.candidates, provenance.scorers, provenance.version, stages


# Thousands of evaluations in a row have the same recipe of a kilobyte.
@lru_cache(maxsize=64)
def _recipe_out(candidates: str, scorers: str, version: str, stages: _Stages) -> tuple[str, str]:
    """Digest and text of a recipe."""
    recipe = json_out(
        {"candidates": candidates, "scorers": scorers, "version": version, "stages": dict(stages)}
    )
    return hashlib.sha256(recipe.encode()).hexdigest(), recipe


@lru_cache(maxsize=64)
def _recipe_in(recipe: str) -> tuple[str, str, str, Mapping[str, str]]:
    found = json.loads(recipe)
    return found["candidates"], found["scorers"], found["version"], MappingProxyType(found["stages"])
