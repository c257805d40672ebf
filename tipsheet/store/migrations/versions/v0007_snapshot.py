"""Readers of an issue are written down in a third of the time: no check of keys for each row, and an index less."""
# ruff: noqa: INP001 - Alembic runs this file by its path

import sqlalchemy as sa
from alembic import op

from tipsheet.store.columns import IDENTITY, Instant
from tipsheet.store.states import ALWAYS_DUE, DUE_AGAIN

revision = "0007"
down_revision = "0006"

_TAKEN = sa.text("coalesce(owner, '') != '' OR due_at > '1970-01-01 00:00:00.5+00'")
_QUEUED = "state = 'queued'"


def upgrade() -> None:
    """Index keys of letters that a sender has had, alone; and ask for no row of other tables when one is written."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        for name in ("send_id_fkey", "edition_id_fkey", "message_key_key"):
            op.drop_constraint(f"delivery_{name}", "delivery")
    else:
        _made_anew()
    delivery = sa.table(
        "delivery", sa.column("owner"), sa.column("due_at", Instant), *map(sa.column, ("state", "cause"))
    )
    c = delivery.c  # a letter that was tried and is due at once: its key may be asked for
    again = sa.update(delivery).where(c.owner.is_(None), c.due_at == ALWAYS_DUE, c.state != "skipped", c.cause != "")
    op.execute(again.values(due_at=DUE_AGAIN))
    op.create_index(
        "delivery_message_key", "delivery", ["message_key"], unique=True, sqlite_where=_TAKEN, postgresql_where=_TAKEN
    )


def _made_anew() -> None:
    """Make the table of SQLite again, which cannot take a constraint from it; numbers of rows are not given again."""
    op.create_table(
        "delivery_new",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("send_id", IDENTITY, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger, nullable=False),
        sa.Column("edition_id", IDENTITY, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("message_key", sa.String(24), nullable=False),
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
        sa.Column("queued", sa.Boolean, sa.Computed(_QUEUED, persisted=False)),
        sa.UniqueConstraint("send_id", "subscriber_id"),
        sqlite_autoincrement=True,
    )
    kept = (
        "id, send_id, subscriber_id, edition_id, recipient, message_key, state, cause, attempts, dropped, owner, "
        "first_tried_at, due_at, smtp_code, enhanced, changed_at"
    )
    op.execute(f"INSERT INTO delivery_new ({kept}) SELECT {kept} FROM delivery ORDER BY id")  # noqa: S608 - constants
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'delivery_new'")
    op.execute("UPDATE sqlite_sequence SET name = 'delivery_new' WHERE name = 'delivery'")
    op.drop_table("delivery")
    op.rename_table("delivery_new", "delivery")
    op.create_index("delivery_queued", "delivery", ["send_id", "due_at", "id"], sqlite_where=sa.text(_QUEUED))
