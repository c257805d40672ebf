"""Tables of the service: who asked to come in, letters of the service, and what counts and events readers leave."""

import sqlalchemy as sa

from tipsheet.store.columns import IDENTITY, METADATA, Instant, document

__all__ = ["METADATA", "action_done", "hook_event", "inbox_message", "service_letter", "signup"]

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
