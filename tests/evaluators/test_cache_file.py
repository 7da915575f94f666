from __future__ import annotations

import asyncio
import logging
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.evaluation import StageResult, StageState
from evaluators.cache import key_of
from evaluators.cache_file import FileCache
from evaluators.stage import Product


def key(number):
    return key_of("recipe", str(number).encode())


def product(number, size=1):
    result = StageResult(stage="run", state=StageState.PASSED, metrics={"total": float(number)})
    return Product(result=result, value=[number] * size)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "stages.sqlite"


async def fill(path, numbers, **options):
    cache = FileCache(path, **options)
    for number in numbers:
        await cache.put(key(number), product(number))
    await cache.close()


async def found(path, numbers, **options):
    cache = FileCache(path, **options)
    got = await asyncio.gather(*(cache.get(key(number)) for number in numbers))
    await cache.close()
    return [number for number, one in zip(numbers, got, strict=True) if one is not None]


async def test_what_was_put_is_found_at_once_and_after_the_file_was_opened_again(path):
    cache = FileCache(path)
    await cache.put(key(1), product(1))
    now = await cache.get(key(1))
    assert await cache.get(key(2)) is None
    await cache.close()
    again = FileCache(path)
    later = await again.get(key(1))
    await again.close()
    assert now.value == later.value == [1]
    assert now.result == later.result
    assert later.result.cached


async def test_nothing_is_found_or_kept_after_the_end(path):
    cache = FileCache(path)
    await cache.put(key(1), product(1))
    await cache.close()
    await cache.close()
    await cache.put(key(2), product(2))
    assert await cache.get(key(1)) is None
    assert await found(path, [1, 2]) == [1]


async def test_a_cache_that_was_never_used_leaves_no_file(path):
    await FileCache(path).close()
    assert not path.parent.exists()


async def test_the_file_is_its_owner_s_alone(path):
    await fill(path, [1])
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


async def test_thousands_at_a_time_are_all_kept(path):
    numbers = list(range(3000))  # more than the backlog that is taken without waiting
    cache = FileCache(path)
    await asyncio.gather(*(cache.put(key(number), product(number)) for number in numbers))
    got = await asyncio.gather(*(cache.get(key(number)) for number in numbers))
    await cache.close()
    assert [one.value[0] for one in got] == numbers


async def test_the_file_stays_within_its_bound_and_the_oldest_use_goes(path):
    cache = FileCache(path, max_bytes=256 << 10)
    for number in range(3000):
        await cache.put(key(number), product(number, size=50))
        if number % 50 == 0:
            assert await cache.get(key(0)) is not None, number  # used all the time
    await cache.close()
    left = await found(path, range(3000))
    assert 200 < len(left) < 1500
    assert left[0] == 0
    assert left[-1] == 2999
    assert left[1:] == list(range(left[1], 3000))
    assert path.stat().st_size < 512 << 10


