"""TS201 to TS219: segments, rules, merge fields, actions."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["NAMES"]

NAMES = (
    Explanation(
        code="TS201",
        title="Unknown segment",
        wrong="The audience names a segment that mkdocs.yml does not declare. Nobody would see what stands under it.",
        mend="Correct the name, or declare the segment under segments: in mkdocs.yml.",
        before="/// only | mangers",
        after="/// only | managers",
    ),
    Explanation(
        code="TS202",
        title="Unknown attribute in a rule",
        wrong="The rule of a segment asks for an attribute that is not declared.",
        mend="Correct the name, or declare it under attributes: in mkdocs.yml.",
        before="where: {roll: manager}",
        after="where: {role: manager}",
    ),
    Explanation(
        code="TS203",
        title="Unknown operator in a rule",
        wrong="An attribute is compared with a word that is no comparison.",
        mend="Use is, is_not, one_of, at_least, at_most, more_than, less_than, starts_with, contains or exists.",
        before="where: {seats: {minimum: 20}}",
        after="where: {seats: {at_least: 20}}",
    ),
    Explanation(
        code="TS204",
        title="A comparison that never holds",
        wrong=(
            "The value or the operator does not go with the attribute: a text is compared with a number, or "
            "with a choice it does not have."
        ),
        mend="Compare numbers with numbers, and texts with one of their choices.",
        before="attributes: {role: {type: text, choices: [manager, seller]}}\nwhere: {role: buyer}",
        after="where: {role: seller}",
    ),
    Explanation(
        code="TS205",
        title="Unknown merge field",
        wrong="Subscribers have no field of this name, so nobody's letter could be filled in.",
        mend="Use first_name, last_name, email or an attribute that mkdocs.yml declares.",
        before="Hello @@firstname or there@@,",
        after="Hello @@first_name or there@@,",
    ),
    Explanation(
        code="TS206",
        title="A segment or an attribute is not declared properly",
        wrong=(
            "A rule is a mapping with exactly one key: an attribute, tag, topic, status, or all, any, not "
            "with more rules."
        ),
        mend="Put several conditions into a list under all: or any:.",
        before="where: {role: manager, city: Toronto}",
        after="where: {all: [{role: manager}, {city: Toronto}]}",
    ),
    Explanation(
        code="TS207",
        title="A merge field without a fallback",
        wrong="The site, the feeds and readers whose field is empty show what stands after 'or'; here nothing does.",
        mend="Write the fallback after 'or'.",
        before="Hello @@first_name@@,",
        after="Hello @@first_name or there@@,",
    ),
    Explanation(
        code="TS208",
        title="A merge field where none may stand",
        wrong="Titles and descriptions are the same for everyone: they stand on pages, in feeds and in search.",
        mend="Move the merge field to the body, or to subject: for the mail.",
        before="title: Good morning, @@first_name or you@@",
        after="title: Good morning\nsubject: Good morning, @@first_name or you@@",
    ),
    Explanation(
        code="TS210",
        title="An action is written twice",
        wrong="Two actions have one id. The library could not tell them apart.",
        mend="Take the first one up with use=, or give the second an id of its own.",
        before="/// action | Ask one question { id=ask-first }    in two issues",
        after="/// action { use=ask-first }    in the later one",
    ),
    Explanation(
        code="TS211",
        title="There is no action to use",
        wrong="use= names an action that is in no earlier issue and not in content/actions.",
        mend="Correct the id, or write the action out here and use it in the later issue.",
        before="/// action { use=ask-frist }",
        after="/// action { use=ask-first }",
    ),
    Explanation(
        code="TS212",
        title="A variant that nobody would get",
        wrong=(
            "Of several actions the first that matches a reader wins, and the one without for= is for "
            "everyone else. This one is never reached, or it excludes instead of choosing."
        ),
        mend="Name with for= the segments that the variant is for, or delete it.",
        before="/// action | Ask one question\n…\n/// action | Ask it of your team",
        after="/// action | Ask one question\n…\n/// action | Ask it of your team { for=managers }",
    ),
    Explanation(
        code="TS213",
        level="warning",
        title="Readers without an action",
        wrong="Every tipsheet ends in one thing to do. Some readers of this issue, or all of them, would get none.",
        mend="Write an action without for=.",
        before="/// action | Ask it of your team { for=managers }",
        after="/// action | Ask it of your team { for=managers }\n…\n/// action | Ask one question",
    ),
    Explanation(
        code="TS214",
        level="warning",
        title="An action is due before the issue appears",
        wrong="Readers would open the letter on a day when it is too late.",
        mend="Set due= to a day after the date of the issue.",
        before="date: 2026-11-24\n…\n/// action | Ask one question { due=2026-11-20 }",
        after="/// action | Ask one question { due=2026-11-30 }",
    ),
)
