"""TS101 to TS199: blocks, and Markdown that would not come out as it was meant."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["BLOCKS"]

BLOCKS = (
    Explanation(
        code="TS101",
        title="Unknown block",
        wrong="There is no block of this name.",
        mend="Write action, event or only, or a block of pymdown-extensions such as details.",
        before="/// acton | Ask one question",
        after="/// action | Ask one question",
    ),
    Explanation(
        code="TS102",
        title="A block's option has a wrong value",
        wrong="A value between the braces is not of the kind that the option takes.",
        mend="Write it as the message says.",
        before="/// action | Ask one question { minutes=ten }",
        after="/// action | Ask one question { minutes=10 }",
    ),
    Explanation(
        code="TS103",
        title="A block or a code fence is never closed",
        wrong="It has no closing fence, so the rest of the file would belong to it.",
        mend="End it with the fence it begins with; before slashes leave a line empty.",
        before="/// action | Ask one question\n\nBefore the next meeting…",
        after="/// action | Ask one question\n\nBefore the next meeting…\n\n///",
    ),
    Explanation(
        code="TS104",
        title="A closing fence closes nothing",
        wrong="A line of slashes ends a block, but no block of that many slashes is open.",
        mend="Delete the line, or open a block above it.",
        before="Some text.\n\n///",
        after="Some text.",
    ),
    Explanation(
        code="TS105",
        title="A block inside another needs fewer slashes",
        wrong="A block begins before the one above it has ended, and the outer one does not have more slashes.",
        mend="Close the outer block first, or begin and end it with one slash more.",
        before="/// only | managers\n\n/// event | Workshop { starts=2027-01-25T18:00 }\n\n///\n\n///",
        after="//// only | managers\n\n/// event | Workshop { starts=2027-01-25T18:00 }\n\n///\n\n////",
    ),
    Explanation(
        code="TS106",
        title="A blank line is missing",
        wrong=(
            "The header of a block and its closing fence stand apart from the text. Formatters such as "
            "Prettier would join the lines."
        ),
        mend="Leave an empty line after the header and before the closing fence.",
        before="/// action | Ask one question\nBefore the next meeting…\n///",
        after="/// action | Ask one question\n\nBefore the next meeting…\n\n///",
    ),
    Explanation(
        code="TS107",
        title="A block in a list, in a quotation or indented",
        wrong="Blocks begin at the left edge. Here the slashes would be printed as they stand.",
        mend="End the list or the quotation first, and begin the line with the slashes.",
        before="- Ask first.\n\n    /// only | managers",
        after="- Ask first.\n\n/// only | managers",
    ),
    Explanation(
        code="TS108",
        title="A footnote whose mark and text are apart",
        wrong=(
            "A footnote belongs to the text it stands in: a mark and its note must be in the same block, or both "
            "outside, since others may read one than the other. Actions, events and notes have none, because they "
            "are shown on other pages too."
        ),
        mend="Move the note to its mark, or write the remark in brackets.",
        before="/// only | managers\n\nAsk them.[^1]\n\n///\n\n[^1]: Twice.",
        after="/// only | managers\n\nAsk them.[^1]\n\n[^1]: Twice.\n\n///",
    ),
    Explanation(
        code="TS109",
        title="The block cannot stand here",
        wrong=(
            "Actions stand in issues only, and not inside another block; a note may hold events and passages "
            "for segments."
        ),
        mend="Put the block outside. An action for some readers takes for= instead of a block around it.",
        before="//// only | managers\n\n/// action | Ask it of your team\n\n///\n\n////",
        after="/// action | Ask it of your team { for=managers }\n\n///",
    ),
    Explanation(
        code="TS110",
        title="The block needs a title or an audience",
        wrong=(
            "Something has to stand after the bar: the title of an action or an event, the segments of an only block."
        ),
        mend="Add it after the bar. An action that takes up another with use= needs none.",
        before="/// action { minutes=10 }",
        after="/// action | Ask one question { minutes=10 }",
    ),
    Explanation(
        code="TS111",
        title="The header of a block cannot be read",
        wrong=(
            "Options are written key=value between braces, with quotes around a value with spaces; an "
            "audience is a list of segments."
        ),
        mend="Close the brace, and put quotes around values with spaces.",
        before="/// event | Workshop { starts=2027-01-25T18:00 place=Oude Dokken }",
        after='/// event | Workshop { starts=2027-01-25T18:00 place="Oude Dokken" }',
    ),
    Explanation(
        code="TS112",
        title="A block inside something else",
        wrong=(
            "Each block is read by itself, so that no text can slip out of it. That needs a place of its own: a block "
            "cannot stand within HTML, a comment, an admonition or a block of another extension."
        ),
        mend="End the other thing before the block and begin it again after it.",
        before="<div>\n\n/// only | managers\n\nAsk them.\n\n///\n\n</div>",
        after="/// only | managers\n\n<div>\n\nAsk them.\n\n</div>\n\n///",
    ),
    Explanation(
        code="TS113",
        title="Nested too deeply",
        wrong="Lists, quotations or blocks stand more than 20 deep in each other, which no reader follows.",
        mend="Take a part out. A line of `- - - -` is a list in a list; a rule is `---`.",
        before="- - - - - - - - - - - - - - - - - - - - - - a",
        after="- a",
    ),
    Explanation(
        code="TS114",
        title="A line that looks like a fence and opens nothing",
        wrong=(
            "The line looks like the header or the end of a block, but it begins none: a slash is missing, another "
            "sign stands before it, or it came out of something that is included. What follows would be printed for "
            "everyone."
        ),
        mend="Begin the line with three slashes at the margin; write an example as code.",
        before="// only | managers\n\nAsk them.",
        after="/// only | managers\n\nAsk them.\n\n///",
    ),
    Explanation(
        code="TS115",
        title="HTML that cannot be read",
        wrong="Elements of raw HTML stand more than 100 deep in each other, or there is no text among them.",
        mend="Write it in Markdown, or leave it out.",
        before="<b><b><b>… a hundred times and more: A text.",
        after="**A text.**",
    ),
    Explanation(
        code="TS121",
        level="warning",
        title="An item that is indented too little",
        wrong="The item is indented as if it stood in the one above, but by too little: it becomes its neighbour.",
        mend="Indent it as far as the text of the item above. tipsheet check --fix does it.",
        before="1. Ask.\n  - Wait.",
        after="1. Ask.\n   - Wait.",
    ),
    Explanation(
        code="TS122",
        level="warning",
        title="A list without a blank line before it",
        wrong="The list follows a line of text, and many Markdown programs go on with the paragraph.",
        mend="Leave one empty line before the list. tipsheet check --fix does it.",
        before="You need:\n- a pen\n- paper",
        after="You need:\n\n- a pen\n- paper",
    ),
    Explanation(
        code="TS123",
        level="warning",
        title="Text of an item that is indented too little",
        wrong="A paragraph or code is indented as if it belonged to the item above, but by too little.",
        mend="Indent it as far as the item's text. tipsheet check --fix does it.",
        before="1. Ask.\n\n  Then wait.",
        after="1. Ask.\n\n   Then wait.",
    ),
    Explanation(
        code="TS124",
        level="warning",
        title="Two lists without a blank line between them",
        wrong="A list of another kind follows at once, and many Markdown programs go on with the first.",
        mend="Leave one empty line between them. tipsheet check --fix does it.",
        before="1. Ask.\n- Wait.",
        after="1. Ask.\n\n- Wait.",
    ),
    Explanation(
        code="TS130",
        title="GitHub shows other words",
        level="warning",
        wrong=(
            "By the rules of CommonMark, which GitHub follows, some words or signs of this text are shown otherwise "
            "than we print them. The message has both."
        ),
        mend="Write it as the message says, or so that both read the same.",
        before="We have\n| size | price |\n| --- | --- |\n| small | 3 |",
        after="We have\n\n| size | price |\n| --- | --- |\n| small | 3 |",
    ),
    Explanation(
        code="TS131",
        title="GitHub shows another structure",
        level="warning",
        wrong=(
            "What is a heading, a list, a quotation, a table or a paragraph of its own on GitHub is something else "
            "here, or the other way about."
        ),
        mend="Leave an empty line before and after it, and begin a heading with # at the margin.",
        before="1. One.\n\n  2. Two.\n\n    3. Three.",
        after="1. One.\n2. Two.\n3. Three.",
    ),
    Explanation(
        code="TS132",
        title="GitHub shows other emphasis or line breaks",
        level="warning",
        wrong="A pair of stars, underscores or tildes, or a line break, is taken on one side only.",
        mend="Leave no blank inside the stars and none of them inside a word; write <br> for a line break.",
        before="**5*3** is fifteen",
        after="**5 times 3** is fifteen",
    ),
    Explanation(
        code="TS133",
        title="GitHub shows another link or picture",
        level="warning",
        wrong="A link or a picture is one on one side only, or leads elsewhere, or has another title.",
        mend="Write words and the address, the address in angle brackets when it holds blanks or brackets.",
        before="<https://shop.example/?a=1&copy;=2>",
        after="[our shop](<https://shop.example/?a=1&copy=2>)",
    ),
    Explanation(
        code="TS134",
        title="GitHub shows other code",
        level="warning",
        wrong="What is code on one side is text on the other, or the code differs.",
        mend="Write lines of code between two lines of ```, and code within a line between two single `.",
        before="| option |\n| --- |\n| `a \\| b` |",
        after="| option |\n| --- |\n| <code>a &#124; b</code> |",
    ),
    Explanation(
        code="TS135",
        title="GitHub shows other HTML",
        level="warning",
        wrong="A tag is one on one side only, or Markdown between tags is read on one side only.",
        mend="Put the tag on a line of its own with an empty line before and after, or write Markdown instead.",
        before="<https://example.org/two words>",
        after="<https://example.org/two%20words>",
    ),
    Explanation(
        code="TS136",
        title="A reference to nothing",
        level="warning",
        wrong="A link or a footnote names a label that is defined nowhere, and is printed with its brackets.",
        mend="Define the label on a line of its own, or write a backslash before the first bracket.",
        before="Ask [the author][mara].",
        after="Ask [the author][mara].\n\n[mara]: https://mara.example/",
    ),
    Explanation(
        code="TS137",
        title="A text that was not compared with GitHub's reading",
        level="warning",
        wrong=(
            "The text is too long, or nests lists and quotations too deep, so that it was not looked over for places "
            "that GitHub shows otherwise; or it has more of them than are listed."
        ),
        mend="Mend what is listed first; divide the text if it is long.",
        before="(one text of 300,000 characters)",
        after="(ten texts of 30,000 characters)",
    ),
    Explanation(
        code="TS140",
        title="A merge field that is never closed",
        wrong="It begins like a field, and the two signs at its end are missing; everybody would read it as it stands.",
        mend="Write @@ at its end. Where the signs themselves are meant, write \\@@, or write it as code.",
        before="Hello @@first_name or there, …",
        after="Hello @@first_name or there@@, …",
    ),
)
