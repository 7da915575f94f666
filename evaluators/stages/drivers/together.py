"""Loads a foreign evaluator inside the sandbox and lets it import the program.

Sent along as the module of a `Command` by `evaluators.stages.together`. Evaluator and program share this
process, so what it returns is worth no more than the program's own word. Needs Python 3.8.
"""

from __future__ import annotations

import importlib.util
import math
import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any

_MOST = 200


def run(file: str, function: str, program: str) -> dict[str, Any]:
    """What ``function(path_of_program)`` of the evaluator returns, sorted by what it can be used for.

    Args:
        file: the evaluator, relative to the working folder.
        function: its function.
        program: main file of the program, relative likewise.

    Returns:
        ``metrics`` (finite numbers by name), ``artifacts`` (texts by name), ``odd`` (names of numbers that
        are not finite), ``ignored`` (names of everything else), and ``kind``: empty, or the type of what was
        returned when it holds no metrics at all.
    """
    folder = os.getcwd()
    for place in (
        os.path.dirname(os.path.join(folder, program)),
        os.path.dirname(os.path.join(folder, file)),
    ):
        if place not in sys.path:
            sys.path.insert(0, place)
    try:
        found = getattr(_load(os.path.join(folder, file)), function)(os.path.join(folder, program))
    except Exception:
        traceback.print_exc()
        raise
    return _sorted_out(found)


def _load(path: str) -> Any:  # noqa: ANN401  # a module, with whatever the evaluator defines
    name = os.path.basename(path)[: -len(".py")]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look their module up
    spec.loader.exec_module(module)
    return module


def _sorted_out(found: Any) -> dict[str, Any]:  # noqa: ANN401  # whatever an evaluator may return
    report: dict[str, Any] = {"metrics": {}, "artifacts": {}, "odd": [], "ignored": [], "kind": ""}
    metrics = found if isinstance(found, Mapping) else getattr(found, "metrics", None)
    if not isinstance(metrics, Mapping):
        return {**report, "kind": type(found).__name__[:80]}
    artifacts = None if isinstance(found, Mapping) else getattr(found, "artifacts", None)
    for key, value in list(metrics.items())[:_MOST]:
        name = str(key)
        number = _number(value)
        if isinstance(value, str):
            report["artifacts"][name] = _text(value)
        elif number is None:
            report["ignored"].append(name)
        elif math.isfinite(number):
            report["metrics"][name] = number
        else:
            report["odd"].append(name)
    for key, value in list(artifacts.items())[:_MOST] if isinstance(artifacts, Mapping) else ():
        if isinstance(value, str):
            report["artifacts"][str(key)] = _text(value)
        else:
            report["ignored"].append(str(key))
    return report


def _number(value: Any) -> float | None:  # noqa: ANN401  # as above
    """The value as a float, None when it is no number; one beyond the range of floats is infinite."""
    plain = isinstance(value, (bool, int, float))
    if not plain and not (hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        return None


def _text(value: str) -> str:
    return value[:4000].encode("utf-8", "replace").decode()
