"""What the person intends, what the limb is asked to do, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .state import Reason


@dataclass(frozen=True, slots=True)
class Intent:
    """What the loop believes the person wants now.

    Attributes:
        sample_index: index of the newest EMG sample that it rests on.
        t_sample_s: monotonic seconds of that sample.
        movement: name of the movement to make, or "rest".
        speed: 0 (none) to 1 (the fastest this movement may be).
        reason: why the speed is what it is; `Reason.NONE` when the person is obeyed as decoded.
    """

    sample_index: int
    t_sample_s: float
    movement: str
    speed: float
    reason: Reason


class Ask(IntEnum):
    """What the wearer asks of the guard by their muscles, whatever was decoded."""

    NOTHING = 0
    STOP = 1
    RELEASE = 2


@dataclass(frozen=True, slots=True)
class Command:
    """Move towards a posture at these rates, until it expires. A rate of zero holds the joint where it is.

    The set-point lives in the guard, which moves it: so an expired or missing command always means "hold".

    Attributes:
        seq: counts up by one per command of a loop; the guard refuses one that does not come after the last.
        t_made_s: monotonic seconds at which it was made.
        expires_s: monotonic seconds after which the guard treats it as rates of zero.
        sample_index: index of the newest EMG sample it rests on; -1 when it rests on none.
        t_sample_s: monotonic seconds of that sample; 0.0 when there is none.
        target_deg: where each joint is to go, in the limb's joint order.
        rate_deg_s: how fast each joint may go there, never negative.
        reason: why nothing moves, when nothing moves; shown to the person.
        ask: obeyed when it changes, even if the rest of the command is refused.
    """

    seq: int
    t_made_s: float
    expires_s: float
    sample_index: int
    t_sample_s: float
    target_deg: tuple[float, ...]
    rate_deg_s: tuple[float, ...]
    reason: Reason
    ask: Ask = Ask.NOTHING


@dataclass(frozen=True, slots=True)
class Setpoint:
    """Where the limb is asked to be, and how fast that moves.

    Attributes:
        position_deg: per joint, in the limb's order.
        rate_deg_s: per joint, signed.
        regrip: while True, a hand that keeps its own grips is told of the next one. No joint moves meanwhile.
    """

    position_deg: tuple[float, ...]
    rate_deg_s: tuple[float, ...]
    regrip: bool = False

    @property
    def moving(self) -> bool:
        """True while any joint's set-point moves."""
        return any(self.rate_deg_s)


@dataclass(frozen=True, slots=True)
class LimbState:
    """What the limb last said of itself; joints in the limb's order.

    Attributes:
        t_s: monotonic seconds at which the reply was read; 0.0 before the first.
        position_deg: measured joint angles.
        current_a: motor currents, or empty where the device does not say.
        limiting: per joint, True while the device itself holds back (collision, temperature).
        touch: touch sensors, device units, or empty.
        force_n: per joint, the force its finger meets, or empty where the device does not say.
        temperature_c: per joint or of the device, or empty where it does not say.
        fault: the device's own fault number, 0 for none.
    """

    t_s: float
    position_deg: tuple[float, ...]
    current_a: tuple[float, ...] = ()
    limiting: tuple[bool, ...] = ()
    touch: tuple[float, ...] = ()
    force_n: tuple[float, ...] = ()
    temperature_c: tuple[float, ...] = ()
    fault: int = 0
