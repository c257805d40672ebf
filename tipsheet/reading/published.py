"""Decision about every path of the content folder: it is published, read, passed over or refused (K3).

What is published is on this list. Everything that meets a path of the content folder asks here: reading, MkDocs'
files, what a build remembers, the live view. Nothing in here opens a file.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from tipsheet.engine.inputs import Inputs, is_hidden
from tipsheet.model.language import original_of
from tipsheet.problems import Problem, Where

__all__ = [
    "AUTHORS_FILE", "FOLDERS", "PICTURES", "READ", "WELCOME_FILE", "Contents", "Kind", "contents_of", "kind_of",
]  # fmt: skip

FOLDERS: Mapping[str, str] = {
    "tipsheets": "issue", "articles": "article", "notes": "note", "actions": "action", "welcome": "welcome",
}  # fmt: skip
"""Folders of the content folder whose files are not ordinary pages, and what is in them."""
AUTHORS_FILE = "authors.yml"
WELCOME_FILE = "welcome.md"
"""The letter that follows a confirmation at once; later ones stand in the folder of that name."""
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")
"""Endings of files that are copied from the folders of posts, where a text shows them."""


class Kind(StrEnum):
    """Part that a file of the content folder plays."""

    ISSUE = "issue"
    ARTICLE = "article"
    NOTE = "note"
    ACTION = "action"
    WELCOME = "welcome"
    PAGE = "page"
    AUTHORS = "authors"
    PICTURE = "picture"
    """Below the folders of posts: published where a text that is published shows it."""
    FILE = "file"
    """Published as it is."""
    COPY = "copy"
    """What a program or a person left behind of a source: never published, a warning by name."""
    STRAY = "stray"
    """Below the folders of posts and neither Markdown nor a picture: not published, a warning by name."""
    HIDDEN = "hidden"
    SECRET = "secret"  # noqa: S105 - a kind of file
    """What must be nowhere near a site: a database, a key. An error by name."""


READ = frozenset({*map(Kind, FOLDERS.values()), Kind.PAGE})

_MARKDOWN = r"(?:md|mdx|markdown|mdown|mdwn|mkd|mkdn|mkdown)"
_LEFT_BEHIND = re.compile(
    r"""
    .*~(?:[0-9]+~?)? | \#.*\#? | .*\.\#.*                                # editors: x.md~ x.md.~1~ #x.md#
    | .*\.(?:bak|backup|bck|bk|old|orig|original|save|saved|sav|prev|previous|copy|kopie|rej|tmp|temp|part|partial
        |crdownload|autosave|swp|swo|swn|swx)[-_.]?[0-9]*
    | .*[._-](?:sync-conflict|conflict(?:ed)?|conflicted-copy)(?:[-_. ].*)?
    | thumbs\.db | ehthumbs\.db | desktop\.ini | icon\r
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""Names of what is left beside any file: by editors, merges, downloads, synchronization, file managers."""
_BEHIND = re.compile(r"^#|~[0-9]*~?$|#$|\.[A-Za-z]+[-_.]?[0-9]*$")
_OF_SOURCE = re.compile(
    rf".*\.{_MARKDOWN}(?:[^a-z0-9].*)? | .*\.ya?ml[^a-z0-9].* | .*\.md[0-9_-].*",
    re.VERBOSE | re.DOTALL,
)
"""Names that hold the ending of a source and go on, or spell it otherwise: x.md.save, x.md (1), x.MD, x.markdown."""
_OF_LANGUAGE = re.compile(r"authors\.[a-z]{2,3}(?:-[a-z0-9]+)*\.ya?ml", re.IGNORECASE)
"""The name of a file for what is said of authors in another language, which stands in authors.yml."""
_OF_AUTHORS = re.compile(r"authors\b.*\.ya?ml.*", re.IGNORECASE | re.DOTALL)
_WORDS = r"(?:copy|kopie|copie|copia|cópia|kopia|kopi|kopio|backup|bak|old|orig|original|conflict|draft\ copy)"
_COPIED = re.compile(
    rf"""
    .*\([0-9]+\)                                                          # x (1).md, of browsers
    | (?:copy|copie|copia|cópia|kopie|kopia|kopi)(?:\ \([0-9]+\))?[ ](?:of|von|van|de|di|af|av)[ ].*
    | .*[ ](?:-[ ])?{_WORDS}(?:[ ]?(?:[0-9]+|\([0-9]+\)))?
    | .*\((?:{_WORDS}|[^()]*\bconflict(?:ed)?\b[^()]*|[^()]*\bcopy\b[^()]*)(?:[ ][^()]*)?\)
    | .*\.{_WORDS}[-_.]?[0-9]*
    | .*_(?:BACKUP|BASE|LOCAL|REMOTE)_[0-9]+
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""Names without their ending that say of themselves that they are copies."""
_NUMBERED = re.compile(r"(.+) [0-9]{1,3}", re.DOTALL)
"""File managers of Apple call a copy `x 2.md`; that counts where `x.md` lies beside it."""
_ARCHIVE = re.compile(r"\.(?:zip|tar|tgz|tbz2?|txz|7z|rar|gz|bz2|xz|zst)", re.IGNORECASE)

_SECRET = re.compile(
    r"""
    .*\.(?:db|db3|sqlite|sqlite3|sdb|mdb|accdb|kdb|kdbx)(?:[-.](?:wal|shm|journal))?
    | (?:.*\.)?env(?:\..*)? | .*\.envrc
    | .*\.(?:pem|key|p8|p12|pfx|pkcs12|jks|keystore|ppk|keychain|ovpn|tfstate|tfvars|kubeconfig)
    | id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)? | .*[._-](?:rsa|dsa|ecdsa|ed25519)
    | \.?(?:netrc|_netrc|pgpass|htpasswd|npmrc|pypirc|git-credentials|my\.cnf)
    | (?:.*[._-])?(?:credentials?|secrets?|passwords?|passwd|service[-_]account.*)
      (?:\.(?:json|ya?ml|toml|ini|txt|csv|cfg))?
    | .*\.(?:eml|mbox|mbx|pst|ost)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""Names of databases, of files with keys and passwords, and of letters, which hold addresses."""


@lru_cache(maxsize=100_000)
def kind_of(name: str) -> Kind:
    """The part that a file of this name plays; names are relative to the content folder, with ``/``."""
    folder, _, rest = name.partition("/")
    base = name.rpartition("/")[2]
    if _is_secret(base):
        return Kind.SECRET
    if is_hidden(name):
        return Kind.HIDDEN
    if _is_copy(base, top=not rest):
        return Kind.COPY
    if rest and folder in FOLDERS:
        return _kind_in(folder, base)
    if name == AUTHORS_FILE or WELCOME_FILE in (name, original_of(name)):
        return Kind.AUTHORS if name == AUTHORS_FILE else Kind.WELCOME
    return Kind.PAGE if base.endswith(".md") else Kind.FILE


def _kind_in(folder: str, base: str) -> Kind:
    """The part of a file below a folder of posts."""
    if base.endswith(".md"):
        return Kind(FOLDERS[folder])
    return Kind.PICTURE if base.lower().endswith(PICTURES) else Kind.STRAY


def _is_secret(base: str) -> bool:
    """Return True for the name of a secret, or of a copy of one, whatever was put behind it."""
    if base.lower() in ("thumbs.db", "ehthumbs.db"):
        return False
    whole = _SECRET.fullmatch(base) or (_LEFT_BEHIND.fullmatch(base) and _SECRET.fullmatch(_BEHIND.sub("", base)))
    return bool(whole)


def _is_copy(base: str, *, top: bool) -> bool:
    if _LEFT_BEHIND.fullmatch(base) or (_OF_SOURCE.fullmatch(base.casefold()) and not base.endswith(".md")):
        return True
    if base.endswith(".md"):
        return bool(_COPIED.fullmatch(base.removesuffix(".md")))
    if base == AUTHORS_FILE:
        return False
    stem = _ARCHIVE.split(base)[0].casefold()
    return top and (bool(_OF_AUTHORS.fullmatch(base)) or (stem != base.casefold() and stem in (*FOLDERS, "content")))


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in the content folder, by names relative to it; ``problems`` are about names alone."""

    docs: str
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def of(self, *kinds: Kind) -> Iterator[str]:
        """The names of these kinds."""
        return (name for name, kind in self.kinds.items() if kind in kinds)

    def pictures(self) -> tuple[str, ...]:
        """The names of pictures that may be published."""
        return tuple(n for n in self.of(Kind.PICTURE, Kind.FILE) if n.lower().endswith(PICTURES))

    def sources(self) -> dict[str, Kind]:
        """The files that are read as Markdown, by paths relative to the publication, in their order."""
        return {f"{self.docs}/{name}": kind for name, kind in self.kinds.items() if kind in READ}


