"""The ledger: issues, and the letters that subscribers were sent."""
# ruff: noqa: INP001 - Alembic runs this file by its path

import sqlalchemy as sa
from alembic import op

from tipsheet.store.columns import IDENTITY, Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "issue_send",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("issue", sa.Text, nullable=False, unique=True),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("cause", sa.Text, nullable=False, server_default=""),
        sa.Column("prepared_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "issue_edition",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("send_id", IDENTITY, sa.ForeignKey("issue_send.id"), nullable=False),
        sa.Column("segments", sa.Text, nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("mime_sha256", sa.String(64), nullable=False),
        sa.UniqueConstraint("send_id", "segments", "content_sha256"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "delivery",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("send_id", IDENTITY, sa.ForeignKey("issue_send.id"), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger, nullable=False),
        sa.Column("edition_id", IDENTITY, sa.ForeignKey("issue_edition.id"), nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("message_key", sa.String(24), nullable=False, unique=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("cause", sa.Text, nullable=False, server_default=""),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("dropped", sa.Integer, nullable=False, server_default="0"),
        sa.Column("owner", sa.String(40)),
        sa.Column("first_tried_at", Instant),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("smtp_code", sa.Integer),
        sa.Column("enhanced", sa.String(12), nullable=False, server_default=""),
        sa.Column("changed_at", Instant, nullable=False),
        sa.UniqueConstraint("send_id", "subscriber_id"),
        sqlite_autoincrement=True,
    )
    queued = sa.text("state = 'queued'")
    order = ["send_id", "due_at", "id"]
    op.create_index("delivery_queued", "delivery", order, sqlite_where=queued, postgresql_where=queued)
    op.create_table(
        "delivery_owner",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("since", Instant, nullable=False),
    )
    op.create_table(
        "delivery_log",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("delivery_id", IDENTITY, sa.ForeignKey("delivery.id"), nullable=False, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "throttle",
        sa.Column("domain", sa.Text, primary_key=True),
        sa.Column("free_at", Instant, nullable=False),
    )
