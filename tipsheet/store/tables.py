"""Tables of the store: the audience, the ledger of what was sent to whom, and what the service keeps.

Whoever was erased has no row among the tables of the audience but the one in ``suppression``.
"""

import sqlalchemy as sa

from tipsheet.model.frequency import EVERY
from tipsheet.store.columns import IDENTITY, METADATA, Derived, Instant, document
from tipsheet.store.states import DeliveryState

__all__ = [
    "METADATA", "TAKEN", "action_done", "bounce_report", "consent_event", "delivery", "delivery_answer", "delivery_day",
    "delivery_log", "delivery_owner", "hook_event", "import_change", "import_record", "inbox_message", "issue_edition",
    "issue_send", "series_letter", "service_letter", "signup", "store_fact", "subscriber", "subscriber_tag",
    "subscription", "suppression", "tag", "throttle", "topic", "wording",
]  # fmt: skip

# The audience: subscribers, tags, topics, consent, imports and suppression.

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

# The ledger: which issue goes to whom, and what became of each message.

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
    sa.Column("send_id", IDENTITY, nullable=False),  # no foreign keys: PostgreSQL looks each up for every reader
    sa.Column("subscriber_id", sa.BigInteger, nullable=False),  # outlives an erasure as a number
    sa.Column("edition_id", IDENTITY, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),  # the envelope's address; empty once the person is erased
    sa.Column("message_key", sa.String(24), nullable=False),  # of the Message-ID (D14)
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
    sa.Column("queued", sa.Boolean, Derived("state = 'queued'")),
    sa.UniqueConstraint("send_id", "subscriber_id"),
    sqlite_autoincrement=True,
    postgresql_with={"fillfactor": 75},  # room on a page for the next states of its rows
)
# A claim reads its rows and no others; SQLite takes it only for `state = 'queued'`, written out. PostgreSQL makes new
# entries in every index when a row changes in a column that one of them names, and a letter changes its state three
# times: `queued` changes once, and the other two changes stay on the page (HOT).
sa.Index(
    "delivery_queued",
    delivery.c.send_id,
    delivery.c.due_at,
    delivery.c.id,
    sqlite_where=delivery.c.state == DeliveryState.QUEUED,
    postgresql_where=delivery.c.queued,
)
# Keys are random, so each new entry of their index is on another page. A reader who is written down gets none; a letter
# gets it when a sender takes it: before, nobody can know the key. Neither column changes on the usual way after that.
TAKEN = sa.or_(
    sa.func.coalesce(delivery.c.owner, sa.literal_column("''")) != sa.literal_column("''"),
    delivery.c.due_at > sa.literal_column("'1970-01-01 00:00:00.5+00'"),
)
"""The condition that a sender has, or had, a row: a row that was put back is due after `states.ALWAYS_DUE`.

With `IS NOT NULL` PostgreSQL would see that every row of an owner is in the index, and read all of an index that was
small when it made its plan.
"""
sa.Index("delivery_message_key", delivery.c.message_key, unique=True, sqlite_where=TAKEN, postgresql_where=TAKEN)

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

# The service: requests by forms, single letters, and the counts and events that readers leave.

signup = sa.Table(  # what somebody asked for by a form, until they confirm it; deleted then, or when its time is over
    "signup",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("public_id", sa.String(16), nullable=False, unique=True),  # by which its token names it
    sa.Column("kind", sa.String(12), nullable=False),  # subscribe, address
    sa.Column("subscriber_id", sa.BigInteger, index=True),  # whose new address it is
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("email_norm", sa.Text, nullable=False, index=True),
    sa.Column("first_name", sa.Text, nullable=False, server_default=""),
    sa.Column("last_name", sa.Text, nullable=False, server_default=""),
    sa.Column("locale", sa.Text, nullable=False, server_default=""),
    sa.Column("choices", document(), nullable=False),  # segments, topics, frequency
    sa.Column("form", sa.Text, nullable=False, server_default=""),
    sa.Column("wording", sa.Text, nullable=False, server_default=""),  # the words that they agreed to
    sa.Column("source", sa.Text, nullable=False, server_default=""),
    sa.Column("ip", sa.String(43), nullable=False, server_default=""),  # cut to /24 or /48
    sa.Column("proof", sa.String(64), unique=True),  # the challenge that was solved for it, so that none counts twice
    sa.Column("state", sa.String(12), nullable=False, index=True),  # new, asked (a letter is under way), dropped
    sa.Column("cause", sa.Text, nullable=False, server_default=""),  # why it was dropped
    sa.Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

service_letter = sa.Table(  # single letters, such as the one that asks to confirm; sent at most once, as issues are
    "service_letter",
    METADATA,
    sa.Column("id", IDENTITY, primary_key=True),
    sa.Column("mail", sa.String(24), nullable=False),  # its name in the outbox: confirm, known, goodbye …
    sa.Column("language", sa.Text, nullable=False, server_default=""),
    sa.Column("signup_id", sa.BigInteger, index=True),
    sa.Column("subscriber_id", sa.BigInteger, index=True),
    sa.Column("recipient", sa.Text, nullable=False),  # emptied when the reader is erased, and when it was sent
    sa.Column("address", sa.String(32), nullable=False, index=True, server_default=""),  # its HMAC, to count by
    sa.Column("fields", document(), nullable=False),  # values of its slots; no secret is among them; emptied with it
    sa.Column("message_key", sa.String(24), nullable=False, unique=True),
    sa.Column("state", sa.String(12), nullable=False, index=True),  # queued, inflight, sent, failed, unknown
    sa.Column("cause", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("changed_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

action_done = sa.Table(  # how many have said that they did an action; nothing says who
    "action_done",
    METADATA,
    sa.Column("action", sa.Text, primary_key=True),
    sa.Column("month", sa.String(7), primary_key=True),  # 2026-11
    sa.Column("readers", sa.BigInteger, nullable=False),
)

hook_event = sa.Table(  # events that a provider has told by a hook, so that one told twice counts once
    "hook_event",
    METADATA,
    sa.Column("digest", sa.String(32), primary_key=True),
    sa.Column("provider", sa.String(24), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("delivery_id", sa.BigInteger, index=True),
    sa.Column("at", Instant, nullable=False),  # when it happened, as the provider says
    sa.Column("seen_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

inbox_message = sa.Table(  # messages to the publication that were dealt with, so that one read twice counts once
    "inbox_message",
    METADATA,
    sa.Column("digest", sa.String(32), primary_key=True),
    sa.Column("what", sa.String(16), nullable=False),  # left, confirmed, subscribed, report …
    sa.Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
