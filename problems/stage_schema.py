"""The shape of a stage in ``problem.yaml``, one model a kind, and what all models of the format share."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from problems.problem import StageSpec, Visibility

__all__ = [
    "STAGE_KINDS",
    "Count",
    "Identifier",
    "JudgeStage",
    "Line",
    "Price",
    "RelativePath",
    "SandboxCallStage",
    "SandboxScoreStage",
    "Seconds",
    "Stage",
    "StageModel",
    "StaticPythonStage",
    "StrictModel",
    "Text",
]

Identifier: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
RelativePath: TypeAlias = Annotated[str, Field(min_length=1, max_length=255)]
Text: TypeAlias = Annotated[str, Field(pattern=r"\S", max_length=100_000)]
Line: TypeAlias = Annotated[str, Field(pattern=r"\S", max_length=1000)]
Count: TypeAlias = Annotated[int, Field(ge=1, le=1_000_000_000)]
Price: TypeAlias = Annotated[float, Field(ge=0)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=86_400)]


class StrictModel(BaseModel):
    """Unknown keys, other types and numbers that are not finite are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class StageModel(StrictModel):
    """What every stage takes."""

    id: Annotated[Identifier, Field(description="Name of the stage, unique in the problem.")]
    uses: Annotated[str, Field(description="Kind of stage.")]
    needs: Annotated[
        list[Identifier], Field(max_length=100, description="Ids of the stages whose success it waits for.")
    ] = []
    when: Annotated[
        str | None,
        Field(
            max_length=500,
            description="Gate over metrics of stages before it, such as: score.value > 2 and score.parts < 9",
        ),
    ] = None
    optional: Annotated[bool, Field(description="Whether its failure leaves the verdict alone.")] = False
    visibility: Annotated[
        Literal["public", "private"], Field(description="Metrics of a private stage never reach a model.")
    ] = "public"

    def spec(self) -> StageSpec:
        """The stage as the domain knows it; `options` holds what only this kind of stage takes."""
        return StageSpec(
            id=self.id,
            uses=self.uses,
            needs=tuple(self.needs),
            when=self.when,
            optional=self.optional,
            visibility=Visibility(self.visibility),
            options=MappingProxyType(self.model_dump(exclude=set(StageModel.model_fields))),
        )


class StaticPythonStage(StageModel):
    """Reads the program without running it: syntax, size, forbidden names; gives features of the text."""

    uses: Annotated[Literal["static.python"], Field(description="Kind of stage.")]
    max_bytes: Annotated[
        int, Field(ge=1, le=10_000_000, description="Most bytes of all sources together.")
    ] = 100_000
    forbid: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")]],
        Field(max_length=1000, description="Names and dotted modules that the program may not use."),
    ] = []


class SandboxCallStage(StageModel):
    """Calls the entrypoint in the sandbox and hands its value on."""

    uses: Annotated[Literal["sandbox.call"], Field(description="Kind of stage.")]
    inputs: Annotated[
        dict[Identifier, JsonValue],
        Field(description="Keyword arguments of the entrypoint: any JSON values."),
    ] = {}
    seconds: Annotated[Seconds, Field(description="Most seconds of wall time.")] = 10.0
    memory_mib: Annotated[int, Field(ge=16, le=1_048_576, description="Most memory, in MiB.")] = 512
    policy: Annotated[
        Literal["compute", "processes"],
        Field(description="compute: threads only; processes: may start processes as well."),
    ] = "compute"
    scratch_mib: Annotated[
        int, Field(ge=0, le=65_536, description="Size of the writable folder, in MiB; 0 for none.")
    ] = 16


class SandboxScoreStage(StageModel):
    """Calls the trusted score(output, context) on the value of the stage it needs, in another sandbox."""

    uses: Annotated[Literal["sandbox.score"], Field(description="Kind of stage.")]
    file: Annotated[RelativePath, Field(description="Python file that defines score, relative to this file.")]
    inputs: Annotated[
        dict[Identifier, JsonValue],
        Field(description="What the scorer alone is told: laid over the call's in context['inputs']."),
    ] = {}
    seconds: Annotated[Seconds, Field(description="Most seconds of wall time.")] = 30.0
    memory_mib: Annotated[int, Field(ge=16, le=1_048_576, description="Most memory, in MiB.")] = 1024


class JudgeStage(StageModel):
    """Asks a model to mark the program by a rubric."""

    uses: Annotated[Literal["model.judge"], Field(description="Kind of stage.")]
    rubric: Annotated[Text, Field(description="What the judge is to look for.")]
    metric: Annotated[Identifier, Field(description="Name under which the mark is reported.")] = "judge"


Stage: TypeAlias = Annotated[
    StaticPythonStage | SandboxCallStage | SandboxScoreStage | JudgeStage, Field(discriminator="uses")
]
STAGE_KINDS: tuple[str, ...] = ("static.python", "sandbox.call", "sandbox.score", "model.judge")
