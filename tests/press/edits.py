"""What people do to a publication between two builds; each edit changes files of a folder."""

import datetime as dt
import os
import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.folders import article, issue, write_png
from tests.sample import NOW

FIRST = dt.date(2026, 6, 2)
WEEKS = 13
ISSUES = "content/tipsheets/2026"
NOTE = "content/notes/dinner.md"
TEMPLATE = "overrides/main.html"
SERVED = '      service: {url: "https://lists.sheet.example"}\n'
GREETING = """\
{{% extends "face.html" %}}
{{% block after %}}<p>{} at {{{{ face.masthead.name }}}}</p>{{{{ super() }}}}{{% endblock %}}
"""

Edit = Callable[[Path, int], None]
"""Changes the files below a folder; the number chooses among the issues, or the new value."""


def path_of(week: int) -> str:
    """The file of the issue of this week."""
    return f"{ISSUES}/{FIRST + dt.timedelta(weeks=week)}-week-{week}.md"


def text_of(week: int) -> str:
    """An issue with a link, a variant, an action that returns, and an event in every third."""
    body = f"Text of week {week}, [older](../2026/{Path(path_of(0)).name}).\n\n"
    if week % 3 == 0:
        day = FIRST + dt.timedelta(weeks=week + 3)
        body += f"/// event | Meeting {week} {{ starts={day}T19:00 place=Hall }}\n\n///\n\n"
    if week % 2:
        body += f"/// action | Do {week} as managers {{ id=manage-{week} for=managers }}\n\n1. Lead.\n\n///\n\n"
    due = FIRST + dt.timedelta(weeks=week + 2)
    body += f"/// action | Do {week} {{ id=do-{week} minutes={5 + week} due={due} }}\n\n1. Go.\n\n///\n"
    day = FIRST + dt.timedelta(weeks=week)
    return issue(f"tags: [{('red', 'blue')[week % 2]}]\n", body, id=f"w{week}", date=str(day), title=f"Week {week}")


def start(root: Path) -> None:
    """A quarter of issues, an article, a note, an ordinary page, a picture, list pages of five."""
    config, more = root / "mkdocs.yml", f"      list_size: 5\n      logo: images/a.png\n{SERVED}      tagline:"
    own = "  font: false\n  custom_dir: overrides"
    config.write_text(config.read_text().replace("      tagline:", more).replace("  font: false", own))
    (root / "overrides").mkdir(exist_ok=True)
    for week in range(WEEKS):
        _write(root, path_of(week), text_of(week))
    _write(root, "content/articles/long.md", article("Long.", id="long", date="2026-08-01", title="Long"))
    _write(root, "content/about.md", f"# About\n\nSee [the first](tipsheets/2026/{Path(path_of(0)).name}).\n")
    _write(root, NOTE, note("2026-09-01"))
    write_png(root / "content/images/a.png")


def note(expires: str) -> str:
    """A note that issues from August on carry."""
    return f"---\nid: dinner\ntitle: Dinner\nfrom: 2026-08-01\nexpires: {expires}\n---\n\nCome.\n"


def _write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def _change(root: Path, path: str, pattern: str, replacement: str) -> None:
    file = root / path
    if file.is_file():
        file.write_text(re.sub(pattern, replacement, file.read_text(), count=1))


def add_issue(root: Path, number: int) -> None:
    _write(root, path_of(WEEKS + number % 5), text_of(WEEKS + number % 5))


def remove_issue(root: Path, number: int) -> None:
    (root / path_of(1 + number % 17)).unlink(missing_ok=True)  # the first is linked to


def rename_issue(root: Path, number: int) -> None:
    file = root / path_of(1 + number % 12)
    if file.is_file():
        text = file.read_text()
        alias = "" if "aliases" in text else f"aliases: [week-{1 + number % 12}]\n"
        file.write_text(
            text.replace("authors:", f"{alias}slug: renamed-{number}\nauthors:").replace("slug: slug", "slug")
        )
        file.write_text(re.sub(r"(slug: .*\n)(?=slug: )", "", file.read_text()))


