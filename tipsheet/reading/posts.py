"""Issues and articles as values: header and body together, with authors, pictures and notes filled in."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tipsheet.fields import parse_audience
from tipsheet.model.addresses import runs
from tipsheet.model.audience import EVERYONE, PUBLIC, Audience
from tipsheet.model.body import Body
from tipsheet.model.post import UNDATED, Article, Author, Image, Issue, Link, Reprint
from tipsheet.problems import Problem, did_you_mean
from tipsheet.reading.actions import Definition, settled
from tipsheet.reading.body import BodyReader, Parsed, words_in
from tipsheet.reading.headers import Headed
from tipsheet.reading.merge import field_problems, no_fields
from tipsheet.reading.names import unknown_segments
from tipsheet.reading.tables import IssueTable, PostTable, WelcomeTable

__all__ = ["PostReader"]


_INTERNAL = re.compile(r'href="(site:[^"]*|#[^"]*)"')
_ID = re.compile(r'\sid="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReader:
    """Makes issues and articles of what was read; mistakes go to ``problems``."""

    reader: BodyReader
    authors: Mapping[str, Author]
    library: Mapping[str, Definition]
    problems: list[Problem]

    def issue(self, headed: Headed, parsed: Parsed) -> Issue | None:
        """The issue, or None when its header has mistakes (they are reported)."""
        self.problems.extend(parsed.problems)
        body = settled(parsed, headed, self.library, self.problems)
        table = headed.table
        if not isinstance(table, IssueTable) or headed.published is None:
            return None
        return Issue(
            **self._dated(headed, table),
            **self._shared(headed, table, body, table.audience),
            **self._inbox(headed, table),
            number=table.number,
        )

    def welcome(self, headed: Headed, parsed: Parsed) -> Issue | None:
        """The welcome letter, or None when its header has mistakes (they are reported)."""
        self.problems.extend(parsed.problems)
        body = settled(parsed, headed, self.library, self.problems)
        table = headed.table
        if not isinstance(table, WelcomeTable):
            return None
        return Issue(
            **self._shared(headed, table, body, table.audience),
            **self._inbox(headed, table),
            id=headed.slug,
            published=UNDATED,
            after=table.after or 0,
            imported=table.imported,
        )

    def article(self, headed: Headed, parsed: Parsed) -> Article | None:
        """The article, or None when its header has mistakes (they are reported)."""
        self.problems.extend(parsed.problems)
        table = headed.table
        if not isinstance(table, PostTable) or headed.published is None:
            return None
        return Article(**self._dated(headed, table), **self._shared(headed, table, parsed.body(), EVERYONE))

    def _dated(self, headed: Headed, table: PostTable) -> dict[str, Any]:
        """What a post has that stands on the site under a date."""
        reprint = table.republished
        return {
            "id": table.id,
            "published": headed.published,
            "tags": table.tags,
            "republished": Reprint(**reprint.model_dump()) if reprint else None,
            "aliases": table.aliases,
        }

    def _inbox(self, headed: Headed, table: IssueTable | WelcomeTable) -> dict[str, Any]:
        """What inboxes show."""
        subject, subjects = self._wordings(headed, "subject", table.subject)
        preheader, preheaders = self._wordings(headed, "preheader", table.preheader)
        subject = subject or table.title
        return {"subject": subject, "subjects": subjects, "preheader": preheader, "preheaders": preheaders}

    def _shared(
        self, headed: Headed, table: PostTable | WelcomeTable, body: Body, audience: Audience
    ) -> dict[str, Any]:
        source, header = headed.source, headed.source.header
        assert header is not None  # noqa: S101 - there is a table, so there was a header
        for key in ("title", "description"):
            self.problems.extend(no_fields(str(header.get(key)), header.place((key,)), f"the {key}"))
        self.problems.extend(unknown_segments(audience, self.reader.segments, header.place(("audience",))))
        return {
            "slug": headed.slug,
            "url": headed.url,
            "title": table.title,
            "description": table.description,
            "authors": self._authors(headed, table),
            "audience": audience,
            "image": self._cover(headed, table),
            "more": self._links(headed, table),
            "draft": table.draft,
            "body": body,
            "words": sum(words_in(content.html) for content in body.select(PUBLIC)),
            "links": tuple(_links_in(body)),
            "anchors": frozenset(_anchors_in(body)),
            "where": source.where,
        }

    def _authors(self, headed: Headed, table: PostTable | WelcomeTable) -> tuple[Author, ...]:
        header = headed.source.header
        for index, name in enumerate(table.authors):
            if name not in self.authors and header is not None:
                hint = did_you_mean(name, self.authors) or "add them to authors.yml"
                self.problems.append(
                    Problem(header.place(("authors", index)), "TS012", f"unknown author '{name}'", hint)
                )
        return tuple(self.authors[name] for name in table.authors if name in self.authors)

    def _cover(self, headed: Headed, table: PostTable | WelcomeTable) -> Image | None:
        header = headed.source.header
        if table.image is None or header is None:
            return None
        image, problem = self.reader.targets.credited(table.image, headed.source.name, header.place(("image", "src")))
        self.problems.extend([problem] if problem else [])
        return image

    def _links(self, headed: Headed, table: PostTable | WelcomeTable) -> tuple[Link, ...]:
        links = []
        for index, link in enumerate(table.more):
            where = headed.source.header.place(("more", index, "url")) if headed.source.header else headed.source.where
            address, problem = self.reader.targets.resolve(link.url, headed.source.name, where)
            self.problems.extend([problem] if problem else [])
            if scheme := runs(link.url):
                message = f"an address that begins with {scheme}: is no place to go to"
                self.problems.append(Problem(where, "TS152", message, "link to a page or a file"))
            links.append(Link(title=link.title, url=address))
        return tuple(links)

    def _wordings(
        self, headed: Headed, key: str, given: Mapping[str, str]
    ) -> tuple[str, tuple[tuple[Audience, str], ...]]:
        """The wording for everyone, or nothing, and those for segments in their order."""
        header = headed.source.header
        default, others = "", []
        for name, text in given.items():
            audience = parse_audience(name)
            if header is not None:
                self.problems.extend(unknown_segments(audience, self.reader.segments, header.key((key, name))))
                self.problems.extend(field_problems(text, header.place((key, name)), self.reader.fields))
            if audience.any_of:
                others.append((audience, text))
            else:
                default = text
        return default, tuple(others)


def _links_in(body: Body) -> Iterator[str]:
    """Addresses inside the site, relative to its root; ``#…`` is the page itself."""
    for passage in body.passages:
        for match in _INTERNAL.finditer(passage.content.html):
            yield html.unescape(match[1]).removeprefix("site:")


def _anchors_in(body: Body) -> Iterator[str]:
    for passage in body.passages:
        yield from _ID.findall(passage.content.html)
    yield from (action.anchor for action in body.all_actions())
