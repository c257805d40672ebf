"""Targets of relative addresses in content: pages of the site and files that are copied to it, pictures among them."""

import posixpath
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from tipsheet.engine.digest import digest
from tipsheet.engine.inputs import Inputs
from tipsheet.limits import LIMITS
from tipsheet.model.addresses import split_address
from tipsheet.model.language import language_in, original_of
from tipsheet.model.post import Copies, Image
from tipsheet.pictures.copies import copies_of
from tipsheet.pictures.files import DamagedError
from tipsheet.pictures.opening import Facts, TooLargeError, facts_of
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.reading.published import PICTURES, Contents, Kind
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["Targets", "page_address", "page_addresses", "shown_pictures"]

ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|#|@@")
IN_PATHS = "/!$&'()*+,;=:@~"
"""What may stand in the path of an address beside letters, digits and ``-._`` (RFC 3986, 3.3)."""
PUBLISHED = frozenset({Kind.PICTURE, Kind.FILE})
TEXTS = (".md", ".css", ".html", ".js", ".mjs", ".json", ".xml", ".svg", ".txt", ".webmanifest", ".yml", ".yaml")
_NAME = re.compile(rf"""[^\s"'()<>\[\]{{}}|,;=]+(?:{"|".join(map(re.escape, PICTURES))})""", re.IGNORECASE)
READ = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
"""Endings of pictures that pages and letters show; letters show copies of some."""


def page_address(name: str, *, directory_urls: bool = True) -> str:
    """Address that MkDocs gives an ordinary page, relative to the site's root: ``about.md`` is ``about/``.

    Without ``directory_urls`` (its ``use_directory_urls``) it is ``about.html``.
    """
    folder, file = posixpath.split(name.removesuffix(".md"))
    index = file in ("index", "README")
    if directory_urls:
        return quote("".join(f"{part}/" for part in (folder, "" if index else file) if part))
    return quote(f"{posixpath.join(folder, 'index' if index else file)}.html")


def page_addresses(
    addresses: Mapping[str, str], languages: Sequence[str], drafts: Container[str] = frozenset()
) -> dict[str, str]:
    """The addresses of pages by the names of their files, with those of their translations as `Targets` asks for them.

    ``drafts`` are names of posts that nobody is to read yet: nothing leads to such a translation, or to one of them.
    """
    found = dict(addresses)
    for name, address in addresses.items() if languages[1:] else ():
        language, original = language_in(name, languages), original_of(name)
        if language and name not in drafts and original not in drafts:
            found[_translated(original, language)] = address
    return found


def _translated(name: str, language: str) -> str:
    """The question for the page that says in this language what the file of this name says; no file is called so."""
    return f"{language}:{name}"


