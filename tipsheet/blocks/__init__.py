"""Blocks of an editor, ``/// name | Title { key=value }`` … ``///``, and the registry of their kinds.

A kind is one file and one line in `BLOCKS` (`tipsheet.blocks.kind`); syntax, pages, feeds, letters, data and docs are
derived from that. `syntax` finds blocks, and `extension` is the extension for Python-Markdown.
"""

from collections.abc import Mapping

from tipsheet.blocks.action import ACTION
from tipsheet.blocks.event import EVENT
from tipsheet.blocks.kind import BlockKind, Header
from tipsheet.blocks.only import ONLY
from tipsheet.blocks.syntax import Scan, scan
from tipsheet.explanations import EXPLANATIONS, Explanation

__all__ = ["BLOCKS", "BlockKind", "Header", "Scan", "explained", "scan_blocks"]

BLOCKS: Mapping[str, BlockKind] = {kind.name: kind for kind in (ACTION, EVENT, ONLY)}


def explained() -> Mapping[str, Explanation]:
    """Explanations of all problem codes, with the names of these kinds."""
    *names, last = BLOCKS
    blocks = f"{', '.join(names)} or {last}"
    return {code: entry.filled(blocks=blocks) for code, entry in EXPLANATIONS.items()}


def scan_blocks(text: str, path: str = "", first_line: int = 1) -> Scan:
    """Find and read every block of a Markdown body that begins on this line of its file."""
    return scan(text, path, first_line, BLOCKS)
