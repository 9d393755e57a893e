"""How the patient is doing: tests, pain, follow-up, phantom sessions, days at home, alerts.

Scales are FACTS.md sections 4 and 7.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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


def _is_rated(row: Any) -> bool:
    return row.test not in words.RATED or (row.rater is not None and row.rater_certified is True)


class Assessment(OfPatient):
    """The result of one test; `words.FIGURES` says which figures it has, and their ends."""

    __tablename__ = "assessment"
    __table_args__ = of_patient("limb", "visit", "model_version")
    RULES = (
        Rule(
            "acmc_rated",
            "test <> 'acmc' OR (rater IS NOT NULL AND rater_certified IS NOT NULL AND rater_certified)",
            _is_rated,
            "ACMC needs a named, certified rater",
        ),
    )
    SEEN_BY = Verb.SEE_FIGURES
    limb_id: Mapped[str | None] = hangs_on(optional=True)
    visit_id: Mapped[str | None] = hangs_on(optional=True)
    model_version_id: Mapped[str | None] = hangs_on(optional=True)
    on: Mapped[date] = day()
    test: Mapped[str] = choice(words.TESTS)
    figures: Mapped[dict[str, Any]] = content()
    rater: Mapped[str | None] = text(optional=True)
    rater_certified: Mapped[bool | None] = flag(optional=True)
    note: Mapped[str | None] = text(4000, optional=True)


class PainEntry(OfPatient):
    """Pain as told on one day: phantom limb pain (PLP, felt in the missing part) and residual limb pain (RLP)
    apart, each worst of 24 hours and average of 7 days; a phantom sensation is neither."""

    __tablename__ = "pain_entry"
    __table_args__ = of_patient("limb", "visit")
    WRITTEN_BY = Verb.REPORT
    limb_id: Mapped[str | None] = hangs_on(optional=True)
    visit_id: Mapped[str | None] = hangs_on(optional=True)
    on: Mapped[date] = day()
    source: Mapped[str] = choice(words.PAIN_SOURCES)
    plp_present: Mapped[bool | None] = flag(optional=True)
    plp_worst_24h: Mapped[float | None] = number(*words.NRS, optional=True)
    plp_average_7d: Mapped[float | None] = number(*words.NRS, optional=True)
    rlp_present: Mapped[bool | None] = flag(optional=True)
    rlp_worst_24h: Mapped[float | None] = number(*words.NRS, optional=True)
    rlp_average_7d: Mapped[float | None] = number(*words.NRS, optional=True)
    phantom_sensation: Mapped[bool | None] = flag(optional=True)
    neuroma_tender: Mapped[bool | None] = flag(optional=True)
    opioid_mg_day: Mapped[float | None] = number(0, 10_000, optional=True)
    """Oral morphine equivalents."""
    sfmpq_pri: Mapped[float | None] = number(*words.PRI, optional=True)
    wpd: Mapped[float | None] = number(*words.WPD, optional=True)
    """Weighted pain distribution: hours at pain levels 0 to 5, weighted by the level [M]."""
    missing: Mapped[dict[str, Any]] = content()
    """Column -> why it was not told."""
    note: Mapped[str | None] = text(4000, optional=True)


class PromisScore(OfPatient):
    """One PROMIS T-score (mean 50, SD 10) of a pain entry; never without its form and version."""

    __tablename__ = "promis_score"
    __table_args__ = of_patient("pain_entry", unique=("pain_entry_id", "of", "domain"))
    WRITTEN_BY = Verb.REPORT
    pain_entry_id: Mapped[str] = hangs_on()
    of: Mapped[str] = choice(words.PAIN_OF)
    domain: Mapped[str] = choice(words.DOMAINS)
    form: Mapped[str] = text(64)
    form_version: Mapped[str] = text(40)
    t_score: Mapped[float] = number(0, 100)
    items: Mapped[dict[str, Any]] = content()
    """Raw answers."""


def _is_a_window_missed(row: Any) -> bool:
    return bool((row.kind == "missed") == (row.window_months is not None))


class FollowUpEvent(OfPatient):
    """Why a follow-up did not happen, or none will."""

    __tablename__ = "follow_up_event"
    __table_args__ = of_patient("limb")
    RULES = (
        Rule(
            "window_of_missed",
            "(kind = 'missed') = (window_months IS NOT NULL)",
            _is_a_window_missed,
            "a missed follow-up says of which month, and only that",
        ),
    )
    limb_id: Mapped[str | None] = hangs_on(optional=True)
    on: Mapped[date] = day()
    kind: Mapped[str] = choice(words.EVENTS)
    window_months: Mapped[int | None] = count(0, 1200, optional=True)
    note: Mapped[str | None] = text(4000, optional=True)


class PmeSession(OfPatient):
    """One session of phantom motor execution, or of imagery; pain before and after."""

    __tablename__ = "pme_session"
    __table_args__ = of_patient("limb", "visit")
    RULES = (in_order("began_at", "ended_at"),)
    limb_id: Mapped[str] = hangs_on()
    visit_id: Mapped[str | None] = hangs_on(optional=True)
    kind: Mapped[str] = choice(words.PME_KINDS)
    began_at: Mapped[datetime] = moment()
    ended_at: Mapped[datetime | None] = moment(optional=True)
    nrs_before: Mapped[float | None] = number(*words.NRS, optional=True)
    nrs_after: Mapped[float | None] = number(*words.NRS, optional=True)
    pri_before: Mapped[float | None] = number(*words.PRI, optional=True)
    pri_after: Mapped[float | None] = number(*words.PRI, optional=True)
    wpd_before: Mapped[float | None] = number(*words.WPD, optional=True)
    wpd_after: Mapped[float | None] = number(*words.WPD, optional=True)
    movements: Mapped[list[Any]] = content(list)
    figures: Mapped[dict[str, Any]] = content()


class HomeDay(OfPatient):
    """One day of a limb at home, as it logged it."""

    __tablename__ = "home_day"
    __table_args__ = of_patient("limb", unique=("limb_id", "on"))
    WRITTEN_BY = Verb.REPORT
    limb_id: Mapped[str] = hangs_on()
    on: Mapped[date] = day()
    worn_h: Mapped[float] = number(0, 24)
    movements: Mapped[int] = count()
    reversals: Mapped[int] = count()
    """Movements taken back within 1 s."""
    recalibrations: Mapped[int] = count()
    stops: Mapped[dict[str, Any]] = content()
    """Reason -> how often."""


class Alert(OfPatient):
    """What a clinician should look at: pain up by 2 points, or a fall."""

    __tablename__ = "alert"
    __table_args__ = of_patient("pain_entry", "assessment")
    pain_entry_id: Mapped[str | None] = hangs_on(optional=True)
    assessment_id: Mapped[str | None] = hangs_on(optional=True)
    at: Mapped[datetime] = moment()
    kind: Mapped[str] = choice(words.ALERTS)
    says: Mapped[str] = text(400)
    seen_by: Mapped[str | None] = text(100, optional=True)
    seen_at: Mapped[datetime | None] = moment(optional=True)
