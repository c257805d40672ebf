"""The tables of the ``tipsheet`` entry in mkdocs.yml; the settings reference in docs/ is made from them.

Secrets have no place in them: servers, passwords and keys come from the environment.
"""

import datetime as dt
import re
from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, GetPydanticSchema, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tipsheet.fields import TEXT, Address, OneLine, Table, WebAddress, Whole, Zone, matching
from tipsheet.settings.delivery import DeliverySettings, ReviewSettings
from tipsheet.settings.look import Look
from tipsheet.words import ENGLISH, words_of

__all__ = [
    "CommentSettings", "EditorTable", "FeedSettings", "GiscusSettings", "LanguageTable", "MailSettings", "PluginTable",
    "Schedule", "ServiceSettings", "SharePictureSettings", "SubscribeSettings", "Weekday",
]  # fmt: skip


class Weekday(IntEnum):
    """Days of the week as `datetime.date.weekday` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


def _weekday(value: Any) -> Weekday:
    if isinstance(value, Weekday):
        return value
    try:
        return Weekday[str(value).upper()]
    except KeyError:
        raise ValueError(f"'{value}' is not a day of the week like tuesday") from None


def _any_case(day: Weekday) -> str:
    """A pattern of the day's name in small and capital letters, for a dialect of patterns without a flag for it."""
    return "".join(f"[{letter}{letter.lower()}]" for letter in day.name)


def _time(value: Any) -> dt.time:
    if isinstance(value, dt.time):
        return value
    try:
        return dt.time.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"'{value}' is not a time of day like 07:00") from None


def _feed_file(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+\.(xml|rss)", value) or value in {"actions.xml", "sitemap.xml"}:
        raise ValueError(f"'{value}' is not a file name like feed.xml, or is taken")
    return value


def _has_token(value: str) -> str:
    if "@@token@@" not in value:
        raise ValueError("the address has no @@token@@, by which a reader is known without their name")
    return value


HostName = Annotated[
    OneLine,
    matching(
        r"(?i)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+", "'{}' is not the name of a host like video.example.org"
    ),
    AfterValidator(str.lower),
]
ServiceUrl = Annotated[WebAddress, AfterValidator(lambda url: url.rstrip("/"))]
TokenAddress = Annotated[WebAddress, AfterValidator(_has_token)]
TimeOfDay = Annotated[dt.time, BeforeValidator(_time), WithJsonSchema({**TEXT, "examples": ["07:00"]})]
DayOfWeek = Annotated[
    Weekday,
    BeforeValidator(_weekday),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [day.name.lower() for day in Weekday]},
                {"type": "string", "pattern": f"^({'|'.join(map(_any_case, Weekday))})$"},
            ]
        }
    ),
]


class EditorTable(Table):
    """The person that readers write to."""

    name: OneLine = Field(description="Name that stands beside the address")
    email: Address = Field(description="Address for questions and comments, and the Reply-To of the mail")


class Schedule(Table):
    """Day and time at which issues appear."""

    day: DayOfWeek = Field(Weekday.TUESDAY, description="Day of the week of the next free slot for `tipsheet new`")
    time: TimeOfDay = Field(dt.time(7), description="Time of day of an issue whose date names none")

    def moment(self, date: dt.date | dt.datetime, zone: dt.tzinfo) -> dt.datetime:
        """The moment that a date in a header means, in the zone: a day alone is the scheduled time of that day."""
        if not isinstance(date, dt.datetime):
            return dt.datetime.combine(date, self.time, zone)
        return date.replace(tzinfo=zone) if date.tzinfo is None else date.astimezone(zone)


class MailSettings(Table):
    """Head and foot of the mail."""

    sender: OneLine | None = Field(None, description="From: `Name <address>` or an address; default is the editor")
    unsubscribe_url: TokenAddress | None = Field(
        None,
        description="https address that ends a subscription, with @@token@@ where the reader's token goes; default is "
        "the service's own",
    )
    unsubscribe_email: Address | None = Field(
        None,
        description="Address that ends a subscription by mail with the subject `unsubscribe` and the reader's token; "
        "default is `leave+…` at the domain of `service.mailbox`",
    )
    preferences_url: TokenAddress | None = Field(
        None, description="https address where a reader changes segments, with @@token@@"
    )
    list_id: OneLine | None = Field(None, description="List-Id (RFC 2919); default is made from the site's host")
    page_width: Whole = Field(600, ge=480, le=700, description="Width of the letter in px")


