"""One patient, for the patient or for another clinic: all rows as JSON, all files as they are."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

from ...core.folders import private_folder
from ...core.settings import write_private
from .base import OfPatient
from .errors import StoreError
from .patients import Patient
from .rights import Person, Verb
from .store import Store
from .tables import OF_PATIENT, table_of

SIMULATED = "SIMULATED: nobody real"


def export_patient(store: Store, who: Person, patient_id: str, target: Path) -> Path:
    """Write `patient.json` and `files/` (recordings stay EMG-BIDS folders) into a new folder.

    Returns:
        The JSON: {"format", "simulated", "made_at", "patient", tables..., "files": {path: sha256}}.

    Raises:
        NotAllowed: this account may not.
        StoreError: no such patient, or the folder is there and not empty.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StoreError(f"{target}: is there already", "name a new folder")
    with store.work(who) as work:
        patient = work.patient(patient_id, Verb.EXPORT)
        rows = {
            table_of(kind).name: [row_json(row) for row in work.rows(kind, patient_id, see=Verb.EXPORT)]
            for kind in OF_PATIENT
        }
        said: dict[str, Any] = {
            "format": "innervate-patient-1",
            "simulated": patient.simulated,
            **({"mark": SIMULATED} if patient.simulated else {}),
            "made_at": store.now().isoformat(),
            "patient": row_json(patient),
            **rows,
        }
    private_folder(target)
    said["files"] = _copy(store.place.files_of(patient_id), target / "files")
    path = target / "patient.json"
    write_private(path, json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False).encode())
    return path


def row_json(row: OfPatient | Patient) -> dict[str, Any]:
    """A row's columns, as JSON knows them."""
    return {column.name: _plain(getattr(row, column.name)) for column in table_of(type(row)).columns}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _copy(source: Path, target: Path) -> dict[str, str]:
    """Plain files only; SHA-256 of each as it was copied."""
    found: dict[str, str] = {}
    if not source.is_dir():
        return found
    for root, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not (Path(root) / name).is_symlink()]
        for name in sorted(names):
            path = Path(root) / name
            if path.is_symlink() or not path.is_file():
                continue
            place = target / path.relative_to(source)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(path, place)
            place.chmod(0o600)
            with place.open("rb") as file:
                found[path.relative_to(source).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
