"""The page about Markdown that we read otherwise than GitHub, from the witness's own table."""

from docs.reference.pages.markdown import code, fenced, grid, page
from tipsheet.reading.conversion import DIALECT
from tipsheet.witness import DOCUMENTED, KINDS, LONGEST

__all__ = ["dialect"]


def dialect() -> str:
    """What differs from GitHub on purpose, and what is told of the rest."""
    return page(
        "Markdown that we read otherwise",
        "A text looks on the page and in the letter as it does on GitHub, or the difference stands on this page, or "
        "`tipsheet check` tells of it. To know, `check` reads every text a second time with markdown-it-py, which "
        "follows CommonMark and GitHub, and compares words, elements, links, pictures and code.",
        "## On purpose",
        *(
            f"### {one.name}\n\n{fenced(one.written, 'markdown')}\n\nOn GitHub: {one.github}. Here: {one.here}."
            for one in DOCUMENTED
        ),
        "### Blocks",
        "The header and the end of a [block](blocks.md) are lines of text on GitHub. What stands in a block is "
        "compared by itself.",
        "## Told by check",
        "Each is a warning with both readings.",
        grid(
            ("code", "what differs"), ([f"[{name}](problems.md#{name.lower()})", kind] for name, kind in KINDS.items())
        ),
        "## Limits",
        f"- Extensions that `mkdocs.yml` adds to {', '.join(map(code, DIALECT))}, and options that it sets, do what "
        "their editor wants: a text is compared as it would be without them, and what they make of it is not.\n"
        "- Blank space, empty paragraphs, classes and other attributes of HTML, the alignment of table columns and the "
        "language of code are not compared. Scripts, styles and frames are left out on both sides.\n"
        "- GitHub's own additions, such as `:+1:`, `#12`, `@name`, `> [!NOTE]` and formulas, are not known to the "
        "witness.\n"
        f"- A text of more than {LONGEST:,} characters is not compared (TS137).",
    )
