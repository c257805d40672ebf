"""Operators of segments: an entry in one table, and every reading of a rule knows it."""

from pathlib import Path

from tests.scratch import scratch

NONE_OF = (
    '    NONE_OF = "none_of", Comparison(words="is none of", operand=Operand.LIST, '
    "holds=lambda actual, values: not any(_is(actual, value) for value in values), "
    "sql=lambda stored, values: stored.is_none_of(values))"
)
ASKED = """
import sqlalchemy as sa
from docs.reference.pages import PAGES
from tipsheet.audience.conditions import condition
from tipsheet.documents import parse_yaml
from tipsheet.edition.plan import plain_rule, rule_from
from tipsheet.model.segment import Attribute, AttributeType, Reader, matches, sentence
from tipsheet.settings.rules import read_segments
from tipsheet.store.tables import METADATA, subscriber

text = "others: {title: Others, where: {role: {none_of: [manager, seller]}}}"
document, problems = parse_yaml(text, "mkdocs.yml")
role = Attribute(name="role", type=AttributeType.TEXT, choices=("manager", "seller", "cook"))
(segment,), more = read_segments(document, {"role": role})
assert not (problems or more), (problems, more)
assert sentence(segment.rule) == "role is none of manager, seller"
assert rule_from(plain_rule(segment.rule)) == segment.rule

people = [{}, {"role": "manager"}, {"role": "cook"}, {"role": 3}]
engine = sa.create_engine("sqlite://")
METADATA.create_all(engine)
with engine.begin() as connection:
    for number, attributes in enumerate(people):
        row = sa.insert(subscriber).values(public_id=str(number), email="", email_norm=str(number), status="confirmed")
        now = sa.func.now()
        connection.execute(row.values(attributes=attributes, created_at=now, changed_at=now))
    found = sa.select(subscriber.c.public_id).where(condition(segment.rule, "sqlite")).order_by(subscriber.c.id)
    stored = list(connection.execute(found).scalars())
assert stored == [str(n) for n, one in enumerate(people) if matches(segment.rule, Reader(attributes=one))] == ["2", "3"]
assert "| `none_of` | any type | role is none of manager, seller |" in PAGES["rules.md"]()
"""


def test_an_operator_is_one_entry_of_one_table(tmp_path: Path) -> None:
    program, line = scratch(tmp_path), "    EXISTS = (\n"
    program.register("tipsheet/model/segment.py", line, f"{NONE_OF}\n{line}")
    asked = program.python("-c", ASKED)
    assert (asked.returncode, asked.stderr) == (0, "")
