"""Names of what comes along: ids, slugs and files of items, people of authors.yml, tags in one spelling.

The names depend on the archive and on what was in the publication besides, so that the same source twice gives the
same names.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from tipsheet.archives.item import Archive, Item, Left, State
from tipsheet.archives.trees import tree_of
from tipsheet.editing.drafts import LONGEST, free_name
from tipsheet.model.addresses import slug_of
from tipsheet.model.language import folder_of, language_for
from tipsheet.model.publication import Publication
from tipsheet.settings import Settings

__all__ = ["Named", "named", "one_line_of", "people_of", "translations_of"]

LONGEST_SLUG = 80
LONGEST_ALIAS = 200
"""Characters of a name of a folder, with some left for the program that writes it: a file system takes 255 bytes."""
_ADDRESS_PARTS = re.compile(r"[/?#&=]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An item with the names that it has here; ``name`` is that of its file in the content folder."""

    item: Item
    id: str
    slug: str
    name: str
    title: str
    moment: dt.datetime
    aliases: tuple[str, ...] = ()
    left: tuple[Left, ...] = ()
    language: str = ""
    """Of a translation."""
    original: Item | None = None
    """The item that this translates."""

    @property
    def public(self) -> bool:
        """Readers may see it; a translation, if they may see its original."""
        shown = self.original is None or self.original.state is State.PUBLIC
        return shown and self.item.state is State.PUBLIC

    @property
    def url(self) -> str:
        """Address of its page, relative to the site's root."""
        return f"{folder_of(self.language)}{'articles' if self.item.article else 'issues'}/{self.slug}/"


def translations_of(archive: Archive, settings: Settings) -> tuple[Mapping[int, tuple[int, str]], tuple[Left, ...]]:
    """The original and the language of each item that translates another, all by their numbers.

    The original is in the first language of the publication. In a language that the publication has not, an item stands
    by itself, and that is told.
    """
    languages = settings.languages or (settings.masthead.language,)
    first = languages[0]
    works: dict[str, dict[str, int]] = {}
    left: list[Left] = []
    strange: list[tuple[str, str, Item]] = []
    for number, item in enumerate(archive.items):
        said = item.language or archive.language or first
        if item.work and item.date is not None:
            language = language_for(said, languages)
            works.setdefault(item.work, {}).setdefault(language, number)
            strange += [] if language else [(item.work, said, item)]
    for work, said, item in strange:
        if first in works[work]:
            left.append(Left(item.where, "a translation into a language that the publication has not", said))
    found = {
        number: (numbers[first], language)
        for numbers in works.values()
        if first in numbers
        for language, number in numbers.items()
        if language not in ("", first)
    }
    return found, tuple(left)


def named(
    items: Sequence[Item],
    publication: Publication,
    settings: Settings,
    translations: Mapping[int, tuple[int, str]] = MappingProxyType({}),
) -> list[Named | Left]:
    """Each item with its names, or the reason for which it has none; a translation has those of its original."""
    own = [number for number in range(len(items)) if number not in translations]
    found = dict(zip(own, _originals([items[number] for number in own], publication, settings), strict=True))
    for number, (first, language) in translations.items():
        original = found[first]
        if isinstance(original, Named):  # it has a date
            title, left = _title(items[number])
            found[number] = replace(
                original, item=items[number], name=f"{original.name.removesuffix('.md')}.{language}.md", title=title,
                aliases=(), left=left, language=language, original=items[first],
            )  # fmt: skip
    return [found[number] for number in range(len(items))]


def _originals(items: Sequence[Item], publication: Publication, settings: Settings) -> Iterator[Named | Left]:
    dated = [(item, _moment(item, settings)) for item in items]
    bases = [_slug(item) for item in items]
    ours = _ids(dated, bases)
    others = [post for post in (*publication.issues, *publication.articles) if post.id not in ours]
    taken: dict[bool, set[str]] = {False: set(), True: set()}
    for post in others:
        taken[post.url.startswith("articles/")] |= {post.slug, *post.aliases}
    used: set[str] = {post.id for post in others}
    slugs = [""] * len(dated)
    for number in sorted(range(len(dated)), key=lambda number: _comes_late(dated[number][0], settings)):
        item, moment = dated[number]
        slugs[number] = free_name(bases[number], taken[item.article]) if moment else ""
        taken[item.article].add(slugs[number])
    for (item, moment), base, slug in zip(dated, bases, slugs, strict=True):
        if moment is None:
            yield Left(item.where, "an item without a date", item.title)
            continue
        name = free_name(_dated(moment, slug), used)
        used.add(name)
        title, left = _title(item)
        if slug != base:
            left = (*left, Left(item.where, "an address that another item has", f"{base} is now {slug}"))
        folder = "articles" if item.article else f"tipsheets/{moment.year}"
        file = f"{folder}/{slug}.md" if item.article else f"{folder}/{_dated(moment, slug)}.md"
        aliases = tuple(_aliases(item, slug, taken[item.article]))
        taken[item.article] |= set(aliases)
        yield Named(item=item, id=name, slug=slug, name=file, title=title, moment=moment, aliases=aliases, left=left)


