"""What a stream says of itself: which channels are EMG, in which unit, and what comes beside them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.chunk import ARBITRARY, MICROVOLT
from ...core.errors import SourceError
from ..montage import numbered
from ..units import microvolts_in

_NUMBER_FORMATS = {1: "float32", 2: "float64", 3: "", 4: "int32", 5: "int16", 6: "int8", 7: "int64"}
"""LSL channel format code -> numpy type; text carries no EMG."""
_EMG = ("EMG", "EXG")
_POWERS_OF_TEN = {"-6": 1.0, "-3": 1e3}
"""mne-lsl writes a unit given as a number, such as -6 for microvolts, as that text. Its 0 may mean volts or
no unit, so it stays unknown."""
_CALLED = {
    **dict.fromkeys(("ACC", "ACCEL", "ACCELEROMETER", "ACCELERATION"), "accel"),
    **dict.fromkeys(("GYR", "GYRO", "GYROSCOPE"), "gyro"),
    **dict.fromkeys(("MAG", "MAGNETOMETER"), "magnetometer"),
    **dict.fromkeys(("QUAT", "QUATERNION"), "quaternion"),
    **dict.fromkeys(("BATT", "BATTERY"), "battery"),
    "": "aux",
}
"""Channel type, upper case -> name of its block, as our other drivers call it. Any other type is its own."""


@dataclass(frozen=True, slots=True)
class AuxGroup:
    """Consecutive channels of one type and unit.

    Attributes:
        name, unit: of the block they become.
        columns: their indices among the stream's channels.
    """

    name: str
    unit: str
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """What a stream says of itself.

    Attributes:
        name, source_id, host: where it comes from.
        rate_hz: nominal rate.
        number_format: numpy type on the wire.
        columns: index of each EMG channel among the stream's channels.
        channels: label of each of them.
        scale: factor from the stream's value to `unit`, each.
        unit: `MICROVOLT`, or `ARBITRARY` when any channel does not say.
        notes: sentences for a person.
        aux: channels beside EMG.
    """

    name: str
    source_id: str
    host: str
    rate_hz: float
    number_format: str
    columns: tuple[int, ...]
    channels: tuple[str, ...]
    scale: tuple[float, ...]
    unit: str
    notes: tuple[str, ...]
    aux: tuple[AuxGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """One channel's own description; `label` is empty where it has none."""

    label: str
    unit: str
    kind: str

    @property
    def microvolts(self) -> float | None:
        return _POWERS_OF_TEN.get(self.unit.strip(), microvolts_in(self.unit))


def describe(info: Any) -> Described:
    """Read a full description of an EMG stream (`StreamInlet.info`).

    Raises:
        SourceError: no regular rate, or not numbers.
    """
    name, rate_hz = info.name(), float(info.nominal_srate())
    if rate_hz <= 0:
        raise SourceError(f"LSL stream {name!r} has no regular rate", "choose a stream with a nominal_srate")
    rows = _channel_rows(info)
    columns = _emg_columns(rows)
    labels = [row.label or default for row, default in zip(rows, numbered(len(rows)), strict=True)]
    aux = _groups(rows, [i for i in range(len(rows)) if i not in columns])
    notes = []
    if aux:
        beside = ", ".join(f"{group.name} ({group.unit})" for group in aux)
        notes.append(f"Beside EMG the stream carries {beside}.")
    factors = [rows[i].microvolts for i in columns]
    known = all(f is not None for f in factors)
    if not known:
        notes.append("The stream does not say its unit: signal levels are relative to rest, not microvolts.")
    return Described(
        name=name,
        source_id=info.source_id(),
        host=info.hostname(),
        rate_hz=rate_hz,
        number_format=number_format_of(info),
        columns=columns,
        channels=tuple(labels[i] for i in columns),
        scale=tuple(f if known and f is not None else 1.0 for f in factors),
        unit=MICROVOLT if known else ARBITRARY,
        notes=tuple(notes),
        aux=aux,
    )


def describe_aux(info: Any) -> tuple[AuxGroup, ...]:
    """All channels of a stream that is read beside EMG, named after the stream; any rate, or none.

    Raises:
        SourceError: not numbers.
    """
    number_format_of(info)
    rows = _channel_rows(info)
    groups, name = _groups(rows, list(range(len(rows)))), info.name()
    if len(groups) == 1:
        return (AuxGroup(name, groups[0].unit, groups[0].columns),)
    return tuple(AuxGroup(f"{name} {group.name}", group.unit, group.columns) for group in groups)


def number_format_of(info: Any) -> str:
    """The numpy type of a stream's values.

    Raises:
        SourceError: it carries text.
    """
    number_format = _NUMBER_FORMATS.get(info.channel_format(), "")
    if not number_format:
        raise SourceError(
            f"LSL stream {info.name()!r} carries text, not numbers",
            "choose the amplifier's stream of numbers",
        )
    return number_format


def _channel_rows(info: Any) -> list[_Row]:
    """One per channel of the stream, empty where the description is too short."""
    rows: list[_Row] = []
    channel = info.desc().child("channels").child("channel")
    for _ in range(info.channel_count()):
        if channel.empty():
            rows.append(_Row("", "", ""))
            continue
        rows.append(_Row(*(channel.child_value(key) for key in ("label", "unit", "type"))))
        channel = channel.next_sibling("channel")
    return rows


def _emg_columns(rows: list[_Row]) -> tuple[int, ...]:
    """Channels of type EMG, and those that do not say; all where none is either.

    A channel without a type in grams beside others in microvolts is no EMG.
    """
    volts = any(row.microvolts is not None or row.kind.upper() in _EMG for row in rows)
    columns = tuple(
        i
        for i, row in enumerate(rows)
        if row.kind.upper() in _EMG or (not row.kind and not (volts and row.unit and row.microvolts is None))
    )
    return columns or tuple(range(len(rows)))


def _groups(rows: list[_Row], columns: list[int]) -> tuple[AuxGroup, ...]:
    """Neighbours of one type and unit together, each group with a name of its own."""
    found: list[list[int]] = []
    for i in columns:
        before = found[-1][-1] if found else -2
        if before == i - 1 and (rows[before].kind, rows[before].unit) == (rows[i].kind, rows[i].unit):
            found[-1].append(i)
        else:
            found.append([i])
    taken: list[str] = []
    groups: list[AuxGroup] = []
    for members in found:
        first = rows[members[0]]
        name = _CALLED.get(first.kind.upper(), first.kind.lower())
        if len(members) == 1 and first.label:
            name = first.label
        taken.append(name)
        if taken.count(name) > 1:
            name = f"{name} {taken.count(name)}"
        groups.append(AuxGroup(name, first.unit or ARBITRARY, tuple(members)))
    return tuple(groups)
