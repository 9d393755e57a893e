"""Every table keeps what it is given; what cannot be is refused in code, and by the database beneath it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from innervate.calibration.store.base import OfPatient
from innervate.calibration.store.checks import check_row
from innervate.calibration.store.errors import StoreError
from innervate.calibration.store.outcomes import Alert, Assessment, FollowUpEvent, PainEntry, PromisScore
from innervate.calibration.store.patients import Electrode, Limb, NerveTransfer, Patient
from innervate.calibration.store.store import Store
from innervate.calibration.store.tables import OF_PATIENT, table_of
from innervate.calibration.store.visits import ModelVersion, Repetition
from innervate.core.transfers import PURPOSES
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .conftest import CLINICIAN, Wall
from .rows import AT, ON, VALUES, everything, made

WRONG: list[tuple[type[OfPatient], dict[str, Any], str]] = [
    (Limb, {"level": "ankle"}, "allowed: shoulder, transhumeral"),
    (Limb, {"side": "both"}, "allowed: left, right"),
    (Limb, {"tmr": "tertiary"}, "allowed: primary, secondary"),
    (Limb, {"transferred_on": date(2026, 1, 4)}, "transferred_on comes before amputated_on"),
    (Limb, {"cleared_on": date(2025, 1, 4)}, "cleared_on comes before amputated_on"),
    (NerveTransfer, {"movement": None}, "names its movement"),
    (NerveTransfer, {"purpose": "sensory"}, "names its movement"),
    (Electrode, {"x": 1.5}, "allowed: 0 to 1"),
    (Electrode, {"channel": ""}, "is empty"),
    (Repetition, {"ended_at": AT - timedelta(seconds=1)}, "ended_at comes before began_at"),
    (Repetition, {"number": 0}, "allowed: 1 to 1000"),
    (Repetition, {"verdict": "fine"}, "allowed: ok, late"),
    (ModelVersion, {"sha256": "ab"}, "64 digits"),
    *[
        (PainEntry, {column: value}, "allowed: 0 to 10")
        for column in ("plp_worst_24h", "plp_average_7d", "rlp_worst_24h", "rlp_average_7d")
        for value in (-0.5, 10.5)
    ],
    (PainEntry, {"sfmpq_pri": 46}, "allowed: 0 to 45"),
    (PainEntry, {"opioid_mg_day": -1.0}, "allowed: 0 to"),
    (PromisScore, {"form": ""}, "is empty"),
    (PromisScore, {"t_score": 101.0}, "allowed: 0 to 100"),
    (FollowUpEvent, {"window_months": None}, "says of which month"),
    (FollowUpEvent, {"kind": "died"}, "says of which month"),
    (Assessment, {"rater": None}, "certified rater"),
    (Assessment, {"rater_certified": False}, "certified rater"),
    (Assessment, {"test": "juggling"}, "allowed: tac, fitts"),
]


def test_every_table_gives_back_what_it_was_given(store: Store, limb: Limb) -> None:
    del limb
    everything(store, CLINICIAN, "s1")
    assert set(VALUES) == set(OF_PATIENT)
    with store.work(CLINICIAN) as work:
        for kind, values in VALUES.items():
            (row,) = (row for row in work.rows(kind, "s1"))
            assert {name: getattr(row, name) for name in values} == values
            assert (row.version, row.changed_by) == (1, "ann")


def test_what_cannot_be_is_refused_by_code_and_by_the_database(store: Store, limb: Limb) -> None:
    del limb
    rows = everything(store, CLINICIAN, "s1")
    parents = {parent: row.id for parent, row in rows.items()}
    for kind, change, says in WRONG:
        with pytest.raises(StoreError, match=says), store.work(CLINICIAN) as work:
            work.add(made(kind, "s1", parents, **change))
        # As somebody who writes to the database without us.
        with Session(store.engine) as session:
            there = session.get(kind, rows[kind].id)
            assert there is not None
            for name, value in change.items():
                setattr(there, name, value)
            with pytest.raises(IntegrityError):
                session.flush()


def test_a_row_cannot_hang_on_another_patients(store: Store, limb: Limb) -> None:
    """The database itself says so: an electrode of p8 on the leg of p7."""
    with pytest.raises(StoreError, match="the database refuses it"), store.work(CLINICIAN) as work:
        work.add(made(Electrode, "p8", {Limb: limb.id}))
    with store.work(CLINICIAN) as work:
        assert work.rows(Electrode, "p8") == []


def test_one_statement_does_not_take_a_patient_away(store: Store, limb: Limb) -> None:
    del limb
    with Session(store.engine) as session, pytest.raises(IntegrityError):
        session.execute(table_of(Patient).delete().where(Patient.id == "p7"))


FIGURES: list[tuple[dict[str, Any], str]] = [
    ({"figures": {}}, "no figure"),
    ({"figures": {"points": 3}}, "allowed: score"),
    ({"figures": {"score": 101}}, "allowed: 0 to 100"),
    ({"figures": {"score": float("nan")}}, "finite"),
    ({"figures": {"score": "55"}}, "allowed: 0 to 100"),
    ({"note": "a\0b"}, "control character"),
    ({"on": AT}, "allowed: date"),
    ({"on": "2026-11-02"}, "allowed: date"),
    ({"rater": "x" * 201}, "201 letters"),
]
CODES = ("", "..", "a/b", "-x", "a b", "é", "x" * 65, "a\n")
PATHS = ("/etc/passwd", "../p8/x", "a/../../b", "", "a\\b")


def test_figures_kinds_codes_and_paths_are_looked_at() -> None:
    """A code names a folder, and a path stays in it."""
    for change, says in FIGURES:
        with pytest.raises(StoreError, match=says):
            check_row(made(Assessment, "p7", {}, **change))
    naive = datetime(2026, 11, 2)  # noqa: DTZ001 - what is refused
    for wrong, says in (
        (naive, "no time zone"),
        (ON, "allowed: datetime"),
        ("2026-11-02", "allowed: datetime"),
    ):
        with pytest.raises(StoreError, match=says):
            check_row(made(Alert, "p7", {}, at=wrong))
    for code in CODES:
        with pytest.raises(StoreError):
            check_row(Patient(id=code))
    for path in PATHS:
        with pytest.raises(StoreError):
            check_row(made(ModelVersion, "p7", {Limb: "0" * 32}, path=path))
    check_row(made(ModelVersion, "p7", {Limb: "0" * 32}))


def test_at_most_one_model_of_a_limb_is_current(store: Store, limb: Limb) -> None:
    with store.work(CLINICIAN) as work:
        work.add(made(ModelVersion, "p7", {Limb: limb.id}, current=True))
    with pytest.raises(StoreError, match="refuses"), store.work(CLINICIAN) as work:
        work.add(made(ModelVersion, "p7", {Limb: limb.id}, current=True, number=2))


def test_a_sensory_transfer_expects_no_signal() -> None:
    def transfer(purpose: str) -> NerveTransfer:
        return NerveTransfer(donor_nerve="sural", target_muscle="gastrocnemius", purpose=purpose)

    assert [transfer(purpose).signal_expected for purpose in PURPOSES] == [True, False, False]


def test_pain_up_by_two_points_and_a_fall_flag_the_clinician_once(
    store: Store, limb: Limb, wall: Wall
) -> None:
    with store.work(CLINICIAN) as work:
        other = work.add(made(Limb, "p7", {}, side="right"))
    told = [
        (0, limb.id, {"plp_worst_24h": 3.0}, 0),
        (1, limb.id, {"plp_worst_24h": 4.5}, 0),  # 1.5 more
        (
            2,
            limb.id,
            {"rlp_worst_24h": 1.0},
            0,
        ),  # phantom pain was not told: looked past, not carried forward
        (3, limb.id, {"plp_worst_24h": 6.5, "rlp_worst_24h": 2.9}, 1),  # 2 more than the one before the gap
        (4, limb.id, {"plp_worst_24h": 6.5, "rlp_worst_24h": 4.9}, 2),
        (5, None, {"plp_worst_24h": 6.0}, 2),  # another limb's is not compared
        (6, other.id, {"plp_worst_24h": 9.0}, 2),
        (-1, limb.id, {"plp_worst_24h": 9.5}, 2),  # told afterwards of a day before: nothing rose to it
    ]
    for day, of, values, alerts in told:
        wall.pass_s(60)
        with store.work(CLINICIAN) as work:
            on = ON + timedelta(days=day)
            work.add(PainEntry(patient_id="p7", on=on, source="home", limb_id=of, **values))
            assert len(work.rows(Alert, "p7")) == alerts, values
    with store.work(CLINICIAN) as work:
        # Mended afterwards: still one alert of that entry.
        entry = work.rows(PainEntry, "p7")[3]
        work.change(PainEntry, entry.id, entry.version, plp_worst_24h=8.0)
        wall.pass_s(60)
        work.add(made(Assessment, "p7", {}, test="falls", figures={"falls": 0, "days": 90}))
        work.add(made(Assessment, "p7", {}, test="falls", figures={"falls": 2, "days": 90}))
        alerts_there = work.rows(Alert, "p7")
    assert [alert.kind for alert in alerts_there] == ["pain", "pain", "fall"]
    assert alerts_there[0].says == "phantom pain, worst of 24 h: 4.5 to 6.5"


def test_an_alert_is_signed_off(store: Store, limb: Limb) -> None:
    del limb
    with store.work(CLINICIAN) as work:
        alert = work.add(made(Alert, "p7", {}))
        work.change(Alert, alert.id, 1, seen_by="ann", seen_at=AT)
    with Session(store.engine) as session:
        assert session.scalars(select(Alert.seen_by)).one() == "ann"
