"""Templates in a text, as Markdown: Liquid, its tags in Pelican, Hugo's shortcodes.

What shows something becomes what shows it here; what nobody can run here is taken out, and told with its line.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from tipsheet.archives.item import Left
from tipsheet.archives.markdown import without_code
from tipsheet.blocks.commonmark import backticks
from tipsheet.problems import Where

__all__ = ["Template", "liquid", "liquid_tags", "shortcodes"]


def _block(name: str, head: str, body: str = "(.*?)", *, before: str = "") -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A block from the tag ``name``, with the words ``head``, to ``endname``; and the pattern of its end alone."""
    end = rf"\{{%-?\s*+end{name}\s*+-?%\}}"
    begin = rf"{before}\{{%-?\s*+{name}\b{head}-?%\}}"
    return re.compile(f"{begin}{body}{end}", re.DOTALL | re.MULTILINE), re.compile(end)


_LINES = r"\n?(.*?)\n?(?:(?<![ \t])[ \t]*+)?"
"""Lines between two tags that may stand on lines of their own."""
_RAW = _block("raw", r"\s*+")
_COMMENTS = (_block("comment", r"(?:(?!%\}|\{%).)*?", ".*?"), (re.compile(r"\{#.*?#\}", re.DOTALL), re.compile(r"#\}")))
_CODES = tuple(
    _block(name, r"[ \t]*+([^%]*?)", _LINES, before=r"^([ \t]*+)") for name in ("highlight", "codeblock", "code")
)
_LITERAL = re.compile(
    r"""\{\{-?\s*+("[^"]{0,2000}"|'[^']{0,2000}')((?:[^{}"']|\{(?!\{)|"[^"]{0,300}"|'[^']{0,300}'){0,300}?)-?\}\}"""
)
_CAPTURE = _block("capture", r"\s++([\w-]++)\s*+")
_ASSIGN = re.compile(r"""\{%-?\s*(?:assign|set)\s+([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')\s*-?%\}""")
_LOOP = re.compile(r"\{%-?\s*for\b(?:(?!\{%-?\s*for\b).)*?\{%-?\s*endfor\s*-?%\}", re.DOTALL)
"""A loop without another in it."""
_IF = re.compile(
    r"\{%-?\s*+(if|unless)\s++page\.([\w-]++)\s*+-?%\}"
    r"((?:(?!\{%-?\s*+(?:if|unless|case|else|elsif|endif|endunless)\b).)*+)\{%-?\s*+end\1\s*+-?%\}",
    re.DOTALL,
)
"""A part that the header decides on, without another in it and without an ``else``."""
_QUOTES = {
    name: _block(name, r"[ \t]*+((?:(?!\{%).)*?)(?:(?<!\s)\s*+)?", _LINES, before=r"^[ \t]*+")
    for name in ("blockquote", "quote", "pullquote")
}
_TAG = re.compile(r"\{%-?\s*+(\w*+)\s*+(.*?)(?:(?<!\s)\s*+)?-?%\}", re.DOTALL)
_OUTPUT = re.compile(r"\{\{-?\s*+(.*?)(?:(?<!\s)\s*+)?-?\}\}", re.DOTALL)
_END_OF_TAG, _END_OF_OUTPUT = re.compile(r"%\}"), re.compile(r"\}\}")
_TOKEN = re.compile(
    r"""([\w-]+)\s*[=:](?!//)\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"',]+))"""
    r"""|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"',]+)"""
)
"""A value with its name, or a word; in quotation marks or not."""
_PLACE = "\ufdd8{}\ufdd9"
_PLACED = re.compile("\ufdd8(\\d+)\ufdd9")
_NO_PLACES = dict.fromkeys((0xFDD8, 0xFDD9), "\ufffd")
LONGEST_VALUES = 4_000_000
"""Characters of all values that a text shows: captures in captures could make any number of them."""
DEEPEST_LOOP = 20
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg)(?:$|[?#])", re.IGNORECASE)

_SHORTCODE = re.compile(r"\{\{[<%](?!/\*)\s*+(/?)\s*+([\w./-]++)\s*+(.*?)(?:(?<!\s)\s*+)?(?:/\s*+)?[%>]\}\}", re.DOTALL)
_ESCAPED = re.compile(r"\{\{(<|%)/\*(.*?)\*/(>|%)\}\}", re.DOTALL)
_END_OF_SHORTCODE, _END_OF_ESCAPED = re.compile(r"[%>]\}\}"), re.compile(r"\*/[%>]\}\}")
_END_OF_HUGO_CODE = re.compile(r"\{\{[<%]\s*+/\s*+(?:highlight|code)\s*+[>%]\}\}")
_HUGO_CODE = re.compile(
    r"\{\{[<%]\s*+(?:highlight|code)\s++(?:lang(?:uage)?\s*+=\s*+)?\"?([\w+#.-]++)\"?(?:[^>%{]|\{(?!\{))*+[>%]\}\}\n?(.*?)\n?"
    + _END_OF_HUGO_CODE.pattern,
    re.DOTALL,
)

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
    words: dict[str, str] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    _places: list[str] = field(default_factory=list)
    _source: str = ""
    _seen: dict[str, int] = field(default_factory=dict)
    keys: Collection[str] | None = None
    """Names of the values of the header that are not false, in small letters, where a template asks for them."""
    grown: int = 0  # characters of the values that were put in

    def __post_init__(self) -> None:
        if not self._places:  # a text that is not a part of another has no placeholders, only signs that look like them
            self.text = self.text.translate(_NO_PLACES)
        self._source = self.text

    def part(self, found: re.Match[str], text: str) -> "Template":
        """A text in this one, with the same values and placeholders."""
        return replace(self, text=text, where=self.place_of(found), _seen={})

    def grows(self, words: str) -> bool:
        """True if the values that stand in the text are no longer than all may be together, with these words."""
        if self.grown <= LONGEST_VALUES:
            self.grown += len(self._whole(words))
        return self.grown <= LONGEST_VALUES

    def place_of(self, found: re.Match[str]) -> Where:
        """The line on which something stands in the source, from which steps before this have taken others."""
        words = self._whole(found[0]).strip("\n")
        at = self._source.find(words, self._seen.get(words, 0)) if words else -1
        if at >= 0:
            self._seen[words] = at + 1
        before = self._source[:at] if at >= 0 else self._whole(found.string[: found.start()])
        return Where(self.where.path, self.where.line + before.count("\n"))

    def tell(self, cause: str, found: re.Match[str], detail: str = "") -> None:
        """Note that something is left out."""
        said = " ".join(self._whole(detail or found[0]).split())[:100]
        self.left.append(Left(self.place_of(found), cause, said))

    def leave_out(self, pattern: re.Pattern[str], cause: str) -> None:
        """Take out every match that code is not a part of, and tell of each."""

        def untold(found: re.Match[str]) -> str:
            self.tell(cause, found)
            return ""

        self.replace_outside_code(pattern, untold)

    def replace(
        self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str], *, end: re.Pattern[str] | None = None
    ) -> None:
        """Replace every match; behind the last ``end``, where none can end, none is looked for, again and again."""
        last = _last(end, self.text)
        self.text = pattern.sub(new, self.text[:last]) + self.text[last:]

    def replace_outside_code(
        self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str], *, end: re.Pattern[str] | None = None
    ) -> None:
        """Replace every match that code is not a part of."""
        out, at = [], 0
        text = without_code(self.text)
        for seen in pattern.finditer(text, 0, _last(end, text)):
            found = pattern.match(self.text, seen.start())
            if found is not None and found.end() == seen.end():
                out += [self.text[at : seen.start()], new(found)]
                at = seen.end()
        self.text = "".join((*out, self.text[at:]))

    def put_by(self, words: str) -> str:
        """Keep words from further replacements; return a placeholder for them, which `done` replaces again."""
        self._places.append(words)
        return _PLACE.format(len(self._places) - 1)

    def done(self) -> str:
        """The text with the words in place of their placeholders (`put_by`)."""
        self.text = self._whole(self.text)
        return self.text

    def _whole(self, text: str) -> str:
        while _PLACED.search(text):
            text = _PLACED.sub(lambda m: self._places[int(m[1])], text)
        return text


