"""``tipsheet approve``: what was approved goes out, byte for byte, and nothing else does (X14)."""

import filecmp
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from email import message_from_bytes, policy
from importlib.resources import files
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image

from docs.reference.pages.changes import approvals
from tests.cli import test_gate
from tests.cli.conftest import NOW, Run, made_ones_own, run
from tests.cli.test_gate import ISSUE, SECRET, edit
from tests.cli.test_since import git
from tests.delivery.sink import Accepted, Sink
from tests.delivery.test_approval import line_of, repository, ssh_key
from tests.delivery.test_dkim import pem, right, signer
from tipsheet.delivery import approval, gate
from tipsheet.delivery.approval import TAGS, statement_of
from tipsheet.edition.outbox import NotInOutboxError, read_edition
from tipsheet.settings import read_settings

sink = test_gate.sink
SETTINGS = "      review: {required: true}\n      languages: [de]\n"
GERMAN = """---
title: Willkommen, und eine Sache zu tun
description: Ein Treffen, das zu Ende war, bevor es begann, und eines, das heute abzusagen ist.
---

Hallo @@first_name or du@@,

Ada hat das selbst geschrieben.

/// only | leaders

Wer ein Team leitet, darf auch seines beenden.

///

/// action | Sag ein Treffen ab { id=cancel-a-meeting }

1. Finde es.

///
"""
SEND = ("send", ISSUE, "--yes")


def commit(message: str = "More") -> None:
    git(Path(), "add", "-A")
    git(Path(), "commit", "-q", "-m", message)


@pytest.fixture(scope="module")
def approving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication in two languages, in a repository, that sends what was approved; built, and with readers."""
    folder = tmp_path_factory.mktemp("approving")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
        patch.setenv("TIPSHEET_SECRET", SECRET)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        root = folder / "letter"
        assert run("init", root).exit_code == 0
        made_ones_own(root)
        patch.chdir(root)
        edit("mkdocs.yml", lambda text: text.replace("      mail:\n", SETTINGS + "      mail:\n", 1))
        original = test_gate.issue()
        original.with_name(original.name.replace(".md", ".de.md")).write_text(GERMAN, "utf-8")
        repository(root, ssh_key(folder, "chief"))
        commit("Two")
        assert run("subscribers", "demo", 20).exit_code == 0
        assert run("build").exit_code == 0
        assert run("approve", ISSUE, "--yes").exit_code == 0
    return root


@pytest.fixture
def approved(approving: Path, sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a copy of the publication, whose issue is approved, as somebody who may approve."""
    shutil.copytree(approving, tmp_path / "letter", symlinks=True)
    monkeypatch.chdir(tmp_path / "letter")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    return run


@pytest.fixture
def chief(approved: Run) -> Run:
    """The same, before it was approved."""
    for name in tags():
        git(Path(), "update-ref", "-d", name)
    return approved


def tags() -> list[str]:
    return git(Path(), "for-each-ref", "--format=%(refname)", TAGS).split()


def test_nothing_goes_out_before_it_is_approved_and_then_it_does(chief: Run, sink: Sink) -> None:
    said = chief(*SEND)
    assert said.exit_code == 3
    assert "approval: nobody has approved it" in said.stderr
    assert "cannot be allowed" in said.stderr
    assert chief(*SEND, "--allow", "approval").exit_code == 2
    assert sink.accepted == []
    told = chief("approve", ISSUE)
    assert told.exit_code == 0
    assert "  everyone: Welcome, and one thing to do (" in told.stdout
    assert "Its moment has passed" in told.stderr
    (name,) = tags()
    assert f"Push it: git push origin {name.removeprefix('refs/tags/')}" in told.stderr
    assert chief(*SEND).exit_code == 0
    assert len(sink.accepted) > 10