class FeedSettings(Table):
    """The feeds."""

    file: Annotated[OneLine, AfterValidator(_feed_file)] = Field("feed.xml", description="File name of every RSS feed")
    items: Whole = Field(30, ge=20, le=50, description="Newest items in a feed; older ones stand in archive documents")
    bytes: Whole = Field(
        512 * 1024, ge=64 * 1024, description="Upper size of a feed; older items move to the archive documents"
    )
    hub: WebAddress | None = Field(None, description="WebSub hub that is named in the feeds")


class SubscribeSettings(Table):
    """The subscribe form."""

    url: WebAddress | None = Field(None, description="Address that the form posts to; default is the service's own")
    consent: OneLine = Field(words_of(ENGLISH, "settings")("consent_one_click"), description="Words a reader agrees to")


class ServiceSettings(Table):
    """The service by which readers subscribe, change and unsubscribe: `tipsheet web`, or a mailbox."""

    url: ServiceUrl | None = Field(
        None,
        description="Address at which `tipsheet web` answers; default is where `mail.unsubscribe_url` says so with "
        "`/leave/@@token@@` at its end. Where it is set, `subscribe.url`, `mail.unsubscribe_url` and "
        "`mail.preferences_url` are made from it where they are not set",
    )
    mailbox: Address | None = Field(
        None,
        description="Mailbox for answers and reports; what comes to `leave+…`, `confirm+…` and `bounces+…` at its "
        "domain must arrive there",
    )
    form_senders: tuple[Address, ...] = Field(
        (),
        description="Addresses from which a form provider mails what readers type into a form elsewhere; "
        "`tipsheet inbox` asks whoever stands in such a mail to confirm",
    )
    proof: bool = Field(False, description="Ask browsers at the form for a proof of work (ALTCHA)")
    done: bool = Field(False, description="Let readers tell that they did an action; only a count is kept")
    per_hour: Whole | None = Field(
        None,
        ge=1,
        description="Letters that strangers may cause by the form in any hour, such as those that ask to confirm; "
        "default grows with the list, from 50",
    )
    per_day: Whole | None = Field(None, ge=1, description="The same for any day; default grows with the list, from 200")


class GiscusSettings(Table):
    """Comments kept in the discussions of a GitHub repository; https://giscus.app gives the values."""

    repo: Annotated[OneLine, matching(r"[\w.-]+/[\w.-]+", "'{}' is not a repository like owner/name")] = Field(
        description="Public repository, `owner/name`"
    )
    repo_id: OneLine = Field(description="Its id, as giscus.app shows it")
    category: OneLine = Field(description="Name of the discussion category")
    category_id: OneLine = Field(description="Its id, as giscus.app shows it")


class CommentSettings(Table):
    """Comments under issues, besides a letter to the editor."""

    giscus: GiscusSettings | None = Field(
        None,
        description="Comments by giscus.app: the one thing on the site that another host serves. Nothing is fetched "
        "from there before a reader asks for the comments, and the page says so",
    )


class SharePictureSettings(Table):
    """Pictures that social networks show where a page is passed on, drawn of its title in the colours of `look:`."""

    newest: Whole = Field(
        12,
        ge=0,
        description="Newest issues and articles that have one of their own, unless they have a picture; all other "
        "pages share one with the name of the publication. 0 draws none",
    )
    font: OneLine | None = Field(
        None,
        description="Font for them (TTF or OTF), a file beside `mkdocs.yml`; ours have Latin, Greek and Cyrillic "
        "letters, and a title in others is left out",
    )


def _codes(value: Any) -> Any:
    """Tables by code, of which one may be empty, for the codes alone, or for one of them."""
    if isinstance(value, str):
        return {value: {}}
    if isinstance(value, dict):
        return {code: {} if words is None else words for code, words in value.items()}
    listed = isinstance(value, list) and all(isinstance(code, str) for code in value)
    return {code: {} for code in value} if listed else value


