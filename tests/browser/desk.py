"""The desk of a small publication in a browser: its parts by the names that people and screen readers know them by."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import Visit, add_axe
from tests.cli.served import Served
from tipsheet.preview.server import Server

BRISTOL = """\
        bristol:
          title: Readers in Bristol
          where: {city: Bristol}
"""
PASSAGE = "\n/// only | bristol\n\nI am at the Watershed on Thursday.\n\n///\n"
WELCOME = "Welcome, and one thing to do"


def two_segments(letter: Path) -> Path:
    """Give the starter publication a second segment, and its issue a passage for it; the path of the issue."""
    settings = letter / "mkdocs.yml"
    text = settings.read_text("utf-8")
    text = text.replace("choices: [leader, maker]}\n", "choices: [leader, maker]}\n        city: {type: text}\n")
    settings.write_text(text.replace("      segments:\n", f"      segments:\n{BRISTOL}"), "utf-8")
    (issue,) = (letter / "content/tipsheets").rglob("*.md")
    issue.write_text(issue.read_text("utf-8") + PASSAGE, "utf-8")
    return issue


def in_git(folder: Path, *command: str) -> None:
    """Run git as somebody, in a repository that knows nothing of the machine's settings."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@sheet.test", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)


@dataclass
class DeskPage:
    """A window in which the desk is open."""

    visit: Visit
    page: Page

    @classmethod
    def open(cls, visit: Visit, served: Served | Server, path: str = "") -> "DeskPage":
        """Open the desk, at a text of the publication."""
        page = visit.page
        page.goto(urljoin(served.url, f"/_desk/#/{path}" if path else "/_desk/"))
        page.wait_for_selector("body[data-ready]")
        desk = cls(visit, page)
        expect(desk.saved).to_have_text("Saved")
        return desk

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="Text in Markdown")

    @property
    def saved(self) -> Locator:
        return self.page.locator("#saved")

    @property
    def conflict(self) -> Locator:
        return self.page.locator("#conflict")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def tab(self, name: str) -> Locator:
        return self.page.get_by_role("tab", name=name, exact=True)

    def shown(self, form: str) -> FrameLocator:
        """The document that is shown under a tab."""
        return self.page.frame_locator(f"#panel-{form} iframe:not(.loading)")

    def type_at_end(self, words: str) -> None:
        """Type at the end of the text."""
        self.field.click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(words)

    def is_saved(self) -> None:
        expect(self.saved).to_have_text("Saved")

    def drop(self, name: str, data: bytes, kind: str) -> None:
        """Drop a file on the text, as a file manager would."""
        self.page.evaluate(
            """([name, bytes, kind]) => {
                const files = new DataTransfer();
                files.items.add(new File([new Uint8Array(bytes)], name, { type: kind }));
                const field = document.getElementById("field");
                const options = { dataTransfer: files, bubbles: true, cancelable: true, composed: true };
                for (const event of ["dragover", "drop"]) {
                    field.dispatchEvent(new DragEvent(event, options));
                }
            }""",
            [name, list(data), kind],
        )

    def faults(self) -> list[str]:
        """The rules of WCAG and the best practices that axe finds broken, with the elements."""
        add_axe(self.page)
        found: Any = self.page.evaluate("axe.run(document, { iframes: false, resultTypes: ['violations'] })")
        return [f"{one['id']}: {json.dumps([node['html'] for node in one['nodes']])}" for one in found["violations"]]
