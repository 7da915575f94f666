"""`python -m flows.cli`: the command line where no script is installed."""

from __future__ import annotations

from flows.cli import main

main()
