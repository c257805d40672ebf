"""The mail of one issue: compiled once, then composed for 100,000 readers, beside other ways of doing it.

    make bench
    BENCH_MESSAGES=10000 make bench

Every way makes the same message of about 30 KB, with 5 merge slots in each part, the reader's name in
To, and one-click unsubscribe headers. Slow ways are run on a sample, as the table says. Times are
medians of blocks, in processor time of one core; compare the ratios, not the machine.

Inliners get one document with its style sheet. The peers are measured when they are found here:

    pip install --target .bench/mail premailer
    npm install --prefix .bench/mail juice

`BENCH_INLINERS` names another folder than `.bench/mail`.
"""

import datetime as dt
import hashlib
import importlib
import itertools
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from corpus import write_tipsheet
from css_inline import CSSInliner
from rich.console import Console
from rich.table import Table

from tipsheet.edition.edition import Edition, Recipient, fill
from tipsheet.edition.joining import join
from tipsheet.edition.message import Composer
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.press import prepare
from tipsheet.rendering.email.compile import compile_edition
from tipsheet.rendering.templates import template_environment
from tipsheet.settings import Settings

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "100000"))
BLOCK = 1000
PEERS = Path(os.environ.get("BENCH_INLINERS", Path(__file__).parent.parent / ".bench/mail"))
NAMES = (
    "Dana Whitfield", "Sam Ortiz", "Zoë Ångström", "Lee Park", "Ana María Núñez", 'Bob "Bo" Lang', "Priya N.", "李 雷",
)  # fmt: skip
SEGMENTS = tuple(map(frozenset, ((), ("one",), ("two",), ("one", "two"))))
SLOTS = """
Dear @@first_name or reader@@, this is yours. {filler}

Nobody else called @@last_name or you@@ had what follows. {filler}

/// only | two

As a @@role or reader@@ you may skip a part. {filler}

///

In @@city or your town@@ it rains. {filler}

So long, @@first_name or reader@@.

"""


@dataclass(frozen=True, slots=True)
class Material:
    """An issue and all that compiling it takes."""

    issue: Issue
    publication: Publication
    settings: Settings

    def compile(self) -> Edition:
        return compile_edition(self.issue, self.publication, self.settings, template_environment())


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: seconds for one piece, and of how many the median was taken."""

    name: str
    seconds: float
    note: str = ""


def material() -> Material:
    """The fourth issue of the corpus, which has a variant, with merge fields and as long as 30 KB take."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_tipsheet(root, 4)
        config = root / "mkdocs.yml"
        config.write_text(
            config.read_text().replace("{role: {type: text}}", "{role: {type: text}, city: {type: text}}")
        )
        (file,) = root.glob("content/tipsheets/*-issue-4.md")
        header, _, body = file.read_text().partition("\n---\n\n")
        slots = SLOTS.format(filler="And there is more to say about it than one line can hold. " * 8)
        file.write_text(f"{header}\n---\n\n{slots}\n{body}")
        now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
        settings, publication = prepare(root, now=now).ready()
        issue = next(i for i in publication.issues if i.id == "i-4")
        return Material(issue, publication, settings)


