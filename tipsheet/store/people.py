"""Tables of the audience: subscribers, tags, topics, consent and suppression.

Whoever was erased has no row here but the one in ``suppression``.
"""

import sqlalchemy as sa

from tipsheet.model.frequency import EVERY
from tipsheet.store.columns import IDENTITY, METADATA, Instant, document

__all__ = [
    "METADATA",
    "STATUSES", "consent_event", "import_change", "import_record", "store_fact", "subscriber", "subscriber_tag",
    "subscription", "suppression", "tag", "topic", "wording",
]  # fmt: skip

STATUSES = ("pending", "confirmed", "unsubscribed", "bounced", "complained")
"""What a subscriber can be; only the confirmed are sent anything. An erased one has no row."""

subscriber = sa.Table(
    "subscriber",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("public_id", sa.String(16), nullable=False, unique=True),  # 80 random bits in base32, small letters
    sa.Column("email", sa.Text, nullable=False),  # where mail goes: as given, its domain in A-labels
    sa.Column("email_norm", sa.Text, nullable=False, unique=True),  # by which it is found: the same in small letters
    sa.Column("first_name", sa.Text, nullable=False, server_default=""),
    sa.Column("last_name", sa.Text, nullable=False, server_default=""),
    sa.Column("locale", sa.Text, nullable=False, server_default=""),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("attributes", document(), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("confirmed_at", Instant),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("frequency", sa.String(16), nullable=False, server_default=EVERY),  # a name in model/frequency.py
    sa.Column("paused_until", Instant),  # before then no letter goes to them
    sa.Column("calendar_id", sa.String(16)),  # of their own calendar; another one ends its address
    sa.Column("import_id", sa.BigInteger),  # the import that brought them; no foreign key, which costs with every row
    sqlite_autoincrement=True,
)

import_record = sa.Table(  # imports are written in batches, and are undone or continued as a whole by their record
    "import_record",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("state", sa.String(12), nullable=False),  # running, done, undone
    sa.Column("at", Instant, nullable=False),  # when it began: what it changed has this moment in `changed_at`
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("files", sa.Text, nullable=False),  # their names, a line each
    sa.Column("counts", document(), nullable=False),  # rows by what became of them
    sqlite_autoincrement=True,
)

import_change = sa.Table(  # what subscribers were who were there before an import changed them
    "import_change",
    METADATA,
    sa.Column("import_id", sa.ForeignKey(import_record.c.id), primary_key=True),
    sa.Column("subscriber_id", sa.ForeignKey(subscriber.c.id, ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("before", document(), nullable=False),
    sqlite_with_rowid=False,
)

tag = sa.Table(
    "tag",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
)

subscriber_tag = sa.Table(
    "subscriber_tag",
    METADATA,
    sa.Column("subscriber_id", sa.ForeignKey(subscriber.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey(tag.c.id), primary_key=True),
    sa.Index("subscriber_tag_by_tag", "tag_id", "subscriber_id"),
    sqlite_with_rowid=False,
)

topic = sa.Table(
    "topic",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
)

subscription = sa.Table(
    "subscription",
    METADATA,
    sa.Column("subscriber_id", sa.ForeignKey(subscriber.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("topic_id", sa.ForeignKey(topic.c.id), primary_key=True),
    sqlite_with_rowid=False,
)

wording = sa.Table(
    "wording",
    METADATA,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

consent_event = sa.Table(  # append-only by trigger, but for stripping: see audience/consent.py
    "consent_event",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True, autoincrement=False),  # place in the chain: 1, 2, 3, without gaps
    sa.Column("subscriber_id", sa.BigInteger, index=True),  # no foreign key; null once the person is erased
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("at", Instant),
    sa.Column("form", sa.Text, nullable=False, server_default=""),
    sa.Column("wording_sha256", sa.ForeignKey(wording.c.sha256)),
    sa.Column("source", sa.Text, nullable=False, server_default=""),  # address of the form, or the file imported
    sa.Column("ip", sa.String(43), nullable=False, server_default=""),  # cut to /24 or /48
    sa.Column("erases", sa.Text, nullable=False, server_default=""),  # numbers of the events an erasure stripped
    sa.Column("salt", sa.String(32), nullable=False),  # without it the digest says nothing about what was digested
    sa.Column("digest", sa.String(64), nullable=False),  # of the salt and all of the above
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),  # of the previous hash and the digest
)

suppression = sa.Table(
    "suppression",
    METADATA,
    sa.Column("email_hmac", sa.String(64), primary_key=True),
    sa.Column("reason", sa.String(16), nullable=False),  # unsubscribed, bounced, complained, erased
    sa.Column("at", Instant, nullable=False),
)

store_fact = sa.Table(  # facts about the store itself, such as the fingerprint of the secret
    "store_fact",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
