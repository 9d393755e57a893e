"""Two people on one patient, who may do what, and what the trail says of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import product

import pytest
from innervate.calibration.store.errors import Conflict, NotAllowed, StoreError
from innervate.calibration.store.outcomes import Assessment, HomeDay, PainEntry
from innervate.calibration.store.patients import Limb, Patient
from innervate.calibration.store.rights import Person, Verb, Whose, allowed, whose
from innervate.calibration.store.store import Store
from innervate.calibration.store.tables import OF_PATIENT, table_of
from innervate.calibration.store.words import Role
from innervate.calibration.store.work import Work
from sqlalchemy import text

from .conftest import CLINICIAN, DEVELOPER, OTHER, WEARER, Wall
from .rows import VALUES, everything, made

# Written out a second time, cell by cell: o own, t other, s simulated, n nobody.
CELLS = {
    #              clinician wearer developer
    "see": ("ots", "o", "s"),
    "see figures": ("ots", "", "s"),
    "edit": ("ots", "", "s"),
    "remove": ("ots", "", "s"),
    "report": ("ots", "o", "s"),
    "calibrate": ("ots", "o", "s"),
    "export": ("ots", "", "s"),
    "delete": ("ots", "", "s"),
    "create": ("ots", "", "s"),
    "cohort": ("n", "", ""),
    "accounts": ("n", "", ""),
    "audit": ("n", "", ""),
    "backup": ("n", "", ""),
}
PEOPLE = {Role.CLINICIAN: CLINICIAN, Role.WEARER: WEARER, Role.DEVELOPER: DEVELOPER}


@pytest.mark.parametrize(("verb", "role", "of"), list(product(Verb, Role, Whose)))
def test_every_cell_of_who_may_do_what(verb: Verb, role: Role, of: Whose) -> None:
    cell = CELLS[verb][list(Role).index(role)]
    letter = {Whose.OWN: "o", Whose.OTHER: "t", Whose.SIMULATED: "s", Whose.NOBODY: "n"}[of]
    assert allowed(role, verb, of) == (letter in cell)


def test_whose_a_patient_is() -> None:
    assert whose(WEARER, "p7", simulated=False) is Whose.OWN
    assert whose(WEARER, "p7", simulated=True) is Whose.OWN
    assert whose(WEARER, "p8", simulated=False) is Whose.OTHER
    assert whose(Person("x", Role.WEARER, ""), "", simulated=False) is Whose.NOBODY
    assert whose(Person("x", Role.CLINICIAN, "p7"), "p7", simulated=False) is Whose.OTHER


def test_each_role_reads_and_writes_every_table_as_its_cell_says(store: Store, limb: Limb) -> None:
    """Through the door that pages use, for every table, for every role, on every kind of patient."""
    del limb
    rows = {}
    for code in ("p8", "s1"):
        rows[code] = everything(store, CLINICIAN, code)
    with store.work(CLINICIAN) as work:
        work.remove(Limb, work.rows(Limb, "p7")[0].id, 1)
    rows["p7"] = everything(store, CLINICIAN, "p7")
    whose_letter = {"p7": {Role.WEARER: "o"}, "p8": {}, "s1": dict.fromkeys(Role, "s")}
    for (role, person), code, kind in product(PEOPLE.items(), rows, OF_PATIENT):
        letter = whose_letter[code].get(role, "t")
        row = rows[code][kind]
        column = list(Role).index(role)
        parents = {parent: there.id for parent, there in rows[code].items()}
        acts: list[tuple[Verb, Callable[[Work], object]]] = [
            (kind.SEEN_BY, lambda work, kind=kind, code=code: work.rows(kind, code)),
            (kind.SEEN_BY, lambda work, kind=kind, row=row: work.row(kind, row.id)),
            (kind.WRITTEN_BY, lambda work, kind=kind, row=row: work.change(kind, row.id, row.version)),
            (
                kind.WRITTEN_BY,
                lambda work, kind=kind, code=code, of=parents: work.may_add(made(kind, code, of)),
            ),
        ]
        for number, (verb, act) in enumerate(acts):
            may = letter in CELLS[verb][column]
            if number == 2 and role is Role.WEARER and verb is Verb.REPORT:
                may = False  # the clinic saved these
            assert does(store, person, act) == may, (role, code, kind, verb)


def does(store: Store, person: Person, act: Callable[[Work], object]) -> bool:
    try:
        with store.work(person) as work:
            act(work)
    except NotAllowed:
        return False
    return True


def test_a_wearer_never_sees_figures_nor_learns_who_else_there_is(store: Store, limb: Limb) -> None:
    del limb
    theirs = everything(store, CLINICIAN, "p8")
    said = []
    for wish in ("p8", "nobody", "", "a\0"):
        with pytest.raises(NotAllowed) as refused, store.work(WEARER) as work:
            work.rows(PainEntry, wish)
        said.append(str(refused.value).replace(wish, "") if wish else str(refused.value))
    for wish in (theirs[PainEntry].id, "0" * 32, "a\0"):
        says = r"^wim \(wearer\) may not see \(ask"
        with pytest.raises(NotAllowed, match=says) as refused, store.work(WEARER) as work:
            work.row(PainEntry, wish)
        assert "p8" not in str(refused.value)
    assert len(set(said[:2])) == 1
    with store.work(WEARER) as work:
        assert [patient.id for patient in work.patients()] == ["p7"]
        work.add(made(HomeDay, "p7", {Limb: work.rows(Limb, "p7")[0].id}))
    with pytest.raises(NotAllowed), store.work(WEARER) as work:
        work.rows(Assessment, "p7")
    with store.work(DEVELOPER) as work:
        assert [patient.id for patient in work.patients()] == ["s1"]


def test_a_wearer_reports_as_home_and_changes_only_what_they_told(store: Store, limb: Limb) -> None:
    del limb
    rows = everything(store, CLINICIAN, "s1")
    wearer = Person("wim", Role.WEARER, "s1")
    theirs = PainEntry(patient_id="s1", on=rows[PainEntry].on, source="clinic", plp_worst_24h=1.0)
    with pytest.raises(NotAllowed, match="source is home"), store.work(wearer) as work:
        work.add(theirs)
    with pytest.raises(NotAllowed, match="what others saved"), store.work(wearer) as work:
        work.change(PainEntry, rows[PainEntry].id, 1, plp_worst_24h=0.0)
    with store.work(wearer) as work:
        told = work.add(PainEntry(patient_id="s1", on=rows[PainEntry].on, source="home", plp_worst_24h=1.0))
        work.change(PainEntry, told.id, told.version, plp_worst_24h=1.5)


def test_a_row_that_is_written_to_past_the_work_is_not_saved(store: Store, limb: Limb) -> None:
    def careless() -> None:
        with store.work(CLINICIAN) as work:
            work.row(Limb, limb.id).note = "unseen"
            work.rows(PainEntry, "p7")

    with pytest.raises(StoreError, match="limb: a row was changed past"):
        careless()
    with store.work(CLINICIAN) as work:
        assert work.row(Limb, limb.id).note is None


def test_the_second_of_two_is_told_and_nothing_is_lost(store: Store, limb: Limb, wall: Wall) -> None:
    with store.work(CLINICIAN) as work:
        version = work.row(Limb, limb.id).version
    with store.work(OTHER) as work:
        work.change(Limb, limb.id, version, note="skin red at the fibula head")
    wall.pass_s(60)
    with pytest.raises(Conflict) as met, store.work(CLINICIAN) as work:
        work.change(Limb, limb.id, version, note="skin fine", side="right")
    assert met.value.by == "ben"
    assert {(c.field, c.theirs, c.yours) for c in met.value.clashes} == {
        ("note", "skin red at the fibula head", "skin fine"),
        ("side", "left", "right"),
    }
    assert "ben changed it at 2026-11-02 09:00:00" in str(met.value)
    with store.work(CLINICIAN) as work:
        row = work.row(Limb, limb.id)
        assert (row.note, row.side, row.version) == ("skin red at the fibula head", "left", met.value.version)
        work.change(Limb, limb.id, met.value.version, note="both: red, and fine below")
    with pytest.raises(Conflict), store.work(OTHER) as work:
        work.remove(Limb, limb.id, version)


def test_two_at_the_same_moment_never_both_win(store: Store, limb: Limb) -> None:
    """Both have read version 1 in transactions of their own before either writes, where it lets them."""
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def save(who: Person, note: str) -> None:
        try:
            with store.work(who) as work:
                if not store.place.is_sqlite:
                    work.row(Limb, limb.id)
                    together.wait(10)
                work.change(Limb, limb.id, 1, note=note)
            outcomes.append(f"saved {note}")
        except Conflict as conflict:
            outcomes.append(f"told of {conflict.clashes[0].theirs}")

    threads = [threading.Thread(target=save, args=(who, who.name)) for who in (CLINICIAN, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with store.work(CLINICIAN) as work:
        stands = work.row(Limb, limb.id)
    assert sorted(outcomes) == [f"saved {stands.note}", f"told of {stands.note}"]
    assert stands.version == 2


def test_what_goes_wrong_leaves_nothing_of_the_whole_work(store: Store, limb: Limb) -> None:
    def goes_on_after_a_refusal() -> None:
        with store.work(CLINICIAN) as work:
            work.change(Limb, limb.id, 1, note="half")
            with suppress(StoreError):
                work.add(made(Limb, "p7", {}, level="transtibial", side="left"))

    with pytest.raises(StoreError, match="none of it is kept"):
        goes_on_after_a_refusal()
    with store.work(CLINICIAN) as work:
        assert work.row(Limb, limb.id).note is None


def test_fixed_things_stay(store: Store, limb: Limb) -> None:
    for kind, row_id, change in (
        (Patient, "p7", {"simulated": True}),
        (Limb, limb.id, {"patient_id": "p8"}),
        (Limb, limb.id, {"version": 7}),
        (Limb, limb.id, {"colour": 7}),
    ):
        with pytest.raises(StoreError, match="cannot be changed"), store.work(CLINICIAN) as work:
            work.change(kind, row_id, 1, **change)


def test_simulated_patients_are_left_out_of_cohorts_unless_asked_for(store: Store, limb: Limb) -> None:
    del limb
    for code in ("p8", "s1"):
        everything(store, CLINICIAN, code)
    with store.work(CLINICIAN) as work:
        assert {row.patient_id for row in work.cohort(PainEntry)} == {"p8"}
        assert {row.patient_id for row in work.cohort(PainEntry, simulated=True)} == {"s1"}
    with pytest.raises(NotAllowed), store.work(DEVELOPER) as work:
        work.cohort(PainEntry)


def test_the_trail_says_who_saw_and_changed_what_but_no_value(store: Store, limb: Limb, wall: Wall) -> None:
    with store.work(CLINICIAN) as work:
        work.rows(Limb, "p7")
        work.rows(Limb, "p7")
        work.change(Limb, limb.id, 1, note="a secret")
    with pytest.raises(NotAllowed), store.work(WEARER) as work:
        work.patient("p8")
    with suppress(ZeroDivisionError), store.work(CLINICIAN) as work:
        work.change(Limb, limb.id, 2, note="never")
        raise ZeroDivisionError
    with store.engine.connect() as connection:
        wish = (
            "SELECT who, verb, patient, simulated, what, row, fields, address FROM audit_entry ORDER BY seq"
        )
        trail = [tuple(row) for row in connection.execute(text(wish.replace("row,", '"row",')))]
    assert trail[-3:] == [
        ("ann", "see", "p7", False, "limb", "1 rows", "", "10.0.0.1"),
        ("ann", "change", "p7", False, "limb", limb.id, "note", "10.0.0.1"),
        ("wim", "refused", "p8", False, "", "", "wim (wearer) may not see of patient p8", ""),
    ]
    assert ("ann", "create", "s1", True, "patient", "s1", "", "10.0.0.1") in trail
    assert "secret" not in repr(trail)
    assert set(VALUES) == set(OF_PATIENT)
    assert table_of(Limb).name == "limb"
