"""TS001 to TS028: files, their headers, and what headers point at."""

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
        wrong=(
            "Two pages, a page and an earlier address of another, or a file of the content folder and something that "
            "every publication has (lists, feeds, the home page) would be written to one place."
        ),
        mend="Give one of them a slug of its own, take the alias away, or rename the file.",
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
    Explanation(
        code="TS020",
        level="warning",
        title="A copy of a source lies in the content folder",
        wrong=(
            "The name says that an editor, a merge, a download or a person left this file beside a source. It is not "
            "published, whatever is in it, and not read either."
        ),
        mend="Delete it. If it is a page of its own, give it a name that ends in .md and says nothing of a copy.",
        before="content/tipsheets/2026/2026-12-01-ask.md.bak",
        after="content/tipsheets/2026/2026-12-01-ask.md    alone",
    ),
    Explanation(
        code="TS021",
        title="A folder with nearly the name of a folder of posts",
        wrong=(
            "Issues, articles, notes and actions have folders of these names: tipsheets, articles, notes, actions. "
            "What lies in any other folder is an ordinary page, and everybody sees it: drafts and passages for "
            "segments as well."
        ),
        mend="Correct the name of the folder; small letters count. If it is meant, give it quite another name.",
        before="content/Tipsheets/2026/2026-12-01-ask.md",
        after="content/tipsheets/2026/2026-12-01-ask.md",
    ),
    Explanation(
        code="TS022",
        title="An ordinary page with the header of a post",
        wrong=(
            "A key such as draft, date, id or audience means nothing on an ordinary page, which is published at once "
            "and for everybody. So this is a post in the wrong folder, or a line that does nothing."
        ),
        mend="Move the file below tipsheets/, articles/, notes/ or actions/, or delete the line.",
        before="content/2026-12-01-ask.md with draft: true",
        after="content/tipsheets/2026/2026-12-01-ask.md with draft: true",
    ),
    Explanation(
        code="TS023",
        title="A file that must not be near a site",
        wrong="Files of this name are databases, keys, passwords or letters. The content folder is what is published.",
        mend="Move it out of the content folder. If it was published, the secret in it is one no longer: renew it.",
        before="content/audience.db",
        after="audience.db    beside mkdocs.yml, and in .gitignore",
    ),
    Explanation(
        code="TS024",
        title="A link that is not followed",
        wrong=(
            "A symbolic link leads out of the publication, to a hidden folder, to what another build made, to a folder "
            "of posts by another name, into a circle, or to nothing. What it leads to would be published."
        ),
        mend="Put the file itself into the content folder, or link to one inside the publication.",
        before="content/files -> ../../files",
        after="content/files -> ../files    beside mkdocs.yml",
    ),
    Explanation(
        code="TS025",
        title="This is no file",
        wrong="A named pipe, a socket or a device lies in the content folder. Whoever opened it would wait for ever.",
        mend="Take it away.",
        before="mkfifo content/pipe.txt",
        after="rm content/pipe.txt",
    ),
    Explanation(
        code="TS026",
        title="A name with characters that nobody sees",
        wrong=(
            "The name of the file holds control characters, marks that turn the direction of writing, or bytes that "
            "are not UTF-8. It would stand otherwise in every address, list and terminal. The message shows them as "
            "\\x and \\u."
        ),
        mend="Rename the file.",
        before="caf\\xe9.md    named on a system with Latin-1",
        after="café.md",
    ),
    Explanation(
        code="TS027",
        level="warning",
        title="This is not published",
        wrong=(
            "Below tipsheets/, articles/, notes/ and actions/ only Markdown is read, and pictures are copied when a "
            "text shows them: what lies beside a draft stays unseen."
        ),
        mend="Move files that readers shall fetch to another folder of the content folder, and link to them there.",
        before="[the slides](slides.pdf)",
        after="[the slides](../../files/slides.pdf)",
    ),
    Explanation(
        code="TS028",
        title="Folders overlap",
        wrong=(
            "The content folder is the publication itself, lies outside of it, or holds what a build writes. "
            "Everything in the content folder is published: settings, stores and letters would be as well."
        ),
        mend="Give content, site and outbox a folder each, beside mkdocs.yml.",
        before="docs_dir: .",
        after="docs_dir: content",
    ),
)
