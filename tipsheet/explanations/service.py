"""TS675 to TS684: welcome letters, and what readers choose at the service."""

from tipsheet.explanations.explanation import Explanation

__all__ = ["SERVICE"]

SERVICE = (
    Explanation(
        code="TS675",
        title="A welcome letter does not say when it comes, or says so in vain",
        wrong=(
            "content/welcome.md goes out when a reader has confirmed; one in content/welcome/ comes later, and its "
            "header says how much later."
        ),
        mend="Write after: in the header of each later letter, in hours, days or weeks; leave it out of welcome.md.",
        before="title: The second week",
        after="after: 10d\ntitle: The second week",
    ),
    Explanation(
        code="TS676",
        level="warning",
        title="Two welcome letters come at once",
        wrong="Both have the same time after the confirmation, and some reader would get both.",
        mend="Give one of them another time, or each a segment of its own.",
        before="after: 3d",
        after="after: 4d",
    ),
    Explanation(
        code="TS677",
        title="An issue has an id that the service needs",
        wrong="The outbox has a folder for each issue, named by its id, and one named service for the service.",
        mend="Give the issue another id, unless it was sent already; then rename nothing and ask for help.",
        before="id: service",
        after="id: good-service",
    ),
    Explanation(
        code="TS678",
        level="warning",
        title="A welcome letter holds a day that will be over",
        wrong="It is sent to whoever comes, for years. An event or a due day in it is in the past for most of them.",
        mend="Tell of it in an issue or in a note, and leave due out of the action.",
        before="/// action | Ask one question { id=ask due=2026-12-01 }\n\n///",
        after="/// action | Ask one question { id=ask }\n\n///",
    ),
    Explanation(
        code="TS679",
        level="warning",
        title="Two public segments cannot be chosen together",
        wrong=(
            "Readers choose public segments in the form and on their own page, as many as fit. Choosing one sets what "
            "its rule asks for, and an attribute has one value: whoever chooses both of these is in the second only."
        ),
        mend="Let each rule be met by a tag of its own as well; what was imported stays where it is.",
        before="managers: {title: Managers, public: true, where: {role: manager}}",
        after="managers: {title: Managers, public: true, where: {any: [{role: manager}, {tag: manages}]}}",
    ),
    Explanation(
        code="TS680",
        level="warning",
        title="Readers cannot choose a public segment",
        wrong=(
            "Its rule is met by nothing that could be set for a reader: it compares, excludes, or asks for a topic or "
            "a status. So it stands neither in the form nor on the page of choices."
        ),
        mend="Let a tag meet the rule as well, if readers are to choose it; or leave it, and set this finding off.",
        before="large: {title: Large teams, public: true, where: {seats: {at_least: 50}}}",
        after="large: {title: Large teams, public: true, where: {any: [{seats: {at_least: 50}}, {tag: large}]}}",
    ),
    Explanation(
        code="TS681",
        level="warning",
        title="Nobody gets the welcome letters",
        wrong="They follow a confirmation, and readers confirm at the service or by mail. The publication has neither.",
        mend="Set service: url: to where tipsheet web answers, or service: mailbox:; or delete the letters.",
        before="mail: {unsubscribe_url: https://lists.example.org/leave/@@token@@}",
        after="service: {url: https://lists.example.org}",
    ),
)
