"""Every problem code explained: what is wrong, how to mend it, and an example of both.

One table for each hundred of codes; a test holds them to the codes that the program uses.
"""

from collections.abc import Mapping

from tipsheet.explanations.blocks import BLOCKS
from tipsheet.explanations.explanation import Explanation
from tipsheet.explanations.files import FILES
from tipsheet.explanations.foreign import FOREIGN
from tipsheet.explanations.mail import MAIL
from tipsheet.explanations.names import NAMES
from tipsheet.explanations.reading import READING
from tipsheet.explanations.service import SERVICE
from tipsheet.explanations.style import STYLE
from tipsheet.explanations.templates import TEMPLATES

__all__ = ["EXPLANATIONS", "Explanation"]

EXPLANATIONS: Mapping[str, Explanation] = {
    entry.code: entry
    for entry in sorted(
        (*FILES, *READING, *BLOCKS, *FOREIGN, *NAMES, *STYLE, *MAIL, *TEMPLATES, *SERVICE), key=lambda e: e.code
    )
}
"""By code, in the order of the codes."""
