from __future__ import annotations

import sqlite3
import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from archive.sql.engine import explained, is_passing, patiently, reading_engine, url_of, writing_engine
from archive.sql.store import open_store
from archive.store import StoreError


def test_a_path_and_a_url_name_the_same_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected = str(tmp_path / "runs.db")
    for place in ("runs.db", tmp_path / "runs.db", "sqlite:///runs.db", f"sqlite:///{tmp_path}/runs.db"):
        assert url_of(place).database == expected


@pytest.mark.parametrize(
    "place", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg2://u:p@h/d"]
)
def test_postgresql_goes_through_psycopg(place):
    assert url_of(place).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("place", ["mysql://h/d", "sqlite://", "sqlite:///:memory:", "://", "x://["])
def test_other_databases_are_refused(place):
    with pytest.raises(StoreError):
        url_of(place)


async def test_odd_characters_in_a_path_are_no_trouble(tmp_path, make):
    path = tmp_path / "50% of ?it #1 é" / "a&b.db"
    store = open_store(path)
    await store.create_run(make.run())
    assert await store.find_run("last") == make.run()
    await store.close()
    assert path.exists()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="cannot make the folder"):
        open_store(tmp_path / "file" / "runs.db")


def test_a_file_of_another_kind_is_reported(tmp_path):
    (tmp_path / "notes.txt").write_text("dear diary " * 100)
    with pytest.raises(StoreError, match="not a SQLite database"):
        open_store(tmp_path / "notes.txt")


def test_a_folder_in_place_of_the_file_is_reported(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(tmp_path)


def test_a_server_that_is_away_is_reported_without_the_password():
    url = url_of("postgresql://user:secret@127.0.0.1:1/name")
    engine = writing_engine(url)
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        patiently(engine.connect, url=url, patience=0.1)
    assert "secret" not in str(caught.value)


def test_a_reading_engine_cannot_write(tmp_path):
    path = tmp_path / "runs.db"
    open_store_and_leave(path)
    engine = reading_engine(url_of(path))
    with engine.begin() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.exec_driver_sql("DELETE FROM runs")
    engine.dispose()


async def test_a_locked_file_is_waited_for(tmp_path, make):
    path = tmp_path / "runs.db"
    store = open_store(path)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, other.rollback).start()
    started = time.monotonic()
    await store.create_run(make.run())
    assert time.monotonic() - started >= 0.4
    await store.close()


def test_a_lock_passes_and_is_named_when_it_does_not(tmp_path):
    path = tmp_path / "runs.db"
    open_store_and_leave(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with sqlite3.connect(path, isolation_level=None, timeout=0) as waiting:
        with pytest.raises(sqlite3.OperationalError) as caught:
            waiting.execute("BEGIN IMMEDIATE")
        error = OperationalError("BEGIN IMMEDIATE", None, caught.value)
        assert is_passing(error)
        assert "locked by another process" in str(explained(error, url_of(path)))
    holder.close()


def open_store_and_leave(path):
    from archive.sql.schema import upgrade

    upgrade(path)
