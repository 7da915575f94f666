"""Where scores came from, and what was reported after the evaluation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recipes",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recipes")),
    )
    for column in (
        sa.Column("seed", sa.Text(), nullable=True),
        sa.Column("replicas", sa.BigInteger(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("recipe", sa.Text(), nullable=True),
    ):
        op.add_column("evaluations", column)
    op.create_table(
        "reports",
        sa.Column("serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "value IS NULL OR (value - value = 0) IS TRUE", name=op.f("ck_reports_finite_value")
        ),
        sa.ForeignKeyConstraint(["program"], ["programs.id"], name=op.f("fk_reports_program")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_reports")),
    )
    op.create_index(
        op.f("ix_reports_program_metric_serial"), "reports", ["program", "metric", "serial"], unique=False
    )


def downgrade() -> None:
    """Back to bare evaluations. Lost: what was reported, and where scores came from."""
    op.drop_table("reports")
    for name in ("recipe", "confirmed", "replicas", "seed"):
        op.drop_column("evaluations", name)
    op.drop_table("recipes")
