"""Repetitions of a calibration, saved one at a time: what is saved survives whatever happens next.

The samples' file is on the disk, and named, before the row that names it; the row's commit is on the disk
when `save` returns. A crash in between leaves a file without a row, which nothing counts.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ...core.folders import private_folder
from ...drivers.recordings.npz import Recording, write_recording
from .base import new_id
from .errors import StoreError
from .rights import Person
from .store import Store
from .visits import Calibration, Repetition

FINE = ("ok",)
"""Verdicts after which a repetition is not asked for again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One repetition, as the plan asks for it.

    Attributes:
        movement: canonical name.
        number: 1, 2, ... of this movement, position and effort.
        attempt: 1, and more when it was asked for again.
        position: of the arm, or what the body does.
        effort: how strongly.
    """

    movement: str
    number: int = 1
    attempt: int = 1
    position: str = "comfortable"
    effort: str = "comfortable"


def save(
    store: Store,
    who: Person,
    calibration: Calibration,
    asked: Asked,
    samples: Recording,
    began_at: datetime,
    ended_at: datetime,
    verdict: str,
    figures: dict[str, Any] | None = None,
) -> Repetition:
    """Keep one repetition; it is on the disk when this returns.

    Args:
        store: open.
        who: calibrates: a clinician, or the wearer alone.
        calibration: it is part of.
        asked: what was asked for.
        samples: as recorded.
        began_at: wall time of the first sample.
        ended_at: of the last.
        verdict: ok, or what was wrong; such a one is kept, and not used.
        figures: of its quality.

    Raises:
        StoreError: there is one already, or a value cannot be.
        RecordingError: samples that cannot be kept.
    """
    patient = calibration.patient_id
    folder = store.place.files_of(patient)
    with store.work(who) as work:
        # Before a file is made: may this person, and is the calibration this patient's?
        private_folder(folder)
        relative = f"calibrations/{calibration.id}"
        target = private_folder(private_folder(folder / "calibrations") / calibration.id)
        row_id = new_id()
        name = _file_name(asked, row_id)
        row = Repetition(
            id=row_id,
            patient_id=patient,
            calibration_id=calibration.id,
            movement=asked.movement,
            position=asked.position,
            effort=asked.effort,
            number=asked.number,
            attempt=asked.attempt,
            began_at=began_at,
            ended_at=ended_at,
            verdict=verdict,
            used=verdict in FINE,
            path=f"{relative}/{name}",
            sha256="0" * 64,
            figures=figures or {},
        )
        work.may_add(row)
        path = target / name
        write_recording(path, samples)
        row.sha256 = _on_disk(path)
        return work.add(row)


def _file_name(asked: Asked, row_id: str) -> str:
    """Nobody else's, so that nothing is written over; plain letters whatever a movement is called."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in asked.movement)[
        :40
    ]
    return f"{plain}-{asked.number}-{asked.attempt}-{row_id[:8]}.npz"


def _on_disk(path: Path) -> str:
    """Wait for the disk; the file's SHA-256."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return found


def still_to_do(calibration: Calibration, done: list[Repetition]) -> list[Asked]:
    """What a calibration still asks for, in the plan's order: where one goes on after a crash.

    Args:
        calibration: with its plan.
        done: its repetitions so far.

    Raises:
        StoreError: a plan that cannot be read.
    """
    fine = {_key(row) for row in done if row.used}
    tries = Counter(_key(row) for row in done)
    left = []
    for step in calibration.plan:
        if not isinstance(step, dict) or not isinstance(step.get("movement"), str):
            raise StoreError(f"calibration {calibration.id}: plan step {step!r} names no movement")
        position = str(step.get("position", "comfortable"))
        effort = str(step.get("effort", "comfortable"))
        for number in range(1, int(step.get("repetitions", 3)) + 1):
            of = (step["movement"], position, effort, number)
            if of not in fine:
                left.append(Asked(step["movement"], number, tries[of] + 1, position, effort))
    return left


def _key(row: Repetition) -> tuple[str, str, str, int]:
    return row.movement, row.position, row.effort, row.number


def damaged(store: Store, rows: list[Repetition]) -> list[Repetition]:
    """Those whose file is not there, or not as it was saved."""
    folder = store.place.files_of(rows[0].patient_id) if rows else store.place.files
    bad = []
    for row in rows:
        try:
            with (folder / row.path).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == row.sha256:
                    continue
        except OSError:
            pass
        bad.append(row)
    return bad