def readers(count: int) -> Iterator[list[Recipient]]:
    """Blocks of readers, of whom no two are the same."""
    names = itertools.cycle(NAMES)
    for start in range(0, count, BLOCK):
        block = []
        for number in range(start, min(start + BLOCK, count)):
            secret = hashlib.sha256(b"%d" % number).hexdigest()
            name = next(names)
            first, _, last = name.partition(" ")
            values = {"first_name": first, "last_name": last, "city": f"Town & {number % 500}", "role": "manager"}
            block.append(
                Recipient(
                    address=f"reader{number}@mail{number % 50}.example",
                    key=secret[:24],
                    token=secret[24:56],
                    name=name,
                    segments=SEGMENTS[number // 3 % 4],
                    values=values,
                )
            )
        yield block


def median(work: Callable[[], object], runs: int = 21) -> float:
    """Seconds that it takes, after one run to warm up."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def timed(make: Callable[[Recipient], bytes], blocks: Iterable[list[Recipient]]) -> float:
    """Median over the blocks of the seconds for one message."""
    times = []
    for block in blocks:
        start = time.process_time()
        for reader in block:
            make(reader)
        times.append((time.process_time() - start) / len(block))
    return statistics.median(times)


def by_email_package(edition: Edition, reader: Recipient) -> bytes:
    """The message built by `email.message.EmailMessage`, from text that is joined and filled already."""
    values = {**reader.values, "token": reader.token, "message-key": reader.key}
    letter = join(edition, reader.segments, values)
    message = EmailMessage(policy=policy.SMTP.clone(max_line_length=998))
    for name, line in edition.header:
        message[name] = fill(line, values)
    message["To"] = Address(reader.name, addr_spec=reader.address)
    message["Subject"] = letter.subject
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = "multipart/alternative"
    message.set_boundary(f"=_{edition.digest[:24]}")
    message.set_payload([])
    for subtype, content in (("plain", letter.text), ("html", letter.html)):
        part = MIMEPart(policy=policy.SMTP.clone(max_line_length=76))
        part.set_content(content, subtype=subtype, charset="utf-8", cte="quoted-printable")
        message.attach(part)
    return message.as_bytes()


def peak() -> float:
    """MiB that this process has used at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def compose_rows(given: Material) -> tuple[list[Row], str]:
    """Ways to make the message of a reader, and what memory the first of them took."""
    edition = given.compile()
    composer = Composer(edition)
    first = next(readers(BLOCK))
    size = statistics.mean(len(composer.compose(reader)) for reader in first)
    before = peak()
    joined = timed(composer.compose, readers(MESSAGES))
    memory = f"Peak memory {before:.1f} MiB after {BLOCK:,} messages, {peak():.1f} MiB after {MESSAGES:,} more."
    sample = [[*first[at : at + 20]] for at in range(0, 400, 20)]
    package = timed(lambda reader: by_email_package(edition, reader), sample)
    environment = template_environment()

    def rendered(reader: Recipient) -> bytes:
        fresh = compile_edition(given.issue, given.publication, given.settings, environment)
        return Composer(fresh).compose(reader)

    rows = [
        Row("joined by Composer", joined, f"{MESSAGES:,} messages of {size / 1000:.1f} KB"),
        Row("EmailMessage for each reader", package, "sample of 400"),
        Row("rendered for each reader", timed(rendered, [[reader] for reader in first[:60]]), "sample of 60"),
    ]
    return rows, memory


def compile_rows(given: Material) -> list[Row]:
    """What is done once for an issue."""
    environment = template_environment()
    edition = compile_edition(given.issue, given.publication, given.settings, environment)
    fresh = median(lambda: compile_edition(given.issue, given.publication, given.settings, environment))
    return [
        Row("compile the edition", fresh, "templates loaded"),
        Row("encode it (Composer)", median(lambda: Composer(edition))),
    ]


def inline_rows(given: Material) -> list[Row]:
    """Style sheets moved into attributes: the letter's HTML, and a sheet of 40 rules."""
    html = join(given.compile(), frozenset()).html
    classes = ("ink", "soft", "side", "sheet", "paper", "link", "small", "text", "rule", "title")
    rules = [
        f".{name} {tag}{{margin:0 0 {at}px;color:#1{at}2{at}3{at}}}"
        for at, name in enumerate(classes)
        for tag in ("p", "td", "a", "li")
    ]
    document = html.replace("</head>", f"<style>{''.join(rules)}</style></head>")
    inliner = CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    rows = [Row("css-inline", median(lambda: inliner.inline(document)), f"{len(document) / 1000:.0f} KB, 40 rules")]
    return [*rows, premailer_row(document), juice_row(document)]


def premailer_row(document: str) -> Row:
    sys.path.append(str(PEERS))
    try:
        premailer = importlib.import_module("premailer")
    except ImportError:
        return Row("premailer", 0, "not installed")
    options = {
        "keep_style_tags": True,
        "disable_validation": True,
        "cssutils_logging_level": 50,
        "allow_network": False,
    }
    return Row("premailer", median(lambda: premailer.Premailer(document, **options).transform(), 5))


def juice_row(document: str) -> Row:
    program = """
    const juice = require("juice"), html = require("fs").readFileSync(0, "utf8"), times = [];
    for (let run = 0; run < 25; run++) {
      const start = process.hrtime.bigint();
      juice(html, {removeStyleTags: false});
      times.push(Number(process.hrtime.bigint() - start) / 1e9);
    }
    console.log(JSON.stringify(times.slice(4).sort((a, b) => a - b)[10]));
    """
    node = shutil.which("node")
    if node is None or not (PEERS / "node_modules/juice").is_dir():
        return Row("juice", 0, "not installed")
    found = {"NODE_PATH": str(PEERS / "node_modules"), "PATH": os.environ["PATH"]}
    done = subprocess.run([node, "-e", program], input=document, capture_output=True, text=True, check=True, env=found)
    return Row("juice", json.loads(done.stdout), "warmed up")


def table(title: str, rows: list[Row], *, rate: bool = False) -> Table:
    shown = Table(title=title, title_justify="left")
    for column in ("", "ms each", *(["a second"] if rate else []), "times the first", "of"):
        shown.add_column(column, justify="right" if column.startswith(("ms", "a ", "times")) else "left")
    for row in rows:
        known = row.seconds > 0
        cells = [row.name, f"{row.seconds * 1000:,.3f}" if known else ""]
        cells += [f"{1 / row.seconds:,.0f}" if known else ""] if rate else []
        shown.add_row(*cells, f"{row.seconds / rows[0].seconds:,.1f}" if known else "", row.note)
    return shown


def main() -> None:
    console = Console(width=120)
    given = material()
    rows, memory = compose_rows(given)
    console.print(table("Composing a message", rows, rate=True))
    console.print(memory)
    console.print(table("Once for an issue", compile_rows(given)))
    console.print(table("Inlining style sheets", inline_rows(given)))


if __name__ == "__main__":
    main()
