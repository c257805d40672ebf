"""A seeded corpus of issues, and how tipsheet and its peers want it written.

The same words, links, lists, tags, authors and dates go to every generator; only folder, header and
the form of a link to another issue differ. What is not an issue (settings, layouts, authors) stands
ready in `inputs/`.
"""

import datetime as dt
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FORMATS", "Format", "Text", "text", "write_issue", "write_tipsheet", "write_tree"]

INPUTS = Path(__file__).parent / "inputs"
WORDS = (
    "ask buyer call careful customer desk early email ending evening first follow forty friday half hear hour job "
    "later letter line listen manager meeting monday move name need next note offer open order page person price "
    "promise question quiet quote reader reason reply room sell seller side small spring story supplier team "
    "thing time trust turn wait week where work write year "
).split()
TAGS = ("selling", "listening", "trust", "careers", "managing", "pricing", "interviews", "balance")
AUTHORS = ("ada", "bo", "cy", "di", "ed")
LEAST = 500
LAST = dt.date(2026, 1, 31)
"""When the last issue of a corpus appeared: in the past, since some peers build nothing of the future."""


@dataclass(frozen=True, slots=True)
class Text:
    """One issue: number from 1, and its Markdown without the action; links to issues are `(issue:7)`."""

    number: int
    title: str
    day: dt.date
    author: str
    tags: tuple[str, ...]
    description: str
    body: str

    @property
    def slug(self) -> str:
        return f"issue-{self.number}"


def text(number: int, count: int, seed: int = 2007) -> Text:
    """Issue `number` of a daily corpus whose issue `count` is of the day `LAST`: 500 to 700 words."""
    rng = random.Random(f"{seed}/{number}")

    def sentence(least: int = 8, most: int = 18) -> str:
        words = rng.choices(WORDS, k=rng.randint(least, most))
        return " ".join(words).capitalize() + "."

    def paragraph() -> str:
        return " ".join(sentence() for _ in range(rng.randint(3, 5)))

    parts = [paragraph(), paragraph()]
    for _ in range(3):
        parts += [f"## {sentence(3, 6)[:-1]}", paragraph(), paragraph()]
    parts.insert(4, "\n".join(f"- **{rng.choice(WORDS)}**: {sentence()}" for _ in range(4)))
    parts.insert(8, "\n".join(f"1. {sentence()}" for _ in range(4)))
    while len(" ".join(parts).split()) < LEAST:
        parts.append(paragraph())
    parts.append(f"> {sentence()}")
    parts.append(f"See [{rng.choice(WORDS)} {rng.choice(WORDS)}](https://example.org/{number}).")
    if number > 1:
        earlier = (rng.randint(1, number - 1) for _ in range(2))
        parts.append("Earlier: " + " and ".join(f"[{rng.choice(WORDS)} {n}](issue:{n})" for n in earlier) + ".")
    return Text(
        number=number,
        title=sentence(4, 8)[:-1],
        day=LAST + dt.timedelta(days=number - count),
        author=rng.choice(AUTHORS),
        tags=tuple(sorted(rng.sample(TAGS, 2))),
        description=sentence(10, 14)[:120],
        body="\n\n".join(parts) + "\n",
    )


@dataclass(frozen=True, slots=True)
class Format:
    """How a generator wants an issue: where it stands, what a link to it says, and the whole file."""

    file: str
    link: str
    write: Callable[[Text], str]

    def whole(self, text: Text) -> str:
        """The file, with its links to issues; one issue appears a day."""

        def link(found: re.Match[str]) -> str:
            number = int(found[1])
            return f"({self.link.format(number=number, day=text.day - dt.timedelta(days=text.number - number))})"

        return re.sub(r"\(issue:(\d+)\)", link, self.write(text))


STEPS = "1. First.\n2. Second.\n"


def tipsheet(text: Text) -> str:
    """An action in every issue, and a variant for a segment in every fourth."""
    number = text.number
    variant = f"/// action | Try {number} {{ id=try-{number} for=two }}\n\n1. Try.\n\n///\n\n"
    return (
        f"---\nid: i-{number}\ntitle: {text.title}\ndate: {text.day}\ndescription: {text.description}\n"
        f"authors: [{text.author}]\ntags: [{', '.join(text.tags)}]\n---\n\n{text.body}\n"
        + (variant if number % 4 == 0 else "")
        + f"/// action | Do {number} {{ id=do-{number} minutes=10 }}\n\n{STEPS}\n///\n"
    )


def body(text: Text) -> str:
    """For a peer: the action is a section like others."""
    return f"{text.body}\n## Do {text.number}\n\n{STEPS}"


def material(text: Text) -> str:
    return (
        f"---\ntitle: {text.title}\ndate: {text.day}\nslug: {text.slug}\ndescription: {text.description}\n"
        f"authors: [{text.author}]\ncategories: [{', '.join(text.tags)}]\n---\n\n{body(text)}"
    )


def hugo(text: Text) -> str:
    return (
        f"---\ntitle: {text.title}\ndate: {text.day}\ndescription: {text.description}\n"
        f"authors: [{text.author}]\ntags: [{', '.join(text.tags)}]\n---\n\n{body(text)}"
    )


def eleventy(text: Text) -> str:
    return (
        f"---\ntitle: {text.title}\ndate: {text.day}\ndescription: {text.description}\n"
        f"author: {text.author}\ntopics: [{', '.join(text.tags)}]\n---\n\n{body(text)}"
    )


def pelican(text: Text) -> str:
    return (
        f"Title: {text.title}\nDate: {text.day}\nSlug: {text.slug}\nSummary: {text.description}\n"
        f"Author: {text.author}\nTags: {', '.join(text.tags)}\n\n{body(text)}"
    )


FORMATS = {
    "tipsheet": Format("content/tipsheets/{day}-issue-{number}.md", "{day}-issue-{number}.md", tipsheet),
    "material": Format("docs/posts/issue-{number}.md", "issue-{number}.md", material),
    "hugo": Format("content/issue-{number}.md", '{{{{< relref "issue-{number}.md" >}}}}', hugo),
    "eleventy": Format("src/issues/issue-{number}.md", "/issue-{number}/", eleventy),
    "pelican": Format("content/issue-{number}.md", "{{filename}}issue-{number}.md", pelican),
}


def write_issue(root: Path, generator: str, text: Text) -> None:
    form = FORMATS[generator]
    file = root / form.file.format(number=text.number, day=text.day)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(form.whole(text), encoding="utf-8")


def write_tree(root: Path, generator: str, count: int) -> None:
    """Settings and layouts from `inputs/`, and so many issues."""
    shutil.copytree(INPUTS / generator, root, dirs_exist_ok=True)
    for number in range(1, count + 1):
        write_issue(root, generator, text(number, count))


def write_tipsheet(root: Path, count: int) -> None:
    """A tipsheet publication."""
    write_tree(root, "tipsheet", count)
