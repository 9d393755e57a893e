"""The trail: no line is changed, removed or moved without its number being named; databases refuse to try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.store import audit
from innervate.calibration.store.audit import Deed, Head, Line, follow, verify
from innervate.calibration.store.errors import NotAllowed
from innervate.calibration.store.patients import Limb, Patient
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store
from innervate.calibration.store.words import Role
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from .conftest import CLINICIAN, WEARER

AT = datetime(2026, 11, 2, tzinfo=UTC)
WORDS = st.text(max_size=12)
DEEDS = st.builds(Deed, WORDS, WORDS, st.booleans(), WORDS, WORDS, WORDS)
PEOPLE = st.builds(Person, WORDS, st.sampled_from(Role), WORDS, WORDS)


@st.composite
def trails(draw: st.DrawFn, least: int = 0) -> list[Line]:
    lines: list[Line] = []
    head = Head()
    for number in range(draw(st.integers(least, 8))):
        at = AT + timedelta(microseconds=number)
        lines.append(follow(head, at, draw(PEOPLE), draw(DEEDS)))
        head = Head(lines[-1].seq, lines[-1].hash)
    return lines


def head_of(trail: list[Line]) -> Head:
    return Head(trail[-1].seq, trail[-1].hash) if trail else Head()


@given(trails())
def test_an_untouched_trail_is_whole(trail: list[Line]) -> None:
    assert verify(trail, head_of(trail)) == []
    for line in trail:
        assert verify(trail, head_of(trail), Head(line.seq, line.hash)) == []


@given(trails(1), st.data())
def test_a_changed_line_is_named(trail: list[Line], data: st.DataObject) -> None:
    head = head_of(trail)
    index = data.draw(st.integers(0, len(trail) - 1))
    field = data.draw(st.sampled_from([name for name in Line.__dataclass_fields__ if name != "seq"]))
    old = getattr(trail[index], field)
    new: Any
    if isinstance(old, bool):
        new = not old
    elif isinstance(old, datetime):
        new = old + timedelta(microseconds=data.draw(st.integers(1, 10**9)))
    else:
        new = data.draw(WORDS.filter(lambda word: word != old))
    trail[index] = replace(trail[index], **{field: new})
    assert (index + 1, "was changed") in {(fault.seq, fault.says) for fault in verify(trail, head)}


@given(trails(1), st.data())
def test_a_removed_line_is_named(trail: list[Line], data: st.DataObject) -> None:
    """The last one too: the head knows how many there were."""
    head = head_of(trail)
    gone = trail.pop(data.draw(st.integers(0, len(trail) - 1)))
    assert [fault.seq for fault in verify(trail, head) if fault.says == "is missing"] == [gone.seq]


@given(trails(2), st.data())
def test_two_lines_in_each_others_place_are_named(trail: list[Line], data: st.DataObject) -> None:
    head = head_of(trail)
    one, other = data.draw(st.lists(st.integers(0, len(trail) - 1), min_size=2, max_size=2, unique=True))
    first, second = trail[one], trail[other]
    trail[one], trail[other] = replace(second, seq=first.seq), replace(first, seq=second.seq)
    said = {fault.seq: fault.says for fault in verify(trail, head)}
    assert said[first.seq] == f"is what was entry {second.seq}: moved"
    assert said[second.seq] == f"is what was entry {first.seq}: moved"


@given(trails(2), st.data())
def test_a_whole_trail_written_anew_is_found_by_a_head_that_was_noted_elsewhere(
    trail: list[Line], data: st.DataObject
) -> None:
    noted = trail[data.draw(st.integers(0, len(trail) - 1))]
    forged: list[Line] = []
    head = Head()
    for line in trail:
        deed = Deed(line.verb, line.patient, line.simulated, line.what, line.row, line.fields + "x")
        forged.append(follow(head, line.at, Person(line.who, Role(line.role), "", line.address), deed))
        head = Head(forged[-1].seq, forged[-1].hash)
    assert verify(forged, head) == []
    assert [fault.seq for fault in verify(forged, head, Head(noted.seq, noted.hash))] == [noted.seq]
    assert verify([], Head(), Head(noted.seq, noted.hash)) != []


FORBIDDEN = [
    "UPDATE audit_entry SET who = 'nobody' WHERE seq = 2",
    "DELETE FROM audit_entry WHERE seq = 2",
    "DELETE FROM audit_entry",
    "DELETE FROM audit_head",
    "UPDATE audit_head SET seq = seq",
    "UPDATE audit_head SET seq = 1, hash = ''",
    "INSERT INTO audit_entry SELECT seq + 5, at, who, role, address, verb, patient, simulated, what, "
    '"row", fields, previous, hash FROM audit_entry WHERE seq = 2',
]
ON_ENGINE = {
    "sqlite": [
        "REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE seq = 2",
        "REPLACE INTO audit_head SELECT * FROM audit_head",
        "UPDATE OR REPLACE audit_entry SET seq = 1 WHERE seq = 2",
    ],
    "postgresql": ["TRUNCATE audit_entry", "TRUNCATE audit_head", "TRUNCATE patient, audit_entry CASCADE"],
}


def test_the_database_refuses_to_change_or_remove_a_line(store: Store, limb: Limb) -> None:
    del limb
    for statement in FORBIDDEN + ON_ENGINE[store.engine.dialect.name]:
        with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.execute(text(statement))
    head, faults = store.verify_trail(CLINICIAN)
    assert (faults, head.seq > 3) == ([], True)


def unguarded(store: Store, *statements: str) -> None:
    """As somebody with the whole database in their hands."""
    with store.engine.begin() as connection:
        if store.place.is_sqlite:
            names = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            for name in names.all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in ("audit_entry", "audit_head"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["UPDATE audit_entry SET who = 'nobody' WHERE seq = 2"], ["entry 2: was changed"]),
        (["DELETE FROM audit_entry WHERE seq = 2"], ["entry 2: is missing"]),
        (["DELETE FROM audit_entry WHERE seq = 4"], ["entry 4: is missing"]),
        (
            [
                "UPDATE audit_entry SET seq = -2 WHERE seq = 2",
                "UPDATE audit_entry SET seq = 2 WHERE seq = 3",
                "UPDATE audit_entry SET seq = 3 WHERE seq = -2",
            ],
            ["entry 2: is what was entry 3: moved", "entry 3: is what was entry 2: moved"],
        ),
    ],
)
def test_what_was_done_past_the_guards_is_found(
    store: Store, limb: Limb, statements: list[str], says: list[str]
) -> None:
    del limb
    unguarded(store, *statements)
    _, faults = store.verify_trail(CLINICIAN)
    assert [str(fault) for fault in faults] == says


def test_only_clinicians_look_at_the_trail_and_looking_is_in_it(store: Store) -> None:
    with pytest.raises(NotAllowed):
        store.verify_trail(WEARER)
    store.verify_trail(CLINICIAN)
    with store.engine.connect() as connection:
        (line,) = audit.lines(connection)
        assert (line.who, line.verb) == ("ann", "audit")


def test_writers_at_the_same_time_make_one_chain(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def create(number: int) -> None:
        with store.work(CLINICIAN) as work:
            work.create(Patient(id=f"c{number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(create, range(20)))
    head, faults = store.verify_trail(CLINICIAN)
    assert (head.seq, faults) == (20, [])


def test_what_people_type_cannot_break_the_trail(store: Store) -> None:
    odd: list[Callable[[], None]] = []
    for name in ("a\0b", "x" * 5000, "\ud800", "line\nline"):
        deed = Deed("refused", name, fields=name)
        odd.append(lambda deed=deed: store.note(CLINICIAN, deed))  # type: ignore[misc]
    for act in odd:
        act()
    assert store.verify_trail(CLINICIAN)[1] == []
