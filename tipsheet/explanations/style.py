"""TS220 to TS299 and TS501 to TS599: lengths, the schedule, tags, links between pages."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["STYLE"]

STYLE = (
    Explanation(
        code="TS220",
        level="warning",
        title="The line beside the subject is too short or too long",
        wrong=(
            "Inboxes show the preheader, or else the description, beside the subject. A short one pulls in the first "
            "words of the letter, a long one is cut."
        ),
        mend="Write one sentence of 40 to 130 characters.",
        before="description: A question.",
        after="description: One question that turns a pitch into a conversation.",
    ),
    Explanation(
        code="TS221",
        level="warning",
        title="The subject is too long",
        wrong="Inboxes cut the subject of a mail after about 70 characters, phones sooner.",
        mend="Shorten the title, or give the mail a subject: of its own.",
        before="title: What I learnt about pricing from eleven years of selling laboratory equipment",
        after="title: What eleven years of selling taught me about price",
    ),
    Explanation(
        code="TS222",
        level="warning",
        title="Two issues on one slot",
        wrong="Two issues for the same readers appear at the same moment, so they would get two letters at once.",
        mend="Move one of them to another day, or give both an audience: that does not overlap.",
        before="date: 2026-11-24    in two issues",
        after="date: 2026-11-24\ndate: 2026-12-01",
    ),
    Explanation(
        code="TS223",
        level="warning",
        title="Two tags with one page",
        wrong="Two tags differ only in capitals, spaces or signs, so their pages would have one address.",
        mend="Write them alike everywhere, or rename one.",
        before="tags: [Hard talks]    and elsewhere    tags: [hard-talks]",
        after="tags: [hard talks]    in both",
    ),
    Explanation(
        code="TS224",
        level="warning",
        title="A page that would move",
        wrong="The last build had this issue at another address: its file was renamed, or its slug was changed.",
        mend="Let the old address lead to the new one with `aliases`, or keep it with `slug`.",
        before="slug: asking",
        after="slug: asking\naliases: [ask]",
    ),
    Explanation(
        code="TS501",
        level="warning",
        title="A link to what has not appeared",
        wrong=("The page that the link leads to does not exist yet: it is a draft, or it appears later."),
        mend="Take the link away until the other page is out.",
        before="[next week](2026-12-01-the-counter-offer.md)    in an issue of November",
        after="next week",
    ),
    Explanation(
        code="TS502",
        title="A link to a heading that is not there",
        wrong="The page exists, but it has no heading or action of that name.",
        mend="The name is the heading in small letters with hyphens; action-ID for an action.",
        before="[the date](2026-09-08-put-the-gap-in-the-first-line.md#their-date)",
        after="[the date](2026-09-08-put-the-gap-in-the-first-line.md#what-they-are-really-asking)",
    ),
    Explanation(
        code="TS503",
        title="A link to what is not for everyone",
        wrong="The link leads to the page of an issue that only some readers get, so that page does not exist.",
        mend="Take the link away, or put it into a block for the same readers.",
        before="[the numbers](2026-11-24-for-managers.md)    in an issue for everyone",
        after="/// only | managers\n\n[the numbers](2026-11-24-for-managers.md)\n\n///",
    ),
)
