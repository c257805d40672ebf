"""The export of Buttondown: Markdown files with a header, or the JSON of its API's emails.

Fields as in https://docs.buttondown.com/api-emails-introduction and in the files that Buttondown's own program writes:
https://github.com/buttondown/cli (``emails/<slug>.md``, pictures in ``media/``).
"""

import re
from collections.abc import Mapping
from typing import Any

from tipsheet.archives.headers import headed, moment_of, text_in
from tipsheet.archives.item import Archive, Form, Item, Left, State
from tipsheet.archives.links import site_of
from tipsheet.archives.source import SourceFiles, json_of, rows_of
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

_EDITOR = re.compile(r"<!--\s*buttondown-editor-mode:\s*(\w+)\s*-->\s*")
_TAG = re.compile(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")
_MARKS = {"subject", "email_type"}
_HTML = re.compile(r"\s*<(?:p|div|h[1-6]|table|ul|ol|html|!doctype|figure|blockquote)\b", re.IGNORECASE)
SENT = frozenset({"sent", "published", "imported", "success", "resent", "in_flight"})


def recognise(files: SourceFiles) -> bool:
    """Return True for an export of Buttondown."""
    if any(_emails(json_of(files, name)) for name in files.ending(".json")):
        return True
    if any(rows_of(files, name, {"subject", "body", "status"}) is not None for name in files.ending(".csv")):
        return True
    texts = files.ending(".md")[:5]
    return bool(texts) and all({"subject"} < set(headed(files.start(name)).header) for name in texts)


def _emails(value: Any) -> list[Mapping[str, Any]]:
    """The emails of a page of the API, or of a list."""
    found = value.get("results") or value.get("emails") if isinstance(value, dict) else value
    return (
        [one for one in found if isinstance(one, dict) and "subject" in one and "body" in one]
        if isinstance(found, list)
        else []
    )


def read(files: SourceFiles) -> Archive:
    """All emails."""
    left: list[Left] = []
    items: list[Item] = []
    for name in files.ending(".json"):
        text = files.text(name)
        for email in _emails(json_of(files, name)):
            at = text.find(f'"{email.get("id")}"')
            items.append(_item(email, str(email["body"] or ""), Where(name, text.count("\n", 0, max(at, 0)) + 1)))
    for name in files.ending(".csv"):
        rows = rows_of(files, name, {"subject", "body"})
        items += [_item(row, row["body"], Where(name, line)) for row, line in rows or ()]
    for name in files.ending(".md", ".html"):
        one = headed(files.text_or_told(name, left) or "")
        if "subject" in one.header:
            items.append(_item(one.header, one.body, Where(name, one.first_line), name))
    return Archive(items=tuple(items), left=tuple(left), sites=site_of(items))


def _item(email: Mapping[str, Any], body: str, where: Where, name: str = "") -> Item:
    mode = _EDITOR.search(body)
    text = _EDITOR.sub("", body)
    html = _HTML.match(text) is not None or (mode is not None and mode[1] in ("fancy", "html") and "<p" in text)
    tags = tuple(
        Left(Where(where.path, where.line + text.count("\n", 0, m.start())), "a tag of a letter", m[0])
        for m in _TAG.finditer(text)
    )
    slug = text_in(email, "slug") or name.rpartition("/")[2].rpartition(".")[0]
    address = text_in(email, "absolute_url")
    return Item(
        where=where,
        title=text_in(email, "subject"),
        text=_TAG.sub("", text),
        form=Form.HTML if html else Form.MARKDOWN,
        date=moment_of(email.get("publish_date") or email.get("creation_date") or email.get("created")),
        slug=slug,
        description=text_in(email, "description"),
        cover=text_in(email, "image"),
        addresses=(address,) if address else ((f"/archive/{slug}/",) if slug else ()),
        base=name or f"/archive/{slug}/",
        state=_state(email),
        left=tags,
    )


def _state(email: Mapping[str, Any]) -> State:
    kind, status = text_in(email, "email_type", "type"), text_in(email, "status")
    if status and status not in SENT:
        return State.SCHEDULED if status in ("scheduled", "about_to_send") else State.DRAFT
    if kind in ("premium", "premium_only", "churned", "archival_premium"):
        return State.PAID
    return State.PRIVATE if kind in ("private", "free", "hidden") else State.PUBLIC
