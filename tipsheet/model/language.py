"""Languages of a publication besides its first: for each a folder of the site, and a segment of its readers.

A reader's language is a fact like any other, so that the letter in it is one more combination of segments: sending,
the plan and the ledger know nothing of languages.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from tipsheet.model.segment import AllOf, AnyOf, Has, Not, Segment

__all__ = ["folder_of", "is_language", "language_segments", "segment_of"]

PREFIX = "language-"
"""Begins the id of such a segment; none that a publication declares may have it."""
LOCALE = "locale"
"""Kind of `Has` that asks for a reader's language: ``de`` holds for ``de-AT`` as well."""


def segment_of(language: str) -> str:
    """Id of the segment of readers who are written to in this language (BCP 47)."""
    return f"{PREFIX}{language.lower()}"


def is_language(segment: str) -> bool:
    """Return True for the id of a segment that a language has."""
    return segment.startswith(PREFIX)


def folder_of(language: str) -> str:
    """Folder of the site in which the pages of this language are, ending in ``/``."""
    return f"{language.lower()}/"


def language_segments(languages: Sequence[str], titles: Mapping[str, str]) -> Iterator[Segment]:
    """A segment for each language but the first; nobody is in two of them.

    ``titles`` are the names of languages in themselves. A reader gets the language that is named most exactly: of
    ``de`` and ``de-AT``, one with ``de-AT-1996`` gets the second. Where a language stands with a region alone, such as
    ``pt-BR``, all of its readers get it.
    """
    primaries = [language.partition("-")[0].lower() for language in languages]
    wide = {
        language: primary if primaries.index(primary) == place else language.lower()
        for place, (language, primary) in enumerate(zip(languages, primaries, strict=True))
    }
    for language in languages[1:]:
        own = {wide[language], language.lower()}
        others = chain.from_iterable((wide[other], other.lower()) for other in languages if other != language)
        nearer = sorted({o for o in others if o not in own and any(o.startswith(f"{name}-") for name in own)})
        rule = AnyOf(tuple(Has(LOCALE, name) for name in sorted(own)))
        apart = tuple(Not(Has(LOCALE, name)) for name in nearer)
        yield Segment(id=segment_of(language), title=titles[language], rule=AllOf((rule, *apart)) if apart else rule)
