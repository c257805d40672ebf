"""Blocks an editor writes in Markdown: ``/// name | Title { key=value }`` … ``///``.

`syntax` finds them, `extension` is the Python-Markdown extension, and each kind has a file of its
own and one line in the table `BLOCKS`. A new kind touches nothing else.
"""

from collections.abc import Mapping

from tipsheet.blocks.action import ACTION
from tipsheet.blocks.event import EVENT
from tipsheet.blocks.kind import BlockKind, Header
from tipsheet.blocks.only import ONLY
from tipsheet.blocks.syntax import Scan, scan

__all__ = ["BLOCKS", "BlockKind", "Header", "Scan", "scan_blocks"]

BLOCKS: Mapping[str, BlockKind] = {kind.name: kind for kind in (ACTION, EVENT, ONLY)}


def scan_blocks(text: str, path: str = "", first_line: int = 1) -> Scan:
    """Find and read every block of a Markdown body that begins on this line of its file."""
    return scan(text, path, first_line, BLOCKS)
