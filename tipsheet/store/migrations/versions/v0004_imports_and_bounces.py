"""Imports in batches, with a record of each and what those were whom it changed; reports of letters that came back."""
# ruff: noqa: INP001 - Alembic runs this file by its path

import sqlalchemy as sa
from alembic import op

from tipsheet.store.columns import IDENTITY, Instant, document

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables, and the column for the import by which somebody came."""
    op.add_column("subscriber", sa.Column("import_id", sa.BigInteger))
    op.create_table(
        "import_record",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("counts", document(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_change",
        sa.Column("import_id", IDENTITY, sa.ForeignKey("import_record.id"), primary_key=True),
        sa.Column(
            "subscriber_id", IDENTITY, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True, index=True
        ),
        sa.Column("before", document(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bounce_report",
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("delivery_id", IDENTITY, sa.ForeignKey("delivery.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("enhanced", sa.String(12), nullable=False, server_default=""),
        sa.Column("at", Instant, nullable=False),
        sqlite_with_rowid=False,
    )