def test_publish_sends_it_and_ends_with_3_without(chief: Run, sink: Sink) -> None:
    assert chief("publish", "--no-build", "--max-late", "9d").exit_code == 3
    planned = json.loads(chief("publish", "--dry-run", "--no-build", "--max-late", "9d", "--json").stdout)
    assert [reason["name"] for reason in planned[0]["reasons"]] == ["approval"]
    assert sink.accepted == []
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    assert chief("publish", "--no-build", "--max-late", "9d").exit_code == 0
    assert len(sink.accepted) > 10


def content() -> None:
    edit(test_gate.issue(), lambda text: text.replace("before it began", "before it begun"))


def in_german() -> None:
    edit(*(Path().glob("content/tipsheets/*/*-welcome.de.md")), lambda text: text.replace("selbst", "allein"))


def for_leaders() -> None:
    edit(test_gate.issue(), lambda text: text.replace("before it begins", "before it starts"))


def setting(old: str, new: str) -> Callable[[], None]:
    """A change of mkdocs.yml, which has the old text."""

    def change() -> None:
        assert old in Path("mkdocs.yml").read_text("utf-8")
        edit("mkdocs.yml", lambda text: text.replace(old, new, 1))

    return change


def option(line: str) -> Callable[[], None]:
    """A setting more of the plugin."""
    return setting("      mail:\n", f"      {line}\n      mail:\n")


def template(name: str, old: str = "", new: str = "") -> Callable[[], None]:
    """A template of one's own that differs from ours."""

    def change() -> None:
        file, ours = Path("overrides", name), Path(approval.__file__).parents[1] / "templates" / name
        file.parent.mkdir(parents=True)
        text = ours.read_text("utf-8") if ours.is_file() else ""
        assert old in text
        file.write_text(text.replace(old, new, 1) if old else text + new, "utf-8")
        if "custom_dir: overrides" not in Path("mkdocs.yml").read_text("utf-8"):
            setting("theme:\n", "theme:\n  custom_dir: overrides\n")()

    return change


def author() -> None:
    edit("content/authors.yml", lambda text: text.replace("name: The editor", "name: The Editor"))


def note() -> None:
    edit("content/notes/what-to-write-about.md", lambda text: f"{text}\nOne line more.\n")


def logo() -> None:
    Path("content/assets").mkdir(exist_ok=True)
    Image.new("RGB", (40, 20), "green").save("content/assets/logo.png")
    option("logo: assets/logo.png")()


def from_the_environment() -> None:
    """A setting that a variable gives, which has another value where letters are made next."""
    setting("site_url: https://www.sheet.test/", 'site_url: !ENV [LETTER_ADDRESS, "https://www.sheet.test/"]')()
    os.environ["LETTER_ADDRESS"] = "https://other.test/"


def signers() -> None:
    Path("allowed_signers").write_text("", "utf-8")


def no_german() -> None:
    setting("languages: [de]", "languages: []")()
    next(Path("content").rglob("*.de.md")).unlink()


def renamed_segment() -> None:
    for name in ("mkdocs.yml", *map(str, Path("content").rglob("*.md"))):
        edit(name, lambda text: text.replace("leaders", "chiefs"))


