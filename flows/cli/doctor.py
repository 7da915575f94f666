"""`doctor`: what works on this machine and how to mend what does not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict

import typer

from flows.cli.options import Database, Machine, database

__all__ = ["register"]


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
        print(f"{'ok' if finding.ok else '--'}  {finding.topic:<16} {finding.found}")
        if finding.mend:
            print(f"    {'':<16} to mend or change it: {finding.mend}")
