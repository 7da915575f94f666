"""Studies and comparisons as a user makes them, with real runs of the embedded model."""

import shutil
import signal
import time

import pytest

from tests.flows.cli.terminal import cambrian, finish, reading, start, write_problem

STRATEGIES = ("--strategies", "map_elites,hill_climb")
SANDBOX = ("--sandbox", "process")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(folder, what the command left) of a study of 4 runs."""
    folder = tmp_path_factory.mktemp("study")
    done = cambrian(
        *(
            "study",
            write_problem(folder / "one"),
            *STRATEGIES,
            *SANDBOX,
            "--seeds",
            "2",
            "--evaluations",
            "5",
        ),
        *("--name", "s", "--db", f"sqlite:///{folder / 'a.db'}", "-o", folder / "table.md", "--json"),
    )
    return folder, done


def test_a_study_runs_every_strategy_with_every_seed_to_the_last_evaluation(made):
    folder, done = made

    assert done.code == 0, done.err
    with reading(folder / "a.db") as reader:
        runs = {summary.run.name: summary for summary in reader.runs()}
    assert set(runs) == {
        f"s.one_number.{who}.{seed}" for who in ("map_elites", "hill_climb") for seed in (1, 2)
    }
    assert all(summary.evaluations == 5 for summary in runs.values())
    assert all(summary.run.study == "s" for summary in runs.values())


def test_its_figures_are_those_of_its_runs(made):
    folder, done = made

    (problem,) = done.json["problems"]
    with reading(folder / "a.db") as reader:
        for group in problem["comparison"]["groups"]:
            for run, value in zip(group["runs"], group["values"], strict=True):
                assert reader.summary(run["run"]).best.fitness == value
    assert problem["verdict"]["subject"] == "map_elites"
    assert done.json["unfinished"] == 0


def test_its_table_is_written_as_markdown(made):
    text = (made[0] / "table.md").read_text()

    assert "| one_number | 4 | 5 | hill_climb |" in text
    assert "cambrian study" in text


def test_asked_for_again_it_runs_nothing(made):
    folder, done = made
    command = ("study", folder / "one", *STRATEGIES, *SANDBOX, "--seeds", "2", "--evaluations", "5")

    again = cambrian(*command, "--name", "s", "--db", f"sqlite:///{folder / 'a.db'}", "--json")

    assert again.code == 0
    assert "4 of them finished already" in again.err
    assert again.json == done.json


def test_a_study_on_changed_files_is_refused_under_the_old_name(made, tmp_path):
    folder, _ = made
    other = write_problem(
        tmp_path / "one", {"score.py": "def score(output, context):\n    return {'value': 1.0}\n"}
    )

    done = cambrian(
        *("study", other, *STRATEGIES, *SANDBOX, "--seeds", "2", "--evaluations", "5"),
        *("--name", "s", "--db", f"sqlite:///{folder / 'a.db'}"),
    )

    assert done.code == 2
    assert "another problem" in done.err
    assert "--name" in done.err


@pytest.mark.parametrize("suffix", [".html", ".svg", ".png"])
def test_a_comparison_of_the_study_is_written_in_each_form(made, tmp_path, suffix):
    folder, _ = made

    done = cambrian("compare", "s", "--db", f"sqlite:///{folder / 'a.db'}", "-o", tmp_path / f"plot{suffix}")

    assert done.code == 0, done.err
    assert "map_elites" in done.out
    assert "best so far" in done.out
    assert (tmp_path / f"plot{suffix}").stat().st_size > 1000


def test_a_comparison_of_two_problems_is_refused_unless_asked_for(made, tmp_path):
    folder, _ = made
    shutil.copy(folder / "a.db", tmp_path / "a.db")
    db = f"sqlite:///{tmp_path / 'a.db'}"
    other = write_problem(
        tmp_path / "o", {"score.py": "def score(output, context):\n    return {'value': 2.0}\n"}
    )
    cambrian("run", other, *SANDBOX, "--no-prefect", "--evaluations", "3", "--name", "o", "--db", db)

    refused = cambrian("compare", "s", "o", "--db", db)
    mixed = cambrian("compare", "s", "o", "--db", db, "--mixed", "--json")

    assert refused.code == 2
    assert "--mixed" in refused.err
    assert mixed.code == 0
    assert len(mixed.json["groups"]) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("compare", "nobody"), "no run 'nobody'"),
        (("compare", "s", "-o", "plot.pdf"), ".html, .svg or .png"),
        (("compare", "s", "--evaluations", "50"), "--evaluations 5"),
        (("compare", "s", "--problem", "tours"), "they are of one_number"),
        (("study", "tuned_constants", "--strategies", "map_elites,map_elites"), "every strategy once"),
        (("study", "tuned_constants", "tuned_constants"), "every problem once"),
        (("study", "tuned_constants", "--strategies", "climb"), "'climb'"),
        (("study", "tuned_constants", "--strategies", ","), "with commas between"),
        (("study", "tuned_constants", "-o", "table.html"), ".md"),
        (("study", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_done_is_refused_as_wrong_usage(made, arguments, told):
    done = cambrian(*arguments, "--db", f"sqlite:///{made[0] / 'a.db'}")

    assert done.code == 2
    assert told in " ".join(done.err.split())


@pytest.mark.thorough("a study of four runs, twice as processes of their own; to_do is tested without them")
def test_an_interrupted_study_goes_on_where_it_was(tmp_path):
    """Fails when a paused run is begun anew: its name is taken, and its evaluations would be lost."""
    db = f"sqlite:///{tmp_path / 'a.db'}"
    command = (
        *("study", write_problem(tmp_path / "one"), *STRATEGIES, *SANDBOX, "--seeds", "2"),
        *("--evaluations", "25", "--name", "s", "--db", db, "--json"),
    )
    process = start(*command)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        with reading(tmp_path / "a.db") as reader:
            if (tmp_path / "a.db").exists() and any(run.evaluations > 3 for run in reader.runs()):
                break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    stopped = finish(process)

    with reading(tmp_path / "a.db") as reader:
        before = {run.run.name: run.run.id for run in reader.runs()}
    again = cambrian(*command)

    assert stopped.code == 130, stopped.err
    assert "goes on where this study was" in stopped.err
    assert stopped.json["unfinished"] > 0
    assert again.code == 0, again.err
    with reading(tmp_path / "a.db") as reader:
        after = {run.run.name: (run.run.id, run.evaluations) for run in reader.runs()}
    assert len(after) == 4
    assert all(evaluations == 25 for _, evaluations in after.values())
    assert all(after[name][0] == run for name, run in before.items())
