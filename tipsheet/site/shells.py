"""Material's frame around our pages, rendered once for each shape and then filled by our templates.

Material works out for every page what is the same on thousands: menus, palettes, translations, icons.
A shell is its ``base.html`` as it comes out for one shape of page, as text with slots for the blocks that we fill.
What a shell gives is compared with what Material gives, for a page of each shape; where they
differ there are no shells, and Material renders every page.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import jinja2
from jinja2.nodes import Block, Const, Extends, Name

__all__ = [
    "Shell", "fillable", "filled", "shape_of", "shell_environment", "shell_maker", "slots_of", "templates_are_plain",
]  # fmt: skip

BASE = "base.html"
FRAME_NAMES = frozenset(
    {"config", "nav", "pages", "lang", "mkdocs_version", "build_date_utc", "extra_css", "extra_javascript"}
)
"""What MkDocs gives to templates and a shell has no more."""
_NAME = re.compile(r"[a-z_]+")
_MARK = re.compile(r"\x02(/?)(\w+)\x03")


def shape_of(url: str, language: str = "") -> str:
    """Pages of one shape have the same frame: those near the root each their own, others by folder and depth.

    ``language`` is the folder of the page's language, which begins its address; each has frames of its own.
    """
    folder, *deeper = url.removeprefix(language).split("/")[:-1] or [""]
    return f"{language}{folder}/{'*/' * len(deeper)}" if deeper else url


def fillable(folders: Iterable[Path]) -> frozenset[str]:
    """The blocks that templates in these folders fill."""
    return frozenset(block.name for tree in _trees(folders) for block in tree.find_all(Block))


def templates_are_plain(folder: Path | None) -> bool:
    """Return True when the publication's own templates ask for nothing that only MkDocs can give."""
    if folder is None:
        return True
    trees = list(_trees([folder]))
    asked = {name.name for tree in trees for name in tree.find_all(Name)}
    extended = (node.template for tree in trees for node in tree.find_all(Extends))
    return not asked & FRAME_NAMES and all(isinstance(template, Const) for template in extended)


def _trees(folders: Iterable[Path]) -> Iterator[jinja2.nodes.Template]:
    """The templates of the site in these folders, parsed; raises jinja2.TemplateSyntaxError with the file's name."""
    env = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for folder in folders:
        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder).as_posix()
            if not name.startswith("email/"):
                yield env.parse(path.read_text(encoding="utf-8"), name, str(path))


Shell = tuple[tuple[str, str], ...]
"""Text in pieces: ``("", text)``, and around what a block holds ``("open", its name)`` and ``("close", its name)``."""


def shell_maker(
    env: jinja2.Environment, blocks: frozenset[str], mend: Callable[[str], str]
) -> Callable[[Mapping[str, object]], Shell]:
    """Makes a ``base.html`` without Material: text, and our blocks open in it.

    ``env`` is Material's; the maker is given the context of a page of the shape. ``mend`` is for all of the page.
    """
    open_ = sorted(blocks & env.get_template(BASE).blocks.keys())
    fills = "".join(
        f"{{% block {name} %}}\x02{name}\x03{{{{ super() }}}}\x02/{name}\x03{{% endblock %}}" for name in open_
    )
    template = env.from_string(f'{{% extends "{BASE}" %}}{fills}')

    def make(context: Mapping[str, object]) -> Shell:
        html = mend(template.render(context))
        parts, at = [], 0
        for mark in _MARK.finditer(html):
            parts += [("", html[at : mark.start()]), ("close" if mark[1] else "open", mark[2])]
            at = mark.end()
        return (*parts, ("", html[at:]))

    return make


def slots_of(shells: Mapping[str, Shell]) -> tuple[str, ...]:
    """The names of the blocks that these shells leave open. They may come from a state that others wrote."""
    found = {text for shell in shells.values() for kind, text in shell if kind == "open"}
    return tuple(sorted(filter(_NAME.fullmatch, found)))


def shell_environment(slots: Iterable[str], folders: Iterable[Path], cache: Path | None) -> jinja2.Environment:
    """Jinja with slots for Material's ``base.html``: what templates fill, and nothing around it.

    ``folders`` are searched in order; ``cache`` is one for compiled templates.
    """
    base = "".join(f"{_SLOT.format(name)}{{% block {name} %}}{_OWN}{{% endblock %}}" for name in slots)
    loader = jinja2.ChoiceLoader([jinja2.DictLoader({BASE: base}), jinja2.FileSystemLoader(list(folders))])
    remembered = jinja2.FileSystemBytecodeCache(str(cache)) if cache else None
    return jinja2.Environment(loader=loader, auto_reload=False, bytecode_cache=remembered)


def filled(shell: Shell, rendered: str) -> str:
    """A whole page: the shell with its slots filled by what its template gave in a `shell_environment`."""
    before, *parts = _PLACE.split(rendered)  # a template may say something before it extends another
    fills = dict(zip(parts[::2], parts[1::2], strict=True))
    pieces = iter(shell)
    return before + "".join(_text(pieces, fills))


def _text(pieces: Iterator[tuple[str, str]], fills: Mapping[str, str]) -> Iterator[str]:
    """The text up to the end of a block; Material's own stands where what fills it asks for that."""
    for kind, text in pieces:
        if kind == "close":
            return
        if kind == "":
            yield text
        else:
            own = "".join(_text(pieces, fills))
            yield fills.get(text, _OWN).replace(_OWN, own)


_SLOT, _OWN = "\x02{}\x03", "\x04"
"""Begins what a template fills a slot with, and stands for Material's own in it, which ``super()`` asks for."""
_PLACE = re.compile("\x02(\\w+)\x03")
