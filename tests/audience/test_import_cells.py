"""Cells, lines and rows of a file to be imported."""

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.audience.importing.cells import as_typed, json_object, json_or_words, one_line, words
from tipsheet.audience.importing.csv_file import LONGEST_LINE, UnreadableFileError, lines_of, read_rows
from tipsheet.model.frequency import frequency_of_word
from tipsheet.model.segment import Attribute, AttributeType

ROLE = Attribute(name="role", type=AttributeType.TEXT, choices=("manager", "seller"))
TEXT = Attribute(name="city", type=AttributeType.TEXT)
NUMBER = Attribute(name="seats", type=AttributeType.NUMBER)
TRUTH = Attribute(name="vip", type=AttributeType.BOOLEAN)


@pytest.mark.parametrize(
    ("attribute", "cell", "value"),
    [
        (TEXT, " Utrecht ", "Utrecht"), (TEXT, "  ", None), (TEXT, 20, "20"), (TEXT, None, None),
        (ROLE, "Manager", "manager"),
        (NUMBER, "20", 20), (NUMBER, " -2.50 ", -2.5), (NUMBER, "1e3", 1000.0), (NUMBER, " ", None), (NUMBER, 3, 3),
        (NUMBER, "9" * 19, 1e19),
        (TRUTH, "TRUE", True), (TRUTH, "no", False), (TRUTH, True, True), (TRUTH, 0, False), (TRUTH, " ", None),
    ],
)  # fmt: skip
def test_attributes_have_their_declared_type(attribute: Attribute, cell: object, value: object) -> None:
    found = as_typed(cell, attribute)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("attribute", "cell"),
    [
        (TEXT, ["Utrecht"]), (TEXT, True), (TEXT, "a\nb"), (TEXT, "\ud800"),
        (NUMBER, "1_000"), (NUMBER, "1,5"), (NUMBER, "nan"), (NUMBER, "inf"), (NUMBER, True), (NUMBER, {}),
        (NUMBER, float("inf")), (TRUTH, "maybe"), (TRUTH, []),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_without_being_told(attribute: Attribute, cell: object) -> None:
    with pytest.raises(ValueError, match=attribute.name) as refused:
        as_typed(cell, attribute)
    assert str(cell) not in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("", set()), ("a", {"a"}), (" a , b,,", {"a", "b"}), ('"a, b","say ""c"""', {"a, b", 'say "c"'}),
        ("[a]", {"[a]"}), ('["a, b", "c"]', {"a, b", "c"}),
    ],
)  # fmt: skip
def test_several_names_in_a_cell(cell: str, names: set[str]) -> None:
    assert json_or_words(cell, "tags") == names


@pytest.mark.parametrize("cell", ['"a', "a\nb", "a" * 201, "[1]", '["a\\nb"]'])
def test_wrong_names_in_a_cell(cell: str) -> None:
    with pytest.raises(ValueError, match="tags"):
        json_or_words(cell, "tags")


def test_other_wrong_cells() -> None:
    for wrong in (
        lambda: frequency_of_word("Every week!"),
        lambda: json_object("[1]", "metadata"),
        lambda: json_object("{", "metadata"),
        lambda: json_object("[" * 100_000, "metadata"),
        lambda: one_line("a\x00b", "name"),
        lambda: words("\x7f", "tags"),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            wrong()


def rows_of(data: bytes, encoding: str = "", separator: str = "") -> list[tuple[int, list[str]]]:
    return list(read_rows(lines_of(io.BytesIO(data), "list.csv", encoding), "list.csv", separator).rows)


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=2)),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)  # fmt: skip
def test_every_cell_is_read_as_it_was_written(rows: list[list[str]], separator: str, end: str, encoding: str) -> None:
    """A9: whatever is in the cells, with the number of the line on which the row begins."""
    lines = [separator.join(["one", "two"])]
    expected = []
    for row in rows:
        if any(row):
            line = 1 + sum(len(io.StringIO(text + end, newline="").readlines()) for text in lines)
            expected.append((line, row))
        lines.append(separator.join('"' + cell.replace('"', '""') + '"' for cell in row))
    data = "".join(line + end for line in lines).encode(encoding)
    assert rows_of(data) == expected


def test_a_file_without_line_breaks_does_not_fill_the_memory() -> None:
    """A9"""
    with pytest.raises(UnreadableFileError, match="more than 1,000,000 characters"):
        rows_of(b"email\n" + b"x" * (LONGEST_LINE + 1))


def test_a_quote_that_is_never_closed_does_not_fill_the_memory() -> None:
    """A9"""
    with pytest.raises(UnreadableFileError, match=r"list\.csv:2: a quote that is opened in this row is not closed"):
        rows_of(b'email\n"ada@example.org\n' + b"bo@example.org\n" * 20_000)


def test_a_wrong_encoding_that_is_named_is_told() -> None:
    with pytest.raises(UnreadableFileError, match="not ascii"):
        rows_of("email\nzoë@example.org\n".encode(), "ascii")


def test_a_million_rows_are_read_in_little_memory() -> None:
    """A9: a file is a stream; the bench reads one of 1 GB."""

    def endless() -> Iterator[str]:
        yield "email,first_name\n"
        for number in range(1_000_000):
            yield f"reader{number}@example.org,Reader\n"

    tracemalloc.start()
    last = 0
    for last, _ in read_rows(endless(), "list.csv").rows:
        if last == 100_000:  # tracing is slow, and by now everything that grows has grown
            break
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (last, peak < 300_000) == (100_000, True)
