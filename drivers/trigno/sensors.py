"""Which sensors a Trigno base has, asked of it, and which slots of its streams are theirs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ...core.errors import SourceError, SourceNotFound
from . import codec
from .commands import Commands

MICROVOLTS = {"V": 1e6, "MV": 1e3, "UV": 1.0, "": 1e6}
"""Of one unit, in capitals. Bases that do not know the question send volts."""
_SAME = 1e-3
"""Rates that differ by less are one: bases round them differently."""
_MEND = "give all of them one mode in the Trigno Control Utility, or leave some out by source.channels"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a sensor, as the base says; NaN and "" where it does not.

    Attributes:
        rate_hz: samples a second.
        samples: of each frame of the base.
        unit: such as "V" or "g".
    """

    rate_hz: float
    samples: float
    unit: str


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor that is switched on.

    Attributes:
        number: 1 to 16, as the base pairs them.
        start: slot of its first channel, from 1.
        emg, aux: its channels.
    """

    number: int
    start: int
    emg: tuple[Channel, ...]
    aux: tuple[Channel, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What its EMG channels are called."""
        if len(self.emg) == 1:
            return (f"sensor{self.number}",)
        return tuple(f"s{self.number}.{k}" for k in range(1, len(self.emg) + 1))


@dataclass(frozen=True, slots=True)
class Base:
    """What the base says of itself; NaN where it does not.

    Attributes:
        frame_s: time between two frames.
        samples, aux_samples: of each frame on the EMG and AUX ports.
        big_endian: order of the bytes of its numbers.
        asleep: sensors that are paired but not switched on.
    """

    frame_s: float
    samples: float
    aux_samples: float
    big_endian: bool
    sensors: tuple[Sensor, ...]
    asleep: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AuxGroup:
    """Neighbouring channels of one sensor with one unit: what makes an `AuxBlock`.

    Attributes:
        name, unit: as `AuxBlock`.
        columns: in a sample of the AUX port.
    """

    name: str
    unit: str
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EmgSlot:
    """One EMG channel in the stream.

    Attributes:
        name: of the channel.
        column: in a sample of the EMG port.
        rate_hz: of its sensor; NaN where the base does not say.
        scale_uv: microvolts of one unit it is sent in.
    """

    name: str
    column: int
    rate_hz: float
    scale_uv: float


def ask_base(base: Commands, *, aux: bool) -> Base:
    """All that has to be known before START.

    Raises:
        SourceNotFound: no sensor is switched on, or no answer.
        SourceError: answers that make no sense.
    """
    sensors, asleep = [], []
    for number in range(1, codec.SLOTS + 1):
        if base.ask(f"SENSOR {number} PAIRED?") == "NO":
            continue
        if base.ask(f"SENSOR {number} ACTIVE?") == "NO":
            asleep.append(number)
        else:
            sensors.append(_ask_sensor(base, number, aux=aux))
    if not sensors:
        paired = f"{', '.join(map(str, asleep))} paired but off" if asleep else "none is paired"
        raise SourceNotFound(
            f"{base.name}: no sensor is switched on ({paired})",
            "take the sensors out of the charger, near the base",
        )
    return Base(
        base.number("FRAME INTERVAL?"),
        base.number("MAX SAMPLES EMG?"),
        base.number("MAX SAMPLES AUX?"),
        _is_big_endian(base),
        tuple(sensors),
        tuple(asleep),
    )


def _is_big_endian(base: Commands) -> bool:
    """Programs spell the question differently; a base that knows neither is told."""
    answer = base.known("ENDIANNESS?", "ENDIAN?").upper()
    if "BIG" in answer or "LITTLE" in answer:
        return "BIG" in answer
    if base.ask("ENDIAN LITTLE") != "OK":
        raise SourceError(f"{base.name}: the base does not say in which order its bytes come: {answer!r}")
    return False


def _ask_sensor(base: Commands, number: int, *, aux: bool) -> Sensor:
    about = f"SENSOR {number}"
    emg_count = _whole(base, f"{about} EMGCHANNELCOUNT?", 1)
    aux_count = _whole(base, f"{about} AUXCHANNELCOUNT?", 0) if aux else 0
    start = _whole(base, f"{about} STARTINDEX?", number)
    if not 1 <= start <= codec.SLOTS - max(0, emg_count - 1):
        raise SourceError(f"{base.name}: sensor {number} begins at slot {start}; there are {codec.SLOTS}")
    channels = [
        Channel(
            base.number(f"{about} CHANNEL {m} RATE?"),
            base.number(f"{about} CHANNEL {m} SAMPLES?"),
            base.known(f"{about} CHANNEL {m} UNITS?"),
        )
        for m in range(1, emg_count + aux_count + 1)
    ]
    return Sensor(number, start, tuple(channels[:emg_count]), tuple(channels[emg_count:]))


