"""Names on containers and folders, so that the next engine clears up after one that was killed."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import tempfile
from pathlib import Path

__all__ = ["clear", "is_dead", "owned_folder", "owner", "remove_tree"]

_FILE = "owner"


@functools.cache
def owner() -> str:
    """This engine's name on labels: boot, process namespace, process and its start time."""
    return f"{_boot()} {_namespace()} {os.getpid()} {_started(os.getpid())}"


def is_dead(name: str) -> bool:
    """Whether the engine of this name, see `owner`, is known to be gone.

    Only an engine of this boot and of this process namespace can be told to be dead: any other may be of
    another machine, and is taken to be alive.
    """
    match name.split():
        case [boot, namespace, pid, started] if (
            boot == _boot() and namespace == _namespace() and pid.isdigit()
        ):
            return _started(int(pid)) != started
    return False


def owned_folder(prefix: str, *, mode: int) -> Path:
    """A new folder for temporary files that says whose it is, in a file that programs cannot read."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    (folder / _FILE).write_text(owner())
    (folder / _FILE).chmod(0o600)
    folder.chmod(mode)
    return folder


def clear(prefix: str) -> None:
    """Remove folders, made by `owned_folder` with this prefix, whose engine is dead."""
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):  # of another user, or being made just now
            if is_dead((left / _FILE).read_text()):
                remove_tree(left)


def remove_tree(folder: Path) -> None:
    """Remove a folder that programs wrote to: they may have closed parts of it. Never raises."""
    with contextlib.suppress(OSError, RecursionError):
        folder.chmod(0o700)
        for _, names, _, place in os.fwalk(folder):
            for name in names:
                if stat.S_ISDIR(os.stat(name, dir_fd=place, follow_symlinks=False).st_mode):
                    os.chmod(name, 0o700, dir_fd=place)
    shutil.rmtree(folder, ignore_errors=True)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink())


def _started(pid: int) -> str:
    """Start time of a process in ticks since boot, empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
