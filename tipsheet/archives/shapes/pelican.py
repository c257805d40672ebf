"""A site of Pelican: texts with lines of ``Title:`` and ``Date:`` at the top (https://docs.getpelican.com/en/stable/content.html).

``pelicanconf.py`` is a program: values that it writes out are read from its syntax tree, and nothing of it is run.
Texts in reStructuredText are read by docutils where that is installed. Nothing that such a text names is opened: files
are not included, and raw HTML and roles of programs stay out.
"""

import ast
import datetime as dt
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import unquote

from tipsheet.archives.dialects import admonitions, extra, kramdown
from tipsheet.archives.generators import (
    HTML,
    MARKDOWN,
    Post,
    date_of_file,
    day_of_path,
    in_ascii,
    item_of,
    no_text,
    posts_in,
    read_each,
    title_in,
)
from tipsheet.archives.headers import Headed, in_zone, moment_of, names_in, tags_in, text_in
from tipsheet.archives.item import Archive, Form, Item, Left, State
from tipsheet.archives.markdown import pairs_of
from tipsheet.archives.source import SourceFiles
from tipsheet.archives.templating import Template, liquid_tags
from tipsheet.problems import Where

__all__ = ["read", "read_rst", "recognise"]

_META = re.compile(r"\A(?:[A-Za-z][\w-]*:.*\n(?:[ \t]+\S.*\n)*)*?(?:date|slug|category):[ \t]*\S", re.IGNORECASE)
_RST = re.compile(r"^:(?:date|slug|category|tags|author|title):", re.MULTILINE | re.IGNORECASE)
_LINK = re.compile(
    r"""(?:(?<=[("'<])|(?<=\]: ))[{|](filename|static|attach|author|category|tag|index)[}|]([^\s)"'>]*)"""
)
_SLUG = ((r"[^\w\s-]", ""), (r"\A\s*", ""), (r"\s*\Z", ""), (r"[-\s]+", "-"))
"""What Pelican replaces in a title for a slug, unless its configuration says otherwise."""
_REPEATED = re.compile(r"\)[*+{]|\\\d")
"""Of a pattern that could be tried for ever: a group that is repeated, or a reference to one."""
_FIELD = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_HTML_META = re.compile(r"""<meta\s(?=[^<>]*?\bname\s*=)((?:"[^"<>]*"|'[^'<>]*'|[^<>"'])*+)>""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(name|content|contents)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>/]++))""", re.IGNORECASE)
_BODY, _END_OF_BODY = re.compile(r"<body\b[^<>]*+>", re.IGNORECASE), re.compile(r"</body>", re.IGNORECASE)
_NAMED_CODE = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}|\t)(?::::|#!)([\w+-]+)[^\n]*\n((?:(?:(?: {4}|\t)[^\n]*|[ \t]*)\n)*)")
CONFIGS = ("pelicanconf.py", "publishconf.py", "settings.py")
LONGEST_PATTERN, LONGEST_NAME = 200, 300
"""Characters of a pattern of the configuration, and of a text that it is tried on."""
ASKED = 200
"""Texts that are looked at to recognise a site without its configuration."""


def recognise(files: SourceFiles) -> bool:
    """Return True for a site of Pelican."""
    if any(name.rpartition("/")[2] == CONFIGS[0] for name in files.names):
        return True
    texts = files.ending(*MARKDOWN, ".rst")[:ASKED]
    marked = [name for name in texts if (_RST if name.endswith(".rst") else _META).search(files.start(name)[:3000])]
    return bool(marked) and len(marked) * 2 > len(texts)


def read(files: SourceFiles) -> Archive:
    """All articles; pages and drafts too, as far as they have a date."""
    left: list[Left] = []
    config, folder = _config(files)
    content = posixpath.normpath(posixpath.join(folder, str(config.get("PATH") or "content")))
    if not files.below(content):
        content = folder
    inside = files.below(content) if content not in ("", ".") else files.names
    pages = tuple(f"{posixpath.join(content, str(one))}/" for one in _texts(config.get("PAGE_PATHS")) or ["pages"])
    addresses: dict[str, str] = {}
    names = [
        name
        for name in inside
        if name.lower().endswith((*MARKDOWN, *HTML, ".rst")) and _is_read(name, content, pages, config, left)
    ]
    items: list[Item] = []
    rst = [name for name in names if name.lower().endswith(".rst")]
    found = posts_in(files, [name for name in names if name not in rst], left, meta=True)
    found += list(read_rst(files, rst, left))
    found = [one for one in found if not one.name.lower().endswith(HTML) or _HTML_META.search(one.headed.body[:5000])]

    def made(post: Post) -> Item:
        item = _item(_with_path(_with_meta(post), config, content), config, content)
        undated = item.date is None and not text_in(post.header, "date")
        return replace(item, date=_default(files, post.name, config.get("DEFAULT_DATE"))) if undated else item

    for post, item in read_each(sorted(found, key=lambda one: one.name), made, left):
        written = text_in(post.header, "date")
        if post.name.startswith(pages):
            left.append(Left(Where(post.name), "a page that is no article", item.title))
            pattern = text_in(post.header, "url") or str(config.get("PAGE_URL") or "pages/{slug}.html")
            addresses[post.name] = pattern.replace("{slug}", item.slug)
            continue
        if item.date is None and written:
            left.append(Left(Where(post.name), "an article with a date that cannot be read", written))
        elif item.date is None:
            left.append(Left(Where(post.name), "an article without a date", item.title))
        else:
            items.append(item)
    site = str(config.get("SITEURL") or "")
    sites = (f"{site.rstrip('/')}/",) if site.startswith("http") else ()
    extra = tuple(posixpath.join(content, str(one)) for one in _texts(config.get("STATIC_PATHS")))
    language = str(config.get("DEFAULT_LANG") or "en")
    return Archive(
        items=tuple(items), left=tuple(left), sites=sites, static=(content, "", *extra), language=language,
        pages=addresses,
    )  # fmt: skip


def _config(files: SourceFiles) -> tuple[dict[str, Any], str]:
    """The values that the configuration writes out, and the folder that it stands in."""
    found: dict[str, Any] = {}
    folder = ""
    for base in CONFIGS[:2]:
        name = next((one for one in sorted(files.names, key=len) if one.rpartition("/")[2] == base), "")
        if not name:
            continue
        folder = folder or posixpath.dirname(name)
        try:
            body = ast.parse(files.text(name)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for statement in body:
            if (
                isinstance(statement, ast.Assign)
                and len(statement.targets) == 1
                and isinstance(statement.targets[0], ast.Name)
            ):
                try:
                    value = ast.literal_eval(statement.value)
                except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                    continue
                if value not in ("", None):
                    found[statement.targets[0].id] = value
    return found, folder


def _is_read(name: str, content: str, pages: tuple[str, ...], config: Mapping[str, Any], left: list[Left]) -> bool:
    """Return True for a text that Pelican reads; one that it does not had no readers, and is told."""
    path = posixpath.relpath(name, content or ".")
    patterns = _texts(config.get("IGNORE_FILES")) or ["**/.*"]
    if any(fnmatch(part, one.rpartition("/")[2]) for part in path.split("/") for one in patterns):
        left.append(Left(Where(name), "a file that Pelican passes over"))
        return False
    inside = [one.strip("/") for one in _texts(config.get("ARTICLE_PATHS"))]
    outside = [one.strip("/") for one in _texts(config.get("ARTICLE_EXCLUDES"))]
    read = not inside or any(one in ("", ".", path) or path.startswith(f"{one}/") for one in inside)
    if name.startswith(pages) or (read and not any(path.startswith(f"{one}/") for one in outside if one)):
        return True
    left.append(Left(Where(name), "a text outside of the folders of articles"))
    return False


def _texts(value: object) -> list[str]:
    """The texts of a list that a configuration writes out."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def _pattern(value: object) -> re.Pattern[str] | None:
    """A pattern of the configuration, if it is one and is tried in a time that is bounded."""
    if not isinstance(value, str) or len(value) > LONGEST_PATTERN or _REPEATED.search(value):
        return None
    try:
        return re.compile(value, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError):
        return None


def _with_path(post: Post, config: Mapping[str, Any], content: str) -> Post:
    """A text with what the configuration and its path say of it, where its header does not."""
    known: dict[str, Any] = {}
    if isinstance(usual := config.get("DEFAULT_METADATA"), Mapping):
        known |= {str(key).lower(): value for key, value in usual.items()}
    path = posixpath.relpath(post.name, content or ".")
    stem = posixpath.splitext(posixpath.basename(path))[0]
    for key, text in (("PATH_METADATA", path), ("FILENAME_METADATA", stem)):
        pattern = _pattern(config.get(key))
        found = pattern.match(text[:LONGEST_NAME]) if pattern else None
        known |= {name.lower(): value for name, value in (found.groupdict() if found else {}).items() if value}
    return replace(post, headed=replace(post.headed, header=known | dict(post.header))) if known else post


def _slug(text: str, config: Mapping[str, Any]) -> tuple[str, bool]:
    """The slug that Pelican makes of a title or a name, and True if each of its letters is known here."""
    text = unescape(re.sub(r"<[^<>]*>", "", text))[:LONGEST_NAME]
    known = True
    if config.get("SLUGIFY_USE_UNICODE"):
        text = unicodedata.normalize("NFKC", text)
    else:
        text, known = in_ascii(text)
    pairs = config.get("SLUG_REGEX_SUBSTITUTIONS") or _SLUG
    for pair in pairs if isinstance(pairs, list | tuple) else _SLUG:
        if isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[1], str):  # noqa: PLR2004 - a pattern and its words
            pattern = _pattern(pair[0])
            text = pattern.sub(pair[1].replace("\\", r"\\"), text) if pattern else text
    return (text if config.get("SLUGIFY_PRESERVE_CASE") else text.lower()).strip(), known


def _with_meta(post: Post) -> Post:
    """A text in HTML says its header in elements."""
    if not post.name.lower().endswith(HTML):
        return post
    text = post.headed.body
    header: dict[str, Any] = {}
    for found in _HTML_META.finditer(text):
        parts = {one[1].lower(): unescape(one[2] or one[3] or one[4] or "") for one in _ATTRIBUTE.finditer(found[1])}
        header[parts.get("name", "").lower()] = parts.get("content") or parts.get("contents") or ""
    header.setdefault("title", title_in(text, post.form))
    body = next((text[begin.end() : end.start()] for begin, end in pairs_of(text, _BODY, _END_OF_BODY)), text)
    return Post(post.name, Headed(header, body, 1), post.stem, post.day)


def _item(post: Post, config: Mapping[str, Any], content: str) -> Item:
    header = post.header
    folder = posixpath.relpath(posixpath.dirname(post.name) or ".", content or ".")
    category = text_in(header, "category")
    if not category and folder not in (".", "") and config.get("USE_FOLDER_AS_CATEGORY", True):
        category = posixpath.basename(folder)
    date = in_zone(moment_of(header.get("date")), str(config.get("TIMEZONE") or ""))
    date = date or post.day or day_of_path(post.name)
    title = text_in(header, "title")
    slug, is_known, named = text_in(header, "slug"), True, False
    if not slug:
        named = config.get("SLUGIFY_SOURCE") == "basename" or not title
        stem = posixpath.splitext(posixpath.basename(post.name))[0]
        slug, is_known = _slug(stem if named else title, config)
    status = text_in(header, "status").lower()
    one = text_in(header, "author")  # one name, whatever stands in it
    authors = names_in(header.get("authors")) or ((one,) if one else names_in(config.get("AUTHOR")))
    default = str(config.get("DEFAULT_LANG") or "en")
    known: dict[str, Any] = {
        "date": date,
        "slug": post.stem if named else slug,
        "tags": tuple(dict.fromkeys(filter(None, (category, *tags_in(header, "tags", "tag", "keywords"))))),
        "authors": authors,
        "language": text_in(header, "lang") or post.language,
        "work": slug,
    }
    if status not in ("", "published"):  # Pelican shows no text whose status it does not know
        known["state"] = State.PRIVATE if status == "hidden" else State.DRAFT
    parts = {str(key): str(value) for key, value in header.items() if isinstance(value, str | int)} | {
        "slug": slug,
        "category": _slug(category or str(config.get("DEFAULT_CATEGORY") or "misc"), config)[0],
        "lang": text_in(header, "lang") or default,
        "author": _slug(authors[0], config)[0] if authors else "",
        "base_name": post.stem,
    }
    parts.setdefault("path_no_ext", posixpath.splitext(posixpath.relpath(post.name, content or "."))[0])
    if is_known or text_in(header, "url"):
        known["addresses"] = tuple(_addresses(header, config, parts, date))
    else:
        known["left"] = (
            Left(post.where, "an old address that is not known, since its letters have other names", title),
        )
    markdown = (_code, liquid_tags, admonitions, kramdown, extra) if post.form is Form.MARKDOWN else ()
    return item_of(post, prepare=(partial(_links, config), *markdown), **known)


def _default(files: SourceFiles, name: str, value: object) -> dt.datetime | None:
    """The date that the configuration gives to articles without one: of the file, or written out."""
    if isinstance(value, tuple | list) and all(isinstance(one, int) for one in value):
        return moment_of("-".join(f"{one:02}" for one in value[:3]))
    return date_of_file(files, name)[0] if value == "fs" else None


def _links(config: Mapping[str, Any], template: Template) -> None:
    """Links to other texts and files: a path with a slash counts from the folder of the content."""

    def led(found: re.Match[str]) -> str:
        kind, rest = found.groups()
        if kind in ("author", "category", "tag"):
            address = str(config.get(f"{kind.upper()}_URL") or f"{kind}/{{slug}}.html")
            return f"/{address.replace('{slug}', _slug(unquote(rest), config)[0]).lstrip('/')}"
        return f"/{rest.lstrip('/')}" if kind == "index" else rest

    template.replace_outside_code(_LINK, led)


def _code(template: Template) -> None:
    """Indented code whose first line names its language (https://python-markdown.github.io/extensions/code_hilite/)."""

    def fenced(found: re.Match[str]) -> str:
        lines = [re.sub(r"^(?: {4}|\t)", "", line) for line in found[2].rstrip().split("\n")]
        return "\n".join([f"```{found[1]}", *lines, "```", "", ""])

    template.replace(_NAMED_CODE, fenced)


def _addresses(
    header: Mapping[str, Any], config: Mapping[str, Any], parts: Mapping[str, str], date: dt.datetime | None
) -> Iterator[str]:
    kind, usual = ("ARTICLE", "{slug}.html")
    if parts["lang"] != str(config.get("DEFAULT_LANG") or "en"):
        kind, usual = ("ARTICLE_LANG", "{slug}-{lang}.html")
    pattern = text_in(header, "url") or str(config.get(f"{kind}_URL") or config.get(f"{kind}_SAVE_AS") or usual)
    for one in (pattern, *names_in(header.get("alias") or header.get("aliases"))):
        address = _FIELD.sub(lambda m: _field(m, parts, date), one)
        yield f"/{address.lstrip('/').removesuffix('index.html')}"


def _field(found: re.Match[str], parts: Mapping[str, str], date: dt.datetime | None) -> str:
    if found[1] == "date":
        return date.strftime(found[2] or "%Y-%m-%d") if date else ""
    return parts.get(found[1], "")


_RST_HEAD = re.compile(
    r"\A(?:[ \t]*\n)*((?:.+\n(?:=|-|#|~|\*|\"|\^)+\n|(?:=|#|\*|-)+\n.+\n(?:=|#|\*|-)+\n)?)"
    r"((?:[ \t]*\n|:[\w -]+:.*\n(?:[ \t]+\S.*\n)*)*)"
)
_RST_FIELD = re.compile(r"^:([\w -]+):[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_CODE = re.compile(r"^([ \t]*\.\. )(?:code-block|sourcecode)::", re.MULTILINE)
_DIRECTIVE = re.compile(
    r"^([ \t]*)\.\. (?:\|[^|\n]+\| )?([\w:-]+)::[ \t]*(.*)$(?:\n(?:\1[ \t]+.*|[ \t]*(?=\n)))*", re.MULTILINE
)
_ABBR = re.compile(r":abbr:`([^`(]+?)[ ]*(?:\([^`]*\))?`")
_FILMS: Mapping[str, str] = {"youtube": "https://www.youtube.com/watch?v={}", "vimeo": "https://vimeo.com/{}"}
SETTINGS: dict[str, Any] = {
    "file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 6, "doctitle_xform": False,
    "initial_header_level": 2, "syntax_highlight": "none", "math_output": "LaTeX", "_disable_config": True,
    "line_length_limit": 1_000_000, "embed_stylesheet": False, "toc_backlinks": False,
}  # fmt: skip


def read_rst(files: SourceFiles, names: Iterable[str], left: list[Left]) -> Iterator[Post]:
    """The texts of these names as HTML with a header; without docutils each is told."""
    names = list(names)
    if not names:
        return
    try:
        from docutils.core import publish_parts  # noqa: PLC0415 - an extra, for few
        from docutils.writers.html5_polyglot import Writer  # noqa: PLC0415
    except ImportError:
        left += [Left(Where(name), "a text in reStructuredText, for which the extra rst is needed") for name in names]
        return
    for name in names:
        text = (files.text_or_told(name, left) or "").lstrip("\ufeff") + "\n"
        if reason := no_text(text):
            left.append(Left(Where(name), reason))
            continue
        found = _RST_HEAD.match(text)
        title = re.sub(r"^[=#*~\"^-]+$", "", found[1], flags=re.MULTILINE).strip() if found else ""
        header: dict[str, Any] = {"title": title} if title else {}
        if found:
            header |= {m[1].strip().lower(): " ".join(m[2].split()) for m in _RST_FIELD.finditer(found[2])}
        first = text.count("\n", 0, found.end()) + 1 if found else 1
        body = _directives(text[found.end() :] if found else text, Where(name, first), left)
        try:
            html = publish_parts(body, writer=Writer(), settings_overrides=SETTINGS)["body"]
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a text, the others come along
            left.append(Left(Where(name), "a file that cannot be read", str(error)))
            continue
        html = re.sub(r'<pre class="code ([\w+-]+) literal-block">', r'<pre class="language-\1">', html)
        html = re.sub(r'<span class="docutils literal">(.*?)</span>', r"<code>\1</code>", html, flags=re.DOTALL)
        stem = re.sub(r"^\d{4}-\d{2}-\d{2}[-_]", "", name.rpartition("/")[2].removesuffix(".rst"))
        yield Post(f"{name}", Headed(header, html, first), stem, None)


def _directives(text: str, where: Where, left: list[Left]) -> str:
    """A text with directives that docutils has; films become links, and what nobody can read here is told."""
    from docutils.parsers.rst import directives  # noqa: PLC0415 - only where there is such a text
    from docutils.parsers.rst.languages import en  # noqa: PLC0415

    def read(found: re.Match[str]) -> str:
        indent, name, argument = found.groups()
        if name in _FILMS and argument:
            return f"{indent}{_FILMS[name].format(argument.strip())}"
        if name in ("code-block", "sourcecode"):
            return re.sub(r"\n[ \t]+:[\w-]+:.*", "", _CODE.sub(r"\1code::", found[0]))  # options of looks
        if name == "contents":
            return ""
        unknown = name not in en.directives and name not in directives._directives  # noqa: SLF001 - those of roles
        if unknown or name in ("raw", "include", "csv-table"):
            line = where.line + found.string.count("\n", 0, found.start())
            left.append(
                Left(Where(where.path, line), "a directive that is not read", f".. {name}:: {argument}".strip())
            )
            return ""
        return found[0]

    def untold(found: re.Match[str]) -> str:
        line = where.line + found.string.count("\n", 0, found.start())
        left.append(Left(Where(where.path, line), "the words of an abbreviation", found[0]))
        return found[1]

    return _DIRECTIVE.sub(read, _ABBR.sub(untold, text))
