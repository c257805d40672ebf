"""The page of problem codes."""

from docs.reference.pages.markdown import fenced, grid, page
from tipsheet.blocks import explained
from tipsheet.model.publication import SENDING

__all__ = ["problems"]


def problems() -> str:
    """Every problem code with an example of both."""
    explanations = explained()
    return page(
        "Problems",
        "Every finding has a place, a code that never changes, and a remedy. `tipsheet explain TS204` prints the same "
        "as this page. An error stops a build; a warning does so with `--strict` only.",
        "`tipsheet check` finds what is wrong in content and settings, and in the letters that may still be sent: "
        f"those to come, and those of the last {SENDING.days // 7} weeks. Letters are made of what could be read, so "
        "that a mistake in one issue hides nothing of the others. `tipsheet build` looks over every letter that it "
        "makes, and listens to MkDocs (TS602, TS603).",
        "Levels are yours to set in `mkdocs.yml`, under `plugins: tipsheet: lint:`, by code: `off`, `warning` or "
        "`error`. A finding with which something wrong would be published stays an error (TS312): see the table.",
        fenced("lint:\n  TS405: off # words of links\n  TS213: error # every reader is given an action", "yaml"),
        grid(
            ("code", "title", "level", "can be set to"),
            (
                [f"[{c}](#{c.lower()})", e.title, e.level, ", ".join(level for level in e.levels if level != e.level)]
                for c, e in explanations.items()
            ),
        ),
        *(
            f"## {entry.code}\n\n**{entry.title}.** {entry.wrong}\n\n{entry.mend}\n\nWrong:\n\n"
            f"{fenced(entry.before, 'text')}\n\nRight:\n\n{fenced(entry.after, 'text')}"
            for entry in explanations.values()
        ),
    )
