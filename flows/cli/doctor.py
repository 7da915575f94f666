"""`doctor`: what works on this machine and how to mend what does not."""

from __future__ import annotations

import asyncio
import json
import textwrap
from dataclasses import asdict

import typer

from flows.cli.options import Database, Machine, database
from flows.cli.text import plain, spoken

__all__ = ["register"]

_WIDTH = 100


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("doctor")(doctor)


def doctor(db: Database = None, machine: Machine = False) -> None:
    """Tell what works on this machine, and how to mend what does not."""
    from flows.diagnosis import diagnose
    from flows.settings import read_settings

    findings = asyncio.run(diagnose(read_settings(), database(db)))
    if machine:
        print(json.dumps([asdict(finding) for finding in findings]))
        return
    for finding in findings:
        _entry(f"{'ok' if finding.ok else '--'}  {finding.topic:<16} ", finding.found)
        if finding.mend:
            _entry(f"{'':<21}to {'change' if finding.ok else 'mend'} it: ", spoken(finding.mend))


def _entry(head: str, text: str) -> None:
    """One paragraph beside its topic, no wider than a terminal."""
    print(textwrap.fill(head + plain(text), _WIDTH, subsequent_indent=" " * 21, break_on_hyphens=False))
