"""W10: the address of hooks, what follows from events on either store, and how letters carry their names."""

import datetime as dt
import itertools
import json
import logging
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import trustme
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.audience.people import SECRET, add_confirmed, address, changing, write_delivery
from tests.delivery.builders import edition, job, people
from tests.delivery.sink import Sink, running
from tests.web.builders import world
from tests.web.hooks.calls import ENVIRON, NOW, SECRETS, Amazon, Posted, certificate, posted, sns
from tests.web.hooks.test_readers import PAYLOADS, filled, subscription
from tipsheet.audience import transitions
from tipsheet.audience.consent import Evidence, verify
from tipsheet.audience.subscriber import Subscriber, find, suppression_of
from tipsheet.delivery.bounces import Taken
from tipsheet.delivery.hook_events import (
    ADDRESS_DAYS,
    CARRIERS,
    Carrier,
    HookEvent,
    HookKind,
    carried,
    carrier_of,
    names_in,
    take_event,
)
from tipsheet.delivery.sending import send
from tipsheet.edition.edition import Recipient
from tipsheet.edition.message import Composer
from tipsheet.store.database import open_store
from tipsheet.store.tables import consent_event, delivery, hook_event
from tipsheet.web import HOOKS, create_app
from tipsheet.web.guards import Application, guard
from tipsheet.web.hooks import LARGEST, HookSecretError, get, routes, secrets_of

ON_BOTH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = itertools.count(1)


def reader(store: sa.Engine, *issues: str, email: str = "ada@example.org") -> Subscriber:
    """Somebody who was sent these issues."""
    someone = add_confirmed(store, email)
    with store.begin() as connection:
        for issue in issues:
            write_delivery(connection, someone, issue, "sent")
    return someone


def event(kind: HookKind, someone: Subscriber, issue: str = "i1", **changes: Any) -> HookEvent:
    key = SECRET.message_key(issue, someone.public_id)
    made = HookEvent(provider="ses", kind=kind, digest=f"{someone.id}-{kind}-{issue}"[:32], at=NOW, key=key)
    return replace(made, **changes)


def take(store: sa.Engine, *events: HookEvent, now: dt.datetime = NOW) -> list[Taken]:
    with changing(store, now) as register:
        return [take_event(register, one) for one in events]


def state(store: sa.Engine, email: str = "ada@example.org") -> tuple[str, str]:
    """What the reader is, and why they are suppressed."""
    with store.connect() as connection:
        assert not verify(connection).fault
        someone, why = find(connection, address(email)), suppression_of(connection, SECRET, address(email))
    return (someone.status if someone else ""), (why.reason if why else "")


# What follows from an event


@pytest.mark.parametrize(
    ("kind", "taken", "becomes"),
    [
        (HookKind.DELIVERED, Taken.NOTHING, ("confirmed", "")),
        (HookKind.DEFERRED, Taken.NOTHING, ("confirmed", "")),
        (HookKind.HARD, Taken.BOUNCED, ("bounced", "bounced")),
        (HookKind.SOFT, Taken.COUNTED, ("confirmed", "")),
        (HookKind.POLICY, Taken.NOTED, ("confirmed", "")),
        (HookKind.COMPLAINED, Taken.COMPLAINED, ("complained", "complained")),
        (HookKind.UNSUBSCRIBED, Taken.LEFT, ("unsubscribed", "unsubscribed")),
    ],
)
def test_what_follows_from_an_event(store: sa.Engine, kind: HookKind, taken: Taken, becomes: tuple[str, str]) -> None:
    """W10: once; the same event told again changes nothing."""
    someone = reader(store, "i1")
    again = taken if taken is Taken.NOTHING else Taken.KNOWN
    assert take(store, event(kind, someone), event(kind, someone)) == [taken, again]
    assert state(store) == becomes


def test_who_left_at_the_provider_has_left_with_evidence(store: sa.Engine) -> None:
    """W10: the record of consent says where."""
    someone = reader(store, "i1")
    take(store, event(HookKind.UNSUBSCRIBED, someone, provider="postmark"))
    with store.connect() as connection:
        last = sa.select(consent_event.c.kind, consent_event.c.source).order_by(consent_event.c.id.desc()).limit(1)
        assert tuple(connection.execute(last).one()) == ("unsubscribed", "unsubscribed at postmark")


def test_a_delivery_after_a_bounce_changes_nothing(store: sa.Engine) -> None:
    """W10: events come in any order."""
    someone = reader(store, "i1")
    take(store, event(HookKind.HARD, someone), event(HookKind.DELIVERED, someone))
    assert state(store) == ("bounced", "bounced")


