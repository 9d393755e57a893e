"""The published figures that clinicians see beside their own: not for wearers, and not the paper's."""

from __future__ import annotations

from dataclasses import dataclass

from .figures import percent

ATTRIBUTION = (
    "Medscape news brief on Bowen et al., Plast Reconstr Surg 2019;143:309 (10.1097/PRS.0000000000005133); "
    "the brief's page was not read again"
)
CAVEAT = (
    "The brief's figures, not known to be the paper's: its abstract has 22 patients, says that most had "
    "phantom pain at 1 month, and that all of it had resolved at 3 months. No whole number of 22 patients "
    "gives these percentages; 13/18, 3/16 and 2/16 is one consistent reading, and 4/21 and 2/15 are possible "
    "too. How phantom pain was defined is not known"
)
MOST_PEOPLE = 22
"""Patients in the abstract."""


@dataclass(frozen=True, slots=True)
class Published:
    """One row of the reference.

    Attributes:
        window: of ours, that it stands beside.
        percent: with phantom pain, as the brief has it.
        attribution: whose it is.
        caveat: to be shown with it, always.
    """

    window: str
    percent: int
    attribution: str = ATTRIBUTION
    caveat: str = CAVEAT

    @property
    def words(self) -> str:
        """One line with its owner."""
        return f"{self.window}: {self.percent} % ({self.attribution})"


REFERENCE = (Published("1 month", 72), Published("3 months", 19), Published("6 months", 13))
"""FACTS section 4. Of below-knee amputations with TMR."""


def readings(whole_percent: int, most: int = MOST_PEOPLE) -> tuple[tuple[int, int], ...]:
    """Every k of n, n up to `most`, that is printed as this percentage: what the caveat rests on."""
    return tuple((k, n) for n in range(1, most + 1) for k in range(n + 1) if percent(k, n) == whole_percent)
