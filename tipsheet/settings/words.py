"""Words of a publication's own: the ``words`` table of mkdocs.yml, and the files of words that it names.

A key of the table is a subject, for words in the publication's own language, or a language. What a language has is a
table of subjects or the path of a file of words (TOML), in the form of `tipsheet/words/en.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

from tipsheet.documents import Document, read_text
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.scalars import written
from tipsheet.words import (
    ENGLISH,
    Catalogue,
    Own,
    Text,
    Words,
    catalogue_of,
    file_of,
    languages,
    plural_forms,
    words_of,
)

__all__ = ["OwnWords", "own_words"]

WRONG, LACKING, ENGLISH_ONLY = "TS044", "TS045", "TS038"
_NAMED_AT_MOST = 6
"""Missing words that a message names; a catalogue that was just begun lacks hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """The words of a publication by language, and the files that they stand in, relative to the publication."""

    words: Own = field(default_factory=dict)
    files: tuple[str, ...] = ()

    def of(self, language: str, subject: str) -> Words:
        """The words of a subject, those of the publication first."""
        return words_of(language, subject, self.words)


def own_words(root: Path, table: Document, chosen: Mapping[str, Where]) -> tuple[OwnWords, list[Problem]]:
    """Read the ``words`` table; a word with a mistake is left out, and ours stands in its place.

    ``chosen`` are the places where the languages of the publication are chosen, the first one first.
    """
    language = next(iter(chosen))
    reading = _Reading(root)
    inline: dict[str, Mapping[str, Text]] = {}
    for key in table.data if isinstance(table.data, dict) else ():
        name = str(key)
        if name in catalogue_of(ENGLISH):
            inline |= reading.subject(language, name, table.within(key))
        else:
            reading.language(name.replace("_", "-"), table.within(key), table.key((key,)))
    if inline:
        own = reading.words.get(language, {})
        reading.words[language] = {**own, **{name: {**own.get(name, {}), **texts} for name, texts in inline.items()}}
    for one, where in chosen.items():
        reading.problems += _lacking(reading.words, one, where)
    return OwnWords(words=reading.words, files=tuple(reading.files)), reading.problems


def _lacking(own: Own, language: str, chosen: Where) -> Iterator[Problem]:
    """The problem of words that the publication's language has from nobody; English ones stand in their place."""
    if file_of(language) != ENGLISH or language.partition("-")[0] == ENGLISH:
        return
    if language not in own:
        message = f"dates and menus are in '{language}', and the words of tipsheet itself in English"
        hint = (
            f"it speaks {', '.join(languages())}; bring words of your own: words: {{{language}: words/{language}.toml}}"
        )
        yield Problem(chosen, ENGLISH_ONLY, message, hint)
        return
    ours = catalogue_of(ENGLISH)
    missing = [f"{s}.{name}" for s, texts in ours.items() for name in texts if name not in own[language].get(s, {})]
    if missing:
        named = ", ".join(missing[:_NAMED_AT_MOST]) + (", …" if len(missing) > _NAMED_AT_MOST else "")
        message = f"{len(missing)} of tipsheet's words are not said in '{language}', and are in English: {named}"
        yield Problem(chosen, LACKING, message, "add them to the words of that language")


