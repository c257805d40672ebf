"""The layout of a file: the field that each column fills, and the reading of rows by it.

Of whom a row says that they have left is decided by the row: by its status, and by every cell of a
column that is filled for those who left, whoever's file it is.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tipsheet.audience.address import Address, BadAddress, normalised
from tipsheet.audience.importing.candidates import GONE, Candidate, Cells, Rejection
from tipsheet.audience.importing.cells import as_typed, day_comes_first, is_no, json_object, moment, one_line, printable
from tipsheet.audience.importing.columns import ATTRIBUTE, Instructions, key, leaving, staying, told
from tipsheet.audience.importing.csv_file import UnknownColumnsError
from tipsheet.audience.importing.importers import FIELDS, Shape
from tipsheet.audience.private_files import restored
from tipsheet.model.frequency import frequency_of_word
from tipsheet.model.segment import Attribute, Value
from tipsheet.problems import did_you_mean

__all__ = ["Layout"]

PUBLIC_ID = re.compile(r"[a-z2-7]{16}")
MOMENTS = ("created_at", "confirmed_at", "paused_until")
MOST_NAMES = 100
"""Columns, keys or words without a meaning that are named; a file may have one of its own for each person."""


class Layout:
    """The reader of the rows of one file.

    Columns named like a declared attribute, whatever their capitals, or ``attribute.NAME``, are taken without being
    mapped. While rows are read, ``left_out`` collects the columns and keys that are not used,
    ``unread`` how many cells of a field could not be read, ``unknown`` the words that are no status.
    """

    def __init__(self, columns: Sequence[str], shape: Shape, name: str, said: Instructions) -> None:
        self._columns = tuple(columns)
        self._name = name
        self.shape = shape
        self._declared = {attribute.name: attribute for attribute in said.attributes}
        self._statuses = {**shape.statuses, **said.statuses}
        self._at = {field: tuple(map(self._index, named)) for field, named in self._fields(said).items()}
        self._attributes = self._attribute_columns()
        self._require(said)
        self._exact = {
            i for _, i in self._attributes if columns[i] in self._declared or columns[i].startswith(ATTRIBUTE)
        }
        self._exact |= {i for places in self._at.values() for i in places}
        used = {i for places in self._at.values() for i in places} | {i for _, i in self._attributes}
        said_by_status = self._at.get("status", ())
        gone = [(i, leaving(column)) for i, column in enumerate(columns) if i not in said_by_status]
        self._gone = [(i, status) for i, status in gone if status]
        silent = used | {i for i, column in enumerate(columns) if column in shape.unused}
        self._stays = [i for i, column in enumerate(columns) if i not in silent and staying(column)]
        used |= {i for i, _ in self._gone} | set(self._stays)
        self.left_out = {c for i, c in enumerate(columns) if i not in used and c} - shape.unused
        self.unread: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self._day_first: dict[str, bool | None] = dict.fromkeys(MOMENTS, said.day_first)

    def taken(self) -> Iterator[str]:
        """The meaning of each column that is taken: ``first_name from Vorname``, or the field where both are one."""
        named = [(at, field) for field, places in self._at.items() if field in FIELDS for at in places]
        named += [(at, f"{ATTRIBUTE}{attribute.name}") for attribute, at in self._attributes]
        for at, field in sorted(named):
            column = self._columns[at]
            yield field if field == column else f"{field} from {column}"
        if left := dict.fromkeys(self._columns[at] for at in (*(at for at, _ in self._gone), *self._stays)):
            yield f"who left from {' or '.join(left)}"

    def is_header(self, cells: Cells) -> bool:
        """True for a row that holds names of columns once more: files were pasted together."""
        at = self._at["email"][0]
        return at < len(cells) and "@" not in cells[at] and key(cells[at]) == key(self._columns[at])

    def learn_order(self, cells: Mapping[str, Iterable[str]]) -> None:
        """Decide by cells of each field whether the day or the month comes first, unless the editor has said it."""
        for field, texts in cells.items():
            if self._day_first[field] is None:
                self._day_first[field] = day_comes_first(texts)

    @property
    def moments(self) -> Mapping[str, int]:
        """The places of the moments that the file has, by their fields."""
        return {field: self._at[field][0] for field in MOMENTS if field in self._at}

    def read(self, line: int, cells: Cells) -> Candidate | Rejection:
        """The person of a row, or why it cannot be used; in a file of rejected rows, cells were made harmless."""
        if tuple(self._columns[-2:]) == ("line", "reason"):
            cells = [*map(restored, cells)]
        if len(cells) != len(self._columns):
            count = len(cells)
            reason = f"it has {count} cell{'' if count == 1 else 's'}, and the file {len(self._columns)} columns"
            return Rejection(line=line, reason=reason, cells=cells)
        try:
            return self._candidate(line, [restored(cell) for cell in cells] if self.shape.marked else cells, cells)
        except ValueError as error:
            return Rejection(line=line, reason=str(error), cells=cells)  # the reason holds nothing of a cell

    def _fields(self, said: Instructions) -> dict[str, tuple[str, ...]]:
        """The columns of each field: mapped ones, those of the shape, and those that are told by their names."""
        fields = {field: (c,) for field, c in self.shape.fields.items() if c in self._columns} | dict(said.mapped)
        taken = {column for named in fields.values() for column in named}
        missing = self.shape.by_name - fields.keys()
        found = told(self._columns, missing, taken | {c for c in self._columns if c in self.shape.unused})
        emails = found.get("email", ())
        if len(emails) > 1:
            raise UnknownColumnsError(
                f"{self._name}: the address may stand in {' or in '.join(map(repr, emails))}", "say --map email=COLUMN"
            )
        if "name" in said.mapped:
            found = {field: named for field, named in found.items() if field not in ("first_name", "last_name")}
        fields |= {field: named if field == "tags" else named[:1] for field, named in found.items()}
        if {"first_name", "last_name"} & said.mapped.keys():
            fields.pop("name", None)
        return fields

    def _require(self, said: Instructions) -> None:
        if "email" not in self._at:
            raise UnknownColumnsError(f"{self._name}: no column is the address", "add --map email=COLUMN")
        if "status" in self._at:
            return
        if said.statuses:
            raise UnknownColumnsError(
                f"{self._name}: --status gives words a meaning, and no column is the status", "add --map status=COLUMN"
            )
        if not self.shape.status:
            lost = self.shape.fields["status"]
            raise UnknownColumnsError(
                f"{self._name}: it lacks the column '{lost}', by which {self.shape.title} says who has left",
                "name the column that says it: --map status=COLUMN",
            )

    def _index(self, column: str) -> int:
        """The place of a column; there must be one of that name."""
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
        """Columns of attributes: mapped ones, those of the very name, and those of the name but for capitals."""
        found = {field.removeprefix(ATTRIBUTE): at[0] for field, at in self._at.items() if field.startswith(ATTRIBUTE)}
        taken = {i for places in self._at.values() for i in places}
        free = [column for i, column in enumerate(self._columns) if i not in taken]
        for name in self._declared.keys() - found.keys():
            exact = [column for column in (f"{ATTRIBUTE}{name}", name) if column in free]
            alike = [column for column in free if key(column.removeprefix(ATTRIBUTE)) == key(name)]
            if exact or len(alike) == 1:
                found[name] = self._index((exact or alike)[0])
        return [(self._declared[name], found[name]) for name in self._declared if name in found]

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
            frequency=self._frequency(cells),
            paused_until=self._moment("paused_until", cells),
            attributes=self._values(cells),
            tags=self._words("tags", cells),
            topics=self._words("topics", cells),
            created_at=self._moment("created_at", cells),
            confirmed_at=self._moment("confirmed_at", cells),
        )

    def _cell(self, field: str, cells: Cells) -> str:
        at = self._at.get(field)
        return cells[at[0]] if at else ""

    def _line(self, field: str, cells: Cells) -> str:
        cell = self._cell(field, cells)
        return one_line(cell, field) if cell else ""

    def _moment(self, field: str, cells: Cells) -> dt.datetime | None:
        """The moment of a field; one that cannot be read is left out and counted, since the person matters more."""
        cell = self._cell(field, cells)
        if not cell:
            return None
        try:
            return moment(cell, day_first=self._day_first[field])
        except ValueError:
            self.unread[field] += 1
            return None

    def _frequency(self, cells: Cells) -> str:
        """The frequency of a row; a word that is none is left out and counted, since the person matters more."""
        try:
            return frequency_of_word(self._cell("frequency", cells))
        except ValueError:
            self.unread["frequency"] += 1
            return ""

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
        left = self._left(cells) if self._gone or self._stays else ""
        status = self.shape.status
        if "status" in self._at:
            word = self._cell("status", cells).strip(" ").lower()
            if word not in self._statuses and not (left and not word):
                raise ValueError(self._unknown_status(word))
            status = self._statuses.get(word, left)
        return status if status in GONE else left or status

    def _left(self, cells: Cells) -> str:
        """The status that a cell of a column of those who left gives; empty for who has not left."""
        for at, status in self._gone:
            if not is_no(cells[at]):
                return status
        return "unsubscribed" if any(_says_no(cells[at]) for at in self._stays) else ""

    def _unknown_status(self, word: str) -> str:
        """The reason, with the word only if it looks like a status: with shifted columns it may be a person's name."""
        known = ", ".join(self._statuses)
        if not word:
            return f"there is no status; known: {known}"
        if not re.fullmatch(r"[^\W\d_](?:[^\W\d]|-){0,23}", word):
            return f"what stands in place of a status is none of {known}"
        if word in self.unknown or len(self.unknown) < MOST_NAMES:
            self.unknown[word] += 1
        return f"the status '{word}' is none of {known}"

    def _words(self, field: str, cells: Cells) -> frozenset[str]:
        names: frozenset[str] = frozenset()
        for at in self._at.get(field, ()):
            if cell := cells[at]:
                names |= self.shape.words(cell, field)
        return names

    def _values(self, cells: Cells) -> Mapping[str, Value]:
        values: dict[str, Value] = {}
        if "attributes" in self._at:
            values = self._json_values(cells)
        for attribute, index in self._attributes:
            try:
                value = as_typed(cells[index], attribute)
            except ValueError:
                if index in self._exact:
                    raise
                self.unread[f"{ATTRIBUTE}{attribute.name}"] += 1  # nobody has said that this column is the attribute
                continue
            if value is not None:
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


def _says_no(cell: str) -> bool:
    """True for a cell that denies it in a column of those who stay; an empty one says nothing."""
    return bool(cell.strip()) and (is_no(cell) or bool(leaving(cell)))


def _address(cell: str) -> Address:
    if not cell.strip():
        raise ValueError("there is no address")
    address = normalised(cell)
    if isinstance(address, BadAddress):
        raise ValueError(f"not an address: {address.reason}")  # noqa: TRY004 - a mistake in data
    return address
