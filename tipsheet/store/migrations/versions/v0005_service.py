"""The service: who asked to come in, its letters, events of providers, pauses, calendars of one's own."""
# ruff: noqa: INP001 - Alembic runs this file by its path

import sqlalchemy as sa
from alembic import op

from tipsheet.store.columns import IDENTITY, Instant, document

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables, and the columns for what a reader may choose."""
    _give_frequencies()
    op.add_column("subscriber", sa.Column("paused_until", Instant))
    op.add_column("subscriber", sa.Column("calendar_id", sa.String(16)))
    op.create_table(
        "signup",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("public_id", sa.String(16), nullable=False, unique=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger, index=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_norm", sa.Text, nullable=False, index=True),
        sa.Column("first_name", sa.Text, nullable=False, server_default=""),
        sa.Column("last_name", sa.Text, nullable=False, server_default=""),
        sa.Column("locale", sa.Text, nullable=False, server_default=""),
        sa.Column("choices", document(), nullable=False),
        sa.Column("form", sa.Text, nullable=False, server_default=""),
        sa.Column("wording", sa.Text, nullable=False, server_default=""),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("ip", sa.String(43), nullable=False, server_default=""),
        sa.Column("proof", sa.String(64), unique=True),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("cause", sa.Text, nullable=False, server_default=""),
        sa.Column("at", Instant, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "service_letter",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("mail", sa.String(24), nullable=False),
        sa.Column("language", sa.Text, nullable=False, server_default=""),
        sa.Column("signup_id", sa.BigInteger, index=True),
        sa.Column("subscriber_id", sa.BigInteger, index=True),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("address", sa.String(32), nullable=False, index=True, server_default=""),
        sa.Column("fields", document(), nullable=False),
        sa.Column("message_key", sa.String(24), nullable=False, unique=True),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("cause", sa.Text, nullable=False, server_default=""),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("at", Instant, nullable=False, index=True),
        sa.Column("changed_at", Instant, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "series_letter",
        sa.Column("send_id", IDENTITY, sa.ForeignKey("issue_send.id"), primary_key=True, autoincrement=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "action_done",
        sa.Column("action", sa.Text, primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("readers", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "hook_event",
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("provider", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("delivery_id", sa.BigInteger, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inbox_message",
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sqlite_with_rowid=False,
    )


def _give_frequencies() -> None:
    """Keep who wants one letter a month; everybody else got every issue, whatever word stood there, and still does.

    A new column takes the place of the old one: SQLite changes a default no other way.
    """
    op.alter_column("subscriber", "frequency", new_column_name="frequency_before")
    op.add_column("subscriber", sa.Column("frequency", sa.String(16), nullable=False, server_default="every"))
    op.execute("UPDATE subscriber SET frequency = 'monthly' WHERE lower(frequency_before) = 'monthly'")
    op.drop_column("subscriber", "frequency_before")
    op.add_column("issue_send", sa.Column("issued_on", sa.String(10), nullable=False, server_default=""))
    op.execute("UPDATE issue_send SET issued_on = substr(CAST(prepared_at AS TEXT), 1, 10)")