def test_a_bounce_of_a_reader_who_left_changes_nothing(store: sa.Engine) -> None:
    """W10: nor of one who has another address, was erased, or has said yes since."""
    someone = reader(store, "i1")
    with changing(store) as register:
        transitions.unsubscribe(register, someone, Evidence(source="x"))
    assert take(store, event(HookKind.HARD, someone)) == [Taken.NOTED]
    with changing(store, NOW + dt.timedelta(days=2)) as register:
        gone = find(register.connection, address("ada@example.org"))
        assert gone is not None
        transitions.confirm(register, gone, Evidence(source="the form"))
    late = event(HookKind.COMPLAINED, someone, digest="late", at=NOW + dt.timedelta(days=1))
    assert take(store, late, now=NOW + dt.timedelta(days=3)) == [Taken.NOTED]
    assert state(store) == ("confirmed", "")
    with changing(store) as register:
        back = find(register.connection, address("ada@example.org"))
        assert back is not None
        transitions.erase(register, back)
    assert take(store, event(HookKind.COMPLAINED, someone, digest="later")) == [Taken.NOTED]
    assert state(store) == ("", "erased")


def test_a_bounce_at_another_address_is_counted(store: sa.Engine) -> None:
    """W9, W10: a reader's address may stand for many, as a forwarding does."""
    someone = reader(store, "i1")
    assert take(store, event(HookKind.HARD, someone, address="bob@example.net")) == [Taken.COUNTED]
    assert take(store, event(HookKind.HARD, someone, digest="b", address="ADA@example.org")) == [Taken.BOUNCED]


def test_failures_before_somebody_came_back_are_not_counted(store: sa.Engine) -> None:
    someone = reader(store, "i1", "i2", "i3")
    soft = [event(HookKind.SOFT, someone, f"i{n % 3 + 1}", digest=f"soft {n}") for n in range(5)]
    assert take(store, *soft)[-1] is Taken.BOUNCED
    later = NOW + dt.timedelta(days=1)
    with changing(store, later) as register:
        gone = find(register.connection, address("ada@example.org"))
        assert gone is not None
        transitions.confirm(register, gone, Evidence(source="the form"))
    assert take(store, replace(soft[0], digest="new", at=later), now=later) == [Taken.COUNTED]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(HookKind),
        st.sampled_from(("i1", "i2", "i3")),
        st.integers(0, 2),  # three of a kind
        st.sampled_from((-1, 0, 1, 400)),  # hours; before they said yes it is over, and no clock is right
    ),
    max_size=12,
)


@ON_BOTH
@given(EVENTS, st.randoms(use_true_random=False), st.booleans())
def test_order_and_repetition_change_nothing(store: sa.Engine, told: list[Any], random: Any, came_back: bool) -> None:
    """W10: any permutation of events, each told once or more, ends in the same state."""
    ends = set()
    shuffled = random.sample([*told, *random.choices(told, k=len(told))] if told else [], k=len(told) * 2)
    for order in (told, shuffled):
        someone = reader(store, "i1", "i2", "i3", email=f"reader{next(NUMBERS)}@example.org")
        if came_back:
            with changing(store, NOW + dt.timedelta(minutes=30)) as register:
                gone = transitions.unsubscribe(register, someone, Evidence(source="x"))
                transitions.confirm(register, gone, Evidence(source="the form"))
        for kind, issue, number, hours in order:
            moment = NOW + dt.timedelta(hours=hours)
            digest = f"{someone.id} {kind[:9]} {issue} {number} {hours}"
            take(store, event(kind, someone, issue, digest=digest, at=moment), now=NOW + dt.timedelta(hours=2))
        with store.connect() as connection:
            known = connection.execute(
                sa.select(sa.func.count()).where(hook_event.c.digest.like(f"{someone.id} %"))
            ).scalar_one()
        ends.add((state(store, someone.email), known))
    assert len(ends) == 1


# Which letter it is about


def test_a_letter_is_named_by_key_token_or_address(store: sa.Engine) -> None:
    """W10: what nobody else knows; else the address, of a letter not long ago; else nobody."""
    someone = reader(store, "i1")
    bare = event(HookKind.POLICY, someone, key="")
    named = [
        (replace(bare, token=SECRET.leave_token(someone.public_id)), Taken.NOTED),
        (replace(bare, address="ADA@example.org"), Taken.NOTED),
        (replace(bare, address="ada@example.org", at=NOW - dt.timedelta(days=ADDRESS_DAYS + 1)), Taken.FOREIGN),
        (replace(bare, address="bob@example.org"), Taken.FOREIGN),
        (replace(bare, address="no address"), Taken.FOREIGN),
        (replace(bare, address="ada@example.org", key="a" * 24), Taken.FOREIGN),
        (replace(bare, token="a" * 32), Taken.FOREIGN),
        (bare, Taken.FOREIGN),
    ]
    for number, (told, taken) in enumerate(named):
        assert take(store, replace(told, digest=f"{number}")) == [taken], told


