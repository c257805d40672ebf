"""TS601 to TS674: a publication's own templates, and what MkDocs finds."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["TEMPLATES"]

TEMPLATES = (
    Explanation(
        code="TS601",
        title="A template cannot be filled",
        wrong="A template in your overrides folder is not Jinja, or asks for a value that does not exist.",
        mend=(
            "Look at the line that is named. The reference of templates lists blocks and values; a block with an "
            "unknown name is not noticed, since nothing asks for it."
        ),
        before="{{ letter.titel }}",
        after="{{ letter.title }}",
    ),
    Explanation(
        code="TS602",
        level="warning",
        title="MkDocs has found something",
        wrong="MkDocs, its theme or another plugin complains about mkdocs.yml or an ordinary page, in its own words.",
        mend="Do what the message says. The words of MkDocs are explained at mkdocs.org.",
        before="nav: [abuot.md]",
        after="nav: [about.md]",
    ),
    Explanation(
        code="TS603",
        title="MkDocs gives up",
        wrong="MkDocs, its theme or a plugin cannot build the site, and says why in its own words.",
        mend="Do what the message says. The words of MkDocs are explained at mkdocs.org.",
        before="theme: {name: materail}",
        after="theme: {name: material}",
    ),
)
