"""The command line. Nothing heavy is imported until a verb needs it, so that `--help` is quick."""

from __future__ import annotations

import sys

from flows.cli.root import app

__all__ = ["app", "main"]


def main() -> None:
    """Entry point of the console script ``cambrian``."""
    from problems.errors import CambrianError, ProblemError

    try:
        app()
    except ProblemError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except CambrianError as error:
        print(f"cambrian: {error}", file=sys.stderr)
        sys.exit(_exit_code(error))


def _exit_code(error: Exception) -> int:
    """2 for what the user can mend in the command or the problem, 1 for the rest."""
    from archive.store import UnknownRun
    from flows.settings import SettingsError

    return 2 if isinstance(error, SettingsError | UnknownRun) else 1
