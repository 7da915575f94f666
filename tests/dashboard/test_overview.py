"""The page as Streamlit runs it, over a real SQLite store; clicks need a browser, see test_browser."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from archive.run import RunState, StopReason
from archive.sql.store import SqlStore, open_store
from dashboard import app
from dashboard.launch import DB_VARIABLE

Fill = Callable[..., object]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "runs.db"
    monkeypatch.setenv(DB_VARIABLE, f"sqlite:///{path}")
    return path


@pytest.fixture
def store(database: Path, blank: Path):
    opened = open_store(shutil.copy(blank, database))
    yield opened
    asyncio.run(opened.close())


def draw(**query: str) -> AppTest:
    page = AppTest.from_file(app.__file__, default_timeout=30)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception[0].stack_trace
    return page


def metric(page: AppTest, label: str) -> str:
    return next(each.value for each in page.metric if each.label.startswith(label)).replace("\\", "")


def words(page: AppTest) -> str:
    elements = [*page.title, *page.markdown, *page.caption, *page.info, *page.text, *page.warning, *page.code]
    return "\n".join(str(each.value) for each in elements)


def test_a_finished_run_shows_its_figures(fill: Fill, store: SqlStore) -> None:
    filled = fill(store, turns=40)
    page = draw()
    assert metric(page, "Best height") == f"{filled.fitness:.8g}"
    assert metric(page, "Cells") == "17 / 30"
    assert metric(page, "Evaluations") == "41 / 60"
    assert metric(page, "Valid") == "80.5%"
    assert metric(page, "Rate") == "20.5 / min"
    assert metric(page, "Spend") == "$0.16 / $2.00"
    assert metric(page, "Stopped by") == "evaluations"
    assert filled.best.text.strip() in [each.value for each in page.code]
    assert len(page.get("plotly_chart")) == 3


def test_the_program_is_compared_with_its_parent_and_with_the_seed(fill: Fill, store: SqlStore) -> None:
    filled = fill(store, turns=40)
    page = draw()
    diffs = [each.value for each in page.code if each.language == "diff"]
    assert len(diffs) == 2
    assert f"-{filled.seed.text.splitlines()[0]}" in diffs[1]
    assert all(f"+{filled.best.text.splitlines()[0]}" in each for each in diffs)


def test_lessons_and_attempts_stand_in_tables_as_plain_text(fill: Fill, store: SqlStore) -> None:
    fill(store, turns=12)
    tables = {next(iter(each.value.columns)): each.value for each in draw().dataframe}
    assert list(tables["no."]["no."]) == list(range(12, 0, -1))
    assert "steeper" in tables["no."]["idea"][0]
    assert "<script>" in " ".join(tables["no."]["why"])
    assert len(tables["lesson"]) == 3
    assert "<img src=x>" in tables["lesson"]["lesson"][0]


def test_nothing_from_a_candidate_or_model_is_drawn_as_markdown_or_html(fill: Fill, store: SqlStore) -> None:
    fill(store, turns=12)
    page = draw()
    drawn = " ".join(str(each.value) for each in [*page.markdown, *page.title, *page.caption, *page.info])
    for foreign in ("slipped", "steeper", "def build", "<img", "<script"):
        assert foreign not in drawn
    assert not any(each.allow_html for each in page.markdown)


def test_a_run_without_a_valid_program_says_so(fill: Fill, store: SqlStore) -> None:
    fill(store, turns=6, valid=False)
    page = draw()
    assert metric(page, "Best") == "none yet"
    assert metric(page, "Valid") == "0.0%"
    assert "No valid program yet" in words(page)
    assert len(page.get("plotly_chart")) == 1


def test_a_run_with_only_its_seed_is_shown(fill: Fill, store: SqlStore) -> None:
    filled = fill(store, turns=0, finished=False)
    page = draw()
    assert metric(page, "Evaluations") == "1 / 60"
    assert filled.seed.text.strip() in [each.value for each in page.code]
    assert "It was made from no other program." in words(page)
    assert "No lesson has been drawn yet." in words(page)


def test_a_run_that_has_done_nothing_yet_is_shown(new_run, store: SqlStore) -> None:
    asyncio.run(store.create_run(new_run()))
    page = draw()
    assert metric(page, "Evaluations") == "0 / 60"
    assert "Nothing evaluated yet." in words(page)


def test_a_run_whose_problem_is_gone_is_still_shown(
    fill: Fill, store: SqlStore, problem_folder: Path
) -> None:
    fill(store, turns=12)
    (problem_folder / "problem.yaml").unlink()
    page = draw()
    assert metric(page, "Best fitness")
    assert len(page.get("plotly_chart")) == 3


def test_a_store_without_runs_tells_how_to_start_one(store: SqlStore) -> None:
    assert "cambrian run" in words(draw())


def test_a_missing_database_is_no_error_and_is_not_made(database: Path) -> None:
    shown = words(draw())
    assert "cambrian run" in shown
    assert str(database) in shown
    assert not database.exists()


@pytest.mark.parametrize("url", ["nonsense", "oracle://me:secret@host/db"])
def test_an_unusable_database_url_is_explained_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DB_VARIABLE, url)
    shown = words(draw())
    assert "database" in shown or "No runs yet" in shown
    assert "secret" not in shown


def test_without_a_url_the_users_own_database_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DB_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert f"{tmp_path}/cambrian/cambrian.db" in words(draw())


def test_a_file_that_is_no_database_is_explained(database: Path) -> None:
    database.write_bytes(b"not a database " * 1000)
    assert "not a SQLite database" in words(draw())


def test_the_newest_run_is_shown_first_and_another_can_be_chosen(fill: Fill, store: SqlStore) -> None:
    older = fill(store, turns=0, name="older", number=1)
    fill(store, turns=10, name="newer", number=2)
    page = draw()
    assert page.title[0].value == "newer"
    page.sidebar.radio[0].set_value(older.run.id).run()
    assert not page.exception
    assert page.title[0].value == "older"
    assert page.query_params["run"] == "older"


def test_the_address_can_name_a_run(fill: Fill, store: SqlStore) -> None:
    fill(store, turns=0, name="older", number=1)
    fill(store, turns=0, name="newer", number=2)
    assert draw(run="older").title[0].value == "older"
    assert draw(run="nobody").title[0].value == "newer"


def test_many_runs_are_found_by_words(new_run, store: SqlStore) -> None:
    for number in range(40):
        asyncio.run(store.create_run(new_run(name=f"run-{number:02d}", number=number + 1)))
    page = draw()
    assert len(page.sidebar.radio[0].options) == 30
    page.sidebar.text_input[0].set_value("run-03").run()
    assert len(page.sidebar.radio[0].options) == 2
    assert page.title[0].value == r"run\-39"


def test_a_name_with_markdown_in_it_is_shown_as_it_stands(new_run, store: SqlStore) -> None:
    asyncio.run(store.create_run(new_run(name="**bold** [x](http://y)")))
    assert draw().title[0].value == r"\*\*bold\*\* \[x\]\(http\://y\)"


def test_a_giant_source_is_clipped_with_a_note(fill: Fill, store: SqlStore) -> None:
    fill(store, turns=0, finished=False, padding=("#" * 79 + "\n") * 10_000)
    page = draw()
    assert max(len(each.value) for each in page.code) <= 200_000
    assert "Clipped to the first 200 kB" in words(page)


def test_a_run_that_moves_on_is_drawn_anew(fill: Fill, store: SqlStore) -> None:
    filled = fill(store, turns=3, finished=False)
    page = draw()
    assert metric(page, "Worked for") == "9.0 s"
    asyncio.run(store.set_state(filled.run.id, RunState.FINISHED, StopReason.TARGET))
    time.sleep(1.1)
    page.run()
    assert metric(page, "Stopped by") == "target"
