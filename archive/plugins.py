"""Strategies in files of the user's own: ``FILE.py`` or ``FILE.py:NAME`` in the problem's folder.

Such a file is run in this process, with all the rights of the user, like any module that one imports; unlike
programs and scorers it is not put into a sandbox.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType

from archive.program import ProgramId
from archive.strategy import STRATEGIES, Maker, Strategy
from problems.errors import CambrianError

__all__ = ["StrategyError", "is_file", "make_strategy", "strategy_file"]


class StrategyError(CambrianError):
    """A strategy cannot be used: no such name, no such file, or not what a strategy has to be."""


def is_file(strategy: str) -> bool:
    """Whether a strategy is meant as a file and not as a built-in one."""
    return strategy.partition(":")[0].endswith(".py")


def make_strategy(strategy: str, *, folder: Path, seed: ProgramId, inspirations: int) -> Strategy:
    """The strategy of a run.

    Args:
        strategy: a name in `STRATEGIES`, or ``FILE.py`` or ``FILE.py:NAME``.
        folder: of the problem; a file is looked for there.
        seed: id of the initial program.
        inspirations: programs to show beside the parent.

    Raises:
        StrategyError: there is no such strategy, its file cannot be run, or it does not take what a strategy
            is given.
    """
    if not is_file(strategy):
        if strategy not in STRATEGIES:
            raise StrategyError(
                f"expected a strategy of {', '.join(STRATEGIES)}, or FILE.py or FILE.py:NAME in the "
                f"problem's folder, found {strategy!r}"
            )
        return STRATEGIES[strategy](seed=seed, inspirations=inspirations)
    maker = _load(strategy, folder)
    try:
        made = maker(seed=seed, inspirations=inspirations)
    except Exception as error:  # the user's own code may raise anything
        raise StrategyError(
            f"{strategy}: making it with seed and inspirations failed: {type(error).__name__}: {error}"
        ) from error
    _check_takes(made.draw, (None,), ("number", "rng"), what=f"{strategy}: its draw", pattern=_DRAW)
    return made


def strategy_file(strategy: str, folder: Path) -> Path:
    """The file of a strategy that is one, inside the problem's folder.

    Raises:
        StrategyError: it is not there, or lies outside.
    """
    name = strategy.partition(":")[0]
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise StrategyError(
            f"expected a strategy inside {folder}, found {name!r}; put the file beside problem.yaml"
        )
    if not file.is_file():
        raise StrategyError(
            f"expected the strategy's file {folder / name}, found none; put it beside problem.yaml"
        )
    return file


_MAKE = "NAME(*, seed, inspirations)"
_DRAW = "draw(archive, *, number, rng)"


def _load(strategy: str, folder: Path) -> Maker:
    """The class or function that makes the strategy, checked to take what it is given."""
    file = strategy_file(strategy, folder)
    name = strategy.partition(":")[2]
    module = _module(file, strategy)
    if name:
        maker = getattr(module, name, None)
        if not callable(maker):
            there = ", ".join(_classes(module)) or "none with a draw"
            raise StrategyError(f"{strategy}: expected a class {name} in {file}, found {there}")
    else:
        classes = _classes(module)
        if len(classes) != 1:
            found = ", ".join(classes) if classes else "none"
            raise StrategyError(
                f"{strategy}: expected one class with a method draw in {file}, found {found}; "
                f"name one as {strategy}:NAME"
            )
        maker = classes.popitem()[1]
    if isinstance(maker, type) and not callable(getattr(maker, "draw", None)):
        raise StrategyError(f"{strategy}: expected a class with a method {_DRAW}, found no draw in it")
    _check_takes(maker, (), ("seed", "inspirations"), what=strategy, pattern=_MAKE)
    return maker


def _module(file: Path, strategy: str) -> ModuleType:
    # Two folders may hold files of one name, so the module's name has the folder's digest in it.
    name = f"cambrian_strategy_{hashlib.sha256(str(file).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise StrategyError(f"{strategy}: expected a Python file, found {file}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while it is being run
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's own code may raise anything
        del sys.modules[name]
        raise StrategyError(f"{strategy}: {file} cannot be run: {type(error).__name__}: {error}") from error
    return module


def _classes(module: ModuleType) -> dict[str, type]:
    """Classes with a draw that the module itself defines, in its order; imported ones do not count."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and callable(getattr(value, "draw", None))
        and not name.startswith("_")
    }


def _check_takes(
    called: object, positional: tuple[None, ...], keywords: tuple[str, ...], *, what: str, pattern: str
) -> None:
    """Refuse what cannot be called with so many positional arguments and these keywords."""
    if not callable(called):
        raise StrategyError(f"{what}: expected {pattern}, found {type(called).__name__}")
    try:
        signature = inspect.signature(called)
    except ValueError:  # a builtin that does not tell; calling it will
        return
    try:
        signature.bind(*positional, **dict.fromkeys(keywords))
    except TypeError as error:
        raise StrategyError(f"{what}: expected {pattern}, found {signature} ({error})") from None
    if inspect.iscoroutinefunction(called):
        raise StrategyError(f"{what}: expected {pattern}, found a coroutine; a draw awaits nothing")
