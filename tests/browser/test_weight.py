"""The weight of the first sight of a page (P9): Material's script when it is asked for, its sheets where needed."""

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Visit
from tests.browser.server import serving
from tests.browser.test_site import KINDS
from tests.conftest import Write
from tests.folders import issue, write_publication
from tests.sample import ROOT, Sample
from tests.site.builders import build, with_settings

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]

MOST_BYTES, MOST_REQUESTS = 60 * 1024, 7
STATED = re.compile(r"^\| ([a-z, ]+?) \| (\d+) \| (\d+) \|$", re.MULTILINE)
ROWS = {
    "article with a photograph": ["article"],
    "archive, year, subject, author": ["archive", "year", "subject", "author"],
}
"""Rows of the README's table that are for other kinds of pages than their names say."""


def first_sight(seen: Visit, path: str, site: Path) -> dict[str, int]:
    """Bytes of all that a page fetches until it is quiet, compressed as servers do, by paths in the site."""
    page = seen.go(path)
    page.wait_for_load_state("networkidle")
    icon = page.evaluate("document.querySelector('link[rel=icon]').href")
    paths = {url.partition("#")[0].removeprefix(seen.base) for url in (*seen.requests, icon)}
    return {
        path: compressed(site / (f"{path}index.html" if path.endswith("/") or not path else path)) for path in paths
    }


def compressed(file: Path) -> int:
    data = file.read_bytes()
    return min(len(data), len(gzip.compress(data, 6)))


def test_the_first_sight_of_a_page_is_light(visit: Open, sample: Sample) -> None:
    """P9, on each kind of page; pictures that a page shows are its own affair."""
    found = {kind: first_sight(visit(), path, sample.site) for kind, path in KINDS.items()}
    for kind, files in found.items():
        assert len([path for path in files if "images/" not in path]) <= MOST_REQUESTS, (kind, files)
        assert sum(files.values()) <= MOST_BYTES, (kind, files)
        assert not [path for path in files if re.search("bundle|worker|search_index", path)]
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Weight")[2].partition("\n## ")[0]
    stated = {name: (int(requests), int(size)) for name, requests, size in STATED.findall(table)}
    assert len(stated) > 5
    for name, (requests, size) in stated.items():
        for kind in ROWS.get(name, [name]):
            told = f"{kind}: {sum(found[kind].values()) / 1024:.0f} KB in {len(found[kind])} requests"
            assert len(found[kind]) == requests, told
            assert sum(found[kind].values()) / 1024 == pytest.approx(size, rel=0.2), told


PROSE = """
## Heading

Text with `code`, **bold**, *stress*, ~~gone~~, <kbd>Ctrl</kbd>, <mark>mark</mark>,
H<sub>2</sub>O, <abbr title="x">abbr</abbr>,
https://example.org/ and a note.[^1]

> A quotation
{ .ask }

| one | two |
|-----|----:|
| a   | b   |

1. first
    - inner
2. second

- [x] done
- [ ] open

```python
print("a line that is long enough to leave the column of the text, and then goes on for a while longer than that")
```

<details><summary>More</summary>Hidden</details>

<dl><dt>Term</dt><dd>Said of it</dd></dl>

<figure><figcaption>Caption</figcaption></figure>

***

[^1]: At the foot.
"""
TABS = '\n\n=== "One"\n\n    First.\n\n=== "Two"\n\n    Second.\n\n!!! note\n\n    Noted.\n'
EXTENSIONS = "markdown_extensions:\n  - admonition\n  - pymdownx.tabbed: {alternate_style: true}\n"


Light = Callable[..., Visit]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with every form of text, and an issue with parts that only Material's whole sheet dresses; its address."""
    folder = tmp_path_factory.mktemp("weight")
    tables = {
        "mkdocs.yml": with_settings() + EXTENSIONS,
        "content/tipsheets/b.md": issue(id="forms", date="2026-11-10", title="Forms", body=PROSE),
        "content/tipsheets/c.md": issue(id="tabs", date="2026-11-03", title="Tabs", body=TABS),
    }
    return build(write_publication(folder / "publication", tables), folder / "site")


