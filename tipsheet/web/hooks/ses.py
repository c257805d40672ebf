"""Amazon SES, which tells by Amazon SNS.

SNS signs each message, and names the certificate. Signature versions 1 and 2:
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Anybody may have a topic
of their own whose messages Amazon signs, so that a topic must be one of ours before anything else is done.

Contents: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, and
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html for notifications of an identity.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tipsheet.delivery.hook_events import METADATA, HookEvent, HookKind, digest_of, judged, names_in
from tipsheet.web.hooks import Call, Fields, Hook, Refused, looked_up

__all__ = ["SES"]

NAME = "ses"
KINDS: Mapping[str, HookKind] = {
    "Delivery": HookKind.DELIVERED,
    "DeliveryDelay": HookKind.DEFERRED,
    "Bounce": HookKind.SOFT,
    "Bounce Permanent": HookKind.HARD,
    "Bounce Transient": HookKind.SOFT,
    "Bounce Transient ContentRejected": HookKind.POLICY,
    "Bounce Transient AttachmentRejected": HookKind.POLICY,
    "Bounce Transient MessageTooLarge": HookKind.POLICY,
    "Bounce Undetermined": HookKind.SOFT,
    "Reject": HookKind.POLICY,
    "Complaint": HookKind.COMPLAINED,
    "Complaint auth-failure": HookKind.POLICY,
    "Complaint not-spam": HookKind.DELIVERED,
    "Complaint virus": HookKind.POLICY,
    "Subscription": HookKind.UNSUBSCRIBED,
}
_TOPIC = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]{1,256}"
_HOST = r"https://sns\.{region}\.amazonaws\.com(\.cn)?"
_HASHES: Mapping[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - version 1 is
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_OBJECTS = {"DeliveryDelay": "deliveryDelay"}


def read(call: Call) -> Iterator[HookEvent]:
    """The events of a notification; a subscription that somebody asked for in the console is confirmed."""
    if call.header("x-amz-sns-rawdelivery").lower() == "true":
        raise Refused(400, "raw message delivery has no signature: switch it off for this subscription")
    message = call.fields()
    topic, kind = message.text("TopicArn"), message.text("Type")
    if topic not in call.secrets:
        raise Refused(403, "this is none of the topics of TIPSHEET_HOOK_SES")
    host = _HOST.format(region=re.escape(topic.split(":")[3]))
    _check_signature(call, message, host)
    if kind == "SubscriptionConfirmation":
        _confirm(call, message.whole("SubscribeURL"), host)
    elif kind == "Notification":
        yield from _events(call, message)


def _check_signature(call: Call, message: Fields, host: str) -> None:
    """Raise Refused unless Amazon signed the message."""
    url = message.whole("SigningCertURL")
    algorithm = _HASHES.get(message.text("SignatureVersion"))
    if not re.fullmatch(rf"{host}/SimpleNotificationService-[A-Za-z0-9]{{1,80}}\.pem", url) or algorithm is None:
        raise Refused(403, "the certificate is not at an address of Amazon SNS, or the signature of no known version")
    try:
        signature = base64.b64decode(message.whole("Signature"), validate=True)
        certificate = x509.load_pem_x509_certificate(call.certificate(url))
        key = certificate.public_key()
    except OSError:
        raise Refused(503, "the certificate of Amazon SNS cannot be fetched now") from None
    except (binascii.Error, ValueError):
        raise Refused(403, "the signature or its certificate cannot be read") from None
    if not certificate.not_valid_before_utc <= call.now <= certificate.not_valid_after_utc:
        raise Refused(403, "the certificate is out of date")
    try:
        if not isinstance(key, rsa.RSAPublicKey):
            raise InvalidSignature  # noqa: TRY301 - the same answer
        key.verify(signature, _signed(message), padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        raise Refused(403, "the signature is wrong") from None


def _signed(message: Fields) -> bytes:
    """The text that a signature covers: names and values on a line each, in the order of the names."""
    names = _NOTIFICATION if message.text("Type") == "Notification" else _CONFIRMATION
    values = {name: message.whole(name) for name in names}
    return "".join(f"{n}\n{v}\n" for n, v in values.items() if v or n != "Subject").encode()


def _confirm(call: Call, url: str, host: str) -> None:
    if not re.fullmatch(rf"{host}/\?[!-~]{{1,4000}}", url):
        raise Refused(403, "the address to confirm at is none of Amazon SNS")
    try:
        call.fetch(url)
    except OSError:
        raise Refused(503, "the subscription could not be confirmed now") from None


def _events(call: Call, message: Fields) -> Iterator[HookEvent]:
    try:
        told = Fields(json.loads(message.whole("Message")))
    except (ValueError, RecursionError):
        return  # a sentence that SNS or SES writes when a topic is tried
    name = told.text("eventType", "notificationType")
    what = told.fields(_OBJECTS.get(name, name.lower()))
    mail = told.fields("mail")
    kind = looked_up(KINDS, name, what.text("bounceType", "complaintFeedbackType"), what.text("bounceSubType"))
    if kind is None or (name == "Subscription" and not _left_all(what)):
        return
    headers = mail.headers("headers")
    names = names_in(
        message_id=headers.get("message-id", ""),
        metadata=next(iter(mail.fields("tags").texts(METADATA)), ""),
        others=(headers.get("list-unsubscribe", ""), mail.text("source")),
    )
    for recipient in _recipients(what, mail):
        address = recipient.text("emailAddress")
        becomes, enhanced = judged(kind, recipient.text("diagnosticCode"), recipient.text("status"))
        yield HookEvent(
            provider=NAME,
            kind=becomes,
            digest=digest_of(NAME, what.text("feedbackId") or message.text("MessageId"), name, address),
            at=what.moment("timestamp", otherwise=mail.moment("timestamp", otherwise=call.now)),
            key=names.key,
            token=names.token,
            address=address,
            enhanced=enhanced,
        )


def _recipients(what: Fields, mail: Fields) -> list[Fields]:
    """Recipients that the event is about; a letter of ours has one."""
    listed = next((found for name in _LISTS if (found := what.several(name))), mail.several("destination"))
    return [Fields(one if isinstance(one, dict) else {"emailAddress": one}) for one in listed]


_LISTS = ("bouncedRecipients", "complainedRecipients", "delayedRecipients", "recipients")


def _left_all(subscription: Fields) -> bool:
    """True if somebody left every topic of the account's contact list (SES's own subscription management)."""
    return subscription.fields("newTopicPreferences").true("unsubscribeAll")


SES = Hook(
    name=NAME,
    title="Amazon SES",
    holds="ARN of the SNS topic",
    form=_TOPIC,
    proof="signature of Amazon SNS, version 1 or 2, with a certificate from Amazon",
    kinds=KINDS,
    read=read,
)
