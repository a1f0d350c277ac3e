"""The first tables of a team's database, those of version 2 of the SQLite file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = None
branch_labels = None
depends_on = None

KEY = ("task", "metric", "file_sha256", "answers_sha256")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        *_texts(False, "task", "metric"),
        sa.Column("higher_is_better", sa.Boolean, nullable=False),
        *_texts(False, "file", "file_sha256", "answers_sha256"),
        *_texts(True, "run", "config"),
        *_numbers(True, "cv_mean", "cv_spread"),
        *_numbers(False, "public_score"),
        *_numbers(True, "public_low", "public_high"),
        *_texts(False, "time"),
        *_texts(True, "note", "command", "author", "host", "parents"),
        sa.UniqueConstraint(*KEY),
    )
    ranking = ["task", "metric", "higher_is_better", "answers_sha256", "public_score"]
    op.create_index("submissions_ranking", "submissions", ranking)
    op.create_table(
        "private_scores",
        *_texts(False, *KEY),
        *_numbers(False, "score"),
        *_numbers(True, "low", "high", "private_score"),
        *_texts(False, "time"),
        sa.PrimaryKeyConstraint(*KEY),
        sa.ForeignKeyConstraint(KEY, [f"submissions.{name}" for name in KEY]),
    )
    op.create_table(
        "contest_scores",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        *_texts(False, "task", "reference"),
        *_texts(True, "file", "file_sha256", "run"),
        *_numbers(True, "cv_mean", "public_score", "private_score"),
        *_texts(False, "time"),
        *_texts(True, "author", "note"),
        sa.UniqueConstraint("task", "reference"),
    )
    op.create_table(
        "files",
        sa.Column("sha256", sa.Text, primary_key=True),
        *_texts(False, "suffix"),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary),
    )
    op.create_table(
        "reveals",
        sa.Column("id", sa.Text, primary_key=True),
        *_texts(True, "task"),
        *_texts(False, "time"),
        *_texts(True, "author", "host"),
    )


def downgrade() -> None:
    """Remove the tables."""
    for name in ("reveals", "files", "contest_scores", "private_scores", "submissions"):
        op.drop_table(name)


def _texts(nullable: bool, *names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def _numbers(nullable: bool, *names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double, nullable=nullable) for name in names]
