"""The page of files that a build writes; a test holds its two tables to a real build."""

from collections.abc import Mapping, Sequence

from docs.reference.pages.markdown import code, grid, page
from tipsheet.rendering.feeds import FEED_FORMATS

__all__ = ["ADDRESSES", "OUTBOX", "files"]

ADDRESSES: Mapping[str, Sequence[tuple[str, str]]] = {
    "Pages": (
        ("index.html", "Home: the newest issue, the ones before, what comes up."),
        ("issues/<slug>/index.html", "An issue as everyone reads it."),
        ("articles/<slug>/index.html", "An article."),
        ("for/<segment>/index.html", "The issues as a public segment reads them."),
        ("for/<segment>/<slug>/index.html", "An issue as that segment reads it, or the way to the public page."),
        ("archive/index.html", "All issues."),
        ("archive/<year>/index.html", "The issues of a year."),
        ("articles/index.html", "All articles, when there are any."),
        ("tags/index.html", "All tags."),
        ("tags/<tag>/index.html", "What carries a tag."),
        ("authors/index.html", "All authors."),
        ("authors/<author>/index.html", "An author, and what they wrote."),
        ("actions/index.html", "The action library, with its newest actions and filters."),
        ("subscribe/index.html", "The form, and the feeds."),
        ("<page>/index.html", "An ordinary page, such as `about.md`."),
        ("404.html", "What a server shows for an address that does not exist."),
    ),
    "Addresses that lead on": (
        ("latest/index.html", "To the newest issue."),
        ("i/<id>/index.html", "To an issue or article by its id, whatever its slug is now."),
        ("issues/<alias>/index.html", "From an earlier slug. Articles have the same."),
        ("<list>/page/<number>/index.html", "Further pages of a list, counted from the oldest."),
    ),
    "Share pictures": (
        ("share/all/card.png", "What social networks show of pages that have no picture."),
        ("share/<id>.png", "What they show of an issue or article that has none, drawn of its title."),
    ),
    "Feeds": (
        (FEED_FORMATS[0].file, FEED_FORMATS[0].summary),
        ("feed-<number>.xml", "Archive documents of the feed (RFC 5005), counted from the oldest."),
        *((form.file, form.summary) for form in FEED_FORMATS[1:]),
        ("actions.xml", "RSS: one entry for each action."),
        ("actions.ics", "Calendar: coming events, and actions with a day by which to do them."),
        ("tags/<tag>/feed.xml", "RSS of a tag."),
        ("for/<segment>/feed.xml", "RSS of a public segment."),
    ),
    "For machines": (
        ("sitemap.xml", "Pages that are their own canonical address, with dates from content."),
        ("robots.txt", "Everything may be read."),
        ("search/<file>", "The index of the search; it holds what the public may see."),
        ("actions/index.json", "What filters look through where the action library has further pages."),
        ("assets/<file>", "Style sheets, scripts, and `look.css` with the colours of `look:`."),
        ("pictures/<digest>-<width>", "Smaller copies of pictures: WebP for pages, JPEG or PNG for letters and feeds."),
        ("letters/<digest>", "Pictures that only letters to private segments show."),
        (
            "<folder>/<file>",
            "Other files of the content folder, pictures without metadata; of folders of posts what a text shows.",
        ),
    ),
}


OUTBOX = (
    ("build.json", "What the outbox was built of, by which a sender sees that it is older than the content."),
    ("<issue>/edition.json", "The letter compiled for every audience: pieces, conditions, slots, and a digest."),
    ("<issue>/<reader>.html", "The letter as one kind of reader gets it, to look at."),
    ("<issue>/<reader>.txt", "Its text part."),
    ("<issue>/<reader>.eml", "The whole message, to open in a mail program."),
    (
        "service/service.json",
        "What `tipsheet web` is told: names, choices, consent, public issues, the plan of readers.",
    ),
    ("service/pages.json", "Pages of the service: text, slots for values, parts under a flag."),
    ("service/assets/<file>", "What these pages load: a style sheet, the mark, the icon."),
    ("service/mail-<name>/<file>", "Letters of the service, each with the files of an issue."),
    ("service/series.json", "Letters that follow a confirmation, and after how many seconds each."),
)


def files() -> str:
    """Every file that a build writes."""
    sections = (
        f"## {title}\n\n{grid(('file', 'what it is'), ([code(path), words] for path, words in rows))}"
        for title, rows in ADDRESSES.items()
    )
    return page(
        "Files that a build writes",
        "Two folders: `site` goes to a web server, `outbox` holds the mail. Both are replaced as a whole, and only "
        "when nothing is wrong. A page is a folder with an `index.html`, so its address ends in a slash. What there is "
        "in another of the publication's languages stands below a folder named by its code, under the same names: "
        "`de/issues/<slug>/index.html`, `de/feed.xml`.",
        *sections,
        "## The outbox",
        "`<issue>` is the id of an issue. `<reader>` is `everyone` (a reader in no segment) or the id of a segment (a "
        "reader in that one alone); in other languages `language-de`, or `<segment>.language-de`. Those who do not get "
        "the issue have no files. Merge fields show their fallback. There is no address of a reader in it. Sending "
        "starts from `edition.json`.",
        "A letter of `content/welcome.md` is there as an issue is: `<issue>` is `welcome`, or `welcome-<name>` for one "
        "of `content/welcome/`. The folder `service` is written with `service:` in `mkdocs.yml`; for who has a mailbox "
        "alone it has the letters that need no page. Segments that are not public stand in it as conditions in `plan`, "
        "beside what letters hold anyway, and with their rules in `rules`; pages and letters of the service know "
        "nothing of them.",
        grid(("file", "what it is"), ([code(path), words] for path, words in OUTBOX)),
    )