class _Reading:
    """The words and the problems that were found so far."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.words: dict[str, Catalogue] = {}
        self.files: list[str] = []
        self.problems: list[Problem] = []

    def unknown(self, where: Where, message: str, name: str, known: Mapping[str, object]) -> None:
        hint = did_you_mean(name, known) or f"one of {', '.join(known)}"
        self.problems.append(Problem(where, WRONG, message, hint))

    def wrong(self, where: Where, message: str, hint: str = "") -> None:
        self.problems.append(Problem(where, WRONG, message, hint))

    def language(self, language: str, table: Document, where: Where) -> None:
        """Read the words of a language: a table of subjects, or the path of a file of them."""
        try:
            plural_forms(language)
        except LookupError:
            self.unknown(where, f"'{language}' is neither a subject nor a language", language, catalogue_of(ENGLISH))
            return
        if isinstance(table.data, str):
            table = self._file(str(written(table.data)), table.place(()))
        elif not isinstance(table.data, dict):
            self.wrong(where, f"the words of '{language}' are a table of subjects, or a file", "words/da.toml")
            return
        own: dict[str, Mapping[str, Text]] = {}
        for subject in table.data:
            if subject in catalogue_of(ENGLISH):
                own |= self.subject(language, subject, table.within(subject))
            else:
                self.unknown(
                    table.key((subject,)), f"there is no subject '{subject}'", str(subject), catalogue_of(ENGLISH)
                )
        self.words[language] = own

    def _file(self, path: str, where: Where) -> Document:
        nothing = Document({}, {(): where}, {})
        if not (self.root / path).resolve().is_relative_to(self.root.resolve()):
            self.wrong(where, f"'{path}' lies outside the publication", "name a file beside mkdocs.yml")
            return nothing
        try:
            text, problems = read_text(self.root / path, path)
        except OSError:
            self.problems.append(Problem(where, "TS013", f"there is no file '{path}'", "make it, or name another"))
            return nothing
        self.files.append(path)
        self.problems += problems
        if text is None:
            return nothing
        try:
            return Document(tomllib.loads(text), {(): Where(path)}, _lines(text, path))
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            self.wrong(Where(path, int(line[1]) if line else 1), f"this is not TOML: {error}")
            return nothing

    def subject(self, language: str, subject: str, table: Document) -> Catalogue:
        """The words of a subject that are sound, by the subject; empty without one."""
        if not isinstance(table.data, dict):
            self.wrong(table.place(()), f"'{subject}' is a table of words", 'write them below it: name: "text"')
            return {}
        sound = dict(self._texts(language, subject, table))
        return {subject: sound} if sound else {}

    def _texts(self, language: str, subject: str, table: Document) -> Iterator[tuple[str, Text]]:
        ours = catalogue_of(ENGLISH)[subject]
        for name, value in table.data.items():
            where = table.key((name,))
            if name not in ours:
                self.unknown(where, f"there is no word '{name}' in '{subject}'", str(name), ours)
                continue
            text = self._text(language, f"{subject}.{name}", ours[name], value, where)
            if text is not None:
                yield name, text

    def _text(self, language: str, name: str, ours: Text, value: object, where: Where) -> Text | None:
        """The text, or its forms; None with a problem for one that cannot stand in place of ``ours``."""
        if isinstance(ours, str):
            return self._filled({"": ours}, {"": value}, name, where).get("")
        wanted = plural_forms(language)
        if not isinstance(value, dict) or set(value) != wanted:
            given = f", not {', '.join(map(str, value))}" if isinstance(value, dict) else ""
            forms = ", ".join(f'{form}: "…"' for form in sorted(wanted))
            self.wrong(where, f"'{name}' has a form for each of {', '.join(sorted(wanted))}{given}", f"{{{forms}}}")
            return None
        texts = self._filled(ours, value, name, where)
        return texts if texts.keys() == wanted else None

    def _filled(self, ours: Mapping[str, str], texts: Mapping[str, object], name: str, where: Where) -> dict[str, str]:
        """The texts that can be filled with the values that ours are filled with."""
        known = {value for text in ours.values() for value in _values(text)}
        sound: dict[str, str] = {}
        used: set[str] = set()
        for form, text in texts.items():
            plain = str(written(text)) if isinstance(text, str | int | float) and not isinstance(text, bool) else ""
            try:
                values = _values(plain)
            except ValueError as error:
                self.wrong(where, f"'{name}' cannot be filled: {error}", "write {{ and }} for braces that are meant")
                continue
            if not plain.strip() or "\n" in plain.strip():
                self.wrong(where, f"'{name}' is one line of text", f'"{next(iter(ours.values()))}"')
            elif unknown := [value for value in values if value not in known]:
                hint = did_you_mean(unknown[0], known) or (f"it has {_braced(known)}" if known else "it has no values")
                self.wrong(where, f"'{name}' has no value {{{unknown[0]}}}", hint)
            else:
                sound[form], used = plain.strip(), {*used, *values}
        if sound.keys() == texts.keys() and (missing := known - used):
            message = f"'{name}' leaves out {_braced(missing)}"
            self.problems.append(Problem(where, LACKING, message, f"ours is: {list(ours.values())[-1]}"))
        return sound


def _braced(values: set[str]) -> str:
    return ", ".join(f"{{{value}}}" for value in sorted(values))


def _values(text: str) -> list[str]:
    """The values that a text is filled with, with what is asked of them; raises ValueError for braces without sense."""
    return [
        name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
        for _, name, spec, conversion in Formatter().parse(text)
        if name is not None
    ]


def _lines(text: str, path: str) -> dict[tuple[str | int, ...], Where]:
    """The places of the keys of a TOML file with a table for each subject and a line for each word."""
    places: dict[tuple[str | int, ...], Where] = {}
    subject = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if table := re.match(r"\s*\[\s*([\w-]+)", line):
            subject = table[1]
            places[subject,] = Where(path, number)
        elif word := re.match(r"""\s*["']?([\w-]+)["']?\s*=""", line):
            places[(subject, word[1]) if subject else (word[1],)] = Where(path, number)
    return places
