"""A person in the follow-up and their visits, as the store hands them over. Nothing is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..entries import EntryError, name, not_before, once, one_of, whole, within
from .standing import Left

PRIMARY, SECONDARY = "primary", "secondary"
"""TMR at the amputation, or later."""
PHANTOM, RESIDUAL = "phantom", "residual"
"""Pain felt in the missing part, or in the residual limb (FACTS 4). A phantom sensation is neither."""
SIMULATED = "SIMULATED"
"""Stands on whatever counts a simulated patient."""
NRS_MOST = 10.0
DIARY_DAYS = 7
"""A diary covers the week before a visit, as the NRS average does."""


@dataclass(frozen=True, slots=True)
class Pain:
    """Of one kind at one visit; None: not answered.

    Attributes:
        said: the person says that they have this pain.
        worst: NRS 0 to 10, worst in the last 24 hours.
        average: NRS 0 to 10, average of the last 7 days.
        diary_days: days of the last 7 on which the diary was written.
        diary_pain_days: of those, days with this pain.
    """

    said: bool | None = None
    worst: float | None = None
    average: float | None = None
    diary_days: int | None = None
    diary_pain_days: int | None = None

    def __post_init__(self) -> None:
        within("pain.worst", self.worst, 0, NRS_MOST)
        within("pain.average", self.average, 0, NRS_MOST)
        whole("pain.diary_days", self.diary_days, 0, DIARY_DAYS)
        whole("pain.diary_pain_days", self.diary_pain_days, 0, self.diary_days or 0)

    @property
    def answered(self) -> bool:
        """Whether anything of it is known."""
        return any(value is not None for value in (self.said, self.worst, self.average, self.diary_days))


@dataclass(frozen=True, slots=True)
class PromisScore:
    """One T-score: mean 50, standard deviation 10 in its reference population ([M], FACTS section 4).

    Attributes:
        domain: "interference", "intensity", "behavior".
        form: such as "4a", "8a", "3a", "CAT".
        version: such as "1.1".
        t: the T-score.
        about: pain asked about: "phantom", "residual", "general".
    """

    domain: str
    form: str
    version: str
    t: float
    about: str = "general"

    def __post_init__(self) -> None:
        for key in ("domain", "form", "version"):
            name(f"promis.{key}", getattr(self, key))
        one_of("promis.about", self.about, (PHANTOM, RESIDUAL, "general"))
        within("promis.t", self.t, 0, 100)

    @property
    def instrument(self) -> tuple[str, str, str, str]:
        """What must agree before two scores may stand in one figure."""
        return (self.domain, self.about, self.form, self.version)


def promis_change(before: PromisScore, after: PromisScore) -> float | None:
    """T points more; None when form, version, domain or pain asked about differ: never mixed."""
    return after.t - before.t if before.instrument == after.instrument else None


@dataclass(frozen=True, slots=True)
class PainVisit:
    """One record of how it is. What is None was not answered, and is counted as missing.

    Attributes:
        id: its own, within the person.
        on: the day.
        phantom: pain in the missing part.
        residual: pain in the residual limb.
        phantom_sensation: felt, without pain; counted nowhere as pain.
        neuroma_tender: a neuroma hurts when pressed.
        opioid_mg_day: oral morphine equivalent.
        falls: since the last visit.
        prosthesis_h_day: hours worn.
        promis: T-scores, each instrument once.
        missing_reason: why the visit, or part of it, was not done.
    """

    id: str
    on: date
    phantom: Pain = Pain()
    residual: Pain = Pain()
    phantom_sensation: bool | None = None
    neuroma_tender: bool | None = None
    opioid_mg_day: float | None = None
    falls: int | None = None
    prosthesis_h_day: float | None = None
    promis: tuple[PromisScore, ...] = ()
    missing_reason: str = ""

    def __post_init__(self) -> None:
        name("visit.id", self.id)
        within(f"visit {self.id}: opioid_mg_day", self.opioid_mg_day, 0)
        within(f"visit {self.id}: prosthesis_h_day", self.prosthesis_h_day, 0, 24)
        whole(f"visit {self.id}: falls", self.falls, 0)
        once(f"visit {self.id}: promis", (" ".join(score.instrument) for score in self.promis))

    @property
    def answered(self) -> bool:
        """Whether it says anything but why it was not done."""
        other = (self.phantom_sensation, self.neuroma_tender, self.opioid_mg_day, self.falls)
        told = self.phantom.answered or self.residual.answered or bool(self.promis)
        return told or any(value is not None for value in (*other, self.prosthesis_h_day))

    def pain(self, where: str) -> Pain:
        """In the phantom or in the residual limb."""
        return self.phantom if where == PHANTOM else self.residual


@dataclass(frozen=True, slots=True)
class Person:
    """One limb with TMR. Somebody with two such limbs is two entries, with an id each.

    Attributes:
        id: of the patient, and of the limb where they have two.
        tmr: `PRIMARY` or `SECONDARY`.
        amputation: its date.
        surgery: date of the TMR; days count from it.
        visits: in any order.
        simulated: a simulated patient; left out of figures unless asked for.
        withdrew: when they left the follow-up.
        died: when.
    """

    id: str
    tmr: str
    amputation: date
    surgery: date
    visits: tuple[PainVisit, ...] = ()
    simulated: bool = False
    withdrew: date | None = None
    died: date | None = None

    def __post_init__(self) -> None:
        name("person.id", self.id)
        one_of(f"{self.id}: tmr", self.tmr, (PRIMARY, SECONDARY))
        not_before(f"{self.id}: surgery", self.surgery, "the amputation", self.amputation)
        once(f"{self.id}: visit", (visit.id for visit in self.visits))
        for event, end in (("withdrew", self.withdrew), ("died", self.died)):
            for visit in self.visits:
                if end is not None and visit.answered and visit.on > end:
                    raise EntryError(
                        f"{self.id}: visit {visit.id} of {visit.on} lies after {event} = {end}",
                        "mend the date that is wrong",
                    )

    @property
    def left(self) -> Left:
        """When they left, if they did."""
        return Left(self.withdrew, self.died)

    def has_limb_pain(self, visit: PainVisit) -> bool:
        """Whether phantom or residual limb pain can be asked about: not before the limb was amputated.

        Who has TMR at the amputation has no such baseline; a zero there would be made up.
        """
        return visit.on > self.amputation