def _last(end: re.Pattern[str] | None, text: str) -> int:
    """The place behind the last ``end`` in a text; that of the text's own end without one."""
    return len(text) if end is None else max((found.end() for found in end.finditer(text)), default=0)


def liquid(template: Template) -> None:
    """Liquid (Jekyll, Eleventy) and Nunjucks: https://shopify.github.io/liquid/ and https://jekyllrb.com/docs/liquid/.

    Quotations and code are those of Octopress: http://octopress.org/docs/plugins/.
    """
    if "{%" not in template.text and "{{" not in template.text and "{#" not in template.text:
        return
    template.replace(_RAW[0], lambda m: template.put_by(m[1]), end=_RAW[1])
    for pattern, end in _COMMENTS:
        template.replace(pattern, lambda m: "\n" * m[0].count("\n"), end=end)
    template.replace(_LITERAL, lambda m: template.put_by(_filtered(m[1][1:-1], m[2])))
    for pattern, end in _CODES:
        template.replace(pattern, lambda m: template.put_by(_fence(m[1], _language(m[2]), m[3])), end=end)
    template.replace(_CAPTURE[0], lambda m: _captured(template, m), end=_CAPTURE[1])
    template.replace(_ASSIGN, lambda m: _assigned(template, m))
    for _ in range(DEEPEST_LOOP):
        before = template.text
        template.replace(_LOOP, lambda m: _loop(template, m))
        if template.text == before:
            break
    if template.keys is not None:
        template.replace(_IF, lambda m: _decided(template, m))
    for name, (pattern, end) in _QUOTES.items():
        template.replace(pattern, partial(_quotation, name), end=end)
    template.replace(_TAG, lambda m: _tag(template, m), end=_END_OF_TAG)
    template.replace(_OUTPUT, lambda m: _output(template, m), end=_END_OF_OUTPUT)


