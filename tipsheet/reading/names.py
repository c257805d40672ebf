"""Names that content uses and something else declares: segments, authors."""

from collections.abc import Collection

from tipsheet.model.audience import Audience
from tipsheet.problems import Problem, Where, did_you_mean

__all__ = ["unknown_segments"]


def unknown_segments(audience: Audience, segments: Collection[str], where: Where) -> list[Problem]:
    """The segments that an audience names and mkdocs.yml does not declare."""
    return [
        Problem(where, "TS201", f"unknown segment '{name}'", did_you_mean(name, segments) or "declare it in mkdocs.yml")
        for name in sorted(audience.names() - set(segments))
    ]
