"""TS150 to TS152: what would make a reader's browser ask another host, or run something."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["FOREIGN"]

FOREIGN = (
    Explanation(
        code="TS150",
        title="Another host would be asked",
        wrong=(
            "A frame, a picture, a style, a font or a form makes the browser of every reader ask another host, which "
            "then knows their network address and what they read. Pages and letters do so only where you mean it."
        ),
        mend=(
            "Take it out: link to it, or copy the file into the content folder. If it is meant, name the host under "
            "allow: in the tipsheet entry of mkdocs.yml; the subscribe page then tells readers. Letters never load "
            "anything from there."
        ),
        before='<iframe src="https://video.example/embed/x"></iframe>',
        after="[The film](https://video.example/x), four minutes",
    ),
    Explanation(
        code="TS151",
        title="Something would run in the reader's browser",
        wrong=(
            "Scripts, handlers such as onclick, embedded objects and elements that change the page around them stand "
            "in a text. They are left out: what a text says it says in words."
        ),
        mend="Take it out. A script of the whole site belongs into overrides/.",
        before='<p onclick="show()">More</p>',
        after="<details><summary>More</summary>…</details>",
    ),
    Explanation(
        code="TS152",
        title="An address that is no place to go to",
        wrong="An address begins with javascript:, data: or the like. It would run or show what is written in it.",
        mend="Link to a page or a file.",
        before="[print](javascript:window.print())",
        after="Print this page.",
    ),
)
