"""`db upgrade`, `db downgrade` and `db verify` as a user meets them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archive.sql import schema
from tests.flows.cli.terminal import ROOT, cambrian


def test_an_archive_of_an_earlier_schema_is_refused_with_the_command_that_upgrades_it(tmp_path: Path) -> None:
    db = tmp_path / "first.db"
    dump = ROOT / "tests" / "archive" / "sql" / "databases" / "0001.sql"
    with sqlite3.connect(db) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    refused = cambrian("runs", "--db", db)
    assert refused.code == 1
    assert "db upgrade`" in refused.err
    upgraded = cambrian("db", "upgrade", "--db", db)
    assert (upgraded.code, upgraded.out) == (0, f"The archive has schema {schema.HEAD} now, from 0001\n")
    assert cambrian("show", "first-run", "--json", "--db", db).json["evaluations"] == 12
    again = cambrian("db", "upgrade", "--db", db, "--json")
    assert again.json == {"before": schema.HEAD, "now": schema.HEAD}


def test_a_missing_archive_is_made(tmp_path: Path) -> None:
    done = cambrian("db", "upgrade", "--db", tmp_path / "new.db")
    assert (done.code, done.out) == (0, f"The archive has schema {schema.HEAD} now, from nothing\n")
    assert cambrian("runs", "--db", tmp_path / "new.db").code == 0


def test_verify_says_that_all_is_well_and_fails_where_it_is_not(tmp_path: Path) -> None:
    db = tmp_path / "runs.db"
    dump = ROOT / "tests" / "archive" / "sql" / "databases" / "0002.sql"
    with sqlite3.connect(db) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
        catalogue = ROOT / "problems" / "library" / "circle_packing"
        connection.execute("UPDATE runs SET problem_path = ?", (str(catalogue),))
    connection.close()
    assert cambrian("db", "upgrade", "--db", db).code == 0
    clean = cambrian("db", "verify", "--db", db)
    assert (clean.code, clean.out.splitlines()[-1]) == (0, "Verified 1 run: all is well")
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE progress SET attempts = attempts + 1")
    connection.close()
    told = cambrian("db", "verify", "--run", "first-run", "--db", db)
    assert told.code == 1
    assert "first-run, counters: expected 11 attempts" in told.out
    found = cambrian("db", "verify", "--json", "--db", db)
    assert (found.code, found.json["clean"], found.json["runs"]) == (1, False, ["first-run"])
    assert found.json["findings"][0]["check"] == "counters"
    back = cambrian("db", "downgrade", "0002", "--db", db)
    assert (back.code, back.out) == (0, f"The archive has schema 0002 now, from {schema.HEAD}\n")
