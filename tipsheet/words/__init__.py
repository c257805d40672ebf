"""Words of ours that readers see, in one file for each language: ``<language>.toml``, with a table for each subject.

A language without a file has the words of its primary language (``pt`` for ``pt-BR``), or else English ones.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markupsafe import Markup, escape

__all__ = ["ENGLISH", "Words", "languages", "words_of"]

ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a subject in one language; a text with plural forms has one for each category of CLDR."""

    language: str
    texts: Mapping[str, str | Mapping[str, str]]

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
        category = Locale.parse(self.language, sep="-").plural_form(number)
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
def words_of(language: str, subject: str) -> Words:
    """The words of a subject in this language (BCP 47), read once; raises KeyError for a subject that has none."""
    tag = language.replace("_", "-")
    name = next(name for name in (tag, tag.partition("-")[0].lower(), ENGLISH) if name in languages())
    text = (files("tipsheet.words") / f"{name}.toml").read_text("utf-8")
    return Words(language=name, texts=tomllib.loads(text)[subject])
