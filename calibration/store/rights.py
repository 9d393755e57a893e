"""Who may do what: one table, role by verb by whose patient it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .errors import NotAllowed
from .words import Role


class Verb(StrEnum):
    """What can be asked of the store."""

    SEE = "see"
    """Limbs, transfers, visits, pain entries, own words: what the patient told or was told."""
    SEE_FIGURES = "see figures"
    """Accuracies, qualities, scores: a wearer never sees them."""
    EDIT = "edit"
    """What a clinician enters."""
    REMOVE = "remove"
    """One row."""
    REPORT = "report"
    """Pain, and the home log."""
    CALIBRATE = "calibrate"
    """Recordings, repetitions, and which model is in use."""
    EXPORT = "export"
    DELETE = "delete"
    """A patient, whole."""
    CREATE = "create"
    """A patient."""
    COHORT = "cohort"
    """Tables over many patients."""
    ACCOUNTS = "accounts"
    AUDIT = "audit"
    BACKUP = "backup"
    """And restore."""


class Whose(StrEnum):
    """Whose patient it is, seen from the account."""

    OWN = "own"
    """The wearer's self."""
    OTHER = "other"
    SIMULATED = "simulated"
    """Nobody real, and not the wearer's own."""
    NOBODY = "nobody"
    """The wish is about no patient."""


_V, _W = Verb, Whose
_ALL = frozenset({_W.OWN, _W.OTHER, _W.SIMULATED})
_OWN = frozenset({_W.OWN})
_SIMULATED = frozenset({_W.SIMULATED})
_NOBODY = frozenset({_W.NOBODY})
_NEVER: frozenset[Whose] = frozenset()

TABLE: dict[Verb, dict[Role, frozenset[Whose]]] = {
    verb: dict(zip((Role.CLINICIAN, Role.WEARER, Role.DEVELOPER), row, strict=True))
    for verb, row in {
        #               clinician  wearer   developer
        _V.SEE: (_ALL, _OWN, _SIMULATED),
        _V.SEE_FIGURES: (_ALL, _NEVER, _SIMULATED),
        _V.EDIT: (_ALL, _NEVER, _SIMULATED),
        _V.REMOVE: (_ALL, _NEVER, _SIMULATED),
        _V.REPORT: (_ALL, _OWN, _SIMULATED),
        _V.CALIBRATE: (_ALL, _OWN, _SIMULATED),
        _V.EXPORT: (_ALL, _NEVER, _SIMULATED),
        _V.DELETE: (_ALL, _NEVER, _SIMULATED),
        _V.CREATE: (_ALL, _NEVER, _SIMULATED),
        _V.COHORT: (_NOBODY, _NEVER, _NEVER),
        _V.ACCOUNTS: (_NOBODY, _NEVER, _NEVER),
        _V.AUDIT: (_NOBODY, _NEVER, _NEVER),
        _V.BACKUP: (_NOBODY, _NEVER, _NEVER),
    }.items()
}
"""Whose patients an account of that role may do it to. What is not here is refused."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks.

    Attributes:
        name: the account's; "os:NAME" for whoever sits at the command line.
        role: of the account.
        patient_id: a wearer's own; empty for everybody else.
        address: where the wish came from; empty at the command line.
    """

    name: str
    role: Role
    patient_id: str = ""
    address: str = ""


def whose(person: Person, patient_id: str, *, simulated: bool) -> Whose:
    """Whose patient `patient_id` is; an empty one is nobody."""
    if not patient_id:
        return Whose.NOBODY
    if person.role is Role.WEARER and patient_id == person.patient_id:
        return Whose.OWN
    return Whose.SIMULATED if simulated else Whose.OTHER


def allowed(role: Role, verb: Verb, of: Whose) -> bool:
    """One cell of the table."""
    return of in TABLE[verb][role]


def demand(
    person: Person, verb: Verb, patient_id: str = "", *, simulated: bool = False, named: bool = True
) -> None:
    """Return when `person` may.

    Args:
        person: asks.
        verb: for this.
        patient_id: whose; empty: nobody's.
        simulated: nobody real.
        named: the person named the patient; else the refusal does not either.

    Raises:
        NotAllowed: says who and what, and nothing of what is there.
    """
    if not allowed(person.role, verb, whose(person, patient_id, simulated=simulated)):
        of = f" of patient {patient_id[:64]}" if patient_id and named else ""
        raise NotAllowed(
            f"{person.name} ({person.role}) may not {verb}{of}",
            "ask a clinician",
            patient_id if named else "",
        )
