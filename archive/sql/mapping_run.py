"""Rows and domain values of runs, their ledger, lessons and curve; see `archive.sql.mapping` for the rest."""

from __future__ import annotations

import hashlib
import json
from types import MappingProxyType

from archive.experience import Fault, Lesson, LessonKind
from archive.ledger import Call, CallStatus, Purpose, Usage
from archive.run import CurvePoint, Run, RunState, StopReason
from archive.sql.encoding import (
    AnyRow,
    Values,
    json_out,
    number,
    optional_number,
    optional_text_in,
    text_in,
    text_out,
    time_in,
    time_out,
    whole,
)
from archive.standing import IslandState
from problems.problem import Budget

__all__ = [
    "call_of",
    "call_row",
    "curve_point_of",
    "island_state_of",
    "island_state_row",
    "lesson_of",
    "lesson_row",
    "run_of",
    "run_row",
]


def run_row(run: Run) -> Values:
    """A row of ``runs``, without its serial number."""
    return {
        "id": text_out(run.id),
        "name": text_out(run.name),
        "problem": text_out(run.problem),
        "problem_digest": text_out(run.problem_digest),
        "problem_path": text_out(run.problem_path),
        "seed": str(run.seed),
        "workers": run.workers,
        "strategy": text_out(run.strategy),
        "islands": run.islands,
        "cells_total": run.cells_total,
        "models": json_out(list(run.models)),
        "sandbox": text_out(run.sandbox),
        "evaluations": run.budget.evaluations,
        "dollars": optional_number(run.budget.dollars, name="the budget in dollars"),
        "minutes": optional_number(run.budget.minutes, name="the budget in minutes"),
        "overrides": json_out(dict(run.overrides)),
        "state": run.state.value,
        "stopped_by": run.stopped_by.value if run.stopped_by else None,
        "created": time_out(run.created),
        "study": None if run.study is None else text_out(run.study),
    }


def run_of(row: AnyRow) -> Run:
    """A run, from a row of ``runs``."""
    return Run(
        id=text_in(row.id),
        name=text_in(row.name),
        problem=text_in(row.problem),
        problem_digest=text_in(row.problem_digest),
        problem_path=text_in(row.problem_path),
        seed=int(row.seed),
        workers=row.workers,
        strategy=text_in(row.strategy),
        islands=row.islands,
        models=tuple(json.loads(row.models)),
        sandbox=text_in(row.sandbox),
        budget=Budget(evaluations=row.evaluations, dollars=row.dollars, minutes=row.minutes),
        overrides=MappingProxyType(json.loads(row.overrides)),
        state=RunState(row.state),
        stopped_by=StopReason(row.stopped_by) if row.stopped_by is not None else None,
        created=time_in(row.created),
        cells_total=row.cells_total,
        study=optional_text_in(row.study),
    )


def curve_point_of(row: AnyRow) -> CurvePoint:
    """An improvement of the best, from a row of ``curve``."""
    return CurvePoint(
        evaluations=row.evaluations,
        seconds=row.seconds,
        fitness=row.fitness,
        program=row.program,
        operator=text_in(row.operator),
    )


def call_row(call: Call) -> Values:
    """A row of ``calls``, without its number."""
    return {
        "run": text_out(call.run),
        "attempt": call.attempt,
        "purpose": call.purpose.value,
        "ordinal": call.ordinal,
        "model": text_out(call.model),
        "request": text_out(call.request),
        "prompt": text_out(call.prompt),
        "response": text_out(call.response),
        "status": call.status.value,
        "tokens_in": whole(call.usage.tokens_in, name="tokens in"),
        "tokens_out": whole(call.usage.tokens_out, name="tokens out"),
        "tokens_cached": whole(call.usage.tokens_cached, name="tokens cached"),
        "tokens_reasoning": whole(call.usage.tokens_reasoning, name="tokens of reasoning"),
        "dollars": number(call.usage.dollars, name="dollars of a call"),
        "latency": number(call.latency, name="latency of a call"),
        "error": text_out(call.error),
        "at": time_out(call.at),
    }


def call_of(row: AnyRow) -> Call:
    """A call, from a row of ``calls``."""
    return Call(
        run=text_in(row.run),
        attempt=row.attempt,
        purpose=Purpose(row.purpose),
        ordinal=row.ordinal,
        model=text_in(row.model),
        request=text_in(row.request),
        prompt=text_in(row.prompt),
        response=text_in(row.response),
        status=CallStatus(row.status),
        usage=Usage(
            tokens_in=row.tokens_in,
            tokens_out=row.tokens_out,
            tokens_cached=row.tokens_cached,
            tokens_reasoning=row.tokens_reasoning,
            dollars=row.dollars,
        ),
        latency=row.latency,
        error=text_in(row.error),
        at=time_in(row.at),
    )


def lesson_row(lesson: Lesson) -> Values:
    """A row of ``lessons``, without its number."""
    named = f"{lesson.kind.value}\0{lesson.text}".encode("utf-8", "surrogatepass")
    return {
        "run": text_out(lesson.run),
        "attempt": lesson.attempt,
        "kind": lesson.kind.value,
        "text": text_out(lesson.text),
        "digest": hashlib.sha256(named).hexdigest(),
        "uses": lesson.uses,
        "successes": lesson.successes,
        "at": time_out(lesson.at),
        "evidence": json_out(list(lesson.evidence)),
        "context": text_out(lesson.context),
        "origin": None if lesson.origin is None else text_out(lesson.origin),
        "fault": None if lesson.fault is None else lesson.fault.value,
        "expired": lesson.expired,
    }


def lesson_of(row: AnyRow) -> Lesson:
    """A lesson, from a row of ``lessons``."""
    return Lesson(
        run=text_in(row.run),
        attempt=row.attempt,
        kind=LessonKind(row.kind),
        text=text_in(row.text),
        uses=row.uses,
        successes=row.successes,
        at=time_in(row.at),
        id=row.id,
        evidence=tuple(json.loads(row.evidence)),
        context=text_in(row.context),
        origin=optional_text_in(row.origin),
        fault=None if row.fault is None else Fault(row.fault),
        expired=bool(row.expired),
    )


def island_state_row(run: str, state: IslandState) -> Values:
    """A row of ``island_states``."""
    return {
        "run": text_out(run),
        "island": state.island,
        "epoch": whole(state.epoch, name="epoch of an island"),
        "renewed_at": whole(state.renewed_at, name="evaluations at the renewal of an island"),
        "stall": whole(state.stall, name="stall of an island"),
        "since_best": whole(state.since_best, name="evaluations of an island since its best improved"),
        "pace": number(state.pace, name="pace of an island"),
        "weariness": number(state.weariness, name="weariness of an island"),
    }


def island_state_of(row: AnyRow) -> IslandState:
    """The state of an island, from a row of ``island_states``."""
    return IslandState(
        island=row.island,
        epoch=row.epoch,
        renewed_at=row.renewed_at,
        stall=row.stall,
        since_best=row.since_best,
        pace=row.pace,
        weariness=row.weariness,
    )
