"""A clinic's store with somebody in it: accounts, one patient's year, many for the cohort. All made up."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from innervate.calibration.store.accounts import Accounts, Passwords
from innervate.calibration.store.base import OfPatient
from innervate.calibration.store.outcomes import Assessment, FollowUpEvent, PainEntry, PromisScore
from innervate.calibration.store.patients import Limb, NerveTransfer, Patient, PhantomWord
from innervate.calibration.store.place import sqlite_place
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store, open_store
from innervate.calibration.store.visits import Visit
from innervate.calibration.store.words import Role
from innervate.calibration.store.work import Work

SETTER = Person("os:test", Role.CLINICIAN)
PASSWORD = "correct horse battery"
TODAY = date.today()  # noqa: DTZ011 - the server's own day
_DAYS = {"baseline": -20, "1": 30, "3": 92, "6": 180, "12": 366}


def add_accounts(store: Store, wearers: dict[str, str]) -> None:
    """ann and ben, clinicians; dev, developer; and a wearer's name for each patient's code."""
    accounts = Accounts(store, Passwords())
    for name in ("ann", "ben"):
        accounts.create(SETTER, name, Role.CLINICIAN, PASSWORD)
    accounts.create(SETTER, "dev", Role.DEVELOPER, PASSWORD)
    for name, code in wearers.items():
        accounts.create(SETTER, name, Role.WEARER, PASSWORD, code)


def year_of(work: Work, code: str, *, simulated: bool = True, seed: int = 1, tmr: str = "secondary") -> Limb:
    """A patient with TMR 400 days ago, and a visit with pain in every window so far."""
    chance = random.Random(seed)
    work.create(Patient(id=code, name=f"Pat {code}", simulated=simulated))
    surgery = TODAY - timedelta(days=400)
    before = 0 if tmr == "primary" else 300
    limb = work.add(
        Limb(
            patient_id=code,
            level="transtibial",
            side="left",
            amputated_on=surgery - timedelta(days=before),
            transferred_on=surgery,
            tmr=tmr,
            cleared_on=surgery + timedelta(days=60),
        )
    )
    pain = 7.0
    for window, day in _DAYS.items():
        if window == "baseline" and tmr == "primary":
            continue
        if chance.random() < 0.1:
            event = FollowUpEvent(
                patient_id=code, kind="missed", on=surgery + timedelta(days=day), window_months=1
            )
            work.add(event)
            continue
        on = surgery + timedelta(days=day + chance.randint(0, 5))
        kind = "baseline" if window == "baseline" else "follow-up"
        visit = work.add(Visit(patient_id=code, on=on, kind=kind))
        pain = max(0.0, round(pain - chance.random() * 3, 1))
        entry = work.add(
            PainEntry(
                patient_id=code,
                limb_id=limb.id,
                visit_id=visit.id,
                on=on,
                source="clinic",
                plp_worst_24h=pain,
                plp_average_7d=round(pain * 0.6, 1),
                rlp_worst_24h=round(pain * 0.8, 1),
                rlp_average_7d=round(pain * 0.4, 1),
                neuroma_tender=pain > 4,
                opioid_mg_day=30.0 if pain > 4 else 0.0,
            )
        )
        work.add(
            PromisScore(
                patient_id=code,
                pain_entry_id=entry.id,
                of="phantom",
                domain="intensity",
                form="3a",
                form_version="1.0",
                t_score=round(35 + 3 * pain, 1),
            )
        )
    return limb


def furnish(work: Work, limb: Limb) -> None:
    """Transfers, own words, a test: what one patient's page shows."""
    code = limb.patient_id
    rows: list[OfPatient] = [
        NerveTransfer(
            patient_id=code,
            limb_id=limb.id,
            donor_nerve="tibial",
            target_muscle="flexor hallucis longus",
            purpose="movement",
            movement="toe flexion",
            first_twitch_on=TODAY - timedelta(days=300),
        ),
        NerveTransfer(
            patient_id=code,
            limb_id=limb.id,
            donor_nerve="sural",
            target_muscle="gastrocnemius, lateral head",
            purpose="sensory",
        ),
        PhantomWord(patient_id=code, limb_id=limb.id, movement="toe flexion", words="curl my toes"),
    ]
    for row in rows:
        work.add(row)
    visit = work.rows(Visit, code)[-1]
    work.add(
        Assessment(
            patient_id=code,
            limb_id=limb.id,
            visit_id=visit.id,
            on=visit.on,
            test="2mwt",
            figures={"distance_m": 112.0},
            rater="Cy Brand",
        )
    )


def small_clinic(folder: Path, many: int = 0) -> None:
    """s1 (simulated, a year), p1 and p2 (real, with wearers wim and eve), and `many` more for the cohort."""
    with open_store(sqlite_place(folder)) as store:
        with store.work(SETTER) as work:
            furnish(work, year_of(work, "s1"))
            for seed, code in enumerate(("p1", "p2"), 2):
                year_of(work, code, simulated=False, seed=seed, tmr=("primary", "secondary")[seed % 2])
            for seed in range(many):
                year_of(
                    work,
                    f"c{seed:03}",
                    simulated=False,
                    seed=seed,
                    tmr=("primary", "secondary")[seed % 2],
                )
        add_accounts(store, {"wim": "p1", "eve": "p2"})
