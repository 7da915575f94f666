"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "programs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programs")),
    )
    op.create_table(
        "runs",
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("problem_digest", sa.Text(), nullable=False),
        sa.Column("problem_path", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("workers", sa.BigInteger(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("islands", sa.BigInteger(), nullable=False),
        sa.Column("cells_total", sa.BigInteger(), nullable=False),
        sa.Column("models", sa.Text(), nullable=False),
        sa.Column("sandbox", sa.Text(), nullable=False),
        sa.Column("evaluations", sa.BigInteger(), nullable=True),
        sa.Column("dollars", sa.Double(), nullable=True),
        sa.Column("minutes", sa.Double(), nullable=True),
        sa.Column("overrides", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stopped_by", sa.Text(), nullable=True),
        sa.Column("created", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "dollars IS NULL OR (dollars - dollars = 0) IS TRUE", name=op.f("ck_runs_finite_dollars")
        ),
        sa.CheckConstraint(
            "minutes IS NULL OR (minutes - minutes = 0) IS TRUE", name=op.f("ck_runs_finite_minutes")
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_runs")),
        sa.UniqueConstraint("id", name=op.f("uq_runs_id")),
        sa.UniqueConstraint("name", name=op.f("uq_runs_name")),
    )
    op.create_table(
        "attempts",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("island", sa.BigInteger(), nullable=False),
        sa.Column("parents", sa.Text(), nullable=False),
        sa.Column("inspirations", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("idea", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_attempts_run")),
        sa.PrimaryKeyConstraint("run", "number", name=op.f("pk_attempts")),
    )
    op.create_index(
        "ix_attempts_unfinished",
        "attempts",
        ["run", "number"],
        unique=False,
        sqlite_where=sa.text("state IN ('drawn', 'planned', 'proposed', 'evaluated', 'summarized')"),
        postgresql_where=sa.text("state IN ('drawn', 'planned', 'proposed', 'evaluated', 'summarized')"),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("tokens_cached", sa.BigInteger(), nullable=False),
        sa.Column("dollars", sa.Double(), nullable=False),
        sa.Column("latency", sa.Double(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "dollars IS NULL OR (dollars - dollars = 0) IS TRUE", name=op.f("ck_calls_finite_dollars")
        ),
        sa.CheckConstraint(
            "latency IS NULL OR (latency - latency = 0) IS TRUE", name=op.f("ck_calls_finite_latency")
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_calls_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_run_id"), "calls", ["run", "id"], unique=False)
    op.create_index(
        "uq_calls_answered",
        "calls",
        ["run", "attempt", "purpose", "ordinal"],
        unique=True,
        sqlite_where=sa.text("status IN ('ok', 'truncated')"),
        postgresql_where=sa.text("status IN ('ok', 'truncated')"),
    )
    op.create_table(
        "curve",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("evaluations", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("fitness", sa.Double(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "fitness IS NULL OR (fitness - fitness = 0) IS TRUE", name=op.f("ck_curve_finite_fitness")
        ),
        sa.CheckConstraint(
            "seconds IS NULL OR (seconds - seconds = 0) IS TRUE", name=op.f("ck_curve_finite_seconds")
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_curve_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_curve")),
    )
    op.create_index(op.f("ix_curve_run_id"), "curve", ["run", "id"], unique=False)
    op.create_table(
        "elites",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("island", sa.BigInteger(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("fitness", sa.Double(), nullable=False),
        sa.Column("utility", sa.Double(), nullable=False),
        sa.Column("descriptors", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "fitness IS NULL OR (fitness - fitness = 0) IS TRUE", name=op.f("ck_elites_finite_fitness")
        ),
        sa.CheckConstraint(
            "utility IS NULL OR (utility - utility = 0) IS TRUE", name=op.f("ck_elites_finite_utility")
        ),
        sa.ForeignKeyConstraint(["program"], ["programs.id"], name=op.f("fk_elites_program")),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_elites_run")),
        sa.PrimaryKeyConstraint("run", "island", "cell", name=op.f("pk_elites")),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("fitness", sa.Double(), nullable=True),
        sa.Column("utility", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("descriptors", sa.Text(), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("stages", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(fitness IS NOT NULL) = (verdict = 'valid') AND (utility IS NOT NULL) = (verdict = 'valid')",
            name=op.f("ck_evaluations_fitness_of_valid"),
        ),
        sa.CheckConstraint(
            "fitness IS NULL OR (fitness - fitness = 0) IS TRUE", name=op.f("ck_evaluations_finite_fitness")
        ),
        sa.CheckConstraint(
            "seconds IS NULL OR (seconds - seconds = 0) IS TRUE", name=op.f("ck_evaluations_finite_seconds")
        ),
        sa.CheckConstraint(
            "utility IS NULL OR (utility - utility = 0) IS TRUE", name=op.f("ck_evaluations_finite_utility")
        ),
        sa.ForeignKeyConstraint(["program"], ["programs.id"], name=op.f("fk_evaluations_program")),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_evaluations_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("run", "program", name=op.f("uq_evaluations_run_program")),
    )
    op.create_index(
        op.f("ix_evaluations_program_problem_id"), "evaluations", ["program", "problem", "id"], unique=False
    )
    op.create_table(
        "lessons",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("successes", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_lessons_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
        sa.UniqueConstraint("run", "attempt", "digest", name=op.f("uq_lessons_run_attempt_digest")),
    )
    op.create_index(op.f("ix_lessons_run_id"), "lessons", ["run", "id"], unique=False)
    op.create_table(
        "progress",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("evaluations", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("valid", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("timed_out", sa.BigInteger(), nullable=False),
        sa.Column("out_of_memory", sa.BigInteger(), nullable=False),
        sa.Column("invalid", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("tokens_cached", sa.BigInteger(), nullable=False),
        sa.Column("dollars", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("best_program", sa.Text(), nullable=True),
        sa.Column("best_utility", sa.Double(), nullable=True),
        sa.Column("best_fitness", sa.Double(), nullable=True),
        sa.Column("best_attempt", sa.BigInteger(), nullable=True),
        sa.Column("worst_utility", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "best_fitness IS NULL OR (best_fitness - best_fitness = 0) IS TRUE",
            name=op.f("ck_progress_finite_best_fitness"),
        ),
        sa.CheckConstraint(
            "best_utility IS NULL OR (best_utility - best_utility = 0) IS TRUE",
            name=op.f("ck_progress_finite_best_utility"),
        ),
        sa.CheckConstraint(
            "dollars IS NULL OR (dollars - dollars = 0) IS TRUE", name=op.f("ck_progress_finite_dollars")
        ),
        sa.CheckConstraint(
            "seconds IS NULL OR (seconds - seconds = 0) IS TRUE", name=op.f("ck_progress_finite_seconds")
        ),
        sa.CheckConstraint(
            "worst_utility IS NULL OR (worst_utility - worst_utility = 0) IS TRUE",
            name=op.f("ck_progress_finite_worst_utility"),
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_progress_run")),
        sa.PrimaryKeyConstraint("run", name=op.f("pk_progress")),
    )
    op.create_table(
        "births",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("parents", sa.Text(), nullable=False),
        sa.Column("inspirations", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("island", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=True),
        sa.Column("round", sa.BigInteger(), nullable=True),
        sa.Column("slot", sa.BigInteger(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=True),
        sa.Column("improvement", sa.Double(), nullable=False),
        sa.Column("displaced", sa.Text(), nullable=True),
        sa.Column("record", sa.Boolean(), nullable=False),
        sa.Column("reindexed", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(attempt IS NULL) = (round IS NULL) AND (attempt IS NULL) = (slot IS NULL)",
            name=op.f("ck_births_slot"),
        ),
        sa.CheckConstraint(
            "improvement IS NULL OR (improvement - improvement = 0) IS TRUE",
            name=op.f("ck_births_finite_improvement"),
        ),
        sa.ForeignKeyConstraint(["program"], ["programs.id"], name=op.f("fk_births_program")),
        sa.ForeignKeyConstraint(
            ["run", "attempt"], ["attempts.run", "attempts.number"], name=op.f("fk_births_run_attempt")
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_births_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_births")),
    )
    op.create_index(
        "ix_births_not_valid",
        "births",
        ["run", "island", "id"],
        unique=False,
        sqlite_where=sa.text("verdict <> 'valid'"),
        postgresql_where=sa.text("verdict <> 'valid'"),
    )
    op.create_index(op.f("ix_births_program_run_id"), "births", ["program", "run", "id"], unique=False)
    op.create_index(op.f("ix_births_run_id"), "births", ["run", "id"], unique=False)
    op.create_index(op.f("ix_births_run_parent_id"), "births", ["run", "parent", "id"], unique=False)
    op.create_index(op.f("ix_births_run_verdict_id"), "births", ["run", "verdict", "id"], unique=False)
    op.create_index(
        "uq_births_seed",
        "births",
        ["run", "program", "island"],
        unique=True,
        sqlite_where=sa.text("attempt IS NULL"),
        postgresql_where=sa.text("attempt IS NULL"),
    )
    op.create_index(
        "uq_births_slot",
        "births",
        ["run", "attempt", "round", "slot"],
        unique=True,
        sqlite_where=sa.text("attempt IS NOT NULL"),
        postgresql_where=sa.text("attempt IS NOT NULL"),
    )


def downgrade() -> None:
    """Back to an empty database."""
    for name in ("births", "progress", "lessons", "evaluations", "elites", "curve", "calls", "attempts"):
        op.drop_table(name)
    op.drop_table("runs")
    op.drop_table("programs")
