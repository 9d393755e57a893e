"""One piece of work on the store: asked by somebody, allowed or not, written whole or not at all, and noted.

Pages and commands go through here; nothing else hands out rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from . import audit
from .alerts import alert_for
from .audit import Deed
from .base import Base, OfPatient, Versioned
from .checks import SET_BY_US, check_code, check_row, is_code
from .errors import Clash, Conflict, NotAllowed, StoreError
from .outcomes import PainEntry
from .patients import Patient
from .rights import Person, Verb, demand
from .tables import table_of
from .words import Role

T = TypeVar("T", bound=OfPatient)
Row = OfPatient | Patient
K = TypeVar("K", bound=Row)


class Work:
    """See `Store.work`. What is handed out is to be read; `change` changes.

    Args:
        session: with its transaction.
        who: asks.
        now: the wall's time.
    """

    def __init__(self, session: Session, who: Person, now: Callable[[], datetime]) -> None:
        self.session, self.who, self.now = session, who, now
        self._deeds: dict[Deed, None] = {}
        self._undone = False

    # ---- reading

    def patients(self) -> list[Patient]:
        """Those that this account may see, by code."""
        wish = select(Patient).order_by(Patient.id)
        if self.who.role is Role.WEARER:
            wish = wish.where(Patient.id == self.who.patient_id)
        elif self.who.role is Role.DEVELOPER:
            wish = wish.where(Patient.simulated)
        found = list(self.session.scalars(wish))
        self.note(Deed("see", what="patient", row=f"{len(found)} rows"))
        return found

    def patient(self, patient_id: str, verb: Verb = Verb.SEE) -> Patient:
        """One patient, for `verb`.

        Raises:
            NotAllowed: whether there is such a patient is not said then.
            StoreError: there is none.
        """
        found = self._demanded(patient_id, verb)
        self.note(Deed(str(verb), found.id, found.simulated, "patient", found.id))
        return found

    def rows(self, kind: type[T], patient_id: str, *, see: Verb | None = None, **where: Any) -> list[T]:
        """A patient's rows of one table, in the order in which they were saved last.

        Args:
            kind: table.
            patient_id: whose.
            see: the wish is for this verb, not to be shown.
            where: column = value.
        """
        verb = see or kind.SEEN_BY
        patient = self._demanded(patient_id, verb)
        wish = select(kind).where(kind.patient_id == patient_id).filter_by(**where)
        found = list(self.session.scalars(wish.order_by(kind.changed_at, kind.id)))
        table = table_of(kind).name
        self.note(Deed(str(verb), patient_id, patient.simulated, table, f"{len(found)} rows"))
        return found

    def row(self, kind: type[T], row_id: str, *, see: Verb | None = None) -> T:
        """One row; `see` as for `rows`."""
        verb = see or kind.SEEN_BY
        found = self._there(kind, row_id, verb)
        patient = self._demanded(found.patient_id, verb, named=False)
        self.note(Deed(str(verb), patient.id, patient.simulated, table_of(kind).name, str(row_id)))
        return found

    def cohort(self, kind: type[T], *, simulated: bool = False) -> list[T]:
        """Everybody's rows of one table; simulated patients' only when asked for."""
        demand(self.who, Verb.COHORT)
        wish = select(kind).join(Patient, Patient.id == kind.patient_id).where(Patient.simulated == simulated)
        found = list(self.session.scalars(wish.order_by(kind.patient_id, kind.changed_at, kind.id)))
        self.note(Deed("cohort", "", simulated, table_of(kind).name, f"{len(found)} rows"))
        return found

    # ---- writing

    def create(self, patient: Patient) -> Patient:
        """A new patient."""
        check_code(patient.id)
        simulated = bool(patient.simulated)
        demand(self.who, Verb.CREATE, patient.id, simulated=simulated)
        if self.session.get(Patient, patient.id) is not None:
            raise StoreError(f"patient {patient.id}: is there already", "take another code")
        self._save(patient)
        self.note(Deed("create", patient.id, simulated, "patient", patient.id))
        return patient

    def may_add(self, row: OfPatient) -> None:
        """Return when `row` may be added by this account and is what it must be; nothing is written."""
        self._demanded(row.patient_id, row.WRITTEN_BY)
        check_row(row)

    def add(self, row: T) -> T:
        """A new row of a patient that is there."""
        patient = self._demanded(row.patient_id, row.WRITTEN_BY)
        if self.who.role is Role.WEARER and isinstance(row, PainEntry) and row.source != "home":
            raise NotAllowed(f"{self.who.name} (wearer) may not report pain as the clinic", "source is home")
        self._save(row)
        self._note_written("add", patient, row, "")
        self._alert(patient, row)
        return row

    def change(self, kind: type[K], row_id: str, version: int, /, **values: Any) -> K:
        """Save over `version`, the one that was read.

        Raises:
            Conflict: somebody saved since; nothing was written.
        """
        row: K
        row, patient = self._to_write(kind, row_id)
        named = {column.name for column in table_of(kind).columns}
        fixed = SET_BY_US | {"id", "patient_id"}
        for name in values:
            if name not in named or name in fixed or (kind is Patient and name == "simulated"):
                raise StoreError(
                    f"{table_of(kind).name}.{name} cannot be changed",
                    f"allowed: {', '.join(sorted(named - fixed))}",
                )
        if (
            self.who.role is Role.WEARER
            and kind.WRITTEN_BY is Verb.REPORT
            and row.changed_by != self.who.name
        ):
            raise NotAllowed(f"{self.who.name} (wearer) may not change what others saved", "ask a clinician")
        if row.version != version:
            raise self._conflict(row, values)
        before = {name: getattr(row, name) for name in values}
        changed = [name for name, value in values.items() if before[name] != value]
        if not changed:
            return row
        for name in changed:
            setattr(row, name, values[name])
        try:
            self._save(row)
        except StaleDataError:
            self._undo()
            stands = self.session.get(kind, row_id)
            if stands is None:
                raise StoreError(f"{table_of(kind).name} {row_id}: was removed meanwhile") from None
            raise self._conflict(stands, values) from None
        self._note_written("change", patient, row, ", ".join(sorted(changed)))
        if isinstance(row, OfPatient):
            self._alert(patient, row)
        return row

    def remove(self, kind: type[T], row_id: str, version: int) -> None:
        """Remove one row that nothing hangs on.

        Raises:
            Conflict: somebody saved since it was read.
            StoreError: something hangs on it.
        """
        row = self._there(kind, row_id, Verb.REMOVE)
        patient = self._demanded(row.patient_id, Verb.REMOVE, named=False)
        if row.version != version:
            raise self._conflict(row, {})
        self._refuse_strangers(None)
        self.session.delete(row)
        self._flush(table_of(kind).name)
        self._note_written("remove", patient, row, "")

    # ---- within

    def note(self, deed: Deed) -> None:
        """Into the audit trail when the work is done; the same twice is one line."""
        self._deeds[deed] = None

    def finish(self) -> None:
        """Write the trail; the last thing before the commit.

        Raises:
            StoreError: a part was undone, and whoever asked went on all the same.
        """
        if self._undone:
            raise StoreError("a part of this work was refused, so none of it is kept", "begin again")
        self._refuse_strangers(None)
        audit.append(self.session.connection(), self.now(), self.who, self._deeds)

    def _undo(self) -> None:
        self.session.rollback()
        self._undone = True

    def _demanded(self, patient_id: str, verb: Verb, *, named: bool = True) -> Patient:
        found = self.session.get(Patient, patient_id) if is_code(patient_id) else None
        demand(self.who, verb, patient_id, simulated=found is not None and found.simulated, named=named)
        if found is None:
            raise StoreError(f"no patient {patient_id!r}")
        return found

    def _there(self, kind: type[T], row_id: str, verb: Verb) -> T:
        found = self.session.get(kind, row_id) if row_id.isalnum() and row_id.isascii() else None
        if found is None:
            # Whoever may not see other people's rows is not told which there are.
            demand(self.who, verb, "?", named=False)
            raise StoreError(f"no {table_of(kind).name} {row_id!r}")
        return found

    def _to_write(self, kind: Any, row_id: str) -> tuple[Any, Patient]:
        if issubclass(kind, Patient):
            found = self._demanded(row_id, Verb.EDIT)
            return found, found
        row = self._there(kind, row_id, kind.WRITTEN_BY)
        return row, self._demanded(row.patient_id, kind.WRITTEN_BY, named=False)

    def _save(self, row: Base) -> None:
        check_row(row)
        self._refuse_strangers(row)
        if isinstance(row, Versioned):
            row.changed_at, row.changed_by = self.now(), self.who.name[:100]
        self.session.add(row)
        self._flush(table_of(type(row)).name)

    def _refuse_strangers(self, row: Base | None) -> None:
        """A row that was handed out and written to would be saved unseen: no check, no line in the trail."""
        session = self.session
        touched = (
            *session.new,
            *(each for each in session.dirty if session.is_modified(each)),
            *session.deleted,
        )
        for each in touched:
            if each is not row:
                name = table_of(type(each)).name
                raise StoreError(f"{name}: a row was changed past `Work.change`", "nothing was saved")

    def _flush(self, table: str) -> None:
        try:
            self.session.flush()
        except IntegrityError as error:
            self._undo()
            first = str(error.orig).strip().partition("\n")[0]
            raise StoreError(f"{table}: the database refuses it: {first}") from error

    def _alert(self, patient: Patient, row: OfPatient) -> None:
        alert = alert_for(self.session, row, self.now())
        if alert is not None:
            self._save(alert)
            self._note_written("add", patient, alert, "")

    def _note_written(self, verb: str, patient: Patient, row: Row, fields: str) -> None:
        self.note(Deed(verb, patient.id, patient.simulated, table_of(type(row)).name, row.id, fields))

    def _conflict(self, stands: Row, values: dict[str, Any]) -> Conflict:
        clashes = tuple(Clash(name, getattr(stands, name), value) for name, value in values.items())
        what = f"{table_of(type(stands)).name} {stands.id}"
        return Conflict(what, stands.changed_by, stands.changed_at, clashes, stands.version)
