"""The ledger's tables, the same on SQLite and PostgreSQL.

A submission is known by task, metric, the SHA-256 of its file and that of the answers. What shows the private part of
the answers is in a table of its own, so that a database can refuse it to a role.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 2
KEY = ("task", "metric", "file_sha256", "answers_sha256")

metadata = MetaData()

SUBMISSIONS = Table(
    "submissions",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("task", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("higher_is_better", Boolean, nullable=False),
    Column("file", Text, nullable=False),
    Column("file_sha256", Text, nullable=False),
    Column("answers_sha256", Text, nullable=False),
    Column("run", Text),
    Column("config", Text),  # JSON
    Column("cv_mean", Double),
    Column("cv_spread", Double),
    Column("public_score", Double, nullable=False),
    Column("public_low", Double),
    Column("public_high", Double),
    Column("time", Text, nullable=False),  # UTC, ISO 8601
    Column("note", Text),
    Column("command", Text),
    Column("author", Text),
    Column("host", Text),
    Column("parents", Text),  # JSON: the names of the runs that a blend averages
    UniqueConstraint(*KEY),
    Index("submissions_ranking", "task", "metric", "higher_is_better", "answers_sha256", "public_score"),
)

PRIVATE_SCORES = Table(
    "private_scores",
    metadata,
    Column("task", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("file_sha256", Text, primary_key=True),
    Column("answers_sha256", Text, primary_key=True),
    Column("score", Double, nullable=False),  # on all answers
    Column("low", Double),
    Column("high", Double),
    Column("private_score", Double),
    Column("time", Text, nullable=False),
    ForeignKeyConstraint(KEY, [f"submissions.{name}" for name in KEY]),
)

CONTEST_SCORES = Table(
    "contest_scores",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("task", Text, nullable=False),
    Column("reference", Text, nullable=False),  # the contest's own name of the submission, or the file's SHA-256
    Column("file", Text),
    Column("file_sha256", Text),
    Column("run", Text),
    Column("cv_mean", Double),
    Column("public_score", Double),
    Column("private_score", Double),
    Column("time", Text, nullable=False),
    Column("author", Text),
    Column("note", Text),
    UniqueConstraint("task", "reference"),
)

FILES = Table(
    "files",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("suffix", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("content", LargeBinary),  # null for a file that lies in a folder
)

REVEALS = Table(
    "reveals",
    metadata,
    Column("id", Text, primary_key=True),  # so that a reveal that is sent twice counts once
    Column("task", Text),  # null: every task
    Column("time", Text, nullable=False),
    Column("author", Text),
    Column("host", Text),
)

# Version 1, written before there were private scores in a table of their own.
metadata_1 = MetaData()
SUBMISSIONS_1 = Table(
    "submissions",
    metadata_1,
    Column("id", Integer, primary_key=True),
    Column("task", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("higher_is_better", Boolean, nullable=False),
    Column("file", Text, nullable=False),
    Column("file_sha256", Text, nullable=False),
    Column("answers_sha256", Text, nullable=False),
    Column("run", Text),
    Column("config", Text),
    Column("cv_mean", Double),
    Column("cv_spread", Double),
    Column("score", Double, nullable=False),
    Column("low", Double),
    Column("high", Double),
    Column("public_score", Double, nullable=False),
    Column("public_low", Double),
    Column("public_high", Double),
    Column("private_score", Double),
    Column("time", Text, nullable=False),
    Column("note", Text),
)
