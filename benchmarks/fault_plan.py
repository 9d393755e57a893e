"""Which faults each wire can have, and which of them it shows the place of."""

from __future__ import annotations

from dataclasses import dataclass

from ..sim.faults import Fault
from .wires import BenchWire

_LASTING_S = {"stall": 0.3, "silence": 0.3, "unplug": 0.6}
_FIRST_S, _LISTENING_S, _APART_S = 1.5, 4.5, 0.6
_ALWAYS_ON = ("umyo", "ascii")
"""They send before anybody opens them, and are listened to for a while before they are."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Kinds of `sim.faults.Fault`.

    Attributes:
        countable: what is lost by them is seen on the wire: a counter, a stamp, a damaged frame.
        uncountable: whole frames vanish and nothing on the wire says so: only the clock can tell how many.
    """

    countable: tuple[str, ...]
    uncountable: tuple[str, ...] = ()


_SERIAL = FaultPlan(
    ("garbage", "garbage_inside", "pieces", "cut", "drop", "stall", "silence", "unplug"),
)
_COUNTED_TCP = FaultPlan(("pieces", "drop", "stall", "silence", "unplug"))
"""TCP itself loses nothing; a probe whose buffer is full skips rows, and its counter says so."""
PLANS = {
    "lsl": FaultPlan(("drop", "stall", "silence", "unplug")),
    "cyton": _SERIAL,
    "cyton-daisy": _SERIAL,
    "muovi": _COUNTED_TCP,
    "muovi-plus": _COUNTED_TCP,
    "sessantaquattro": _COUNTED_TCP,
    "quattrocento": _COUNTED_TCP,
    "trigno": FaultPlan(("pieces", "stall", "unplug"), ("drop", "silence")),
    "myo": _SERIAL,
    "umyo": _SERIAL,
    "ascii-stamped": _SERIAL,
    "ascii": FaultPlan(
        ("garbage", "pieces", "stall", "unplug"), ("garbage_inside", "cut", "drop", "silence")
    ),
    "spikershield": FaultPlan(
        ("pieces", "stall", "unplug"), ("garbage", "garbage_inside", "cut", "drop", "silence")
    ),
}
"""By `BenchWire.name`."""


def planned(wire: BenchWire, kinds: tuple[str, ...]) -> tuple[Fault, ...]:
    """One fault of each kind, far enough apart that each is over and told from the next."""
    faults, at_s = [], _LISTENING_S if wire.kind in _ALWAYS_ON else _FIRST_S
    for kind in kinds:
        lasting_s = _LASTING_S.get(kind, 0.0)
        faults.append(Fault(kind, round(at_s * wire.rate_hz), lasting_s))
        at_s += lasting_s + _APART_S
    return tuple(faults)