def retitle(root: Path, number: int) -> None:
    _change(root, path_of(number % WEEKS), "title: .*", f"title: Title {number} <b>&amp;</b>")


def redate(root: Path, number: int) -> None:
    _change(root, path_of(1 + number % 12), "date: .*", f"date: {FIRST + dt.timedelta(days=number)}")


def retag(root: Path, number: int) -> None:
    _change(root, path_of(number % WEEKS), "tags: .*", f"tags: [tag-{number % 3}, Blue]")


def edit_body(root: Path, number: int) -> None:
    _change(root, path_of(number % WEEKS), "Text of week .*", f"Text of week, edit {number}, ![a](../../images/a.png)")


def take_up_an_action(root: Path, number: int) -> None:
    _change(root, path_of(6), r"(?s)/// action \| Do 6 .*", f"/// action {{ use=do-{number % 5} }}\n\n///\n")


def link_to_another(root: Path, number: int) -> None:
    target = Path(path_of(number % WEEKS)).name
    _change(root, path_of((number + 1) % WEEKS), r"\[older\]\([^)]*\)", f"[older](../2026/{target})")


def change_an_author(root: Path, number: int) -> None:
    _change(root, "content/authors.yml", "bio: [^}]*}", f"bio: Bio {number}.}}")


def move_the_note(root: Path, number: int) -> None:
    _write(root, NOTE, note(f"2026-{8 + number % 3:02}-15"))


def tell_of_an_event_in_the_note(root: Path, number: int) -> None:
    """It is over on a day between the first issues that carry the note and the last."""
    day = dt.date(2026, 8, 20) + dt.timedelta(days=number % 60)
    event = f"/// event | Dinner {{ id=dinner starts={day}T19:00 place=Hall }}\n\n///\n"
    _write(root, NOTE, f"{note('2026-11-01')}\n{event}")


def remove_the_note(root: Path, _number: int) -> None:
    (root / NOTE).unlink(missing_ok=True)


def add_a_template(root: Path, number: int) -> None:
    _write(root, TEMPLATE, GREETING.format(f"Greeting {number}"))


def add_a_partial(root: Path, number: int) -> None:
    _write(root, "overrides/partials/footer.html", f"<footer>{number} {{{{ face.masthead.name }}}}</footer>\n")


def add_a_mail_template(root: Path, number: int) -> None:
    _write(root, "overrides/email/main.html", f'{{% extends "email/base.html" %}}\n{{# {number} #}}\n')


def remove_templates(root: Path, _number: int) -> None:
    email = ("overrides/email/main.html", "overrides/email/service/confirm.html")
    for path in (TEMPLATE, "overrides/partials/footer.html", *email, "overrides/service/message.html"):
        (root / path).unlink(missing_ok=True)


def change_settings(root: Path, number: int) -> None:
    _change(root, "mkdocs.yml", "list_size: .*", f"list_size: {5 + number % 3}")


def move_the_service(root: Path, number: int) -> None:
    _change(root, "mkdocs.yml", "service: .*", f'service: {{url: "https://lists-{number % 3}.sheet.example"}}')


def have_a_mailbox_only(root: Path, _number: int) -> None:
    _change(root, "mkdocs.yml", "service: .*", "service: {mailbox: post@lists.sheet.example}")


def add_a_page_of_the_service(root: Path, number: int) -> None:
    _write(root, "overrides/service/message.html", f"<p>{number} {{{{ service.name }}}}</p>\n")


def add_words_of_the_service(root: Path, number: int) -> None:
    blocks = {"subject": "Say yes", "preheader": "x" * 60, "title": "Yes?", "body": f"<p>Number {number}.</p>"}
    text = "".join(f"{{% block {name} %}}{words}{{% endblock %}}\n" for name, words in blocks.items())
    _write(root, "overrides/email/service/confirm.html", text)