@pytest.mark.parametrize("name", CARRIERS)
def test_letters_carry_their_names(name: str) -> None:
    """W10: a field of the header, in whose form the provider hands the key back; nothing of it opens anything."""
    key, token = "wq35ati3do7b4wkpsee24uw4", "t" * 32
    recipient = Recipient(address="ada@example.org", key=key, token=token)
    letter = Composer(carried(edition(), CARRIERS[name])).compose(recipient).decode()
    (line,) = [line for line in letter.split("\r\n") if line.startswith(f"{CARRIERS[name].field}: ")]
    assert names_in(metadata=line).key == key
    assert token not in line
    assert letter.replace(f"{line}\r\n", "") == Composer(edition()).compose(recipient).decode()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("smtp+starttls://u:p@email-smtp.eu-west-1.amazonaws.com:587", "ses"),
        ("smtp+starttls://u:p@smtp-broadcasts.postmarkapp.com", "postmark"),
        ("smtps://u:p@smtp.eu.mailgun.org", "mailgun"),
        ("smtps://u:p@SMTP-relay.brevo.com", "brevo"),
        ("smtps://u:p@smtp.resend.com", "standard"),
        ("smtps://u:p@smtp.resend.com.example.org", None),
        ("smtp://localhost:25", None),
        ("smtp://[", None),
        ("", None),
    ],
)
def test_the_mail_server_says_which_provider_it_is(url: str, name: str | None) -> None:
    assert carrier_of({"TIPSHEET_SMTP_URL": url}) == (CARRIERS[name] if name else None)


@pytest.mark.parametrize("carrier", [CARRIERS["postmark"], None])
def test_letters_are_sent_with_their_names(sqlite_url: str, carrier: Carrier | None) -> None:
    """W10: from the job to the wire, and only through a provider that hands the name back."""
    store = open_store(sqlite_url)
    people(store, 3)
    with running(Sink()) as sink:
        send(job(store, sink.connect, carrier=carrier))
    with store.connect() as connection:
        keys = set(connection.execute(sa.select(delivery.c.message_key)).scalars())
    store.dispose()
    lines = re.compile(rb"^X-PM-Metadata-tipsheet: (\S+)\r$", re.MULTILINE)
    assert {key for one in sink.accepted for key in lines.findall(one.message)} == (
        {key.encode() for key in keys} if carrier else set()
    )


# The address


Client = Callable[..., FlaskClient]


@pytest.fixture
def client(store: sa.Engine, tmp_path: Path) -> Client:
    """A client of the service with these variables."""

    service = world(store, tmp_path).service

    def made(environ: Mapping[str, str] = ENVIRON, amazon: Amazon | None = None) -> FlaskClient:
        app = Application("hooks", static_folder=None)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        guard(app, service)
        app.register_blueprint(routes(HOOKS, replace(service, environ=environ), amazon or Amazon()))
        return app.test_client()

    return made


def post(client: FlaskClient, call: Posted) -> int:
    return client.post(f"/hook/{call.provider}", data=call.body, headers=call.headers).status_code


@pytest.mark.parametrize("name", HOOKS)
def test_a_call_is_taken(client: Client, store: sa.Engine, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """W10: from the call to the record of consent, once; no address and no token is logged."""
    caplog.set_level(logging.DEBUG)
    someone = reader(store, "i1")
    key, token = SECRET.message_key("i1", someone.public_id), SECRET.leave_token(someone.public_id)
    case = next(case for case in PAYLOADS[name] if [said[0] for said in case["expect"]] == ["complained"])
    told = json.loads(json.dumps(case["payload"]).replace("@KEY@", key))
    open_client = client()
    for _ in range(2):
        assert post(open_client, posted(name, told)) == 200
    assert state(store) == ("complained", "complained")
    with store.connect() as connection:
        assert connection.execute(sa.select(hook_event.c.provider, hook_event.c.kind)).all() == [(name, "complained")]
    assert "ada@" not in caplog.text
    assert token not in caplog.text


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_without_a_secret_is_not_there(client: Client, name: str) -> None:
    """W10: 404, as at any address that does not exist, whatever is posted."""
    call = posted(name, filled(PAYLOADS[name][0]["payload"]))
    answers = client({}).post(f"/hook/{name}", data=call.body, headers=call.headers), client().post("/hook/nobody")
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


def test_answers(client: Client) -> None:
    """W10: 400 malformed, 401 and 403 not proven, 413 too large, 405 for what is no POST."""
    postmark = posted("postmark", {})
    open_client = client()
    assert post(open_client, replace(postmark, body=b"{")) == 400
    assert post(open_client, replace(postmark, body=b"[]")) == 400
    missing = open_client.post("/hook/postmark", data=b"{}")
    assert (missing.status_code, missing.headers["WWW-Authenticate"]) == (401, 'Basic realm="hook"')
    assert post(open_client, replace(posted("standard", {}), body=b"{ }")) == 403
    assert post(open_client, replace(postmark, body=b"{}" + b" " * (LARGEST - 2))) == 200
    assert post(open_client, replace(postmark, body=b"{}" + b" " * LARGEST)) == 413
    assert open_client.get("/hook/postmark").status_code == 405


@ON_BOTH
@given(
    name=st.sampled_from(sorted(HOOKS)),
    body=st.binary(max_size=400),
    headers=st.dictionaries(
        st.sampled_from(
            ["Authorization", "webhook-id", "svix-signature", "webhook-timestamp", "Content-Type", "X-Tipsheet-Hook"]
        ),
        st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40),
    ),
)
def test_no_call_ends_in_an_error_of_ours(client: Client, name: str, body: bytes, headers: dict[str, str]) -> None:
    """W10: whatever is posted."""
    assert client().post(f"/hook/{name}", data=body, headers=headers).status_code in {400, 401, 403}


