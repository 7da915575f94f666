"""The shape of a stage in ``problem.yaml``, one model a kind, and what all models of the format share."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema

from problems.kinds import STAGE_KINDS
from problems.problem import StageSpec, Visibility

__all__ = [
    "STAGE_KINDS",
    "STAGE_MODELS",
    "Count",
    "DelayedStage",
    "Identifier",
    "JudgeStage",
    "Line",
    "Price",
    "RelativePath",
    "SandboxCallStage",
    "SandboxCommandStage",
    "SandboxScoreStage",
    "SandboxTogetherStage",
    "Seconds",
    "Stage",
    "StageModel",
    "StaticPythonStage",
    "StaticTextStage",
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
Case: TypeAlias = Annotated[JsonValue, WithJsonSchema({"type": ["object", "string"]})]
Mebibytes: TypeAlias = Annotated[int, Field(ge=16, le=1_048_576)]
Words: TypeAlias = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=4000)]], Field(min_length=1, max_length=1000)
]


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
    pool: Annotated[
        Identifier | None,
        Field(description="A pool of evaluation.pools, which bounds how many such stages run at a time."),
    ] = None

    def spec(self) -> StageSpec:
        """The stage as the domain knows it; `options` holds what only this kind of stage takes."""
        return StageSpec(
            id=self.id,
            uses=self.uses,
            needs=tuple(self.needs),
            when=self.when,
            optional=self.optional,
            visibility=Visibility(self.visibility),
            pool=self.pool,
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


class StaticTextStage(StageModel):
    """Reads a program of any language without running it: size, forbidden texts; gives features."""

    uses: Annotated[Literal["static.text"], Field(description="Kind of stage.")]
    max_bytes: Annotated[
        int, Field(ge=1, le=10_000_000, description="Most bytes of all sources together.")
    ] = 100_000
    forbid: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]],
        Field(max_length=1000, description="Texts that may not stand in the program; upper case differs."),
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


class SandboxCommandStage(StageModel):
    """Compiles and runs a program of any language in the sandbox and hands on what it prints."""

    uses: Annotated[Literal["sandbox.command"], Field(description="Kind of stage.")]
    steps: Annotated[
        list[Words],
        Field(
            min_length=1,
            max_length=20,
            description=(
                "Commands, each a list of words, run in turn in the folder that holds the program's files, "
                "without a shell. The last one is the program: its standard output is the value."
            ),
        ),
    ]
    inputs: Annotated[
        dict[Identifier, JsonValue],
        Field(description="Given to the last step on standard input, as one JSON document."),
    ] = {}
    stdin: Annotated[
        str | None,
        Field(max_length=1_000_000, description="Text for standard input instead of inputs."),
    ] = None
    cases: Annotated[
        list[Case],
        Field(
            max_length=1000,
            description=(
                "The last step runs once for each and the value is the list of outputs. A mapping is laid "
                "over inputs, a text is the standard input."
            ),
        ),
    ] = []
    output: Annotated[
        Literal["json", "text"],
        Field(description="What the last step prints: json, one JSON document; text, taken as it is."),
    ] = "json"
    seconds: Annotated[Seconds, Field(description="Most seconds of wall time, all steps together.")] = 60.0
    memory_mib: Annotated[Mebibytes, Field(description="Most memory of each process, in MiB.")] = 1024
    scratch_mib: Annotated[
        int, Field(ge=1, le=65_536, description="Size of the folder where it is built, in MiB.")
    ] = 64
    processes: Annotated[int, Field(ge=2, le=4096, description="Most processes and threads at a time.")] = 32


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


class SandboxTogetherStage(StageModel):
    """Runs an evaluator that imports the program, in one process with it: a program can forge its score."""

    uses: Annotated[Literal["sandbox.trusted_together"], Field(description="Kind of stage.")]
    file: Annotated[RelativePath, Field(description="Python file with the evaluator, relative to this file.")]
    function: Annotated[
        Identifier,
        Field(description="Called with the path of the program's main file; returns metrics by name."),
    ] = "evaluate"
    seconds: Annotated[Seconds, Field(description="Most seconds of wall time.")] = 60.0
    memory_mib: Annotated[Mebibytes, Field(description="Most memory, in MiB.")] = 1024
    policy: Annotated[
        Literal["compute", "processes"],
        Field(description="compute: threads only; processes: may start processes as well."),
    ] = "compute"
    scratch_mib: Annotated[
        int, Field(ge=1, le=65_536, description="Size of the folder that holds the files, in MiB.")
    ] = 64


class JudgeStage(StageModel):
    """Asks a model to mark the program by a rubric."""

    uses: Annotated[Literal["model.judge"], Field(description="Kind of stage.")]
    rubric: Annotated[Text, Field(description="What the judge is to look for.")]
    metric: Annotated[Identifier, Field(description="Name under which the mark is reported.")] = "judge"
    judges: Annotated[
        int,
        Field(
            ge=1,
            le=9,
            description=(
                "How many judges are asked, each by itself and paid for; the mark is the median of their "
                "opinions. With several, METRIC_agreement tells how far they agree: 1 for all of one opinion."
            ),
        ),
    ] = 1
    models: Annotated[
        list[Text],
        Field(max_length=9, description="Names of the models the judges are, in turn; empty for any."),
    ] = Field(default_factory=list)
    decides: Annotated[
        bool,
        Field(description="Whether the mark may be the objective, which a program can then talk into being."),
    ] = False


class DelayedStage(StageModel):
    """A metric that arrives later, by `cambrian report-metric`; until then a proxy may stand in for it."""

    uses: Annotated[Literal["delayed"], Field(description="Kind of stage.")]
    metric: Annotated[Identifier, Field(description="Name of the metric that is reported later.")]
    proxy: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$",
            description="STAGE.METRIC of a stage before it, used until the value is there.",
        ),
    ] = None


Stage: TypeAlias = Annotated[
    StaticPythonStage
    | StaticTextStage
    | SandboxCallStage
    | SandboxCommandStage
    | SandboxScoreStage
    | SandboxTogetherStage
    | JudgeStage
    | DelayedStage,
    Field(discriminator="uses"),
]
STAGE_MODELS: dict[str, type[StageModel]] = {
    "static.python": StaticPythonStage,
    "static.text": StaticTextStage,
    "sandbox.call": SandboxCallStage,
    "sandbox.command": SandboxCommandStage,
    "sandbox.score": SandboxScoreStage,
    "sandbox.trusted_together": SandboxTogetherStage,
    "model.judge": JudgeStage,
    "delayed": DelayedStage,
}
"""The model of each kind of stage."""
