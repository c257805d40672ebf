"""``/forward/<token>?issue=ID``: a reader sends the public address of an issue to a friend.

Nothing that was typed is in the letter but the address it goes to (W5), which is kept until it was sent. The page
answers alike whether a letter goes or not: see `tipsheet.audience.service_letters.forward` for when it does not.
"""

from collections.abc import Set as AbstractSet

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tipsheet.audience.address import Address, typed
from tipsheet.audience.letter_limits import budget_of
from tipsheet.audience.service_letters import forward
from tipsheet.audience.subscriber import Subscriber
from tipsheet.delivery.channel import destination_of
from tipsheet.edition.service import PublicIssue
from tipsheet.web.readers import answer, person_of, reader_of, stranger
from tipsheet.web.service import Service

__all__ = ["routes"]

MAX_SHOWN = 300


def routes(service: Service) -> Blueprint:
    """The page that asks for the friend's address, and what its button does."""
    blueprint = Blueprint("forwarding", __name__)

    @blueprint.get("/forward/<token>")
    def ask(token: str) -> ResponseReturnValue:
        public_id, issue = person_of(service, token), _issue(service)
        if public_id is None or issue is None:
            return stranger(service)
        with service.engine.connect() as connection:
            someone = reader_of(connection, service, public_id)
        return _page(service, issue) if _may(someone) else stranger(service)

    @blueprint.post("/forward/<token>")
    def send(token: str) -> ResponseReturnValue:
        public_id, issue = person_of(service, token), _issue(service)
        if public_id is None or issue is None:
            return stranger(service)
        friend = typed(request.form.get("email", "")[:MAX_SHOWN])
        with service.register() as register:
            someone = reader_of(register.connection, service, public_id)
            if someone is None or not _may(someone):
                return stranger(service)
            if not isinstance(friend, Address) or destination_of(friend.email) is None:
                return _page(service, issue, {"errors"}, 422)
            forward(register, someone, friend, issue, budget_of(register.connection, service.record))
        service.wake()
        return answer(service, "forwarded", {"title": issue.title})

    return blueprint


def _may(someone: Subscriber | None) -> bool:
    """Whether somebody is a reader; who left has nothing to pass on in our name."""
    return someone is not None and someone.status == "confirmed"


def _issue(service: Service) -> PublicIssue | None:
    """The issue that the address names, among those with a public page; the newest when it names none."""
    issues, named = service.record.issues, request.args.get("issue", "")
    if not named:
        return max(issues, key=lambda issue: issue.published, default=None)
    return next((issue for issue in issues if issue.id == named), None)


def _page(service: Service, issue: PublicIssue, flags: AbstractSet[str] = frozenset(), status: int = 200) -> Response:
    text = request.form.get("email", "")[:MAX_SHOWN]
    return answer(service, "forward", {"title": issue.title, "url": issue.url, "typed_email": text}, flags, status)