@pytest.fixture
def light(visit: Open, site: Path) -> Iterator[Light]:
    """Open a page of it; options are those of a browser."""
    with serving(site) as base:
        yield lambda path, **options: _opened(visit(base=base, **options), path)


def _opened(seen: Visit, path: str) -> Visit:
    seen.go(path).wait_for_load_state("networkidle")
    return seen


def fetched(seen: Visit, part: str) -> int:
    return sum(part in url for url in seen.requests)


RESULT = ".md-search-result__item"
FIELD = ".md-search__input"


def test_nothing_of_the_search_is_fetched_before_it_is_asked_for(light: Light) -> None:
    seen = light("issues/ask/")
    assert [url for url in seen.requests if re.search("bundle|worker|search_index|sitemap", url)] == []

    seen.page.locator(FIELD).press_sequentially("conversation")
    expect(seen.page.locator(RESULT).first).to_be_visible()
    assert seen.page.locator(FIELD).input_value() == "conversation"
    assert (fetched(seen, "bundle"), fetched(seen, "search_index")) == (1, 1)
    assert fetched(seen, "sitemap") == 0
    assert seen.complaints == []
    assert seen.page.locator("link[rel=alternate][type]").count() > 0


@pytest.mark.parametrize("key", ["f", "s", "/"])
def test_keys_open_the_search(light: Light, key: str) -> None:
    seen = light("")
    seen.page.keyboard.press(key)
    expect(seen.page.locator(FIELD)).to_be_focused()
    seen.page.keyboard.type("question")
    expect(seen.page.locator(RESULT).first).to_be_visible()
    assert seen.page.locator(FIELD).input_value() == "question"
    seen.page.keyboard.press("Escape")
    expect(seen.page.locator("#__search")).not_to_be_checked()


def test_keys_with_others_and_in_fields_are_left_alone(light: Light) -> None:
    seen = light("subscribe/")
    seen.page.keyboard.press("Control+f")
    seen.page.evaluate("document.querySelector('.ts-page').insertAdjacentHTML('beforeend', '<input id=mine>')")
    seen.page.locator("#mine").press_sequentially("fs/")
    assert seen.page.locator("#mine").input_value() == "fs/"
    assert fetched(seen, "bundle") == 0


def test_the_sign_of_the_search_on_a_phone_opens_it(light: Light) -> None:
    seen = light("", viewport={"width": 390, "height": 844})
    seen.page.locator(".ts-find").click()
    expect(seen.page.locator(FIELD)).to_be_focused()
    seen.page.keyboard.type("question")
    expect(seen.page.locator(RESULT).first).to_be_visible()
    seen.page.locator(".md-search__form .md-search__icon[for=__search]").click()
    expect(seen.page.locator(".md-search__output")).to_be_hidden()


def test_an_address_can_ask(light: Light) -> None:
    seen = light("?q=conversation")
    expect(seen.page.locator(RESULT).first).to_be_visible()


@pytest.mark.parametrize(
    ("changed", "added"),
    [
        ("  font: false", "  font: false\n  features: [content.code.copy]"),
        ("extra:", "extra:\n  whole_material: true"),
        ("docs_dir: content", "docs_dir: content\nextra_javascript: [mine.js]"),
    ],
    ids=["a feature", "the setting", "a script"],
)
def test_a_publication_that_builds_on_material_has_it_with_every_page(
    visit: Open, publication: Write, changed: str, added: str
) -> None:
    files = {
        "mkdocs.yml": with_settings().replace(changed, added, 1),
        "content/mine.js": "document$.subscribe(() => {})",
    }
    site = build(publication(files))
    with serving(site) as base:
        seen = _opened(visit(base=base), "issues/ask/")
        assert (fetched(seen, "bundle"), fetched(seen, "stylesheets/main"), fetched(seen, "material.css")) == (1, 1, 0)
        assert seen.complaints == []


