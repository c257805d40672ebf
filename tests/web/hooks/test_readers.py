"""W10: what providers post is read into one form of event, and only after it was proven to be theirs."""

import base64
import datetime as dt
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.audience.people import SECRET
from tests.web.hooks.calls import (
    CERTIFICATE,
    NOW,
    SECRETS,
    TOPIC,
    Amazon,
    Posted,
    basic,
    certificate,
    mailgun_signature,
    notification,
    posted,
    sns,
    standard,
)
from tipsheet.delivery.hook_events import CARRIERS, HookKind, judged
from tipsheet.web import HOOKS
from tipsheet.web.hooks import Refused, Seen

KEY, TOKEN = "wq35ati3do7b4wkpsee24uw4", SECRET.leave_token("dvfoii35ynn5xhil")
PAYLOADS = yaml.safe_load((Path(__file__).parent / "payloads.yaml").read_text("utf-8"))
CASES = [pytest.param(name, case, id=f"{name}: {case['name']}") for name, cases in PAYLOADS.items() for case in cases]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
)
BOUNCE = PAYLOADS["ses"][0]["payload"]


def filled(payload: Any) -> Any:
    return json.loads(json.dumps(payload).replace("@KEY@", KEY).replace("@TOKEN@", TOKEN))


def refusal(call: Posted, **changes: Any) -> int:
    with pytest.raises(Refused) as refused:
        list(HOOKS[call.provider].read(call.call(**changes)))
    return refused.value.status


@pytest.mark.parametrize(("provider", "case"), CASES)
def test_payloads(provider: str, case: dict[str, Any]) -> None:
    """W10: every documented form gives its event, named by what the letter carried."""
    events = list(HOOKS[provider].read(posted(provider, filled(case["payload"])).call()))
    named = {"key": (KEY, ""), "token": ("", TOKEN), "address": ("", "")}
    assert [[event.kind, event.enhanced] for event in events] == [said[:2] for said in case["expect"]]
    for event, (_, _, by) in zip(events, case["expect"], strict=True):
        key, token = named[by]
        assert event.key == key
        assert by == "key" or event.token == token
        assert by != "address" or event.address == "ada@example.org"
        assert (event.provider, len(event.digest)) == (provider, 32)
        assert NOW - dt.timedelta(hours=2) < event.at <= NOW


def test_every_provider_has_cases_of_all_kinds() -> None:
    for name, cases in PAYLOADS.items():
        kinds = {event[0] for case in cases for event in case["expect"]}
        assert kinds == set(HookKind), name
    assert set(PAYLOADS) == set(HOOKS) >= set(CARRIERS)


@pytest.mark.parametrize("name", HOOKS)
@given(body=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_body_without_proof_is_refused(name: str, body: bytes) -> None:
    """W10: whatever it says."""
    assert refusal(Posted(provider=name, body=body, headers={})) in {400, 401, 403}


@pytest.mark.parametrize("name", HOOKS)
@given(data=st.data())
def test_a_body_with_proof_is_read_or_refused(name: str, data: st.DataObject) -> None:
    """W10: no body ends in anything else, were it the provider's own."""
    case = filled(data.draw(st.sampled_from(PAYLOADS[name]))["payload"])
    spoilt = data.draw(JSON | st.just(case).map(lambda known: spoil(known, data)))
    call = posted(name, spoilt).call()
    with suppress(Refused):  # only for what is no object
        assert all(event.at.utcoffset() == dt.timedelta() for event in HOOKS[name].read(call))


def spoil(value: Any, data: st.DataObject) -> Any:
    """The same with something else in places."""
    if data.draw(st.integers(0, 9)) == 0:
        return data.draw(JSON)
    if isinstance(value, dict):
        return {name: spoil(inner, data) for name, inner in value.items()}
    return [spoil(inner, data) for inner in value] if isinstance(value, list) else value


@given(kind=st.sampled_from([HookKind.HARD, HookKind.SOFT]), words=st.text())
def test_policy_never_suppresses(kind: HookKind, words: str) -> None:
    """W10: 5.7.x is policy, whatever the provider calls it; what it calls temporary is never hard."""
    assert judged(kind, words, "5.7.1") == (HookKind.POLICY, "5.7.1")
    assert judged(kind, f"550 5.7.1 {words}")[0] is HookKind.POLICY
    assert judged(HookKind.SOFT, words, "5.1.1")[0] is not HookKind.HARD


# Amazon SNS


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("changes", [{}, {"Subject": "Amazon SES Email Event Notification"}])
def test_sns_signs_in_two_versions(version: str, changes: dict[str, str]) -> None:
    """W10: SHA-1 and SHA-256, with and without a subject; the certificate comes from Amazon."""
    amazon = Amazon()
    call = sns(notification(filled(BOUNCE), **changes), version).call(certificate=amazon)
    assert len(list(HOOKS["ses"].read(call))) == 1
    assert amazon.asked == [CERTIFICATE]


@pytest.mark.parametrize("field", ["Message", "MessageId", "Timestamp", "Subject", "Type"])
def test_sns_signs_every_field(field: str) -> None:
    """W10: what is signed cannot be changed."""
    message = notification(filled(BOUNCE), Subject="x")
    spoilt = "UnsubscribeConfirmation" if field == "Type" else f"{message[field]} "
    assert refusal(sns(message, **{field: spoilt})) == 403


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem",
        "https://evil.example/SimpleNotificationService-a.pem",
        "https://evil.example/https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com:444/SimpleNotificationService-a.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem",  # of another region than the topic
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com/?Action=x&y=SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem\n",
        "",
    ],
)
def test_the_certificate_is_at_amazon(address: str) -> None:
    """W10: https, the host of SNS in the topic's region, and the path; nothing else is asked."""
    amazon = Amazon()
    assert refusal(sns(notification(filled(BOUNCE)), SigningCertURL=address), certificate=amazon) == 403
    assert amazon.asked == []


