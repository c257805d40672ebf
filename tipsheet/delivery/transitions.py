"""Statements that move a delivery from one state to the next.

Each names the owner and the state that it changes, so that a sender which was taken for dead
changes nothing any more. They are made once; parameters are ``me``, ``send``, ``digest``, ``now``
and the rows.
"""

from typing import Any

import sqlalchemy as sa

from tipsheet.audience.frequency import PAUSED
from tipsheet.delivery.statement import Statement
from tipsheet.store.states import DeliveryState, SendState
from tipsheet.store.tables import delivery, issue_edition, issue_send, subscriber

__all__ = ["BEGIN", "BEGUN", "CLAIM", "CLAIMED", "MINE", "OPEN", "QUEUED", "SENT", "SKIP"]


def _word(word: str) -> sa.ColumnElement[str]:
    """A constant, written out: SQLite plans a statement anew each time a parameter may decide on a partial index."""
    return sa.literal_column(f"'{word}'", sa.String)


_c = delivery.c
MINE = _c.owner == sa.bindparam("me")
_NOW = sa.bindparam("now", type_=subscriber.c.paused_until.type)
_NOT_PAUSED = sa.or_(subscriber.c.paused_until.is_(None), subscriber.c.paused_until <= _NOW)
_THERE = sa.exists().where(subscriber.c.id == _c.subscriber_id, subscriber.c.status == _word("confirmed"))
_READS = sa.exists().where(subscriber.c.id == _c.subscriber_id, subscriber.c.status == _word("confirmed"), _NOT_PAUSED)
_SENDING = sa.exists().where(
    issue_send.c.id == sa.bindparam("send"),
    issue_send.c.state == _word(SendState.SENDING),
    issue_send.c.content_sha256 == sa.bindparam("digest"),
)
QUEUED = sa.text("delivery.state = 'queued'")  # written out, so that SQLite takes the partial index

BEGIN = Statement(
    lambda rows: (
        sa.update(delivery)
        .where(_c.id.in_(rows), MINE, _c.state == _word(DeliveryState.CLAIMED), _READS, _SENDING)
        .values(
            state=_word(DeliveryState.INFLIGHT),
            changed_at=sa.bindparam("now", type_=_c.changed_at.type),
        )
    )
)
BEGUN = sa.select(_c.id).where(_c.id.in_(sa.bindparam("ids", expanding=True)), MINE, _c.state == DeliveryState.INFLIGHT)
SENT = Statement(
    lambda rows: (
        sa.update(delivery)
        .where(_c.id.in_(rows), MINE, _c.state == _word(DeliveryState.INFLIGHT))
        .values(
            state=_word(DeliveryState.SENT),
            cause=_word(""),
            attempts=_c.attempts + sa.literal_column("1"),
            smtp_code=sa.bindparam("code"),
            enhanced=sa.bindparam("words"),
            changed_at=sa.bindparam("now", type_=_c.changed_at.type),
        )
    )
)
DUE = (
    sa.select(_c.id)
    .where(_c.send_id == sa.bindparam("send"), QUEUED, _c.due_at <= sa.bindparam("now", type_=_c.due_at.type), _SENDING)
    .order_by(_c.due_at, _c.id)
    .limit(sa.bindparam("count", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    .cte("due")  # PostgreSQL runs it once, whatever plan it makes
)
CLAIM = (
    sa.update(delivery)
    .where(_c.id.in_(sa.select(DUE.c.id)))
    .values(
        state=DeliveryState.CLAIMED, owner=sa.bindparam("me"), changed_at=sa.bindparam("now", type_=_c.changed_at.type)
    )
    .returning(_c.id)
)
CLAIMED: sa.Select[Any] = (
    sa.select(
        _c.id,
        _c.recipient,
        _c.message_key,
        _c.attempts,
        _c.first_tried_at,
        _c.dropped,
        issue_edition.c.segments,
        subscriber.c.status,
        subscriber.c.paused_until,
        subscriber.c.public_id,
        subscriber.c.email,
        subscriber.c.first_name,
        subscriber.c.last_name,
        subscriber.c.attributes,
    )
    .join(issue_edition, issue_edition.c.id == _c.edition_id)
    .outerjoin(subscriber, subscriber.c.id == _c.subscriber_id)
    .where(_c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(_c.id)
)
SKIP = (
    sa.update(delivery)
    .where(_c.id.in_(sa.bindparam("ids", expanding=True)), MINE, _c.state == DeliveryState.CLAIMED, ~_READS)
    .values(
        state=DeliveryState.SKIPPED,
        cause=sa.case(
            (_THERE, PAUSED), (sa.exists().where(subscriber.c.id == _c.subscriber_id), "left"), else_="erased"
        ),
        changed_at=sa.bindparam("now", type_=_c.changed_at.type),
    )
)
OPEN = (DeliveryState.CLAIMED, DeliveryState.INFLIGHT)
