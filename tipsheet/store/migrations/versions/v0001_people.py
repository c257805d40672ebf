"""The audience: subscribers, tags, topics, consent and suppression."""
# ruff: noqa: INP001 - Alembic runs this file by its path

import sqlalchemy as sa
from alembic import op

from tipsheet.store.columns import IDENTITY, Instant, document

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables, and the triggers that keep events of consent as they were written."""
    op.create_table(
        "subscriber",
        sa.Column("id", IDENTITY, primary_key=True),
        sa.Column("public_id", sa.String(16), nullable=False, unique=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_norm", sa.Text, nullable=False, unique=True),
        sa.Column("first_name", sa.Text, nullable=False, server_default=""),
        sa.Column("last_name", sa.Text, nullable=False, server_default=""),
        sa.Column("locale", sa.Text, nullable=False, server_default=""),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("frequency", sa.String(16), nullable=False, server_default="weekly"),
        sa.Column("attributes", document(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("confirmed_at", Instant),
        sa.Column("changed_at", Instant, nullable=False),
        sqlite_autoincrement=True,
    )
    for name in ("tag", "topic"):
        op.create_table(
            name,
            sa.Column("id", IDENTITY, primary_key=True),
            sa.Column("name", sa.Text, nullable=False, unique=True),
        )
    for name, other in (("subscriber_tag", "tag"), ("subscription", "topic")):
        op.create_table(
            name,
            sa.Column("subscriber_id", IDENTITY, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
            sa.Column(f"{other}_id", IDENTITY, sa.ForeignKey(f"{other}.id"), primary_key=True),
            sqlite_with_rowid=False,
        )
    op.create_index("subscriber_tag_by_tag", "subscriber_tag", ["tag_id", "subscriber_id"])
    _consent()
    op.create_table(
        "suppression",
        sa.Column("email_hmac", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_table(
        "store_fact",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _consent() -> None:
    op.create_table(
        "wording",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "consent_event",
        sa.Column("id", IDENTITY, primary_key=True, autoincrement=False),
        sa.Column("subscriber_id", sa.BigInteger, index=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("at", Instant),
        sa.Column("form", sa.Text, nullable=False, server_default=""),
        sa.Column("wording_sha256", sa.String(64), sa.ForeignKey("wording.sha256")),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("ip", sa.String(43), nullable=False, server_default=""),
        sa.Column("erases", sa.Text, nullable=False, server_default=""),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


STRIPPED = """
    NEW.id = OLD.id AND NEW.digest = OLD.digest AND NEW.previous_hash = OLD.previous_hash AND NEW.hash = OLD.hash
    AND OLD.kind <> 'erased' AND NEW.kind = 'stripped' AND NEW.subscriber_id IS NULL AND NEW.at IS NULL
    AND NEW.wording_sha256 IS NULL AND NEW.form = '' AND NEW.source = '' AND NEW.ip = '' AND NEW.erases = ''
    AND NEW.salt = ''
"""
"""The one change that is allowed: everything about the person goes, the chain stays."""
TRIGGERS = {
    "sqlite": (
        f"""
        CREATE TRIGGER consent_event_kept BEFORE UPDATE ON consent_event WHEN NOT ({STRIPPED})
        BEGIN SELECT RAISE(ABORT, 'consent_event is append-only'); END
        """,
        """
        CREATE TRIGGER consent_event_not_deleted BEFORE DELETE ON consent_event
        BEGIN SELECT RAISE(ABORT, 'consent_event is append-only'); END
        """,
    ),
    "postgresql": (
        f"""
        CREATE FUNCTION consent_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF {STRIPPED} THEN RETURN NEW; END IF;
            END IF;
            RAISE EXCEPTION 'consent_event is append-only';
        END $$
        """,
        """
        CREATE TRIGGER consent_event_kept BEFORE UPDATE OR DELETE ON consent_event
        FOR EACH ROW EXECUTE FUNCTION consent_event_is_append_only()
        """,
        """
        CREATE TRIGGER consent_event_not_truncated BEFORE TRUNCATE ON consent_event
        FOR EACH STATEMENT EXECUTE FUNCTION consent_event_is_append_only()
        """,
    ),
}
