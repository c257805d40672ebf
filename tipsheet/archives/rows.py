"""Rows of a CSV file and values of JSON in an archive, each with its line."""

import csv
import io
import json
from collections.abc import Collection
from typing import Any

from tipsheet.archives.source import SourceFiles, UnreadableSourceError

__all__ = ["json_of", "rows_of"]

csv.field_size_limit(100_000_000)
_SNIFFED = 20_000


def rows_of(files: SourceFiles, name: str, columns: Collection[str]) -> list[tuple[dict[str, str], int]] | None:
    """The rows below a head with at least these columns, each with the line that it begins on; None without them.

    Names of columns are in small letters with underscores; a cell that is missing is empty.
    """
    text = files.text(name).lstrip("\ufeff")
    head = text[:_SNIFFED].partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    found: list[tuple[dict[str, str], int]] = []
    try:
        names = [cell.strip().lower().replace(" ", "_") for cell in next(reader, [])]
        if not set(columns) <= set(names):
            return None
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = dict.fromkeys(names, "") | dict(zip(names, (cell.strip() for cell in cells), strict=False))
                found.append((row, line))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableSourceError(f"{name} is no CSV file: {error}", "download it again") from error
    return found


def json_of(files: SourceFiles, name: str) -> Any:
    """The value of a JSON file; None where it is none."""
    try:
        return json.loads(files.text(name))
    except (ValueError, RecursionError):
        return None