def test_a_script_of_the_publications_own_templates_finds_material(visit: Open, publication: Write) -> None:
    script = "<script>document$.subscribe(() => {})</script>"
    override = f'{{% extends "face.html" %}}{{% block scripts %}}{{{{ super() }}}}{script}{{% endblock %}}'
    config = with_settings().replace("  font: false", "  font: false\n  custom_dir: overrides")
    site = build(publication({"mkdocs.yml": config, "overrides/main.html": override}))
    with serving(site) as base:
        seen = _opened(visit(base=base), "issues/ask/")
        assert fetched(seen, "bundle") == 1
        assert seen.complaints == []


def test_a_page_with_more_of_material_has_its_whole_sheets(light: Light) -> None:
    seen = light("issues/c/")
    assert fetched(seen, "stylesheets/main") == 1
    assert fetched(seen, "material.css") == 0
    seen.page.get_by_text("Two", exact=True).click()
    expect(seen.page.get_by_text("Second.")).to_be_visible()
    assert fetched(light("issues/b/"), "stylesheets/main") == 0


DIFFERENCE = """(root) => {
  const seen = new Map() // one of each kind, told by its classes and those around it
  for (const element of document.querySelectorAll(`${root}, ${root} *:not(script, template, svg *)`)) {
    const way = []
    for (let at = element; at; at = at.parentElement) way.push(`${at.tagName}.${at.className}`)
    if (!seen.has(`${way}`)) seen.set(`${way}`, element)
  }
  const kinds = [...seen.values()]
  const styles = () => {
    const found = []
    for (const element of kinds)
      for (const pseudo of [null, "::before", "::after", ...(element.matches("input") ? ["::placeholder"] : [])]) {
        const style = getComputedStyle(element, pseudo)
        if (/after|before/.test(pseudo) && style.content === "none") continue
        const names = [...style].filter((name) => !name.startsWith("--"))
        const place = `${element.tagName}.${element.className}${pseudo || ""}`
        found.push(names.map((name) => `${place} ${name}: ${style[name]}`))
      }
    return found.flat()
  }
  const [lean, ...whole] = document.querySelectorAll("link[href*='assets/material.css'], link.whole")
  const dressed = (smaller) => {
    lean.sheet.disabled = !smaller
    for (const { sheet } of whole) sheet.disabled = smaller
    return styles()
  }
  const after = dressed(false)
  const before = dressed(true)
  return before.length === after.length ? before.filter((line, i) => line !== after[i]).slice(0, 20) : ["elements"]
}"""
"""Computed styles that Material's whole sheets would change."""
WHOLE = """async (files) => {
  const lean = document.querySelector("link[href*='assets/material.css']")
  for (const file of files.reverse()) await new Promise((done) => {
    const link = Object.assign(document.createElement("link"), {rel: "stylesheet", className: "whole", onload: done})
    link.href = lean.href.replace("assets/material.css", file)
    lean.after(link)
  })
}"""


TRIES = 120
"""Looks at a search whose results are still coming; a sheet that lacks a rule differs at each."""


@pytest.mark.parametrize(("path", "scheme"), [("issues/b/", "slate"), ("subscribe/", "default")])
def test_the_smaller_sheet_looks_the_same(light: Light, site: Path, path: str, scheme: str) -> None:
    """On a desk, a phone, paper, where colours are forced, and with the search open."""
    page = light(path, viewport={"width": 1280, "height": 900}, reduced_motion="reduce").page
    page.evaluate("scheme => { document.body.dataset.mdColorScheme = scheme }", scheme)
    page.evaluate(WHOLE, sorted(file.relative_to(site).as_posix() for file in site.glob("assets/stylesheets/*.css")))
    for media in ({"forced_colors": "active"}, {"forced_colors": "none", "media": "print"}, {"media": "screen"}):
        page.emulate_media(**media)
        assert page.evaluate(DIFFERENCE, "body") == []
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(DIFFERENCE, "body") == []
        page.keyboard.press("f")
        page.locator(FIELD).press_sequentially("question")
        expect(page.locator(RESULT).first).to_be_visible()
        found = page.evaluate(DIFFERENCE, ".md-search")
        for _ in range(TRIES):
            if not found:
                break
            page.wait_for_timeout(250)  # results come in pieces, one perhaps between the two looks
            found = page.evaluate(DIFFERENCE, ".md-search")
        assert found == []
        page.keyboard.press("Escape")
