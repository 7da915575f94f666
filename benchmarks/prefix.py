"""How much of a prompt a provider's prompt cache can serve: what it begins with that the one before had too.

Runs two problems with the embedded model and compares, in the ledger, every prompt with the previous one of
the same role and island, as it was sent. Next to it stands the plan's figure where a turn shows its program,
inspirations and lessons in the order of their weight for that turn, as it was before there was a notebook.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from collections import defaultdict
from contextlib import closing
from itertools import pairwise
from os.path import commonprefix
from pathlib import Path

from archive.sql.reader import open_reader
from benchmarks.machine import report
from flows.api import evolve

ROOT = Path(__file__).parent.parent
PROBLEMS = (
    ROOT / "problems" / "library" / "circle_packing",
    ROOT / "benchmarks" / "problems" / "ten_constants",
)
ROLES = ("plan", "execute", "summarize")
OLD_PLAN = """\
# Task: plan

{% include "_program.md" %}
{% include "_history.md" %}
{% include "_style.md" %}

Choose one change of the current program that is likely to {{ aim }}.
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--evaluations", type=int, default=300)
    arguments.add_argument("--islands", type=int, default=1)
    told = arguments.parse_args()
    figures: dict[str, object] = {"evaluations": told.evaluations, "islands": told.islands}
    lines: list[str] = []
    for problem in PROBLEMS:
        for kind, plan in (("", None), ("before_", OLD_PLAN)):
            found = measured(problem, evaluations=told.evaluations, islands=told.islands, plan=plan)
            for role, (parts, size) in found.items():
                if kind and not role.startswith("plan"):
                    continue
                name = f"{kind}{problem.name}_{role}"
                mean, median = statistics.fmean(parts), statistics.median(parts)
                figures[f"{name}_mean"], figures[f"{name}_median"] = round(mean, 3), round(median, 3)
                figures[f"{name}_chars"] = round(size)
                lines.append(
                    f"{name:>28}: {mean:.0%} mean, {median:.0%} median of {len(parts)} prompts of "
                    f"{size:,.0f} characters begin as the one before"
                )
    report("prefix", lines, figures)


def measured(
    problem: Path, *, evaluations: int, islands: int, plan: str | None
) -> dict[str, tuple[list[float], float]]:
    """For each role, and each island of it where there are several: shares, and mean characters of prompts.

    Args:
        problem: its folder.
        evaluations: how many the run makes.
        islands: how many it has.
        plan: template of plans; None for the one in force.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(problem, Path(place) / problem.name))
        if plan is not None:
            (folder / "prompts").mkdir()
            (folder / "prompts" / "plan.md").write_text(plan)
        db = f"sqlite:///{place}/prefix.db"
        evolve(
            folder,
            evaluations=evaluations,
            seed=1,
            workers=1,
            sandbox="process",
            models=("embedded",),
            db=db,
            name="prefix",
            sets=(f"search.islands={islands}",),
            quiet=True,
        )
        sent = prompts(db, "prefix")
    several = islands > 1
    return {
        (f"{role}_island_{island}" if several else role): (shares(said), statistics.fmean(map(len, said)))
        for (role, island), said in sorted(sent.items())
        if len(said) > 1
    }


def prompts(db: str, name: str) -> dict[tuple[str, int], list[str]]:
    """The prompts of a run as they were sent, in order, by role and island."""
    with closing(open_reader(db)) as reader:
        run = reader.summary(name).run
        islands = {attempt.number: attempt.island for attempt in reader.attempts(run.id, 1_000_000)}
        calls = sorted(reader.calls(run.id, 1_000_000), key=lambda call: (call.attempt, call.ordinal))
    sent: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for call in calls:
        if call.purpose.value in ROLES and call.prompt and call.attempt in islands:
            messages = json.loads(call.prompt)
            sent[call.purpose.value, islands[call.attempt]].append("\n".join(text for _, text in messages))
    return sent


def shares(said: list[str]) -> list[float]:
    """Of every prompt after the first, the share of its characters that it begins with as the one before."""
    return [
        len(commonprefix((before, now))) / len(now)  # noqa: RUF071  texts, no paths
        for before, now in pairwise(said)
    ]


if __name__ == "__main__":
    main()
