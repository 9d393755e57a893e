"""A restore that is cut between any two steps is finished, or never was, when the store is opened next."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.calibration.store import restore as restoring
from innervate.calibration.store.errors import StoreError
from innervate.calibration.store.patients import Patient
from innervate.calibration.store.place import Place
from innervate.calibration.store.restore import restore
from innervate.calibration.store.store import back_up, open_store
from sqlalchemy import create_engine, text

from .conftest import CLINICIAN, Wall


class CutError(BaseException):
    """As a kill would."""


def patients(place: Place, wall: Wall) -> list[str]:
    with open_store(place, wall) as store, store.work(CLINICIAN) as work:
        return [patient.id for patient in work.patients()]


@pytest.fixture
def kept(place: Place, wall: Wall, tmp_path: Path) -> Path:
    """A backup with "old" and a file; the store has gone on to "new" and another."""
    with open_store(place, wall) as store:
        for code in ("old", "new"):
            with store.work(CLINICIAN) as work:
                work.create(Patient(id=code))
            place.files_of(code).mkdir()
            (place.files_of(code) / "x.bdf").write_bytes(code.encode())
            if code == "old":
                back_up(store, CLINICIAN, tmp_path / "kept.zip")
    return tmp_path / "kept.zip"


def renames(monkeypatch: pytest.MonkeyPatch, cut_at: int) -> Iterator[int]:
    """Count renames, and be cut at one of them; no clean-up runs, as after a kill."""
    done = 0
    real = Path.rename

    def counted(self: Path, target: Path) -> Path:
        nonlocal done
        if done == cut_at:
            raise CutError
        done += 1
        return real(self, target)

    monkeypatch.setattr(Path, "rename", counted)
    yield done


@pytest.mark.parametrize("cut_at", range(5))
def test_cut_between_any_two_renames(
    place: Place, wall: Wall, kept: Path, cut_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        next(renames(patched, cut_at))
        try:
            restore(kept, place, CLINICIAN, wall(), replace=True)
        except CutError:
            assert list(place.folder.glob("restoring-*/ready"))
    assert patients(place, wall) == ["old"]
    assert sorted(path.name for path in place.files.iterdir()) == ["old"]
    (aside,) = place.folder.glob("aside-*")
    assert (aside / "files" / "new" / "x.bdf").read_bytes() == b"new"
    assert not list(place.folder.glob("restoring-*"))


def test_cut_before_it_was_ready_leaves_what_was_there(
    place: Place, wall: Wall, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise CutError

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "say_ready", cut)
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(CutError):
            restore(kept, place, CLINICIAN, wall(), replace=True)
    assert patients(place, wall) == ["new", "old"]
    assert (place.files_of("new") / "x.bdf").read_bytes() == b"new"
    # What it left is swept by the next one, which goes through.
    wall.pass_s(1)
    restore(kept, place, CLINICIAN, wall(), replace=True)
    assert not list(place.folder.glob("restoring-*"))


def test_ready_but_never_committed_leaves_what_was_there(
    place: Place, wall: Wall, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL's commit comes after the mark: without it the files stay too."""
    if place.is_sqlite:
        return
    real = restoring.say_ready

    def then_cut(building: Path, aside: Path, head: restoring.Head) -> None:
        real(building, aside, head)
        raise CutError

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "say_ready", then_cut)
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(CutError):
            restore(kept, place, CLINICIAN, wall(), replace=True)
    assert patients(place, wall) == ["new", "old"]
    assert sorted(path.name for path in place.files.iterdir()) == ["new", "old"]
    assert not list(place.folder.glob("restoring-*"))


def test_a_database_that_is_somebody_elses_is_left_alone(bare: Place, wall: Wall) -> None:
    bare.folder.mkdir(mode=0o700)
    engine = create_engine(bare.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(StoreError, match="no clinic's store"), open_store(bare, wall):
        pass
    with engine.connect() as connection:
        connection.execute(text("SELECT * FROM invoices"))
    engine.dispose()
