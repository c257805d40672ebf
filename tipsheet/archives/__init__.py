"""Issues of another program, brought into this publication: from eleven shapes, with a report of what stays behind.

A shape (`tipsheet.archives.shapes`) gives items; `tipsheet.archives.run` names them, writes their bodies in our
Markdown (`tipsheet.archives.bodies`) and says what is left out. Nothing is written over.
"""

from tipsheet.archives.run import Fate, Outcome, Plan, Wanted, carry_out, plan_import
from tipsheet.archives.shapes import SHAPES
from tipsheet.archives.source import open_source

__all__ = ["SHAPES", "Fate", "Outcome", "Plan", "Wanted", "carry_out", "open_source", "plan_import"]
