"""What a build leaves for the service: its record, pages, letters and welcome letters (W3, W5, W8, W11, W13, K1)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest

from tests.conftest import Write
from tests.folders import MKDOCS, issue, write_png
from tests.sample import NOW, Sample
from tipsheet.delivery.schedule import outgoing
from tipsheet.delivery.welcome import read_series
from tipsheet.edition.edition import MESSAGE_DATE, Recipient
from tipsheet.edition.joining import PREVIEW
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import fields_of, read_edition
from tipsheet.edition.plan import EntryKind, plan_for
from tipsheet.edition.service import (
    MAILS,
    MAILS_BY_MAIL,
    SERVICE_FOLDER,
    Chosen,
    ServiceOutbox,
    fill_page,
    read_service,
)
from tipsheet.last_build import BuildOptions
from tipsheet.model.frequency import FREQUENCIES
from tipsheet.model.placeholders import CONFIRM, PASSED_ON, TOKEN
from tipsheet.press import build, check

SERVED = MKDOCS.replace("      mail:", '      service: {url: "https://lists.sheet.example/"}\n      mail:')
BY_MAIL = MKDOCS.replace("/leave/@@token@@", "/?out=@@token@@").replace(
    "      mail:", "      service: {mailbox: post@lists.sheet.example}\n      mail:"
)
WELCOME = """\
---
title: Welcome to the sheet
description: What comes, and when, and one thing to do that takes ten minutes.
---

Hello @@first_name or there@@.

/// only | toronto

Zqxlake.

///

/// action | Write one question down { id=write-it for=managers }

Text.

///
"""


def built(publication: Write, files: Mapping[str, str], config: str = SERVED) -> Path:
    """The outbox of a publication with these files."""
    root = publication({"mkdocs.yml": config, **files})
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox", strict=True), now=NOW)
    return root / "outbox"


def whole(folder: Path) -> str:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return "\n".join(f"{file.name}\n{file.read_bytes().decode(errors='replace')}" for file in files)


@pytest.fixture(scope="module")
def left(sample: Sample) -> ServiceOutbox:
    return read_service(sample.outbox)


def test_the_record_says_what_the_service_has_to_know(left: ServiceOutbox) -> None:
    record = left.record
    assert (record.name, record.site, record.url) == (
        "Half Turn",
        "https://halfturn.example",
        "https://lists.halfturn.example",
    )
    assert record.segments[0] == Chosen(
        id="managers",
        title="You lead a team",
        line="Coach the call, not the number. Ten minutes you can run in Monday\u2019s meeting.",
        tags=("manages",),
    )
    assert [(chosen.id, chosen.tags) for chosen in record.segments[1:]] == [
        ("sellers", ("sells",)),
        ("jobseekers", ("seeks",)),
    ]
    assert record.issues[0].url == "https://halfturn.example/issues/ask-one-more-question-before-you-quote/"


def test_the_plan_has_what_each_reader_is_given(left: ServiceOutbox) -> None:
    """W13, C6, C9: actions and events that are not over, a manager's own action in place of everyone's."""
    everyone, managers = (plan_for(left.record.plan, frozenset(names)) for names in ((), ("managers",)))
    assert {entry.uid for entry in everyone} != {entry.uid for entry in managers}
    assert [entry for entry in everyone if entry.kind is EntryKind.EVENT and entry.time_zone == "Europe/Amsterdam"]
    for entry in (*everyone, *managers):
        assert (entry.ends or entry.starts).isoformat()[:10] >= NOW.date().isoformat() or entry.ends is None
        assert entry.uid.endswith("@halfturn.example")
        assert "@@" not in entry.title + entry.text


def test_an_action_that_returns_has_one_uid_and_its_last_day(publication: Write) -> None:
    """W13: the calendar of a reader moves the entry, and has no second one."""
    files = {
        "content/tipsheets/a.md": issue(
            body="/// action | Go for a walk { id=go due=2026-12-01 }\n\n///", id="a", date="2026-11-09"
        ),
        "content/tipsheets/b.md": issue(body="/// action { use=go due=2026-12-08 }\n\n///", id="b", date="2026-11-16"),
    }
    plan = plan_for(read_service(built(publication, files)).record.plan, frozenset())
    assert [(entry.uid, str(entry.ends), entry.issue) for entry in plan if entry.name == "go"] == [
        ("action-go@sheet.example", "2026-12-08", "b")
    ]


def test_private_text_is_in_the_plan_alone_and_under_its_condition(publication: Write) -> None:
    """K1: pages, letters and choices know nothing of a private segment; its rule says to whom the plan shows what."""
    body = "/// event | Zqxdinner { starts=2026-12-10 for=toronto }\n\nZqxroom.\n\n///\n"
    outbox = built(publication, {"content/tipsheets/a.md": issue(body=body, id="a", date="2026-11-16")})
    data = json.loads((outbox / SERVICE_FOLDER / "service.json").read_text())
    secret, others = [one for one in data["plan"] if "Zqx" in str(one)], {**data, "plan": [], "rules": {}}
    assert [one["for"] for one in secret] == [[{"any": ["toronto"], "none": []}]]
    assert "toronto" not in str(others).lower()
    (outbox / SERVICE_FOLDER / "service.json").unlink()
    assert "zqx" not in whole(outbox / SERVICE_FOLDER).lower()
    assert "toronto" not in whole(outbox / SERVICE_FOLDER).lower()


def test_pages_stand_in_the_look_of_the_publication(left: ServiceOutbox, sample: Sample) -> None:
    """W14: nothing inline, nothing of another host; every file that is named is there."""
    for page in left.pages.values():
        html = fill_page(page, dict.fromkeys(page.slots, "x"), page.flags)
        assert html.count("<script") == html.count("<script src=")
        assert " style=" not in html
        assert "<style" not in html
        for part in html.split('"'):
            if "/assets/" in part and (page.name != "proof" or left.record.proof):
                assert (left.assets / part.rpartition("/")[2]).is_file(), part
    sheet = (left.assets / "service.css").read_text()
    assert "--spruce: #0B5B4D" in sheet
    assert "prefers-color-scheme: dark" in sheet
    assert "http" not in sheet


def test_the_page_that_asks_for_a_proof_has_its_script(publication: Write) -> None:
    """W4"""
    left = read_service(built(publication, {}, SERVED.replace('example/"}', 'example/", proof: true}')))
    page = left.page("proof")
    assert '<script src="/assets/proof.js">' in fill_page(page, dict.fromkeys(page.slots, ""), page.flags)
    assert (left.assets / "proof.js").is_file()


def test_files_of_pages_are_found_below_a_path(publication: Write) -> None:
    config = SERVED.replace("https://lists.sheet.example/", "https://sheet.example/list")
    page = read_service(built(publication, {}, config)).page("message")
    assert '<link rel="stylesheet" href="/list/assets/service.css">' in fill_page(page, dict.fromkeys(page.slots, ""))


OWN = {"confirm": {CONFIRM}, "known": {TOKEN}, "address": {CONFIRM}, "changed": {TOKEN}, "goodbye": set(),
       "forward": set(PASSED_ON)}  # fmt: skip


@pytest.mark.parametrize("name", MAILS)
def test_a_letter_of_the_service_holds_what_is_its_own(name: str, left: ServiceOutbox) -> None:
    """W5: it takes what makes it work, and nothing that anybody typed."""
    edition = left.mails[name]
    assert fields_of(edition) == {"message-key", MESSAGE_DATE, *OWN[name]}
    header = dict(edition.header)
    assert header["Auto-Submitted"] == ("auto-generated",)
    assert ("List-Unsubscribe" in header) is (name in ("known", "changed"))
    values = dict.fromkeys((CONFIRM, *PASSED_ON), "https://x.example/?a=1&b=2")
    nobody = Recipient(address="a@x.example", key="abc", token=PREVIEW[TOKEN])
    who = replace(nobody, values=values, date="Tue, 1 Dec 2026 07:00:00 +0100")
    assert b"Date: Tue, 1 Dec 2026 07:00:00 +0100\r\n" in Composer(edition).compose(who)
    with pytest.raises(ValueError, match="no value for"):
        Composer(edition).compose(nobody)


def test_a_confirmation_is_a_link_or_an_answer(left: ServiceOutbox) -> None:
    """W2, W8"""
    copy = left.assets.parent / "mail-confirm" / "everyone"
    text = copy.with_suffix(".txt").read_text()
    assert "seven days" in text
    assert "https://lists.halfturn.example/confirm/your-own-link" in text
    assert b"Reply-To: confirm+your-own-link@lists.halfturn.example\r\n" in copy.with_suffix(".eml").read_bytes()


def test_a_publication_with_a_mailbox_has_the_letters_that_need_no_page(publication: Write) -> None:
    """W8"""
    outbox = built(publication, {}, BY_MAIL)
    assert tuple(read_service(outbox).mails) == MAILS_BY_MAIL
    text = (outbox / SERVICE_FOLDER / "mail-confirm" / "everyone.txt").read_text()
    assert "Answer this letter" in text
    assert "/confirm/" not in text


def test_a_publication_without_a_service_leaves_nothing_for_one(publication: Write) -> None:
    assert not (built(publication, {}, MKDOCS.replace("/leave/@@token@@", "/?out=@@token@@")) / SERVICE_FOLDER).exists()


def test_a_template_of_the_publications_own_is_taken(publication: Write) -> None:
    config = SERVED.replace("  name: material\n", "  name: material\n  custom_dir: overrides\n")
    words = {"subject": "Yes?", "preheader": "Say yes, and the sheet comes to you every Tuesday.", "title": "Yes?"}
    blocks = "".join(f"{{% block {name} %}}{text}{{% endblock %}}" for name, text in words.items())
    body = "{% block body %}<p>Our own {{ slot('confirm') }}</p>{% endblock %}"
    files = {
        "overrides/email/service/confirm.html": blocks + body,
        "overrides/service/message.html": "{% extends 'service/frame.html' %}{% block content %}Ours.{% endblock %}",
    }
    outbox = built(publication, files, config)
    assert "Our own your-own-link" in (outbox / SERVICE_FOLDER / "mail-confirm/everyone.txt").read_text()
    assert "Ours." in fill_page(read_service(outbox).page("message"), {})


def test_check_looks_over_the_letters_of_the_service(publication: Write) -> None:
    config = SERVED.replace("  name: material\n", "  name: material\n  custom_dir: overrides\n")
    body = "".join(f"{{% block {name} %}}x{{% endblock %}}" for name in ("subject", "preheader", "title", "body"))
    root = publication({"mkdocs.yml": config, "overrides/email/service/goodbye.html": body})
    found = [problem for problem in check(root, now=NOW).problems if "'goodbye' of the service" in problem.message]
    assert {problem.code for problem in found} == {"TS220"}


def test_a_welcome_letter_is_read_as_an_issue_and_is_none(publication: Write) -> None:
    """W11: segments, merge fields and blocks; no page, feed, search or list has it, and no publish sends it."""
    later = WELCOME.replace("title:", "after: 2w\nimported: true\ntitle:").replace("write-it", "write-more")
    outbox = built(publication, {"content/welcome.md": WELCOME, "content/welcome/Second week.md": later})
    series = json.loads((outbox / SERVICE_FOLDER / "series.json").read_text())
    assert series["letters"] == [
        {"issue": "welcome", "after": 0},
        {"issue": "welcome-second-week", "after": 14 * 24 * 60 * 60, "imported": True},
    ]
    assert [one.imported for one in read_series(outbox)] == [False, True]
    edition = read_edition(outbox, "welcome")
    assert fields_of(edition) >= {"first_name", TOKEN, MESSAGE_DATE}
    readers = {file.stem for file in (outbox / "welcome").glob("*.txt") if "Zqxlake" in file.read_text()}
    assert readers == {"toronto"}
    assert "Write one question down" in (outbox / "welcome/managers.txt").read_text()
    assert [one.issue for one in outgoing(outbox)] == ["2026-w47"]
    site = whole(outbox.parent / "site").lower()
    assert "zqxlake" not in site
    assert "welcome to the sheet" not in site
    assert "write one question down" not in site
    assert {"welcome", "welcome-second-week"} <= json.loads((outbox / "build.json").read_text())["issues"].keys()


def test_a_picture_that_only_a_welcome_letter_shows_is_found_by_it(publication: Write) -> None:
    """K3: under a name that tells nothing, as pictures of private text are."""
    text = WELCOME.replace("Hello", "![A door](tipsheets/door.png)\n\nHello")
    root = publication({"mkdocs.yml": SERVED, "content/welcome.md": text})
    write_png(root / "content/tipsheets/door.png")
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    html = (root / "outbox/welcome/everyone.html").read_text()
    (address,) = {part for part in html.split('"') if part.startswith("https://sheet.example/letters/")}
    assert (root / "site" / address.removeprefix("https://sheet.example/")).is_file()


def test_a_draft_of_a_welcome_letter_is_nowhere(publication: Write) -> None:
    """C8"""
    outbox = built(publication, {"content/welcome.md": WELCOME.replace("title:", "draft: true\ntitle:")})
    assert not (outbox / "welcome").exists()
    assert not (outbox / SERVICE_FOLDER / "series.json").exists()


def test_an_issue_cannot_have_the_id_of_a_welcome_letter(publication: Write) -> None:
    root = publication(
        {"mkdocs.yml": SERVED, "content/welcome.md": WELCOME, "content/tipsheets/w.md": issue(id="welcome")}
    )
    assert {problem.code for problem in check(root, now=NOW).problems} >= {"TS010"}


def fields_of_forms(page: Path, action: str) -> list[set[tuple[str, str]]]:
    """Names and values of the fields of each form that leads there, in the order of the page."""
    return [
        {(field.get("name"), field.get("value") or "") for field in form.iter("input", "button") if field.get("name")}
        for form in lxml.html.fromstring(page.read_text()).iter("form")
        if form.get("action") == action
    ]


def test_the_forms_post_what_the_service_reads(sample: Sample) -> None:
    """W4: each says which form it is and has a field that people leave empty; the page asks how often (W12)."""
    action = "https://lists.halfturn.example/subscribe"
    (page,) = fields_of_forms(sample.site / "subscribe/index.html", action)
    each = {("email", ""), ("consent", "yes"), ("website", "")}
    home = fields_of_forms(sample.site / "index.html", action)
    assert home == [each | {("form", name)} for name in ("home", "strip")]
    seats = {("segments", name) for name in ("managers", "sellers", "jobseekers")}
    often = {("frequency", name) for name in FREQUENCIES}
    assert page == each | seats | often | {("form", "page"), ("first_name", ""), ("last_name", "")}


def test_the_form_offers_what_can_be_chosen(publication: Write) -> None:
    """A segment whose rule nobody can meet by choosing has its pages, and no box."""
    config = SERVED.replace("where: {role: manager}", "where: {seats: {at_least: 5}}")
    root = publication({"mkdocs.yml": config})
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    (found,) = fields_of_forms(root / "site/subscribe/index.html", "https://lists.sheet.example/subscribe")
    assert {value for name, value in found if name == "segments"} == {"sellers"}
    assert [chosen.id for chosen in read_service(root / "outbox").record.segments] == ["sellers"]


@pytest.mark.parametrize("wanted", [True, False])
def test_an_action_leads_to_where_readers_tell_that_they_did_it(publication: Write, wanted: bool) -> None:
    """W13: by a button of the service, where the publication wants it; the page itself tells nobody anything."""
    served = SERVED.replace('sheet.example/"}', 'sheet.example/", done: ' + str(wanted).lower() + "}")
    body = "Text.\n\n/// action | Ask one question { id=ask-it }\n\nAsk it.\n\n///\n"
    outbox = built(publication, {"content/tipsheets/2026/2026-11-17-ask.md": issue(body=body)}, served)
    pages = whole(outbox.parent / "site" / "issues")
    assert ('<a href="https://lists.sheet.example/done/ask-it">' in pages) is wanted


def test_the_letters_of_the_sample_say_this(sample: Sample) -> None:
    """What readers are told, to be read as a whole: `tests/press/service_letters.txt` changes with the words alone."""
    folder = sample.outbox / SERVICE_FOLDER
    texts = (f"======== {name}\n{(folder / f'mail-{name}' / 'everyone.txt').read_text()}" for name in MAILS)
    assert "\n".join(texts) == Path(__file__).with_name("service_letters.txt").read_text()