def test_amazon_in_china_has_a_host_of_its_own() -> None:
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:letters"
    url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-a.pem"
    call = sns(notification(filled(BOUNCE), TopicArn=topic), SigningCertURL=url).call(secrets=(topic,))
    assert len(list(HOOKS["ses"].read(call))) == 1


def test_only_our_topics_are_believed() -> None:
    """W10: anybody may have a topic that Amazon signs for; nothing is fetched for theirs."""
    amazon = Amazon()
    theirs = notification(filled(BOUNCE), TopicArn=TOPIC.replace("letters", "theirs"))
    assert refusal(sns(theirs), certificate=amazon, fetch=amazon) == 403
    assert amazon.asked == []


@pytest.mark.parametrize(
    ("pem", "status"),
    [
        (certificate(NOW - dt.timedelta(days=400)), 403),
        (certificate(NOW + dt.timedelta(days=1)), 403),
        (b"no certificate", 403),
    ],
)
def test_a_certificate_that_is_of_no_use(pem: bytes, status: int) -> None:
    assert refusal(sns(notification(filled(BOUNCE))), certificate=Amazon(pem)) == status


def test_a_certificate_that_cannot_be_fetched_is_tried_again() -> None:
    """W10: 503, so that SNS calls again."""

    def broken(url: str) -> bytes:
        raise TimeoutError

    assert refusal(sns(notification(filled(BOUNCE))), certificate=broken) == 503


