"""The export of WordPress: WXR, an RSS feed with more elements (https://developer.wordpress.org/cli/commands/export/).

Elements as in https://github.com/WordPress/wordpress-importer/tree/master/phpunit/data. The XML is read without its
document type: nothing outside the file is opened, and no entity grows.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from html import escape
from typing import Any

from lxml import etree

from tipsheet.archives.headers import moment_of
from tipsheet.archives.item import Archive, Form, Item, Left, State
from tipsheet.archives.markdown import pairs_of, replaced
from tipsheet.archives.source import SourceFiles, UnreadableSourceError
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

_WP = re.compile(r"\{http://wordpress\.org/export/[\d.]+/\}")
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_BLOCK, _END_OF_BLOCK = re.compile(r"<!--\s*+/?wp:"), re.compile(r"-->\n?")
_CAPTION = re.compile(r"\[(?:wp_)?caption(?:[^\[\]]|\[(?!/?(?:wp_)?caption))*+\]")
_END_OF_CAPTION = re.compile(r"\[/(?:wp_)?caption\]")
_EMBED = re.compile(r"\[embed(?:[^\[\]]|\[(?!/?embed))*+\]\s*+((?:(?!\[/?embed)\S)++)\s*+\[/embed\]")
_CODES = tuple(
    (
        re.compile(rf"\[{name}(?:\s++(?:lang(?:uage)?=)?[\"']?(\w++)(?:[^\[\]]|\[(?!/?{name}\b))*+)?\]"),
        re.compile(rf"\[/{name}\]"),
        name,
    )
    for name in ("code", "sourcecode", "php", "python", "bash", "css", "html", "javascript")
)
"""Beginnings of code, with its language, and their ends."""
_SHORT = (
    r"/?(?:gallery|audio|video|playlist|contact-form[^\s\[\]]*+|vc_\w++|et_pb_\w++|su_\w++|youtube|gravityform"
    r"|mc4wp_form|jetpack[^\s\[\]]*+|subscribe[^\s\[\]]*+|ad\w*+)"
)
_SHORTCODE = re.compile(rf"\[{_SHORT}\b(?:[^\[\]\n]|\[(?!{_SHORT}\b))*+\]")
_PRE, _END_OF_PRE = re.compile(r"<pre\b", re.IGNORECASE), re.compile(r"</pre>", re.IGNORECASE)
_LINKED = r"{}\b(?:[^<>]|<(?!a\b|img\b))*+>"
_PICTURE = re.compile(rf"(?:{_LINKED.format('<a')}\s*+)?{_LINKED.format('<img')}(?:\s*+</a>)?")
_BLOCKS = re.compile(
    r"^\s*</?(?:table|thead|tfoot|caption|col|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form"
    r"|blockquote|address|p|h[1-6]|hr|fieldset|figure|figcaption|section|article|aside|header|footer|iframe)\b",
    re.IGNORECASE,
)
_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]*+(?:\[.*?\]\s*+)?>", re.DOTALL | re.IGNORECASE)
_UNXML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def recognise(files: SourceFiles) -> bool:
    """Return True for an export of WordPress."""
    return any(_exports(files))


def _exports(files: SourceFiles) -> Iterator[str]:
    """Names of the exports among the files."""
    return (name for name in files.ending(".xml", ".wxr") if "http://wordpress.org/export/" in files.start(name))


def read(files: SourceFiles) -> Archive:
    """All posts of all files; pages, menus and the like are told."""
    left: list[Left] = []
    items: list[Item] = []
    sites: list[str] = []
    for name in _exports(files):
        root = _tree(files, name, left)
        channel = root.find("channel") if root is not None else None
        if channel is None:
            continue
        names = {
            _of(author, "author_login"): _of(author, "author_display_name")
            for author in channel
            if _plain(author.tag) == "author"
        }
        pictures = {
            _of(one, "post_id"): _of(one, "attachment_url")
            for one in channel.findall("item")
            if _of(one, "post_type") == "attachment"
        }
        sites += [_of(channel, "base_blog_url") or channel.findtext("link") or "", _of(channel, "base_site_url")]
        for element in channel.findall("item"):
            items += _item(element, name, names, pictures, left)
    found = tuple(dict.fromkeys(f"{one.rstrip('/')}/" for one in sites if one))
    return Archive(items=tuple(items), left=tuple(left), sites=found, static=("", "wp-content/uploads", "uploads"))


def _tree(files: SourceFiles, name: str, left: list[Left]) -> etree._Element | None:
    text = _UNXML.sub("", _DOCTYPE.sub("", files.text(name), count=1))
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, recover=True, strip_cdata=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableSourceError(f"{name} is no XML: {error}", "export it again") from error
    if len(parser.error_log):
        first = parser.error_log[0]
        left.append(
            Left(Where(name, first.line), "a mistake in the XML, after which something may be missing", first.message)
        )
    return root


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return int(line or 1)


def _plain(tag: object) -> str:
    return _WP.sub("", str(tag))


def _of(element: etree._Element, name: str) -> str:
    """The text of a child of WordPress's own, whatever version the export has."""
    return next(
        (
            (child.text or "").strip()
            for child in element
            if _plain(child.tag) == name and "{http://wordpress.org" in str(child.tag)
        ),
        "",
    )


