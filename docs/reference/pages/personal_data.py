"""The page of what is kept about a reader, from the description that a test holds to the tables."""

import tomllib
from pathlib import Path

from docs.reference.pages.markdown import code, grid, page

__all__ = ["KEPT", "personal_data"]

KEPT = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""By the names of tables: what their rows are about, until when they are kept, and their columns."""

NOT_KEPT = (
    "Nothing says who opened a letter, clicked a link or looked at a page: nothing of that kind is measured. Nothing "
    "sets a cookie. Who did an action is counted by action and month, without a name, an address or a network."
)


def personal_data() -> str:
    """All tables and columns about readers, and sentences for a page of the publication."""
    parts = []
    for table, kept in KEPT.items():
        rows = [(code(name), words) for name, words in kept["columns"].items()]
        parts += [
            f"## {kept['about']}",
            f"Table {code(table)}. Kept until {kept['until']}.",
            grid(("column", "what"), rows),
        ]
    told = [(kept["about"], f"until {kept['until']}") for kept in KEPT.values()]
    return page(
        "What is kept about a reader",
        "Each table and column of the store that can say something of one person, and until when it does. Readers get "
        "all of their own as a file on their preferences page; `tipsheet subscribers show` gives it to you.",
        NOT_KEPT,
        "## For a page of your publication",
        "These lines may be copied as they are.",
        grid(("What we keep", "For how long"), told),
        *parts,
    )