def test_hooks_are_in_the_application(store: sa.Engine, tmp_path: Path) -> None:
    app = create_app(replace(world(store, tmp_path).service, environ=ENVIRON))
    assert app.test_client().post("/hook/brevo", data=b"{}").status_code == 401


def test_a_certificate_is_fetched_once(client: Client, store: sa.Engine) -> None:
    """W10: and remembered; the address that confirms a subscription is asked each time."""
    reader(store, "i1")
    amazon = Amazon()
    open_client = client(amazon=amazon)
    for call in (posted("ses", filled(PAYLOADS["ses"][0]["payload"])), subscription(), subscription()):
        assert post(open_client, call) == 200
    assert [url.endswith(".pem") for url in amazon.asked] == [True, False, False]


def test_secrets_that_are_none() -> None:
    """W10: too short to be one, or of another form; several have blanks between."""
    assert secrets_of(HOOKS, ENVIRON) == {name: (secret,) for name, secret in SECRETS.items()}
    assert secrets_of(HOOKS, {"TIPSHEET_HOOK_BREVO": " the-new-one-is-long  the-old-one-is-long "})["brevo"] == (
        "the-new-one-is-long",
        "the-old-one-is-long",
    )
    for name, wrong in (
        ("POSTMARK", "short"),
        ("SES", "my-topic"),
        ("STANDARD", "whsec_no base64 at all"),
        ("MAILGUN", "k"),
    ):
        with pytest.raises(HookSecretError, match=f"TIPSHEET_HOOK_{name}"):
            secrets_of(HOOKS, {f"TIPSHEET_HOOK_{name}": wrong})


# The network


@pytest.fixture(scope="module")
def https() -> Iterator[tuple[str, ssl.SSLContext]]:
    """A server with TLS on loopback, and what believes it."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {"/small.pem": (200, certificate()), "/large": (200, b"x" * 100_000), "/?a=b": (200, b"query")}
            status, body = answers.get(self.path, (302, b""))
            self.send_response(status)
            self.send_header("Location", "/small.pem")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    authority = trustme.CA()
    server = HTTPServer(("127.0.0.1", 0), Answers)
    told, believes = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(told)
    authority.configure_trust(believes)
    server.socket = told.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}", believes
    server.shutdown()
    thread.join()
    server.server_close()


def test_fetching(https: tuple[str, ssl.SSLContext]) -> None:
    """W10: by TLS that is checked, a small file, no redirect."""
    url, context = https
    assert get(f"{url}/small.pem", context) == certificate()
    assert get(f"{url}?a=b", context) == b"query"
    for wrong in (f"{url}/large", f"{url}/elsewhere", "https://localhost:1/"):
        with pytest.raises(OSError, match=r"answered|refused|assign"):
            get(wrong, context)
    with pytest.raises(ssl.SSLCertVerificationError):
        get(f"{url}/small.pem")


def test_a_real_certificate_of_a_call(https: tuple[str, ssl.SSLContext]) -> None:
    """W10: the same over a socket, from signature to events."""
    url, context = https
    call = sns({**json.loads(posted("ses", filled(PAYLOADS["ses"][0]["payload"])).body), "Type": "Notification"})
    fetched = call.call(certificate=lambda _: get(f"{url}/small.pem", context))
    assert len(list(HOOKS["ses"].read(fetched))) == 1
