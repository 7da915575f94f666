"""From a checked model of the document to the domain's `Problem`, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from problems.document import Report
from problems.problem import (
    Budget,
    Descriptor,
    Direction,
    ModelSpec,
    Objective,
    Problem,
    Reference,
    Repeat,
    Scale,
    StageSpec,
)
from problems.schema import ProblemModel
from problems.sources import read_text

__all__ = ["assemble", "read_dockerfile"]


def read_dockerfile(report: Report, folder: Path) -> str | None:
    """Text of the Dockerfile that ``evaluation.image`` names, None where it names an image.

    A path is told from an image by the file being there, or by the word Dockerfile in its last part.
    """
    name = report.root.text("evaluation", "image")
    if name is None or name == "default":
        return None
    if "dockerfile" in name.rpartition("/")[2].lower() or (folder / name).is_file():
        return read_text(report, ("evaluation", "image"), folder, name)
    return None


def assemble(
    model: ProblemModel,
    *,
    folder: Path,
    initial: Mapping[str, str],
    trusted: Mapping[str, str],
    dockerfile: str | None,
) -> Problem:
    """The problem of a model that has passed every check."""
    objective = Objective(
        metric=model.objective.metric,
        direction=Direction(model.objective.direction),
        target=model.objective.target,
    )
    descriptors = tuple(
        Descriptor(**{**axis.model_dump(), "scale": Scale(axis.scale)}) for axis in model.descriptors
    )
    stages = tuple(stage.spec() for stage in model.evaluation.stages)
    repeat = Repeat(**model.evaluation.repeat.model_dump())
    objectives = tuple(
        Objective(metric=each.metric, direction=Direction(each.direction)) for each in model.objectives
    )
    return Problem(
        name=model.name,
        statement=model.statement.strip(),
        language=model.program.language,
        entrypoint=model.program.entrypoint,
        initial=MappingProxyType(dict(initial)),
        trusted=MappingProxyType(dict(trusted)),
        objective=objective,
        descriptors=descriptors,
        stages=stages,
        repeat=repeat,
        pools=MappingProxyType(dict(model.evaluation.pools)),
        confirm=model.evaluation.confirm,
        objectives=objectives,
        image=model.evaluation.image,
        reference=Reference(**model.reference.model_dump()) if model.reference else None,
        search=model.search.spec(),
        models=tuple(ModelSpec(**{**item.model_dump(), "roles": tuple(item.roles)}) for item in model.models),
        budget=Budget(**model.budget.model_dump()),
        folder=folder,
        digest=_digest(
            stages=[_plain(stage) for stage in stages],
            trusted=dict(trusted),
            # The target says when to stop, not what a program is worth.
            objective=[objective.metric, objective.direction],
            entrypoint=model.program.entrypoint,
            descriptors=[asdict(axis) for axis in descriptors],
            image=[model.evaluation.image, dockerfile],
            repeat=_deciding(repeat),
            # A program must be measured by them to be valid. A problem without any keeps the digest it had.
            **({"objectives": [[each.metric, each.direction] for each in objectives]} if objectives else {}),
        ),
    )


def _plain(stage: StageSpec) -> dict[str, object]:
    """Of a stage all but its pool, which says when it runs and not what it finds."""
    plain = {name: getattr(stage, name) for name in StageSpec.__dataclass_fields__ if name != "pool"}
    return plain | {"options": dict(stage.options)}


def _deciding(repeat: Repeat) -> dict[str, object]:
    """What decides a score. Without a confidence the keys that go with it have no part in the digest.

    So the digest of a problem that never had them stays what it was, and its stored evaluations count.
    """
    plain = asdict(repeat)
    return plain if repeat.confidence is not None else {name: plain[name] for name in ("times", "statistic")}


def _digest(**parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
