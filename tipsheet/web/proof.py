"""A proof of work before a letter is sent (ALTCHA), where the publication asks for it with ``service.proof``.

Whoever wants to sign up thousands of strangers pays with minutes of a processor for each. A browser does the sum by
a script of ours on a page between form and letter; without scripts a button goes on, and the letter is one of the
few that go to those who have proved nothing (`tipsheet.audience.service_letters`).
"""

import datetime as dt
from collections.abc import Callable

import altcha
from flask import Blueprint, abort, jsonify
from flask.typing import ResponseReturnValue

from tipsheet.web.service import Service

__all__ = ["Proof", "routes"]

ALGORITHM, COST, PREFIX = "PBKDF2/SHA-256", 4_000, "00"
"""On average 256 keys of 4,000 rounds each: about a second in a browser, three milliseconds to verify."""
VALID = dt.timedelta(minutes=30)
LONGEST = 4_000
"""Characters of a solution, at most."""
_UNTIL = "until"


class Proof:
    """Sets challenges that are signed, and sees whether one was solved; nothing is kept of them here."""

    def __init__(self, key: bytes, clock: Callable[[], dt.datetime]) -> None:
        self._key, self._clock = key, clock

    def challenge(self) -> dict[str, object]:
        """A new challenge, as data for JSON."""
        until = int((self._clock() + VALID).timestamp())
        made = altcha.create_challenge(ALGORITHM, COST, key_prefix=PREFIX, data={_UNTIL: until}, hmac_secret=self._key)
        return dict(made.to_dict())

    def solved(self, text: str) -> str | None:
        """The name of the challenge that this text solves, by which a replay is seen; None for anything else."""
        if not 0 < len(text) <= LONGEST:
            return None
        try:
            payload = altcha.Payload.from_base64(text)
            found = altcha.verify_solution(payload, self._key)
            until = (payload.challenge.parameters.data or {})[_UNTIL] if found.verified else 0
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # whatever a stranger may send
            return None
        return str(payload.challenge.parameters.nonce) if until > self._clock().timestamp() else None


def routes(service: Service) -> Blueprint:
    """``GET /altcha`` gives a challenge, where the publication asks for proofs."""
    blueprint = Blueprint("proof", __name__)
    proof = Proof(service.secret.key("proof"), service.clock)

    @blueprint.get("/altcha")
    def challenge() -> ResponseReturnValue:
        if not service.record.proof:
            abort(404)
        answer = jsonify(proof.challenge())
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint
