"""Addresses of the desk that show letters, text parts, feed items and differences, and that send a test."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from tipsheet.checks import Report
from tipsheet.edition.differences import Difference, difference
from tipsheet.edition.inbox import inbox_lines
from tipsheet.engine.state import DamagedStateError
from tipsheet.errors import ContentError, TipsheetError, UnknownNameError
from tipsheet.model.audience import PUBLIC
from tipsheet.model.post import Issue
from tipsheet.preview.catcher import Catcher, Caught, Postbox, Trial
from tipsheet.preview.colours import LIGHT, SCHEMES
from tipsheet.preview.desk import Desk, View
from tipsheet.preview.displays import POLICY, Display, Styles, displayed
from tipsheet.preview.guards import HOME
from tipsheet.preview.letters import (
    Asked,
    Compiled,
    Editions,
    ShownLetter,
    edition_built,
    edition_sent,
    feed_item,
    findings,
    issue_of,
    letter_for,
    links_in,
    pictures_in,
    sender_line,
)
from tipsheet.preview.readers import NOBODY, apart, made_up_readers
from tipsheet.problems import Where, as_json, did_you_mean
from tipsheet.rendering.email.rules.content import CLIPPED
from tipsheet.rendering.language import issue_label, letter_words

__all__ = ["letter_routes", "seen"]

T = TypeVar("T")

TRIES, WAIT = 40, 0.05
"""Looks for a new view, and seconds between them."""
LETTER = f"{HOME}letter/<issue>"
READER = (
    "<style>body{max-width:38rem;margin:1rem auto;padding:0 1rem;font:16px/1.6 Georgia,serif}"
    "img{max-width:100%;height:auto}</style>"
)
"""The style of a feed reader: an item brings none of its own."""


class UnusableRequestError(TipsheetError):
    """A request lacks what it needs."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """Answers of one desk about letters."""

    desk: Desk
    editions: Editions
    postbox: Postbox

    def asked(self, view: View, issue: str, values: Mapping[str, str], segments: str) -> Asked:
        """The letter that is asked for, for a reader of these segments, which have commas between them."""
        readers = {one.name: one for one in made_up_readers(view.settings.attributes)}
        return Asked(
            issue=issue_of(view.publication, issue),
            segments=frozenset(filter(None, segments.split(","))),
            reader=_known(readers, values.get("reader") or NOBODY.name, "made-up reader"),
        )

    def compiled(self, view: View, issue: Issue) -> Compiled:
        """The edition of an issue as it is written now."""
        return self.editions.edition(issue, view.settings, view.publication)

    def letter(self, view: View, issue: str, segments: str | None = None) -> ShownLetter:
        """The letter that this request asks for, or the same for readers of other segments."""
        chosen = request.args.get("segments", "") if segments is None else segments
        asked = self.asked(view, issue, request.args, chosen)
        return letter_for(asked, self.compiled(view, asked.issue), view.publication)

    def document(self, view: View, letter: str) -> Response:
        """A document for a frame, shown as this request says."""
        args = request.args
        styles = {one.value: one for one in Styles}
        display = Display(
            scheme=_known(SCHEMES, args.get("view", LIGHT.name), "view"),
            pictures=_known({"on": True, "off": False}, args.get("pictures", "on"), "choice"),
            styles=_known(styles, args.get("styles", Styles.ON), "choice of styles"),
        )
        return _framed(displayed(letter, display, view.settings.masthead.url))

    def facts(self, view: View, issue: str) -> dict[str, object]:
        """All that is to be known about a letter, as JSON."""
        letter = self.letter(view, issue)
        settings, report = view.settings, Report(self.desk.root, view.settings, view.publication)
        pictures = pictures_in(letter, report, self.desk.site, settings.masthead.url)
        return {
            "revision": view.revision,
            "subject": letter.subject,
            "preheader": letter.preheader,
            "from": sender_line(settings),
            "inbox": [asdict(line) for line in inbox_lines(sender_line(settings), letter.subject, letter.preheader)],
            "size": letter.size,
            "message_size": len(letter.message),
            "limit": CLIPPED,
            "clipped": letter.clipped,
            "links": [{"text": one.text, "href": one.href, **_place(one.where)} for one in links_in(letter, report)],
            "pictures": [
                {
                    "src": one.src,
                    "alt": one.alt,
                    "bytes": one.bytes,
                    "width": one.width,
                    "height": one.height,
                    **_place(one.where),
                }
                for one in pictures
            ],
            "problems": [as_json(one) for one in findings(letter, settings, report, view.problems)],
            "audience": str(letter.asked.issue.audience),
        }

    def difference(self, view: View, issue: str) -> Difference:
        """The difference to the letter of ``than`` other segments, or from the one that was ``built`` or ``sent``."""
        args, letter = request.args, self.letter(view, issue)
        if "than" in args:
            return difference(letter.joined, self.letter(view, issue, args["than"]).joined)
        root, docs = self.desk.root, view.settings.docs_dir
        match args.get("against", ""):
            case "built":
                edition = edition_built(root, issue)
            case "sent":
                now = self.compiled(view, letter.asked.issue).edition
                edition = edition_sent(root, now, docs, self.desk.environ)
            case _:
                raise UnusableRequestError("compare with what?", "name 'than' or 'against'")
        old = letter_for(letter.asked, Compiled(edition), view.publication)
        return difference(old.joined, letter.joined)

    def feed(self, view: View, issue: str) -> dict[str, object]:
        """The item of an issue in the feed, and what its page is headed by."""
        post = issue_of(view.publication, issue)
        item = feed_item(post, view.publication, request.args.get("segment", ""))
        action = post.headline.action(PUBLIC)
        page = {"url": self.desk.path + post.url, "title": post.title, "description": post.description}
        return asdict(item) | {
            "page": page
            | {"label": issue_label(post.number, letter_words(view.publication.masthead)), "action": action}
        }

    def feed_document(self, view: View, issue: str) -> Response:
        """The text of the item, for a frame."""
        item = feed_item(issue_of(view.publication, issue), view.publication, request.args.get("segment", ""))
        return self.document(view, f"<!DOCTYPE html><html><head><meta charset=utf-8>{READER}</head>{item.html}</html>")

    def trial(self, view: View, values: Mapping[str, Any]) -> Trial:
        """The test that is asked for."""
        issue, to, segments = (values.get(name) for name in ("issue", "to", "segments"))
        if not isinstance(issue, str) or not isinstance(to, str) or not to.strip():
            raise UnusableRequestError("a test needs an issue and an address", "write the address that it goes to")
        named = [str(one) for one in segments] if isinstance(segments, list) else []
        asked = self.asked(view, issue, {"reader": str(values.get("reader") or "")}, ",".join(named))
        compiled = self.compiled(view, asked.issue)
        letter_for(asked, compiled, view.publication)  # it says what cannot be asked for
        return Trial(edition=compiled.edition, to=to.strip(), segments=asked.segments, reader=asked.reader)


def seen(desk: Desk, make: Callable[[View], T]) -> T:
    """The answer that ``make`` gives from the view.

    A build that ends just now has put its texts in the place of those that the view before would load: then the new
    view is waited for.
    """
    for _ in range(TRIES):
        try:
            return make(desk.view())
        except DamagedStateError:
            time.sleep(WAIT)
    return make(desk.view())


def letter_routes(desk: Desk) -> Blueprint:
    """Letters, the facts about them, differences, feed items, made-up readers and tests."""
    blueprint = Blueprint("letters", __name__)
    postbox = Postbox(catcher=Catcher(desk.now), environ=desk.environ, now=desk.now, entropy=os.urandom)
    answers = _Answers(desk=desk, editions=Editions(desk.root), postbox=postbox)
    _add_letters(blueprint, answers)
    _add_tests(blueprint, answers)

    @blueprint.errorhandler(ContentError)
    def broken(error: ContentError) -> ResponseReturnValue:
        first = error.problems[0]
        problems = [as_json(problem) for problem in error.problems]
        return jsonify({"error": first.message, "hint": first.hint, "problems": problems}), 409

    return blueprint


def _add_letters(blueprint: Blueprint, answers: _Answers) -> None:
    desk = answers.desk

    @blueprint.get(LETTER)
    def letter(issue: str) -> ResponseReturnValue:
        return seen(desk, lambda view: answers.document(view, answers.letter(view, issue).parts.html))

    @blueprint.get(f"{LETTER}/facts")
    def facts(issue: str) -> ResponseReturnValue:
        return jsonify(seen(desk, lambda view: answers.facts(view, issue)))

    @blueprint.get(f"{LETTER}/text")
    def text(issue: str) -> ResponseReturnValue:
        return _plain(seen(desk, lambda view: answers.letter(view, issue).parts.text.encode()))

    @blueprint.get(f"{LETTER}/raw")
    def raw(issue: str) -> ResponseReturnValue:
        return _plain(seen(desk, lambda view: answers.letter(view, issue).message))

    @blueprint.get(f"{LETTER}/difference")
    def compared(issue: str) -> ResponseReturnValue:
        return jsonify(asdict(seen(desk, lambda view: answers.difference(view, issue))))

    @blueprint.get(f"{HOME}feed/<issue>")
    def feed(issue: str) -> ResponseReturnValue:
        return jsonify(seen(desk, lambda view: answers.feed(view, issue)))

    @blueprint.get(f"{HOME}feed/<issue>/document")
    def feed_document(issue: str) -> ResponseReturnValue:
        return seen(desk, lambda view: answers.feed_document(view, issue))

    @blueprint.get(f"{HOME}readers")
    def readers() -> ResponseReturnValue:
        settings = desk.view().settings
        people = [asdict(one) for one in made_up_readers(settings.attributes)]
        views = [{"name": scheme.name, "title": scheme.title} for scheme in SCHEMES.values()]
        return jsonify({"readers": people, "views": views, "apart": [*apart(settings.segments)]})


def _add_tests(blueprint: Blueprint, answers: _Answers) -> None:
    desk, catcher = answers.desk, answers.postbox.catcher

    @blueprint.post(f"{HOME}test")
    def test() -> ResponseReturnValue:
        values = request.get_json(silent=True)
        trial = seen(desk, lambda view: answers.trial(view, values if isinstance(values, dict) else {}))
        receipt, caught = answers.postbox.send(trial, desk.view().settings)
        answer = f"{receipt.code} {receipt.text}".strip()
        return jsonify({"caught": caught is not None, "answer": answer, "id": caught.id if caught else ""})

    @blueprint.get(f"{HOME}caught")
    def caught() -> ResponseReturnValue:
        return jsonify({"server": answers.postbox.server, "caught": [_line(one) for one in catcher.caught]})

    @blueprint.get(f"{HOME}caught/<name>")
    def one_caught(name: str) -> ResponseReturnValue:
        found = catcher.find(name)
        letter = found.letter
        raw = found.message.decode("utf-8", "replace")
        return jsonify(_line(found) | asdict(letter) | {"raw": raw})

    @blueprint.get(f"{HOME}caught/<name>/document")
    def caught_document(name: str) -> ResponseReturnValue:
        return answers.document(desk.view(), catcher.find(name).letter.html)


def _line(one: Caught) -> dict[str, object]:
    subject = dict(one.letter.headers).get("Subject", "")
    return {"id": one.id, "date": one.moment.isoformat(), "to": one.to, "subject": subject}


def _place(where: Where | None) -> dict[str, object]:
    return {"path": where.path, "line": where.line, "col": where.col} if where else {"path": "", "line": 0, "col": 0}


def _known(known: Mapping[str, T], name: str, what: str) -> T:
    if name not in known:
        raise UnknownNameError(f"there is no {what} '{name}'", did_you_mean(name, known))
    return known[name]


def _framed(document: str) -> Response:
    answer = Response(document, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _plain(data: bytes) -> Response:
    return Response(data, content_type="text/plain; charset=utf-8")