def _whole(base: Commands, question: str, otherwise: int) -> int:
    value = base.number(question)
    return otherwise if math.isnan(value) else int(value)


def emg_slots(base: Base) -> tuple[tuple[EmgSlot, ...], tuple[str, ...]]:
    """All EMG channels in the order of the sensors, and sentences about what is left out."""
    slots, notes = [], []
    for sensor in base.sensors:
        for k, (name, channel) in enumerate(zip(sensor.names, sensor.emg, strict=True)):
            unit = channel.unit.upper().replace("\N{MICRO SIGN}", "U")
            if unit not in MICROVOLTS:
                notes.append(f"{name} measures {channel.unit}, not a voltage: it is left out.")
                continue
            slots.append(EmgSlot(name, sensor.start - 1 + k, channel.rate_hz, MICROVOLTS[unit]))
    if base.asleep:
        notes.append(f"Paired but not switched on: sensor {', '.join(map(str, base.asleep))}.")
    return tuple(slots), tuple(notes)


def agreed_rate_hz(
    where: str, base: Base, slots: Sequence[EmgSlot], wanted_hz: float, *, resampled: bool
) -> float:
    """The one rate of all these channels.

    Args:
        where: the base's address, for errors.
        wanted_hz: what it must be; 0 for any.
        resampled: the base was told to change the sensors' rate; then its own is the right one.

    Raises:
        SourceError: they have several, or not the one that is wanted, or not the one that the base sends.
    """
    rate_hz = slots[0].rate_hz
    if any(_differ(slot.rate_hz, rate_hz) for slot in slots):
        rates = ", ".join(f"{slot.name} {slot.rate_hz:.7g} Hz" for slot in slots)
        raise SourceError(f"{where}: sensors measure at different rates: {rates}", _MEND)
    sent_hz = base.samples / base.frame_s
    if resampled and not math.isnan(sent_hz):
        rate_hz = sent_hz
    if _differ(rate_hz, sent_hz):
        raise SourceError(
            f"{where}: the sensors measure {rate_hz:.7g} Hz, but the base sends {sent_hz:.7g} Hz; "
            "a faster sensor is on, or the base resamples",
            "set source.options.upsample to what the base does, or give all sensors one mode",
        )
    known = [hz for hz in (rate_hz, sent_hz, wanted_hz) if hz and not math.isnan(hz)]
    if not known:
        raise SourceError(f"{where}: this base does not say its rate", "set source.rate_hz")
    if wanted_hz and _differ(wanted_hz, known[0]):
        raise SourceError(
            f"{where}: source.rate_hz = {wanted_hz:g}; the sensors are set to {known[0]:.7g} Hz",
            "set source.rate_hz to 0, or change the sensors' mode in the Trigno Control Utility",
        )
    return known[0]


def _differ(one_hz: float, other_hz: float) -> bool:
    """False where one of them is not known."""
    return abs(one_hz - other_hz) > _SAME * max(one_hz, other_hz)


def aux_groups(base: Base, width: int) -> tuple[AuxGroup, ...]:
    """What comes beside EMG in every row of the AUX port. Channels that fill only some rows are left out."""
    groups = []
    for sensor in base.sensors:
        at = (sensor.start - 1) * width
        numbered = [
            (at + k, channel)
            for k, channel in enumerate(sensor.aux[:width])
            if channel.samples == base.aux_samples or math.isnan(channel.samples + base.aux_samples)
        ]
        for unit, members in groupby(numbered, lambda each: each[1].unit):
            kind, unit_name = _kind(unit)
            columns = tuple(column for column, _ in members)
            groups.append(AuxGroup(f"sensor{sensor.number}.{kind}", unit_name, columns))
    return tuple(groups)


def _kind(unit: str) -> tuple[str, str]:
    """Name and unit of a group. The degree sign does not survive ASCII: it comes as "?/s"."""
    if unit == "g":
        return "accel", "g"
    return ("gyro", "deg/s") if unit.endswith("/s") else ("aux", unit)
