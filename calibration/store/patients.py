"""Patients, their limbs, and what is on them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ...core.transfers import PURPOSES
from . import words
from .base import (
    OfPatient,
    Rule,
    Versioned,
    choice,
    content,
    day,
    flag,
    hangs_on,
    in_order,
    number,
    of_patient,
    text,
)
from .rights import Verb


class Patient(Versioned):
    """A person. `id` is the clinic's code: recordings and models name it, so it never changes."""

    __tablename__ = "patient"
    WRITTEN_BY = Verb.EDIT
    id: Mapped[str] = mapped_column(String(64), primary_key=True, info={"length": 64, "filled": True})
    name: Mapped[str | None] = text(optional=True)
    """Nothing needs it."""
    born_on: Mapped[date | None] = day(optional=True)
    simulated: Mapped[bool] = flag(default=False)
    note: Mapped[str | None] = text(4000, optional=True)


class Limb(OfPatient):
    """One residual limb. Dates are the limb's: a person may have lost two, years apart."""

    __tablename__ = "limb"
    __table_args__ = of_patient(unique=("patient_id", "side", "level"))
    RULES = (in_order("amputated_on", "transferred_on"), in_order("amputated_on", "cleared_on"))
    level: Mapped[str] = choice(words.LEVELS)
    side: Mapped[str] = choice(words.SIDES)
    amputated_on: Mapped[date | None] = day(optional=True)
    transferred_on: Mapped[date | None] = day(optional=True)
    """Of the TMR surgery."""
    tmr: Mapped[str | None] = choice(words.TMR_KINDS, optional=True)
    cleared_on: Mapped[date | None] = day(optional=True)
    """From when the surgeon allows contractions and a socket."""
    note: Mapped[str | None] = text(4000, optional=True)


def _purpose_holds(row: Any) -> bool:
    return bool((row.purpose == "movement") == (row.movement is not None))


class NerveTransfer(OfPatient):
    """One nerve rerouted. Of sensory and pain-only ones no signal is expected, and none is a failure."""

    __tablename__ = "nerve_transfer"
    __table_args__ = of_patient("limb", unique=("limb_id", "donor_nerve", "target_muscle"))
    RULES = (
        Rule(
            "movement_of_purpose",
            "(purpose = 'movement') = (movement IS NOT NULL)",
            _purpose_holds,
            "a transfer for movement names its movement, and only such a one",
        ),
    )
    limb_id: Mapped[str] = hangs_on()
    donor_nerve: Mapped[str] = text()
    target_muscle: Mapped[str] = text()
    purpose: Mapped[str] = choice(PURPOSES)
    movement: Mapped[str | None] = text(optional=True)
    native_nerve_cut: Mapped[bool | None] = flag(optional=True)
    first_twitch_on: Mapped[date | None] = day(optional=True)

    @property
    def signal_expected(self) -> bool:
        """False: "no signal expected" is what pages say, not "failed"."""
        return self.purpose == "movement"


class PhantomWord(OfPatient):
    """The patient's own words for one phantom movement."""

    __tablename__ = "phantom_word"
    __table_args__ = of_patient("limb", unique=("limb_id", "movement"))
    limb_id: Mapped[str] = hangs_on()
    movement: Mapped[str] = text(64)
    words: Mapped[str] = text(400)


class Electrode(OfPatient):
    """One site: an electrode pair, its channel, and what lies under it."""

    __tablename__ = "electrode"
    __table_args__ = of_patient("limb", "nerve_transfer", unique=("limb_id", "channel"))
    limb_id: Mapped[str] = hangs_on()
    nerve_transfer_id: Mapped[str | None] = hangs_on(optional=True)
    channel: Mapped[str] = text(64)
    muscle: Mapped[str] = text()
    innervation: Mapped[str] = choice(words.INNERVATIONS)
    x: Mapped[float | None] = number(0, 1, optional=True)
    """On the drawn limb, share of its width from the left."""
    y: Mapped[float | None] = number(0, 1, optional=True)
    """Share of its height from the top."""
    active: Mapped[bool] = flag(default=True)


class Prosthesis(OfPatient):
    """What is worn on a limb, and its settings as the profile's tables name them."""

    __tablename__ = "prosthesis"
    __table_args__ = of_patient("limb")
    RULES = (in_order("fitted_on", "given_back_on"),)
    limb_id: Mapped[str] = hangs_on()
    device: Mapped[str] = text(64)
    fitted_on: Mapped[date | None] = day(optional=True)
    given_back_on: Mapped[date | None] = day(optional=True)
    settings: Mapped[dict[str, Any]] = content()
    note: Mapped[str | None] = text(4000, optional=True)
