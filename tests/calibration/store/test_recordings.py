"""Recordings stay files: copied among the patient's, EMG-BIDS whole, nobody else's by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from innervate.calibration.store.errors import NotAllowed, StoreError
from innervate.calibration.store.export import export_patient
from innervate.calibration.store.patients import Limb
from innervate.calibration.store.recordings import keep_recording
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store
from innervate.calibration.store.words import Role
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.describe import About
from innervate.drivers.recordings.formats import read
from innervate.drivers.recordings.write import write

from .conftest import CLINICIAN
from .kill_me import samples
from .rows import AT


@pytest.fixture
def bids(tmp_path: Path) -> Path:
    folder = tmp_path / "day1"
    write(samples(1), folder, About(patient="p7", task="calibration"))
    return folder


def test_an_emg_bids_folder_comes_in_and_goes_out_whole(
    store: Store, limb: Limb, bids: Path, tmp_path: Path
) -> None:
    row = keep_recording(store, CLINICIAN, "p7", bids, "calibration", AT, limb_id=limb.id)
    kept = store.place.files_of("p7") / row.path
    assert read(kept).emg.shape == samples(1).emg.shape
    assert {path.stat().st_mode & 0o077 for path in kept.rglob("*")} == {0}
    export_patient(store, CLINICIAN, "p7", tmp_path / "out")
    assert read(tmp_path / "out/files" / row.path).patient == "p7"


def test_somebody_elses_a_link_or_nothing_is_refused_and_leaves_no_file(
    store: Store, limb: Limb, bids: Path, tmp_path: Path
) -> None:
    del limb
    with pytest.raises(RecordingError, match="p7"):
        keep_recording(store, CLINICIAN, "p8", bids, "calibration", AT)
    with pytest.raises(NotAllowed):
        keep_recording(store, Person("x", Role.WEARER, "p8"), "p7", bids, "calibration", AT)
    with pytest.raises(StoreError, match="no such recording"):
        keep_recording(store, CLINICIAN, "p7", tmp_path / "absent", "calibration", AT)
    (bids / "link").symlink_to("/etc/passwd")
    with pytest.raises(StoreError, match="has a link"):
        keep_recording(store, CLINICIAN, "p7", bids, "calibration", AT)
    assert [path for path in store.place.files.rglob("*") if path.is_file()] == []
