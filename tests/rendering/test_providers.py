"""A letter for a provider has the provider's tags, and nothing else in it is one."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.rendering.builders import MANAGERS, compiled, issue, settings, with_mail
from tipsheet.edition.edition import Escape, Piece, Slot
from tipsheet.edition.joining import join
from tipsheet.problems import Where
from tipsheet.rendering.providers import PROVIDERS
from tipsheet.rendering.providers.provider import MailPart, provider_letter

__all__ = ["settings"]

WHERE = Where("content/tipsheets/ask.md")
FALLBACKS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="@"))
SIGNS = st.text(st.sampled_from("{}%#$*|<>!-@ab\"'\\ "), max_size=30)


def exported(edition, settings, name, *segments):
    return provider_letter(edition, frozenset(segments), PROVIDERS[name], settings.mail, WHERE)


def field(name, slot, part):
    return PROVIDERS[name].filled(slot, part)


def said(problems):
    return [(problem.code, problem.message) for problem in problems]


FIRST_NAME = {
    "mailchimp": "*|IF:FNAME|**|FNAME|**|ELSE:|*there*|END:IF|*",
    "buttondown": "{{ subscriber.metadata.first_name|default:'there' }}",
    "listmonk": '{{ or .Subscriber.FirstName "there" }}',
    "brevo": "{{ contact.FIRSTNAME|default:'there' }}",
    "mailerlite": "{$name|default('there')}",
}
IN_TEXT = FIRST_NAME | {
    "buttondown": "{{ subscriber.metadata.first_name|default:'there'|safe }}",
    "listmonk": '{{ Safe (print (or .Subscriber.FirstName "there")) }}',
}
QUOTES = {
    "mailchimp": "*|IF:FNAME|**|FNAME|**|ELSE:|*&quot;you&quot; &amp; I*|END:IF|*",
    "buttondown": "{% if subscriber.metadata.first_name %}{{ subscriber.metadata.first_name }}"
    "{% else %}&quot;you&quot; &amp; I{% endif %}",
    "listmonk": r'{{ or .Subscriber.FirstName "\"you\" & I" }}',
    "brevo": "{% if contact.FIRSTNAME %}{{ contact.FIRSTNAME }}{% else %}&quot;you&quot; &amp; I{% endif %}",
}
ATTRIBUTE = {
    "mailchimp": "*|IF:CITY|**|CITY|**|ELSE:|*Utrecht*|END:IF|*",
    "buttondown": "{{ subscriber.metadata.city|default:'Utrecht' }}",
    "listmonk": '{{ or .Subscriber.Attribs.city "Utrecht" }}',
    "brevo": "{{ contact.CITY|default:'Utrecht' }}",
    "mailerlite": "{$city|default('Utrecht')}",
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_field_and_its_fallback(name):
    assert field(name, Slot("first_name", "there", Escape.HTML), MailPart.HTML) == FIRST_NAME[name]
    assert field(name, Slot("first_name", "there", Escape.TEXT), MailPart.TEXT) == IN_TEXT[name]
    assert field(name, Slot("city", "Utrecht", Escape.HTML), MailPart.HTML) == ATTRIBUTE[name]


@pytest.mark.parametrize("name", QUOTES)
def test_a_fallback_with_quotation_marks(name):
    assert field(name, Slot("first_name", '"you" & I', Escape.HTML), MailPart.HTML) == QUOTES[name]


@pytest.mark.parametrize(
    ("name", "part", "tag"),
    [
        ("buttondown", MailPart.HTML, "{{ subscriber.email|default:'a b'|urlencode:'' }}"),
        ("listmonk", MailPart.HTML, '{{ or .Subscriber.Email "a b" }}'),
        ("listmonk", MailPart.TEXT, '{{ Safe (urlquery (or .Subscriber.Email "a b")) }}'),
    ],
)
def test_a_field_in_an_address_is_encoded(name, part, tag):
    assert field(name, Slot("email", "a b", Escape.URL), part) == tag


@pytest.mark.parametrize(
    ("name", "slot"),
    [
        ("mailchimp", Slot("email", "a b", Escape.URL)),
        ("mailchimp", Slot("first_name", "*|X|*")),
        ("brevo", Slot("email", "a b", Escape.URL)),
        ("brevo", Slot("first_name", "{{ you }}")),
        ("mailerlite", Slot("email", "a b", Escape.URL)),
        ("mailerlite", Slot("first_name", "it's you")),
        ("mailerlite", Slot("url", "there")),
    ],
)
def test_what_a_provider_cannot_write_is_refused(name, slot):
    with pytest.raises(ValueError, match=PROVIDERS[name].title):
        field(name, slot, MailPart.TEXT)


LINKS = {
    "mailchimp": ("*|UNSUB|*", "*|UPDATE_PROFILE|*", "*|ARCHIVE|*"),
    "buttondown": ("{{ unsubscribe_url }}", "{{ manage_subscription_url }}", "{{ email_url }}"),
    "listmonk": ("{{ UnsubscribeURL }}", "{{ UnsubscribeURL }}?manage=true", "{{ MessageURL }}"),
    "brevo": ("{{ unsubscribe }}", "{{ update_profile }}", "{{ mirror }}"),
    "mailerlite": ("{$unsubscribe}", "{$preferences}", "https://halfturn.example/issues/ask-once-more/"),
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_links_of_the_provider_stand_in_place_of_ours(settings, name):
    unsubscribe, preferences, web = LINKS[name]
    letter, problems = exported(compiled(issue(), settings), settings, name)
    assert not problems
    assert re.findall(r'href="([^"]*)"[^>]*>(?:Unsub|Change|View)', letter.html) == [web, unsubscribe, preferences]
    assert letter.text.splitlines()[-3:] == [
        f"Unsubscribe with one click: {unsubscribe}",
        f"Change your preferences: {preferences}",
        f"View this issue in your browser: {web}",
    ]
    assert "lists.halfturn.example" not in letter.html + letter.text
    assert "mailto:?subject=Half%20Turn" in letter.html


def test_an_address_within_another_and_with_an_ampersand(settings):
    url = "https://l.example/?a=1&t=@@token@@"
    mail = with_mail(settings, unsubscribe_url=url, preferences_url=f"{url}&p=1")
    letter, problems = exported(compiled(issue(), mail), mail, "brevo")
    assert not problems
    assert 'href="{{ unsubscribe }}"' in letter.html
    assert 'href="{{ update_profile }}"' in letter.html


@pytest.mark.parametrize("name", PROVIDERS)
def test_subject_title_and_body_are_filled_by_the_provider(settings, name):
    edition = compiled(issue("<p>Dear @@first_name or there@@,</p>", subject="@@first_name or there@@, ask"), settings)
    letter, problems = exported(edition, settings, name)
    assert not problems
    assert letter.subject == f"{IN_TEXT[name]}, ask"
    assert f"<title>{FIRST_NAME[name]}, ask</title>" in letter.html
    assert f"Dear {FIRST_NAME[name]},</p>" in letter.html
    assert f"Dear {IN_TEXT[name]},\n" in letter.text
    assert letter.preheader.startswith("Before your next quote")


def test_readers_get_what_is_meant_for_them(settings):
    edition = compiled(issue("<p>All.</p>", ("<p>You lead.</p>", MANAGERS)), settings)
    assert "You lead" not in exported(edition, settings, "brevo")[0].html
    assert "You lead" in exported(edition, settings, "brevo", "managers")[0].text


@pytest.mark.parametrize(
    ("name", "text"), [("mailchimp", "*|X|*"), ("brevo", "{{ x }}"), ("brevo", "{% x %}"), ("mailerlite", "{$x}")]
)
def test_text_that_would_be_taken_for_a_tag_is_refused(settings, name, text):
    _, problems = exported(compiled(issue(f"<p><code>{text}</code></p>"), settings), settings, name)
    assert [problem.code for problem in problems] == ["TS303"]
    assert problems[0].where == WHERE


def test_a_brace_before_a_field_does_not_become_a_part_of_it(settings):
    edition = compiled(issue("<p>{@@first_name or there@@}</p>"), settings)
    assert f'<p style="margin:0 0 18px">{{{{ "{{" }}}}{FIRST_NAME["listmonk"]}}}</p>' in (
        exported(edition, settings, "listmonk")[0].html
    )
    assert f"{{% templatetag openbrace %}}{FIRST_NAME['buttondown']}}}" in (
        exported(edition, settings, "buttondown")[0].html
    )
    assert said(exported(edition, settings, "brevo")[1]) == [
        ("TS303", "text of the letter cannot be sent: Brevo would take a '{' before a merge field for a part of it")
    ]


def test_listmonk_keeps_what_outlook_reads(settings):
    edition = compiled(issue(), settings)
    letter, _ = exported(edition, settings, "listmonk")
    comments = re.findall(r"<!--.*?-->", join(edition, frozenset()).html, re.DOTALL)
    assert comments
    assert [json.loads(text) for text in re.findall(r'\{\{ Safe ("<!--.*?-->") \}\}', letter.html)] == comments
    broken = replace(edition, html=(Piece(("<!-- ", Slot("first_name", "x"), " -->\n")), *edition.html))
    assert [code for code, _ in said(exported(broken, settings, "listmonk")[1])] == ["TS303"]


def test_everything_wrong_is_found_at_once(settings):
    edition = compiled(
        issue("<p>@@first_name or \"you\"@@ <a href='https://x.example/?n=@@city or a b@@'>yours</a> {$x}</p>"),
        settings,
    )
    stray = Piece(("token ", Slot("token", None), "\n"))
    found = exported(replace(edition, html=(stray, *edition.html), text=()), settings, "mailerlite")[1]
    assert [code for code, _ in said(found)] == ["TS302", "TS302", "TS302", "TS303", "TS304"]


def test_there_is_one_way_out(settings):
    edition = compiled(issue(), settings)
    assert said(exported(replace(edition, html=edition.html * 2), settings, "listmonk")[1]) == [
        ("TS304", "the HTML part has 2 addresses to unsubscribe, listmonk needs one")
    ]


@pytest.mark.parametrize("name", PROVIDERS)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fallback=FALLBACKS)
def test_no_field_of_ours_remains(settings, name, fallback):
    edition = compiled(issue(), settings)
    lines = tuple(Piece(("Dear ", Slot("first_name", fallback, Escape(part)), ",\n")) for part in MailPart)
    letter, problems = exported(
        replace(edition, html=(lines[0], *edition.html), text=(lines[1], *edition.text)), settings, name
    )
    assert "@@" not in letter.html + letter.text
    assert "\0" not in letter.html + letter.text
    assert {problem.code for problem in problems} <= {"TS302"}


@given(text=SIGNS)
@example(text="{<{<")
@example(text="{@TrackLink")
def test_text_is_read_back_from_the_tags_that_keep_it_text(text):
    literal = PROVIDERS["listmonk"].literal(text, MailPart.TEXT)
    strings = re.compile(r'\{\{ Safe ("(?:[^"\\]|\\.)*") \}\}')
    assert strings.sub(lambda match: json.loads(match[1]), literal) == text
    assert "{{" not in strings.sub("", literal)
    django = PROVIDERS["buttondown"].literal(text, MailPart.HTML)
    opening = "{% templatetag openbrace %}"
    assert django.replace(opening, "{") == text
    assert not re.search(r"\{[{%#]", django.replace(opening, ""))


@pytest.mark.parametrize("name", ["mailchimp", "brevo", "mailerlite"])
@given(text=SIGNS)
def test_text_is_given_on_as_it_is_or_refused(name, text):
    try:
        assert PROVIDERS[name].literal(text, MailPart.HTML) == text
    except ValueError as error:
        assert PROVIDERS[name].title in str(error)  # noqa: PT017 - one or the other
