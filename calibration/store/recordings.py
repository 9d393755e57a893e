"""Recordings of a patient: they stay files, among the patient's; the store knows where and what they are."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from ...core.folders import private_folder
from ...drivers.recordings import tsv
from ...drivers.recordings.bids_set import PEOPLE, refuse_other_patient
from .base import new_id
from .errors import StoreError
from .rights import Person
from .store import Store
from .visits import RecordingFile


def _refuse_several(root: Path, patient_id: str) -> None:
    """A data set of several people would put one's recordings among another's."""
    others = {row.get("innervate_id", "") for row in tsv.read(root / PEOPLE) or []} - {"", patient_id}
    if others:
        raise StoreError(
            f"{root}: holds recordings of {len(others)} others too", "import this patient's alone"
        )


def keep_recording(
    store: Store,
    who: Person,
    patient_id: str,
    source: Path,
    task: str,
    at: datetime,
    *,
    limb_id: str | None = None,
    visit_id: str | None = None,
) -> RecordingFile:
    """Copy a recording (a file, or an EMG-BIDS folder with its files) among the patient's, and note it.

    Raises:
        RecordingError: an EMG-BIDS folder says that it is somebody else's.
        StoreError: it is not there, or has a link in it, which may lead anywhere.
    """
    if not source.exists():
        raise StoreError(f"{source}: no such recording", "is the path right?")
    if source.is_symlink() or any(path.is_symlink() for path in source.rglob("*")):
        raise StoreError(f"{source}: has a link in it", "copy the files themselves")
    if source.is_dir():
        refuse_other_patient(source, patient_id)
        _refuse_several(source, patient_id)
    row_id = new_id()
    row = RecordingFile(
        id=row_id,
        patient_id=patient_id,
        limb_id=limb_id,
        visit_id=visit_id,
        path=f"recordings/{row_id[:12]}/{source.name}",
        task=task,
        at=at,
    )
    with store.work(who) as work:
        work.may_add(row)
        target = store.place.files_of(patient_id) / row.path
        private_folder(target.parent)
        try:
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copyfile(source, target)
        except (OSError, shutil.Error) as error:
            shutil.rmtree(target.parent, ignore_errors=True)
            raise StoreError(f"{source}: cannot be copied: {error}") from error
        for path in (target, *target.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        return work.add(row)