async def test_an_asker_that_goes_away_disturbs_nobody(path):
    cache = FileCache(path)
    tasks = [asyncio.create_task(cache.get(key(number))) for number in range(100)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert ended[1::2] == [None] * 50
    await cache.put(key(1), product(1))
    assert await cache.get(key(1)) is not None
    await cache.close()


def _garbage(path):
    path.write_bytes(b"not a database at all" * 1000)


def _torn(path):
    """The middle of the file is gone; the head, which SQLite looks at first, is whole."""
    raw = path.read_bytes()
    path.write_bytes(raw[:4096] + b"\xff" * (len(raw) - 4096))


@pytest.mark.parametrize("damage", [_garbage, _torn])
async def test_a_damaged_file_is_set_aside_with_a_warning(path, damage, caplog):
    await fill(path, range(500))
    damage(path)
    cache = FileCache(path)
    assert await cache.get(key(1)) is None
    await cache.put(key(1), product(1))
    assert await cache.get(key(1)) is not None
    await cache.close()
    assert "the stage cache was damaged" in caplog.text
    assert path.with_name("stages.sqlite.damaged").exists()
    assert await found(path, [1]) == [1]


async def test_a_damaged_row_is_not_known(path):
    await fill(path, [1, 2])
    with sqlite3.connect(path) as connection:
        (body,) = connection.execute("SELECT body FROM stages WHERE key = ?", (key(1),)).fetchone()
        other = body.replace(b'"total":1.0', b'"total":9.0')
        assert other != body
        connection.execute("UPDATE stages SET body = ? WHERE key = ?", (other, key(1)))
    connection.close()
    assert await found(path, [1, 2]) == [2]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("PRAGMA user_version = 99", "its format is 99"),
        ("CREATE TABLE mine (a)", "a database of something else"),
    ],
)
async def test_a_file_of_a_newer_version_or_of_something_else_is_left_alone(path, statement, words, caplog):
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    before = path.read_bytes()
    assert await found(path, [1]) == []
    await fill(path, [1])
    assert path.read_bytes() == before
    assert words in caplog.text


@pytest.mark.thorough("it waits for a lock to be given up")
async def test_a_locked_file_costs_what_is_found_and_no_error(path, caplog):
    await fill(path, [1])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    cache = FileCache(path)
    began = time.monotonic()
    await cache.put(key(2), product(2))
    assert time.monotonic() - began < 0.5
    assert await asyncio.gather(*(cache.get(key(number)) for number in range(3, 50))) == [None] * 47
    assert time.monotonic() - began < 10  # they do not wait one after the other
    other.execute("COMMIT")
    other.close()
    await asyncio.sleep(1.2)
    await cache.put(key(4), product(4))
    assert await cache.get(key(4)) is not None
    await cache.close()
    assert "the stage cache is busy" in caplog.text
    assert await found(path, [1, 4]) == [1, 4]


async def test_the_loop_does_not_wait_for_a_busy_disk(path):
    await fill(path, [1])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cache = FileCache(path)
    beats = 0
    await cache.put(key(2), product(2))
    asked = asyncio.create_task(cache.get(key(1)))
    began = time.monotonic()
    while time.monotonic() - began < 0.5:
        await asyncio.sleep(0.01)
        beats += 1
    other.execute("ROLLBACK")
    other.close()
    assert (await asked) is not None
    await cache.close()
    assert beats > 10
    assert await found(path, [2]) == [2]


async def test_a_place_that_cannot_be_written_is_said_once(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    cache = FileCache(tmp_path / "file" / "stages.sqlite")
    for number in range(3):
        await cache.put(key(number), product(number))
        assert await cache.get(key(100 + number)) is None
    assert await cache.get(key(0)) is None
    await cache.close()
    assert caplog.text.count("is not used any more") == 1
    assert caplog.records[0].levelno == logging.WARNING


SCRIPT = """
import asyncio, sys
from pathlib import Path
from archive.evaluation import StageResult, StageState
from evaluators.cache import key_of
from evaluators.cache_file import FileCache
from evaluators.stage import Product

async def main(start):
    cache = FileCache(Path(sys.argv[1]))
    result = StageResult(stage="run", state=StageState.PASSED)
    for number in range(start, start + 300):
        await cache.put(key_of("recipe", str(number).encode()), Product(result=result, value=[number]))
        await cache.get(key_of("recipe", str(number - 1).encode()))
    await cache.close()

asyncio.run(main(int(sys.argv[2])))
"""


def test_several_processes_use_one_file_at_a_time(path):
    path.parent.mkdir()
    starts = [0, 1000]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(path), str(start)],
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for start in starts
    ]
    for process in running:
        _, error = process.communicate(timeout=60)
        assert (process.returncode, error) == (0, "")
    numbers = [start + step for start in starts for step in range(300)]
    assert asyncio.run(found(path, numbers)) == numbers
