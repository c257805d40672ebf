"""Formatters over a publication leave what its readers get unchanged (C1)."""

import dataclasses
import datetime as dt
import os
import re
import shutil
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import mdformat
import pytest
from markdown import Markdown

from tipsheet.blocks.commonmark import list_traps
from tipsheet.blocks.extension import BlocksExtension
from tipsheet.reading import read_publication
from tipsheet.reading.conversion import DIALECT
from tipsheet.settings import read_settings

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 12, 1, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))
MODULES = Path(os.environ.get("TIPSHEET_NODE_MODULES", ROOT / "node_modules"))
PRETTIER = MODULES / ".bin" / "prettier"
MDFORMAT = {"frontmatter", "gfm", "footnote"}

TRICKY = """\
A hello to @@first_name or whoever reads this line, which is long enough that a formatter will wrap it somewhere.

* One thing
* Another thing
    * nested by four, in the old way, with a text that is long enough for a formatter to wrap it somewhere
    * and one more

      ~~~
      * code
      ~~~
* The last

1) One
2) Two
- Three
+ Four

[Reserve a chair with a long name that brings the attributes to the margin](https://example.org/){ .cta }

> What happens here if nothing at all changes by the spring, and who would be
> the first to notice it?
> { .ask }

A paragraph with a class.
{ .big #here }

- an item with a class
  { .small }
- another

/// only | managers, sellers, jobseekers, and-a-name-that-is-long, another-long-name

- For some
    - nested
* other list

///

/// event | A long title { starts=2027-01-25T18:00 place="Oude Dokken, the long hall" url=https://example.org/a_b_c/ }

1.  wide marker

    and a paragraph

    ```
    code with two  spaces
    ```
2.  next

///

Text
```
code
```
More text
"""


def html_of(text: str) -> str:
    """As every output gets it, whitespace that HTML collapses collapsed."""
    configs = {name: dict(options) for name, options in DIALECT.items()}
    return collapsed(Markdown(extensions=[BlocksExtension(), *DIALECT], extension_configs=configs).convert(text))


def collapsed(html: str) -> str:
    parts = re.split(r"(<pre.*?</pre>)", html, flags=re.DOTALL)
    blocks = r"\s*(</?(?:p|[uo]l|li|blockquote|h\d|div|aside|section|figure|table|t\w+|pre)\b[^>]*>)\s*"
    parts[::2] = [re.sub(blocks, r"\1", " ".join(part.split())) for part in parts[::2]]
    return "".join(part if part.startswith("<pre") else part.strip() for part in parts)


APART = {"where", "words", "digest", "_answers"}


def essence(value: object) -> object:
    """A value of the model without places in files, the count of words, digests and meaningless white space."""
    if dataclasses.is_dataclass(value):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name not in APART}
        return type(value).__name__, [(name, essence(one)) for name, one in fields.items() if not callable(one)]
    if isinstance(value, tuple):
        return [essence(item) for item in value]
    return collapsed(value) if isinstance(value, str) else value


def read(root: Path) -> tuple[object, list[tuple[str, str, str]]]:
    settings, _ = read_settings(root)
    assert settings
    publication, problems = read_publication(root, settings, NOW)
    return essence(publication), sorted((p.where.path, p.code, p.message) for p in problems)


def copy_to(folder: Path) -> list[Path]:
    shutil.copytree(ROOT / "content", folder / "content")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    return sorted((folder / "content").rglob("*.md"))


@pytest.fixture
def prettier() -> Path:
    if not PRETTIER.exists():
        pytest.skip("prettier is not there: npm install prettier@3, and TIPSHEET_NODE_MODULES if it is not here")
    return PRETTIER


def run_prettier(program: Path, *args: str, text: str = "") -> str:
    done = subprocess.run([program, *args], input=text, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("wrap", ["keep", "no", 40, 80])
def test_mdformat_changes_nothing(tmp_path, wrap):
    files = copy_to(tmp_path)
    before = read(tmp_path)
    for file in files:
        mdformat.file(file, extensions=MDFORMAT, options={"wrap": wrap})
    assert read(tmp_path) == before


@pytest.mark.node
@pytest.mark.parametrize("wrap", ["preserve", "never", "always"])
@pytest.mark.parametrize("width", ["40", "80"])
def test_prettier_changes_nothing(tmp_path, prettier, wrap, width):
    copy_to(tmp_path)
    before = read(tmp_path)
    run_prettier(prettier, "--write", "--prose-wrap", wrap, "--print-width", width, str(tmp_path / "content/**/*.md"))
    assert read(tmp_path) == before


@pytest.mark.parametrize("wrap", ["keep", "no", 30, 80])
def test_mdformat_changes_nothing_of_what_is_tricky(wrap):
    after = mdformat.text(TRICKY, extensions=MDFORMAT, options={"wrap": wrap})
    assert html_of(after) == html_of(TRICKY)
    assert not list(list_traps(after, "x.md"))


@pytest.mark.node
@pytest.mark.parametrize("wrap", ["preserve", "never", "always"])
@pytest.mark.parametrize("width", ["30", "80"])
def test_prettier_changes_nothing_of_what_is_tricky(prettier, wrap, width):
    after = run_prettier(prettier, "--parser=markdown", "--prose-wrap", wrap, "--print-width", width, text=TRICKY)
    assert html_of(after) == html_of(TRICKY)
    assert not list(list_traps(after, "x.md"))
