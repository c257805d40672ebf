"""The export of Mailchimp: ``campaigns.csv`` and ``campaigns_content/<id>_<title>.html``.

https://mailchimp.com/help/export-and-back-up-account-data/ names the parts, and says nothing of columns; neither does
https://mailchimp.com/developer/marketing/docs/account-exports/. Programs that read real exports (looked up in November
2026) find ``Title``, ``Subject``, ``Send Date`` (``May 19, 2019 06:00 pm``) and ``Unique Id`` in the list, folders of
numbers around it, and in the names of files numbers that the list has not: rows are found by titles and subjects too.
Of a campaign without a row the title is that of its page, and the date that of the file in the archive.
"""

import re
from collections.abc import Mapping

from bs4 import BeautifulSoup

from tipsheet.archives.generators import date_of_file, title_in
from tipsheet.archives.headers import moment_of
from tipsheet.archives.item import Archive, Form, Item, Left, State
from tipsheet.archives.source import SourceFiles, rows_of
from tipsheet.model.addresses import slug_of
from tipsheet.problems import Where

__all__ = ["read", "recognise"]

_TEXTS = re.compile(r"(?:^|/)campaigns?(?:_content)?/.*\.html?$", re.IGNORECASE)
LINE = 250
"""Characters of a line in a foot; a paragraph of the letter has more."""
_MERGE = re.compile(r"\*\|[A-Z0-9_:|-]+\|\*", re.IGNORECASE)
_UNSUBSCRIBE = re.compile(
    r"unsubscribe|update (?:your )?(?:subscription )?preferences|view (?:this email|it) in (?:your"
    r"|a) browser|why did i get this|forward to a friend|add us to your address book|mailing address is"
    r"|all rights reserved",
    re.IGNORECASE,
)


def recognise(files: SourceFiles) -> bool:
    """Return True for an export of Mailchimp."""
    return any(_TEXTS.search(name) for name in files.names)


def read(files: SourceFiles) -> Archive:
    """All campaigns that have a text."""
    left: list[Left] = []
    items: list[Item] = []
    rows = _rows(files)
    for name in files.names:
        if not _TEXTS.search(name):
            continue
        base = re.sub(r"\.html?$", "", name.rpartition("/")[2])
        number, _, rest = base.partition("_")
        row = rows.get(number) or rows.get(slug_of(rest or base)) or {}
        html = files.text_or_told(name, left)
        if html is None:
            continue
        where = Where(name)
        title = row.get("subject") or row.get("subject_line") or row.get("title") or title_in(html, Form.HTML)
        if _MERGE.search(title) or not title:
            title = row.get("title") or rest.replace("-", " ").replace("_", " ").strip() or base
        content = _content(html)
        if not content.strip():
            left.append(Left(where, "a campaign without a text", title))
            continue
        date = moment_of(row.get("send_date") or row.get("send_time") or row.get("date"))
        told = [] if row else [Left(where, "a campaign without a row in campaigns.csv")]
        if date is None:
            date, cause = date_of_file(files, name)
            told += [Left(where, cause)] if date else []
        told += [Left(where, "a merge tag of Mailchimp", tag) for tag in dict.fromkeys(_MERGE.findall(html))]
        sent = row.get("status", "sent").lower() in ("sent", "") and (not row or date is not None)
        items.append(
            Item(
                where=where, title=title, text=content, form=Form.HTML, date=date, slug=slug_of(rest or title),
                description=row.get("preview_text", ""), state=State.PUBLIC if sent else State.DRAFT, left=tuple(told),
                addresses=tuple(filter(None, (row.get("archive_url") or row.get("long_archive_url"),))),
            )
        )  # fmt: skip
    return Archive(items=tuple(items), left=tuple(left))


def _rows(files: SourceFiles) -> Mapping[str, dict[str, str]]:
    """Rows of the list of campaigns, by their ids and by the slugs of their titles."""
    found: dict[str, dict[str, str]] = {}
    for name in files.ending(".csv"):
        if re.search(r"campaigns?[^/]*\.csv$", name, re.IGNORECASE):
            for row, _ in rows_of(files, name, ()) or ():
                for key in ("campaign_id", "id", "unique_id", "web_id"):
                    if row.get(key):
                        found[row[key]] = row
                for key in ("title", "subject"):
                    if row.get(key):
                        found.setdefault(slug_of(row[key]), row)
    return found


def _content(html: str) -> str:
    """The blocks of a letter, without its foot, which each letter has, and without merge tags."""
    soup = BeautifulSoup(html, "lxml")
    body = soup.body
    if body is None:
        return html
    for part in body.find_all(
        id=re.compile("^(?:templateFooter|templatePreheader|awesomewrap|canspamBarWrapper)", re.IGNORECASE)
    ):
        part.decompose()
    for cell in body.find_all(["p", "td", "em", "a", "div"]):
        if cell.decomposed or cell.find(["p", "table", "h1", "h2"]) is not None:
            continue
        words = cell.get_text(" ", strip=True)
        merged = _MERGE.search(words + str(cell.get("href") or ""))
        if (merged or _UNSUBSCRIBE.search(words)) and len(words) < LINE:
            cell.decompose()
    return _MERGE.sub("", body.decode_contents())
