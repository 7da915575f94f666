"""Where a program came from and what became of it, for people and for scripts."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.attempt import Attempt, AttemptState, Candidate, Plan
from archive.cell import Elite, Outcome, Placement
from archive.evaluation import Evaluation, Verdict
from archive.lineage import Birth
from archive.program import Program
from archive.run import Run
from archive.sql.store import open_store
from archive.store import Record, Store
from flows.cli.text import out_diff
from problems.problem import Budget
from tests.flows.cli.terminal import Done, cambrian

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOSTILE = "paint it \x1b[31mred\x1b[0m \u202e"
RUN = Run(
    id="abcdef012345", name="calm-fox", problem="packing", problem_digest="d", problem_path="/p", seed=1,
    workers=1, strategy="map_elites", islands=1, models=("one",), sandbox="process", budget=Budget(),
    created=NOON,
)  # fmt: skip


def program(number: int) -> Program:
    """Of two files, the second the same in all."""
    return Program.of("python", {"a.py": f"x = 0\ny = {number}\n# \x1b[2J\n", "b.py": "z = 1\n"})


SEED, LEFT, RIGHT, CROSS, BEST, FAILED = (program(number).id for number in range(6))


async def add(
    store: Store,
    number: int,
    parents: tuple[int, ...],
    fitness: float | None,
    *,
    run: Run = RUN,
    idea: str = "",
    migrants: tuple[tuple[int, int, int], ...] = (),
) -> None:
    """One more program; `migrants` are numbers of programs with the islands they go from and to."""
    new = program(number)
    attempt = (
        Attempt(run=run.id, number=max(number, 1), island=0, parents=(), started=NOON) if parents else None
    )
    if attempt is not None:
        await store.open_attempt(attempt)
        attempt = replace(attempt, state=AttemptState.EVALUATED, plan=Plan(idea=idea) if idea else None)
    operator = "seed" if not parents else "crossover" if len(parents) > 1 else "diff"
    model = "one" if parents else None
    record = Record(
        attempt=attempt,
        program=new,
        birth=Birth(
            run=run.id,
            program=new.id,
            parents=tuple(program(each).id for each in parents),
            operator=operator,
            attempt=attempt.number if attempt else None,
            model=model,
            at=NOON + timedelta(seconds=number),
        ),
        candidate=Candidate(operator=operator, program=new, model=model) if attempt else None,
        evaluation=Evaluation(
            program=new.id,
            problem="d",
            verdict=Verdict.FAILED if fitness is None else Verdict.VALID,
            fitness=fitness,
        ),
        placement=Placement(outcome=Outcome.REFUSED if fitness is None else Outcome.NEW),
        utility=fitness,
    )
    arrivals = [
        (
            Birth(run=run.id, program=there, operator="migrate", island=to, source=of, at=NOON),
            Elite(program=there, cell=(), fitness=1.5, descriptors=(), island=to),
            1.5,
        )
        for there, of, to in ((program(which).id, of, to) for which, of, to in migrants)
    ]
    await store.record(replace(record, migrants=arrivals))


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed has two children; both are parents of one, from which the best came; one that failed."""
    path = tmp_path_factory.mktemp("lineage") / "runs.db"

    async def fill() -> None:
        store = open_store(path)
        await store.create_run(RUN)
        await add(store, 0, (), 1.0)
        await add(store, 1, (0,), 1.5, idea="to the left")
        await add(store, 2, (0,), 0.5, idea="to the right")
        await add(store, 3, (1, 2), 1.25, idea="both")
        await add(store, 4, (3,), 4.0, idea=HOSTILE)
        await add(store, 5, (1,), None)
        other = replace(RUN, id="fedcba543210", name="keen-owl")
        await store.create_run(other)
        await add(store, 0, (), 1.0, run=other)
        moved = replace(RUN, id="aaaabbbb0000", name="wide-elk", islands=4)
        await store.create_run(moved)
        await add(store, 7, (), 1.0, run=moved)
        await add(store, 8, (7,), 0.75, run=moved, migrants=((7, 0, 2), (7, 0, 3), (7, 2, 1)))
        await store.create_run(replace(RUN, id="0123456789ab", name="empty"))
        await store.close()

    asyncio.run(fill())
    return path


