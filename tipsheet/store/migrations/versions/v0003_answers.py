"""Answers of servers, in words; the moment of an issue's first letter; letters a day."""
# ruff: noqa: INP001 - Alembic runs this file by its path

import sqlalchemy as sa
from alembic import op

from tipsheet.store.columns import IDENTITY, Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add two columns and two tables."""
    op.add_column("issue_send", sa.Column("dated_at", Instant))
    op.add_column("issue_send", sa.Column("resume_at", Instant))
    op.create_table(
        "delivery_answer",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("send_id", IDENTITY, sa.ForeignKey("issue_send.id"), nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("smtp_code", sa.Integer, nullable=False),
        sa.Column("enhanced", sa.String(12), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("answers", sa.BigInteger, nullable=False),
        sa.Column("last_at", Instant, nullable=False),
        sa.UniqueConstraint("send_id", "cause", "smtp_code", "enhanced"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "delivery_day",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("letters", sa.BigInteger, nullable=False),
    )
