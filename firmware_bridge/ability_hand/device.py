"""An Ability Hand on a serial port, in the guard's verbs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...core.command import LimbState, Setpoint
from ..devices import part_options
from ..limb import SerialLimb
from ..serialport import SerialPort
from ..settings import PartSettings
from .codec import (
    ADDRESS,
    JOINTS,
    Control,
    Exit,
    Mode,
    ReadOnly,
    Reply,
    Unstuffer,
    Variant,
    decode_reply,
    encode,
)
from .touch import finger_newton

_MOST_DEG = 150.0
_ANSWERS = {
    "current-touch": Variant.POSITION_CURRENT_TOUCH,
    "velocity-touch": Variant.POSITION_VELOCITY_TOUCH,
    "current-velocity": Variant.POSITION_CURRENT_VELOCITY,
}


@dataclass(frozen=True, slots=True)
class HandOptions:
    """What only this hand has (`limb.options`).

    Attributes:
        reply: what it is to say beside its positions. Only the first two feel: without touch,
            `safety.max_grip_n` limits nothing. 72 bytes are 1.6 ms at 460800 baud, 39 bytes 0.8 ms.
        address: of the hand, decimal; 80 (0x50) unless its maker changed it.
    """

    reply: Literal["current-touch", "velocity-touch", "current-velocity"] = "current-touch"
    address: int = ADDRESS

    def __post_init__(self) -> None:
        """Raises ValueError for an address that is no byte."""
        if not 0 <= self.address <= 255:
            raise ValueError(f"address = {self.address}: allowed 0 to 255")


class AbilityHand(SerialLimb):
    """Position mode: the hand's own controller, collision stop and temperature layers stay in charge.

    The other modes and the hand's own grips are for the bench: `bench.RawAbilityHand`.

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
    """

    def __init__(self, port: str | SerialPort, baud: int, options: HandOptions | None = None) -> None:
        options = options or HandOptions()
        super().__init__(SerialPort.at(port, baud))
        self._address, self._answer = options.address, _ANSWERS[options.reply]
        self._ask = encode(ReadOnly(self._answer), options.address)
        self._unstuffer = Unstuffer()
        self._not_replies = 0

    @property
    def frames_bad(self) -> int:
        """Damaged frames, and whole ones that are no reply."""
        return self._unstuffer.bad + self._not_replies

    def hold(self, setpoint: Setpoint) -> bool:
        """A position frame. What the wire cannot carry (a joint measured at the very end of it) is cut."""
        on_wire = tuple(min(max(deg, -_MOST_DEG), _MOST_DEG) for deg in setpoint.position_deg)
        return self._port.send(encode(Control(Mode.POSITION, self._answer, on_wire), self._address))

    def ask(self) -> bool:
        """A read-only frame: keeps API mode alive, does not enter it."""
        return self._port.send(self._ask)

    def poll(self, now_s: float) -> LimbState | None:
        """The newest whole reply that has arrived."""
        newest: Reply | None = None
        for body in self._unstuffer.push(self._port.read()):
            reply = decode_reply(body)
            if reply is None:
                self._not_replies += 1
            else:
                self.frames_acked += 1
                newest = reply
        if newest is None:
            return None
        return LimbState(
            t_s=now_s,
            position_deg=newest.position_deg,
            current_a=newest.current_a,
            limiting=newest.limiting[:JOINTS],
            touch=tuple(map(float, newest.touch)),
            force_n=finger_newton(newest.touch),
        )

    def clear(self) -> None:
        """Nothing latches in this hand."""

    def leave(self) -> None:
        """0x7C: leave API mode."""
        self._port.send(encode(Exit(), self._address))


def open_limb(part: PartSettings) -> AbilityHand:
    """See `devices`."""
    return AbilityHand(part.port, part.baud, part_options(HandOptions, part))
