"""Moments in the forms that exports and spreadsheets have."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.audience.importing.cells import day_comes_first, moment


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-24T07:30:00Z", "2026-11-24T07:30:00+00:00"),
        ("2026-11-24T07:30:00.123Z", "2026-11-24T07:30:00.123000+00:00"),
        ("2026-11-24T07:30:00+01:00", "2026-11-24T06:30:00+00:00"),
        ("2026-11-24 07:30:00", "2026-11-24T07:30:00+00:00"),
        ("2026-11-24", "2026-11-24T00:00:00+00:00"),
        ("2021-03-12 09:00:00 UTC", "2021-03-12T09:00:00+00:00"),
        ("2021-03-12 09:00 +0100", "2021-03-12T08:00:00+00:00"),
        ("2026-11-24 07:30:00.123456789 +0530 IST", "2026-11-24T02:00:00.123456+00:00"),
        ("2018/02/12 17:59", "2018-02-12T17:59:00+00:00"),
        ("2/12/2018 17:59", "2018-02-12T17:59:00+00:00"),
        ("2/12/18", "2018-02-12T00:00:00+00:00"),
        ("02/12/2018 5:59:31 PM", "2018-02-12T17:59:31+00:00"),
        ("02/12/2018 12:05 am", "2018-02-12T00:05:00+00:00"),
        ("12.02.2018 17:59", "2018-02-12T17:59:00+00:00"),
        ("12.2.2018", "2018-02-12T00:00:00+00:00"),
        ("12-04-2022 09:30", "2022-04-12T09:30:00+00:00"),
        ("Feb 12, 2018 05:59 PM", "2018-02-12T17:59:00+00:00"),
        ("February 12, 2018 at 5:59 pm", "2018-02-12T17:59:00+00:00"),
        ("12-Feb-2018", "2018-02-12T00:00:00+00:00"),
        ("Mon, 12 Feb 2018 17:59:31 +0000 (UTC)", "2018-02-12T17:59:31+00:00"),
        ("43143.75", "2018-02-12T18:00:00+00:00"),
        ("43143,75", "2018-02-12T18:00:00+00:00"),
        ("1518458371", "2018-02-12T17:59:31+00:00"),
        ("1518458371000", "2018-02-12T17:59:31+00:00"),
    ],
)
def test_moments(text: str, said: str) -> None:
    """A11: dates in the forms that exports have."""
    assert moment(f" {text} ") == dt.datetime.fromisoformat(said)


@pytest.mark.parametrize("text", ["", " ", "0000-00-00", "0000-00-00 00:00:00", "00/00/0000", "NULL", "-"])
def test_no_moment_is_none(text: str) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "31.02.2024", "2/30/2024", "10", "2024", "12:30", "1/2/345", "02/12/2018 13:00 PM", "Foo 12, 2018",
        "9999-12-31T23:59:59-14:00", "0001-01-01", "2018-02-12 17:59 EST", "99999", "2024-02-03 25:00:00",
    ],
)  # fmt: skip
def test_what_is_no_moment(text: str) -> None:
    """A11: nothing is guessed; such a date is left out and counted."""
    with pytest.raises(ValueError, match=r"\w"):
        moment(text)


def test_a_column_tells_whether_its_day_comes_first() -> None:
    assert day_comes_first(["1/2/2024", "25/12/2023", ""]) is True
    assert day_comes_first(["1/2/2024", "12/25/2023 9:00"]) is False
    assert day_comes_first(["1/2/2024", "2023-12-25", "25.12.2023", "yesterday"]) is None
    assert moment("1/2/2024", day_first=True) == dt.datetime(2024, 2, 1, tzinfo=dt.UTC)


FIRST, LAST = dt.datetime.fromisoformat("1970-01-01"), dt.datetime.fromisoformat("2099-12-31")
FORMS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S UTC", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y %H:%M:%S", "%b %d, %Y %I:%M:%S %p", "%d %B %Y %H:%M:%S", "%Y/%m/%d %H:%M:%S",
)  # fmt: skip


@given(st.datetimes(FIRST, LAST), st.sampled_from(FORMS))
def test_every_moment_is_read_in_every_form(at: dt.datetime, form: str) -> None:
    """A11"""
    assert moment(at.strftime(form)) == at.replace(microsecond=0, tzinfo=dt.UTC)


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{1,5}[-/. ,:a-zA-Z0-9]{0,25}", fullmatch=True))
def test_no_text_is_worse_than_no_date(text: str) -> None:
    try:
        read = moment(text)
    except ValueError:
        return
    assert read is None or read.tzinfo is dt.UTC
