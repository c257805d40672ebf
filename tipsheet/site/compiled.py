"""Templates that this process has compiled, for the next build in it.

To compile Material's templates takes longer than to fill them, and a process that builds again and again
(``tipsheet serve``) would do it each time. Only what a template's text and its environment make is kept,
so what is built is the same.
"""

from types import CodeType

import jinja2
from jinja2.bccache import Bucket

__all__ = ["InThisProcess"]

_compiled: dict[tuple[object, ...], tuple[str, CodeType | None]] = {}
"""By environment, name and file, the checksum of a template's text and its code: of the last text only."""


class InThisProcess(jinja2.BytecodeCache):
    """Bytecode of templates, shared by environments that compile alike.

    ``env`` is one that has its filters already: Jinja may work them out while it compiles. ``language`` is
    what ours write dates in.
    """

    def __init__(self, env: jinja2.Environment, language: str) -> None:
        self._kind = (language, *(frozenset(names) for names in (env.extensions, env.filters, env.tests)))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the template its code, if this text of it was compiled."""
        checksum, code = _compiled.get((*self._kind, bucket.key), ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep its code."""
        _compiled[*self._kind, bucket.key] = (bucket.checksum, bucket.code)
