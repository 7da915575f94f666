"""The command line. Nothing heavy is imported until a verb needs it, so that `--help` is quick."""

from __future__ import annotations

import sys

from flows.cli.root import app
from flows.cli.text import plain, spoken

__all__ = ["app", "main"]


def main() -> None:
    """Entry point of the console script ``cambrian``."""
    from problems.errors import CambrianError, ProblemError

    try:
        app()
    except ProblemError as error:
        _say(str(error))
        sys.exit(2)
    except CambrianError as error:
        _say(f"cambrian: {error}{_hint(error)}")
        sys.exit(_exit_code(error))


def _say(text: str) -> None:
    """An error for a person; what a problem's scorer said may stand in it, so no control character stays."""
    print(plain(spoken(text), lines=True), file=sys.stderr)


def _hint(error: Exception) -> str:
    from archive.store import UnknownRun

    return "; `cambrian runs` lists the runs there are" if isinstance(error, UnknownRun) else ""


def _exit_code(error: Exception) -> int:
    """2 for what the user can mend in the command, the problem or its scorer, 1 for the rest."""
    from archive.store import UnknownRun
    from evaluators.failure import ScorerError
    from flows.cadence import ScheduleError
    from flows.founding import InvalidSeed
    from flows.settings import SettingsError

    usage = SettingsError | UnknownRun | ScorerError | InvalidSeed | ScheduleError
    return 2 if isinstance(error, usage) else 1