EVERYONE = "everyone: "
CHANGES: Mapping[str, tuple[Callable[[], None], str]] = {
    "content": (content, "everyone: preheader, text, html differ from what was approved"),
    "content of a segment": (for_leaders, "leaders: text, html differ from what was approved"),
    "a translation": (in_german, "leaders.language-de: text, html differ from what was approved"),
    "time zone": (setting("time_zone: UTC", "time_zone: Europe/London"), "the time zone was UTC and is Europe/London"),
    "template": (template("email/base.html", 'class="paper"', 'class="papers"'), "everyone: html differ"),
    "parts of templates": (
        template("email/macros.html", 'cellpadding="0"', 'cellpadding="1"'),
        "everyone: html differ",
    ),
    "style sheet": (
        template("email/inline.css", ".soft{color", ".soft{letter-spacing:1px;color"),
        "everyone: html differ",
    ),
    "name of the publication": (setting("site_name: My Tipsheet", "site_name: My tipsheet"), EVERYONE),
    "address of the site": (setting("https://www.sheet.test/", "https://sheet.test/"), "its tag approves"),
    "a variable": (from_the_environment, "its tag approves"),
    "editor": (setting("editor: {name: My Tipsheet", "editor: {name: My Tipshoot"), EVERYONE),
    "address of the editor": (setting("email: ada@sheet.test", "email: adb@sheet.test"), EVERYONE),
    "sender": (setting("      mail:\n", "      mail:\n        sender: Ada <adb@sheet.test>\n"), "everyone: the header"),
    "postal address": (setting("1 Quiet Lane", "2 Quiet Lane"), "everyone: text, html differ"),
    "way to unsubscribe": (setting("/leave/@@token@@", "/left/@@token@@"), EVERYONE),
    "colour": (option('look: {light: {spruce: "#7A1F4B"}}'), "everyone: html differ"),
    "our words": (option('words: {letters: {reply: "Answer, or write to {address}."}}'), EVERYONE),
    "author": (author, EVERYONE),
    "note": (note, EVERYONE),
    "logo": (logo, "everyone: html differ"),
    "those who may approve": (signers, "none is signed with a key that may approve"),
    "who is in a segment": (
        setting("where: {role: leader}", "where: {role: maker}"),
        "leaders are other readers: the rule was role is leader, and is role is maker",
    ),
    "a segment with another name": (
        renamed_segment,
        "leaders are other readers: the rule was role is leader, and is no segment",
    ),
    "a language less": (no_german, "language-de: would not get it any more"),
}
"""All that letters are made of, changed after the approval, and what is said of it."""


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
def test_one_thing_that_changes_afterwards_is_told_for_each_audience(
    approved: Run, sink: Sink, change: Callable[[], None], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither `send` nor `publish` sends, whatever it is that a letter is made of."""
    monkeypatch.setenv("LETTER_ADDRESS", "https://www.sheet.test/")
    change()
    assert approved("build").exit_code == 0
    for command in (SEND, ("publish", "--no-build", "--max-late", "9d")):
        said = approved(*command)
        assert (said.exit_code, told in said.stderr, sink.accepted) == (3, True, []), said.stderr
    if change in {for_leaders, in_german}:
        assert "everyone: " not in said.stderr


def new_font() -> None:
    Path("font.ttf").write_bytes(files("font_source_serif_pro").joinpath("files/SourceSerifPro-Bold.ttf").read_bytes())
    option("share_pictures: {font: font.ttf}")()


UNTOUCHED: Mapping[str, Callable[[], None]] = {
    "share pictures": option("share_pictures: {newest: 0}"),
    "a template of the site": template("partials/own.html", new="<p>Ours</p>"),
    "a language more": setting("languages: [de]", "languages: [de, fr]"),
    "font of share pictures": new_font,
    "hours of sending": option("delivery: {give_up_hours: 20}"),
}


@pytest.mark.parametrize("change", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_is_no_part_of_a_letter_needs_no_approval(approved: Run, sink: Sink, change: Callable[[], None]) -> None:
    change()
    assert approved("build").exit_code == 0
    assert approved(*SEND).exit_code == 0
    assert len(sink.accepted) > 10


def test_a_key_of_dkim_that_is_changed_afterwards(chief: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends signs the approved bytes: the signature says who sent them, and is nothing that readers read."""
    option("delivery: {dkim: [{selector: letter}]}")()
    commit()
    monkeypatch.setenv("TIPSHEET_DKIM_KEY", pem(Ed25519PrivateKey.generate()))
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    key = Ed25519PrivateKey.generate()
    monkeypatch.setenv("TIPSHEET_DKIM_KEY", pem(key))
    assert chief("build").exit_code == 0
    assert chief(*SEND).exit_code == 0
    own = signer(pem(key), "letter", "ada@sheet.test")
    assert {right(one.message, (own,))[0] for one in sink.accepted} == {True}
    assert len(sink.accepted) > 10


def png(name: str, width: int = 400, colour: str = "green") -> Callable[[], None]:
    """A picture beside the issue, or at another path from there."""

    def paint() -> None:
        file = test_gate.issue().parent / name
        file.parent.mkdir(exist_ok=True)
        Image.new("RGB", (width, 200), colour).save(file)

    return paint


def written(name: str, content: str) -> Callable[[], None]:
    def change() -> None:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content, "utf-8")

    return change


