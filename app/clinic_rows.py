"""`innervate clinic`: patients, their rows and their models."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..calibration.store.base import OfPatient
from ..calibration.store.database import utc_now
from ..calibration.store.deletion import delete_patient
from ..calibration.store.errors import StoreError
from ..calibration.store.export import export_patient, row_json
from ..calibration.store.model_versions import compare, export_bundle, go_back, use
from ..calibration.store.patients import Limb, Patient
from ..calibration.store.recordings import keep_recording
from ..calibration.store.tables import OF_PATIENT, kind_of, table_of
from ..calibration.store.texts import values_from
from ..calibration.store.upgrade import newest
from ..calibration.store.visits import ModelVersion
from .clinic_desk import Desk, marked
from .files import check_writable


class Rows(Desk):
    """What patients have."""

    def init(self) -> None:
        """Make or upgrade the store."""
        with self.store() as store:
            kept = str(store.kept) if store.kept else None
        self.say({"store": str(self.place), "tables": newest(), "kept": kept}, f"{self.place}: {newest()}")

    def tables(self) -> None:
        """Every table and column."""
        said = {table_of(kind).name: _columns(kind) for kind in OF_PATIENT}
        lines = [
            f"{name}: " + "; ".join(f"{k} {v}".strip() for k, v in cols.items())
            for name, cols in said.items()
        ]
        self.say(said, *lines)

    def patients(self) -> None:
        """All patients."""
        with self.store() as store, store.work(self.who) as work:
            found = [row_json(patient) for patient in work.patients()]
        self.say(found, *[marked(row["simulated"], f"{row['id']}  {row['name'] or ''}") for row in found])

    def new(self, code: str, name: str, *, simulated: bool) -> None:
        """A new patient."""
        with self.store() as store, store.work(self.who) as work:
            made = work.create(Patient(id=code, name=name or None, simulated=simulated))
        self.say(row_json(made), marked(simulated, f"patient {code}"))

    def rows(self, table: str, code: str) -> None:
        """A patient's rows."""
        kind: type[OfPatient] | type[Patient] = Patient if table == "patient" else kind_of(table)
        with self.store() as store, store.work(self.who) as work:
            patient = work.patient(code)
            rows = [patient] if issubclass(kind, Patient) else work.rows(kind, code)
        found = [row_json(row) for row in rows]
        said = {"simulated": patient.simulated, "rows": found}
        self.say(said, *[marked(patient.simulated, _line(row)) for row in found])

    def add(self, table: str, code: str, texts: list[str]) -> None:
        """A new row."""
        kind = kind_of(table)
        values = values_from(kind, texts)
        with self.store() as store, store.work(self.who) as work:
            row = work.add(kind(**{**values, "patient_id": code}))
        self.say(row_json(row), f"{table} {row.id}, version {row.version}")

    def change(self, table: str, row_id: str, version: int, texts: list[str]) -> None:
        """Save over a version."""
        kind: Any = Patient if table == "patient" else kind_of(table)
        values = values_from(kind, texts)
        with self.store() as store, store.work(self.who) as work:
            row = work.change(kind, row_id, version, **values)
        self.say(row_json(row), f"{table} {row.id}, version {row.version}")

    def remove(self, table: str, row_id: str, version: int) -> None:
        """Remove a row."""
        with self.store() as store, store.work(self.who) as work:
            work.remove(kind_of(table), row_id, version)
        self.say({"removed": row_id}, f"{table} {row_id}: removed")

    def recording(self, code: str, path: Path, task: str, limb: str, visit: str) -> None:
        """Keep a recording."""
        with self.store() as store:
            row = keep_recording(
                store, self.who, code, path, task, utc_now(), limb_id=limb or None, visit_id=visit or None
            )
        self.say(row_json(row), f"recording {row.id}: {row.path}")

    def export(self, code: str, folder: Path) -> None:
        """Export a patient."""
        with self.store() as store:
            path = export_patient(store, self.who, code, folder)
        self.say({"export": str(path)}, f"wrote {path} and its files")

    def delete(self, code: str, again: str) -> None:
        """Delete a patient."""
        if again != code:
            raise StoreError(f"patient {code}: deletion cannot be undone", f"--yes {code}")
        with self.store() as store:
            done = delete_patient(store, self.who, code)
        rows = sum(done.rows.values())
        lines = [f"patient {code}: {rows} rows, {done.files} files, {len(done.accounts)} accounts deleted"]
        lines += [f"still in: {path}" for path in done.backups]
        self.say({**asdict(done), "backups": [str(path) for path in done.backups]}, *lines)

    def model_use(self, row_id: str, version: int) -> None:
        """Put a model in use."""
        with self.store() as store, store.work(self.who) as work:
            row = use(store, work, row_id, version)
        self.say(row_json(row), f"model {row.number} is in use")

    def model_back(self, limb_id: str) -> None:
        """Go back."""
        with self.store() as store, store.work(self.who) as work:
            row = go_back(store, work, work.row(Limb, limb_id))
        self.say(row_json(row), f"model {row.number} is in use")

    def model_compare(self, first: str, second: str) -> None:
        """Compare two."""
        with self.store() as store, store.work(self.who) as work:
            found = compare(work.row(ModelVersion, first), work.row(ModelVersion, second))
        self.say([asdict(each) for each in found], *[f"{d.what}: {d.first} | {d.second}" for d in found])

    def model_export(self, row_id: str, bundle: Path) -> None:
        """Copy a bundle."""
        check_writable(bundle, "BUNDLE")
        with self.store() as store, store.work(self.who) as work:
            path = export_bundle(store, work.row(ModelVersion, row_id), bundle)
        self.say({"bundle": str(path)}, f"wrote {path}")


def _columns(kind: type[OfPatient]) -> dict[str, str]:
    said = {}
    for column in table_of(kind).columns:
        info = column.info
        if "words" in info:
            said[column.name] = "|".join(info["words"])
        elif "ends" in info:
            said[column.name] = f"{info['ends'][0]:g} to {info['ends'][1]:g}"
        else:
            said[column.name] = column.type.python_type.__name__
    return said


def _line(row: dict[str, Any]) -> str:
    first = f"{row['id']} v{row['version']}"
    left_out = ("id", "patient_id", "version", "changed_at", "changed_by")
    rest = [
        f"{key}={value}" for key, value in row.items() if key not in left_out and value not in (None, {}, [])
    ]
    return " ".join([first, *rest])
