"""The queue of letters: on PostgreSQL a letter on its way changes its row, and no index, but for once."""
# ruff: noqa: INP001 - Alembic runs this file by its path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column that says of a letter that it waits, and let the index of those that do depend on it alone."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        op.execute("ALTER TABLE delivery SET (fillfactor = 75)")
    op.add_column("delivery", sa.Column("queued", sa.Boolean, sa.Computed("state = 'queued'", persisted=on_postgresql)))
    if on_postgresql:
        op.drop_index("delivery_queued", "delivery")
        op.create_index(
            "delivery_queued", "delivery", ["send_id", "due_at", "id"], postgresql_where=sa.literal_column("queued")
        )