def read(db: Path, *arguments: str) -> Done:
    done = cambrian(*arguments, "--db", db)
    assert done.code == 0, done.err
    return done


def told(found: dict[str, list[dict[str, object]]]) -> dict[object, object]:
    return {step["program"]: step["depth"] for step in found["steps"]}


def test_a_run_tells_of_its_best_and_both_ways(db: Path) -> None:
    found = read(db, "lineage", "calm-fox", "--json").json

    assert (found["run"], found["program"]) == ("calm-fox", BEST)
    assert told(found["ancestors"]) == {BEST: 0, CROSS: 1, LEFT: 2, RIGHT: 2, SEED: 3}
    assert told(found["descendants"]) == {BEST: 0}
    assert found["best_line"] == [BEST, CROSS, LEFT, SEED]
    assert read(db, "lineage", "best", "--run", "calm-fox", "--json").json == found
    assert read(db, "lineage", BEST[:8], "--json").json == found
    assert read(db, "lineage", BEST, "--both", "--json").json == found


def test_a_step_says_what_was_tried_and_what_it_brought(db: Path) -> None:
    steps = read(db, "lineage", BEST, "--up", "--json").json["ancestors"]["steps"]
    cross = next(step for step in steps if step["program"] == CROSS)

    assert cross["parents"] == [LEFT, RIGHT]
    assert (cross["operator"], cross["model"], cross["idea"]) == ("crossover", "one", "both")
    assert (cross["fitness"], cross["parent_fitness"], cross["gain"]) == (1.25, 1.5, -0.25)
    assert (cross["attempt"], cross["outcome"], cross["on_best_line"]) == (3, "new", True)
    assert [step["on_best_line"] for step in steps if step["program"] == RIGHT] == [False]


def test_only_one_way_and_bounds_are_kept(db: Path) -> None:
    up = read(db, "lineage", BEST, "--up", "--depth", "1", "--json").json
    down = read(db, "lineage", SEED, "--run", "calm-fox", "--down", "--limit", "2", "--json").json

    assert up["descendants"] is None
    assert (told(up["ancestors"]), up["ancestors"]["left_out"]) == ({BEST: 0, CROSS: 1}, 3)
    assert down["ancestors"] is None
    assert (told(down["descendants"]), down["descendants"]["left_out"]) == ({SEED: 0, LEFT: 1}, 4)
    assert "3 more left out" in read(db, "lineage", BEST, "--up", "--depth", "1").out


def test_what_brought_the_gains_is_summed_along_the_main_parents(db: Path) -> None:
    gains = read(db, "lineage", "calm-fox", "--json").json["gains"]

    assert [(g["name"], g["steps"], g["gained"], g["gain"]) for g in gains["operators"]] == [
        ("diff", 2, 2, 3.25),
        ("crossover", 1, 0, -0.25),
    ]
    assert [(g["name"], g["gain"]) for g in gains["models"]] == [("one", 3.0)]
    assert [(g["name"], g["program"]) for g in gains["ideas"]] == [(HOSTILE, BEST), ("to the left", LEFT)]


