"""The kinds of disturbance by name, and settings of them from a line of text.

KIND[CHANNELS]=AMOUNT[UNIT][@FROM[-UNTIL]s][/COURSE[:SECONDS]]

shift=10mm@60s             a step of 10 mm after a minute
rotation=15deg@30-90s/ramp:20s
lift-off[3,4]=1@20s        channels 3 and 4, counted from 1
sweat=0.1mm/walk:600s      a random walk; 0.1 mm is its standard deviation after 600 s
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ...core.errors import ProfileError
from .contact import LiftOff, Sweat
from .course import COURSES, Course
from .cueing import Late, Wrong
from .day import Day
from .disturbance import Disturbance
from .electrodes import Rotation, Shift
from .fatigue import Fatigue
from .force import Force
from .gait import Gait
from .interference import Crosstalk, Heart, Mains, Motion
from .position import Position

_MOST_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind.

    Attributes:
        made: by this.
        unit: of its amount; empty for a bare number.
        least, most: amounts that are allowed.
        text: what the amount is.
        by_channel: it may befall some channels only.
    """

    made: type[Disturbance]
    unit: str
    least: float
    most: float
    text: str
    by_channel: bool = False


KINDS = {
    "shift": Kind(Shift, "mm", -60.0, 60.0, "electrodes further down the limb"),
    "rotation": Kind(Rotation, "deg", -180.0, 180.0, "electrodes further around the limb"),
    "lift-off": Kind(LiftOff, "", 0.0, 1.0, "share by which pairs hang free", by_channel=True),
    "sweat": Kind(Sweat, "mm", 0.0, 1.0, "film between skin and electrodes", by_channel=True),
    "fatigue": Kind(Fatigue, "", 0.0, 10.0, "how many times as fast as published people tire"),
    "mains": Kind(Mains, "uV", 0.0, 5000.0, "RMS of hum", by_channel=True),
    "ecg": Kind(Heart, "uV", 0.0, 5000.0, "height of the R wave at chest sites", by_channel=True),
    "motion": Kind(Motion, "uV", 0.0, 20_000.0, "RMS of swings below 20 Hz", by_channel=True),
    "crosstalk": Kind(Crosstalk, "", 0.0, 1.0, "share of the two neighbours' sum", by_channel=True),
    "position": Kind(Position, "", 0.0, 32.0, "number of the limb's position; 0: calibrated in"),
    "force": Kind(Force, "", 0.0, 5.0, "times the effort that is meant"),
    "gait": Kind(Gait, "", 0.0, 1.0, "excitation of shin and calf at the height of their bursts in walking"),
    "late": Kind(Late, "s", 0.0, 10.0, "mean delay in following a cue"),
    "wrong": Kind(Wrong, "", 0.0, 1.0, "share of cues after which another movement is made"),
    "day": Kind(Day, "", 0.0, 10_000.0, "number of the day; 0: that of calibration"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One disturbance that is asked for.

    Attributes:
        kind: key of `KINDS`.
        course: how much when.
        channels: from 0; empty for all.
    """

    kind: str
    course: Course
    channels: tuple[int, ...] = ()


_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)"
_FORM = re.compile(
    rf"(?P<kind>[a-z-]+)(?:\[(?P<channels>[\d,]+)\])?=(?P<amount>{_NUMBER})(?P<unit>[a-zA-Z]*)"
    rf"(?:@(?P<start>{_NUMBER})(?:-(?P<end>{_NUMBER}))?s)?(?:/(?P<course>[a-z]+)(?::(?P<over>{_NUMBER})s)?)?"
)
_SHOWN = "KIND[CHANNELS]=AMOUNT[UNIT][@FROM[-UNTIL]s][/COURSE[:SECONDS]], such as shift=10mm@60s/ramp:30s"


def parse(text: str) -> Setting:
    """The setting that a text asks for.

    Raises:
        ProfileError: names the text, what is wrong, and what is allowed.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ProfileError(f"disturbance {text!r}: not understood; allowed: {_SHOWN}")
    name, unit = found["kind"], found["unit"]
    kind = KINDS.get(name)
    if kind is None:
        raise ProfileError(f"disturbance {text!r}: no kind {name!r}; allowed: {', '.join(KINDS)}")
    if unit not in ("", kind.unit):
        allowed = f"{kind.unit} or nothing" if kind.unit else "none"
        raise ProfileError(f"disturbance {text!r}: unit {unit!r}; allowed: {allowed}")
    amount = _within(text, "amount", float(found["amount"]), kind.least, kind.most)
    start = _within(text, "start", float(found["start"] or 0.0), 0.0, _MOST_S)
    end = math.inf
    if found["end"] is not None:
        end = _within(text, "end", float(found["end"]), start, _MOST_S)
    over_s = _within(text, "seconds of the course", float(found["over"] or 10.0), 0.1, _MOST_S)
    course = found["course"] or "step"
    if course not in COURSES:
        raise ProfileError(f"disturbance {text!r}: course {course!r}; allowed: {', '.join(COURSES)}")
    return Setting(name, Course(amount, course, start, end, over_s), _channels(text, found["channels"], kind))


def _within(text: str, what: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise ProfileError(f"disturbance {text!r}: {what} {value:g}; allowed: {least:g} to {most:g}")
    return value


def _channels(text: str, numbers: str | None, kind: Kind) -> tuple[int, ...]:
    if numbers is None:
        return ()
    if not kind.by_channel:
        allowed = ", ".join(name for name, one in KINDS.items() if one.by_channel)
        raise ProfileError(f"disturbance {text!r}: it befalls all channels; single ones for: {allowed}")
    chosen = tuple(int(number) - 1 for number in numbers.split(",") if number)
    if not chosen or min(chosen) < 0:
        raise ProfileError(f"disturbance {text!r}: channels {numbers!r}; allowed: 1, 2, ... with commas")
    return chosen
