from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from dashboard.launch import DashboardError, launch, serve

RUN = """
import sys
from dashboard.launch import launch
code = launch(sys.argv[1], port=0, run="brisk otter", announce=lambda address: print(address, flush=True))
print("ended", code, flush=True)
"""


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org"])
def test_no_host_but_this_machine_is_served(host: str) -> None:
    with pytest.raises(DashboardError, match="refuses"):
        launch("sqlite:///x.db", host=host)


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DashboardError, match=f"port {port} cannot be used"):
            launch("sqlite:///x.db", port=port)


@pytest.mark.browser
def test_it_answers_while_it_is_served_and_not_after(tmp_path: Path) -> None:
    with serve(f"sqlite:///{tmp_path}/x.db", port=0) as server:
        with urllib.request.urlopen(f"{server.address}/_stcore/health") as answer:
            assert answer.status == 200
        assert "x.db" not in " ".join(map(str, server.process.args))
    assert server.process.poll() is not None


@pytest.mark.browser
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_the_launcher(end: signal.Signals, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with subprocess.Popen([sys.executable, "-c", RUN, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.endswith("/?run=brisk+otter")
        process.send_signal(end)
        assert process.stdout.read().strip() == "ended 0"
    port = int(address.split(":")[2].split("/")[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
