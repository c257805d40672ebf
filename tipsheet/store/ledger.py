"""Tables of the ledger: which issue goes to whom, and what became of each message."""

import sqlalchemy as sa

from tipsheet.store.columns import IDENTITY, Instant
from tipsheet.store.people import METADATA

__all__ = [
    "METADATA",
    "bounce_report",
    "delivery",
    "delivery_answer",
    "delivery_day",
    "delivery_log",
    "delivery_owner",
    "issue_edition",
    "issue_send",
    "series_letter",
    "throttle",
]

issue_send = sa.Table(
    "issue_send",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("issue", sa.Text, nullable=False, unique=True),  # the issue's id
    sa.Column("content_sha256", sa.String(64), nullable=False),  # Edition.digest when it was first sent
    sa.Column("state", sa.String(12), nullable=False),  # held, prepared, sending, paused, done, cancelled
    sa.Column("cause", sa.Text, nullable=False, server_default=""),  # why it is paused, or why the last run ended
    sa.Column("prepared_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("dated_at", Instant),  # the Date of its letters: when the first of them was sent
    sa.Column("resume_at", Instant),  # before then no letter goes, whatever is due
    sa.Column("issued_on", sa.String(10), nullable=False, server_default=""),  # its day, in the publication's zone
    sqlite_autoincrement=True,
)

series_letter = sa.Table(  # letters that follow a confirmation, each to every reader once; they are sent as issues are
    "series_letter",
    METADATA,
    sa.Column("send_id", IDENTITY, sa.ForeignKey(issue_send.c.id), primary_key=True, autoincrement=False),
    sa.Column("since", Instant, nullable=False),  # whoever confirmed before is not sent it
    sa.Column("seen", sa.BigInteger, nullable=False),  # events of consent up to here need not be looked at any more
    sqlite_with_rowid=False,
)

issue_edition = sa.Table(  # what readers of a combination of segments are sent
    "issue_edition",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("send_id", sa.ForeignKey(issue_send.c.id), nullable=False),
    sa.Column("segments", sa.Text, nullable=False),  # sorted ids with spaces between
    sa.Column("content_sha256", sa.String(64), nullable=False),  # another one when what was unsent was amended
    sa.Column("mime_sha256", sa.String(64), nullable=False),  # of the message to nobody
    sa.UniqueConstraint("send_id", "segments", "content_sha256"),
    sqlite_autoincrement=True,
)

delivery = sa.Table(
    "delivery",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("send_id", sa.ForeignKey(issue_send.c.id), nullable=False),
    sa.Column("subscriber_id", sa.BigInteger, nullable=False),  # no foreign key: outlives an erasure as a number
    sa.Column("edition_id", sa.ForeignKey(issue_edition.c.id), nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),  # the envelope's address; empty once the person is erased
    sa.Column("message_key", sa.String(24), nullable=False, unique=True),  # of the Message-ID (D14)
    sa.Column("state", sa.String(12), nullable=False),  # queued, claimed, inflight, sent, failed, unknown, skipped
    sa.Column("cause", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("dropped", sa.Integer, nullable=False, server_default="0"),  # connections lost after its end was sent
    sa.Column("owner", sa.String(40)),
    sa.Column("first_tried_at", Instant),
    sa.Column("due_at", Instant, nullable=False),  # the beginning of time until something went wrong
    sa.Column("smtp_code", sa.Integer),
    sa.Column("enhanced", sa.String(12), nullable=False, server_default=""),  # RFC 3463
    sa.Column("changed_at", Instant, nullable=False),
    sa.UniqueConstraint("send_id", "subscriber_id"),
    sqlite_autoincrement=True,
)
sa.Index(  # a claim reads its rows and no others; SQLite takes it only for `state = 'queued'`, written out
    "delivery_queued",
    delivery.c.send_id,
    delivery.c.due_at,
    delivery.c.id,
    sqlite_where=delivery.c.state == "queued",
    postgresql_where=delivery.c.state == "queued",
)

delivery_owner = sa.Table(  # senders that are at work, or died; a lock that ends with them says which
    "delivery_owner",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("since", Instant, nullable=False),
)

delivery_log = sa.Table(  # what happened to a row, in order; no addresses
    "delivery_log",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("delivery_id", sa.ForeignKey(delivery.c.id), nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

delivery_answer = sa.Table(  # the words of the last answer of each kind; no addresses
    "delivery_answer",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("send_id", sa.ForeignKey(issue_send.c.id), nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("smtp_code", sa.Integer, nullable=False),
    sa.Column("enhanced", sa.String(12), nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("answers", sa.BigInteger, nullable=False),  # how often it was heard
    sa.Column("last_at", Instant, nullable=False),
    sa.UniqueConstraint("send_id", "cause", "smtp_code", "enhanced"),
    sqlite_autoincrement=True,
)

delivery_day = sa.Table(  # letters that were handed over on a day of the publication's zone
    "delivery_day",
    METADATA,
    sa.Column("day", sa.String(10), primary_key=True),  # ISO 8601
    sa.Column("letters", sa.BigInteger, nullable=False),
)

throttle = sa.Table(  # rates that outlive a run; domain "*" is all of them
    "throttle",
    METADATA,
    sa.Column("domain", sa.Text, primary_key=True),
    sa.Column("free_at", Instant, nullable=False),
)

bounce_report = sa.Table(  # what came back for a letter that was accepted; no addresses
    "bounce_report",
    METADATA,
    sa.Column("digest", sa.String(32), primary_key=True),  # of the report, so that one read twice counts once
    sa.Column("delivery_id", sa.ForeignKey(delivery.c.id), nullable=False, index=True),
    sa.Column("kind", sa.String(12), nullable=False),  # hard, soft, policy, complaint
    sa.Column("enhanced", sa.String(12), nullable=False, server_default=""),  # RFC 3463
    sa.Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
