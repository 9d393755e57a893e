"""A hand with analog inputs behind our electrode board, in the guard's verbs.

Such a hand says nothing of itself, so its one joint is a drive: what is asked of it is a speed, and its
position is how far it would have gone at the speeds it was asked for, in percent of its travel. Nobody knows
where it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ...core.command import LimbState, Setpoint
from ..devices import part_options
from ..limb import SerialLimb
from ..link import Deframer, Message, encode
from ..serialport import SerialPort
from ..settings import PartSettings
from .codec import FULL_SCALE_V, MAX_OUTPUTS, Kind, Set, Status, decode_status, encode_set
from .levels import CO_CONTRACTION_S, HANDS, LEAST_ABOVE_S, Levels, co_contracts

_NAMES = ("open", "close", "unused")
LEAST_APART_V = 0.1
FEWER_OUTPUTS = 254
"""Our number for `LimbState.fault`: the board has another number of outputs than the settings say."""


@dataclass(frozen=True, slots=True)
class Options:
    """What only this device has; `limb.options`.

    Attributes:
        hand: which hand's levels: a key of `levels.HANDS`.
        rest_v, threshold_v, max_v: levels of this very hand; None: as `hand` has them.
        slew_v_s: how fast a level rises. A muscle's signal takes a tenth of a second or so; it falls at once.
        full_rate: rate of the set-point (percent per second) that is the hand's full speed.
        channels: what each output of the board does, in order: open, close or unused.
        grip_change: how this hand is told to take its next grip; "none": it is not.
    """

    hand: Literal["bebionic", "taska", "ability-hand"]
    rest_v: float | None = None
    threshold_v: float | None = None
    max_v: float | None = None
    slew_v_s: int = 50
    full_rate: float = 150.0
    channels: tuple[str, ...] = ("open", "close")
    grip_change: Literal["none", "co-contraction"] = "none"

    def __post_init__(self) -> None:
        levels = self.levels
        if not (levels.rest_v >= 0.0 and levels.max_v <= FULL_SCALE_V):
            raise ValueError(f"rest_v, max_v: allowed 0 to {FULL_SCALE_V:g}")
        if not levels.rest_v + LEAST_APART_V <= levels.threshold_v <= levels.max_v - LEAST_APART_V:
            raise ValueError(
                f"rest_v = {levels.rest_v:g}, threshold_v = {levels.threshold_v:g}, max_v = {levels.max_v:g}:"
                f" each must be above the one before by {LEAST_APART_V:g} or more"
            )
        if not 5 <= self.slew_v_s <= 5000:
            raise ValueError(f"slew_v_s = {self.slew_v_s}: allowed 5 to 5000")
        if not 10.0 <= self.full_rate <= 400.0:
            raise ValueError(f"full_rate = {self.full_rate:g}: allowed 10 to 400")
        once = all(self.channels.count(name) == 1 for name in ("open", "close"))
        if not once or not set(self.channels) <= set(_NAMES) or len(self.channels) > MAX_OUTPUTS:
            raise ValueError(
                f"channels = {','.join(self.channels)!r}: allowed: open and close once each, and unused, "
                f"{MAX_OUTPUTS} at most"
            )
        rise_s = (levels.threshold_v - levels.rest_v) / self.slew_v_s
        if self.grip_change != "none" and CO_CONTRACTION_S - rise_s < LEAST_ABOVE_S:
            least = math.ceil((levels.threshold_v - levels.rest_v) / (CO_CONTRACTION_S - LEAST_ABOVE_S))
            raise ValueError(f"slew_v_s = {self.slew_v_s}: grip_change wants {least} or more")

    @property
    def levels(self) -> Levels:
        """Of this hand."""
        preset = HANDS[self.hand]
        return Levels(
            preset.rest_v if self.rest_v is None else self.rest_v,
            preset.threshold_v if self.threshold_v is None else self.threshold_v,
            preset.max_v if self.max_v is None else self.max_v,
        )


class VirtualElectrode(SerialLimb):
    """Never both signals at once, but in the co-contraction that a set-point asks for (`regrip`).

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
    """

    def __init__(self, port: str | SerialPort, baud: int, options: Options) -> None:
        super().__init__(SerialPort.at(port, baud))
        self._options, self._levels = options, options.levels
        self._rest = tuple(0.0 if name == "unused" else self._levels.rest_v for name in options.channels)
        self._deframer = Deframer()
        self._not_status = 0
        self._seq = -1
        self._position: tuple[float, ...] = (0.0,)
        self._now_s = 0.0
        self._regrips = True  # a gesture that an earlier port was in the middle of is not begun here
        self._t_gesture_s = -math.inf
        self.status: Status | None = None
        """What the board last said."""

    @property
    def frames_bad(self) -> int:
        """Damaged frames, and whole ones that are no status."""
        return self._deframer.bad + self._not_status

    def hold(self, setpoint: Setpoint) -> bool:
        """Levels for the speed at which the set-point moves; where it is means nothing to the hand."""
        self._position = setpoint.position_deg
        (rate,) = setpoint.rate_deg_s
        if setpoint.regrip and not self._regrips:
            self._t_gesture_s = self._now_s
        self._regrips = setpoint.regrip
        if rate or not setpoint.regrip:
            self._t_gesture_s = -math.inf
        if co_contracts(self._now_s - self._t_gesture_s):
            return self._send(self._levels.max_v, self._levels.max_v)
        speed = rate / self._options.full_rate
        return self._send(self._levels.at(-speed), self._levels.at(speed))

    def ask(self) -> bool:
        """Both at rest: the board answers, and the hand stops at once."""
        self._t_gesture_s = -math.inf
        return self._send(self._levels.rest_v, self._levels.rest_v)

    def _send(self, opening_v: float, closing_v: float) -> bool:
        of = {"open": opening_v, "close": closing_v, "unused": 0.0}
        levels = tuple(of[name] for name in self._options.channels)
        self._seq = (self._seq + 1) & 0xFFFF
        body = encode_set(Set(levels, self._rest, self._options.slew_v_s))
        return self._port.send(encode(Message(Kind.SET, self._seq, body)))

    def poll(self, now_s: float) -> LimbState | None:
        """When the board has answered: where the hand would be if it were as fast as it was asked to be."""
        self._now_s = now_s
        newest: Status | None = None
        for message in self._deframer.push(self._port.read()):
            status = decode_status(message.body) if message.kind == Kind.STATUS else None
            if status is None:
                self._not_status += 1
            else:
                self.frames_acked += 1
                newest = self.status = status
        if newest is None:
            return None
        fewer = len(newest.level_v) != len(self._options.channels)
        return LimbState(
            t_s=now_s,
            position_deg=self._position,
            fault=FEWER_OUTPUTS if fewer else int(newest.fault),
        )

    def clear(self) -> None:
        """Nothing latches in the board."""

    def leave(self) -> None:
        """Both at rest; the board's watchdog would put them there too."""
        self.ask()


def open_limb(part: PartSettings) -> VirtualElectrode:
    """See `devices`."""
    return VirtualElectrode(part.port, part.baud, part_options(Options, part))
