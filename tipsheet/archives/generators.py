"""Texts of site generators as items: what Jekyll, Hugo, Eleventy, Pelican, mkdocs-material and plain folders share."""

import datetime as dt
import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from tipsheet.archives.dialects import formulas
from tipsheet.archives.fidelity import commonmark
from tipsheet.archives.headers import Headed, date_in_name, headed, moment_of, names_in, tags_in, text_in
from tipsheet.archives.item import Form, Item, Left, State
from tipsheet.archives.source import SourceFiles
from tipsheet.archives.templating import Template
from tipsheet.archives.trees import tree_of
from tipsheet.git import Git, GitError
from tipsheet.problems import Where
from tipsheet.reading.conversion import TooLongError, bounded

__all__ = [
    "HTML",
    "MARKDOWN",
    "TEXTS",
    "Post",
    "cover_of",
    "date_of_file",
    "in_ascii",
    "item_of",
    "no_text",
    "posts_in",
    "read_each",
    "unread",
    "url_from",
]

MARKDOWN = (".md", ".markdown", ".mkd", ".mkdn", ".mdown", ".mdwn", ".mdx", ".qmd")
HTML = (".html", ".htm", ".xhtml")
TEXTS = (*MARKDOWN, *HTML)
UNREAD = (".textile", ".adoc", ".asciidoc", ".rst", ".org", ".haml", ".slim", ".njk", ".pug", ".ipynb", ".wiki")
_TITLE = re.compile(
    r"\A\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+"
    r"(?: {0,3}#[ \t]++([^\n]+?)(?:(?<![ \t])[ \t]*+#*+[ \t]*+)?(?:\n|\Z)|([^\n]+)\n {0,3}=+[ \t]*(?:\n|\Z))",
    re.DOTALL,
)
_IN_HTML = re.compile(r"<(title|h1)\b[^<>]*+>((?:(?!<\1\b).)*?)</\1>", re.DOTALL | re.IGNORECASE)
_LANGUAGE = re.compile(r"(.*[^/.])\.([a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?)")
_IN_PATH = re.compile(r"(?:^|/)(\d{4})/(\d{1,2})(?:/(\d{1,2}))?/")


@dataclass(frozen=True, slots=True)
class Post:
    """A text with its header; ``stem`` is the name of its file without a date and an ending."""

    name: str
    headed: Headed
    stem: str
    day: dt.datetime | None
    """Of the name of its file."""
    language: str = ""
    """Of the name of its file, where another stands beside it: ``de`` in ``ask.de.md`` beside ``ask.md``."""
    work: str = ""
    """The name that it shares with its translations, where there are any."""

    @property
    def header(self) -> Mapping[str, Any]:
        """Keys in small letters."""
        return self.headed.header

    @property
    def plain(self) -> str:
        """The name of its file without a language."""
        stem, ending = posixpath.splitext(self.name)
        return f"{stem.removesuffix(f'.{self.language}')}{ending}" if self.language else self.name

    @property
    def where(self) -> Where:
        """The first line of its body."""
        return Where(self.name, self.headed.first_line)

    @property
    def form(self) -> Form:
        """The language of its body."""
        return Form.HTML if self.name.lower().endswith((*HTML, ".rst")) else Form.MARKDOWN


def posts_in(files: SourceFiles, names: Iterable[str], left: list[Left], *, meta: bool = False) -> list[Post]:
    """The texts of these names; one that cannot be read is told, and the others come."""
    found = []
    names = tuple(names)
    works = Counter(_in_language(name)[0] for name in names)
    for name in names:
        text = files.text_or_told(name, left)
        if text is None:
            continue
        if reason := no_text(text):
            left.append(Left(Where(name), reason))
            continue
        one = headed(text, meta=meta)
        work, language = _in_language(name) if works[_in_language(name)[0]] > 1 else ("", "")
        base = posixpath.basename(work or name)
        stem = base if work else posixpath.splitext(base)[0]
        if stem.lower() in ("index", "_index", "readme"):
            stem = posixpath.basename(posixpath.dirname(name)) or stem
        dated = date_in_name(stem)
        day, rest = dated or (None, stem)
        if one.broken:
            left.append(Left(Where(name), "a header that is not in its language, which was read line by line"))
        found.append(Post(name, one, rest or stem, day, language, work))
    return found


def read_each(posts: Iterable[Post], make: Callable[[Post], Item], left: list[Left]) -> Iterator[tuple[Post, Item]]:
    """Each text with its item; one that cannot be read, whatever its header holds, is told, and the others come.

    The time of each is bounded: patterns of a configuration are tried on it.
    """
    for post in posts:
        try:
            with bounded(len(post.headed.body)):
                item = make(post)
        except TooLongError:
            left.append(Left(post.where, "an item that cannot be read", "it takes too long"))
        except Exception as error:  # noqa: BLE001 - a header can hold anything
            reason = f"{type(error).__name__}: {error}"
            left.append(Left(post.where, "an item that cannot be read", reason))
        else:
            yield post, item


