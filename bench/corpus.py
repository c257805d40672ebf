"""A seeded corpus of issues, as a tipsheet publication and as input for its peers.

The same words, links, lists, tags, authors and dates go to every generator; only the folder and the
header differ.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Text", "texts", "write_material", "write_tipsheet"]

WORDS = (
    "ask buyer call careful customer desk early email ending evening first follow forty friday half hear hour job "
    "later letter line listen manager meeting monday move name need next note offer open order page person price "
    "promise question quiet quote reader reason reply room sell seller side small spring story supplier team "
    "thing time trust turn wait week where work write year "
).split()
TAGS = ("selling", "listening", "trust", "careers", "managing", "pricing", "interviews", "balance")
AUTHORS = ("ada", "bo", "cy", "di", "ed")
FIRST = dt.date(2020, 1, 7)


@dataclass(frozen=True, slots=True)
class Text:
    """One issue: number from 1, and its Markdown without the action."""

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


def texts(count: int, seed: int = 2007) -> Iterator[Text]:
    """So many issues of 500 to 700 words."""
    rng = random.Random(seed)

    def sentence(least: int = 8, most: int = 18) -> str:
        words = rng.choices(WORDS, k=rng.randint(least, most))
        return " ".join(words).capitalize() + "."

    def paragraph() -> str:
        return " ".join(sentence() for _ in range(rng.randint(3, 5)))

    for number in range(1, count + 1):
        parts = [paragraph(), paragraph()]
        for _ in range(3):
            parts += [f"## {sentence(3, 6)[:-1]}", paragraph(), paragraph()]
        parts.insert(4, "\n".join(f"- **{rng.choice(WORDS)}**: {sentence()}" for _ in range(4)))
        parts.insert(8, "\n".join(f"1. {sentence()}" for _ in range(4)))
        parts.append(f"> {sentence()}")
        parts.append(f"See [{rng.choice(WORDS)} {rng.choice(WORDS)}](https://example.org/{number}).")
        yield Text(
            number=number,
            title=sentence(4, 8)[:-1],
            day=FIRST + dt.timedelta(days=number - 1),
            author=rng.choice(AUTHORS),
            tags=tuple(sorted(rng.sample(TAGS, 2))),
            description=sentence(10, 14)[:120],
            body="\n\n".join(parts) + "\n",
        )


MKDOCS = """\
site_name: Bench
site_url: https://bench.example/
docs_dir: {docs}
theme: {{name: material, font: false}}
extra: {{generator: false}}
"""

TIPSHEET = """\
plugins:
  - search
  - tipsheet:
      editor: {name: Ada, email: ada@bench.example}
      postal_address: 1 Bench Street
      time_zone: UTC
      mail: {unsubscribe_url: "https://lists.bench.example/@@token@@"}
      attributes: {role: {type: text}}
      segments:
        one: {title: One, public: true, where: {role: one}}
        two: {title: Two, where: {role: two}}
        three: {title: Three, where: {role: three}}
        four: {title: Four, where: {role: four}}
"""

MATERIAL = """\
plugins:
  - search
  - blog: {blog_dir: .}
  - rss: {match_path: "posts/.*", date_from_meta: {as_creation: date}, use_git: false}
"""


def write_tipsheet(root: Path, count: int) -> None:
    """A publication with an action in every issue and a variant for a segment in every fourth."""
    folder = root / "content/tipsheets"
    folder.mkdir(parents=True)
    (root / "mkdocs.yml").write_text(MKDOCS.format(docs="content") + TIPSHEET)
    people = "".join(f"{a}: {{name: {a.title()} Author, bio: Writes.}}\n" for a in AUTHORS)
    (root / "content/authors.yml").write_text(people)
    for text in texts(count):
        variant = f"/// action | Try {text.number} {{ id=try-{text.number} for=two }}\n\n1. Try.\n\n///\n\n"
        (folder / f"{text.day}-{text.slug}.md").write_text(
            f"---\nid: i-{text.number}\ntitle: {text.title}\ndate: {text.day}\ndescription: {text.description}\n"
            f"authors: [{text.author}]\ntags: [{', '.join(text.tags)}]\n---\n\n{text.body}\n"
            + (variant if text.number % 4 == 0 else "")
            + f"/// action | Do {text.number} {{ id=do-{text.number} minutes=10 }}\n\n1. First.\n2. Second.\n\n///\n"
        )


def write_material(root: Path, count: int) -> None:
    """The same for mkdocs-material with its blog plugin and mkdocs-rss-plugin; it makes no mail."""
    folder = root / "docs/posts"
    folder.mkdir(parents=True)
    (root / "mkdocs.yml").write_text(MKDOCS.format(docs="docs") + MATERIAL)
    (root / "docs/index.md").write_text("# Bench\n")
    people = "".join(f"  {a}: {{name: {a.title()} Author, description: Writes., avatar: a.png}}\n" for a in AUTHORS)
    (root / "docs/.authors.yml").write_text(f"authors:\n{people}")
    for text in texts(count):
        (folder / f"{text.slug}.md").write_text(
            f"---\ntitle: {text.title}\ndate: {text.day}\nslug: {text.slug}\ndescription: {text.description}\n"
            f"authors: [{text.author}]\ncategories: [{', '.join(text.tags)}]\n---\n\n{text.body}\n"
            f"## Do {text.number}\n\n1. First.\n2. Second.\n"
        )
