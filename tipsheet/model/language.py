"""Languages of a publication besides its first: for each a folder of the site, a segment of its readers, and files.

A reader's language is a fact like any other, so that the letter in it is one more combination of segments: sending,
the plan and the ledger know nothing of languages.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.segment import AllOf, AnyOf, Has, Not, Segment

__all__ = [
    "FIELD", "below", "folder_of", "is_language", "language_for", "language_in", "language_segments", "original_of",
    "query_of", "segment_of", "segments_for", "spoken", "tag_of", "without_language",
]  # fmt: skip

PREFIX = "language-"
"""Begins the id of such a segment; none that a publication declares may have it."""
LOCALE = "locale"
"""Kind of `Has` that asks for a reader's language: ``de`` holds for ``de-AT`` as well."""
FIELD = "language"
"""Field of forms, and of addresses of the service, that says the language of the page that one comes from."""
_TAG = re.compile("[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
"""The language of a translation in the name of its file (BCP 47, or with ``_``): ``de`` in ``ask.de.md``."""

_LISTS = re.compile(
    r"\.?|latest/|(?:archive|actions|tags|authors|events|subscribe)/(?:[^.]*/)?|articles/(?:page/\d+/)?"
    r"|for/[^/]+/(?:page/\d+/)?|actions\.(?:xml|ics)|api/(?:issues|actions)\.json"
)
"""Addresses that every language has of its own: all but those of posts, files and ordinary pages."""


def segment_of(language: str) -> str:
    """Id of the segment of readers who are written to in this language (BCP 47)."""
    return f"{PREFIX}{language.lower()}"


def is_language(segment: str) -> bool:
    """Return True for the id of a segment that a language has."""
    return segment.startswith(PREFIX)


def spoken(segments: Segments, first: str) -> str:
    """The language in which readers of these segments are written to: one of theirs, else the ``first``."""
    return next((one.removeprefix(PREFIX) for one in sorted(segments) if is_language(one)), first)


def folder_of(language: str) -> str:
    """Folder of the site with the pages of this language, ending in ``/``; empty for the first language (``""``)."""
    return f"{language.lower()}/" if language else ""


def query_of(language: str, languages: Sequence[str]) -> str:
    """The query of an address of the service by which its page is in this language; empty where there is one."""
    return f"?{FIELD}={language}" if len(languages) > 1 else ""


def below(folder: str, address: str) -> str:
    """The address at which pages in this folder find what the first language has here; both from the site's root.

    >>> below("de/", "archive/"), below("de/", "issues/ask/"), below("de/", "actions/#action-ask")
    ('de/archive/', 'issues/ask/', 'de/actions/#action-ask')
    """
    path, mark, fragment = address.partition("#")
    if not folder or (mark and not path) or not _LISTS.fullmatch(path):
        return address
    return f"{folder}{path.removeprefix('.')}{mark}{fragment}"


def language_segments(languages: Sequence[str], titles: Mapping[str, str]) -> Iterator[Segment]:
    """A segment for each language but the first; nobody is in two of them.

    ``titles`` are the names of languages in themselves. A reader gets the language that is named most exactly: of
    ``de`` and ``de-AT``, one with ``de-AT-1996`` gets the second. Where a language stands with a region alone, such as
    ``pt-BR``, all of its readers get it.
    """
    named = _names(languages)
    for language, own in [*zip(languages, named, strict=True)][1:]:
        others = sorted(set().union(*named) - own)
        nearer = [one for one in others if any(one.startswith(f"{name}-") for name in own)]
        rule = AnyOf(tuple(Has(LOCALE, name) for name in sorted(own)))
        apart = tuple(Not(Has(LOCALE, name)) for name in nearer)
        yield Segment(id=segment_of(language), title=titles[language], rule=AllOf((rule, *apart)) if apart else rule)


def language_for(locale: str, languages: Sequence[str]) -> str:
    """The one of these languages that somebody with this locale reads, by the rule of `language_segments`.

    Empty where none of them is theirs, which the segments do not tell from the first language.

    >>> [language_for(locale, ("en", "de", "de-AT")) for locale in ("de_CH", "de-AT-1996", "EN-gb", "den", "")]
    ['de', 'de-AT', 'en', '', '']
    """
    code = f"{locale.replace('_', '-').lower()}-"
    found = (
        (len(name), language)
        for language, names in zip(languages, _names(languages), strict=True)
        for name in names
        if code.startswith(f"{name}-")
    )
    return max(found, default=(0, ""))[1]


def segments_for(locale: str, languages: Sequence[str]) -> Segments:
    """The segment of the language that somebody with this locale is written to in; none for the first one."""
    language = language_for(locale, languages)
    return frozenset({segment_of(language)}) if language in languages[1:] else PUBLIC


def _names(languages: Sequence[str]) -> list[set[str]]:
    """The codes in small letters by which each language is asked for; no two share one."""
    codes = [language.lower() for language in languages]
    primaries = [code.partition("-")[0] for code in codes]
    return [
        {code, primary} if primary not in codes and primaries.index(primary) == place else {code}
        for place, (code, primary) in enumerate(zip(codes, primaries, strict=True))
    ]


def language_in(name: str, languages: Sequence[str]) -> str:
    """The language that the name of a file says (``ask.de.md``): one of ``languages`` but the first, or nothing."""
    said = tag_of(name).lower().replace("_", "-") if languages[1:] else ""
    return next((language for language in languages[1:] if language.lower() == said), "")


def without_language(stem: str, language: str) -> str:
    """The name of the file without its ending, and without its language."""
    return stem[: -len(language) - 1] if language else stem


def tag_of(path: str) -> str:
    """The tag of a language that stands before the ending of a file's name: ``de`` of ``ask.de.md``, or nothing."""
    if not path.endswith(".md"):
        return ""
    before, _, tag = path[:-3].rpartition(".")
    return tag if before and before[-1] not in "./" and _TAG.fullmatch(tag) else ""


def original_of(path: str) -> str:
    """The path of the file of which this one says by its name that it is a translation; empty where it does not."""
    tag = tag_of(path)
    return f"{without_language(path[:-3], tag)}.md" if tag else ""
