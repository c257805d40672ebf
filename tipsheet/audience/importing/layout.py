"""Which column of a file fills which field, and the reading of a row by it."""

import re
from collections.abc import Iterable, Mapping, Sequence

from tipsheet.audience.address import Address, BadAddress, normalised
from tipsheet.audience.formulas import restored
from tipsheet.audience.importing.candidate import Candidate, Cells, Rejection
from tipsheet.audience.importing.errors import UnknownColumnsError
from tipsheet.audience.importing.provider import FIELDS, Shape
from tipsheet.audience.importing.values import as_typed, json_object, moment, one_line, printable, rhythm
from tipsheet.model.segment import Attribute, Value
from tipsheet.problems import did_you_mean

__all__ = ["Layout", "Mapped", "read_mapping"]

ATTRIBUTE = "attribute."
MAPPABLE = tuple(field for field in FIELDS if field != "id")
PUBLIC_ID = re.compile(r"[a-z2-7]{16}")
SEVERAL = ("tags", "topics")
MOST_NAMES = 100
"""So many columns or keys without a meaning are named; a file may have a key of its own for each person."""

Mapped = Mapping[str, tuple[str, ...]]
"""From a field or ``attribute.NAME`` to the names of its columns; only tags and topics can have several."""


def read_mapping(options: Iterable[str], attributes: Iterable[Attribute]) -> Mapped:
    """What ``--map FIELD=COLUMN`` says; raises ValueError for a field that there is not."""
    known = (*MAPPABLE, *(f"{ATTRIBUTE}{attribute.name}" for attribute in attributes))
    mapped: dict[str, tuple[str, ...]] = {}
    for option in options:
        field, equals, column = option.partition("=")
        if not equals or not column.strip():
            raise ValueError(f"'{option}' is not FIELD=COLUMN, such as email=E-mail")
        if field not in known:
            raise ValueError(f"there is no field '{field}'; {did_you_mean(field, known) or _listing(known)}")
        if field in mapped and field not in SEVERAL:
            raise ValueError(f"'{field}' is mapped twice")
        mapped[field] = (*mapped.get(field, ()), printable(column))
    return mapped


def _listing(known: Iterable[str]) -> str:
    return f"known: {', '.join(known)}, and {ATTRIBUTE}NAME for what mkdocs.yml declares"


