"""The data set's folder around recordings: whose it is, and what BIDS wants at its top."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ...core.errors import RecordingError
from ...core.settings import write_private
from . import tsv
from .bids_names import Place
from .sidecars import json_bytes, read_json

BIDS_VERSION = "1.11.1"
DESCRIPTION, PEOPLE = "dataset_description.json", "participants.tsv"
BACKUP = ".before-mend"
_ONE_PATIENT = "InnervatePatient"
_ID, _SIMULATED = "innervate_id", "simulated"
_README = """EMG of a person with an amputation, recorded by innervate.

Layout: Brain Imaging Data Structure, modality EMG. Samples are BDF+; events.tsv says what was asked for.
"""


def made_by() -> dict[str, str]:
    """This program, as BIDS asks for it."""
    try:
        number = version("innervate")
    except PackageNotFoundError:
        number = "unknown"
    return {"Name": "innervate", "Version": number}


def join_data_set(root: Path, subject: str, patient: str, *, simulated: bool, several: bool) -> None:
    """Make the data set, or add the patient to one that is there.

    Raises:
        RecordingError: it is another patient's, or cannot be written.
    """
    refuse_other_patient(root, patient, subject)
    try:
        make_private(root)
        if not (root / DESCRIPTION).exists():
            about = {
                "Name": "EMG recorded by innervate",
                "BIDSVersion": BIDS_VERSION,
                "DatasetType": "raw",
                "GeneratedBy": [made_by()],
                **({} if several else {_ONE_PATIENT: patient}),
            }
            write_private(root / "README", _README.encode())
            write_private(root / ".bidsignore", f"*{BACKUP}*\n*.new\n".encode())
            write_private(root / DESCRIPTION, json_bytes(about))
        _add_person(root, subject, patient, simulated=simulated)
    except OSError as error:
        raise RecordingError(
            f"{root}: cannot be written: {error.strerror}", "choose another folder"
        ) from error


def refuse_other_patient(root: Path, patient: str, subject: str = "") -> None:
    """Do nothing where the data set is `patient`'s, several people's, or not there.

    Raises:
        RecordingError: it is another's, or `subject` stands for another.
    """
    about = read_json(root / DESCRIPTION) or {}
    owner = about.get(_ONE_PATIENT, patient)
    if owner != patient:
        raise RecordingError(
            f"{root}: holds recordings of patient {owner!r}, not of {patient!r}", "choose another folder"
        )
    for row in tsv.read(root / PEOPLE) or []:
        known = row.get(_ID, "")
        if subject and row.get("participant_id") == f"sub-{subject}" and known not in ("", patient):
            raise RecordingError(
                f"{root}: sub-{subject} is patient {known!r}, not {patient!r}", "choose another folder"
            )


def _add_person(root: Path, subject: str, patient: str, *, simulated: bool) -> None:
    rows = tsv.read(root / PEOPLE)
    if rows is None:
        rows = []
        described = {
            _ID: {"Description": "The patient's id in their profile"},
            _SIMULATED: {"Description": "true: a simulated patient, nobody real"},
        }
        write_private(root / "participants.json", json_bytes(described))
    if any(row.get("participant_id") == f"sub-{subject}" for row in rows):
        return
    rows.append({"participant_id": f"sub-{subject}", _ID: patient, _SIMULATED: str(simulated).lower()})
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [[row.get(column, "") for column in columns] for row in rows]
    write_private(root / PEOPLE, tsv.table(columns, cells))


def claim(place: Place) -> Place:
    """The first run from `place` on that nobody else has taken; its JSON is there, empty, and its folder.

    Raises:
        RecordingError: the folder cannot be written.
    """
    while True:
        try:
            make_private(place.folder)
            os.close(os.open(place.file("_emg.json"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            place = replace(place, run=place.run + 1)
        except OSError as error:
            raise RecordingError(f"{place.folder}: cannot be written: {error.strerror}") from error
        else:
            return place


def make_private(folder: Path) -> None:
    """Make a folder and those above it, for the owner's eyes only; what is there already stays as it is."""
    for each in (*reversed(folder.absolute().parents), folder.absolute()):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