def _language(words: str) -> str:
    """The language of code: the first word in Jekyll, ``lang:`` in Octopress, where other words are a title."""
    named = re.search(r"\blang:\s*([\w+#.-]+)", words)
    first = words.split()[:1]
    return named[1] if named else first[0] if first and re.fullmatch(r"[a-z][\w+#.-]*", first[0]) else ""


def _captured(template: Template, found: re.Match[str]) -> str:
    """Keep the text of a capture until its name is asked for."""
    inner = template.part(found, found[2])
    liquid(inner)
    template.grown = inner.grown
    template.words[found[1]] = template.put_by(inner.done().strip("\n"))
    return "\n" * found[0].count("\n")


def _assigned(template: Template, found: re.Match[str]) -> str:
    template.words[found[1]] = found[2] if found[2] is not None else found[3]
    return ""


def _loop(template: Template, found: re.Match[str]) -> str:
    template.tell("a loop of a template", found)
    return "\n" * found[0].count("\n")


def _decided(template: Template, found: re.Match[str]) -> str:
    """The part that the old page showed, or nothing, which is told; as it is where the generator knew more than we."""
    key, keys = found[2].lower(), template.keys or ()
    if key in _OF_THE_SITE:
        return found[0]
    shown = (key in keys or key in _OF_EVERY_PAGE) == (found[1] == "if")
    if not shown and found[3].strip():
        template.tell("a part of a template that the page did not show", found)
    return found[3] if shown else "\n" * found[0].count("\n")


_OF_EVERY_PAGE = frozenset({"title", "url", "id", "date", "path", "content", "excerpt", "slug", "name", "dir"})
_OF_THE_SITE = frozenset({"next", "previous", "collection", "relative_path", "output", "ext"})


def _quotation(kind: str, found: re.Match[str]) -> str:
    """A quotation with who has said it, and where; words that are pulled out of a text stay in it alone."""
    said, body = found.groups()
    if kind == "pullquote":
        return re.sub(r"\{\"\s*|\s*\"\}", "", body)
    source = re.search(r"https?://\S+", said)
    lines = body.strip("\n").split("\n")
    if source:
        person, title = said[: source.start()].strip(), said[source.end() :].strip()
        lines += ["", f"\u2014 {person}{', ' * bool(person)}[{title or source[0]}]({source[0]})"]
    elif said:
        lines += ["", f"\u2014 {said.rstrip(',')}"]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _fence(indent: str, language: str, code: str) -> str:
    ticks = backticks(code, least=3)
    lines = "\n".join(f"{indent}{line}" if line and not line.startswith(indent) else line for line in code.split("\n"))
    return f"{indent}{ticks}{language}\n{lines}\n{indent}{ticks}"


_SILENT = frozenset({
    "assign", "endif", "endfor", "endunless", "endcase", "else", "elsif", "when", "block", "endblock", "extends", "set",
})  # fmt: skip
"""Tags that show nothing themselves."""


def _tag(template: Template, found: re.Match[str]) -> str:
    name, rest, posts = found[1], found[2], template.words.get("_posts", "/_posts")
    if name == "post_link":  # of Hexo
        post, _, words = rest.partition(" ")
        return "[{}]({}/{})".format(words.strip(" '\"") or post, posts, post)
    if name in ("post_url", "link"):
        return f"{posts}/{rest.strip('/')}" if name == "post_url" else f"/{rest.strip('/ ')}"
    if name in _SILENT:
        return ""
    if name in ("include", "render", "include_relative", "include_cached"):
        file, _, rest = rest.partition(" ")
        name = re.sub(r".*/|\.\w+$", "", file).lower()
    shown = _shown(name, rest)
    if shown is not None:
        return shown
    template.tell("a tag of a template", found)
    return ""