def shown(*pictures: Callable[[], None]) -> Callable[[], None]:
    """An issue that shows a picture."""

    def change() -> None:
        edit(test_gate.issue(), lambda text: f"{text}\n![Grass, from above](own.png)\n")
        all_of(*pictures)()

    return change


def all_of(*changes: Callable[[], None]) -> Callable[[], None]:
    def change() -> None:
        for one in changes:
            one()

    return change


LOGO = all_of(png("../../assets/logo.png"), option("logo: assets/logo.png"))


def linked() -> None:
    """An issue that is a link to one of two files beside the content."""
    issue = test_gate.issue()
    for name, words in (("one", "before it began"), ("two", "before it begun")):
        written(f"kept/{name}.md", issue.read_text("utf-8").replace("before it began", words))()
    issue.unlink()
    issue.symlink_to("../../../kept/one.md")


def redirected() -> None:
    link = test_gate.issue()
    link.unlink()
    link.symlink_to("../../../kept/two.md")


def in_a_submodule() -> None:
    git(Path("content"), "init", "-q", "-b", "main")
    git(Path(), "rm", "-r", "-q", "--cached", "content")
    another_commit()


def another_commit() -> None:
    git(Path("content"), "add", "-A")
    git(Path("content"), "-c", "user.name=A", "-c", "user.email=a@sheet.test", "commit", "-q", "-m", "More")


def with_windows_ends() -> None:
    """As git writes files where core.autocrlf is set."""
    for file in (Path("mkdocs.yml"), *Path("content").rglob("*.md"), *Path("content").rglob("*.yml")):
        file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def executable() -> None:
    for file in (Path("mkdocs.yml"), *Path("content").rglob("*.md")):
        file.chmod(0o755)


HTML = "everyone: html differ from what was approved"
EXCHANGED: Mapping[str, tuple[Callable[[], None], Callable[[], None], str]] = {
    # what there was when it was approved, the change, and what is said of it; nothing if it goes
    "logo, other pixels": (LOGO, png("../../assets/logo.png", colour="red"), ""),
    "logo, another size": (LOGO, png("../../assets/logo.png", 300), ""),
    "logo, a variant for dark schemes": (LOGO, png("../../assets/logo-dark.png"), HTML),
    "picture, another size": (shown(png("own.png")), png("own.png", 300), HTML),
    "picture, other pixels": (shown(png("own.png")), png("own.png", colour="red"), ""),
    "picture, a variant for dark schemes": (shown(png("own.png")), png("own-dark.png"), HTML),
    "picture, the variant is another": (
        shown(png("own.png"), png("own-dark.png")), png("own-dark.png", colour="red"), ""
    ),
    "template where there was none": (
        template("partials/own.html", new="<p>Ours</p>"),
        template("email/inline.css", ".soft{color", ".soft{letter-spacing:1px;color"),
        HTML,
    ),
    "a file that is included": (
        all_of(
            written("parts/part.md", "As it was."),
            setting("extra:\n", "markdown_extensions:\n  - pymdownx.snippets: {base_path: parts}\nextra:\n"),
            lambda: edit(test_gate.issue(), lambda text: f'{text}\n--8<-- "part.md"\n'),
        ),
        written("parts/part.md", "As it is."),
        "everyone: text, html differ",
    ),
    "words in a file": (
        all_of(written("own.toml", '[letters]\nreply = "Answer: {address}."\n'), option("words: {en: own.toml}")),
        written("own.toml", '[letters]\nreply = "Answer, or write to {address}."\n'),
        "everyone: text, html differ",
    ),
    "a link that leads elsewhere": (linked, redirected, "everyone: preheader, text, html differ"),
    "the commit of a submodule": (in_a_submodule, all_of(content, another_commit), "everyone: preheader, text, html"),
    "line endings of Windows": (content, with_windows_ends, ""),
    "an executable bit": (content, executable, ""),
}  # fmt: skip
"""Files that letters are made of, and that were there already."""


