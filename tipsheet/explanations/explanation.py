"""What the explanation of a problem code holds."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Explanation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A problem code for an editor: what is ``wrong``, how to ``mend`` it, and both in an example.

    ``before`` and ``after`` are what an editor would write, a few lines at most. ``level`` is that of
    every finding with this code, unless ``lint:`` in mkdocs.yml says otherwise; an error can be set
    lower only where it is ``adjustable``, because nothing wrong would be published.
    """

    code: str
    title: str
    level: Literal["error", "warning"] = "error"
    adjustable: bool = False
    wrong: str
    mend: str
    before: str
    after: str

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that an editor may set, the mildest first."""
        return ("off", "warning", "error") if self.adjustable or self.level == "warning" else ("error",)