def _ids(dated: Sequence[tuple[Item, dt.datetime | None]], bases: Sequence[str]) -> Container[str]:
    """The ids that the items could have, with those that a number makes free."""
    return _Numbered({_dated(moment, base) for (_, moment), base in zip(dated, bases, strict=True) if moment})


def _dated(moment: dt.datetime, slug: str) -> str:
    """A slug with its date before it, which is not said twice where that is all it says."""
    day = str(moment.date())
    return day if slug == day else f"{day}-{slug}"


def _comes_late(item: Item, settings: Settings) -> tuple[bool, bool]:
    """Sorts what gets its address after others: drafts, since they had no readers, and texts in other languages."""
    languages = settings.languages or (settings.masthead.language,)
    return item.state is not State.PUBLIC, bool(item.language) and not language_for(item.language, languages)


class _Numbered:
    """Names, and the same with a number behind them."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name in self._names or re.sub(r"-\d+$", "", str(name)) in self._names


def _moment(item: Item, settings: Settings) -> dt.datetime | None:
    """The moment in the publication's zone, to the minute."""
    if item.date is None:
        return None
    zone, date = settings.time_zone, item.date
    if date.tzinfo is not None:
        return date.astimezone(zone).replace(second=0, microsecond=0)
    if date.time() == dt.time():
        return settings.schedule.moment(date.date(), zone)
    return date.replace(tzinfo=zone, second=0, microsecond=0)


def _slug(item: Item) -> str:
    slug = slug_of(
        unicodedata.normalize("NFC", item.slug or item.title or item.where.path.rpartition("/")[2].partition(".")[0])
    )
    if len(slug) > LONGEST_SLUG:
        slug = slug[:LONGEST_SLUG].rpartition("-")[0] or slug[:LONGEST_SLUG]
    return slug or "issue"


def _aliases(item: Item, slug: str, taken: set[str]) -> Iterator[str]:
    """Other names that the item had, which can stand in an address here."""
    old = [_ADDRESS_PARTS.split(address.rstrip("/"))[-1].removesuffix(".html") for address in item.addresses]
    for name in dict.fromkeys((*item.short, *old)):
        if (
            re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name)
            and name != slug
            and name not in taken
            and len(name) <= LONGEST_ALIAS
            and not name.isdigit()
        ):
            yield name


def one_line_of(text: str) -> str:
    """A text of a header: one line without markup, control characters or merge fields."""
    if "<" in text or "&" in text:
        text = tree_of(text).body.get_text(" ")
    text = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", text))
    return " ".join(re.sub("@(?=@)", "@ ", text).split())


def _title(item: Item) -> tuple[str, tuple[Left, ...]]:
    title = one_line_of(item.title)
    if not title:
        words = (item.slug or item.where.path.rpartition("/")[2].partition(".")[0]).replace("-", " ").replace("_", " ")
        title = one_line_of(words).capitalize() or "Untitled"
        return title[:LONGEST], (Left(item.where, "an empty title", f"'{title}' stands there"),)
    if len(title) > LONGEST:
        cut = title[: LONGEST - 1]
        short = (cut.rpartition(" ")[0] or cut).rstrip(",;:- ") + "…"
        return short, (Left(item.where, f"a title longer than {LONGEST} characters", title),)
    return title, ()


def people_of(
    items: Sequence[Item], publication: Publication, settings: Settings
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The ids of authors by their names as the items have them, and the names of those who are new, by their ids.

    The name for items that name nobody is empty.
    """
    known = {author.id: author.name for author in publication.authors}
    by_name = {_folded(name): one for one, name in known.items()} | {_folded(one): one for one in known}
    ids: dict[str, str] = {}
    new: dict[str, str] = {}
    nobody = next(iter(known), "")
    for name in dict.fromkeys(name for item in items for name in (item.authors or ("",))):
        shown = one_line_of(name) or ("" if nobody else settings.masthead.editor)
        if not shown:
            ids[name] = nobody
            continue
        found = by_name.get(_folded(shown))
        if found is None:
            found = free_name(slug_of(shown)[:60].strip("-"), known | new)
            new[found] = shown
            by_name[_folded(shown)] = found
        ids[name] = found
    return ids, new


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