def _excerpt(element: etree._Element) -> str:
    return next(
        (
            (child.text or "").strip()
            for child in element
            if str(child.tag).startswith("{http://wordpress.org/export/")
            and str(child.tag).endswith("excerpt/}encoded")
        ),
        "",
    )


def _item(
    element: etree._Element, name: str, names: Mapping[str, str], pictures: Mapping[str, str], left: list[Left]
) -> Iterator[Item]:
    kind, title = _of(element, "post_type") or "post", (element.findtext("title") or "").strip()
    where = Where(name, _line(element))
    if kind != "post":
        if kind in ("page", "wp_block", "wp_template"):
            left.append(Left(where, "a page that is no post", title))
        elif kind not in (
            "attachment",
            "nav_menu_item",
            "revision",
            "custom_css",
            "customize_changeset",
            "wp_global_styles",
            "wp_navigation",
        ):
            left.append(Left(where, f"a '{kind}'", title))
        return
    text = element.findtext(_CONTENT) or ""
    told: list[Left] = []
    date = (
        moment_of(_of(element, "post_date_gmt") + " UTC")
        if not _of(element, "post_date_gmt").startswith("0000")
        else None
    )
    creator = (element.findtext(_CREATOR) or "").strip()
    meta = {_of(one, "meta_key"): _of(one, "meta_value") for one in element if _plain(one.tag) == "postmeta"}
    link = (element.findtext("link") or "").strip()
    number = _of(element, "post_id")
    comments = sum(_plain(one.tag) == "comment" for one in element)
    told += [Left(where, "comments", str(comments))] if comments else []
    tags = [
        (one.text or "").strip() for one in element.findall("category") if one.get("domain") in ("post_tag", "category")
    ]
    yield Item(
        where=where, title=title, text=_html(text, where, told), form=Form.HTML,
        date=date or moment_of(_of(element, "post_date")) or moment_of(element.findtext("pubDate")),
        slug=_of(element, "post_name"), description=_excerpt(element) or meta.get("_yoast_wpseo_metadesc", ""),
        authors=(names.get(creator) or creator,) if creator else (),
        tags=tuple(tag for tag in tags if tag and tag != "Uncategorized"),
        cover=pictures.get(meta.get("_thumbnail_id", ""), ""), base=link,
        addresses=tuple(filter(None, (link, f"/?p={number}" if number else ""))),
        state=_state(element), left=tuple(told),
    )  # fmt: skip


def _state(element: etree._Element) -> State:
    status = _of(element, "status")
    if _of(element, "post_password") or status == "private":
        return State.PRIVATE
    if status in ("publish", ""):
        return State.PUBLIC
    return State.SCHEDULED if status == "future" else State.DRAFT


def _html(text: str, where: Where, left: list[Left]) -> str:
    """The text of a post: shortcodes are replaced or told, and blank lines end paragraphs (``wpautop``)."""
    blocks = "<!-- wp:" in text
    text = replaced(text, _BLOCK, _END_OF_BLOCK, lambda _begin, _inside: "")
    for begin, end, name in _CODES:
        text = replaced(text, begin, end, partial(_code, name))
    text = replaced(text, _CAPTION, _END_OF_CAPTION, lambda _begin, inside: _figure(inside))
    text = _EMBED.sub(r"<p><a href='\1'>\1</a></p>", text)
    left += [Left(where, "a shortcode", found[0][:80]) for found in _SHORTCODE.finditer(text)]
    text = _SHORTCODE.sub("", text)
    return text if blocks and re.search(r"<p\b", text) else _paragraphs(text)


def _code(name: str, begin: re.Match[str], inside: str) -> str:
    code = inside.strip()
    words = code if "&lt;" in code else escape(code, quote=False)
    return f'<pre><code class="language-{begin[1] or name}">{words}</code></pre>'


def _figure(inside: str) -> str:
    picture = _PICTURE.search(inside)
    if picture is None:
        return inside
    return f"<figure>{picture[0]}<figcaption>{inside.replace(picture[0], '').strip()}</figcaption></figure>"


def _paragraphs(text: str) -> str:
    """Paragraphs where blank lines are, and line breaks where lines end, as WordPress shows a classic text."""
    text = text.replace("\r\n", "\n")
    out: list[str] = []
    at = 0
    for begin, end in pairs_of(text, _PRE, _END_OF_PRE):
        out += [*_classic(text[at : begin.start()]), text[begin.start() : end.end()]]
        at = end.end()
    return "\n".join((*out, *_classic(text[at:])))


def _classic(text: str) -> Iterator[str]:
    for one in re.split(r"\n\s*\n", text):
        words = one.strip()
        if not words:
            continue
        if _BLOCKS.match(words):
            yield words
        else:
            lines = "<br>\n".join(line.strip() for line in words.split("\n"))
            yield f"<p>{lines}</p>"
