"""TS030 to TS042: what cannot be read at all, and what mkdocs.yml names."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["READING"]

READING = (
    Explanation(
        code="TS030",
        title="A tag that is not known here",
        wrong="A value begins with a tag of YAML (!!int, !x) that nothing here knows, or that the value is not.",
        mend="Write the value without a tag. Only mkdocs.yml may use !ENV, !relative and !!python/name.",
        before="draft: !!bool maybe",
        after="draft: false",
    ),
    Explanation(
        code="TS031",
        title="Larger than anything that is read",
        wrong=(
            "A file, a header, the nesting of its lists or what its aliases repeat goes beyond a limit; "
            "docs/reference/limits.md lists them. Without limits a few lines could fill the memory of your machine."
        ),
        mend="Look at the place that is named: mostly a bracket is not closed, or the file is another than was meant.",
        before="tags: [[[[[[[[[[ … ]]]]]]]]]]",
        after="tags: [pricing]",
    ),
    Explanation(
        code="TS032",
        title="A comment cuts a text short",
        wrong=(
            "In YAML a # after a space begins a comment, and the text ends before it. A word follows at once, "
            "as in #5, so that it was probably meant to be read."
        ),
        mend="Put quotes around the text, or the comment on a line of its own.",
        before="title: Issue #5 of the letter",
        after='title: "Issue #5 of the letter"',
    ),
    Explanation(
        code="TS033",
        title="A character that cannot stand in a page",
        wrong="Control characters and halves of surrogate pairs are not allowed in HTML, feeds and mail.",
        mend="Delete it. Editors show it when they are told to show control characters.",
        before="Prices^@ without a reason",
        after="Prices without a reason",
    ),
    Explanation(
        code="TS034",
        title="The parent of mkdocs.yml cannot be read",
        wrong="INHERIT names a file that is not there, or that leads back to this one.",
        mend="Name another file, relative to the one with the line, or delete the line.",
        before="INHERIT: mkdocs.yml",
        after="INHERIT: base.yml",
    ),
    Explanation(
        code="TS035",
        title="A Markdown extension cannot be used",
        wrong="The extension is not installed, or does not take the options that mkdocs.yml gives to it.",
        mend="Correct the name or the options, or install the package that has the extension.",
        before="markdown_extensions:\n  - abbrr",
        after="markdown_extensions:\n  - abbr",
    ),
    Explanation(
        code="TS036",
        title="The theme is not Material",
        wrong="The pages are made in the theme Material for MkDocs; no other has the parts that they fill.",
        mend="Write the name of the theme as below. Your own templates go into the folder of custom_dir.",
        before="theme: readthedocs",
        after="theme:\n  name: material",
    ),
    Explanation(
        code="TS037",
        title="The theme has no words in this language",
        wrong="Menus and labels come from Material, which is not translated into the language of theme: language.",
        mend="Choose one of the languages that the message lists. A variant such as en-GB has the words of en.",
        before="theme: {name: material, language: tlh}",
        after="theme: {name: material, language: en}",
    ),
    Explanation(
        code="TS038",
        title="The words of tipsheet are in English",
        level="warning",
        wrong=(
            "Dates follow theme: language, and so do Material's menus; the words of tipsheet itself on pages and in "
            "mail are English for now."
        ),
        mend="Say them in templates of your own, or keep the language English.",
        before="theme: {name: material, language: de}",
        after="theme: {name: material, language: en}",
    ),
    Explanation(
        code="TS039",
        title="A folder of mkdocs.yml is not there",
        wrong="docs_dir or custom_dir names a folder that does not exist.",
        mend="Make the folder, or correct its name.",
        before="docs_dir: contents",
        after="docs_dir: content",
    ),
    Explanation(
        code="TS040",
        title="MkDocs refuses mkdocs.yml, or something that it names",
        wrong=(
            "MkDocs does not take a setting, a plugin or a hook is not there, or one of them failed while the "
            "ordinary pages were made. The message is in their words."
        ),
        mend="Mend what the message names at its place, or take it out of mkdocs.yml.",
        before="plugins: [search, no-such-plugin]",
        after="plugins: [search]",
    ),
    Explanation(
        code="TS041",
        title="A text cannot be converted",
        wrong=(
            "A Markdown extension failed in this text, or took longer than it may. The message names the module, and "
            "the place is that of the first thing in the text that the extension named, or the beginning of it."
        ),
        mend="Mend what the extension names; if it names nothing, cut the text in two until the place is found.",
        before='--8<-- "gone.md"',
        after='--8<-- "terms.md"',
    ),
    Explanation(
        code="TS042",
        title="MkDocs reads the header of a page otherwise",
        wrong=(
            "Headers of ordinary pages are read by MkDocs, for which yes, 1.10 and 18:30 are no words, and which "
            "gives up at a day that does not exist."
        ),
        mend="Put quotes around the value.",
        before="title: 18:30",
        after='title: "18:30"',
    ),
    Explanation(
        code="TS043",
        title="A remark beside a text",
        level="warning",
        wrong="In YAML a # after a space begins a comment, which is printed nowhere. Perhaps it was meant to be read.",
        mend="Put quotes around the text if so; otherwise write the remark on a line of its own.",
        before="title: Ask one question # for now",
        after="# for now\ntitle: Ask one question",
    ),
)
