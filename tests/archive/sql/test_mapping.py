from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
import sqlalchemy
from hypothesis import given
from hypothesis import strategies as st

from archive.attempt import Attempt, AttemptState, Candidate, Outline, Plan
from archive.cell import Elite, Outcome, Placement
from archive.evaluation import Evaluation, Provenance, StageResult, StageState, Verdict
from archive.experience import Fault, Lesson, LessonKind
from archive.ledger import Call, CallStatus, Purpose, Usage
from archive.lineage import Birth
from archive.program import Program
from archive.run import Run, RunState, StopReason
from archive.sql import mapping, mapping_run, tables
from archive.sql.mapping_evaluation import evaluation_of
from archive.sql.recording import record_rows
from archive.store import Record, StoreError
from problems.problem import Budget

texts = st.text(st.characters(exclude_categories=[]), max_size=20)
reals = st.floats(allow_nan=False, allow_infinity=False)
# A column of SQLite cannot hold a negative zero.
columns = reals.map(lambda value: value + 0.0)
counts = st.integers(0, 2**63 - 1)
moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
programs = st.builds(Program.of, texts, st.dictionaries(texts, texts, min_size=1, max_size=3))
cells = st.lists(st.integers(-50, 50), max_size=4).map(tuple)
metrics = st.dictionaries(texts, reals | st.integers(), max_size=3)
plans = st.builds(
    Plan,
    idea=texts,
    steps=st.lists(texts, max_size=2).map(tuple),
    expects=texts,
    rejected=st.lists(texts, max_size=2).map(tuple),
    lessons=st.lists(counts, max_size=2).map(tuple),
    outlines=st.lists(st.builds(Outline, idea=texts, expects=texts, risk=texts), max_size=2).map(tuple),
    choice=st.none() | st.integers(0, 5),
    approach=texts,
    reason=texts,
)
attempts = st.builds(
    Attempt,
    run=texts,
    number=counts,
    island=counts,
    parents=st.lists(digests, max_size=2).map(tuple),
    inspirations=st.lists(digests, max_size=2).map(tuple),
    state=st.sampled_from(AttemptState),
    plan=st.none() | plans,
    candidates=st.just(()),
    note=texts,
    started=moments,
    ended=st.none() | moments,
)
stages = st.builds(
    StageResult,
    stage=texts,
    state=st.sampled_from(StageState),
    verdict=st.none() | st.sampled_from(Verdict),
    metrics=metrics,
    artifacts=st.dictionaries(texts, texts, max_size=2),
    note=texts,
    seconds=reals,
    cached=st.booleans(),
    private=st.booleans(),
)
provenances = st.builds(
    Provenance,
    seed=st.integers(),
    replicas=counts,
    candidates=texts,
    scorers=texts,
    stages=st.dictionaries(texts, texts, max_size=2),
    version=texts,
    confirmed=st.booleans(),
)
usages = st.builds(
    Usage,
    tokens_in=counts,
    tokens_out=counts,
    tokens_cached=counts,
    tokens_reasoning=counts,
    dollars=columns,
)
calls = st.builds(
    Call,
    run=texts,
    attempt=counts,
    purpose=st.sampled_from(Purpose),
    ordinal=counts,
    model=texts,
    request=texts,
    prompt=texts,
    response=texts,
    status=st.sampled_from(CallStatus),
    usage=usages,
    latency=columns,
    error=texts,
    at=moments,
)
lessons = st.builds(
    Lesson,
    run=texts,
    attempt=counts,
    kind=st.sampled_from(LessonKind),
    text=texts,
    uses=counts,
    successes=counts,
    at=moments,
    id=st.just(1),
    evidence=st.lists(counts, max_size=3).map(tuple),
    context=texts,
    origin=st.none() | texts,
    expired=st.booleans(),
    fault=st.none() | st.sampled_from(Fault),
)
budgets = st.builds(
    Budget, evaluations=st.none() | counts, dollars=st.none() | columns, minutes=st.none() | columns
)
runs = st.builds(
    Run,
    id=texts,
    name=texts,
    problem=texts,
    problem_digest=texts,
    problem_path=texts,
    seed=st.integers(),
    workers=counts,
    strategy=texts,
    islands=counts,
    models=st.lists(texts, max_size=2).map(tuple),
    sandbox=texts,
    budget=budgets,
    overrides=st.dictionaries(texts, texts, max_size=2),
    state=st.sampled_from(RunState),
    stopped_by=st.none() | st.sampled_from(StopReason),
    created=moments,
    cells_total=counts,
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Records of candidates and of seeds, valid and not."""
    program, run, island = draw(programs), draw(texts), draw(counts)
    verdict = draw(st.sampled_from(Verdict))
    fitness = draw(columns) if verdict is Verdict.VALID else None
    evaluation = Evaluation(
        program=program.id,
        problem=draw(texts),
        verdict=verdict,
        fitness=fitness,
        descriptors=tuple(draw(st.lists(reals, max_size=3))),
        metrics=draw(metrics),
        stages=tuple(draw(st.lists(stages, max_size=2))),
        reason=draw(texts),
        seconds=draw(columns),
        provenance=draw(st.none() | provenances),
    )
    attempt = draw(st.none() | attempts.map(lambda each: replace(each, run=run, island=island)))
    operator, model = draw(texts), draw(st.none() | texts)
    birth = Birth(
        run=run,
        program=program.id,
        parents=tuple(draw(st.lists(digests, max_size=2))),
        inspirations=tuple(draw(st.lists(digests, max_size=2))),
        operator=operator,
        island=island,
        attempt=attempt.number if attempt else None,
        model=model,
        at=draw(moments),
    )
    placement = Placement(
        outcome=draw(st.sampled_from(Outcome)),
        cell=draw(cells) if fitness is not None else None,
        improvement=draw(columns),
        displaced=draw(st.none() | digests),
        record=draw(st.booleans()),
    )
    candidate = Candidate(
        round=draw(counts),
        slot=draw(counts),
        operator=operator,
        program=program,
        model=model,
        evaluation=evaluation,
        placement=placement,
    )
    return Record(
        attempt=attempt,
        program=program,
        birth=birth,
        candidate=candidate if attempt else None,
        evaluation=evaluation,
        placement=placement,
        utility=fitness,
    )


@pytest.fixture(scope="module")
def engine():
    engine = sqlalchemy.create_engine("sqlite://")
    tables.metadata.create_all(engine)
    yield engine
    engine.dispose()


def through(engine, table, values):
    """The row that the database makes of these values."""
    with engine.connect() as connection:
        connection.execute(sqlalchemy.insert(table), values)
        row = connection.execute(sqlalchemy.select(table)).one()
        connection.rollback()
    return row


def evaluation_through(engine, rows):
    """The evaluation that the database makes of these rows."""
    recipe = tables.recipes.c.recipe.label("recipe_text")
    joined = sqlalchemy.select(tables.evaluations, recipe).outerjoin(
        tables.recipes, tables.recipes.c.digest == tables.evaluations.c.recipe
    )
    with engine.connect() as connection:
        if rows.recipe is not None:
            connection.execute(sqlalchemy.insert(tables.recipes), rows.recipe)
        connection.execute(sqlalchemy.insert(tables.evaluations), rows.evaluation)
        found = evaluation_of(connection.execute(joined).one())
        connection.rollback()
    return found


def exact(value: object) -> str:
    """Tells negative zero from zero and an int from a float, which == does not."""
    return repr(value)


@given(run=runs)
def test_a_run_comes_back_exactly(engine, run):
    assert exact(mapping_run.run_of(through(engine, tables.runs, mapping_run.run_row(run)))) == exact(
        replace(run, overrides=MappingProxyType(dict(run.overrides)))
    )


@given(attempt=attempts)
def test_an_attempt_comes_back_exactly(engine, attempt):
    assert mapping.attempt_of(through(engine, tables.attempts, mapping.attempt_row(attempt))) == attempt


@given(call=calls)
def test_a_call_comes_back_exactly(engine, call):
    row = through(engine, tables.calls, mapping_run.call_row(call))
    assert exact(mapping_run.call_of(row)) == exact(call)


@given(lesson=lessons)
def test_a_lesson_comes_back_exactly(engine, lesson):
    assert mapping_run.lesson_of(through(engine, tables.lessons, mapping_run.lesson_row(lesson))) == lesson


@given(record=records())
def test_all_parts_of_a_record_come_back_exactly(engine, record):
    rows = record_rows(record)
    program = mapping.program_of(through(engine, tables.programs, rows.program))
    assert program == record.program
    assert list(program.sources) == list(record.program.sources)
    evaluation = evaluation_through(engine, rows)
    assert evaluation == record.evaluation
    assert exact(evaluation.fitness) == exact(record.evaluation.fitness)
    assert exact(evaluation.descriptors) == exact(record.evaluation.descriptors)
    assert [exact(value) for value in evaluation.metrics.values()] == [
        exact(value) for value in record.evaluation.metrics.values()
    ]
    birth = through(engine, tables.births, rows.birth)
    assert mapping.birth_of(birth) == record.birth
    if rows.elite is not None:
        elite = mapping.elite_of(through(engine, tables.elites, rows.elite))
        assert elite == Elite(
            program=record.program.id,
            cell=record.placement.cell,
            fitness=record.evaluation.fitness,
            descriptors=record.evaluation.descriptors,
            island=record.birth.island,
        )


def test_a_time_of_another_zone_comes_back_as_the_same_moment_in_utc(engine, make):
    at = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    call = mapping_run.call_of(through(engine, tables.calls, mapping_run.call_row(make.call(at=at))))
    assert call.at == at
    assert call.at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(make):
    with pytest.raises(StoreError, match="zone"):
        mapping_run.call_row(make.call(at=datetime(2026, 1, 1)))  # noqa: DTZ001  the mistake under test


def test_a_count_of_more_than_64_bits_is_refused(make):
    with pytest.raises(StoreError, match="64 bits"):
        mapping_run.call_row(make.call(usage=Usage(tokens_in=2**63)))


def test_a_database_refuses_what_slips_past_the_mapping(engine, make):
    seed = record_rows(make.seed(make.program())).evaluation
    for wrong in (
        {"fitness": float("inf")},
        {"fitness": float("nan")},
        {"fitness": None},
        {"verdict": "failed"},
    ):
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            through(engine, tables.evaluations, {**seed, **wrong})
