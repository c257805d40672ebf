"""S25 in the service: pages, letters and calendars in the language of the reader, or of the page that one comes from.

The publication is built, the service answers on loopback, and its visitor has no JavaScript: a form is sent with the
fields that stand in it.
"""

import datetime as dt
import email
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage, Message
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import icalendar
import lxml.html
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from tests.audience.people import SECRET
from tests.delivery.sink import Sink, running
from tests.folders import write_publication
from tests.languages.builders import IN_GERMAN, files
from tests.web.builders import RECORD, Clock
from tipsheet.audience.secret import TEST_ID
from tipsheet.audience.subscriber import Subscriber, find_by
from tipsheet.edition.service import MAILS, read_service, record_of_pages, record_of_service
from tipsheet.model.language import language_for, language_segments, segments_for
from tipsheet.model.segment import Reader, matches
from tipsheet.press import prepare
from tipsheet.rendering.service.pages import Frame, compile_pages
from tipsheet.rendering.service.record import record_of_publication
from tipsheet.rendering.service.units import write_pages, write_record, write_service_letter
from tipsheet.rendering.templates import template_environment
from tipsheet.store.database import open_store
from tipsheet.store.tables import consent_event, signup, subscriber, wording
from tipsheet.web import beside, create_app, serve_at
from tipsheet.web.guards import MAX_BODY
from tipsheet.web.letters import Post, work_off
from tipsheet.web.service import Outbox, Service, language_of
from tipsheet.words import own_name, words_of

NOW = dt.datetime(2026, 11, 18, 8, tzinfo=dt.UTC)
SERVED = IN_GERMAN.replace(
    "languages: [de]",
    "languages: {de: {name: Das Prüfblatt, segments: {managers: Führungskräfte}}, ar: {}, pt-BR: {}}",
).replace("      mail:", '      service: {url: "https://lists.sheet.example/", done: true}\n      mail:')
LANGUAGES = ("en", "de", "ar", "pt-BR")
HOME = "https://lists.sheet.example/"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An outbox in four languages, of which one is written from right to left: what a build leaves for the service."""
    root = write_publication(tmp_path_factory.mktemp("served") / "publication", files(**{"mkdocs.yml": SERVED}))
    prepared = prepare(root, now=NOW)
    spoken, publication, templates = prepared.settings, prepared.publication, template_environment()
    assert spoken is not None
    assert publication is not None
    record = record_of_publication(publication.out(), spoken)
    made = (
        write_record(record),
        write_pages(templates, record, Frame()),
        *(write_service_letter(spoken, templates, name, spoken.segments) for name in MAILS),
    )
    for path, data in (item for files_of_one in made for item in files_of_one.files.items()):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root / "outbox"


@dataclass
class Shown:
    """A page as a visitor sees it."""

    url: str
    status: int
    text: str

    def __post_init__(self) -> None:
        self.document = lxml.html.fromstring(self.text)

    @property
    def heading(self) -> str:
        return " ".join(self.document.find(".//h1").text_content().split())

    @property
    def language(self) -> str:
        return str(self.document.get("lang"))


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes


def asked(url: str, body: bytes | None = None, wants: str = "") -> Answer:
    """What the service answers."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=60)
    headers = {"Accept-Language": wants} | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request("GET" if body is None else "POST", path, body, headers)
    answer = connection.getresponse()
    found = Answer(answer.status, answer.headers, answer.read())
    connection.close()
    return found


@dataclass
class Visitor:
    """Somebody with a browser that asks for these languages, and runs no script."""

    base: str
    clock: Clock
    wants: str = "en"
    shown: Shown = field(init=False, repr=False)

    def open(self, address: str, data: Mapping[str, object] | None = None) -> Shown:
        url = urljoin(self.base, address.replace(HOME, self.base))
        body = urlencode(data, doseq=True).encode() if data is not None else None
        answer = asked(url, body, self.wants)
        if answer.status == 303:
            return self.open(urljoin(url, answer.headers["Location"]))
        self.shown = Shown(url, answer.status, answer.body.decode())
        return self.shown

    def send(self, button: str = "", form: int = 0, **typed: object) -> Shown:
        """Send a form of the page with what stands in it and what is typed; ``button`` is the value of one."""
        self.clock.forward(seconds=5)  # nobody fills in a form at once
        found = self.shown.document.forms[form]
        fields: dict[str, object] = {}
        for name, value in found.form_values():
            fields.setdefault(name, []).append(value)  # type: ignore[attr-defined]
        pressed = {"do": button} if button else {}
        return self.open(urljoin(self.shown.url, found.action or ""), {**fields, **pressed, **typed})


