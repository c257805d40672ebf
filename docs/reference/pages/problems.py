"""The page of problem codes."""

from docs.reference.pages.markdown import fenced, grid, page
from tipsheet.explanations import EXPLANATIONS
from tipsheet.model.moments import SENDING

__all__ = ["problems"]


def problems() -> str:
    """Every problem code with an example of both."""
    return page(
        "Problems",
        "Every finding has a place, a code that never changes, and a remedy. `tipsheet explain TS204` prints the same "
        "as this page. An error stops a build; a warning does so with `--strict` only.",
        "`tipsheet check` finds what is wrong in content and settings. Once there is no error left, it looks over the "
        f"letters that may still be sent: those to come, and those of the last {SENDING.days // 7} weeks. "
        "`tipsheet build` looks over every letter that it makes, and listens to MkDocs (TS602).",
        grid(("code", "title"), ([f"[{c}](#{c.lower()})", e.title] for c, e in EXPLANATIONS.items())),
        *(
            f"## {entry.code}\n\n**{entry.title}.** {entry.wrong}\n\n{entry.mend}\n\nWrong:\n\n"
            f"{fenced(entry.before, 'text')}\n\nRight:\n\n{fenced(entry.after, 'text')}"
            for entry in EXPLANATIONS.values()
        ),
    )