def subscription(url: str = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x", **changes: str):
    told = {"Type": "SubscriptionConfirmation", "Token": "x", "SubscribeURL": url, **changes}
    return sns({**notification("You have chosen to subscribe"), **told})


def test_a_subscription_is_confirmed_once_it_is_proven() -> None:
    """W10: by its address, after signature and host were checked."""
    amazon = Amazon()
    assert not list(HOOKS["ses"].read(subscription().call(fetch=amazon)))
    assert amazon.asked == ["https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x"]
    asked = len(amazon.asked)
    for spoilt in (
        subscription("https://evil.example/?Action=ConfirmSubscription"),
        subscription("http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"),
        subscription("https://sns.eu-west-1.amazonaws.com/other?Action=ConfirmSubscription"),
        subscription(TopicArn="arn:aws:sns:eu-west-1:999999999999:theirs"),
        Posted(provider="ses", body=subscription().body.replace(b"Token=x", b"Token=y"), headers={}),
    ):
        assert refusal(spoilt, fetch=amazon) == 403
    assert len(amazon.asked) == asked


def test_the_end_of_a_subscription_changes_nothing() -> None:
    """W10: and is not undone."""
    amazon = Amazon()
    assert not list(HOOKS["ses"].read(subscription(Type="UnsubscribeConfirmation").call(fetch=amazon)))
    assert amazon.asked == []


def test_raw_delivery_is_told_to_be_switched_off() -> None:
    raw = Posted(provider="ses", body=json.dumps(filled(BOUNCE)).encode(), headers={"x-amz-sns-rawdelivery": "true"})
    assert refusal(raw) == 400


# Secrets that are sent along


@pytest.mark.parametrize("name", ["postmark", "brevo"])
@pytest.mark.parametrize(
    ("secrets", "headers", "right"),
    [
        (("user:long-enough-secret",), basic("user:long-enough-secret"), True),
        (("user:long-enough-secret",), basic("other:long-enough-secret"), False),
        (("long-enough-secret",), basic("anybody:long-enough-secret"), True),
        (("long-enough-secret",), {"Authorization": "Bearer long-enough-secret"}, True),
        (("long-enough-secret",), {"X-Tipsheet-Hook": "long-enough-secret"}, True),
        (("the-new-one-of-two", "long-enough-secret"), {"Authorization": "bearer long-enough-secret"}, True),
        (("long-enough-secret",), {"Authorization": "Bearer "}, False),
        (("long-enough-secret",), {"Authorization": "Basic no!base64"}, False),
        (("long-enough-secret",), {"Authorization": "Bearer lönger"}, False),
        (("long-enough-secret",), {}, False),
    ],
)
def test_credentials(name: str, secrets: tuple[str, ...], headers: dict[str, str], right: bool) -> None:
    """W10: basic auth, a bearer token or a field of the header; two secrets while one is changed."""
    call = Posted(provider=name, body=b"{}", headers=headers)
    if right:
        assert not list(HOOKS[name].read(call.call(secrets=secrets)))
    else:
        assert refusal(call, secrets=secrets) == 401


# Mailgun


def mailgun(**signature: str) -> Posted:
    said = {"signature": mailgun_signature() | signature, "event-data": {"event": "delivered", "id": "a"}}
    return Posted(provider="mailgun", body=json.dumps(said).encode(), headers={})


def test_mailgun_signs_moment_and_token() -> None:
    """W10: HMAC-SHA-256 in hex digits, by our key or the parent account's."""
    assert len(list(HOOKS["mailgun"].read(mailgun().call()))) == 1
    assert (
        len(
            list(
                HOOKS["mailgun"].read(
                    mailgun(**{"signature": "x", "parent-signature": mailgun_signature()["signature"]}).call()
                )
            )
        )
        == 1
    )
    for spoilt in ({"token": "x"}, {"timestamp": "1"}, {"signature": "x"}, {"signature": ""}):
        assert refusal(mailgun(**spoilt)) == 403
    assert refusal(mailgun(), secrets=("another-key-of-mailgun",)) == 403


@pytest.mark.parametrize(("hours", "right"), [(-13, False), (-8, True), (0, True), (1, False)])
def test_mailguns_signature_ends(hours: int, right: bool) -> None:
    """W10: Mailgun tries for eight hours."""
    moment = str(int((NOW + dt.timedelta(hours=hours)).timestamp()))
    call = mailgun(**mailgun_signature(moment))
    if right:
        assert list(HOOKS["mailgun"].read(call.call()))
    else:
        assert refusal(call) == 403


def test_a_token_of_mailgun_serves_for_one_body() -> None:
    """W10: the signature does not cover the event, so that it could be put before another one."""
    seen = Seen()
    for _ in range(2):  # tried again
        assert list(HOOKS["mailgun"].read(mailgun().call(seen=seen)))
    forged = {"signature": mailgun_signature(), "event-data": {"event": "complained", "recipient": "ada@example.org"}}
    call = Posted(provider="mailgun", body=json.dumps(forged).encode(), headers={})
    assert refusal(call, seen=seen) == 403


# SendGrid


def test_sendgrid_signs_moment_and_body() -> None:
    """W10: ECDSA over SHA-256; any of our keys will do."""
    call = posted("sendgrid", [{"event": "delivered"}])
    assert len(list(HOOKS["sendgrid"].read(call.call()))) == 1
    other = base64.b64encode(b"no key, but long enough to be one: " + b"x" * 60).decode()
    assert len(list(HOOKS["sendgrid"].read(call.call(secrets=(other, SECRETS["sendgrid"]))))) == 1
    assert refusal(call, secrets=(other,)) == 403
    assert refusal(replace(call, body=call.body + b" ")) == 403
    for field in call.headers:
        assert refusal(replace(call, headers={**call.headers, field: "AAAA"})) == 403


# Standard Webhooks


def test_the_vector_of_the_specification() -> None:
    """W10: secret, id, moment, body and signature that the specification's own tests have."""
    at = dt.datetime.fromtimestamp(1614265330, dt.UTC)
    call = standard(b'{"test": 2432232314}', at, identity="msg_p5jXN8AQM9LWM0D4loKWxJek")
    assert call.headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert not list(HOOKS["standard"].read(call.call(at)))


@pytest.mark.parametrize("prefix", ["webhook", "svix"])
def test_svix_writes_the_same_under_its_own_names(prefix: str) -> None:
    assert not list(HOOKS["standard"].read(standard(b"{}", prefix=prefix).call()))


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-timestamp": str(int((NOW - dt.timedelta(minutes=6)).timestamp()))},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-timestamp": ""},
        {"webhook-id": ""},
        {"webhook-id": "msg_2"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": f"v1a,{base64.b64encode(b'x' * 64).decode()}"},
    ],
)
def test_a_standard_signature_that_does_not_fit(changes: dict[str, str]) -> None:
    """W10: id, moment and body are signed; five minutes either way."""
    call = standard(b"{}")
    assert refusal(Posted(provider="standard", body=call.body, headers={**call.headers, **changes})) == 403


def test_a_signature_in_time_by_its_old_moment_is_too_old() -> None:
    for minutes, right in ((-6, False), (-4, True), (4, True), (6, False)):
        call = standard(b"{}", NOW + dt.timedelta(minutes=minutes))
        if right:
            assert not list(HOOKS["standard"].read(call.call()))
        else:
            assert refusal(call) == 403


def test_several_signatures_and_several_secrets() -> None:
    """W10: one that fits is enough, on either side, while a secret is changed."""
    call = standard(b"{}")
    both = {**call.headers, "webhook-signature": f"v1,AAAA {call.headers['webhook-signature']}"}
    secrets = ("whsec_" + base64.b64encode(b"another secret of 24 octets").decode(), SECRETS["standard"])
    assert not list(HOOKS["standard"].read(Posted(provider="standard", body=b"{}", headers=both).call(secrets=secrets)))
