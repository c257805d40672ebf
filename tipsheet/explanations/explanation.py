"""What the explanation of a problem code holds."""

from dataclasses import dataclass

__all__ = ["Explanation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A problem code for an editor: what is ``wrong``, how to ``mend`` it, and both in an example.

    ``before`` and ``after`` are what an editor would write, a few lines at most.
    """

    code: str
    title: str
    wrong: str
    mend: str
    before: str
    after: str