def welcome(root: Path, number: int) -> None:
    head = f"title: Welcome {number}\ndescription: What comes, and when, and one thing to do in ten minutes.\n"
    _write(root, "content/welcome.md", f"---\n{head}---\n\nHello, ![a](images/a.png), number {number}.\n")


def welcome_later(root: Path, number: int) -> None:
    head = f"after: {1 + number % 4}d\ntitle: Later\ndescription: What comes, and when, and one thing to do.\n"
    _write(root, "content/welcome/later.md", f"---\n{head}---\n\n/// only | managers\n\nLead {number}.\n\n///\n")


def welcome_nobody(root: Path, _number: int) -> None:
    for path in ("content/welcome.md", "content/welcome/later.md"):
        (root / path).unlink(missing_ok=True)


def rename_a_segment(root: Path, number: int) -> None:
    _change(root, "mkdocs.yml", "title: Manag[^,]*", f"title: Managers {number}")


def replace_the_picture(root: Path, number: int) -> None:
    write_png(root / "content/images/a.png", width=10 + number % 5)


def add_a_dark_picture(root: Path, number: int) -> None:
    write_png(root / "content/images/a-dark.png", width=10 + number % 5)


def touch(root: Path, number: int) -> None:
    """A file with a new time and nothing else, as in a fresh checkout."""
    for file in [root / path_of(number % WEEKS), *(root / "site").rglob("*.xml")]:
        if file.is_file():
            os.utime(file, ns=(1_700_000_000_000_000_000 + number, 1_700_000_000_000_000_000 + number))


def edit_a_page(root: Path, number: int) -> None:
    _change(root, "content/about.md", "# .*", f"# About {number}")


def add_a_page(root: Path, number: int) -> None:
    _write(root, f"content/page-{number % 2}.md", f"# Page {number}\n\nText.\n")


def add_a_file_in_the_way(root: Path, number: int) -> None:
    """A file of the editor's goes before one of ours."""
    _write(root, "content/robots.txt", f"# {number}\n")


def delete_an_output(root: Path, number: int) -> None:
    files = sorted(file for file in (root / "site").rglob("*") if file.is_file())
    if files:
        files[number * 7 % len(files)].unlink()


def scribble_on_an_output(root: Path, number: int) -> None:
    files = sorted((root / "site").rglob("*.html"))
    if files:
        files[number * 5 % len(files)].write_text("scribble")


def damage_the_state(root: Path, number: int) -> None:
    state = root / ".tipsheet/state.db"
    if state.is_file():
        data = bytearray(state.read_bytes())
        at = (number * 4099) % len(data)
        data[at : at + 64] = struct.pack("64x")[: len(data[at : at + 64])]
        state.write_bytes(bytes(data))


EDITS: Mapping[str, Edit] = {
    edit.__name__: edit
    for edit in (
        add_issue, remove_issue, rename_issue, retitle, redate, retag, edit_body, take_up_an_action, link_to_another,
        change_an_author, move_the_note, tell_of_an_event_in_the_note,
        remove_the_note, add_a_template, add_a_partial, add_a_mail_template,
        remove_templates, change_settings, rename_a_segment, replace_the_picture, add_a_dark_picture, touch,
        move_the_service, have_a_mailbox_only, add_a_page_of_the_service, add_words_of_the_service, welcome,
        welcome_later, welcome_nobody, edit_a_page, add_a_page, add_a_file_in_the_way, delete_an_output,
        scribble_on_an_output, damage_the_state,
    )
}  # fmt: skip


def days_later(number: int) -> dt.datetime:
    """A moment from summer to autumn, in which things appear and end."""
    return NOW - dt.timedelta(days=140) + dt.timedelta(days=number * 13 % 150, hours=number % 24)
