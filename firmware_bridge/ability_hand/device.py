"""An Ability Hand on a serial port, in the guard's verbs."""

from __future__ import annotations

from ...core.command import LimbState, Setpoint
from ..limb import SerialLimb
from ..serialport import SerialPort
from ..settings import PartSettings
from .codec import (
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

_ANSWER = Variant.POSITION_CURRENT_TOUCH  # 72 bytes: 1.6 ms at 460800 baud, well within a heartbeat
_MOST_DEG = 150.0
_ASK = encode(ReadOnly(_ANSWER))
_EXIT = encode(Exit())


class AbilityHand(SerialLimb):
    """Position mode: the hand's own controller, collision stop and temperature layers stay in charge.

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
    """

    def __init__(self, port: str, baud: int) -> None:
        super().__init__(SerialPort(port, baud))
        self._unstuffer = Unstuffer()
        self._not_replies = 0

    @property
    def frames_bad(self) -> int:
        """Damaged frames, and whole ones that are no reply."""
        return self._unstuffer.bad + self._not_replies

    def hold(self, setpoint: Setpoint) -> bool:
        """A position frame. What the wire cannot carry (a joint measured at the very end of it) is cut."""
        on_wire = tuple(min(max(deg, -_MOST_DEG), _MOST_DEG) for deg in setpoint.position_deg)
        return self._port.send(encode(Control(Mode.POSITION, _ANSWER, on_wire)))

    def ask(self) -> bool:
        """A read-only frame: keeps API mode alive, does not enter it."""
        return self._port.send(_ASK)

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
        )

    def clear(self) -> None:
        """Nothing latches in this hand."""

    def leave(self) -> None:
        """0x7C: leave API mode."""
        self._port.send(_EXIT)


def open_limb(part: PartSettings) -> AbilityHand:
    """See `devices`."""
    return AbilityHand(part.port, part.baud)
