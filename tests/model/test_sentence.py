"""A rule's sentence can be read in one way only: a reader that knows the grammar gets the rule back."""

import json
import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tipsheet.model.segment import AllOf, AnyOf, Compare, Has, Not, Operand, Operator, Rule, Value, sentence

QUOTED = r'"(?:[^"\\]|\\.)*"'
VALUE = rf"(?:{QUOTED}|-?\d[\w.+-]*|true|false|[^\W\d][\w.-]*(?: (?!and\b|or\b|not\b)\w[\w.-]*)*)"
COMPARING = [operator for operator in Operator if operator.comparison.operand is not Operand.TRUTH]
WORDS = {one.comparison.words: one for one in sorted(COMPARING, key=lambda one: -len(one.comparison.words))}
CONDITION = re.compile(
    r"(?P<everyone>everyone\b)|(?P<nobody>nobody\b)"
    r"|status is (?P<status>\w+)"
    rf"|has the (?P<kind>tag|topic) (?P<name>{VALUE})"
    r"|(?P<known>\w+) is (?P<exists>known|not known)(?= and | or |\)|$)"
    rf"|(?P<attribute>\w+) (?P<operator>{'|'.join(WORDS)}) (?P<values>{VALUE}(?:, {VALUE})*)"
)


def meaning(text: str) -> Rule:
    rule, rest = group(text)
    assert rest == ""
    return rule


def group(text: str) -> tuple[Rule, str]:
    """Conditions joined by one word; ``and`` and ``or`` never stand beside each other."""
    rules: list[Rule] = []
    words: set[str] = set()
    while True:
        rule, text = single(text)
        rules.append(rule)
        joined = re.match(r" (and|or) ", text)
        if joined is None:
            break
        words.add(joined[1])
        text = text[joined.end() :]
    assert len(words) < 2
    if len(rules) == 1:
        return rules[0], text
    return (AllOf if words == {"and"} else AnyOf)(tuple(rules)), text


def single(text: str) -> tuple[Rule, str]:
    for start, make in (("not (", Not), ("(", lambda inner: inner)):
        if text.startswith(start):
            rule, rest = group(text.removeprefix(start))
            assert rest.startswith(")")
            return make(rule), rest[1:]
    found = CONDITION.match(text)
    assert found, text
    return condition(found), text[found.end() :]


def condition(found: re.Match[str]) -> Rule:
    if found["everyone"] or found["nobody"]:
        return AllOf(()) if found["everyone"] else AnyOf(())
    if found["status"]:
        return Has("status", found["status"])
    if found["kind"]:
        return Has(found["kind"], str(value(found["name"])))
    if found["known"]:
        return Compare(found["known"], Operator.EXISTS, found["exists"] == "known")
    values = tuple(value(text) for text in re.findall(VALUE, found["values"]))
    operator = WORDS[found["operator"]]
    return Compare(found["attribute"], operator, values if operator is Operator.ONE_OF else values[0])


def value(text: str) -> Value:
    if text[0] in '"-' or text[0].isdecimal() or text in ("true", "false"):
        found: Value = json.loads(text)
        return found
    return text


def flat(rule: Rule) -> Rule:
    """The rule without lists of one."""
    match rule:
        case AllOf((one,)) | AnyOf((one,)):
            return flat(one)
        case AllOf(rules):
            return AllOf(tuple(map(flat, rules)))
        case AnyOf(rules):
            return AnyOf(tuple(map(flat, rules)))
        case Not(inner):
            return Not(flat(inner))
        case _:
            return rule


def tricky() -> Iterator[str]:
    yield from ("known", "not known", "one of", "one of a", "at least 3", "not x", "x and y", "everyone", "true", "1")
    yield from ("", " ", "a ", "a, b", 'a"b', "a)", "(a", "New York", "has the tag x", "known or x is y", "Or", "not")


texts = st.sampled_from(list(tricky())) | st.text(st.characters(exclude_categories=["C"]), max_size=8)
attributes = st.sampled_from(["role", "city", "not_known"])
values = texts | st.integers(-99, 99) | st.booleans() | st.sampled_from([0.5, -1e15])
single_valued = sorted(set(Operator) - {Operator.ONE_OF, Operator.EXISTS})
conditions: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Compare, attributes, st.sampled_from(single_valued), values),
    st.builds(Compare, attributes, st.just(Operator.ONE_OF), st.lists(values, min_size=1, max_size=3).map(tuple)),
    st.builds(Compare, attributes, st.just(Operator.EXISTS), st.booleans()),
    st.builds(Has, st.sampled_from(["tag", "topic"]), texts),
)


def combined(rules: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(rules, min_size=1, max_size=3).map(tuple)
    return st.builds(AllOf, several) | st.builds(AnyOf, several) | st.builds(Not, rules)


@given(st.recursive(conditions, combined, max_leaves=6))
def test_the_rule_can_be_read_back(rule: Rule) -> None:
    assert flat(meaning(sentence(rule))) == flat(rule)
