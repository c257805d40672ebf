"""What is known about people, as values of JSON."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tipsheet.audience.subscriber import Subscriber

__all__ = ["plain", "subscriber_values"]


def plain(value: Any) -> Any:
    """The value with moments in ISO 8601, so that JSON can hold it."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def subscriber_values(someone: "Subscriber") -> dict[str, Any]:
    """Everything in a subscriber's row."""
    values: dict[str, Any] = plain(asdict(someone))
    return values
