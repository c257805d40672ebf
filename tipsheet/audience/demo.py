"""Fictional subscribers, so that everything can be tried without a real one.

Their addresses are at example.org, example.com and example.net, where nobody has a mailbox (RFC
2606), and their names say that they are invented. The same number is always the same person.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeded: the same people every time

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.consent import Evidence
from tipsheet.audience.register import BATCH, Register, enrol
from tipsheet.audience.subscriber import NewSubscriber, Subscriber, known, suppressed
from tipsheet.audience.transitions import bounce, complain, unsubscribe
from tipsheet.errors import TipsheetError
from tipsheet.model.segment import Attribute, AttributeType, Compare, Has, Rule, Segment, Value, leaves
from tipsheet.store.tables import subscriber

__all__ = ["FictionalAudience", "RealPeopleError", "enrol_fictional"]

FIRST = (
    "Alba", "Bruno", "Cleo", "Dario", "Elin", "Fabian", "Greta", "Hugo", "Iris", "Jonas", "Kira", "Linus", "Mila",
    "Nils", "Oda", "Pablo", "Quinn", "Rosa", "Sami", "Tilda", "Umar", "Vera", "Willem", "Xenia", "Yusuf", "Zoe",
)  # fmt: skip
LAST = ("Example", "Sample", "Specimen", "Placeholder", "Fictional", "Invented", "Imaginary", "Madeup", "Pretend")
DOMAINS = ("example.org", "example.com", "example.net")
EVIDENCE = Evidence(source="tipsheet subscribers demo", wording="Nobody agreed to this; nobody is real.")
PLACES = ("Utrecht", "Toronto", "Lisbon", "Nairobi")
TAGS = ("early-bird", "met-in-person")
Transition = Callable[[Register, Subscriber, Evidence], Subscriber]
LEAVING: tuple[tuple[float, Transition | None], ...] = (
    (0.93, None),
    (0.97, unsubscribe),
    (0.99, bounce),
    (1.0, complain),
)
"""The fate of the confirmed, by a number from 0 to 1: each share up to this one."""
PENDING = 0.04
UNKNOWN = 0.15
TAGGED = 0.2
WHOLE_NUMBERS = 100


class RealPeopleError(TipsheetError):
    """Fictional people are not mixed with real ones."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FictionalAudience:
    """The attributes and tags that fictional people may have, so that every rule of the publication finds somebody."""

    attributes: tuple[Attribute, ...]
    segments: tuple[Segment, ...]

    def person(self, number: int) -> NewSubscriber:
        """The person with this number."""
        chance = Random(f"person {number}")  # noqa: S311 - no secret hangs on it
        first, last = chance.choice(FIRST), chance.choice(LAST)
        email = f"{first}.{last}.{number}@{chance.choice(DOMAINS)}".lower()
        return NewSubscriber(
            address=Address(email, email),
            first_name=first,
            last_name=last,
            attributes={a.name: self._value(a, chance) for a in self.attributes if chance.random() >= UNKNOWN},
            tags=self._names("tag", TAGS, chance),
            topics=self._names("topic", (), chance),
        )

    def _value(self, attribute: Attribute, chance: Random) -> Value:
        asked = [value for leaf in self._leaves() for value in _asked(leaf, attribute.name)]
        match attribute.type:
            case AttributeType.BOOLEAN:
                return chance.random() < 0.5  # noqa: PLR2004 - a coin
            case AttributeType.NUMBER:
                numbers = [value for value in asked if isinstance(value, int | float) and value > 0]
                return chance.randint(1, int(2 * max(numbers, default=WHOLE_NUMBERS / 2)))
            case AttributeType.TEXT:
                return chance.choice(attribute.choices or tuple(dict.fromkeys([*map(str, asked), *PLACES])))

    def _names(self, kind: str, more: Sequence[str], chance: Random) -> tuple[str, ...]:
        asked = (leaf.name for leaf in self._leaves() if isinstance(leaf, Has) and leaf.kind == kind)
        return tuple(name for name in dict.fromkeys([*asked, *more]) if chance.random() < TAGGED)

    def _leaves(self) -> Iterator[Rule]:
        return (leaf for segment in self.segments for leaf in leaves(segment.rule))


def enrol_fictional(register: Register, count: int, cast: FictionalAudience) -> Iterator[tuple[int, int]]:
    """Put the people with the numbers 1 to ``count`` into the store, batch by batch: gives how many, and how many new.

    Most are confirmed; some are pending or have left. Whoever is there already, or is suppressed,
    is left alone. Raises RealPeopleError for a store with anybody else in it.
    """
    _refuse_real_people(register.connection)
    numbers = iter(range(1, count + 1))
    while batch := list(itertools.islice(numbers, BATCH)):
        yield len(batch), _enrol_batch(register, {number: cast.person(number) for number in batch})


def _enrol_batch(register: Register, people: Mapping[int, NewSubscriber]) -> int:
    norms = {person.address.norm for person in people.values()}
    left_out = suppressed(register.connection, register.secret, norms) | _there(register.connection, norms)
    pending: list[NewSubscriber] = []
    confirmed: list[NewSubscriber] = []
    leaving: list[tuple[Transition, NewSubscriber]] = []
    for number, person in people.items():
        if person.address.norm in left_out:
            continue
        chance = Random(f"fate {number}")  # noqa: S311 - no secret hangs on it
        if chance.random() < PENDING:
            pending.append(person)
            continue
        confirmed.append(person)
        become = _fate(chance.random())
        if become:
            leaving.append((become, person))
    added = sum(enrol(register, pending, EVIDENCE, status="pending"))
    added += sum(enrol(register, confirmed, EVIDENCE, status="confirmed"))
    for become, person in leaving:
        become(register, known(register.connection, person.address), EVIDENCE)
    return added


def _fate(number: float) -> Transition | None:
    return next(become for limit, become in LEAVING if number <= limit)


def _there(connection: sa.Connection, norms: set[str]) -> frozenset[str]:
    query = sa.select(subscriber.c.email_norm).where(subscriber.c.email_norm.in_(norms))
    return frozenset(connection.execute(query).scalars())


def _refuse_real_people(connection: sa.Connection) -> None:
    fictional = sa.or_(*(subscriber.c.email_norm.like(f"%@{domain}") for domain in DOMAINS))
    if connection.execute(sa.select(subscriber.c.id).where(~fictional).limit(1)).first():
        raise RealPeopleError(
            "there are real people in this store, and fictional ones would be counted among them",
            "try it in a store of its own: tipsheet subscribers demo 1000 --database demo.db",
        )


def _asked(leaf: Rule, attribute: str) -> tuple[Value, ...]:
    """The values that a rule compares an attribute with."""
    match leaf:
        case Compare(name, _, value) if name == attribute and not isinstance(value, bool):
            return value if isinstance(value, tuple) else (value,)
        case _:
            return ()
