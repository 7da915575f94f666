"""`doctor`: what works on this machine and how to mend what does not."""

from __future__ import annotations

import asyncio
import json
import textwrap
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import typer

from flows.cli.options import Database, Machine, database
from flows.cli.text import plain, spoken

if TYPE_CHECKING:
    from flows.finding import Finding

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
        print(json.dumps([{**asdict(replace(f, facts={})), "facts": dict(f.facts)} for f in findings]))
        return
    for finding in findings:
        _entry(f"{'ok' if finding.ok else '--'}  {finding.topic:<16} ", finding.found)
        if finding.mend:
            _entry(f"{'':<21}to {'change' if finding.ok else 'mend'} it: ", spoken(finding.mend))
        if finding.topic == "sandbox" or not finding.ok:
            _sandbox(finding)


def _sandbox(finding: Finding) -> None:
    """What the sandbox in force holds and what it does not, in plain words."""
    if finding.promises:
        _entry(f"{'':<21}", "A program in it:")
    for promise in finding.promises:
        _entry(f"{'':<21}+ ", promise, indent=23)
    if finding.weaknesses:
        _entry(f"{'':<21}", "What is left:")
    for weakness in finding.weaknesses:
        _entry(f"{'':<21}- ", f"{weakness.what} To mend it: {spoken(weakness.mend)}", indent=23)


def _entry(head: str, text: str, *, indent: int = 21) -> None:
    """One paragraph beside its topic, no wider than a terminal."""
    print(textwrap.fill(head + plain(text), _WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False))
