"""Calls of providers for tests: a payload, signed as its provider signs."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from standardwebhooks.webhooks import Webhook

from tipsheet.web import HOOKS
from tipsheet.web.hooks import Call, Seen

NOW = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:letters"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
EC_PUBLIC = EC_KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
SECRETS: Mapping[str, str] = {
    "ses": TOPIC,
    "postmark": "postmark:correct-horse-battery",
    "mailgun": "key-0123456789abcdef0123456789abcdef",
    "brevo": "correct-horse-battery-staple",
    "sendgrid": base64.b64encode(EC_PUBLIC).decode(),
    "standard": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
ENVIRON = {f"TIPSHEET_HOOK_{name.upper()}": secret for name, secret in SECRETS.items()}


@dataclass(frozen=True, kw_only=True)
class Posted:
    """What goes to ``/hook/<provider>``."""

    provider: str
    body: bytes
    headers: Mapping[str, str]

    def call(self, now: dt.datetime = NOW, **changes: Any) -> Call:
        """The same as a reader of hooks is given it."""
        given = {
            "body": self.body,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "secrets": (SECRETS[self.provider],),
            "now": now,
            "fetch": Amazon(),
            "certificate": Amazon(),
            "seen": Seen(),
        }
        return Call(**{**given, **changes})


class Amazon:
    """What Amazon's addresses answer; it remembers who asked."""

    def __init__(self, pem: bytes | None = None) -> None:
        self.asked: list[str] = []
        self._pem = pem

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        return (self._pem or certificate()) if url.endswith(".pem") else b"<ConfirmSubscriptionResponse/>"


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(start: dt.datetime = NOW - dt.timedelta(days=30)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key().public_key(),
        serial_number=1,
        not_valid_before=start,
        not_valid_after=start + dt.timedelta(days=365),
    ).sign(key(), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def sns(message: Mapping[str, Any], version: str = "2", **changes: Any) -> Posted:
    """A message of Amazon SNS: its canonical form is written out here a second time, after the documentation."""
    confirming = message["Type"] != "Notification"
    order = ["Message", "MessageId"]
    order += ["SubscribeURL"] if confirming else ["Subject"] if "Subject" in message else []
    order += ["Timestamp", *(["Token"] if confirming else []), "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in order)
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}[version]  # noqa: S303 - as SNS does
    signature = base64.b64encode(key().sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()
    signed = {**message, "SignatureVersion": version, "Signature": signature, "SigningCertURL": CERTIFICATE, **changes}
    headers = {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": str(message["Type"])}
    return Posted(provider="ses", body=json.dumps(signed).encode(), headers=headers)


def notification(payload: Any, **changes: str) -> dict[str, str]:
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": payload if isinstance(payload, str) else json.dumps(payload),
        "Timestamp": "2026-11-24T06:59:59.670Z",
        **changes,
    }


def basic(pair: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def mailgun_signature(
    timestamp: str = str(int(NOW.timestamp())), token: str = "t" * 50, secret: str = SECRETS["mailgun"]
) -> dict[str, str]:
    signature = hmac.new(secret.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": timestamp, "token": token, "signature": signature}


def standard(body: bytes, at: dt.datetime = NOW, prefix: str = "webhook", identity: str = "msg_1") -> Posted:
    sign = Webhook(SECRETS["standard"]).sign(identity, at, body.decode())
    headers = {
        f"{prefix}-id": identity, f"{prefix}-timestamp": str(int(at.timestamp())), f"{prefix}-signature": sign,
    }  # fmt: skip
    return Posted(provider="standard", body=body, headers=headers)


def sendgrid(body: bytes, moment: str = str(int(NOW.timestamp()))) -> Posted:
    signature = EC_KEY.sign(moment.encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": moment,
    }
    return Posted(provider="sendgrid", body=body, headers=headers)


def posted(provider: str, payload: Any, mark: str = "1") -> Posted:
    """A payload as the provider posts it; ``mark`` tells one of Mailgun's and Resend's calls from another."""
    body = json.dumps(payload).encode()
    match provider:
        case "ses":
            return sns(notification(payload, MessageId=f"22b80b92-{mark}"))
        case "mailgun":
            signed = {"signature": mailgun_signature(token=f"token-{mark}"), "event-data": payload}
            return Posted(provider="mailgun", body=json.dumps(signed).encode(), headers={})
        case "standard":
            return standard(body, identity=f"msg_{mark}")
        case "sendgrid":
            return sendgrid(body)
        case "postmark":
            return Posted(provider="postmark", body=body, headers=basic(SECRETS["postmark"]))
        case _:
            return Posted(provider=provider, body=body, headers={"Authorization": f"Bearer {SECRETS[provider]}"})


assert set(SECRETS) == set(HOOKS)
