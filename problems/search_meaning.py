"""What ``search`` and ``objectives`` ask for beyond their shape: keys that go together, names that exist."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from problems.document import Path as Key
from problems.document import Report, clipped, nearest, one_of
from problems.kinds import JUDGES, SCORES
from problems.outline import Outline, check_metric, together
from problems.search_schema import STRATEGIES, SelectionModel
from problems.sources import defined_names, parse, read_text

__all__ = ["check_search"]

_SEARCH: Key = ("search",)
_NEEDED = {"size": "tournament", "coldest": "boltzmann", "hottest": "boltzmann"}
"""Keys of a selection and the one kind that looks at each."""


def check_search(
    report: Report,
    stages: list[Outline],
    by_id: Mapping[str, Outline],
    trusted: Mapping[str, str],
    folder: Path,
) -> None:
    """Note every key of ``search`` that would have no effect, and every name in it that nothing bears."""
    _check_strategy(report, folder)
    _check_archive(report)
    _check_selection(report, (*_SEARCH, "selection"))
    _check_profiles(report)
    _check_renewal(report)
    _check_reports(report, stages)
    _check_objectives(report, stages, by_id, trusted)


def _check_strategy(report: Report, folder: Path) -> None:
    """A strategy of the user's is looked at without being run: the file is there and defines the class."""
    path: Key = (*_SEARCH, "strategy")
    text = report.root.text(*path)
    file, _, name = (text or "").partition(":")
    if text is None or path in report.spoilt or text in STRATEGIES or not file.endswith(".py"):
        return
    source = read_text(report, path, folder, file)
    tree = None if source is None else parse(report, path, source, str(folder / file))
    if tree is not None and name and name not in (names := defined_names(tree)):
        report.add(
            path,
            expected=f"a file that defines the strategy {name}: {folder / file}",
            found="no such name",
            near=nearest(name, names),
        )


def _check_archive(report: Report) -> None:
    path: Key = (*_SEARCH, "archive")
    kind = report.root.text(*path, "kind") or "grid"
    if kind != "cvt":
        _refuse(report, (*path, "cells"), needs="kind cvt", found=f"cells with {kind}")
    if kind == "cvt" and not report.root.items("descriptors"):
        report.add((*path, "kind"), expected="descriptors, for cells lie among them", found="none")
    if kind == "pareto" and not report.root.items("objectives"):
        report.add((*path, "kind"), expected="further objectives, in objectives", found="none")


def _check_selection(report: Report, path: Key) -> None:
    kind = report.root.text(*path, "kind") or "boltzmann"
    for name, needed in _NEEDED.items():
        if kind != needed:
            _refuse(report, (*path, name), needs=f"kind {needed}", found=f"{name} with {kind}")
    coldest, hottest = (_number(report, (*path, name), name) for name in ("coldest", "hottest"))
    if coldest is not None and hottest is not None and coldest >= hottest:
        key = "coldest" if report.root.at((*path, "coldest")) is not None else "hottest"
        expected = (
            f"less than hottest ({hottest:g})" if key == "coldest" else f"more than coldest ({coldest:g})"
        )
        report.add((*path, key), expected=expected, found=f"{coldest if key == 'coldest' else hottest:g}")


def _check_profiles(report: Report) -> None:
    path: Key = (*_SEARCH, "profiles")
    profiles = report.root.items(*path)
    node = report.root.at((*_SEARCH, "islands"))
    islands = 1 if node is None else node.value
    if isinstance(islands, int) and len(profiles) > islands:
        found = f"{len(profiles)} profiles for {islands}"
        report.add(path, expected="at most one profile for each of the islands", found=found)
    declared = [name for each in report.root.items("models") if (name := each.text("name"))]
    for index, profile in enumerate(profiles):
        _check_selection(report, (*path, index, "selection"))
        operators = profile.at(("operators",))
        weights = operators.plain() if operators is not None else None
        if isinstance(weights, dict) and weights and not any(weights.values()):
            report.add((*path, index, "operators"), expected="a weight that is not 0", found="none")
        for place, item in enumerate(profile.items("models")):
            if isinstance(item.value, str) and item.value not in declared:
                report.add(
                    (*path, index, "models", place),
                    expected=one_of("the name of a model of the problem", declared),
                    found=clipped(item.value),
                    near=nearest(item.value, declared),
                )


def _check_renewal(report: Report) -> None:
    node = report.root.at((*_SEARCH, "stagnation"))
    islands = report.root.at((*_SEARCH, "islands"))
    after = None if node is None else node.value
    if isinstance(after, int) and after > 0 and (islands is None or islands.value == 1):
        report.add(
            (*_SEARCH, "stagnation"),
            expected="islands of 2 or more, for the one that holds the best program is never renewed",
            found="one island",
        )


def _check_reports(report: Report, stages: list[Outline]) -> None:
    """After a report the best of the run may be one that no island has any more, for it began anew."""
    if not any(stage.uses == "delayed" for stage in stages):
        return
    node = report.root.at((*_SEARCH, "stagnation"))
    if node is not None and isinstance(node.value, int) and node.value > 0:
        expected = "0, for a delayed stage is there, whose reports know of no renewal"
        report.add((*_SEARCH, "stagnation"), expected=expected, found=str(node.value))


def _check_objectives(
    report: Report, stages: list[Outline], by_id: Mapping[str, Outline], trusted: Mapping[str, str]
) -> None:
    scorers = [stage for stage in stages if stage.uses in SCORES]
    seen = {report.root.text("objective", "metric")}
    for index, node in enumerate(report.root.items("objectives")):
        path: Key = ("objectives", index, "metric")
        metric = node.text("metric")
        if metric is None:
            continue
        if metric in seen:
            report.add(path, expected="a metric of its own", found=f"{clipped(metric)} a second time")
        seen.add(metric)
        stage, dot, name = metric.partition(".")
        if not dot and scorers:
            check_metric(report, path, "", metric, together(scorers, trusted))
        elif dot and stage in by_id and by_id[stage].uses not in JUDGES:
            check_metric(report, path, f"{stage}.", name, by_id[stage].metrics(trusted))
        elif dot and stages:
            able = [f"{one.id}.METRIC" for one in scorers]
            report.add(path, expected=one_of("a metric of a scorer", able), found=clipped(metric))
    if report.root.items("objectives") and not _uses_objectives(report):
        report.add(
            ("objectives",),
            expected="search.archive.kind pareto or search.selection.kind pareto, which look at them",
            found="neither",
            of_key=True,
        )


def _uses_objectives(report: Report) -> bool:
    places: list[Key] = [(*_SEARCH, "archive"), (*_SEARCH, "selection")]
    places += [
        (*_SEARCH, "profiles", index, "selection")
        for index in range(len(report.root.items(*_SEARCH, "profiles")))
    ]
    return any(report.root.text(*place, "kind") == "pareto" for place in places)


def _refuse(report: Report, path: Key, *, needs: str, found: str) -> None:
    if report.root.at(path) is not None:
        report.add(path, expected=f"{needs} beside it", found=found, near="kind", of_key=True)


def _number(report: Report, path: Key, name: str) -> float | None:
    """The number that holds there, given or by default; None where something else is given."""
    node = report.root.at(path)
    value = SelectionModel.model_fields[name].default if node is None else node.value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
