"""Texts in reStructuredText, as Pelican has them, read by docutils where that is installed.

Nothing that a text names is opened: files are not included, and raw HTML and roles of programs stay out.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tipsheet.archives.generators import Post
from tipsheet.archives.headers import Headed
from tipsheet.archives.item import Left
from tipsheet.archives.source import SourceFiles
from tipsheet.problems import Where

__all__ = ["read_rst"]

_FIELDS = re.compile(
    r"\A(?:[ \t]*\n)*((?:.+\n(?:=|-|#|~|\*|\"|\^){3,}\n|(?:=|#|\*|-){3,}\n.+\n(?:=|#|\*|-){3,}\n)?)"
    r"((?:[ \t]*\n|:[\w -]+:.*\n(?:[ \t]+\S.*\n)*)*)"
)
_FIELD = re.compile(r"^:([\w -]+):[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_CODE = re.compile(r"^([ \t]*\.\. )(?:code-block|sourcecode)::", re.MULTILINE)
_PLACE = re.compile(r"\{(filename|static|attach)\}")
SETTINGS: dict[str, Any] = {
    "file_insertion_enabled": False, "raw_enabled": False, "report_level": 5, "halt_level": 6, "doctitle_xform": False,
    "initial_header_level": 2, "syntax_highlight": "none", "math_output": "LaTeX", "_disable_config": True,
    "line_length_limit": 1_000_000, "embed_stylesheet": False,
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
        text = files.text(name).lstrip("\ufeff") + "\n"
        found = _FIELDS.match(text)
        title = re.sub(r"^[=#*~\"^-]{3,}$", "", found[1], flags=re.MULTILINE).strip() if found else ""
        header: dict[str, Any] = {"title": title} if title else {}
        if found:
            header |= {m[1].strip().lower(): " ".join(m[2].split()) for m in _FIELD.finditer(found[2])}
        body = _CODE.sub(r"\1code::", text[found.end() :] if found else text)
        try:
            html = publish_parts(body, writer=Writer(), settings_overrides=SETTINGS)["body"]
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a text, the others come along
            left.append(Left(Where(name), "a file that cannot be read", str(error)))
            continue
        html = re.sub(r'<pre class="code ([\w+-]+) literal-block">', r'<pre class="language-\1">', html)
        html = re.sub(r'<span class="docutils literal">(.*?)</span>', r"<code>\1</code>", html, flags=re.DOTALL)
        first = text.count("\n", 0, found.end()) + 1 if found else 1
        stem = re.sub(r"^\d{4}-\d{2}-\d{2}[-_]", "", name.rpartition("/")[2].removesuffix(".rst"))
        yield Post(f"{name}", Headed(header, html, first), stem, None)
