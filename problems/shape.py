"""What pydantic finds wrong with the shape of a document, said in the terms of its author."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from problems.document import Path, Report, clipped, nearest
from problems.schema import (
    BudgetModel,
    DescriptorModel,
    EvaluationModel,
    FurtherObjectiveModel,
    ModelModel,
    ObjectiveModel,
    ProblemModel,
    ProgramModel,
    ReferenceModel,
    RepeatModel,
)
from problems.search_schema import (
    STRATEGIES,
    STRATEGY_PATTERN,
    ArchiveModel,
    ProfileModel,
    SearchModel,
    SelectionModel,
)
from problems.stage_schema import STAGE_KINDS, STAGE_MODELS, StageModel

__all__ = ["check_shape"]

_SECTIONS: dict[str, type[BaseModel]] = {
    "program": ProgramModel,
    "objective": ObjectiveModel,
    "objectives": FurtherObjectiveModel,
    "reference": ReferenceModel,
    "descriptors": DescriptorModel,
    "evaluation": EvaluationModel,
    "evaluation.repeat": RepeatModel,
    "search": SearchModel,
    "search.archive": ArchiveModel,
    "search.selection": SelectionModel,
    "search.profiles": ProfileModel,
    "search.profiles.selection": SelectionModel,
    "models": ModelModel,
    "budget": BudgetModel,
}
_PATTERNS = {
    r"^[A-Za-z_][A-Za-z0-9_]{0,63}$": "a name of at most 64 letters, digits and underscores, no digit first",
    r"^[a-z][a-z0-9_]{0,63}$": "a name of at most 64 lower case letters, digits, underscores, a letter first",
    r"^[a-z][a-z0-9_+#-]{0,31}$": "the name of a language, lower case, such as python",
    r"\S": "text that is not blank",
    r"^https?://\S+$": "an http:// or https:// address",
    r"^[A-Za-z_][A-Za-z0-9_.]*$": "a name or a dotted module",
    r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$": "the name of a metric, or STAGE.METRIC",
    r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$": "STAGE.METRIC",
    r"^(metric|[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*)$": "metric, static.NAME or STAGE.METRIC",
    STRATEGY_PATTERN: f"{', '.join(STRATEGIES)}, FILE.py or FILE.py:NAME",
    r"^[^\r\n]*$": "one line",
}
_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_from_float": "a whole number",
    "invalid_key": "text as key",
}
_BOUNDS = {
    "greater_than": ("gt", "a number greater than {}"),
    "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number less than {}"),
    "less_than_equal": ("le", "a number of at most {}"),
    "string_too_short": ("min_length", "text of at least {} characters"),
    "string_too_long": ("max_length", "text of at most {} characters"),
    "too_short": ("min_length", "at least {} items"),
    "too_long": ("max_length", "at most {} items"),
}


def check_shape(report: Report) -> ProblemModel | None:
    """The document as a model, or None after noting every error of its shape."""
    raw = report.root.plain()
    try:
        return ProblemModel.model_validate(raw)
    except ValidationError as error:
        details = error.errors(include_url=False)
    unknown = {tuple(map(str, item["loc"])) for item in details if item["type"] == "extra_forbidden"}
    for item in details:
        _note(report, item, unknown)
    return None


def _note(report: Report, item: ErrorDetails, unknown: set[tuple[str, ...]]) -> None:
    path = _path(item["loc"])
    kind = item["type"]
    if kind == "extra_forbidden":
        _note_unknown(report, path)
    elif kind == "missing":
        # A misspelt key is one mistake, told where it stands: not a second time as the one that is missing.
        siblings = [name[-1] for name in unknown if name[:-1] == tuple(map(str, item["loc"][:-1]))]
        if not any(nearest(name, _keys_of(report, path[:-1])) == path[-1] for name in siblings):
            report.add(path, expected=f"the key {path[-1]!r}", found="nothing", of_key=True)
    elif kind in {"union_tag_invalid", "union_tag_not_found"}:
        _note_kind(report, path)
    else:
        _note_value(report, path, item)


def _note_unknown(report: Report, path: Path) -> None:
    name = str(path[-1])
    valid = _keys_of(report, path[:-1])
    if path[:1] == ("models",) and re.sub("[^a-z]", "", name.lower()) in {"apikey", "key", "token", "secret"}:
        report.add(
            path,
            expected="no key in the file: put it into an environment variable and name that in api_key_env",
            found=f"the key {name!r}",
            near="api_key_env",
            of_key=True,
        )
        return
    report.add(
        path,
        expected=f"one of {', '.join(valid)}",
        found=f"the unknown key {clipped(name)}",
        near=nearest(name, valid),
        of_key=True,
    )


def _note_kind(report: Report, path: Path) -> None:
    """An unknown kind of stage; what all stages share is checked all the same."""
    node = report.root.at((*path, "uses"))
    kinds = f"one of {', '.join(STAGE_KINDS)}"
    if node is None:
        report.add((*path, "uses"), expected=f"the key 'uses': {kinds}", found="nothing", of_key=True)
    else:
        value = node.plain()
        near = nearest(value, STAGE_KINDS)
        report.add((*path, "uses"), expected=kinds, found=clipped(value), near=near)
    stage = report.root.at(path)
    plain = stage.plain() if stage else None
    if not isinstance(plain, dict):
        return
    common = {key: value for key, value in plain.items() if key in StageModel.model_fields and key != "uses"}
    try:
        StageModel.model_validate({**common, "uses": "any"})
    except ValidationError as error:
        for item in error.errors(include_url=False):
            _note(report, {**item, "loc": (*path, *item["loc"])}, set())


def _note_value(report: Report, path: Path, item: ErrorDetails) -> None:
    context: dict[str, Any] = item.get("ctx") or {}
    kind = item["type"]
    near = None
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", "")
        near = nearest(item["input"], re.split(", | or ", expected))
    elif kind == "string_pattern_mismatch":
        expected = _PATTERNS.get(context["pattern"], f"text that matches {context['pattern']}")
        near = nearest(item["input"], STRATEGIES) if context["pattern"] == STRATEGY_PATTERN else None
    elif kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        expected = words.format(f"{context[name]:g}")
    else:
        expected = _TYPES.get(kind, item["msg"].removeprefix("Input should be "))
    # A name that an open mapping (inputs) may not have is reported at the name.
    is_key = item["loc"][-1:] == ("[key]",)
    node = report.root.at(path)
    value = item["input"] if is_key or node is None else node.plain()
    report.add(
        path, expected=expected, found=clipped(value, key=path[-1] if path else ""), near=near, of_key=is_key
    )
    report.spoilt.add(path)


def _path(place: tuple[int | str, ...]) -> Path:
    """The location that pydantic gives, without its additions: the kind of a stage, a mark for keys."""
    path = list(place)
    if path[:2] == ["evaluation", "stages"] and len(path) > 3 and path[3] in STAGE_KINDS:
        del path[3]
    if path[-1:] == ["[key]"]:
        del path[-1]
    if path[:2] == ["evaluation", "stages"] and len(path) > 4 and path[3] in {"inputs", "cases"}:
        path = path[:5]
    return tuple(path)


def _keys_of(report: Report, path: Path) -> list[str]:
    """The keys that the mapping at a path may have."""
    model: type[BaseModel] = ProblemModel
    if path[:2] == ("evaluation", "stages"):
        uses = report.root.text(*path, "uses") or ""
        model = STAGE_MODELS.get(uses, StageModel)
    elif path:
        model = _SECTIONS[".".join(str(step) for step in path if isinstance(step, str))]
    return [field.alias or name for name, field in model.model_fields.items()]