def _or_codes(schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """The JSON Schema of tables by code, or of the codes alone."""
    tables = handler(schema)
    inside = tables.get("additionalProperties", {})
    tables["additionalProperties"] = {"anyOf": [inside, {"type": "null"}]}
    return {"anyOf": [{"type": "array", "items": TEXT}, TEXT, tables]}


class LanguageTable(Table):
    """Words of the publication in one of its other languages; those that are missing are as in the first."""

    name: OneLine = Field("", description="Name of the publication", validate_default=False)
    tagline: OneLine = Field("", description="One line under the name", validate_default=False)
    promise: OneLine = Field("", description="What a reader gets, in one line", validate_default=False)
    description: OneLine = Field("", description="Description for search engines and feeds", validate_default=False)
    consent: OneLine = Field("", description="Words a reader agrees to", validate_default=False)
    segments: dict[str, OneLine] = Field({}, description="Titles of segments, by their names")


class PluginTable(Table):
    """The ``tipsheet`` entry of mkdocs.yml; ``attributes``, ``segments`` and ``words`` are read on their own."""

    tagline: OneLine = Field("", description="One line under the name of the publication", validate_default=False)
    promise: OneLine = Field("", description="What a reader gets, in one line", validate_default=False)
    editor: EditorTable = Field(description="Whom readers write to")
    postal_address: OneLine = Field(description="Postal address in the foot of every mail, which the law asks for")
    logo: OneLine = Field("", description="PNG of the mark, relative to the content folder", validate_default=False)
    time_zone: Zone = Field(description="Time zone of dates without one")
    schedule: Schedule = Field(Schedule(), description="When an issue appears")
    languages: Annotated[
        dict[str, LanguageTable],
        BeforeValidator(_codes),
        GetPydanticSchema(get_pydantic_json_schema=_or_codes),
    ] = Field(
        {},
        description="Languages besides the theme's into which issues are translated: their codes, or the "
        "publication's own words in each by its code",
    )
    mail: MailSettings = Field(MailSettings(), description="The mail")
    delivery: DeliverySettings = Field(DeliverySettings(), description="How letters are sent")
    review: ReviewSettings = Field(ReviewSettings(), description="Approval before letters go out")
    feed: FeedSettings = Field(FeedSettings(), description="The feeds")
    service: ServiceSettings = Field(ServiceSettings(), description="The service for readers")
    subscribe: SubscribeSettings | None = Field(
        None, description="The subscribe form; without it the page explains feeds only"
    )
    share: tuple[Literal["linkedin", "bluesky", "mastodon"], ...] = Field(
        (), description="Share links on issue pages, besides mail"
    )
    share_pictures: SharePictureSettings = Field(SharePictureSettings(), description="Pictures for social networks")
    comments: CommentSettings = Field(CommentSettings(), description="Comments on issue pages, besides mail")
    words: dict[str, Any] = Field(
        {},
        description="Words of your own in place of [ours](words.md), by subject: `{site: {subscribe: Join us}}`; or by "
        "language, as a file of them: `{da: words/da.toml}`",
    )
    look: Look = Field(Look(), description="Colours and type; the colours come from theme: palette: primary: too")
    allow: tuple[HostName, ...] = Field(
        (), description="Hosts that pages may make a browser ask, such as `video.example` for its frames"
    )
    list_size: Whole = Field(20, ge=5, le=100, description="Issues on one list page")
    search_full_text: Whole = Field(
        200,
        ge=0,
        description="Newest issues and articles of which search knows every word; older ones are found by "
        "title, tags, description and action, so that the index stays small",
    )
    cooldown_weeks: Whole = Field(
        12, ge=1, le=520, description="Weeks before `tipsheet assemble` takes an action again"
    )
    word_budget: Whole | None = Field(
        None, ge=50, description="Words that an issue may have for any reader (TS234); default is no budget"
    )
    attributes: dict[str, Any] = Field({}, description="Facts about subscribers that rules may ask for")
    segments: dict[str, Any] = Field({}, description="Named parts of the readership, by rule")
    lint: dict[str, Any] = Field(
        {}, description="Levels of findings by their code: `off`, `warning` or `error`; see [problems](problems.md)"
    )
