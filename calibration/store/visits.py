"""Visits, what was measured at them, calibrations, and models."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped

from . import words
from .base import (
    OfPatient,
    Rule,
    choice,
    content,
    count,
    day,
    flag,
    hangs_on,
    in_order,
    moment,
    number,
    of_patient,
    text,
)
from .rights import Verb


class Visit(OfPatient):
    """One day at the clinic."""

    __tablename__ = "visit"
    __table_args__ = of_patient()
    on: Mapped[date] = day()
    kind: Mapped[str] = choice(words.VISITS)
    note: Mapped[str | None] = text(4000, optional=True)


class SiteCheck(OfPatient):
    """How good one site was at one visit; kept, so that a maturing reinnervation shows."""

    __tablename__ = "site_check"
    __table_args__ = of_patient("visit", "electrode")
    SEEN_BY = Verb.SEE_FIGURES
    visit_id: Mapped[str] = hangs_on()
    electrode_id: Mapped[str] = hangs_on()
    at: Mapped[datetime] = moment()
    quality: Mapped[str] = choice(words.QUALITIES)
    contraction_uv: Mapped[float | None] = number(0, 1e6, optional=True)
    rest_uv: Mapped[float | None] = number(0, 1e6, optional=True)
    crosstalk: Mapped[float | None] = number(0, 1, optional=True)
    """Share of this site's strongest contraction that another site's contraction gives here."""
    after_walking: Mapped[bool] = flag(default=False)
    figures: Mapped[dict[str, Any]] = content()


class RecordingFile(OfPatient):
    """A recording, which stays a file (or an EMG-BIDS folder) among the patient's files."""

    __tablename__ = "recording"
    __table_args__ = of_patient("limb", "visit", unique=("patient_id", "path"))
    WRITTEN_BY = Verb.CALIBRATE
    limb_id: Mapped[str | None] = hangs_on(optional=True)
    visit_id: Mapped[str | None] = hangs_on(optional=True)
    path: Mapped[str] = text(400)
    """From the patient's folder of files."""
    task: Mapped[str] = text(64)
    at: Mapped[datetime] = moment()


class Calibration(OfPatient):
    """One guided calibration: what was planned, so that a crash is gone on from."""

    __tablename__ = "calibration"
    __table_args__ = of_patient("limb", "visit")
    RULES = (in_order("began_at", "ended_at"),)
    WRITTEN_BY = Verb.CALIBRATE
    limb_id: Mapped[str] = hangs_on()
    visit_id: Mapped[str | None] = hangs_on(optional=True)
    began_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime | None] = moment(optional=True)
    plan: Mapped[list[Any]] = content(list)
    """[{"movement", "position", "effort", "repetitions"}, ...] in the order in which they are asked for."""
    settings: Mapped[dict[str, Any]] = content()


class Repetition(OfPatient):
    """One repetition, whose samples are on the disk before this row is."""

    __tablename__ = "repetition"
    __table_args__ = of_patient(
        "calibration",
        unique=("calibration_id", "movement", "position", "effort", "number", "attempt"),
        named="uq_repetition_once",
    )
    RULES = (in_order("began_at", "ended_at"),)
    WRITTEN_BY = Verb.CALIBRATE
    calibration_id: Mapped[str] = hangs_on()
    movement: Mapped[str] = text(64)
    position: Mapped[str] = text(64)
    """Of the arm, or what the body does: "comfortable", "reaching", "walking"."""
    effort: Mapped[str] = text(40)
    number: Mapped[int] = count(1, 1000)
    attempt: Mapped[int] = count(1, 1000)
    """Grows when it was asked for again."""
    began_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime] = moment()
    verdict: Mapped[str] = choice(words.VERDICTS)
    used: Mapped[bool] = flag(default=True)
    path: Mapped[str] = text(400)
    sha256: Mapped[str] = text(64)
    figures: Mapped[dict[str, Any]] = content()


def _is_sha256(row: Any) -> bool:
    return len(row.sha256) == 64


class ModelVersion(OfPatient):
    """One model bundle of a limb. At most one is current; the database says so too."""

    __tablename__ = "model_version"
    __table_args__ = (
        *of_patient("limb", "calibration", unique=("limb_id", "number")),
        ForeignKeyConstraint(
            ["patient_id", "parent_id"],
            ["model_version.patient_id", "model_version.id"],
            deferrable=True,
            initially="DEFERRED",
        ),
        Index(
            "ix_model_version_current",
            "limb_id",
            unique=True,
            sqlite_where=sql("current"),
            postgresql_where=sql("current"),
        ),
    )
    RULES = (Rule("sha256_whole", "length(sha256) = 64", _is_sha256, "sha256 has 64 digits"),)
    SEEN_BY = Verb.SEE_FIGURES
    WRITTEN_BY = Verb.CALIBRATE
    limb_id: Mapped[str] = hangs_on()
    calibration_id: Mapped[str | None] = hangs_on(optional=True)
    parent_id: Mapped[str | None] = hangs_on(optional=True)
    """The model it was made from, or that it took over from."""
    number: Mapped[int] = count(1)
    made_at: Mapped[datetime] = moment()
    path: Mapped[str] = text(400)
    sha256: Mapped[str] = text(64)
    current: Mapped[bool] = flag(default=False)
    used_last: Mapped[datetime | None] = moment(optional=True)
    """When it became current the last time; going back goes by it."""
    trained_on: Mapped[list[Any]] = content(list)
    """Ids of repetitions and recordings."""
    metrics: Mapped[dict[str, Any]] = content()
    movements: Mapped[dict[str, Any]] = content()
    """Movement -> on or off."""
    note: Mapped[str | None] = text(4000, optional=True)
