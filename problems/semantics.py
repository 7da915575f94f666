"""What a shape cannot say: edges of the DAG, gates, ranges, names that must exist.

Works on the raw document, so that it finds its mistakes beside those of the shape; what has the wrong type
is skipped here, for the shape has reported it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from problems.document import Path as Key
from problems.document import Report, clipped, nearest, one_of
from problems.entry import check_entrypoint
from problems.gates import Gate, GateError
from problems.kinds import JUDGES, LEARNED, SCORES, STAGE_KINDS
from problems.outline import STAGES, Outline, before, check_metric, read_stages, together
from problems.replicas import check_replicas
from problems.schema import FEATURES, TEXT_FEATURES
from problems.search_meaning import check_search
from problems.stage_meaning import check_kinds

__all__ = ["check_meaning"]

RESERVED = ("static", "metric", LEARNED, "and", "or", "not")
"""Words that mean something else where a stage could be named."""


def check_meaning(
    report: Report, *, initial: Mapping[str, str], trusted: Mapping[str, str], folder: Path
) -> None:
    """Note every mistake of meaning.

    Args:
        report: the document and the mistakes so far.
        initial: files of the initial program that could be read.
        trusted: files of the scorers that could be read.
        folder: where the definition stands, as the user gave it; begins the names of files in messages.
    """
    version = report.root.at(("schema",))
    if version is not None and version.value == 1 and type(version.value) is not int:
        report.add(("schema",), expected="1", found=clipped(version.value))  # true and 1.0 equal 1 in Python
    stages = read_stages(report)
    # Of two with one id the first counts, so that the second is one mistake and not several.
    by_id = {stage.id: stage for stage in reversed(stages)}
    by_id = {stage.id: by_id[stage.id] for stage in stages}
    _check_ids(report, stages)
    _check_needs(report, stages, by_id)
    _check_cycles(report, by_id)
    check_kinds(report, stages, by_id, trusted)
    check_replicas(report)
    _check_gates(report, stages, by_id, trusted)
    _check_objective(report, stages, by_id, trusted)
    _check_descriptors(report, stages, by_id, trusted)
    check_search(report, stages, by_id, trusted, folder)
    calls = [(stage.index, stage.id) for stage in stages if stage.uses == "sandbox.call"]
    check_entrypoint(report, calls, initial=initial, folder=folder)


def _check_ids(report: Report, stages: list[Outline]) -> None:
    seen: set[str] = set()
    for stage in stages:
        path: Key = (*STAGES, stage.index, "id")
        if stage.id in seen:
            report.add(path, expected="an id of its own", found=f"{clipped(stage.id)} a second time")
        if stage.id in RESERVED:
            report.add(path, expected=f"an id other than {', '.join(RESERVED)}", found=clipped(stage.id))
        seen.add(stage.id)


def _check_needs(report: Report, stages: list[Outline], by_id: Mapping[str, Outline]) -> None:
    for stage in stages:
        for position, item in enumerate(report.root.items(*STAGES, stage.index, "needs")):
            name = item.value
            if name in stage.needs[:position]:
                path: Key = (*STAGES, stage.index, "needs", position)
                report.add(path, expected="each id once", found=f"{clipped(name)} again")
            elif isinstance(name, str) and name not in by_id:
                report.add(
                    (*STAGES, stage.index, "needs", position),
                    expected=one_of("the id of a stage", by_id),
                    found=clipped(name),
                    near=nearest(name, [other for other in by_id if other != stage.id]),
                )


def _check_cycles(report: Report, by_id: Mapping[str, Outline]) -> None:
    """Report each cycle once, at the `needs` of the stage in it that is declared first."""
    finished: set[str] = set()
    for start in by_id.values():
        trail: list[str] = []
        branches = [iter((start.id,))]
        while branches:
            name = next(branches[-1], None)
            if name is None:
                branches.pop()
                if trail:
                    finished.add(trail.pop())
            elif name in trail:
                _note_cycle(report, trail[trail.index(name) :], by_id)
            elif name in by_id and name not in finished:
                trail.append(name)
                branches.append(iter(by_id[name].needs))


def _note_cycle(report: Report, cycle: list[str], by_id: Mapping[str, Outline]) -> None:
    first = min(range(len(cycle)), key=lambda place: by_id[cycle[place]].index)
    turned = cycle[first:] + cycle[:first]
    report.add(
        (*STAGES, by_id[turned[0]].index, "needs"),
        expected="stages that do not wait for each other in a circle",
        found=" needs ".join([*turned, turned[0]]),
    )


def _check_gates(
    report: Report, stages: list[Outline], by_id: Mapping[str, Outline], trusted: Mapping[str, str]
) -> None:
    for stage in stages:
        path: Key = (*STAGES, stage.index, "when")
        text = report.root.text(*path)
        if text is None:
            continue
        try:
            names = Gate.parse(text).names
        except GateError as error:
            report.add(
                path,
                expected=f"{error.expected} at character {error.position + 1} of the gate",
                found=error.found,
            )
            continue
        earlier = before(stage.id, by_id)
        for name, metric in names:
            if name not in by_id:
                expected = one_of("the id of a stage", earlier)
                report.add(path, expected=expected, found=clipped(name), near=nearest(name, earlier))
            elif name not in earlier:
                expected = f"a stage that {stage.id!r} needs, directly or through others"
                report.add(path, expected=expected, found=clipped(name), near=nearest(name, earlier))
            else:
                check_metric(report, path, f"{name}.", metric, by_id[name].metrics(trusted))


def _check_objective(
    report: Report, stages: list[Outline], by_id: Mapping[str, Outline], trusted: Mapping[str, str]
) -> None:
    path: Key = ("objective", "metric")
    metric = report.root.text(*path)
    # A stage of an unknown kind may have been meant as the scorer.
    if metric is None or not stages or any(stage.uses not in STAGE_KINDS for stage in stages):
        return
    stage, dot, name = metric.partition(".")
    scorers = {one.id: one for one in stages if one.uses in SCORES}
    deciding = {one.id: one for one in stages if one.uses in JUDGES and one.decides}
    if stage in deciding:
        check_metric(report, path, f"{stage}.", name, deciding[stage].metrics(trusted))
    elif deciding and not scorers:
        report.add(path, expected=one_of("a mark", [f"{one}.METRIC" for one in deciding]), found=metric)
    elif not scorers:
        report.add(path, expected="a sandbox.score stage that returns it", found="no such stage")
    elif not dot:
        check_metric(report, path, "", metric, together(scorers.values(), trusted))
        _check_objective_now(report, metric, list(scorers.values()), by_id, trusted)
    elif stage not in by_id or by_id[stage].uses in JUDGES:
        # A model's opinion may place a program or open a gate, but is never alone what is optimized.
        expected = one_of("a metric of a scorer", [one + ".METRIC" for one in scorers])
        near = _near_source(stage, name, scorers)
        report.add(path, expected=expected, found=clipped(metric), near=near)
    else:
        check_metric(report, path, f"{stage}.", name, by_id[stage].metrics(trusted))
        _check_objective_now(report, name, [by_id[stage]], by_id, trusted)


def _check_objective_now(
    report: Report,
    metric: str,
    sources: list[Outline],
    by_id: Mapping[str, Outline],
    trusted: Mapping[str, str],
) -> None:
    """A delayed metric can be the objective only where something better than an opinion stands in for it."""
    able = [one for one in sources if metric in (one.metrics(trusted) or {metric})]
    if any(one.uses != "delayed" for one in able):
        return
    for stage in able:
        path: Key = (*stage.path, "proxy")
        owner = (stage.proxy or "").partition(".")[0]
        if not owner:
            report.add(
                path,
                expected="STAGE.METRIC that stands in for the objective until its value is reported",
                found="nothing",
            )
        elif owner in by_id and by_id[owner].uses in JUDGES:
            expected = "a metric other than a judge's, for it stands in for the objective"
            report.add(path, expected=expected, found=clipped(stage.proxy))


def _check_descriptors(
    report: Report, stages: list[Outline], by_id: Mapping[str, Outline], trusted: Mapping[str, str]
) -> None:
    seen: set[str] = set()
    scores = [stage for stage in stages if stage.uses in SCORES | JUDGES]
    for index, node in enumerate(report.root.items("descriptors")):
        path: Key = ("descriptors", index)
        name, source = node.text("name"), node.text("source") or "metric"
        if name is not None and name in seen:
            report.add((*path, "name"), expected="a name of its own", found=f"{clipped(name)} a second time")
        seen.add(name or "")
        _check_range(report, path)
        stage, _, metric = source.partition(".")
        if source == "metric" and name is not None and scores:
            check_metric(report, (*path, "name"), "", name, together(scores, trusted))
        elif stage == LEARNED:
            _check_learned(report, path, source)
        elif metric and stage in by_id:
            check_metric(report, (*path, "source"), f"{stage}.", metric, by_id[stage].metrics(trusted))
        elif stage == "static":
            check_metric(report, (*path, "source"), "static.", metric, frozenset(FEATURES))
        elif metric:
            report.add(
                (*path, "source"),
                expected="metric, static.NAME, learned.N or STAGE.METRIC of a stage that is there",
                found=clipped(source),
                near=_near_source(stage, metric, by_id),
            )


def _check_learned(report: Report, path: Key, source: str) -> None:
    """A component that the features of the language have, named once, over a range it can fill."""
    language = report.root.text("program", "language") or "python"
    most = len(FEATURES if language == "python" else TEXT_FEATURES) - 1
    number = source.partition(".")[2]
    if not number.isdecimal() or int(number) > most:
        expected = f"learned.N with N from 0 to {most}, for {language} has {most + 1} features"
        report.add((*path, "source"), expected=expected, found=clipped(source))
    index = path[-1]
    others = report.root.items("descriptors")[: index if isinstance(index, int) else 0]
    if any(node.text("source") == source for node in others):
        expected = "a component of its own"
        report.add((*path, "source"), expected=expected, found=f"{clipped(source)} a second time")
    if report.root.text(*path, "scale") == "log":
        expected = "linear, for learned values lie on both sides of 0"
        report.add((*path, "scale"), expected=expected, found="log")


def _near_source(stage: str, metric: str, by_id: Mapping[str, Outline]) -> str | None:
    close = nearest(stage, ["static", *by_id])
    return f"{close}.{metric}" if close else None


def _check_range(report: Report, path: Key) -> None:
    low, high = (_number(report, (*path, edge)) for edge in ("low", "high"))
    if low is not None and high is not None and low >= high:
        report.add((*path, "high"), expected=f"a number greater than low ({low:g})", found=f"{high:g}")
    if report.root.text(*path, "scale") == "log" and low is not None and low <= 0:
        report.add((*path, "low"), expected="a positive number, for the scale is log", found=f"{low:g}")


def _number(report: Report, path: Key) -> float | None:
    node = report.root.at(path)
    value = node.value if node else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
