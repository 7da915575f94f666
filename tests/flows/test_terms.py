"""The terms of a run, and the flow that takes them."""

from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path

import flows
from flows.terms import Terms


def test_the_flow_takes_every_term() -> None:
    """Read from the source: loading Prefect takes seconds, and the suite without services would not do it.

    Fails when a field is added to `Terms` and not to `evolve`.
    """
    source = Path(flows.__file__).with_name("evolution.py").read_text(encoding="utf-8")
    [evolve] = [
        each
        for each in ast.parse(source).body
        if isinstance(each, ast.AsyncFunctionDef) and each.name == "evolve"
    ]
    taken = [each.arg for each in (*evolve.args.args, *evolve.args.kwonlyargs)]
    passed = [
        keyword.arg
        for each in ast.walk(evolve)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "Terms"
        for keyword in each.keywords
    ]
    known = [field.name for field in fields(Terms)]
    assert taken == known
    assert passed == known
