"""Months as a clinic counts them: days over the mean length of a month, whatever the calendar."""

from __future__ import annotations

import math
from datetime import date

DAYS_A_MONTH = 365.25 / 12.0


def months_between(start: date, end: date) -> float:
    """From one date to the other; negative when `end` lies before `start`."""
    return (end - start).days / DAYS_A_MONTH


def day_of(months: float) -> int:
    """The day on which so many months are over, a half rounded up: 24 months are 731 days."""
    return math.floor(months * DAYS_A_MONTH + 0.5)