def contents_of(inputs: Inputs, docs: str, known: Mapping[str, str] = MappingProxyType({})) -> Contents:
    """Decide about everything that lies below the content folder ``docs``.

    ``known`` are kinds that were told of paths before, which their names alone decide.
    """
    start = len(docs) + 1
    problems = [_odd(path, str(oddity)) for path, oddity in inputs.odd.items()]
    names = {path[start:]: Kind(known[path]) if path in known else kind_of(path[start:]) for path in inputs.below(docs)}
    for name, kind in names.items():
        if kind in READ and " " in name and _numbered_copy(name, names):
            names[name] = Kind.COPY
    for path, target in inputs.links.items():
        if path.startswith(f"{docs}/"):
            problems += _through(path[start:], target, docs, names)
    kinds = {name: kind for name, kind in names.items() if _printable(name)}
    problems += [_unprintable(path) for path in (*inputs.files, *inputs.hidden) if not _printable(path)]
    strange = {name: kind for name, kind in kinds.items() if kind in (Kind.COPY, Kind.SECRET, Kind.STRAY)}
    problems += [p for name, kind in strange.items() for p in _told(f"{docs}/{name}", kind)]
    problems += [p for path in inputs.hidden if kind_of(path[start:]) is Kind.SECRET for p in _told(path, Kind.SECRET)]
    problems += _misplaced(kinds, docs)
    return Contents(docs, kinds, tuple(sorted(set(problems))))