@pytest.mark.parametrize(("before", "change", "told"), EXCHANGED.values(), ids=EXCHANGED)
def test_a_file_that_is_exchanged_afterwards(
    chief: Run, sink: Sink, before: Callable[[], None], change: Callable[[], None], told: str
) -> None:
    """Pixels at an address are reviewed with the site; all that stands in the letter itself is approved."""
    before()
    commit()
    assert (said := chief("approve", ISSUE, "--yes")).exit_code == 0, said.output
    change()
    assert (said := chief("build")).exit_code == 0, said.output
    said = chief(*SEND)
    assert (said.exit_code, told in said.stderr, len(sink.accepted) > 10) == (3 if told else 0, True, not told), (
        said.stderr
    )


def paint(colour: str, width: int = 400) -> None:
    Image.new("RGB", (width, 200), colour).save(test_gate.issue().with_name("own.png"))


@pytest.mark.parametrize(
    ("repaint", "goes"),
    [(lambda: None, True), (lambda: paint("red"), True), (lambda: paint("red", 300), False)],
    ids=["the same", "other pixels", "another size"],
)
def test_an_issue_with_a_picture_that_is_shared_in_its_name(
    chief: Run, sink: Sink, repaint: Callable[[], None], *, goes: bool
) -> None:
    """A letter holds the address and the size of a picture; what stands there is reviewed with the site."""
    paint("green")
    header = "image: {src: own.png, alt: A lawn}\n---\n\n![Grass, from above](own.png)\n\n"
    edit(test_gate.issue(), lambda text: text.replace("---\n\n", header, 1))
    commit()
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    repaint()
    assert chief("build").exit_code == 0
    assert chief(*SEND).exit_code == (0 if goes else 3)
    assert (len(sink.accepted) > 10) is goes


def test_doctor_names_welcome_letters_that_wait_for_an_approval(chief: Run) -> None:
    folder = Path("content/welcome")
    folder.mkdir()
    header = "after: 1d\ntitle: First steps\ndescription: One thing to begin with, on the first day.\n"
    body = test_gate.issue().read_text("utf-8").split("---\n", 2)[2]
    (folder / "first-steps.md").write_text(
        f"---\n{header}---\n{body.replace('cancel-a-meeting', 'first-step')}", "utf-8"
    )
    commit()
    assert (said := chief("build")).exit_code == 0, said.output

    def waiting() -> list[tuple[str, str]]:
        found = json.loads(chief("doctor", "--json").stdout)
        return [(one["subject"], one["remedy"]) for one in found if one["message"].startswith("approval: nobody has")]

    remedy = "see what changed with tipsheet diff, then let somebody who may approve it run: tipsheet approve"
    assert waiting() == [(ISSUE, f"{remedy} {ISSUE}"), ("welcome-first-steps", f"{remedy} welcome-first-steps")]
    assert chief("approve", "welcome-first-steps", "--yes").exit_code == 0
    assert [name for name, _ in waiting()] == [ISSUE]


def test_a_template_that_cannot_be_filled_is_told_with_its_place(chief: Run) -> None:
    template("email/base.html", "<body", "{{ 1 / 0 }}<body")()
    commit()
    said = chief("approve", ISSUE, "--yes")
    assert (said.exit_code, "TS601" in said.output, tags()) == (1, True, []), said.output