def _in_language(name: str) -> tuple[str, str]:
    """The name of a file without its ending and the language in it, and that language."""
    stem = posixpath.splitext(name)[0]
    found = _LANGUAGE.fullmatch(stem)
    return (found[1], found[2]) if found else (stem, "")


_BINARY = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
OFTEN = 30
"""Characters of a text among which one that no text has is enough to call it none."""


def no_text(text: str) -> str:
    """The reason for which a file is no text for readers, or nothing."""
    if not text.strip("\ufeff \t\n"):
        return "an empty file"
    start = text[:1000]
    return "a file that is no text" if len(_BINARY.findall(start)) * OFTEN > len(start) else ""


def unread(files: SourceFiles, inside: Callable[[str], object] = bool) -> Iterator[Left]:
    """Texts in languages that are not read, of those whose names are ``inside``."""
    for name in files.ending(*UNREAD):
        if inside(name):
            yield Left(Where(name), "a text in a language that is not read", posixpath.splitext(name)[1])


def item_of(
    post: Post,
    *,
    prepare: Sequence[Callable[[Template], None]] = (),
    words: Mapping[str, str] | None = None,
    decides: bool = False,
    **known: Any,
) -> Item:
    """The item of a text: what its header says in the keys that generators share; ``known`` are fields that are known.

    ``prepare`` replaces the signs of a generator in the body, of which the header ``decides`` on parts, or not.
    """
    header = post.header
    keys = frozenset(key for key, value in header.items() if value is not None and value is not False)
    template = Template(post.headed.body, post.where, dict(words or {}), keys=keys if decides else None)
    for step in prepare:
        step(template)
    text = template.done()
    if post.form is Form.MARKDOWN:
        formulas(template)
    fields: dict[str, Any] = {
        "where": post.where,
        "title": text_in(header, "title", "subject") or title_in(text, post.form),
        "text": text,
        "source": "" if post.name.lower().endswith(".rst") else post.headed.body,
        "form": post.form,
        "date": moment_of(header.get("date")) or post.day or day_of_path(post.name),
        "slug": text_in(header, "slug") or post.stem,
        "description": _plain(text_in(header, "description", "subtitle", "summary", "excerpt", "tagline", "lead")),
        "authors": names_in(header.get("authors") or header.get("author")),
        "tags": tags_in(header, "tags", "tag", "categories", "category"),
        "state": _state(post),
        "base": post.name,
        "language": text_in(header, "lang", "language") or post.language,
        "work": post.work,
    }
    fields["cover"], fields["cover_alt"] = cover_of(header)
    fields |= known
    bare = () if text.strip() else (Left(post.where, "a header without a text below it", fields["title"]),)
    fields["left"] = (*template.left, *bare, *fields.get("left", ()))
    return Item(**fields)


def _plain(text: str) -> str:
    """The words of a description, which generators read as Markdown."""
    return tree_of(commonmark(text)).body.get_text() if re.search(r"[*_`\[\\<&]", text) else text


def title_in(text: str, form: Form) -> str:
    """The title that a text begins with, or nothing."""
    if form is Form.HTML:
        found = _IN_HTML.search(text)
        return unescape(re.sub(r"<[^>]+>", "", found[2])).strip() if found else ""
    if re.match(r"\s*<h1\b", text, re.IGNORECASE):
        return title_in(text, Form.HTML)
    heading = _TITLE.match(text)
    title = (heading[1] or heading[2] or "") if heading else ""
    return re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", lambda m: m[1] or "", title).strip()


def cover_of(header: Mapping[str, Any]) -> tuple[str, str]:
    """The address of a cover and its words, in the keys that themes use."""
    for key in (
        "image",
        "cover",
        "featured_image",
        "feature_image",
        "thumbnail",
        "featureimage",
        "og_image",
        "banner",
        "hero",
        "header",
        "images",
        "cover_image",
        "heroimage",
    ):
        value = header.get(key)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, str) and value.strip():
            return value.strip(), text_in(header, f"{key}_alt", "image_alt", "alt", "image_description")
        if isinstance(value, Mapping):
            source = text_in(value, "path", "src", "url", "image", "feature", "overlay_image", "teaser", "relative")
            if source:
                return source, text_in(value, "alt", "caption", "image_description")
    return "", ""


def day_of_path(name: str) -> dt.datetime | None:
    """The day that the folders of a file name: ``2015/01/02/`` or ``2015/01/``."""
    found = _IN_PATH.search(name)
    return moment_of(f"{found[1]}-{found[2]:0>2}-{found[3] or '01':0>2}") if found else None


