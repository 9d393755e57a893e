"""What a clinician is told of: pain up by 2 points, or a fall."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..followup.alerts import RISE_POINTS
from .base import OfPatient
from .outcomes import Alert, Assessment, PainEntry

_RATED = {
    "plp_worst_24h": "phantom pain, worst of 24 h",
    "plp_average_7d": "phantom pain, average of 7 days",
    "rlp_worst_24h": "residual limb pain, worst of 24 h",
    "rlp_average_7d": "residual limb pain, average of 7 days",
}


def alert_for(session: Session, row: OfPatient, at: datetime) -> Alert | None:
    """The alert that a new or changed row gives; None: none, or it was given already."""
    if isinstance(row, PainEntry):
        says = _risen(session, row)
        if says and not _given(session, Alert.pain_entry_id == row.id):
            return _alert(row, at, "pain", says, pain_entry_id=row.id)
    elif isinstance(row, Assessment) and row.test == "falls":
        falls = row.figures.get("falls", 0)
        if falls > 0 and not _given(session, Alert.assessment_id == row.id):
            return _alert(row, at, "fall", f"{falls:g} falls told", assessment_id=row.id)
    return None


def _alert(row: OfPatient, at: datetime, kind: str, says: str, **of: str) -> Alert:
    return Alert(patient_id=row.patient_id, at=at, kind=kind, says=says, **of)


def _given(session: Session, condition: object) -> bool:
    return session.scalars(select(Alert.id).where(condition)).first() is not None  # type: ignore[arg-type]


def _risen(session: Session, entry: PainEntry) -> str:
    """What rose since the value told before it, of the same limb; a value that is missing is looked past."""
    risen = []
    for name, words in _RATED.items():
        now = getattr(entry, name)
        if now is None:
            continue
        column = getattr(PainEntry, name)
        before = session.scalars(
            select(column)
            .where(
                PainEntry.patient_id == entry.patient_id,
                PainEntry.limb_id.is_(None) if entry.limb_id is None else PainEntry.limb_id == entry.limb_id,
                PainEntry.id != entry.id,
                PainEntry.on <= entry.on,
                column.is_not(None),
            )
            .order_by(PainEntry.on.desc(), PainEntry.changed_at.desc())
            .limit(1)
        ).first()
        if before is not None and now - before >= RISE_POINTS:
            risen.append(f"{words}: {before:g} to {now:g}")
    return "; ".join(risen)