@dataclass(frozen=True, slots=True)
class _Arguments:
    """Values of a sign by their names, its words, and those of them that stand in quotation marks."""

    named: Mapping[str, str]
    words: tuple[str, ...]
    quoted: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "_Arguments":
        """The arguments in a text."""
        named: dict[str, str] = {}
        words, quoted = [], []
        for found in _TOKEN.finditer(text):
            value = next(group for group in found.groups()[1:] if group is not None)
            marked = found[4] is None and found[7] is None
            value = re.sub(r"\\(.)", r"\1", value) if marked else value
            if found[1]:
                named[found[1].lower()] = value
            else:
                words.append(value)
                quoted += [value] if marked else []
        return cls(named, tuple(words), tuple(quoted))

    def first(self, *names: str) -> str:
        """The first of these values that is there."""
        return next((self.named[name] for name in names if self.named.get(name)), "")


def _shown(name: str, rest: str) -> str | None:
    """Markdown for a picture, a film or the like; None for anything else."""
    given = _Arguments.of(rest)
    source = given.first("src", "url", "image_path", "path", "file", "image", "img", "filename")
    source = source or next((word for word in given.words if _PICTURE.search(word)), "")
    if source and (_PICTURE.search(source) or name in ("figure", "image", "img", "picture")):
        return _picture(name, source, given)
    named = given.first("provider", "service").lower() or name
    for service, address in _SERVICES.items():
        if service == named or (len(service) > 1 and service in named):
            parts = 2 if service in _OF_PEOPLE and "/" not in "".join(given.words[:1]) else 1
            key = given.first("id", "user", "src") or "/".join(given.words[:parts])
            if "user" in given.named and "id" in given.named:
                key = f"{given.named['user']}/{given.named['id']}" if service == "gist" else given.named["id"]
            if key:
                return f"<{key if key.startswith('http') else address.format(key)}>"
    return None


def _picture(name: str, source: str, given: _Arguments) -> str:
    """A picture with its words; a caption with a link in it stands below.

    Behind the address of an ``img`` stand its size, its title and its words for those who do not see it (Octopress).
    """
    at = given.words.index(source) if source in given.words else len(given.words)
    behind = [word for word in given.words[at + 1 :] if not re.fullmatch(r"\d+(?:px|%)?", word)]
    quoted = [word for word in behind if word in given.quoted]
    caption = given.first("caption", "title", "description")
    first = next(iter(quoted[-1:] if name == "img" else quoted), " ".join(behind))
    alt = given.first("alt", "alt_text") or first or caption
    if not caption and name == "img" and len(quoted) > 1:
        caption = quoted[0]
    below = f"\n\n{caption}" if re.search(r"\]\(|<a\b", caption) else ""
    words = re.sub(r"\]\([^)]*\)|<[^<>]*>|[\[\]*`]", "", alt)
    title = caption.replace('"', "'") if not below and caption != words else ""
    picture = f"![{words}](<{source}>" + (f' "{title}")' if title else ")")
    link = given.first("link")
    return f"[{picture}](<{link}>){below}" if link else f"{picture}{below}"


def _filtered(words: str, filters: str) -> str:
    """A text through the filters of a template that change its words here."""
    for one in re.finditer(r"""\|\s*(append|prepend)\s*:\s*(?:"([^"]*)"|'([^']*)')""", filters):
        more = one[2] if one[2] is not None else one[3]
        words = f"{words}{more}" if one[1] == "append" else f"{more}{words}"
    return words


def _output(template: Template, found: re.Match[str]) -> str:
    """The value of a name that is known."""
    value, *filters = (part.strip() for part in found[1].split("|"))
    words = template.words.get(value)
    if words is not None and template.grows(words):
        return f"\n\n{words}\n\n" if "markdownify" in filters else words
    if re.fullmatch(r"site\.(?:baseurl|url)", value):
        return ""
    template.tell("a value of a template", found)
    return ""


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
        template.replace_outside_code(_TAG, shown, end=_END_OF_TAG)


def shortcodes(template: Template) -> None:
    """Shortcodes of Hugo: https://gohugo.io/content-management/shortcodes/."""
    if "{{" not in template.text:
        return
    template.replace(_ESCAPED, lambda m: template.put_by(f"{{{{{m[1]}{m[2]}{m[3]}}}}}"), end=_END_OF_ESCAPED)
    template.replace(_HUGO_CODE, lambda m: template.put_by(_fence("", m[1], m[2])), end=_END_OF_HUGO_CODE)
    template.replace(_SHORTCODE, lambda m: _shortcode(template, m), end=_END_OF_SHORTCODE)


def _shortcode(template: Template, found: re.Match[str]) -> str:
    closes, name, rest = found.groups()
    if name in ("ref", "relref"):
        given = _Arguments.of(rest)
        return next(filter(None, (*given.named.values(), *given.words)), "")
    if closes or name in ("param", "summary", "more"):
        return ""
    shown = _shown(name.rpartition("/")[2].lower(), rest)
    if shown is not None:
        return shown
    template.tell("a shortcode", found)
    return ""
