"""What the LSL streams of a limb are: name, type, channels, units, description. Pure: facts of the rings in,
descriptions out.

The layout of a description follows the XDF meta-data pages (github.com/sccn/xdf/wiki): channels/channel with
label, unit and type; acquisition; synchronization.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..core.chunk import MICROVOLT
from ..drivers.lsl.find import OWN_SOURCE_ID
from ..models.signal.flags import SENTENCE

FLOAT32, INT32, TEXT = "float32", "int32", "string"
IRREGULAR_HZ = 0.0
"""LSL's nominal rate of a stream that has none."""
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """One channel of a stream; the unit is empty where it is not known."""

    label: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One stream. Two are equal when a reader of the one can go on reading the other.

    Attributes:
        name, kind, source_id: what readers look for.
        channels: in order.
        rate_hz: nominal; 0 for irregular.
        number_format: `FLOAT32`, `INT32` or `TEXT`.
        details: "a/b" -> text of the element b in the element a of the description.
    """

    name: str
    kind: str
    source_id: str
    channels: tuple[ChannelSpec, ...]
    rate_hz: float
    number_format: str
    details: Mapping[str, str] = field(default_factory=dict, compare=False)


def emg_stream(limb: str, host: str, loop: Facts) -> StreamSpec:
    """Raw samples, in microvolts where the amplifier says so."""
    unit = "microvolts" if loop.get("unit") == MICROVOLT else ""
    channels = tuple(ChannelSpec(name, unit, "EMG") for name in _names(loop, "channels"))
    details = {
        **_about(host, loop),
        "acquisition/model": str(loop.get("source", "")),
        "acquisition/serial_number": str(loop.get("serial", "")),
        "acquisition/compensated_lag": "0",
        "acquisition/lsb": _text(loop.get("lsb")),
        "acquisition/notes": " ".join(_names(loop, "notes")),
        "missing_samples": "NaN",
    }
    return _stream(limb, host, "emg", "EMG", channels, _rate_hz(loop), FLOAT32, details)


def decision_stream(limb: str, host: str, loop: Facts) -> StreamSpec | None:
    """What was decided from each increment; None for an acquisition without a decoder."""
    classes = _names(loop, "classes")
    if not classes:
        return None
    channels = (
        ChannelSpec("class_index", "", "Class"),
        ChannelSpec("speed", "1", "Speed"),
        *(ChannelSpec(f"posterior {name}", "1", "Posterior") for name in classes),
    )
    details = {**_about(host, loop), "classes": ",".join(classes)}
    rate_hz = _rate_hz(loop) / int(str(loop["increment_samples"]))
    return _stream(limb, host, "decisions", "EMG-Decision", channels, rate_hz, FLOAT32, details)


def command_stream(limb: str, host: str, guard: Facts) -> StreamSpec:
    """Where each joint is told to be and where it is, with each frame to the limb."""
    joints = _names(guard, "joints")
    channels = (
        *(ChannelSpec(f"{joint} setpoint", "degrees", "Setpoint") for joint in joints),
        *(ChannelSpec(f"{joint} measured", "degrees", "Position") for joint in joints),
    )
    details = {**_about(host, guard), "device": str(guard.get("device", ""))}
    kind = "Prosthesis-Command"
    return _stream(limb, host, "commands", kind, channels, IRREGULAR_HZ, FLOAT32, details)


def quality_stream(limb: str, host: str, loop: Facts) -> StreamSpec:
    """Flags of each channel's contact: the sum of the bits that the description lists; 0 is good."""
    channels = tuple(ChannelSpec(name, "flags", "Quality") for name in _names(loop, "channels"))
    bits = {f"flags/bit_{int(flag)}": f"{flag.name}: {said}" for flag, said in SENTENCE.items() if flag}
    details = {**_about(host, loop), **bits}
    return _stream(limb, host, "quality", "EMG-Quality", channels, IRREGULAR_HZ, INT32, details)


def marker_stream(limb: str, host: str) -> StreamSpec:
    """Changes in words: see `limb_words`."""
    channels = (ChannelSpec("change", "", "Marker"),)
    return _stream(limb, host, "markers", "Markers", channels, IRREGULAR_HZ, TEXT, _about(host, {}))


def _stream(
    limb: str,
    host: str,
    what: str,
    kind: str,
    channels: tuple[ChannelSpec, ...],
    rate_hz: float,
    number_format: str,
    details: Mapping[str, str],
) -> StreamSpec:
    # The host is in it: two people's limbs may have the same name, each on a machine of its own.
    source_id = f"{OWN_SOURCE_ID}{host}/{limb}/{what}"
    return StreamSpec(f"{limb}-{what}", kind, source_id, channels, rate_hz, number_format, details)


def _about(host: str, facts: Facts) -> dict[str, str]:
    about = {
        "manufacturer": "innervate",
        "synchronization/time_source": f"CLOCK_MONOTONIC of {host}",
        "synchronization/can_drop_samples": "true",
    }
    if "simulated" in facts:
        about["simulated"] = "true" if facts["simulated"] else "false"
    return about


def _rate_hz(loop: Facts) -> float:
    return float(str(loop["rate_hz"]))


def _names(facts: Facts, key: str) -> tuple[str, ...]:
    value = facts.get(key)
    return tuple(str(name) for name in value) if isinstance(value, Sequence) else ()


def _text(value: object) -> str:
    return "" if value is None else str(value)
