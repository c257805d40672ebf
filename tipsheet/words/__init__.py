"""Words of ours that readers see, in one file for each language: ``<language>.toml``, with a table for each subject.

A language without a file has the words of its primary language (``pt`` for ``pt-BR``), or else English ones. A
publication lays words of its own over them (`Own`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from markupsafe import Markup, escape

__all__ = [
    "ENGLISH",
    "Catalogue",
    "Own",
    "Text",
    "Words",
    "catalogue_of",
    "file_of",
    "languages",
    "own_name",
    "plural_forms",
    "words_of",
]

ENGLISH = "en"
Text = str | Mapping[str, str]
"""A text, or its forms by the plural categories of CLDR."""
Catalogue = Mapping[str, Mapping[str, Text]]
"""Texts by subject and name."""
Own = Mapping[str, Catalogue]
"""A publication's own texts, by language (BCP 47) as mkdocs.yml writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a subject for a publication in ``language``; a text with plural forms has one for each category.

    ``plural`` is the language whose rules choose among the forms.
    """

    language: str
    texts: Mapping[str, Text]
    plural: str = ENGLISH

    def __call__(self, name: str, **values: object) -> str:
        """The text of this name with ``{…}`` filled in; raises KeyError for a name or a value that is missing."""
        return str(self.texts[name]).format(**values)

    def html(self, name: str, **values: object) -> Markup:
        """The same as HTML; values that are not `Markup` are escaped."""
        return escape(self.texts[name]).format(**values)

    def count(self, name: str, number: int) -> str:
        """The form of a text for this number, with the number for ``{n}``."""
        from babel import Locale  # noqa: PLC0415 - it takes as long to import as everything else in a small command

        forms = self.texts[name]
        if isinstance(forms, str):
            raise TypeError(f"'{name}' has no plural forms")
        category = Locale.parse(self.plural, sep="-").plural_form(number)
        return forms.get(category, forms["other"]).format(n=number)  # French has a form of its own for millions


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a file of words (BCP 47), sorted."""
    return tuple(
        sorted(
            file.name.removesuffix(".toml") for file in files("tipsheet.words").iterdir() if file.name.endswith(".toml")
        )
    )


@cache
def own_name(language: str) -> str:
    """The name of a language (BCP 47) in itself, by CLDR: ``Deutsch``; the code where CLDR does not know it."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - see `Words.count`

    try:
        return Locale.parse(language, sep="-").display_name or language
    except (UnknownLocaleError, ValueError):
        return language


def file_of(language: str) -> str:
    """The language whose file of words one has: its own, that of its primary language, or English."""
    tag = language.replace("_", "-")
    return next(name for name in (tag, tag.partition("-")[0].lower(), ENGLISH) if name in languages())


@cache
def catalogue_of(file: str) -> Catalogue:
    """The texts of a file of words, read once."""
    return tomllib.loads((files("tipsheet.words") / f"{file}.toml").read_text("utf-8"))


@cache
def plural_forms(language: str) -> frozenset[str]:
    """The plural categories that whole numbers below 10,000 have in a language, and ``other``.

    Raises LookupError for a language that CLDR does not know.
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - see `Words.count`

    try:
        form = Locale.parse(language, sep="-").plural_form
    except (UnknownLocaleError, ValueError) as error:
        raise LookupError(language) from error
    return frozenset({"other", *map(form, range(10_000))})


_NONE: Own = MappingProxyType({})


def words_of(language: str, subject: str, own: Own = _NONE) -> Words:
    """The words of a subject in this language (BCP 47), those of the publication first.

    Raises KeyError for a subject that has none.
    """
    words, laid = _ours(language, subject), own.get(language)
    if laid is None:
        return words
    plural = words.plural if words.plural != ENGLISH else language
    return Words(language=language, texts={**words.texts, **laid.get(subject, {})}, plural=plural)


@cache
def _ours(language: str, subject: str) -> Words:
    file = file_of(language)
    return Words(language=language, texts=catalogue_of(file)[subject], plural=file)
