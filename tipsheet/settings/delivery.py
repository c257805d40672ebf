"""The table ``delivery:`` of the ``tipsheet`` entry in mkdocs.yml, and ``review:``, which says what may be sent."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from tipsheet.fields import Address, OneLine, Table, matching

__all__ = [
    "BreakerSettings", "Connections", "DeliverySettings", "DkimSettings", "ReviewSettings", "WarmUpSettings",
    "WindowSettings",
]  # fmt: skip

DnsName = Annotated[
    OneLine,
    matching(
        r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", "'{}' is not a name in DNS of small letters, digits, dots and hyphens"
    ),
]


def _rates(value: Any) -> Any:
    """Domains in small letters, as they are compared."""
    if not isinstance(value, dict):
        return value
    return {str(domain).strip().lower().removeprefix("@"): rate for domain, rate in value.items()}


def _ascii(value: dict[str, float]) -> dict[str, float]:
    for domain in value:
        if not domain.isascii() or "." not in domain:
            raise ValueError(f"'{domain}' is not a domain in ASCII, like example.org or xn--bcher-kva.example")
    return value


Rate = Annotated[float, Field(gt=0, le=100_000)]
Share = Annotated[float, Field(gt=0, le=1)]
Rates = Annotated[dict[str, Rate], BeforeValidator(_rates), AfterValidator(_ascii)]


MOST_CONNECTIONS = 64


def _connections(value: Any) -> int:
    if value == "auto":
        return 0
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_CONNECTIONS:
        return value
    raise ValueError(f"'{value}' is neither auto nor a number from 1 to {MOST_CONNECTIONS}")


Connections = Annotated[
    int,
    BeforeValidator(_connections),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": MOST_CONNECTIONS}]}),
]
"""A number of connections; 0 for ``auto``."""


class BreakerSettings(Table):
    """The breaker: sending stops by itself when a share of the last messages came back."""

    window: int = Field(100, ge=10, le=10_000, description="Messages that are looked back on")
    delayed: Share = Field(0.5, description="Share that was put off (4xx); the run ends, and the next one goes on")
    failed: Share = Field(0.3, description="Share that was refused for good (5xx)")
    policy: Share = Field(0.1, description="Share that was refused for what we are or wrote (5.7.x)")


NO_VARIABLE = "this is not the name of a variable, like TIPSHEET_DKIM_KEY; a key has no place here"


class DkimSettings(Table):
    """A signature that we put on letters ourselves; most mail servers do it for you."""

    selector: DnsName = Field(description="Name under which the public key stands in DNS, before `._domainkey.`")
    domain: DnsName | None = Field(None, description="Domain that signs; default is the sender's")
    key_env: Annotated[OneLine, matching("[A-Z][A-Z0-9_]*", NO_VARIABLE)] = Field(
        "TIPSHEET_DKIM_KEY", description="Variable that holds the private key in PEM form, or the path of its file"
    )


class WindowSettings(Table):
    """Hours of the day in which letters go."""

    opens: int = Field(ge=0, le=23, description="Hour from which letters go")
    closes: int = Field(ge=1, le=24, description="Hour from which they do not")
    zone_attribute: OneLine | None = Field(
        None, description="Attribute that names a reader's time zone; where it is empty the publication's counts"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("a window opens before it closes, on one day")
        return self


class WarmUpSettings(Table):
    """A cap a day that grows, for a sender that mailbox providers do not know yet."""

    first: int = Field(200, ge=1, le=1_000_000, description="Letters on the first day, at most")
    factor: float = Field(
        2.0, gt=1, le=10, description="What the cap of each further day with letters is multiplied by"
    )
    until: int = Field(100_000, ge=1, le=10_000_000, description="Letters a day at which the warm-up is over")


class DeliverySettings(Table):
    """Sending of letters. The server, its password and the keys come from the environment."""

    bounces: Address | None = Field(
        None,
        description="Address that letters which cannot be delivered return to; default is the sender's. With "
        "`service.mailbox` each letter has a return path of its own instead",
    )
    cfbl: Address | None = Field(
        None,
        description="Address for complaints in every letter's CFBL-Address (RFC 9477): at the sender's domain or below "
        "it, and covered by the DKIM signature together with CFBL-Feedback-ID",
    )
    connections: Connections = Field(
        4, description="Connections to the mail server at a time; `auto` opens as many as pay, and says how many"
    )
    most_connections: int = Field(48, ge=1, le=64, description="Connections that `auto` opens, at most")
    rate: Rate | None = Field(None, description="Letters a second, at most")
    domain_rate: Rate | None = Field(None, description="Letters a second to any one recipient domain, at most")
    domain_rates: Rates = Field({}, description="The same for single domains: `{gmail.com: 20}`")
    give_up_hours: int = Field(48, ge=1, le=240, description="Hours after which a letter that is put off has failed")
    late: Literal["send", "hold", "skip"] = Field(
        "hold", description="What becomes of an issue that nobody sent within `max_late_hours`"
    )
    max_late_hours: int = Field(24, ge=1, le=24 * 30, description="Hours after its moment in which an issue is sent")
    breaker: BreakerSettings = Field(BreakerSettings(), description="When sending stops by itself")
    daily: int | None = Field(None, ge=1, le=100_000_000, description="Letters a day in all, at most")
    warm_up: WarmUpSettings | None = Field(None, description="A cap a day that grows, for a new sender")
    window: WindowSettings | None = Field(None, description="Hours in which letters go; default is any")
    dkim: tuple[DkimSettings, ...] = Field((), max_length=4, description="Signatures that we put on letters ourselves")


Fingerprint = Annotated[
    OneLine,
    BeforeValidator(lambda value: str(value).replace(" ", "").upper()),
    matching(r"[0-9A-F]{40}", "'{}' is not the fingerprint of an OpenPGP key, of 40 digits"),
]


class ReviewSettings(Table):
    """Approval of letters before they go out."""

    required: bool = Field(False, description="Send approved letters alone; `tipsheet approve` approves one")
    signers: OneLine = Field(
        "allowed_signers",
        description="File of SSH keys that may approve, as ssh-keygen(1) describes allowed signers; "
        "`TIPSHEET_ALLOWED_SIGNERS` names another one, outside the repository",
    )
    keys: tuple[Fingerprint, ...] = Field((), description="Fingerprints of OpenPGP keys that may approve")
