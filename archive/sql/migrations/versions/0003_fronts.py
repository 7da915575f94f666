"""Fronts, fingerprints, kinds of duplicates, lessons with evidence, states of islands, studies; kept counts.

Tokens of reasoning are told apart from now on; of earlier calls it is not known how many there were.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OLD = "run, island, cell, program, fitness, utility, descriptors"


def upgrade() -> None:
    op.add_column("runs", sa.Column("study", sa.Text(), nullable=True))
    op.add_column("programs", sa.Column("fingerprint", sa.Text(), nullable=True))
    op.create_index(op.f("ix_programs_fingerprint"), "programs", ["fingerprint"], unique=False)
    # The births of a program tell its runs.
    op.drop_index(op.f("ix_evaluations_program_problem_id"), "evaluations")
    op.create_index(op.f("ix_evaluations_run_id"), "evaluations", ["run", "id"], unique=False)
    op.add_column("births", sa.Column("source", sa.BigInteger(), nullable=True))
    _make_seeds_unique("attempt IS NULL AND operator <> 'migrate'")
    op.add_column("attempts", sa.Column("likeness", sa.Text(), nullable=True))
    # Nothing but the same text was known for a duplicate.
    op.execute("UPDATE attempts SET likeness = 'same' WHERE state = 'duplicate'")
    op.create_index(
        "ix_attempts_like",
        "attempts",
        ["run", "likeness"],
        unique=False,
        sqlite_where=sa.text("likeness IS NOT NULL"),
        postgresql_where=sa.text("likeness IS NOT NULL"),
    )
    for column in (
        sa.Column("evidence", sa.Text(), server_default="[]", nullable=False),
        sa.Column("context", sa.Text(), server_default="", nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("expired", sa.Boolean(), server_default=sa.false(), nullable=False),
    ):
        op.add_column("lessons", column)
    # Each rests on the attempt that taught it.
    op.execute("UPDATE lessons SET evidence = '[' || attempt || ']'")
    for table in ("calls", "progress"):
        reasoning = sa.Column("tokens_reasoning", sa.BigInteger(), server_default="0", nullable=False)
        op.add_column(table, reasoning)
    op.create_index(
        "ix_lessons_live",
        "lessons",
        ["run", "id"],
        unique=False,
        sqlite_where=sa.text("NOT expired"),
        postgresql_where=sa.text("NOT expired"),
    )
    op.create_table(
        "island_states",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("island", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("renewed_at", sa.BigInteger(), nullable=False),
        sa.Column("stall", sa.BigInteger(), nullable=False),
        sa.Column("since_best", sa.BigInteger(), nullable=False),
        sa.Column("pace", sa.Double(), nullable=False),
        sa.Column("weariness", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "pace IS NULL OR (pace - pace = 0) IS TRUE", name=op.f("ck_island_states_finite_pace")
        ),
        sa.CheckConstraint(
            "weariness IS NULL OR (weariness - weariness = 0) IS TRUE",
            name=op.f("ck_island_states_finite_weariness"),
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_island_states_run")),
        sa.PrimaryKeyConstraint("run", "island", name=op.f("pk_island_states")),
    )
    _make_elites(front=True)
    _count_births()
    _note_parents()


def downgrade() -> None:
    """Back to single elites.

    Lost: all but the first of each front, fingerprints, states of islands, births of migrants that were on
    the island before, how many tokens were reasoning.
    """
    op.drop_table("parentage")
    op.drop_table("stalls")
    op.drop_table("credits")
    _make_elites(front=False)
    op.drop_table("island_states")
    for table in ("progress", "calls"):
        op.drop_column(table, "tokens_reasoning")
    op.drop_index("ix_lessons_live", "lessons")
    for name in ("expired", "fault", "origin", "context", "evidence"):
        op.drop_column("lessons", name)
    op.drop_index("ix_attempts_like", "attempts")
    op.drop_column("attempts", "likeness")
    # Of those that are the same there, one may stay: the seed, or else the first migrant.
    op.execute(
        "DELETE FROM births WHERE operator = 'migrate' AND EXISTS (SELECT 1 FROM births AS other"
        " WHERE other.run = births.run AND other.program = births.program AND other.island = births.island"
        " AND other.attempt IS NULL AND (other.operator <> 'migrate' OR other.id < births.id))"
    )
    _make_seeds_unique("attempt IS NULL")
    op.drop_column("births", "source")
    op.drop_index(op.f("ix_evaluations_run_id"), "evaluations")
    op.create_index(
        op.f("ix_evaluations_program_problem_id"), "evaluations", ["program", "problem", "id"], unique=False
    )
    op.drop_index(op.f("ix_programs_fingerprint"), "programs")
    op.drop_column("programs", "fingerprint")
    op.drop_column("runs", "study")


def _make_seeds_unique(where: str) -> None:
    """Births that come once to an island: those of seeds alone, or as it was those of migrants too."""
    op.drop_index("uq_births_seed", "births")
    op.create_index(
        "uq_births_seed",
        "births",
        ["run", "program", "island"],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _make_elites(*, front: bool) -> None:
    """Make the table anew, for SQLite cannot change a primary key; `front` with places, else without."""
    kept = "place = 0" if not front else "1 = 1"
    op.execute(f"CREATE TABLE elites_before AS SELECT {_OLD} FROM elites WHERE {kept}")
    op.drop_table("elites")
    place = [sa.Column("place", sa.BigInteger(), nullable=False)] if front else []
    objectives = [sa.Column("objectives", sa.Text(), nullable=False)] if front else []
    op.create_table(
        "elites",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("island", sa.BigInteger(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        *place,
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("fitness", sa.Double(), nullable=False),
        sa.Column("utility", sa.Double(), nullable=False),
        sa.Column("descriptors", sa.Text(), nullable=False),
        *objectives,
        sa.CheckConstraint(
            "fitness IS NULL OR (fitness - fitness = 0) IS TRUE", name=op.f("ck_elites_finite_fitness")
        ),
        sa.CheckConstraint(
            "utility IS NULL OR (utility - utility = 0) IS TRUE", name=op.f("ck_elites_finite_utility")
        ),
        sa.ForeignKeyConstraint(["program"], ["programs.id"], name=op.f("fk_elites_program")),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_elites_run")),
        sa.PrimaryKeyConstraint(
            "run", "island", "cell", *[column.name for column in place], name=op.f("pk_elites")
        ),
    )
    more, values = (", place, objectives", ", 0, '[]'") if front else ("", "")
    op.execute(f"INSERT INTO elites ({_OLD}{more}) SELECT {_OLD}{values} FROM elites_before")
    op.drop_table("elites_before")


def _count_births() -> None:
    """Credits and stalls, which were counted from the births whenever they were asked for."""
    op.create_table(
        "credits",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("children", sa.BigInteger(), nullable=False),
        sa.Column("improved", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_credits_run")),
        sa.PrimaryKeyConstraint("run", "program", name=op.f("pk_credits")),
    )
    op.execute(
        "INSERT INTO credits (run, program, children, improved)"
        " SELECT run, parent, count(*), sum(CASE WHEN outcome <> 'refused' THEN 1 ELSE 0 END)"
        " FROM births WHERE parent IS NOT NULL GROUP BY run, parent"
    )
    op.create_table(
        "stalls",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("island", sa.BigInteger(), nullable=False),
        sa.Column("stall", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_stalls_run")),
        sa.PrimaryKeyConstraint("run", "island", name=op.f("pk_stalls")),
    )
    op.execute(
        "INSERT INTO stalls (run, island, stall)"
        " SELECT births.run, births.island,"
        " sum(CASE WHEN births.id > coalesce(improvements.last, 0) THEN 1 ELSE 0 END)"
        " FROM births LEFT JOIN (SELECT run, island, max(id) AS last FROM births"
        " WHERE operator <> 'migrate' AND outcome <> 'refused' GROUP BY run, island) AS improvements"
        " ON improvements.run = births.run AND improvements.island = births.island"
        " WHERE births.operator <> 'migrate' GROUP BY births.run, births.island"
    )


def _note_parents() -> None:
    """Children of the parents beside the main one, which stood in no index."""
    parentage = op.create_table(
        "parentage",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("child", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["child"], ["programs.id"], name=op.f("fk_parentage_child")),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_parentage_run")),
        sa.PrimaryKeyConstraint("run", "parent", "child", name=op.f("pk_parentage")),
    )
    several = op.get_bind().execute(
        sa.text("SELECT run, program, parents FROM births WHERE parents LIKE '%,%'")
    )
    rows = {(run, parent, child) for run, child, text in several for parent in json.loads(text)[1:]}
    if rows:
        op.bulk_insert(parentage, [{"run": r, "parent": p, "child": c} for r, p, c in sorted(rows)])