_DRAFTS = re.compile(
    r"(?:^|/)[_.]?(?:drafts?|unpublished|entw(?:urf|\u00fcrfe)|brouillons?|borradores)/", re.IGNORECASE
)
_UNFINISHED = frozenset(
    {"draft", "drafts", "wip", "idea", "pending", "todo", "skip", "unpublished", "scheduled", "future"}
)
_UNSEEN = frozenset({"private", "hidden", "unlisted", "internal", "members", "password", "protected"})


def _state(post: Post) -> State:
    """The readers of a text: by its header, in the keys and words that programs use, and by the folder it stands in."""
    header = post.header
    said = {text_in(header, key).lower() for key in ("status", "state", "visibility", "access")}
    if said & _UNSEEN or any(map(_yes, (header.get("private"), header.get("hidden"), header.get("unlisted")))):
        return State.PRIVATE
    if text_in(header, "password"):
        return State.PRIVATE
    kept_back = any(_no(header.get(key)) for key in ("published", "publish", "public"))
    unfinished = said & _UNFINISHED or _yes(header.get("draft")) or _yes(header.get("wip"))
    return State.DRAFT if kept_back or unfinished or _DRAFTS.search(post.name) else State.PUBLIC


def _yes(value: object) -> bool:
    return str(value).strip().lower() in ("true", "yes", "1", "on")


def _no(value: object) -> bool:
    return str(value).strip().lower() in ("false", "no", "0", "off")


def url_from(pattern: str, parts: Mapping[str, str], sign: str = ":") -> str:
    """An address from a pattern such as ``/:year/:month/:title/``."""
    names = sorted(parts, key=len, reverse=True)
    known = "|".join(map(re.escape, names))
    return re.sub(r"/{2,}", "/", re.sub(rf"{re.escape(sign)}({known})\b", lambda m: parts[m[1]], pattern))


_LETTERS: Mapping[str, str] = {
    chr(number): "" if name == "-" else name
    for first, names in (
        (0x3B1, "a b g d e z e th i k l m n x o p r s s t u ph kh ps o"),
        (0x430, "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e iu ia"),
        (0x450, "ie io dj gj ie dz i yi j lj nj tsh kj i u dzh"),
    )
    for number, name in enumerate(names.split(), first)
} | {
    "ß": "ss", "æ": "ae", "ø": "o", "ð": "d", "þ": "th", "đ": "d", "ħ": "h",
    "\u0131": "i", "ł": "l", "ŋ": "ng", "œ": "oe", "ŧ": "t", "ґ": "g",
    "€": "eur", "£": "ps", "¥": "y", "§": "ss", "©": "c", "®": "r", "°": "deg", "\u00d7": "x",
    "\u2010": "-", "\u2013": "-", "\u2014": "--", "\u2015": "--",
}  # fmt: skip
"""Letters in ASCII as Unidecode writes them, where they are no letter of ASCII with a mark."""


def in_ascii(text: str) -> tuple[str, bool]:
    """A text in ASCII as Unidecode writes it, and True if each of its letters is known here.

    Known are those of Latin, Greek and Cyrillic. Signs are left out, but for some.
    """
    out: list[str] = []
    known = True
    for sign in unicodedata.normalize("NFKC", text):
        parts = [sign] if sign.lower() in _LETTERS else unicodedata.normalize("NFKD", sign)
        for part in parts:
            plain = part if part.isascii() else _LETTERS.get(part.lower(), "")
            known = known and (part.isascii() or part.lower() in _LETTERS or not part.isalpha())
            out.append(plain.capitalize() if part.isupper() else plain)
    return "".join(out), known


@cache
def _dates_of_git(root: Path) -> Mapping[str, str]:
    """The moments at which the files below a folder were first committed; empty where that is not in git."""
    asked = ("log", "--diff-filter=A", "--no-renames", "--format=%x00%aI", "--name-only", "--relative", "-z", "--", ".")
    try:
        names = Git(folder=root, any_owner=True).answer(*asked).names
    except GitError:
        return {}
    found: dict[str, str] = {}
    moment = ""
    for part in names:
        words = part.strip("\n")
        if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:+Z-]+", words):
            moment = words
        elif words and moment:
            found[words] = moment  # the log begins with the newest
    return found


def date_of_file(files: SourceFiles, name: str) -> tuple[dt.datetime | None, str]:
    """The moment at which git or the disk says that a file began, and which of both says it."""
    if files.root is not None and (moment := _dates_of_git(files.root).get(name)):
        return moment_of(moment), "a date from git, since the text has none"
    seconds = files.times(name)
    if seconds:
        return dt.datetime.fromtimestamp(int(seconds), dt.UTC), "the date of the file, since the text has none"
    return None, ""
