"""Tags of providers: how Mailchimp, Buttondown, listmonk, Brevo and MailerLite fill in a letter.

What a provider does not document is refused with a sentence: a letter that is wrong only for some readers
is found by nobody before it is sent.
"""

import json
import re
from functools import partial

from tipsheet.edition.edition import Escape, Slot
from tipsheet.rendering.providers.provider import MailPart, Provider, refusing

__all__ = ["BREVO", "BUTTONDOWN", "LISTMONK", "MAILCHIMP", "MAILERLITE"]

# Django's templates, which are Buttondown's language and nearly Brevo's.
# https://docs.djangoproject.com/en/stable/ref/templates/builtins/#default

_UNQUOTED = re.compile(r"[\w .,!?-]*")
"""Fallbacks that need no escape, neither in quotation marks nor in HTML."""


def _with_default(variable: str, slot: Slot, shown: str, filters: str = "") -> str:
    """The variable with the filter ``default``, or a condition when the fallback holds other signs than words.

    ``shown`` is the fallback as it may stand in the letter. Single quotes, since the field may stand
    in an attribute of HTML.
    """
    fallback = slot.fallback or ""
    if _UNQUOTED.fullmatch(fallback):
        return f"{{{{ {variable}|default:'{fallback}'{filters} }}}}"
    return f"{{% if {variable} %}}{{{{ {variable}{filters} }}}}{{% else %}}{shown}{{% endif %}}"


# Buttondown: https://docs.buttondown.com/template-variables , https://docs.buttondown.com/using-templating and
# https://docs.buttondown.com/portal (preferences). Names and attributes are metadata of the subscriber. HTML goes into
# "Naked Mode", https://docs.buttondown.com/editor-modes . Whether subjects are escaped as HTML is not documented:
# ``safe`` is right in either case.

_BRACE = re.compile(r"\{(?=[{%#]|\Z)")
_BUTTONDOWN_FILTERS = {Escape.HTML: "", Escape.TEXT: "|safe", Escape.URL: "|urlencode:''"}


def _buttondown_text(text: str, _part: MailPart) -> str:
    """A brace that would open a tag becomes a tag itself; at the end of a run a tag may follow."""
    return _BRACE.sub("{% templatetag openbrace %}", text)


def _buttondown_field(variable: str, slot: Slot, part: MailPart) -> str:
    return _with_default(variable, slot, _buttondown_text(slot.fill({}), part), _BUTTONDOWN_FILTERS[slot.escape])


BUTTONDOWN = Provider(
    name="buttondown",
    title="Buttondown",
    unsubscribe="{{ unsubscribe_url }}",
    preferences="{{ manage_subscription_url }}",
    web="{{ email_url }}",
    names={"email": "subscriber.email"},
    attribute=lambda name: f"subscriber.metadata.{name}",
    field=_buttondown_field,
    literal=_buttondown_text,
)

# Brevo: https://help.brevo.com/hc/en-us/articles/4402386448530 (variables, links) and
# https://help.brevo.com/hc/en-us/articles/4405381108626 (filters). How a quotation mark is escaped in a filter is not
# documented, so a condition is written for such fallbacks. No sign was found that keeps ``{{`` from being read.

_brevo_text = refusing("Brevo", "{{", "{%", "{#")


def _brevo_field(variable: str, slot: Slot, part: MailPart) -> str:
    if slot.escape is Escape.URL:
        raise ValueError("Brevo has no documented filter for a value inside an address")
    return _with_default(variable, slot, _brevo_text(slot.fill({}), part))


BREVO = Provider(
    name="brevo",
    title="Brevo",
    unsubscribe="{{ unsubscribe }}",
    preferences="{{ update_profile }}",
    web="{{ mirror }}",
    names={"first_name": "contact.FIRSTNAME", "last_name": "contact.LASTNAME", "email": "contact.EMAIL"},
    attribute=lambda name: f"contact.{name.upper()}",
    field=_brevo_field,
    literal=_brevo_text,
)

# Mailchimp: https://mailchimp.com/help/all-the-merge-tags-cheat-sheet/ and
# https://mailchimp.com/help/use-conditional-merge-tag-blocks/ , the same as in
# https://mandrill.zendesk.com/hc/en-us/articles/360039278713 , where conditions were checked. No sign was found that
# keeps ``*|`` from being read, and no tag that encodes a value for an address.

