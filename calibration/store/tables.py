"""All tables by name."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Table

from .access import Account, AuditEntry, AuditHead, LoginDelay, LoginSession
from .base import Base, OfPatient
from .errors import StoreError
from .outcomes import (
    Alert,
    Assessment,
    FollowUpEvent,
    HomeDay,
    PainEntry,
    PmeSession,
    PromisScore,
)
from .patients import Electrode, Limb, NerveTransfer, Patient, PhantomWord, Prosthesis
from .visits import Calibration, ModelVersion, RecordingFile, Repetition, SiteCheck, Visit

METADATA = Base.metadata
OF_PATIENT: tuple[type[OfPatient], ...] = (
    Limb,
    NerveTransfer,
    PhantomWord,
    Electrode,
    Prosthesis,
    Visit,
    SiteCheck,
    RecordingFile,
    Calibration,
    Repetition,
    ModelVersion,
    Assessment,
    PainEntry,
    PromisScore,
    FollowUpEvent,
    PmeSession,
    HomeDay,
    Alert,
)
"""What belongs to one patient, parents before what hangs on them."""
OTHERS: tuple[type[Base], ...] = (Patient, Account, LoginSession, LoginDelay, AuditEntry, AuditHead)


def table_of(kind: Any) -> Table:
    """The table of a mapped class."""
    return cast("Table", kind.__table__)


def kind_of(name: str) -> type[OfPatient]:
    """The class of a patient's table, by its name.

    Raises:
        StoreError: there is none; names those there are.
    """
    kinds = {table_of(kind).name: kind for kind in OF_PATIENT}
    if name not in kinds:
        raise StoreError(f"no table {name!r}", f"allowed: {', '.join(kinds)}")
    return kinds[name]