@dataclass(frozen=True, slots=True)
class Targets:
    """Addresses by source: ``pages`` is what `page_addresses` gives, ``files`` are all files by their kinds.

    ``languages`` are those of the publication, the first one first. ``asked`` collects the names (in the content
    folder) that were looked for, and the questions for translations, whatever was found.
    """

    content: Path
    pages: Mapping[str, str]
    files: Mapping[str, Kind] = field(default_factory=dict)
    languages: Sequence[str] = ()
    asked: set[str] = field(default_factory=set)
    _looks: dict[str, tuple[Facts, Copies]] = field(default_factory=dict)

    def resolve(self, href: str, name: str, where: Where) -> tuple[str, Problem | None]:
        """The address as the model writes it; ``name`` is the file that it stands in.

        Addresses of other hosts stay byte for byte as they are, and so do those of ours from the content folder
        on; they are decoded only to look for a file. A link in a translation leads to the page in its language, where
        there is one. A target that does not exist gives ``TS013``.
        """
        if ABSOLUTE.match(href):
            return href, None
        if href.startswith("/"):
            return f"site:{href.lstrip('/')}", None
        path, mark, rest = split_address(href)
        language = language_in(name, self.languages)
        for target, written in _candidates(path, name):
            for page in (*([_translated(target, language)] if language else []), target):
                self.asked.add(page)
                if page in self.pages:
                    return f"site:{self.pages[page]}{mark}{rest}", None
            if self.files.get(target) in PUBLISHED:
                return f"site:{written}{mark}{rest}", None
        return href, self._missing(path, next(_candidates(path, name))[0], where)

    def _missing(self, path: str, target: str, where: Where) -> Problem:
        if target.startswith(".."):
            return Problem(where, "TS013", f"'{path}' leads out of the content folder", "copy the file into it")
        if target in self.files and not target.endswith(".md"):
            return Problem(where, "TS027", f"'{path}' is not published", "move it to another folder, such as files/")
        near = did_you_mean(posixpath.basename(target), map(posixpath.basename, self._neighbours(target)))
        return Problem(where, "TS013", f"there is no file '{path}'", near)

    def image(self, src: str, alt: str, name: str, where: Where) -> tuple[Image | None, Problem | None]:
        """A picture of the publication with its size in px."""
        address, problem = self.resolve(src, name, where)
        if problem is not None:
            return None, Problem(where, "TS014", problem.message.replace("file", "picture", 1), problem.hint)
        path = unquote(address.removeprefix("site:"))
        if not address.startswith("site:"):
            hint = "pages and mails load nothing from other hosts"
            return None, Problem(where, "TS014", f"'{src}' is not a picture of this publication", hint)
        if not path.lower().endswith(READ):
            hint = "use PNG, JPEG, GIF, WebP or AVIF"
            return None, Problem(where, "TS015", f"'{src}' cannot be shown by mail programs", hint)
        try:
            facts, copies = self._look(path)
        except TooLargeError as error:
            return None, Problem(where, "TS031", f"'{src}': {error}", LIMITS["pixels"].remedy)
        except DamagedError as error:
            return None, Problem(where, "TS015", f"the picture '{src}' cannot be read: {error}", error.remedy)
        dark, dark_copies = self._dark(path)
        return Image(
            src=address.removeprefix("site:"),
            alt=alt,
            width=facts.width,
            height=facts.height,
            dark=quote(dark, IN_PATHS),
            copies=copies,
            dark_copies=dark_copies,
        ), None

    def _look(self, path: str) -> tuple[Facts, Copies]:
        """The facts of a picture and the copies that it gets; raises DamagedError, TooLargeError."""
        if path not in self._looks:
            try:
                data = (self.content / path).read_bytes()
            except OSError as error:
                raise DamagedError(error.strerror or "it cannot be opened") from error
            facts = facts_of(data)
            self._looks[path] = facts, copies_of(facts, digest(data))
        return self._looks[path]

    def _dark(self, path: str) -> tuple[str, Copies]:
        """The dark variant beside a picture and its copies; one that cannot be read is none."""
        stem, ending = posixpath.splitext(path)
        dark = f"{stem}-dark{ending}"
        self.asked.add(dark)
        if self.files.get(dark) not in PUBLISHED:
            return "", Copies()
        try:
            return dark, self._look(dark)[1]
        except DamagedError:
            return dark, Copies()

    def _neighbours(self, target: str) -> list[str]:
        folder = posixpath.dirname(target)
        return [name for name in self.files if posixpath.dirname(name) == folder]


def _candidates(path: str, name: str) -> Iterator[tuple[str, str]]:
    """Names of files that a relative path in this file can mean, each with its address from the site's root.

    A path is an address, so ``%20`` is a blank; only where there is no such file can it be meant as it stands.
    """
    folder = posixpath.dirname(name)
    decoded = unquote(path)
    yield _beside(folder, decoded), _beside(quote(folder, IN_PATHS), path)
    if decoded != path:
        yield _beside(folder, path), quote(_beside(folder, path), IN_PATHS)


def _beside(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))


def shown_pictures(
    root: Path, settings: Settings, inputs: Inputs, contents: Contents, asked: Iterable[str]
) -> frozenset[str]:
    """Pictures that ordinary pages, templates, style sheets and settings name, and that so belong to the public.

    ``asked`` are the names that pages have looked for, which is exact; other texts are searched for words. Names are
    relative to the content folder.
    """
    found = set(asked)
    docs = settings.docs_dir
    texts = [f"{docs}/{name}" for name in contents.of(Kind.PAGE, Kind.FILE, Kind.AUTHORS)]
    texts += inputs.below(settings.overrides) if settings.overrides else ()
    for path in (CONFIG_FILE, *texts):
        if path.lower().endswith(TEXTS):
            folder = posixpath.dirname(path.removeprefix(f"{docs}/")) if path.startswith(f"{docs}/") else ""
            found.update(_words(root / path, folder))
    return frozenset(contents.pictures()) & found


def _words(file: Path, folder: str) -> Iterator[str]:
    """Names that the words of a text may mean: relative to its folder, to the root of the site, or from any page."""
    for match in _NAME.finditer(file.read_text(encoding="utf-8", errors="ignore")):
        word = unquote(match[0])
        yield posixpath.normpath(posixpath.join(folder, word))
        yield re.sub(r"^(?:\.{0,2}/)+", "", word)