@pytest.mark.usefixtures("approved")
def test_no_byte_of_a_record_can_be_another() -> None:
    """A byte of the edition in the outbox that differs is no edition, or one that is not approved."""
    file, (settings, _) = Path("outbox", ISSUE, "edition.json"), read_settings(Path())
    assert settings is not None
    good = file.read_bytes()
    wanted = statement_of(read_edition(Path("outbox"), ISSUE), settings)
    for at in range(0, len(good), len(good) // 150):
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        try:
            found = read_edition(Path("outbox"), ISSUE)
        except NotInOutboxError:
            continue
        assert statement_of(found, settings) != wanted, good[at - 20 : at + 20]


def test_a_changed_letter_goes_when_it_is_approved_again(approved: Run, sink: Sink) -> None:
    content()
    commit()
    assert approved("build").exit_code == 0
    assert approved("publish", "--no-build", "--max-late", "9d").exit_code == 3
    assert sink.accepted == []
    assert approved("approve", ISSUE, "--yes").exit_code == 0
    assert approved("publish", "--no-build", "--max-late", "9d").exit_code == 0
    assert {"before it begun" in text(one) for one in sink.accepted} == {True}


def text(letter: Accepted) -> str:
    """The text part of a letter."""
    body = message_from_bytes(letter.message, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("command", [SEND, ("publish", "--no-build", "--max-late", "9d")])
@pytest.mark.parametrize("when", ["after the gate", "while it goes"])
def test_an_outbox_that_is_exchanged_sends_what_was_approved(
    approved: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], when: str
) -> None:
    """It is read once: what passed the gate is what is sent. Somebody puts another letter, whole and right, there."""
    content()
    assert approved("build", "--outbox-dir", "other").exit_code == 0
    git(Path(), "checkout", "-q", "--", "content")

    def exchange() -> None:
        shutil.rmtree("outbox", ignore_errors=True)
        shutil.copytree("other", "outbox")

    if when == "while it goes":
        sink.fault = lambda said: exchange() if said.verb == "DATA" and not sink.accepted else None
    else:
        passed = gate.pass_gate

        def pass_gate(waiting: gate.Waiting, allowed: Iterable[str]) -> None:
            passed(waiting, allowed)
            exchange()

        monkeypatch.setattr(gate, "pass_gate", pass_gate)
    assert approved(*command).exit_code == 0
    assert filecmp.cmp(f"outbox/{ISSUE}/edition.json", f"other/{ISSUE}/edition.json", shallow=False)
    assert len(sink.accepted) > 10
    assert {"before it begun" in text(one) for one in sink.accepted} == {False}


def test_another_version_of_the_program(approved: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approval, "__version__", "99.0")
    for command in (SEND, ("publish", "--no-build", "--max-late", "9d")):
        said = approved(*command)
        assert (said.exit_code, "and this is 99.0" in said.stderr, sink.accepted) == (3, True, [])


def test_a_file_outside_the_repository_decides_and_no_change_to_it(
    chief: Run, sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull request that adds a key of its own, or asks for no review, changes nothing where letters are sent."""
    real = tmp_path / "signers"
    real.write_bytes(Path("allowed_signers").read_bytes())
    monkeypatch.setenv("TIPSHEET_ALLOWED_SIGNERS", str(real))
    monkeypatch.setenv("TIPSHEET_REVIEW", "required")
    mallory = ssh_key(tmp_path, "mallory")
    Path("allowed_signers").write_text(line_of(mallory), "utf-8")
    edit("mkdocs.yml", lambda text: text.replace("review: {required: true}", "review: {required: false}"))
    commit("Just a typo")
    assert chief("build").exit_code == 0
    git(Path(), "config", "user.signingkey", mallory.key)
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    assert chief(*SEND).exit_code == 3
    assert sink.accepted == []
    monkeypatch.delenv("TIPSHEET_REVIEW")
    assert chief(*SEND).exit_code == 0


def test_an_issue_that_comes_is_approved_as_its_moment_will_make_it(
    chief: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chief("new", "Coming", "--no-draft").exit_code == 0
    (file,) = Path("content").rglob("*coming.md")
    edit(file, lambda text: test_gate.issue().read_text("utf-8").replace(ISSUE, "2026-w48").replace(
        "2026-11-17", "2026-11-24").replace("cancel-a-meeting", "end-it"))  # fmt: skip
    commit()
    told = json.loads(chief("approve", "2026-w48", "--yes", "--json").stdout)
    assert told["tag"].startswith("approved/2026-w48/")
    assert set(told) == set(re.findall(r"^\| `(\w+)` \|", approvals(), re.MULTILINE))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795568400")
    assert chief("build").exit_code == 0
    assert chief("send", "2026-w48", "--yes").exit_code == 0
    assert len(sink.accepted) > 10


def test_what_cannot_be_approved(chief: Run, sink: Sink) -> None:
    assert chief("new", "Not yet").exit_code == 0
    assert "is not committed" in chief("approve", ISSUE).stderr
    commit()
    assert "2026-w48 is a draft" in chief("approve", "2026-w48").stderr
    assert "did you mean" in chief("approve", "2026-w74").stderr
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    assert chief("build").exit_code == 0
    assert chief(*SEND).exit_code == 0
    said = chief("approve", ISSUE)
    assert (said.exit_code, "was sent already" in said.stderr) == (2, True)


def ignored() -> None:
    note = Path("content/notes/what-to-write-about.md")
    note.with_name("more.md").write_text(note.read_text("utf-8").replace("id: ", "id: more-"), "utf-8")
    Path(".git/info/exclude").write_text("more.md\n", "utf-8")


def taken_for_unchanged() -> None:
    git(Path(), "update-index", "--assume-unchanged", str(test_gate.issue()))
    content()


def words_in_no_commit() -> None:
    option("words: {en: own.toml}")()
    git(Path(), "commit", "-q", "-am", "Words")
    Path("own.toml").write_text('[letters]\nreply = "Answer, or write to {address}."\n', "utf-8")


def sparse() -> None:
    git(Path(), "update-index", "--skip-worktree", "content/authors.yml")
    author()


@pytest.mark.parametrize("change", [ignored, taken_for_unchanged, words_in_no_commit, sparse])
def test_what_is_in_no_commit_is_not_approved_though_git_status_is_silent(
    chief: Run, change: Callable[[], None]
) -> None:
    change()
    said = chief("approve", ISSUE, "--yes")
    told = "the last commit makes another letter of" in said.stderr
    assert (said.exit_code, told, tags()) == (2, True, []), said.output


def test_a_tag_that_stands_where_approvals_are_kept(chief: Run) -> None:
    git(Path(), "tag", f"approved/{ISSUE}")
    said = chief("approve", ISSUE, "--yes")
    assert (said.exit_code, f"give tags of the name approved/{ISSUE} another one" in said.stderr) == (1, True)


def test_a_key_that_cannot_sign_and_no_repository(chief: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    git(Path(), "config", "user.signingkey", "/nowhere/key")
    said = chief("approve", ISSUE, "--yes")
    assert (said.exit_code, "git cannot sign the approval" in said.stderr) == (1, True)
    assert tags() == []
    Path(".git").rename("not-git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path().absolute().parent))
    said = chief("approve", ISSUE)
    assert (said.exit_code, "is in no repository of git" in said.stderr) == (1, True)
    monkeypatch.setenv("PATH", "")
    assert "there is no git on this machine" in chief("approve", ISSUE).stderr


def test_no_secret_is_said_or_kept(chief: Run) -> None:
    said = chief("-v", "approve", ISSUE, "--yes")
    (name,) = tags()
    tag = git(Path(), "cat-file", "tag", name)
    private = git(Path(), "config", "user.signingkey").strip()
    lines = Path(private).read_text().splitlines()
    assert all(secret not in said.output + tag for secret in (SECRET, os.environ["TIPSHEET_SMTP_URL"], lines[1]))
    assert "@example.org" not in tag.partition("\n\n")[2]
