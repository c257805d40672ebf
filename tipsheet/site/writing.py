"""Functions that units of the site are made by: each writes a page, or another file, of what it is given."""

from dataclasses import dataclass, replace

from tipsheet.engine.units import Made
from tipsheet.model.body import Action
from tipsheet.model.post import Issue, Post
from tipsheet.rendering.calendar import CalendarDate, calendar_documents
from tipsheet.rendering.data import action_record, documents, issue_record
from tipsheet.rendering.feeds.documents import write_feed
from tipsheet.rendering.feeds.formats import Channel, Entry
from tipsheet.rendering.library import Shelved
from tipsheet.settings import Look, Settings
from tipsheet.site.face import LOOK_FILE, style_sheet
from tipsheet.site.languages import moved
from tipsheet.site.library import index_row, library_card, library_index
from tipsheet.site.page import Alternate, Redirect, SitePage
from tipsheet.site.search import Listed, entries_of, robots, search_index, sitemaps
from tipsheet.site.theme import Renderer

__all__ = [
    "AT",
    "Also",
    "write_calendars",
    "write_card",
    "write_documents",
    "write_feed_file",
    "write_index",
    "write_issue",
    "write_library_index",
    "write_look",
    "write_page",
    "write_redirects",
    "write_robots",
    "write_sitemaps",
]  # fmt: skip

AT = "site/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Additions to a page: redirects to it, its share of the search index, its folder and other languages.

    ``search`` says how much of it is searched: its ``head``, the ``whole`` text, or nothing. ``redirects`` lead to it;
    ``taken`` are files that the content has already.
    """

    search: str = ""
    redirects: tuple[Redirect, ...] = ()
    taken: tuple[str, ...] = ()
    folder: str = ""
    alternates: tuple[Alternate, ...] = ()

    def to(self, page: SitePage, root: str) -> SitePage:
        """The page in the folder of its language, and with its other languages; ``root`` is that of the site."""
        return replace(moved(page, self.folder, root), alternates=self.alternates)


def write_page(menus: Renderer, content: SitePage, target: Also) -> Made:
    """A page and the redirects to it; its value are its entries in the search index, and no record."""
    content = target.to(content, menus.root)
    whole = target.search == "whole"
    entries = entries_of(content, whole=whole, folder=target.folder) if target.search else ""
    files = {AT + content.file: menus.page(content).encode()} if content.file not in target.taken else {}
    files |= write_redirects(menus, target.redirects, target.taken).files
    return Made(files, (), (entries, "") if entries else None)


def write_issue(menus: Renderer, content: SitePage, target: Also, settings: Settings, issue: Post) -> Made:
    """The page of an issue, as `write_page` makes it; its value has the record for programs as well."""
    assert isinstance(issue, Issue)  # noqa: S101 - see `Plan.pages`
    made = write_page(menus, content, target)
    entries, _ = made.value or ("", "")
    return replace(made, value=(entries, issue_record(issue, settings.masthead)))


def write_redirects(menus: Renderer, target: tuple[Redirect, ...], taken: tuple[str, ...]) -> Made:
    """Pages that lead on, each a few lines without script or style."""
    return Made({AT + one.file: menus.redirect(one).encode() for one in target if one.file not in taken})


def write_sitemaps(addresses: tuple[Listed, ...], others: tuple[str, ...], root: str, taken: frozenset[str]) -> Made:
    """The sitemap for search engines."""
    files = sitemaps(addresses, others, root)
    return Made({AT + name: text.encode() for name, text in files.items() if name not in taken})


def write_robots(root: str) -> Made:
    """The file that tells search engines where the sitemap is."""
    return Made({f"{AT}robots.txt": robots(root).encode()})


def write_look(look: Look, until: str) -> Made:
    """The colours and type of the publication; ``until`` is its scheme until a reader chooses (`Schemes`)."""
    return Made({AT + LOOK_FILE: style_sheet(look, until).encode()})


def write_feed_file(path: str, channel: Channel, entries: tuple[Entry, ...]) -> Made:
    """A feed."""
    return Made({AT + path: write_feed(path, channel, entries)})


def write_calendars(settings: Settings, dates: tuple[CalendarDate, ...], taken: frozenset[str]) -> Made:
    """The calendar, and a file for each date."""
    folder = settings.masthead.folder
    files = {folder + path: data for path, data in calendar_documents(settings.masthead, dates).items()}
    return Made({AT + path: data for path, data in files.items() if path not in taken})


def write_card(settings: Settings, menus: Renderer, text: Action, action: Shelved, page: str) -> Made:
    """No file: the value is the record of an action for programs, its card on a page of the library, and its line."""
    card = library_card(settings, text, action)
    html = menus.part("partials/card.html", page, card=card)
    return Made({}, (), (action_record(text, action, settings.masthead), html, index_row(card)))


def write_library_index(path: str, content: tuple[tuple[str, tuple[str, ...]], ...]) -> Made:
    """The index of a library of many pages."""
    return Made({AT + path: library_index(content)})


def write_index(path: str, config: str, entries: tuple[str, ...]) -> Made:
    """The search index of a language."""
    return Made({AT + path: search_index(config, entries)})


def write_documents(
    settings: Settings, issues: tuple[str, ...], actions: tuple[str, ...], taken: frozenset[str]
) -> Made:
    """The data for programs."""
    files = documents(settings.masthead, issues, actions)
    return Made({AT + path: data for path, data in files if path not in taken})
