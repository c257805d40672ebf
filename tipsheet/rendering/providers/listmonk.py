"""listmonk: templates of Go, https://listmonk.app/docs/templating/ .

Its HTML and its text part are both parsed by Go's html/template, which escapes values for where
they stand, and drops HTML comments, on which Outlook's layout depends (knadh/listmonk#1273). So
comments are passed through its function ``Safe``, and so are values and signs of HTML in text.
"""

import json
import re
from functools import partial

from tipsheet.edition.edition import Escape, Slot
from tipsheet.rendering.providers.provider import Part, Provider

__all__ = ["LISTMONK"]

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAKEN = re.compile(r"\{(?=\{|@TrackLink|\Z)|@(?=TrackLink)")
_TAKEN_IN_TEXT = re.compile(rf"<|\{{(?=<)|{_TAKEN.pattern}")
"""A brace counts when a tag follows it, and a sign that we write as a tag is one."""

_quoted = partial(json.dumps, ensure_ascii=False)
"""A string as JSON writes it is one of Go, too."""


def _safe(text: str) -> str:
    return f"{{{{ Safe {_quoted(text)} }}}}"


def _literal(text: str, part: Part) -> str:
    if part is Part.TEXT:
        return _TAKEN_IN_TEXT.sub(lambda match: _safe(match[0]), text)
    whole = ""
    end = 0
    for comment in _COMMENT.finditer(text):
        whole += _outside(text[end : comment.start()]) + _safe(comment[0])
        end = comment.end()
    return whole + _outside(text[end:])


def _outside(text: str) -> str:
    if "<!--" in text:
        raise ValueError("listmonk drops comments, and this one cannot be kept because it holds a merge field")
    return _TAKEN.sub(lambda match: f"{{{{ {_quoted(match[0])} }}}}", text)


def _field(variable: str, slot: Slot, part: Part) -> str:
    value = f"or {variable} {_quoted(slot.fallback)}"
    if part is Part.HTML:
        return f"{{{{ {value} }}}}"
    function = "urlquery" if slot.escape is Escape.URL else "print"
    return f"{{{{ Safe ({function} ({value})) }}}}"


LISTMONK = Provider(
    name="listmonk",
    title="listmonk",
    unsubscribe="{{ UnsubscribeURL }}",
    preferences="{{ UnsubscribeURL }}?manage=true",
    web="{{ MessageURL }}",
    names={
        "first_name": ".Subscriber.FirstName",
        "last_name": ".Subscriber.LastName",
        "email": ".Subscriber.Email",
    },
    attribute=lambda name: f".Subscriber.Attribs.{name}",
    field=_field,
    literal=_literal,
)
