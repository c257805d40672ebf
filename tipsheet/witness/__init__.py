"""The witness: a second reading of every text, by markdown-it-py, and its differences from our HTML (C19, X4).

The rule is: as GitHub shows it, or documented, or a finding. What is documented stands in one table,
`DOCUMENTED`; everything else that differs in words, structure or addresses is a warning at its line.
Only `tipsheet check` asks the witness; a build does not wait for it.
"""

from tipsheet.witness.comparison import KINDS, LONGEST, differences
from tipsheet.witness.dialect import DOCUMENTED, Documented

__all__ = ["DOCUMENTED", "KINDS", "LONGEST", "Documented", "differences"]
