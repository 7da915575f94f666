import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from evaluators.docker.container import pump


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket, threading.Thread]]:
    """Two far ends with a pump between them, and its thread."""
    one, remote = socket.socketpair()
    other, plain = socket.socketpair()

    def work() -> None:
        pump(remote, plain)
        remote.close()
        plain.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield one, other, thread
    one.close()
    other.close()
    thread.join(5.0)
    assert not thread.is_alive()


def test_bytes_go_both_ways_at_once(ends: tuple[socket.socket, socket.socket, threading.Thread]) -> None:
    one, other, _ = ends
    data = os.urandom(3_000_000)
    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(end.sendall, data) for end in (one, other)]
        got = [pool.submit(_take, end, len(data)) for end in (one, other)]
        assert [future.result(20.0) for future in sent] == [None, None]
        assert all(future.result(20.0) == data for future in got)


@pytest.mark.parametrize("first", [0, 1])
def test_the_end_of_one_side_ends_the_other(
    ends: tuple[socket.socket, socket.socket, threading.Thread], first: int
) -> None:
    ends[first].close()
    ends[2].join(5.0)
    assert not ends[2].is_alive()
    assert ends[1 - first].recv(1) == b""


def _take(end: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += end.recv(1 << 20)
    return got
