"""Languages besides the first one: which there are, and the publication's own words in each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tipsheet.documents import Document
from tipsheet.fields import SETTING
from tipsheet.model.language import folder_of, language_segments
from tipsheet.model.publication import Masthead
from tipsheet.model.segment import Segment
from tipsheet.problems import Problem, Where
from tipsheet.settings.config import language_of
from tipsheet.settings.leaving import Leaving, consent_in
from tipsheet.settings.tables import LanguageTable, SubscribeSettings
from tipsheet.words import own_name, words_of

__all__ = ["OtherLanguage", "others_of", "segments_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLanguage:
    """A language besides the first: its code (BCP 47), that of Material's words in it, and the publication's words."""

    language: str
    translation: str
    words: LanguageTable
    where: Where

    def masthead(self, first: Masthead) -> Masthead:
        """The masthead in this language."""
        names = ("name", "tagline", "promise", "description")
        own = {name: value for name in names if (value := getattr(self.words, name))}
        return replace(first, language=self.language, folder=folder_of(self.language), **own)

    def titled(self, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """The segments with their titles in this language."""
        titles = self.words.segments
        return tuple([replace(segment, title=titles.get(segment.id, segment.title)) for segment in segments])

    def without_own(self, words: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
        """Words for segments in the first language, of those that have no title in this one."""
        return {name: said for name, said in words.items() if name not in self.words.segments}

    def form(self, form: SubscribeSettings | None, leaving: Leaving, masthead: Masthead) -> SubscribeSettings | None:
        """The form, with the words of consent in this language."""
        if form is None:
            return None
        said = words_of(self.language, "settings", masthead.words)
        return form.model_copy(update={"consent": self.words.consent or consent_in(form, leaving, said)})


def segments_of(first: str, others: Mapping[str, OtherLanguage]) -> tuple[Segment, ...]:
    """A segment of the readers of each language besides the first."""
    return tuple(language_segments((first, *others), {language: own_name(language) for language in others}))


def others_of(
    entry: Document, tables: Mapping[str, LanguageTable], first: str
) -> tuple[dict[str, OtherLanguage], list[Problem]]:
    """The languages besides the first; one of which Material has no words is left out, with a problem."""
    others: dict[str, OtherLanguage] = {}
    problems: list[Problem] = []
    known: dict[str, str] = {}
    for place, (code, words) in enumerate(tables.items()):
        listed = isinstance(entry.get("languages"), list)
        where = entry.place(("languages", place)) if listed else entry.key(("languages", code))
        theme, found = language_of(code, where)
        problems += found
        if any(problem.code == "TS037" for problem in found):
            continue
        if theme.language.lower() in known:
            problems.append(_again(known[theme.language.lower()], code, where))
        elif theme.language.lower() != first.lower():
            known[theme.language.lower()] = code
            others[theme.language] = OtherLanguage(
                language=theme.language, translation=theme.translation, words=words, where=where
            )
    return others, problems


def _again(first: str, second: str, where: Where) -> Problem:
    """The problem of two codes for one language: it has one folder, one feed and one search."""
    return Problem(where, SETTING, f"languages: '{first}' and '{second}' are one language", "delete one of the two")
