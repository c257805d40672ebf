"""Why somebody is in a segment."""

from tipsheet.audience.readers import Membership, SegmentReason, memberships
from tipsheet.model.segment import AllOf, AnyOf, Compare, Has, Not, Operator, Reader, Segment

MANAGER = Compare("role", Operator.IS, "manager")
BIG = Segment(
    id="big-team",
    title="Big teams",
    rule=AllOf((MANAGER, Compare("seats", Operator.AT_LEAST, 20), Not(Has("tag", "trial")))),
)
NEAR = Segment(id="near", title="Near", rule=AnyOf((Has("topic", "town"), Has("status", "confirmed"))))
DANA = Reader(attributes={"role": "manager"}, tags=frozenset({"trial", "sells"}))


def test_every_condition_is_told_with_what_is_known_and_whether_it_holds() -> None:
    """A4: under a `not` as well, where the condition must not hold."""
    assert memberships(DANA, (BIG, NEAR)) == (
        Membership(
            BIG,
            False,
            (
                SegmentReason("role is manager", "role", "manager", True),
                SegmentReason("seats is at least 20", "seats", None, False),
                SegmentReason("has the tag trial", "tags", ("sells", "trial"), True),
            ),
        ),
        Membership(
            NEAR,
            True,
            (
                SegmentReason("has the topic town", "topics", (), False),
                SegmentReason("status is confirmed", "status", "confirmed", True),
            ),
        ),
    )
