"""Spelling and grammar of English texts, by Harper, where the extra ``prose`` is installed.

Harper reads what readers read: a text of the same length as the source, in which a dash stands for code, addresses and
merge fields, and blanks for Markdown's signs, so that its places are those of the source. Of its 900 rules those are
asked that lexicon/en.toml lists, since all of them take four times as long and many are matters of taste.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Ref, Unit
from tipsheet.lexicon import listed_in, own_words
from tipsheet.model.placeholders import FIELD
from tipsheet.model.publication import Publication, may_still_be_sent
from tipsheet.places import SourceText
from tipsheet.problems import Problem
from tipsheet.settings import Settings
from tipsheet.words import ENGLISH

if TYPE_CHECKING:
    from harper import Lint, Linter

__all__ = ["PROSE", "prose_units", "readable", "reads_prose", "spell"]

PROSE = "spelling and grammar"
"""The words with which `tipsheet check` tells that this check ran."""
CODES = ("TS260", "TS261")
SPELLING, REPEATED = "SpellCheck", "RepeatedWords"
DIALECTS: Mapping[str, tuple[int, ...]] = {
    "US": (0,), "GB": (1,), "IE": (1,), "AU": (2,), "NZ": (2,), "CA": (3,), "IN": (4,),
}  # fmt: skip
"""Harper's numbers of the dialects by regions of BCP 47. English of no region may be American or British."""
ANY_DIALECT = (1, 0)

_HOLES = re.compile(
    rf"{FIELD.pattern}|@@[^@\n]*@@|[^\s<>()@]+@[^\s<>()@]+|\||^[ \t-]*(?:title|description|subject|preheader|alt):",
    re.MULTILINE,
)
"""What a dash stands for: merge fields, addresses of mail, edges of cells, and keys of headers."""
_SIGNS = re.compile(
    r"""
    ^[ >]*/{3,}[ \t]*(?:action|event)[ \t]*\u2013 | ^[ >]*/{3,}.*$      # beginnings and ends of blocks
    | ^[ >]*\[[^\]\n]+\]:.*$ | \]\[[^\]\n]*\] | \[\^[^\]\n]+\]                  # definitions and references
    | \{[^{}\n]*\} | <[^<>]*> | &\#?\w+; | (?<!\w):\w+:(?!\w)                   # attributes, elements, entities, icons
    | [*_~^=>#\\`\[\]]
    """,
    re.VERBOSE | re.MULTILINE,
)
_SEEN_KEY = re.compile(r"^[ \t-]*(?:title|description|subject|preheader|alt):[ \t]*[^\s|>].*$", re.MULTILINE)
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_NAME = re.compile(r"[^\W\d_]+")


def reads_prose(settings: Settings) -> bool:
    """Tell whether this check runs: Harper is there, one of the languages is English, and not both codes are off."""
    if all(settings.lint.get(code) == "off" for code in CODES):
        return False
    languages = settings.languages or (settings.masthead.language,)
    return any(map(_is_english, languages)) and find_spec("harper") is not None


def _is_english(language: str) -> bool:
    return language.partition("-")[0] == ENGLISH


def prose_units(root: Path, publication: Publication, settings: Settings, inputs: Inputs) -> Iterator[Unit]:
    """The check as units, of every English issue that may still be sent, drafts among them, and of welcome letters."""
    named = (publication.masthead.name, *(segment.title for segment in publication.segments))
    names = (*named, *(author.name for author in publication.authors))
    words = tuple(sorted(own_words(root).union(*(_NAME.findall(name) for name in names))))
    issues = [issue for issue in publication.issues if may_still_be_sent(issue, publication.now)]
    texts = [text for issue in (*issues, *publication.welcome) for text in issue.texts]
    spoken = {text.where.path: settings.in_language(text.language).masthead.language for text in texts}
    for path in sorted(path for path, language in spoken.items() if _is_english(language)):
        source = Ref("source", path, inputs.digest(path))
        args = {"source": source, "path": path, "language": spoken[path], "words": words}
        yield Unit(f"prose/{path}", look_over_prose, args, (), alone=True)


