"""Programs that can be found among the processes of the machine, wherever their sandbox has put them."""

from __future__ import annotations

import secrets
from pathlib import Path

STUBBORN = {
    "busy in Python": "while True: pass",
    "busy in C": "7 ** (10 ** 9)",
    "busy in a regular expression": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "asleep": "time.sleep(300)",
    "busy in threads": (
        "import threading\n"
        " def spin():\n  while True: pass\n"
        " for _ in range(4): threading.Thread(target=spin).start()\n"
        " spin()"
    ),
    "ignoring and blocking signals": (
        "for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "  signal.signal(number, signal.SIG_IGN)\n"
        " signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))\n"
        " while True: pass"
    ),
    "stopping itself": "os.kill(os.getpid(), signal.SIGSTOP); time.sleep(300)",
    "closing its descriptors": "os.closerange(0, 4096)\n while True: pass",
    "stuck in a full pipe": "os.write(os.pipe()[1], b'x' * (1 << 22))",
    "raising when it is interrupted": (
        "while True:\n  try:\n   while True: time.sleep(1)\n  except BaseException: pass"
    ),
}
"""Bodies of functions that do not end by themselves, whatever they are asked."""

FORKING = {
    "a tree of busy processes": (
        "for _ in range(4):\n  if os.fork() == 0: break\n"
        " signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))\n"
        " while True: pass"
    ),
    "a chain of forks": (
        "if os.fork():\n  time.sleep(300)\n"
        " while True:\n"
        "  try:\n   if os.fork(): os._exit(0)\n"
        "  except OSError: pass"
    ),
    "a daemon": (
        "if os.fork():\n  time.sleep(300)\n"
        " try: os.setsid()\n except OSError: pass\n"
        " if os.fork(): os._exit(0)\n"
        " os.closerange(0, 4096)\n time.sleep(300)"
    ),
}
"""Likewise, for a policy that lets programs start processes."""


def marked(body: str) -> tuple[str, str]:
    """A program with `body` that gives its processes a name of their own, and that name."""
    name = f"cmb{secrets.token_hex(5)}"  # the kernel keeps 15 characters
    head = f"import ctypes, os, signal, time\ndef solve():\n ctypes.CDLL(None).prctl(15, b'{name}')\n "
    return head + body, name


def alive(name: str) -> list[int]:
    """Processes of that name that have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                comm, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            if comm == name and rest.split()[0] != "Z":
                found.append(int(entry.name))
    return found
