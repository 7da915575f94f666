"""``python -m dashboard``: what `cambrian dashboard` turns into. The database is named by the environment."""

from __future__ import annotations

import argparse
import sys

from dashboard.launch import launch
from flows.settings import read_settings
from problems.errors import CambrianError


def main() -> int:
    """Serve the dashboard until interrupted."""
    parser = argparse.ArgumentParser(prog="cambrian dashboard")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--run", default=None)
    parser.add_argument("--browser", action="store_true")
    options = parser.parse_args()

    def announce(address: str) -> None:
        print(f"Dashboard: {address}  (Ctrl-C ends it)", flush=True)

    try:
        return launch(
            read_settings().database,
            port=options.port,
            open_browser=options.browser,
            run=options.run,
            announce=announce,
        )
    except CambrianError as error:
        print(f"cambrian: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