def look_over_prose(source: str, path: str, language: str, words: tuple[str, ...]) -> Made:
    """The findings of one source."""
    return Made({}, tuple(spell(SourceText(path, source), language, frozenset(words))))


def spell(source: SourceText, language: str, words: frozenset[str]) -> Iterator[Problem]:
    """Misspelled words (TS260) and mistakes of grammar (TS261), at their places.

    ``words`` are right as they are written, at the beginning of a sentence, and with ``'s``.
    """
    text = readable(source)
    dialects, doubles = DIALECTS.get(language.partition("-")[2].upper(), ANY_DIALECT), listed_in(ENGLISH, "doubles")
    for rule, lint in _found(text, dialects, words):
        place, shown = source.where(lint.span.start), " ".join(lint.problem_text.split())
        if rule == REPEATED and shown.partition(" ")[0].lower() in doubles:
            continue
        if rule != SPELLING:
            yield Problem(place, "TS261", f"'{shown}': {_message(lint)}", _hint(lint))
        elif not _is_known(shown, words):
            yield Problem(place, "TS260", f"'{shown}' is no word that the dictionary has", _hint(lint))


def readable(source: SourceText) -> str:
    """The text that readers read, as long as the source, with dashes and blanks for all the rest."""
    text, prose = source.text, source.prose
    signs = ["\n" if written == "\n" else sign for sign, written in zip(prose, text, strict=True)]
    for found in _SEEN_KEY.finditer(text, 0, source.start):
        signs[found.start() : found.end()] = found[0]
    for at in range(source.start, len(text)):  # code and comments are blank in the prose
        if prose[at] != text[at] and prose[at - 1] == text[at - 1]:
            signs[at] = "\u2013"
    for mention in source.mentions:
        if prose.startswith(mention.address, mention.at):
            dash = "\u2013" if mention.words == mention.address else " "
            signs[mention.at : mention.at + len(mention.address)] = dash.ljust(len(mention.address))
    return _SIGNS.sub(_blank, _HOLES.sub(_dash, "".join(signs)))


def _dash(found: re.Match[str]) -> str:
    return "\u2013".ljust(len(found[0]))


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _found(text: str, dialects: tuple[int, ...], words: frozenset[str]) -> Iterator[tuple[str, "Lint"]]:
    """The findings of the first dialect with their rules; of words, those that no other dialect knows."""
    first, *others = (_linter(dialect, words) for dialect in dialects)
    found = first.organized_lints(text, language="plaintext")
    unknown = {lint.problem_text for lint in found[SPELLING]}
    for other in others:  # asked about these words alone, since to look for like ones takes it long
        unknown &= {one.problem_text for one in other.lint("\n\n".join(sorted(unknown)), language="plaintext")}
    for rule, lints in found.items():
        yield from ((rule, one) for one in lints if rule != SPELLING or one.problem_text in unknown)


@cache
def _linter(dialect: int, words: frozenset[str]) -> "Linter":
    """Harper for a dialect, with these words and the rules of the list alone; its dictionary is loaded once."""
    from harper import Linter  # noqa: PLC0415 - an extra

    linter, asked = Linter(dialect), {SPELLING, *listed_in(ENGLISH, "prose_rules")}
    linter.set_lint_config({rule: rule in asked for rule in linter.get_lint_config()})
    linter.import_words(sorted(words))
    return linter


def _is_known(word: str, words: frozenset[str]) -> bool:
    """Tell whether a word is in the list, or is none: a letter, a number with its unit, an abbreviation in capitals."""
    if len(word) == 1 or any(sign.isdigit() for sign in word) or word.isupper():
        return True
    plain = _POSSESSIVE.sub("", word)
    return not words.isdisjoint({word, plain, word[:1].lower() + word[1:], plain[:1].lower() + plain[1:]})


def _message(lint: "Lint") -> str:
    return lint.message.rstrip(".").replace("`", "'")


def _hint(lint: "Lint") -> str:
    """Up to three forms that may be meant, and where a right word is told."""
    forms: Iterable[str] = (one.replacement_text for one in lint.suggestions[:3])
    meant = " or ".join(f"'{form}'" for form in forms if form.strip())
    return f"perhaps {meant}" if meant else "look at the sentence again"
