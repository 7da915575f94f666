"""The stages of a document as far as they can be read, whatever else is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from problems.document import Node, Report, clipped, nearest, one_of
from problems.document import Path as Key
from problems.kinds import JUDGES, STATIC
from problems.schema import FEATURES, TEXT_FEATURES
from problems.sources import certain_metrics

__all__ = ["STAGES", "Outline", "before", "check_metric", "read_stages", "together"]

STAGES: Key = ("evaluation", "stages")


@dataclass(frozen=True, slots=True)
class Outline:
    """A stage as far as it could be read."""

    index: int
    id: str
    uses: str
    needs: tuple[str, ...]
    file: str | None
    metric: str | None
    proxy: str | None
    is_private: bool
    judges: int = 1
    decides: bool = False

    @property
    def path(self) -> Key:
        """Where it stands in the document."""
        return (*STAGES, self.index)

    def metrics(self, trusted: Mapping[str, str]) -> frozenset[str] | None:
        """The metrics that it can return, None where only running it can tell."""
        if self.uses in STATIC:
            return frozenset(FEATURES if self.uses == "static.python" else TEXT_FEATURES)
        if self.uses in JUDGES:
            mark = self.metric or "judge"
            return frozenset({mark, f"{mark}_agreement"} if self.judges > 1 else {mark})
        if self.uses == "delayed" and self.metric is not None:
            return frozenset({self.metric, "reported"})
        if self.uses == "sandbox.score" and self.file is not None and self.file in trusted:
            return certain_metrics(trusted[self.file])
        return None


def read_stages(report: Report) -> list[Outline]:
    """Every stage that has an id, in order of declaration."""
    stages = []
    for index, node in enumerate(report.root.items(*STAGES)):
        name = node.text("id")
        if name is not None:
            stages.append(
                Outline(
                    index=index,
                    id=name,
                    uses=node.text("uses") or "",
                    needs=tuple(item.value for item in node.items("needs") if isinstance(item.value, str)),
                    file=node.text("file"),
                    metric=node.text("metric"),
                    proxy=node.text("proxy"),
                    is_private=node.text("visibility") == "private",
                    judges=_whole(node, "judges"),
                    decides=_is(node, "decides", True),
                )
            )
    return stages


def _whole(node: Node, key: str) -> int:
    found = node.at((key,))
    return found.value if found and type(found.value) is int else 1


def _is(node: Node, key: str, value: object) -> bool:
    found = node.at((key,))
    return found is not None and found.value is value


def before(name: str, by_id: Mapping[str, Outline]) -> tuple[str, ...]:
    """Ids of all stages that a stage waits for, directly or through others, in order of declaration."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for need in by_id[waiting.pop()].needs:
            if need in by_id and need not in found:
                found.add(need)
                waiting.append(need)
    return tuple(other for other in by_id if other in found)


def together(stages: Iterable[Outline], trusted: Mapping[str, str]) -> frozenset[str] | None:
    """The metrics of several stages, None where those of one are not certain."""
    union: frozenset[str] = frozenset()
    for stage in stages:
        known = stage.metrics(trusted)
        if known is None:
            return None
        union |= known
    return union


def check_metric(report: Report, path: Key, prefix: str, metric: str, known: frozenset[str] | None) -> None:
    """Note a metric that is not among those `known`; None says that any may be."""
    if known is not None and metric not in known:
        report.add(
            path,
            expected=one_of("a metric that a stage returns", [prefix + name for name in sorted(known)]),
            found=clipped(prefix + metric),
            near=(close := nearest(metric, known)) and prefix + close,
        )
