"""Kinds of change that a planner may choose among, and which of them is suggested to it.

One is suggested to each plan by Thompson sampling (Thompson 1933): for each, a chance that its plans improve
is drawn from the Beta posterior of what came of them, and the highest draw wins. So the words of the menu
compete by the worth of what they bring about, and none is given up for good.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from archive.approach import Trials
from mutators.answers import one_line

__all__ = ["MENU", "Approach", "menu_of", "named", "read_menu", "suggested"]

MENU = "approaches.md"
"""Name of the file, beside the templates."""
_SHIPPED = Path(__file__).parent / "prompts" / MENU
_LINE = re.compile(
    r"^[-*] +(?P<name>[^:()]*[^:()\s]) *(?:\((?P<needs>failures|inspirations)\))? *: +(?P<text>\S.*)$"
)

_PRIOR = (1.0, 3.0)
"""Successes and failures that everyone begins with: a plan improves seldom, and a new kind is worth a try."""
_MEMORY = 100.0
"""Plans that the posterior weighs at most: what helped at first may not help later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """A kind of change.

    Attributes:
        name: short; plans are counted by it.
        text: what it is, as a planner reads it.
        needs: ``failures`` or ``inspirations`` where it makes sense only with some; else empty.
    """

    name: str
    text: str
    needs: str = ""


def read_menu(text: str) -> tuple[Approach, ...]:
    """The approaches of a file: one a line, ``- name (needs): what it is``; lines with ``#`` are remarks.

    Args:
        text: of the file.

    Raises:
        ValueError: a line is none of these, a name is there twice, or there is no approach at all; says which
            line it is, from 1.
    """
    menu: dict[str, Approach] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise ValueError(
                f"line {number}: expected '- name: what it is', with '(failures)' or '(inspirations)' after "
                f"the name where it needs some; found {one_line(line, 80)!r}"
            )
        name = one_line(match["name"], 60)
        if name.lower() in menu:
            raise ValueError(f"line {number}: expected a name of its own, found {name!r} a second time")
        menu[name.lower()] = Approach(
            name=name, text=one_line(match["text"], 400), needs=match["needs"] or ""
        )
    if not menu:
        raise ValueError("line 1: expected at least one approach, '- name: what it is', found none")
    return tuple(menu.values())


def menu_of(own: Path | None) -> tuple[Approach, ...]:
    """The menu in force: the problem's own where it has one, else the one that comes with Cambrian.

    Args:
        own: folder of a problem's own templates.

    Raises:
        ValueError: see `read_menu`; `cambrian check` tells it before a run.
    """
    path = None if own is None else own / MENU
    return _menu(path if path is not None and path.is_file() else _SHIPPED)


@lru_cache(maxsize=64)
def _menu(path: Path) -> tuple[Approach, ...]:
    return read_menu(path.read_text(encoding="utf-8"))


def suggested(
    menu: Sequence[Approach],
    trials: Mapping[str, Trials],
    *,
    seed: int,
    without: frozenset[str] = frozenset(),
) -> Approach:
    """The approach to suggest to a plan.

    Args:
        menu: at least one.
        trials: what came of plans so far, by name.
        seed: of the attempt; equal arguments give equal suggestions.
        without: what the turn has none of, see `Approach.needs`.
    """
    able = [approach for approach in menu if approach.needs not in without or not approach.needs]
    draw = random.Random(f"{seed}:approach")
    drawn = [(_drawn(trials.get(approach.name, Trials()), draw), approach) for approach in able or menu]
    return max(drawn, key=lambda pair: pair[0])[1]


def named(menu: Sequence[Approach], said: object) -> str:
    """The name of the menu that a planner gave, whatever the case and what stands around it; else empty."""
    words = one_line(said, 200).lower() if isinstance(said, str) else ""
    exact = [one.name for one in menu if one.name.lower() == words.strip(" .'\"`*")]
    inside = exact or [one.name for one in menu if one.name.lower() in words]
    return inside[0] if len(inside) == 1 else ""


def _drawn(trials: Trials, draw: random.Random) -> float:
    scale = min(1.0, _MEMORY / trials.plans) if trials.plans else 1.0
    improved, failed = trials.improved * scale, (trials.plans - trials.improved) * scale
    return draw.betavariate(_PRIOR[0] + improved, _PRIOR[1] + failed)
