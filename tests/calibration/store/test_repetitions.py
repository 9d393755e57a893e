"""A repetition that was saved stays saved, whenever the program is killed; a calibration is gone on with."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from innervate.calibration.store.errors import NotAllowed, StoreError
from innervate.calibration.store.patients import Limb, Patient
from innervate.calibration.store.place import Place
from innervate.calibration.store.repetitions import Asked, damaged, save, still_to_do
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store, open_store
from innervate.calibration.store.visits import Calibration, Repetition
from innervate.calibration.store.words import Role
from innervate.core.clock import sleep
from innervate.drivers.recordings.npz import read_recording

from .conftest import CLINICIAN, WEARER, Wall
from .kill_me import samples
from .rows import AT

PLAN = [
    {"movement": "power", "repetitions": 2},
    {"movement": "rest", "repetitions": 1, "position": "reaching"},
]


def begun(store: Store) -> Calibration:
    with store.work(CLINICIAN) as work:
        work.create(Patient(id="p7"))
        limb = work.add(Limb(patient_id="p7", level="transradial", side="left"))
        return work.add(Calibration(patient_id="p7", limb_id=limb.id, began_at=AT, plan=PLAN))


def saved(
    store: Store, calibration: Calibration, asked: Asked, verdict: str, who: Person = CLINICIAN
) -> Repetition:
    return save(store, who, calibration, asked, samples(1), AT, AT + timedelta(seconds=3), verdict)


def repetitions(store: Store) -> list[Repetition]:
    with store.work(CLINICIAN) as work:
        return work.rows(Repetition, "p7")


def test_a_calibration_goes_on_with_what_is_missing(store: Store, wall: Wall) -> None:
    calibration = begun(store)
    todo = still_to_do(calibration, [])
    reaching = Asked("rest", 1, 1, "reaching")
    assert todo == [Asked("power", 1), Asked("power", 2), reaching]
    saved(store, calibration, todo[0], "ok")
    saved(store, calibration, todo[1], "late")
    saved(store, calibration, reaching, "ok", WEARER)
    assert still_to_do(calibration, repetitions(store)) == [Asked("power", 2, attempt=2)]
    saved(store, calibration, Asked("power", 2, attempt=2), "ok")
    rows = repetitions(store)
    assert still_to_do(calibration, rows) == []
    assert {(row.verdict, row.used) for row in rows} == {("ok", True), ("late", False)}
    found = read_recording(store.place.files_of("p7") / rows[0].path)
    assert (found.emg == samples(1).emg).all()


def test_the_same_repetition_twice_keeps_the_first(store: Store) -> None:
    calibration = begun(store)
    first = saved(store, calibration, Asked("power"), "ok")
    with pytest.raises(StoreError, match="refuses"):
        save(store, CLINICIAN, calibration, Asked("power"), samples(2), AT, AT, "ok")
    assert [row.id for row in repetitions(store)] == [first.id]
    assert damaged(store, [first]) == []
    path = store.place.files_of("p7") / first.path
    path.write_bytes(path.read_bytes()[:-1])
    assert damaged(store, [first]) == [first]
    path.unlink()
    assert damaged(store, [first]) == [first]


def test_who_may_not_calibrate_leaves_no_file(store: Store) -> None:
    calibration = begun(store)
    with pytest.raises(NotAllowed):
        saved(store, calibration, Asked("power"), "ok", Person("x", Role.WEARER, "p8"))
    with pytest.raises(StoreError):
        saved(store, calibration, Asked("power"), "splendid")
    assert [path for path in store.place.files.rglob("*") if path.is_file()] == []


def kill_in_the_middle(place: Place, rng: random.Random) -> None:
    """Killed at a random moment of the second or a later repetition; all that were said are there, whole."""
    with open_store(place) as store:
        begun(store)
    where = str(place.folder) if place.is_sqlite else place.url.render_as_string(hide_password=False)
    program = [sys.executable, "-m", "tests.calibration.store.kill_me", where, str(place.folder)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(rng.randint(1, 5))]
        sleep(rng.uniform(0, 0.06))
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    told = [int(line) for line in said if line.endswith("\n")]
    with open_store(place) as store:
        rows = repetitions(store)
        assert [row.number for row in sorted(rows, key=lambda row: row.number)] in (
            told,
            [*told, len(told) + 1],
        )
        assert damaged(store, rows) == []
        for row in rows:
            found = read_recording(store.place.files_of("p7") / row.path)
            assert (found.emg == samples(row.number).emg).all()
        assert store.verify_trail(CLINICIAN)[1] == []
        if place.is_sqlite:
            with store.engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
                assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        with store.work(CLINICIAN) as work:
            (calibration,) = work.rows(Calibration, "p7")
        assert [asked.movement for asked in still_to_do(calibration, rows)][-1] == "rest"
        # And it is gone on with: the files of what was cut are in nobody's way.
        number = len(rows) + 1
        save(store, CLINICIAN, calibration, Asked("power", number), samples(number), AT, AT, "ok")


@pytest.mark.parametrize("seed", range(3))
def test_a_calibration_that_is_killed_loses_at_most_the_repetition_in_progress(
    place: Place, seed: int
) -> None:
    kill_in_the_middle(place, random.Random(seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_killed_twenty_times(place: Place, seed: int) -> None:
    kill_in_the_middle(place, random.Random(seed))
