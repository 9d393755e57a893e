"""One good row of every table of a patient, for tests that go through all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from innervate.calibration.store.base import OfPatient
from innervate.calibration.store.outcomes import (
    Alert,
    Assessment,
    FollowUpEvent,
    HomeDay,
    PainEntry,
    PmeSession,
    PromisScore,
)
from innervate.calibration.store.patients import (
    Electrode,
    Limb,
    NerveTransfer,
    PhantomWord,
    Prosthesis,
)
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store
from innervate.calibration.store.visits import (
    Calibration,
    ModelVersion,
    RecordingFile,
    Repetition,
    SiteCheck,
    Visit,
)

AT = datetime(2026, 11, 2, 10, 0, 0, 123456, tzinfo=UTC)
ON = date(2026, 11, 2)
SHA = "ab" * 32

VALUES: dict[type[OfPatient], dict[str, Any]] = {
    Limb: {
        "level": "transtibial",
        "side": "left",
        "amputated_on": date(2026, 1, 5),
        "transferred_on": date(2026, 1, 5),
        "tmr": "primary",
        "cleared_on": date(2026, 2, 20),
    },
    NerveTransfer: {
        "donor_nerve": "tibial",
        "target_muscle": "soleus",
        "purpose": "movement",
        "movement": "plantarflexion",
    },
    PhantomWord: {"movement": "plantarflexion", "words": "aufs Gas drücken, fest"},
    Electrode: {"channel": "ch1", "muscle": "soleus", "innervation": "reinnervated", "x": 0.25, "y": 1 / 3},
    Prosthesis: {"device": "moteus-ankle", "settings": {"control": {"speed": 0.5}}, "fitted_on": ON},
    Visit: {"on": ON, "kind": "baseline", "note": 'a\n"b" \\ \N{GRINNING FACE} \' -- é; \u2028'},
    SiteCheck: {"at": AT, "quality": "ready", "contraction_uv": 80.5, "rest_uv": 4.25},
    RecordingFile: {"path": "recordings/day1", "task": "calibration", "at": AT},
    Calibration: {"began_at": AT, "plan": [{"movement": "plantarflexion", "repetitions": 3}]},
    Repetition: {
        "movement": "plantarflexion",
        "position": "comfortable",
        "effort": "comfortable",
        "number": 1,
        "attempt": 1,
        "began_at": AT,
        "ended_at": AT,
        "verdict": "ok",
        "path": "calibrations/c/r.npz",
        "sha256": SHA,
    },
    ModelVersion: {"number": 1, "made_at": AT, "path": "models/1.imb", "sha256": SHA},
    Assessment: {"on": ON, "test": "acmc", "figures": {"score": 55.5}, "rater": "E", "rater_certified": True},
    PainEntry: {
        "on": ON,
        "source": "clinic",
        "plp_worst_24h": 4.0,
        "plp_average_7d": 3.5,
        "rlp_worst_24h": 0.0,
        "rlp_average_7d": 10.0,
        "neuroma_tender": False,
        "opioid_mg_day": 12.5,
        "sfmpq_pri": 12,
        "wpd": 2.4,
    },
    PromisScore: {
        "of": "phantom",
        "domain": "interference",
        "form": "6b",
        "form_version": "1.1",
        "t_score": 56.6,
    },
    FollowUpEvent: {"on": ON, "kind": "missed", "window_months": 3},
    PmeSession: {"kind": "execution", "began_at": AT, "nrs_before": 5, "nrs_after": 3.0},
    HomeDay: {
        "on": ON,
        "worn_h": 7.25,
        "movements": 900,
        "reversals": 12,
        "recalibrations": 1,
        "stops": {"button": 2},
    },
    Alert: {"at": AT, "kind": "fall", "says": "fell at home"},
}


def made(
    kind: type[OfPatient], patient_id: str, parents: dict[type[OfPatient], str], /, **change: Any
) -> Any:
    """A row with its parents' ids."""
    values = {**VALUES[kind], **change}
    for parent, row_id in parents.items():
        column = f"{parent.__tablename__}_id"
        if hasattr(kind, column) and column not in values:
            values[column] = row_id
    return kind(patient_id=patient_id, **values)


def everything(store: Store, who: Person, patient_id: str) -> dict[type[OfPatient], Any]:
    """Save one row of every table."""
    rows: dict[type[OfPatient], Any] = {}
    with store.work(who) as work:
        for kind in VALUES:
            parents = {parent: row.id for parent, row in rows.items()}
            rows[kind] = work.add(made(kind, patient_id, parents))
    return rows
