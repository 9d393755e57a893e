"""Which stream of the network is meant, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.chunk import ARBITRARY, MICROVOLT
from ...core.errors import SourceError, SourceNotFound
from ..montage import numbered
from ..units import microvolts_in

_EMG_TYPES = ("EMG", "emg", "Emg", "EXG", "ExG", "exg")
"""Stream and channel types under which amplifiers publish EMG (brainflow, OpenSignals, MindRove, ...)."""
_NUMBER_FORMATS = {1: "float32", 2: "float64", 3: "", 4: "int32", 5: "int16", 6: "int8", 7: "int64"}
"""LSL channel format code -> numpy type; text carries no EMG."""
_SECOND_S = 0.7
"""How long a second stream of the same name may take to answer: liblsl asks again after 0.5 s, and a stream
on the machine of the first one answers only then."""


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


def load_pylsl() -> Any:
    """The pylsl module.

    Raises:
        SourceError: it or liblsl is missing, and how to get it.
    """
    try:
        import pylsl
    except (ImportError, RuntimeError, OSError) as error:
        raise SourceError(
            f"LSL cannot be used: {str(error).splitlines()[0]}",
            "install pylsl; on aarch64 its wheel has no liblsl: build that and set PYLSL_LIB to its file",
        ) from error
    return pylsl


def find_stream(wanted: str, timeout_s: float) -> Any:
    """The one stream of that name or source_id; with no name, the only EMG stream there is.

    Raises:
        SourceNotFound: none answered in `timeout_s`.
        SourceError: more than one did, so that it is not clear which is this person's.
    """
    pylsl = load_pylsl()
    predicate = _predicate(wanted)
    found = pylsl.resolve_bypred(predicate, 1, timeout_s)
    if found and found[0].source_id() != wanted:
        # A source_id is one device's own; a name, or no name, may fit the neighbour's amplifier too.
        more = pylsl.resolve_bypred(predicate, 2, _SECOND_S)
        found = more or found
    if not found:
        what = f"LSL stream {wanted!r}" if wanted else "LSL stream of type EMG"
        raise SourceNotFound(
            f"no {what} answered within {timeout_s:g} s",
            "start the amplifier's LSL program on this network; source.stream takes its name or source_id",
        )
    if len({info.uid() for info in found}) > 1:
        each = sorted(f"{i.name()!r} (source_id {i.source_id()!r}, on {i.hostname()})" for i in found)
        raise SourceError(
            f"more than one LSL stream fits {wanted!r}: {', '.join(each)}",
            "set source.stream to the source_id of the right one, or stop the other",
        )
    return found[0]


def _predicate(wanted: str) -> str:
    if not wanted:
        return " or ".join(f"type='{t}'" for t in _EMG_TYPES)
    quote = '"' if "'" in wanted else "'"
    if quote in wanted:
        raise SourceError(f"source.stream = {wanted!r}: LSL cannot look for a name with both kinds of quote")
    return f"name={quote}{wanted}{quote} or source_id={quote}{wanted}{quote}"


def describe(info: Any) -> Described:
    """Read a full stream description (`StreamInlet.info`).

    Raises:
        SourceError: no regular rate, or not numbers.
    """
    name = info.name()
    rate_hz = float(info.nominal_srate())
    number_format = _NUMBER_FORMATS.get(info.channel_format(), "")
    if rate_hz <= 0:
        raise SourceError(f"LSL stream {name!r} has no regular rate", "choose a stream with a nominal_srate")
    if not number_format:
        raise SourceError(
            f"LSL stream {name!r} carries text, not numbers", "choose the amplifier's EMG stream"
        )
    rows = _channel_rows(info)
    columns = [i for i, (_, _, kind) in enumerate(rows) if not kind or kind.upper() in ("EMG", "EXG")]
    notes = []
    if columns and len(columns) < len(rows):
        left = ", ".join(label for i, (label, _, _) in enumerate(rows) if i not in columns)
        notes.append(f"The stream's channels {left} are not EMG and are left out.")
    columns = columns or list(range(len(rows)))
    factors = [microvolts_in(rows[i][1]) for i in columns]
    known = all(f is not None for f in factors)
    if not known:
        notes.append("The stream does not say its unit: signal levels are relative to rest, not microvolts.")
    return Described(
        name=name,
        source_id=info.source_id(),
        host=info.hostname(),
        rate_hz=rate_hz,
        number_format=number_format,
        columns=tuple(columns),
        channels=tuple(rows[i][0] for i in columns),
        scale=tuple(f if known and f is not None else 1.0 for f in factors),
        unit=MICROVOLT if known else ARBITRARY,
        notes=tuple(notes),
    )


def _channel_rows(info: Any) -> list[tuple[str, str, str]]:
    """(label, unit, type) per channel of the stream, numbered where the description is too short."""
    count = info.channel_count()
    rows: list[tuple[str, str, str]] = []
    channel = info.desc().child("channels").child("channel")
    for default in numbered(count):
        if channel.empty():
            rows.append((default, "", ""))
            continue
        label, unit, kind = (channel.child_value(key) for key in ("label", "unit", "type"))
        rows.append((label or default, unit, kind))
        channel = channel.next_sibling("channel")
    return rows
