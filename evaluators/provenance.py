"""What a score was made with: the recipes of the stages, and the rest of what is needed to find it again."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Protocol

from archive.evaluation import Provenance
from evaluators.stage import Stage

__all__ = ["Identified", "Origin", "recipe_of", "version_of_cambrian"]


class Identified(Protocol):
    """A `Sandbox`, as far as provenance goes."""

    @property
    def identity(self) -> str:
        """Known once the sandbox is started."""


class Origin:
    """Makes the provenance of evaluations. All they have in common is built once and shared."""

    def __init__(
        self, stages: Sequence[Stage], *, candidates: Identified | None, scorers: Identified | None
    ) -> None:
        """Take what all evaluations have in common; identities are asked for at the first evaluation.

        Args:
            stages: of the pipeline.
            candidates: the sandbox where programs run; None where there is none to name.
            scorers: the sandbox where trusted files run; None where there is none to name.
        """
        self._recipes: Mapping[str, str] = MappingProxyType(
            {stage.spec.id: recipe_of(stage) for stage in stages}
        )
        self._sandboxes = (candidates, scorers)
        self._version = version_of_cambrian()

    def provenance(self, seed: int, *, replicas: int) -> Provenance:
        """Of an evaluation that is done.

        Args:
            seed: of the run.
            replicas: passes through the DAG.
        """
        candidates, scorers = ("" if one is None else one.identity for one in self._sandboxes)
        return Provenance(
            seed=seed,
            replicas=replicas,
            candidates=candidates,
            scorers=scorers,
            stages=self._recipes,
            version=self._version,
        )


def recipe_of(stage: Stage) -> str:
    """Kind, version and options of a stage as one line of JSON: equal for stages that do the same work.

    Options stand sorted by name. Inside an option the order is kept, for a program sees the order of its
    inputs. A loaded problem gives every option, limits and policy among them, also those left at a default.
    """
    options = {name: stage.spec.options[name] for name in sorted(stage.spec.options)}
    recipe = {"kind": stage.spec.uses, "version": stage.version, "options": options}
    return json.dumps(recipe, separators=(",", ":"))


@cache
def version_of_cambrian() -> str:
    """The installed version; empty where the source is used without being installed."""
    try:
        return importlib.metadata.version("cambrian")
    except importlib.metadata.PackageNotFoundError:
        return ""
