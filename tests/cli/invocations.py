"""Lines that each command can be run with, and the publication and the files that they name."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from docs.reference.pages.commands import subcommands
from tests.audience.people import SECRET, add_confirmed
from tests.cli.conftest import made_ones_own, run
from tipsheet.cli import main
from tipsheet.store.database import open_store

__all__ = ["COMMANDS", "LINES", "SECRET", "filled", "publication_and_files"]

COMMANDS = dict(subcommands(main, ()))
LINES: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text("utf-8"))


def publication_and_files(folder: Path) -> None:
    """Lay a publication that is built and has readers, and files beside it; the folder of the test is ``folder``."""
    letter, files = folder / "letter", folder / "files"
    run("init", letter)
    made_ones_own(letter)
    assert run("-C", letter, "build").exit_code == 0
    store = open_store(f"sqlite:///{letter / 'audience.db'}")
    for name in ("ada", "bo"):
        add_confirmed(store, f"{name}@example.org", attributes={"role": "leader"})
    store.dispose()
    run("init", files / "broken")
    (files / "broken/content/about.md").write_text("/// only | managers\n", "utf-8")
    (files / "full").mkdir()
    (files / "full/x").touch()
    (files / "people.csv").write_text("email\ncy@example.org\n", "utf-8")
    (files / "old/posts").mkdir(parents=True)
    row = "1.ask,2019-07-26,true,Ask"
    (files / "old/posts.csv").write_text(f"post_id,post_date,is_published,title\n{row}\n", "utf-8")
    (files / "old/posts/1.ask.html").write_text("<p>Ask <em>one</em> question.</p>", "utf-8")
    (files / "mail.eml").write_text("From: a@example.org\nSubject: hello\n\nHello.\n", "utf-8")


def filled(words: list[str], folder: Path, run: str = "0") -> list[str]:
    """The words with the names of the folders; NEW in a word is another name in each run."""
    return [word.replace("FILES", str(folder / "files")).replace("NEW", f"new{run}") for word in words]
