"""Values on disk: ours come back, and nothing else is run."""

import datetime as dt
import os
import pickle
from zoneinfo import ZoneInfo

import pytest

from tipsheet.engine.codec import CodecError, decode, encode
from tipsheet.model.audience import Audience
from tipsheet.model.body import Action, Body, Passage, Prose
from tipsheet.model.post import Author
from tipsheet.problems import Problem, Severity, Where

ADA = Author(id="ada", name="Ada")
BODY = Body((Passage(Prose("<p>a</p>"), (Audience(frozenset({"x"})),)), Passage(Action(id="a", title="A", minutes=5))))
VALUES = [
    BODY,
    Problem(Where("a.md", 2, 3), "TS001", "m", "h", Severity.WARNING),
    dt.datetime(2026, 11, 24, 7, tzinfo=ZoneInfo("Europe/Amsterdam")),
    {"a": (1, "x", None), "b": frozenset({"y"})},
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_comes_back(value):
    assert decode(encode(value)) == value


def test_what_has_a_name_is_found_by_it():
    data = encode((ADA, "x"), lambda value: value.id if isinstance(value, Author) else None)

    assert b"Ada" not in data
    assert decode(data, {"ada": ADA}.__getitem__) == (ADA, "x")
    with pytest.raises(KeyError):
        decode(data, {}.__getitem__)


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Evil()),
        pickle.dumps(os.path.join),
        b"ctipsheet.engine.codec\nCodecError\n.",
        b"ctipsheet.problems\ndifflib.os.system\n.",
        b"",
        b"garbage",
        encode(BODY)[:-20],
    ],
)
def test_other_bytes_are_refused_and_run_nothing(data):
    with pytest.raises(CodecError):
        decode(data)