def _numbered_copy(name: str, names: Mapping[str, Kind]) -> bool:
    found = _NUMBERED.fullmatch(name.removesuffix(".md"))
    return bool(found and f"{found[1]}.md" in names)


def _printable(path: str) -> bool:
    """Return True when every character of a name is one that people see, and UTF-8."""
    if path.isprintable():
        return True
    return all(c.isprintable() or c in "\u200d\u200c" or unicodedata.category(c) == "Zs" for c in path)


def _odd(path: str, words: str) -> Problem:
    code = "TS024" if "link" in words else "TS025"
    hint = "put the file itself here" if code == "TS024" else "take it away; only files are published"
    return Problem(Where(path), code, f"this {words}", hint)


def _unprintable(path: str) -> Problem:
    return Problem(Where(path), "TS026", "the name holds characters that nobody sees, or is not UTF-8", "rename it")


def _through(name: str, target: str, docs: str, names: dict[str, Kind]) -> Iterator[Problem]:
    """A link inside the publication: what it leads to must not be published by another name than its own."""
    below = target.removeprefix(f"{docs}/").split("/")[0] if target.startswith(f"{docs}/") else ""
    top = target.split("/", maxsplit=1)[0]
    if top in ("site", "outbox") or (below in FOLDERS and below != name.split("/", maxsplit=1)[0]):
        for one in [n for n in names if n == name or n.startswith(f"{name}/")]:
            del names[one]
        yield _odd(f"{docs}/{name}", "is a link to what is not published")
    elif name in names and names[name] not in (Kind.COPY, Kind.SECRET):
        other = kind_of(target.rpartition("/")[2])
        if other in (Kind.COPY, Kind.SECRET) or (other is Kind.PAGE) != name.endswith(".md"):
            names[name] = other if other in (Kind.COPY, Kind.SECRET) else Kind.COPY


def _told(path: str, kind: Kind) -> Iterator[Problem]:
    """Findings about one file by its kind alone."""
    where = Where(path)
    if kind is Kind.COPY:
        message = "this looks like a copy of a source, and is not published"
        spoken = _OF_LANGUAGE.fullmatch(path.rpartition("/")[2])
        hint = "in authors.yml, under languages: of each" if spoken else "delete it, or give it a name of its own"
        yield Problem(where, "TS020", message, hint)
    elif kind is Kind.SECRET:
        hint = "move it out of the content folder"
        yield Problem(where, "TS023", "files of this name hold secrets or addresses of people", hint)
    elif kind is Kind.STRAY:
        folder = path.split("/")[-2]
        message = f"this is not published: below {', '.join(FOLDERS)} only .md and pictures are"
        hint = "move it to another folder, such as files/" if folder else ""
        yield Problem(where, "TS027", message, hint)


def _misplaced(kinds: Mapping[str, Kind], docs: str) -> Iterator[Problem]:
    """Folders at the top whose names are nearly those of posts, with sources in them."""
    found: dict[str, str] = {}
    for name, kind in kinds.items():
        folder, _, rest = name.partition("/")
        if rest and folder not in FOLDERS and kind in (Kind.PAGE, Kind.COPY) and (meant := _meant(folder)):
            found.setdefault(folder, meant)
    for folder, meant in found.items():
        message = f"the folder '{folder}' is taken for ordinary pages, which everybody sees"
        yield Problem(Where(f"{docs}/{folder}"), "TS021", message, f"did you mean '{meant}'? else rename it")


def _meant(folder: str) -> str:
    """The folder of posts that is meant by this name, if any: a letter more, less, other or exchanged, or a copy."""
    plain = unicodedata.normalize("NFKC", folder).casefold().strip()
    for meant in FOLDERS:
        if _one_edit(plain, meant) or plain == meant.removesuffix("s"):
            return meant
        beside = plain.replace(meant, "\0", 1)
        if beside != plain and re.fullmatch(r"(?:[\W_].*)?\0(?:[\W_0-9].*)?|(?:copy|kopie|copie)\W.*\0.*", beside):
            return meant
    return ""


def _one_edit(one: str, other: str) -> bool:
    """Return True when two words are at most one letter apart: left out, put in, another, or two exchanged."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) == len(long):
        exchanged = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
        return one[at + 1 :] == other[at + 1 :] or exchanged
    return len(long) - len(short) == 1 and short[at:] == long[at + 1 :]
