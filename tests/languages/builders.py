"""A publication in English and German for tests: one issue that is translated, and one that nobody has translated."""

from collections.abc import Mapping

from tests.folders import MKDOCS, article, issue

TIP = "content/tipsheets/2026/2026-11-17-ask"
IN_GERMAN = MKDOCS.replace("      attributes:", "      languages: [de]\n      attributes:", 1)
BODY = """\
Hallo @@first_name or du@@, das ist der Text, mit [einem Verweis](https://de.example/).

/// only | managers

Ein Satz für Führungskräfte.

///

/// action | Stelle eine Frage, bevor du vorträgst { id=ask-first }

1. Wähle ein Treffen.
2. Schreibe die Frage auf.

///
"""


def german(body: str = BODY, **header: object) -> str:
    """A translation: its own title and description, these keys, and this body."""
    lines = {
        "title": "Stelle eine Frage",
        "description": "Eine Frage, die aus einem Vortrag ein Gespräch macht und Zeit spart.",
        **header,
    }
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in lines.items()) + f"---\n\n{body}"


def files(**more: str) -> Mapping[str, str]:
    """Two issues, the newer one in both languages, an article in both, and an action and a note of the library."""
    note = "---\nid: move\ntitle: {}\nfrom: 2026-11-01\nexpires: 2026-12-01\n---\n\n{}\n"
    return {
        "mkdocs.yml": IN_GERMAN,
        f"{TIP}.de.md": german(),
        "content/tipsheets/2026/2026-11-10-old.md": issue(id="2026-w46", title="Only English", date="2026-11-10"),
        "content/articles/long.md": article(id="long", date="2026-10-01", title="Long", body="A long text."),
        "content/articles/long.de.md": german("Ein langer Text.", title="Lang"),
        "content/actions/wait.md": "---\nid: wait\ntitle: Wait a day\n---\n\n1. Wait.\n",
        "content/actions/wait.de.md": "---\nid: wait\ntitle: Warte einen Tag\n---\n\n1. Warte.\n",
        "content/notes/move.md": note.format("We move", "To another host."),
        "content/notes/move.de.md": note.format("Wir ziehen um", "Zu einem anderen Haus."),
        **more,
    }
