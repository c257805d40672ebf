"""A job from the settings: what `tipsheet send` and a schedule have in common."""

import datetime as dt
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.secret import Secret
from tipsheet.clock import current_time
from tipsheet.delivery.allowance import Window
from tipsheet.delivery.channel import Connect
from tipsheet.delivery.hook_events import carrier_of
from tipsheet.delivery.pace import Clock, Pace
from tipsheet.delivery.sending import Job
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import sender_of
from tipsheet.settings import Settings
from tipsheet.store.database import writing

__all__ = ["Environment", "job_of"]

Environment = Mapping[str, str]

_OWNER_BYTES = 16


def job_of(
    settings: Settings,
    edition: Edition,
    engine: sa.Engine,
    secret: Secret,
    connect: Connect,
    *,
    environ: Environment,
    entropy: Callable[[int], bytes] = os.urandom,
    changes: Mapping[str, object] = MappingProxyType({}),
) -> Job:
    """The job that the settings describe, at the rates at which the last run stopped.

    ``changes`` are fields of `Job` that a command decides otherwise.
    """
    clock = partial(current_time, environ)
    zone = settings.time_zone
    pace = Pace.of(settings.delivery, Clock(wall=clock, steady=time.monotonic), zone)
    with writing(engine) as connection:
        pace.load(connection)
    job: dict[str, Any] = {
        "engine": engine,
        "edition": edition,
        "segments": settings.segments,
        "secret": secret,
        "sender": settings.delivery.bounces or sender_of(edition),
        "mailbox": settings.service.mailbox or "",
        "connect": connect,
        "clock": clock,
        "new_owner": lambda: entropy(_OWNER_BYTES).hex(),
        "governor": pace,
        "window": Window.of(settings.delivery, zone),
        "carrier": carrier_of(environ),
        "connections": settings.delivery.connections,
        "give_up": dt.timedelta(hours=settings.delivery.give_up_hours),
    }
    return Job(**{**job, **changes})
