"""The page of words that readers see, from the English file of them."""

from importlib.resources import files

from docs.reference.pages.markdown import code, grid, page
from tipsheet.words import ENGLISH, languages

__all__ = ["words"]

SUBJECTS = {
    "service": "Buttons of the service, and what its calendar says",
    "settings": "Ways to unsubscribe, and the consent of the form",
    "letters": "Letters and feeds",
    "site": "Pages of the site",
    "pages": "Pages of the service",
    "mails": "Letters of the service",
    "frequencies": "How often a reader wants letters",
}


def words() -> str:
    """All words, with what they are filled with."""
    text = (files("tipsheet.words") / f"{ENGLISH}.toml").read_text("utf-8").rstrip()
    return page(
        "Words",
        "Every word of tipsheet's own that a reader meets is below, by its subject and name. Say it in yours: under "
        "`words:` in the tipsheet entry of `mkdocs.yml`, by the same subject and name. What stands in braces is filled "
        "in, and a text with forms has one for each plural category of its language "
        "([CLDR](https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html)).",
        grid(("subject", "where its words stand"), [(code(name), where) for name, where in SUBJECTS.items()]),
        f"tipsheet has them in {', '.join(code(name) for name in languages())}. For another language, copy the text "
        "below into a file of the publication, translate it, and name it: `words: {da: words/da.toml}`. "
        "`tipsheet check` lists the words that it lacks, and every name, value or form that cannot be "
        "([TS044](problems.md#ts044), [TS045](problems.md#ts045)).",
        f"```toml\n{text}\n```",
    )