@dataclass
class House:
    """The service at work, its store, and the letters that have arrived."""

    base: str
    service: Service
    clock: Clock
    sink: Sink

    def letter(self) -> EmailMessage:
        """The one letter that waits."""
        before = len(self.sink.accepted)
        work_off(Post(service=self.service, connect=self.sink.connect))
        (arrived,) = self.sink.accepted[before:]
        found = email.message_from_bytes(arrived.message, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def reader(self, address: str = "ada@example.org") -> Subscriber:
        with self.service.engine.connect() as connection:
            found = find_by(connection, email_norm=address)
        assert found is not None
        return found

    def visitor(self, wants: str = "en") -> Visitor:
        return Visitor(self.base, self.clock, wants)

    def path(self, page: str) -> str:
        return f"{page}/{SECRET.leave_token(self.reader().public_id)}"

    def agreed(self) -> list[str]:
        """The words of all events of consent."""
        query = sa.select(wording.c.text).join(consent_event).order_by(consent_event.c.id)
        with self.service.engine.connect() as connection:
            return [*connection.execute(query).scalars()]


@pytest.fixture
def house(built: Path, sqlite_store_url: str) -> Iterator[House]:
    clock = Clock(NOW)
    engine = open_store(sqlite_store_url)
    service = Service(engine=engine, outbox=Outbox(built), secret=SECRET, clock=clock)
    with running(Sink()) as sink, beside(serve_at(create_app(service), "127.0.0.1", 0, 2)) as server:
        yield House(f"{server.url}/", service, clock, sink)
    engine.dispose()


def said(language: str, name: str, subject: str = "pages", **values: object) -> str:
    return words_of(language, subject)(name, **values)


def body_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(letter: EmailMessage) -> str:
    found = re.search(rf"{HOME}\S+", body_of(letter))
    assert found
    return found[0]


def joined(house: House, language: str = "de", **fields: object) -> Visitor:
    """A reader who came by the form of the site in this language (`test_site` has its fields)."""
    visitor = house.visitor()
    form = {"form": "page", "language": language, "email": "ada@example.org", "consent": "yes"}
    visitor.open("subscribe", {**form, **fields})
    visitor.open(link_in(house.letter()))
    visitor.send()
    return visitor


def test_the_way_in_speaks_the_language_of_the_page_it_began_on(house: House, built: Path) -> None:
    """Through a form with a mistake, the letter, its link and a second press of its button, in an English browser."""
    visitor = house.visitor("en-GB,en;q=0.9")
    wrong = visitor.open("subscribe", {"form": "page", "language": "de", "email": "ada@"})
    assert (wrong.status, wrong.language) == (422, "de")
    assert said("de", "no_consent") in wrong.text
    assert "Führungskräfte" in wrong.text

    sent = visitor.send(email="ada@example.org", consent="yes")
    assert (sent.status, sent.language, sent.heading) == (200, "de", said("de", "asked_heading"))
    assert visitor.open(sent.document.find(".//main//a").get("href")).language == "de"  # the form, once more
    letter = house.letter()
    assert letter["Subject"] == said("de", "confirm_subject", "mails", publication="Das Prüfblatt")
    assert said("de", "confirm_title", "mails") in body_of(letter)
    assert said("en", "confirm_title", "mails") not in body_of(letter)

    link = link_in(letter)
    assert visitor.open(link).heading == said("de", "confirm_heading")
    button = visitor.shown
    assert visitor.send().heading == said("de", "on_list")
    visitor.shown = button
    again = visitor.send()  # pressed twice, or the page is gone back to
    assert (again.status, again.language, again.heading) == (410, "de", said("de", "expired_heading"))
    assert visitor.open(link).language == "de"
    assert house.reader().locale == "de"
    form_words = read_service(built).in_language("de").consent
    assert house.agreed() == [form_words, form_words]


@pytest.mark.parametrize(("folder", "language"), [("", "en"), ("de/", "de"), ("ar/", "ar"), ("pt-br/", "pt-BR")])
def test_the_form_of_each_language_subscribes_to_it(house: House, folder: str, language: str) -> None:
    """In a browser that asks for another; Arabic is written from right to left."""
    confirmed = joined(house, language).shown
    assert (confirmed.language, confirmed.heading) == (language, said(language, "on_list"))
    assert confirmed.document.get("dir") == ("rtl" if language == "ar" else "ltr")
    assert confirmed.document.find(".//header//a").get("href") == f"https://sheet.example/{folder}"
    assert house.reader().locale == language
    shown = house.visitor("fr").open(house.path("preferences"))
    assert shown.language == language
    (ticked,) = shown.document.xpath("//input[@name='language'][@checked]/@value")
    assert ticked == language


def test_all_that_a_reader_can_open_speaks_their_language(house: House) -> None:
    """Preferences, a new address, a friend, unsubscribing and undoing it, erasing; the browser asks for English."""
    visitor = joined(house)
    assert visitor.open(house.path("preferences")).heading == said("de", "preferences_heading", publication=PAPER)
    wrong = visitor.send(pause="day", pause_until="2026-13-45")
    assert (wrong.status, wrong.language, said("de", "bad_day") in wrong.text) == (422, "de", True)

    visitor.open(house.path("preferences"), {"do": "address", "email": "ada@example.net"})
    letter = house.letter()
    assert letter["Subject"] == said("de", "address_subject", "mails", publication=PAPER)
    assert visitor.open(link_in(letter)).heading == said("de", "confirm_address_heading")
    assert visitor.send().heading == said("de", "confirmed_address_heading")
    assert house.letter()["Subject"] == said("de", "changed_subject", "mails", publication=PAPER)

    ada = house.reader("ada@example.net")
    leave, forward = (f"{page}/{SECRET.leave_token(ada.public_id)}" for page in ("leave", "forward"))
    assert "Stelle eine Frage" in visitor.open(forward).text
    assert visitor.send(email="friend@example.org").heading == said("de", "thanks")
    letter = house.letter()
    assert "Stelle eine Frage" in letter["Subject"]
    assert "https://sheet.example/de/issues/ask/" in body_of(letter)

    assert visitor.open(leave).heading == said("de", "leave_heading", publication=PAPER)
    assert visitor.send().heading == said("de", "off_list")
    assert visitor.send("undo").heading == said("de", "back_heading")
    words = words_of("de", "service")
    assert house.agreed()[-2:] == [words(name, publication=PAPER) for name in ("leave", "undo")]

    visitor.open(f"preferences/{SECRET.leave_token(ada.public_id)}/erase")
    assert said("de", "erase_wrong") in visitor.send(email="eve@example.org").text
    page = visitor.shown
    assert visitor.send(email="ada@example.net").heading == said("de", "erased_heading")
    visitor.shown = page
    assert visitor.send(email="ada@example.net").heading == said("de", "erased_heading")  # sent twice


PAPER = "Das Prüfblatt"


def test_a_reader_changes_the_language_and_all_else_stays(house: House) -> None:
    """The next page, letter and calendar have it; what was not changed in the form writes nothing."""
    visitor = joined(house, segments=["managers"])
    before = house.reader()
    visitor.open(house.path("preferences"))
    count = len(house.agreed())
    assert visitor.send("save").language == "de"
    assert (house.reader(), len(house.agreed())) == (before, count)

    assert visitor.send("save", language="xx").language == "de"
    assert house.reader() == before

    saved = visitor.send("save", language="ar")
    assert (saved.language, saved.document.get("dir")) == ("ar", "rtl")
    assert said("ar", "saved") in saved.text
    after = house.reader()
    assert (after.locale, after.attributes) == ("ar", {"role": "manager"})
    assert house.agreed()[-1] == "Language: ar"

    house.visitor().open("subscribe", {"email": "ada@example.org", "consent": "yes", "language": "de"})
    assert house.letter()["Subject"] == said("ar", "known_subject", "mails", publication="The Test Sheet")


def test_a_reader_of_a_region_keeps_it(house: House) -> None:
    """Whoever reads de-AT is shown German as theirs, and it is no change to leave it so."""
    visitor = joined(house, language="de-AT")
    assert house.reader().locale == "de"
    with house.service.engine.begin() as connection:
        connection.execute(sa.update(subscriber).values(locale="de_AT"))
    visitor.open(house.path("preferences"))
    assert visitor.send("save", first_name="Ada").language == "de"
    assert (house.reader().locale, house.reader().first_name) == ("de_AT", "Ada")


def test_the_calendar_of_a_reader_is_in_their_language(house: House) -> None:
    """Actions and words; the same ids in each, so that a change of language moves no entry."""
    visitor = joined(house)
    visitor.open(house.path("preferences"))
    visitor.send("calendar", form=2)
    (address,) = visitor.shown.document.xpath("//a[contains(@href, '.ics')]/@href")

    def calendar() -> icalendar.Calendar:
        return icalendar.Calendar.from_ical(asked(address.replace(HOME, house.base)).body)

    def told() -> tuple[str, ...]:
        whole = calendar()
        titles = {str(c["uid"]): str(c["summary"]) for c in whole.walk("VTODO")}
        return titles["action-ask-first@sheet.example"], titles["action-do-2026-w46@sheet.example"], str(whole["name"])

    name = words_of("de", "service")("plan", publication=PAPER)
    assert told() == ("Stelle eine Frage, bevor du vorträgst", "Do 2026-w46", name)  # the second is not translated
    task = next(c for c in calendar().walk("VTODO") if "ask-first" in c["uid"])
    assert words_of("de", "service").count("minutes", 10) in task["description"]
    assert "/de/issues/ask/" in task["url"]
    visitor.open(house.path("preferences"))
    visitor.send("save", language="en")
    assert told()[0] == "Ask one question before you pitch"
    visitor.send("save", language="ar")  # into which nobody has translated it
    assert told()[0] == "Ask one question before you pitch"


def test_one_click_is_as_it_was(house: House) -> None:
    """RFC 8058: 200, no redirect, no cookie, whatever a language says; nobody has read words of ours."""
    joined(house)
    path = house.path("leave")
    answer = asked(house.base + path, b"List-Unsubscribe=One-Click&language=xx")
    assert (answer.status, answer.headers["Location"], answer.headers["Set-Cookie"]) == (200, None, None)
    assert house.reader().status == "unsubscribed"
    assert len(house.agreed()) == 2  # of the way in


def test_pages_opened_without_a_page_before_are_in_the_browser_s_language(house: House) -> None:
    visitor = house.visitor("fr, de-CH;q=0.8, en;q=0.5")
    shown = visitor.open("subscribe")
    assert (shown.language, shown.heading) == ("de", said("de", "subscribe_heading", publication=PAPER))
    (other,) = [a for a in shown.document.iter("a") if a.get("hreflang") == "ar"]
    assert (other.get("href"), other.text) == ("?language=ar", own_name("ar"))
    assert visitor.open("subscribe?language=ar").language == "ar"
    visitor.open("subscribe?language=ar")
    assert visitor.send(email="ada@", consent="yes").language == "ar"
    for address in ("leave/nobody", "plan/nobody.ics", "confirm/nobody", "nothing", "done/nothing"):
        assert visitor.open(address).language == "de", address
    visitor.open("done/ask-first")
    assert visitor.shown.heading == "Stelle eine Frage, bevor du vorträgst"


SAID = [
    # locale of the reader, field of the form, query, Accept-Language, the language
    (None, "", "", "", ""),
    (None, "", "", "de", "de"),
    (None, "", "", "de-AT;q=0.5, fr;q=0.9, pt;q=0.4", "de"),
    (None, "", "", "en-US, de;q=0.9", "en"),
    (None, "", "", "de;q=0, ar", "ar"),
    (None, "", "", "*", ""),
    (None, "", "", ",".join(f"x{n}" for n in range(500)) + ",de", ""),
    (None, "", "", "de-" + "a-" * 10_000, ""),
    (None, "de", "", "en", "de"),
    (None, "", "de", "en", "de"),
    (None, "ar", "de", "en", "ar"),
    (None, "DE-at", "", "en", "de"),
    (None, "pt", "", "en", "pt-BR"),
    (None, "xx", "", "de", "de"),
    (None, "'; DROP TABLE signup;--", "", "de", "de"),
    (None, "../../de", "<script>", "", ""),
    (None, "de\r\nSet-Cookie: a=b", "", "", ""),
    (None, "de" * 5_000, "", "", ""),
    (None, "language-de", "", "", ""),
    ("de", "ar", "ar", "ar", "de"),
    ("de_AT", "", "", "en", "de"),
    ("nl", "de", "de", "de", ""),
    ("", "de", "de", "de", ""),
]


@pytest.mark.parametrize(("locale", "form", "query", "wants", "language"), SAID)
def test_the_language_of_a_request(locale: str | None, form: str, query: str, wants: str, language: str) -> None:
    """The reader's, else the page's, else the browser's; what we do not have says nothing."""
    builder = EnvironBuilder(
        method="POST", data={"language": form}, query_string={"language": query}, headers={"Accept-Language": wants}
    )
    request = Request(builder.get_environ())
    assert language_of(request, LANGUAGES, locale) == language
    assert language_of(request, (), locale) == ""


codes = st.from_regex(r"[a-z]{2}([-_][A-Za-z]{2,4}){0,2}", fullmatch=True) | st.sampled_from(["de", "de-AT", "pt-BR"])


@settings(max_examples=30)
@given(languages=st.lists(codes.map(lambda code: code.replace("_", "-")), min_size=2, max_size=6, unique_by=str.lower))
def test_one_rule_says_the_language_of_letters_and_of_pages(languages: list[str]) -> None:
    """The segment that an issue asks for, and the language of a page, for every locale near them."""
    segments = [*language_segments(languages, {one: one for one in languages})]
    for locale in [*languages, *(f"{one}_XY" for one in languages), *(one[:2] for one in languages), "", "zz-Zz"]:
        reader = Reader(locale=locale)
        assert segments_for(locale, languages) == {s.id for s in segments if matches(s.rule, reader)}, locale
        assert (language_for(locale, languages) in languages[1:]) is bool(segments_for(locale, languages)), locale


def test_a_form_without_a_language_and_one_of_a_stranger_subscribe_nobody_to_one(house: House) -> None:
    """What was typed into the field is never kept: only a language that we have, or nothing."""
    for number, language in enumerate(("", "xx", "de'\"><b>", "d" * 300)):
        house.visitor("").open("subscribe", {"email": f"a{number}@example.org", "consent": "yes", "language": language})
    with house.service.engine.connect() as connection:
        assert {*connection.execute(sa.select(signup.c.locale)).scalars()} == {""}


def test_one_place_decides_the_language() -> None:
    """No template, and no route, asks by itself."""
    root = Path(__file__).parents[2] / "tipsheet"
    asking = [
        file.name
        for folder, ending in (("web", "*.py"), ("templates/service", "*.html"))
        for file in (root / folder).rglob(ending)
        if re.search(r"accept_languages|Accept-Language|navigator\.language", file.read_text())
    ]
    assert asking == ["service.py"]


def test_with_one_language_nothing_says_one() -> None:
    """The same bytes as without languages: no field, no query, no line in the record."""
    pages = record_of_pages(compile_pages(template_environment(), RECORD))
    assert not re.search(r'language=|name=."language', pages)
    assert not {"languages", "others"} & json.loads(record_of_service(RECORD)).keys()


def test_a_body_that_cannot_be_read_has_a_page_all_the_same(house: House) -> None:
    """Its language is in what was not read."""
    wrong = house.visitor("de").open("subscribe", {"email": "a" * MAX_BODY, "language": "ar"})
    assert (wrong.status, wrong.heading) == (413, said("en", "e413_heading"))
    unsubscribed = house.visitor("de").open(f"leave/{SECRET.leave_token(TEST_ID)}", {"email": "a" * MAX_BODY})
    assert (unsubscribed.status, unsubscribed.heading) == (200, said("en", "off_list"))
