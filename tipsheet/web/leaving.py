"""``/leave/<token>``: GET shows a page with a button, POST unsubscribes, by one click as well (RFC 8058).

GET changes nothing, since mail scanners open every link (W1). Any POST unsubscribes, whatever is in it: what a
mailbox provider sends must never fail. It is answered in the same words for whoever is subscribed, has left, was
erased, or never was (`TEST_ID`, by which an address is tried).

Who left by the button of the page may undo it for an hour by another one. It stands on the answer alone, says what
they agree to, and is their consent anew; whoever left by one click, by mail or long ago comes back by the form.
"""

from collections.abc import Callable, Mapping

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tipsheet.audience.register import Register
from tipsheet.audience.transitions import can_undo, leave_by_page, undo, unsubscribe
from tipsheet.web.changes import Changes
from tipsheet.web.readers import answer, evidence_of, person_of, reader_of, stranger
from tipsheet.web.service import Service

__all__ = ["routes"]

ONE_CLICK = "one-click"
"""Name of the form in the evidence of who left by their mail program."""
LEAVE, UNDO = "leave", "undo"
"""What the buttons of the page ask for."""


def routes(service: Service) -> Blueprint:
    """The page to unsubscribe, and what its button does."""
    blueprint = Blueprint("leaving", __name__)
    changes = Changes(service.register)

    @blueprint.get("/leave/<token>")
    def ask(token: str) -> ResponseReturnValue:
        public_id = person_of(service, token)
        if public_id is None:
            return stranger(service)
        values = {"token": service.secret.leave_token(public_id), "leave_words": _leave_words(service)}
        return answer(service, "leave", values)

    @blueprint.post("/leave/<token>")
    def leave(token: str) -> ResponseReturnValue:
        public_id = person_of(service, token)
        if public_id is None:
            return stranger(service)
        work = _work(service, public_id, request.form.get("do", ""))
        return answer(service, "left", {"undo_words": _undo_words(service)}, changes.make(work))

    return blueprint


def _work(service: Service, public_id: str, do: str) -> Callable[[Register], frozenset[str]]:
    """Return the change that a request asks for, which gives the flags of the page that answers it."""
    form, words = FORMS.get(do, (ONE_CLICK, _no_words))
    evidence = evidence_of(service, "leave/", form=form, wording=words(service))  # here: another thread has no request

    def work(register: Register) -> frozenset[str]:
        someone = reader_of(register.connection, service, public_id)
        if someone is None:
            return frozenset()
        if do == UNDO:  # who may not is told the way by the form
            return frozenset({"back"} if undo(register, someone, evidence) else ())
        if do == LEAVE:
            left = leave_by_page(register, someone, evidence)
            return frozenset({UNDO} if can_undo(register, left) else ())
        unsubscribe(register, someone, evidence)
        return frozenset()

    return work


def _leave_words(service: Service) -> str:
    return f"Send me no more letters of {service.record.name}"


def _undo_words(service: Service) -> str:
    return f"I left by mistake: keep sending me {service.record.name} by e-mail"


def _no_words(_service: Service) -> str:
    """Return nothing: who leaves by one click has read no words of ours."""
    return ""


FORMS: Mapping[str, tuple[str, Callable[[Service], str]]] = {UNDO: (UNDO, _undo_words), LEAVE: ("", _leave_words)}
"""Name of the form and the words at the button, by what is asked for."""