_mailchimp_text = refusing("Mailchimp", "*|")


def _mailchimp_field(variable: str, slot: Slot, part: MailPart) -> str:
    if slot.escape is Escape.URL:
        raise ValueError("Mailchimp has no tag for a value inside an address")
    return f"*|IF:{variable}|**|{variable}|**|ELSE:|*{_mailchimp_text(slot.fill({}), part)}*|END:IF|*"


MAILCHIMP = Provider(
    name="mailchimp",
    title="Mailchimp",
    unsubscribe="*|UNSUB|*",
    preferences="*|UPDATE_PROFILE|*",
    web="*|ARCHIVE|*",
    names={"first_name": "FNAME", "last_name": "LNAME", "email": "EMAIL"},
    attribute=str.upper,
    field=_mailchimp_field,
    literal=_mailchimp_text,
)

# MailerLite: none of its help pages was at hand. ``{$name}``, ``{$unsubscribe}``, ``{$preferences}`` and the quoted
# fallback are as people who send with it write them in public. The rest is refused: other signs than words in a
# fallback, values inside addresses, ``{$`` as text. For the copy in a browser our own page stays.

_QUOTABLE = re.compile(r"[^'\"\\{}<>&|$]*")
_MAILERLITE_OWN = frozenset({"name", "unsubscribe", "preferences", "url"})


def _mailerlite_attribute(name: str) -> str:
    if name in _MAILERLITE_OWN:
        raise ValueError(f"'{name}' means something else at MailerLite")
    return name


def _mailerlite_field(variable: str, slot: Slot, _part: MailPart) -> str:
    fallback = slot.fallback or ""
    if slot.escape is Escape.URL:
        raise ValueError("MailerLite has no documented tag for a value inside an address")
    if not _QUOTABLE.fullmatch(fallback):
        raise ValueError(f"MailerLite may not show the fallback '{fallback}' as it is written")
    return f"{{${variable}|default('{fallback}')}}"


MAILERLITE = Provider(
    name="mailerlite",
    title="MailerLite",
    unsubscribe="{$unsubscribe}",
    preferences="{$preferences}",
    names={"first_name": "name", "last_name": "last_name", "email": "email"},
    attribute=_mailerlite_attribute,
    field=_mailerlite_field,
    literal=refusing("MailerLite", "{$"),
)

# listmonk: https://listmonk.app/docs/templating/ . Go's html/template parses both parts: it escapes values for where
# they stand, and drops HTML comments, on which Outlook's layout depends (knadh/listmonk#1273). So comments are passed
# through its function ``Safe``, and so are values and signs of HTML in the text part.

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAKEN = re.compile(r"\{(?=\{|@TrackLink|\Z)|@(?=TrackLink)")
_TAKEN_IN_TEXT = re.compile(rf"<|\{{(?=<)|{_TAKEN.pattern}")
"""Signs that begin a tag; a brace counts before ``<`` too, since that is written as a tag."""

_quoted = partial(json.dumps, ensure_ascii=False)
"""A string of JSON, which is a string of Go too."""


def _safe(text: str) -> str:
    return f"{{{{ Safe {_quoted(text)} }}}}"


def _listmonk_text(text: str, part: MailPart) -> str:
    if part is MailPart.TEXT:
        return _TAKEN_IN_TEXT.sub(lambda match: _safe(match[0]), text)
    whole = ""
    end = 0
    for comment in _COMMENT.finditer(text):
        whole += _outside_comments(text[end : comment.start()]) + _safe(comment[0])
        end = comment.end()
    return whole + _outside_comments(text[end:])


def _outside_comments(text: str) -> str:
    if "<!--" in text:
        raise ValueError("listmonk drops comments, and this one cannot be kept because it holds a merge field")
    return _TAKEN.sub(lambda match: f"{{{{ {_quoted(match[0])} }}}}", text)


def _listmonk_field(variable: str, slot: Slot, part: MailPart) -> str:
    value = f"or {variable} {_quoted(slot.fallback)}"
    if part is MailPart.HTML:
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
    field=_listmonk_field,
    literal=_listmonk_text,
)
