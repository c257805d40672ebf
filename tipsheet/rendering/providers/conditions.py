"""Fields as Django's templates write them: Buttondown uses that language, Brevo's is like it.

https://docs.djangoproject.com/en/stable/ref/templates/builtins/#default
"""

import re

from tipsheet.edition.edition import Slot

__all__ = ["with_default"]

_PLAIN = re.compile(r"[\w .,!?-]*")
"""Fallbacks that need no escape, neither in quotation marks nor in HTML."""


def with_default(variable: str, slot: Slot, shown: str, filters: str = "") -> str:
    """The variable with the filter ``default``; with a condition when the fallback holds other signs than words.

    ``shown`` is the fallback as it may stand in the letter. Single quotes, since the field may stand
    in an attribute of HTML.
    """
    fallback = slot.fallback or ""
    if _PLAIN.fullmatch(fallback):
        return f"{{{{ {variable}|default:'{fallback}'{filters} }}}}"
    return f"{{% if {variable} %}}{{{{ {variable}{filters} }}}}{{% else %}}{shown}{{% endif %}}"
