"""Rows of one patient, or of all, as the follow-up takes them."""

from __future__ import annotations

from collections.abc import Sequence

from ...calibration.store.followed import Followed, Kept, followed
from ...calibration.store.outcomes import FollowUpEvent, PainEntry, PmeSession, PromisScore
from ...calibration.store.patients import Limb, Patient
from ...calibration.store.work import Work


def kept_of(work: Work, patient: Patient) -> Kept:
    """Of one patient."""
    code = patient.id
    return Kept(
        [patient],
        work.rows(Limb, code),
        sorted(work.rows(PainEntry, code), key=lambda entry: (entry.on, entry.id)),
        work.rows(PromisScore, code),
        work.rows(FollowUpEvent, code),
        work.rows(PmeSession, code),
    )


def kept_by_all(work: Work, *, simulated: bool) -> Kept:
    """Of everybody. Simulated patients' limbs are always there, so that who is left out can be counted."""
    wanted: Sequence[bool] = (False, True) if simulated else (False,)
    return Kept(
        work.patients(),
        [*work.cohort(Limb), *work.cohort(Limb, simulated=True)],
        [row for each in wanted for row in work.cohort(PainEntry, simulated=each)],
        [row for each in wanted for row in work.cohort(PromisScore, simulated=each)],
        [row for each in wanted for row in work.cohort(FollowUpEvent, simulated=each)],
    )


def follow(kept: Kept) -> Followed:
    """People in the follow-up."""
    return followed(kept)
