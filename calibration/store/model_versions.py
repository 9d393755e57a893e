"""Model bundles of a limb: kept with what they were trained on, compared, put in use, taken back."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ...core.folders import private_folder
from ...core.settings import write_private
from .errors import StoreError
from .patients import Limb
from .rights import Person
from .store import Store
from .visits import ModelVersion
from .work import Work


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which two models differ: what it is, of the first, of the second."""

    what: str
    first: Any
    second: Any


def add_model(
    store: Store,
    who: Person,
    limb: Limb,
    bundle: Path,
    *,
    trained_on: list[str],
    metrics: dict[str, Any],
    movements: dict[str, bool],
    calibration_id: str | None = None,
    note: str | None = None,
) -> ModelVersion:
    """Keep a bundle among the patient's files; it is not in use yet.

    Raises:
        StoreError: the bundle cannot be read.
    """
    try:
        content = bundle.read_bytes()
    except OSError as error:
        raise StoreError(f"{bundle}: cannot be read: {error.strerror}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    with store.work(who) as work:
        there = work.rows(ModelVersion, limb.patient_id, limb_id=limb.id, see=ModelVersion.WRITTEN_BY)
        current = [row for row in there if row.current]
        number = 1 + max((row.number for row in there), default=0)
        row = ModelVersion(
            patient_id=limb.patient_id,
            limb_id=limb.id,
            calibration_id=calibration_id,
            parent_id=current[0].id if current else None,
            number=number,
            made_at=store.now(),
            path=f"models/{limb.id}/{number}-{sha256[:12]}.imb",
            sha256=sha256,
            current=False,
            trained_on=trained_on,
            metrics=metrics,
            movements=movements,
            note=note,
        )
        work.may_add(row)
        target = store.place.files_of(limb.patient_id) / row.path
        private_folder(target.parent)
        write_private(target, content)
        return work.add(row)


def use(store: Store, work: Work, model_id: str, version: int) -> ModelVersion:
    """Make a model the limb's current one; from now on it is the newest to go back from.

    Raises:
        StoreError: its bundle is not there, or not the one that was kept.
        Conflict: somebody changed it meanwhile.
    """
    row = work.row(ModelVersion, model_id, see=ModelVersion.WRITTEN_BY)
    return _put_in_use(store, work, row, version, used_last=store.now())


def _put_in_use(store: Store, work: Work, row: ModelVersion, version: int, **times: datetime) -> ModelVersion:
    bundle_of(store, row)
    others = work.rows(ModelVersion, row.patient_id, limb_id=row.limb_id, see=ModelVersion.WRITTEN_BY)
    for other in others:
        if other.current and other.id != row.id:
            work.change(ModelVersion, other.id, other.version, current=False)
    work.change(ModelVersion, row.id, version, current=True, **times)
    return row


def go_back(store: Store, work: Work, limb: Limb) -> ModelVersion:
    """Put the model in use that was in use before the current one.

    Raises:
        StoreError: there is none.
    """
    rows = work.rows(ModelVersion, limb.patient_id, limb_id=limb.id, see=ModelVersion.WRITTEN_BY)
    current = next((row for row in rows if row.current), None)
    until = current.used_last if current else None
    before = [
        (row.used_last, row.number, row)
        for row in rows
        if row.used_last is not None and not row.current and (until is None or row.used_last < until)
    ]
    if not before:
        raise StoreError(f"limb {limb.level} {limb.side}: no model was in use before", "calibrate")
    # Its time stays, so that going back again goes one further, not forth.
    row = max(before)[-1]
    return _put_in_use(store, work, row, row.version)


def compare(first: ModelVersion, second: ModelVersion) -> list[Difference]:
    """On what two models of a limb differ: metrics, movements, what they were trained on.

    Raises:
        StoreError: they are of two limbs.
    """
    if first.limb_id != second.limb_id:
        raise StoreError("models of two limbs are not compared")
    found = []
    for what in ("metrics", "movements"):
        one, other = getattr(first, what), getattr(second, what)
        found += [
            Difference(f"{what}.{key}", one.get(key), other.get(key))
            for key in sorted({*one, *other})
            if one.get(key) != other.get(key)
        ]
    only = [sorted(set(a.trained_on) - set(b.trained_on)) for a, b in ((first, second), (second, first))]
    if any(only):
        found.append(Difference("trained only on", *only))
    return found


def bundle_of(store: Store, row: ModelVersion) -> Path:
    """The bundle's file, after a look at it.

    Raises:
        StoreError: not there, or not the one that was kept.
    """
    path = store.place.files_of(row.patient_id) / row.path
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise StoreError(f"model {row.number}: {path}: {error.strerror}", "restore a backup") from error
    if found != row.sha256:
        raise StoreError(f"model {row.number}: {path} is not the bundle that was kept", "restore a backup")
    return path


def export_bundle(store: Store, row: ModelVersion, target: Path) -> Path:
    """Copy a bundle for the limb's computer."""
    return Path(shutil.copyfile(bundle_of(store, row), target))
