"""Reading a stage's validated options into domain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evaluators.sandbox import Limits, Policy
from problems.problem import Json, StageSpec

__all__ = ["cases_of", "inputs_of", "limits_of", "number", "policy_of", "text", "texts", "told_of"]


def limits_of(spec: StageSpec, base: Limits) -> Limits:
    """`base` with the options ``seconds``, ``memory_mib`` and ``scratch_mib`` where they are given."""
    return replace(
        base,
        seconds=number(spec, "seconds", base.seconds),
        memory_mib=int(number(spec, "memory_mib", base.memory_mib)),
        scratch_mib=int(number(spec, "scratch_mib", base.scratch_mib)),
    )


def policy_of(spec: StageSpec) -> Policy:
    """The option ``policy``, `Policy.COMPUTE` when it is not given; commands are always processes."""
    if spec.uses == "sandbox.command":
        return Policy.PROCESSES
    return Policy(text(spec, "policy", Policy.COMPUTE))


def inputs_of(spec: StageSpec) -> dict[str, Json]:
    """The option ``inputs``: keyword arguments by name; none when it is not given."""
    inputs = spec.options.get("inputs")
    if inputs is None:
        return {}
    if not isinstance(inputs, Mapping):
        raise _wrong(spec, "inputs", "a mapping")
    return dict(inputs)


def cases_of(spec: StageSpec) -> list[Json]:
    """The option ``cases``, each mapping laid over the inputs; empty when it is not given."""
    cases = spec.options.get("cases")
    if cases is None:
        return []
    if not isinstance(cases, list | tuple):
        raise _wrong(spec, "cases", "a list")
    return [inputs_of(spec) | case if isinstance(case, dict) else case for case in cases]


def told_of(spec: StageSpec) -> dict[str, Json]:
    """What a program was given, for its scorer: the inputs, and ``cases`` and ``stdin`` if there are any."""
    told = inputs_of(spec)
    if cases := cases_of(spec):
        told["cases"] = cases
    if spec.options.get("stdin") is not None:
        told["stdin"] = text(spec, "stdin", "")
    return told


def number(spec: StageSpec, name: str, default: float) -> float:
    """A number among the options."""
    value = spec.options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(spec, name, "a number")
    return value


def text(spec: StageSpec, name: str, default: str) -> str:
    """A text among the options."""
    value = spec.options.get(name, default)
    if not isinstance(value, str):
        raise _wrong(spec, name, "text")
    return value


def texts(spec: StageSpec, name: str) -> tuple[str, ...]:
    """A list of texts among the options; empty when it is not given."""
    value = spec.options.get(name, [])
    if not isinstance(value, list | tuple):
        raise _wrong(spec, name, "a list of names")
    return tuple(str(part) for part in value)


def _wrong(spec: StageSpec, name: str, expected: str) -> TypeError:
    # Problems are validated when they are loaded, so only code that builds a StageSpec by hand comes here.
    return TypeError(f"stage {spec.id}: option {name}: expected {expected}, got {spec.options[name]!r}")
