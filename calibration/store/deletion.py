"""Delete a patient, really: rows, files, accounts. The audit trail keeps the fact, and the code."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import CursorResult, delete, select

from .access import Account, LoginSession
from .archive import MANIFEST
from .audit import Deed
from .database import settle
from .errors import StoreError
from .patients import Patient
from .place import Place
from .rights import Person, Verb
from .store import Store
from .swap import ASIDE, RESTORING
from .tables import OF_PATIENT, table_of


@dataclass(frozen=True, slots=True)
class Deleted:
    """What is gone, and what is not.

    Attributes:
        rows: table -> how many.
        files: how many.
        accounts: names.
        backups: that still hold the patient; they are not ours to open and write again.
    """

    rows: dict[str, int]
    files: int
    accounts: list[str]
    backups: list[Path]


def delete_patient(store: Store, who: Person, patient_id: str) -> Deleted:
    """Delete a patient. Cut in the middle, the patient is still listed, and it is done by doing it again.

    Raises:
        NotAllowed: this account may not.
        StoreError: no such patient, or a file that cannot be removed.
    """
    with store.work(who) as work:
        simulated = work.patient(patient_id, Verb.DELETE).simulated
    files = _remove_files(store.place.files_of(patient_id))
    with store.work(who) as work:
        accounts = list(work.session.scalars(select(Account).where(Account.patient_id == patient_id)))
        names = [account.name for account in accounts]
        sessions = [account.id for account in accounts]
        work.session.execute(delete(LoginSession).where(LoginSession.account_id.in_(sessions)))
        for account in accounts:
            work.session.delete(account)
        work.session.flush()
        rows = {}
        for kind in reversed(OF_PATIENT):
            gone = work.session.execute(delete(kind).where(kind.patient_id == patient_id))
            if isinstance(gone, CursorResult) and gone.rowcount:
                rows[table_of(kind).name] = gone.rowcount
        work.session.execute(delete(Patient).where(Patient.id == patient_id))
        said = ", ".join(f"{count} {table}" for table, count in sorted(rows.items()))
        work.note(Deed("delete", patient_id, simulated, "patient", patient_id, f"{said}; {files} files"))
    settle(store.engine)
    return Deleted(rows, files, names, backups_with(store.place, patient_id))


def _remove_files(folder: Path) -> int:
    if not folder.exists():
        return 0
    count = sum(1 for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise StoreError(
            f"{error.filename}: cannot be removed: {error.strerror}", "nothing else was deleted"
        ) from error
    return count


def backups_with(place: Place, patient_id: str) -> list[Path]:
    """Backups in the store's folder that name a patient; those that cannot be read too, for they may."""
    found = []
    for path in sorted([*place.backups.glob("*.zip*"), *place.folder.glob(f"{ASIDE}*/*.zip")]):
        try:
            with zipfile.ZipFile(path) as archive:
                holds = patient_id in json.loads(archive.read(MANIFEST))["patients"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            holds = True
        if holds:
            found.append(path)
    # A store that was put aside whole: nobody opens it to look.
    whole = sorted(path.parent for path in place.folder.glob(f"{ASIDE}*/{place.database.name}"))
    return found + whole + sorted(place.folder.glob(f"{RESTORING}*"))