class Layout:
    """Reads rows of one file.

    Columns named like a declared attribute, or ``attribute.NAME``, are taken without being mapped.
    ``left_out`` holds the columns and keys that nothing is done with; keys of JSON objects join it
    while rows are read.
    """

    def __init__(
        self,
        columns: Sequence[str],
        shape: Shape,
        *,
        name: str,
        mapped: Mapped,
        attributes: Iterable[Attribute],
    ) -> None:
        self._columns = tuple(columns)
        self._name = name
        self._shape = shape
        self._declared = {attribute.name: attribute for attribute in attributes}
        fields = {field: (c,) for field, c in shape.fields.items() if c in columns}
        if "first_name" in mapped or "last_name" in mapped:
            fields.pop("name", None)
        self._at = {field: tuple(map(self._index, c)) for field, c in (fields | dict(mapped)).items()}
        if "email" not in self._at:
            raise UnknownColumnsError(f"{name}: no column is the address", "add --map email=COLUMN")
        self._attributes = self._attribute_columns()
        self._left = self._index(shape.left) if shape.left in columns else None
        used = {i for places in self._at.values() for i in places} | {i for _, i in self._attributes}
        unused = {c for i, c in enumerate(columns) if i not in used and c}
        self.left_out = unused - shape.unused - {shape.left}

    def _index(self, column: str) -> int:
        """Where a column stands; there must be one of that name."""
        count = self._columns.count(column)
        if count == 1:
            return self._columns.index(column)
        if count:
            raise UnknownColumnsError(
                f"{self._name}: there are {count} columns called '{column}'", "rename one of them"
            )
        hint = did_you_mean(column, self._columns)
        raise UnknownColumnsError(f"{self._name}: there is no column '{column}'", hint)

    def _attribute_columns(self) -> list[tuple[Attribute, int]]:
        """Columns of attributes: mapped ones, and those that have the very name of one."""
        found = {field.removeprefix(ATTRIBUTE): at[0] for field, at in self._at.items() if field.startswith(ATTRIBUTE)}
        taken = {i for places in self._at.values() for i in places}
        for name in self._declared:
            for column in (f"{ATTRIBUTE}{name}", name):
                if name not in found and column in self._columns and self._columns.index(column) not in taken:
                    found[name] = self._index(column)
        return [(self._declared[name], index) for name, index in found.items()]

    def read(self, line: int, cells: Cells) -> Candidate | Rejection:
        """What a row says."""
        if len(cells) != len(self._columns):
            count = len(cells)
            reason = f"it has {count} cell{'' if count == 1 else 's'}, and the file {len(self._columns)} columns"
            return Rejection(line=line, reason=reason, cells=cells)
        try:
            return self._candidate(line, [restored(cell) for cell in cells] if self._shape.marked else cells, cells)
        except ValueError as error:
            return Rejection(line=line, reason=str(error), cells=cells)

    def _candidate(self, line: int, cells: Cells, as_read: Cells) -> Candidate:
        address = _address(self._cell("email", cells))
        first_name, last_name = self._names(cells)
        return Candidate(
            line=line,
            cells=as_read,
            email=address.email,
            email_norm=address.norm,
            status=self._status(cells),
            public_id=self._public_id(cells),
            first_name=first_name,
            last_name=last_name,
            locale=self._line("locale", cells),
            frequency=rhythm(self._cell("frequency", cells)),
            attributes=self._values(cells),
            tags=self._words("tags", cells),
            topics=self._words("topics", cells),
            created_at=moment(self._cell("created_at", cells), "created_at"),
            confirmed_at=moment(self._cell("confirmed_at", cells), "confirmed_at"),
        )

    def _cell(self, field: str, cells: Cells) -> str:
        at = self._at.get(field)
        return cells[at[0]] if at else ""

    def _line(self, field: str, cells: Cells) -> str:
        cell = self._cell(field, cells)
        return one_line(cell, field) if cell else ""

    def _names(self, cells: Cells) -> tuple[str, str]:
        """First and last name; of a whole name the first word, and the rest."""
        if "name" in self._at:
            first, _, last = self._line("name", cells).partition(" ")
            return first, last.strip(" ")
        return self._line("first_name", cells), self._line("last_name", cells)

    def _public_id(self, cells: Cells) -> str:
        public_id = self._cell("id", cells)
        if public_id and not PUBLIC_ID.fullmatch(public_id):
            raise ValueError("the id is not one of tipsheet: 16 small letters and digits from 2 to 7")
        return public_id

    def _status(self, cells: Cells) -> str:
        """Our word for the status; whoever has left is never confirmed by another column."""
        status = self._shape.status
        if "status" in self._at:
            word = self._cell("status", cells).strip(" ").lower()
            if word not in self._shape.statuses:
                raise ValueError(_unknown_status(word, self._shape))
            status = self._shape.statuses[word]
        has_left = self._left is not None and cells[self._left].strip(" ")
        return "unsubscribed" if has_left and status in ("pending", "confirmed") else status

    def _words(self, field: str, cells: Cells) -> frozenset[str]:
        names: frozenset[str] = frozenset()
        for at in self._at.get(field, ()):
            if cell := cells[at]:
                names |= self._shape.words(cell, field)
        return names

    def _values(self, cells: Cells) -> Mapping[str, Value]:
        values: dict[str, Value] = {}
        if "attributes" in self._at:
            values = self._json_values(cells)
        for attribute, index in self._attributes:
            if (value := as_typed(cells[index], attribute)) is not None:
                values[attribute.name] = value
        return values

    def _json_values(self, cells: Cells) -> dict[str, Value]:
        values: dict[str, Value] = {}
        column = self._columns[self._at["attributes"][0]]
        for name, given in json_object(self._cell("attributes", cells), column).items():
            attribute = self._declared.get(name)
            if attribute is None:
                if len(self.left_out) < MOST_NAMES:
                    self.left_out.add(f"{column}.{printable(name)}")
            elif (value := as_typed(given, attribute)) is not None:
                values[name] = value
        return values


def _address(cell: str) -> Address:
    if not cell.strip():
        raise ValueError("there is no address")
    address = normalised(cell)
    if isinstance(address, BadAddress):
        raise ValueError(f"not an address: {address.reason}")  # noqa: TRY004 - a mistake in data
    return address


def _unknown_status(word: str, shape: Shape) -> str:
    """Names the word only if it looks like a status: with shifted columns it may be a person's name."""
    known = ", ".join(shape.statuses)
    if not word:
        return f"there is no status; known: {known}"
    said = f"the status '{word}'" if re.fullmatch(r"[a-z_-]{1,16}", word) else "what stands in place of a status"
    return f"{said} is none of {known}"
