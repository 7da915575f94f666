"""What single kinds of stage ask for beyond their shape: what they stand on, what excludes what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from problems.document import Path as Key
from problems.document import Report, clipped, nearest, one_of
from problems.kinds import VALUES
from problems.outline import Outline, before, check_metric

__all__ = ["check_kinds"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def check_kinds(
    report: Report, stages: Sequence[Outline], by_id: Mapping[str, Outline], trusted: Mapping[str, str]
) -> None:
    """Note every mistake that only the kind of a stage makes one.

    Args:
        report: the document and the mistakes so far.
        stages: all stages in order.
        by_id: the stage that each id stands for.
        trusted: files of the scorers that could be read.
    """
    pools = report.root.at(("evaluation", "pools"))
    names = list(pools.value) if pools and isinstance(pools.value, dict) else []
    for stage in stages:
        _check_pool(report, stage, names)
        if stage.uses == "sandbox.score":
            _check_score(report, stage, stages, by_id)
        elif stage.uses == "sandbox.command":
            _check_command(report, stage)
        elif stage.uses == "delayed":
            _check_delayed(report, stage, by_id, trusted)


def _check_pool(report: Report, stage: Outline, pools: Sequence[str]) -> None:
    path: Key = (*stage.path, "pool")
    name = report.root.text(*path)
    if name is not None and name not in pools:
        expected = one_of("a pool of evaluation.pools", pools)
        if not pools:
            expected = f"a pool that evaluation.pools declares, such as pools: {{{clipped(name)[1:-1]}: 2}}"
        report.add(path, expected=expected, found=clipped(name), near=nearest(name, pools))


def _check_score(
    report: Report, stage: Outline, stages: Sequence[Outline], by_id: Mapping[str, Outline]
) -> None:
    if any(need not in by_id for need in stage.needs):
        return
    if not any(by_id[name].uses in VALUES for name in before(stage.id, by_id)):
        runs = [other.id for other in stages if other.uses in VALUES]
        report.add(
            (*stage.path, "needs"),
            expected=one_of("a sandbox.call or sandbox.command stage whose value it scores", runs),
            found=clipped(list(stage.needs)) if stage.needs else "nothing",
            near=runs[0] if runs else None,
        )


def _check_command(report: Report, stage: Outline) -> None:
    """Of ``stdin``, ``cases`` and ``inputs`` the first excludes the others; a case is a mapping or a text."""
    if report.root.text(*stage.path, "stdin") is not None:
        for other in ("inputs", "cases"):
            node = report.root.at((*stage.path, other))
            if node is not None and node.value:
                report.add(
                    (*stage.path, other),
                    expected="either stdin or inputs and cases, for each says what standard input holds",
                    found=f"stdin and {other}",
                    of_key=True,
                )
    for place, case in enumerate(report.root.items(*stage.path, "cases")):
        path: Key = (*stage.path, "cases", place)
        if isinstance(case.value, dict):
            for name in case.value:
                if not _NAME.fullmatch(name):
                    wanted = "a name of at most 64 letters, digits and underscores, no digit first"
                    report.add((*path, name), expected=wanted, found=clipped(name), of_key=True)
        elif not isinstance(case.value, str):
            found = clipped(case.plain())
            report.add(path, expected="a mapping of inputs, or text for standard input", found=found)


def _check_delayed(
    report: Report, stage: Outline, by_id: Mapping[str, Outline], trusted: Mapping[str, str]
) -> None:
    path: Key = (*stage.path, "proxy")
    if stage.metric == "reported":
        wanted = "a name other than reported, which says whether the value is there"
        report.add((*stage.path, "metric"), expected=wanted, found=clipped(stage.metric))
    owner, dot, metric = (stage.proxy or "").partition(".")
    if not dot:
        return
    earlier = before(stage.id, by_id)
    if owner not in earlier:
        expected = f"a metric of a stage that {stage.id!r} needs, directly or through others"
        close = nearest(owner, earlier)
        near = f"{close}.{metric}" if close else None
        report.add(path, expected=expected, found=clipped(f"{owner}.{metric}"), near=near)
        return
    if by_id[owner].is_private and not stage.is_private:
        report.add(
            path,
            expected="a metric of a public stage, or visibility: private here as well",
            found=f"the private stage {owner!r}, whose metric would become public",
        )
    check_metric(report, path, f"{owner}.", metric, by_id[owner].metrics(trusted))
