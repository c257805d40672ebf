"""Signs of site generators in a text, as Markdown: Liquid, Hugo's shortcodes, kramdown's attributes, admonitions.

What shows something becomes what shows it here; what nobody can run here is taken out, and told with its line.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tipsheet.archives.item import Left
from tipsheet.archives.markdown import outside_code
from tipsheet.blocks.commonmark import backticks
from tipsheet.problems import Where

__all__ = ["Template", "admonitions", "extra", "kramdown", "liquid", "liquid_tags", "shortcodes"]

_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{%-?\s*comment\b.*?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{#.*?#\}", re.DOTALL)
_HIGHLIGHT = re.compile(
    r"^([ \t]*)\{%-?\s*(?:highlight|code"
    r"|codeblock)\s*([\w+#.-]*)[^%]*%\}\n?(.*?)\n?[ \t]*\{%-?\s*end(?:highlight|code|codeblock)\s*-?%\}",
    re.DOTALL | re.MULTILINE,
)
_TAG = re.compile(r"\{%-?\s*(\w*)\s*(.*?)\s*-?%\}", re.DOTALL)
_OUTPUT = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_ARGUMENT = re.compile(r"""([\w-]+)\s*[=:](?!//)\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))""")
_WORD = re.compile(r""""([^"]*)"|'([^']*)'|([^\s"'=]+)(?!\s*=)""")
_PLACE = "\ufdd8{}\ufdd9"
_PLACED = re.compile("\ufdd8(\\d+)\ufdd9")
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg)(?:$|[?#])", re.IGNORECASE)

_HEAD_IAL = re.compile(r"^( {0,3}#{1,6}[ \t][^\n]*?)[ \t]*\n\{:[^{}\n]*#([\w-]+)[^{}\n]*\}[ \t]*$", re.MULTILINE)
_IAL_LINE = re.compile(r"^[ \t>]*\{:[^{}\n]*\}[ \t]*$\n?", re.MULTILINE)
_IAL = re.compile(r"\{:(?!:)[^{}\n]*\}")
_TOC = re.compile(
    r"^[ \t]*(?:[-*+]|\d+\.)[ \t]+\S[^\n]*\n\{:[ \t]*toc[^}\n]*\}[ \t]*$|^\[TOC\][ \t]*$|^\[\[_TOC_\]\][ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_NOMARKDOWN = re.compile(r"\{::(?:nomarkdown|comment|options)[^}]*/?\}|\{:/(?:nomarkdown|comment)?\}")
_INSIDE = re.compile(
    r"""(<(?:div|section|article|aside|figure|details|center|blockquote|td)\b[^>\n]*?)\s+markdown(?:\s*=\s*(?:"[^"]*"|'[^']*'|\w+))?([^>\n]*>)""",
    re.IGNORECASE,
)

_SHORTCODE = re.compile(r"\{\{(<|%)(?!/\*)\s*(/?)\s*([\w./-]+)\s*(.*?)\s*(/?)\s*[%>]\}\}", re.DOTALL)
_ESCAPED = re.compile(r"\{\{(<|%)/\*(.*?)\*/(>|%)\}\}", re.DOTALL)
_HUGO_CODE = re.compile(
    r"\{\{[<%]\s*(?:highlight|code)\s+\"?([\w+#.-]+)\"?[^>%]*[>%]\}\}\n?(.*?)\n?\{\{[<%]\s*/\s*(?:highlight|code)\s*[>%]\}\}",
    re.DOTALL,
)

_ADMONITION = re.compile(r"""^(!!!|\?\?\?\+?|===[!+]*)[ \t]+(?:([\w-]+)[^"\n]*)?(?:"([^"\n]*)")?[ \t]*$""")
_ATTRIBUTES = re.compile(r"(?<=[)\]`*_])\{:?[ ]*[.#][^{}\n]*\}|^[ \t]*\{:?[ ]*[.#][^{}\n]*\}[ \t]*$", re.MULTILINE)
"""Classes and ids behind a link, a picture and the like, which mean nothing here."""
_SNIPPET = re.compile(r"^[ \t]*-{1,}8<-{1,}.*$\n?", re.MULTILINE)
_SERVICES: Mapping[str, str] = {
    "youtube": "https://www.youtube.com/watch?v={}", "vimeo": "https://vimeo.com/{}", "gist": "https://gist.github.com/{}",
    "tweet": "https://twitter.com/i/status/{}", "twitter": "https://twitter.com/i/status/{}", "x": "https://x.com/i/status/{}",
    "instagram": "https://www.instagram.com/p/{}/", "codepen": "https://codepen.io/{}", "speakerdeck": "https://speakerdeck.com/{}",
    "slideshare": "https://www.slideshare.net/{}", "soundcloud": "https://soundcloud.com/{}", "asciinema": "https://asciinema.org/a/{}",
}  # fmt: skip
"""Addresses of what a sign of this name shows."""
_OF_PEOPLE = frozenset({"gist", "codepen", "speakerdeck", "slideshare", "soundcloud"})
"""Services in whose addresses a person's name may stand before the number."""


@dataclass(slots=True)
class Template:
    """The text of an item while its signs are replaced; ``words`` are values by the names that templates ask for."""

    text: str
    where: Where
    words: Mapping[str, str] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    _places: list[str] = field(default_factory=list)

    def tell(self, cause: str, found: re.Match[str], detail: str = "") -> None:
        """Note that something is left out."""
        before = _PLACED.sub(lambda m: self._places[int(m[1])], found.string[: found.start()])
        line = self.where.line + before.count("\n")
        self.left.append(Left(Where(self.where.path, line), cause, " ".join((detail or found[0]).split())[:100]))

    def replace(self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> None:
        """Replace every match."""
        self.text = pattern.sub(new, self.text)

    def put_by(self, words: str) -> str:
        """Keep words from further replacements; return a placeholder for them, which `done` replaces again."""
        self._places.append(words)
        return _PLACE.format(len(self._places) - 1)

    def done(self) -> str:
        """The text with the words in place of their placeholders (`put_by`)."""
        while _PLACED.search(self.text):
            self.text = _PLACED.sub(lambda m: self._places[int(m[1])], self.text)
        return self.text


def liquid(template: Template) -> None:
    """Liquid (Jekyll, Eleventy) and Nunjucks: https://shopify.github.io/liquid/ and https://jekyllrb.com/docs/liquid/."""
    if "{%" not in template.text and "{{" not in template.text and "{#" not in template.text:
        return
    template.replace(_RAW, lambda m: template.put_by(m[1]))
    template.replace(_COMMENT, lambda m: "\n" * m[0].count("\n"))
    template.replace(_HIGHLIGHT, lambda m: template.put_by(_fence(m[1], m[2], m[3])))
    template.replace(_TAG, lambda m: _tag(template, m))
    template.replace(_OUTPUT, lambda m: _output(template, m))


def _fence(indent: str, language: str, code: str) -> str:
    ticks = backticks(code, least=3)
    lines = "\n".join(f"{indent}{line}" if line and not line.startswith(indent) else line for line in code.split("\n"))
    return f"{indent}{ticks}{language}\n{lines}\n{indent}{ticks}"


def _tag(template: Template, found: re.Match[str]) -> str:
    name, rest = found[1], found[2]
    if name in ("post_url", "link"):
        return f"/_posts/{rest.strip('/')}" if name == "post_url" else f"/{rest.strip('/ ')}"
    if name in (
        "assign",
        "capture",
        "endcapture",
        "endif",
        "endfor",
        "endunless",
        "endcase",
        "else",
        "elsif",
        "when",
        "block",
        "endblock",
        "extends",
        "set",
    ):
        return ""
    shown = (
        _shown(name, rest)
        if name not in ("include", "render", "include_relative", "include_cached")
        else _included(rest)
    )
    if shown is not None:
        return shown
    template.tell("a tag of a template", found)
    return ""


def _included(rest: str) -> str | None:
    file, _, rest = rest.partition(" ")
    return _shown(re.sub(r".*/|\.\w+$", "", file).lower(), rest)


def _shown(name: str, rest: str) -> str | None:
    """Markdown for a picture, a film or the like; None for anything else."""
    given = {m[1].lower(): next(g for g in m.groups()[1:] if g is not None) for m in _ARGUMENT.finditer(rest)}
    words = [next(g for g in m.groups() if g is not None) for m in _WORD.finditer(_ARGUMENT.sub(" ", rest))]
    source = next(
        (
            given[key]
            for key in ("src", "url", "image_path", "path", "file", "image", "img", "filename")
            if key in given
        ),
        "",
    )
    source = source or next((word for word in words if _PICTURE.search(word)), "")
    if source and (_PICTURE.search(source) or name in ("figure", "image", "img", "picture")):
        caption = given.get("caption") or given.get("title") or given.get("description") or ""
        alt = given.get("alt") or caption
        quoted = ' "{}"'.format(caption.replace('"', "'")) if caption else ""
        words_of_it = re.sub(r"[\[\]]", "", alt)
        picture = f"![{words_of_it}](<{source}>{quoted})"
        return f"[{picture}](<{given['link']}>)" if given.get("link") else picture
    for service, address in _SERVICES.items():
        if service == name or (len(service) > 1 and service in name):
            key = next((given[key] for key in ("id", "user", "src") if key in given), "") or "/".join(
                words[: 2 if service in _OF_PEOPLE else 1]
            )
            if "user" in given and "id" in given:
                key = f"{given['user']}/{given['id']}" if service == "gist" else given["id"]
            if key:
                return f"<{key if key.startswith('http') else address.format(key)}>"
    return None


def _output(template: Template, found: re.Match[str]) -> str:
    """The value of an expression: of a name that is known, or of a text in quotation marks through its filters."""
    value, *filters = (part.strip() for part in found[1].split("|"))
    literal = re.fullmatch(r""""([^"]*)"|'([^']*)'""", value)
    if literal:
        words = literal[1] if literal[1] is not None else literal[2]
        for one in filters:
            name = one.partition(":")[0].strip()
            if name == "append" and (more := re.search(r"""["']([^"']*)["']""", one)):
                words += more[1]
        return words
    if value in template.words:
        return template.words[value]
    if re.fullmatch(r"site\.(?:baseurl|url)", value):
        return ""
    template.tell("a value of a template", found)
    return ""


def kramdown(template: Template) -> None:
    """Attributes and options of kramdown, and tables of contents: https://kramdown.gettalong.org/syntax.html."""

    def change(run: str) -> str:
        run = _HEAD_IAL.sub(r"\1 {#\2}", run)
        run = _NOMARKDOWN.sub("", _TOC.sub("", run))
        run = _INSIDE.sub(r"\1\2\n", run)
        return _IAL.sub("", _IAL_LINE.sub("", run)) if "{:" in run else run

    template.text = outside_code(template.text, change)


_CLOSE_HEADING = re.compile(r"^(#{2,6})(?=[^#\s])", re.MULTILINE)
_ABBREVIATION = re.compile(r"^ {0,3}\*\[[^\]\n]+\]:.*(?:\n|\Z)", re.MULTILINE)
_ROWS = re.compile(r"^.*\|.*\n[ \t]*\|?[ \t]*:?-+:?[ \t]*\|[ \t|:-]*\n(?:.*\|.*(?:\n|\Z))*", re.MULTILINE)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_BAR = re.compile(r"(?<!\\)\|")


def extra(template: Template) -> None:
    """Forms of Markdown Extra that CommonMark has not: https://michelf.ca/projects/php-markdown/extra/.

    Headings without a blank, bars in the code of cells, and abbreviations, of which the words alone come along.
    """

    def rows(found: re.Match[str]) -> str:
        return _SPAN.sub(lambda span: _BAR.sub(r"\\|", span[0]), found[0])

    for found in _ABBREVIATION.finditer(template.text):
        template.tell("the words of an abbreviation", found)
    template.text = outside_code(
        template.text, lambda run: _ROWS.sub(rows, _CLOSE_HEADING.sub(r"\1 ", _ABBREVIATION.sub("", run)))
    )


def liquid_tags(template: Template) -> None:
    """Tags of pictures, films and code outside of code, as the plugin ``liquid_tags`` of Pelican reads them."""

    def shown(found: re.Match[str]) -> str:
        if found[1] in ("raw", "endraw"):
            return ""
        new = _shown(found[1], found[2])
        if new is None:
            template.tell("a tag of a template", found)
        return new or ""

    if "{%" in template.text:
        template.text = outside_code(template.text, lambda run: _TAG.sub(shown, run))


def shortcodes(template: Template) -> None:
    """Shortcodes of Hugo: https://gohugo.io/content-management/shortcodes/."""
    if "{{" not in template.text:
        return
    template.replace(_ESCAPED, lambda m: template.put_by(f"{{{{{m[1]}{m[2]}{m[3]}}}}}"))
    template.replace(_HUGO_CODE, lambda m: template.put_by(_fence("", m[1], m[2])))
    template.replace(_SHORTCODE, lambda m: _shortcode(template, m))


def _shortcode(template: Template, found: re.Match[str]) -> str:
    _, closes, name, rest, _ = found.groups()
    if name in ("ref", "relref"):
        given, word = _ARGUMENT.search(rest), _WORD.search(_ARGUMENT.sub(" ", rest))
        groups = (*(given.groups()[1:] if given else ()), *(word.groups() if word else ()))
        return next(filter(None, groups), "")
    if closes:
        return ""
    shown = _shown(name.rpartition("/")[2].lower(), rest)
    if shown is not None:
        return shown
    if name in ("param", "summary", "more"):
        return ""
    template.tell("a shortcode", found)
    return ""


def admonitions(template: Template) -> None:
    """Admonitions, tabs and folds of Python-Markdown and mkdocs-material, as quotations with a title."""
    template.text = outside_code(template.text, lambda run: _ATTRIBUTES.sub("", _SNIPPET.sub("", run)))
    if not re.search(r"^(?:!!!|\?\?\?|===)", template.text, re.MULTILINE):
        return
    lines, out, at = template.text.split("\n"), [], 0
    fenced = False
    while at < len(lines):
        line = lines[at]
        fenced ^= bool(re.match(r"[ \t]*(?:```|~~~)", line))
        opened = None if fenced else _ADMONITION.match(line)
        if opened is None:
            out.append(line)
            at += 1
            continue
        body: list[str] = []
        at += 1
        while at < len(lines) and (not lines[at].strip() or lines[at].startswith(("    ", "\t"))):
            body.append(lines[at][1:] if lines[at].startswith("\t") else lines[at][4:])
            at += 1
        title = opened[3] if opened[3] is not None else (opened[2] or "").replace("-", " ").capitalize()
        inner = Template("\n".join(body).strip("\n"), template.where)
        admonitions(inner)
        head = [f"**{title}**", ""] if title else []
        out += [f"> {one}".rstrip() for one in (*head, *inner.text.split("\n"))] + [""]
    template.text = "\n".join(out)
