"""TS001 to TS016: files, their headers, and what headers point at."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["FILES"]

FILES = (
    Explanation(
        code="TS001",
        title="The file is not UTF-8",
        wrong=(
            "The file holds bytes that are not UTF-8 text, so letters such as é would be lost. The message "
            "names the first such byte."
        ),
        mend="Open the file in your editor and save it with the encoding UTF-8.",
        before="caf\\xe9    saved as Latin-1 or Windows-1252",
        after="café       saved as UTF-8",
    ),
    Explanation(
        code="TS002",
        title="This is not YAML",
        wrong=(
            "The header, mkdocs.yml or authors.yml cannot be read. Most often a quotation mark or bracket is "
            "not closed, or a value holds a colon and stands without quotes."
        ),
        mend="Look at the line that is named and at the one above it. Put quotes around values with a colon.",
        before="title: Pricing: the long version",
        after='title: "Pricing: the long version"',
    ),
    Explanation(
        code="TS003",
        title="A key is given twice",
        wrong="The same key stands twice, and only the later value would count.",
        mend="Keep one of the two.",
        before="title: Ask first\ntitle: Ask one question first",
        after="title: Ask one question first",
    ),
    Explanation(
        code="TS004",
        title="Unknown key",
        wrong="Nothing of this name can stand here. A misspelt key would otherwise be passed over in silence.",
        mend="Correct the name, or delete the line.",
        before="desciption: One question that turns a pitch into a conversation.",
        after="description: One question that turns a pitch into a conversation.",
    ),
    Explanation(
        code="TS005",
        title="A key is missing",
        wrong="Something that every file of this kind needs is not there.",
        mend="Add the key that the message names.",
        before="title: Ask first\ndate: 2026-11-24",
        after="title: Ask first\ndate: 2026-11-24\ndescription: One question that turns a pitch into a conversation.",
    ),
    Explanation(
        code="TS006",
        title="A setting has a wrong value",
        wrong="A value in mkdocs.yml is not of the kind that the setting takes.",
        mend="Write it as the message says.",
        before="schedule: {day: someday}",
        after="schedule: {day: tuesday}",
    ),
    Explanation(
        code="TS007",
        title="The file does not begin with a header",
        wrong="Issues, articles, notes and actions begin with a header between two lines of three hyphens.",
        mend="Make --- the first line of the file, with nothing above it.",
        before="id: 2026-w48\n---",
        after="---\nid: 2026-w48\n---",
    ),
    Explanation(
        code="TS008",
        title="The header is never closed",
        wrong="The header begins but does not end, so the whole file would be its header.",
        mend="End the header with a line of three hyphens.",
        before="---\nid: 2026-w48\n\nLast week a customer…",
        after="---\nid: 2026-w48\n---\n\nLast week a customer…",
    ),
    Explanation(
        code="TS009",
        title="A wrong value in a header",
        wrong="A value in the header of a file or in authors.yml is not of the kind that the key takes.",
        mend="Write it as the message says. Days are written 2026-11-24, moments 2026-11-24T07:30.",
        before="date: 24/11/2026",
        after="date: 2026-11-24",
    ),
    Explanation(
        code="TS010",
        title="The id is taken",
        wrong=(
            "Two files have one id. Feeds, mails and the ledger know an issue by its id, so readers would "
            "get one of the two only."
        ),
        mend="Give the newer file another id. Never change the id of what was sent.",
        before="id: 2026-w48    in two files",
        after="id: 2026-w48    in one\nid: 2026-w48-2  in the other",
    ),
    Explanation(
        code="TS011",
        title="The address is taken",
        wrong="Two pages, or a page and an earlier address of another, would be written to one place.",
        mend="Give one of them a slug of its own, or take the alias away.",
        before="2026-09-01-welcome.md and 2026-12-01-welcome.md",
        after="slug: welcome-again    in the header of the second",
    ),
    Explanation(
        code="TS012",
        title="Unknown author",
        wrong="The author is not in authors.yml.",
        mend="Correct the id, or add the person to authors.yml.",
        before="authors: [mra]",
        after="authors: [mara]",
    ),
    Explanation(
        code="TS013",
        title="There is no such file",
        wrong="A link leads to a file that does not exist, or out of the content folder.",
        mend=(
            "Addresses are relative to the file they stand in. Correct the path, or copy the file into the "
            "content folder."
        ),
        before="[the long no](the-long-no.md)",
        after="[the long no](../../articles/the-long-no.md)",
    ),
    Explanation(
        code="TS014",
        title="There is no such picture",
        wrong="A picture does not exist or lies on another host. Pages and mails load nothing from elsewhere.",
        mend="Put the picture into the content folder and write its path relative to the file it stands in.",
        before="![A pair of scales.](https://pictures.example/scales.png)",
        after="![A pair of scales.](../../images/scales.png)",
    ),
    Explanation(
        code="TS015",
        title="The picture cannot be mailed",
        wrong=(
            "Mail programs show PNG, JPEG and GIF only, and need the size of a picture, which could not be "
            "read from this file."
        ),
        mend="Save it as PNG or JPEG, and see that the file is whole.",
        before="![A pair of scales.](../../images/scales.svg)",
        after="![A pair of scales.](../../images/scales.png)",
    ),
    Explanation(
        code="TS016",
        title="A picture without text",
        wrong=(
            "Whoever does not see the picture is told nothing: screen readers, and mail programs that hold "
            "pictures back."
        ),
        mend="Say between the brackets what the picture shows.",
        before="![](../../images/scales.png)",
        after="![A pair of scales, the left pan lower.](../../images/scales.png)",
    ),
)