def test_people_see_a_tree_with_the_way_to_the_best(db: Path) -> None:
    up = read(db, "lineage", "calm-fox", "--up").out.splitlines()
    down = read(db, "lineage", SEED, "--run", "calm-fox", "--down").out.splitlines()

    def tree(lines: list[str]) -> list[str]:
        ids = {each[:12] for each in (SEED, LEFT, RIGHT, CROSS, BEST, FAILED)}
        return [line[: line.index(each) + 12] for line in lines[1:] for each in ids if each in line]

    assert tree(up) == [
        f"* {BEST[:12]}",
        f"* {CROSS[:12]}",
        f"  └ {RIGHT[:12]}",
        f"* {LEFT[:12]}",
        f"* {SEED[:12]}",
    ]
    assert tree(down) == [
        f"* {SEED[:12]}",
        f"* └ {LEFT[:12]}",
        f"*   └ {CROSS[:12]}",
        f"*     └ {BEST[:12]}",
        f"    └ {FAILED[:12]}",
        f"  └ {RIGHT[:12]}",
    ]
    assert next(line for line in down if FAILED[:12] in line).split()[2:5] == ["-", "-", "failed"]
    assert "+2.75" in next(line for line in up if line.startswith(f"* {BEST[:12]}"))
    assert any("crossover" in line and "-0.25" in line for line in up)


def test_changes_are_shown_line_by_line(db: Path) -> None:
    text = read(db, "lineage", BEST, "--up", "--diff").out
    steps = read(db, "lineage", BEST, "--up", "--diff", "--json").json["ancestors"]["steps"]

    assert f"{CROSS[:12]} from {LEFT[:12]}, crossover: both" in text
    assert "-y = 1\n+y = 3\n" in text
    assert steps[0]["diff"] == read(db, "diff", BEST, "--json").json["diff"]
    assert steps[-1]["diff"] == []


def test_neither_ideas_nor_programs_drive_the_terminal(db: Path) -> None:
    text = read(db, "lineage", BEST, "--diff").out

    assert "\\x1b[31mred" in text
    assert not {"\x1b", "\u202e"} & set(text)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("empty",), "no valid program yet"),
        (("best", "--run", "nobody"), "no run 'nobody'"),
        (("ffffffff",), "no program 'ffffffff'"),
        ((SEED,), "is of 2 runs (calm-fox, keen-owl): name one with --run"),
        ((BEST, "--run", "keen-owl"), "run keen-owl has no program"),
        ((BEST, "--depth", "-1"), "--depth"),
        ((BEST, "--limit", "0"), "--limit"),
    ],
)
def test_what_is_not_there_is_said(db: Path, arguments: tuple[str, ...], says: str) -> None:
    done = cambrian("lineage", *arguments, "--db", db)

    assert done.code == 2
    assert says in " ".join(done.err.split())


def test_a_diff_compares_with_the_main_parent_file_by_file(db: Path) -> None:
    found = read(db, "diff", CROSS, "--json").json

    assert (found["from"], found["to"]) == (LEFT, CROSS)
    assert found["diff"][:2] == [f"--- a.py {LEFT[:12]}", f"+++ a.py {CROSS[:12]}"]
    assert not any("b.py" in line for line in found["diff"])
    assert read(db, "diff", CROSS).out.splitlines() == found["diff"]


def test_a_diff_has_colours_only_on_a_terminal_and_no_other_control(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    out_diff(["--- a", "+++ b", "@@ -1 +1 @@", " same", "-old", "+new \x1b[2J"])

    assert screen.getvalue().splitlines() == [
        "\x1b[1m--- a\x1b[0m",
        "\x1b[1m+++ b\x1b[0m",
        "\x1b[36m@@ -1 +1 @@\x1b[0m",
        " same",
        "\x1b[31m-old\x1b[0m",
        "\x1b[32m+new \\x1b[2J\x1b[0m",
    ]


def test_a_migrant_is_told_with_the_islands_it_came_from(db: Path) -> None:
    """Fails when the source of a migrant is not kept, or not told."""
    moved = program(7).id
    line = f"{moved[:12]} migrated from island 0 to 2, 3; from island 2 to 1"
    assert line in read(db, "lineage", moved).out
    steps = read(db, "lineage", moved, "--json").json["ancestors"]["steps"]
    assert (steps[0]["migrated_from"], steps[0]["migrated_to"]) == ([0, 0, 2], [2, 3, 1])
