"""All modes of an Ability Hand, for work at the bench. Not for a hand that is worn: no guard, no limits.

    with RawAbilityHand("/dev/serial/by-id/...") as hand:
        while ...:                       # at least every 300 ms, or the hand leaves API mode by itself
            hand.velocity((40.0, 0.0, 0.0, 0.0, 0.0, 0.0))
            reply = hand.reply()

The port is opened for us alone: this refuses while a guard drives the hand, and a guard while this is open.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from ...core.clock import now
from ...core.errors import LimbError, LimbLost
from ..serialport import SerialPort
from .codec import (
    ADDRESS,
    Control,
    Exit,
    Grip,
    GripCommand,
    Mode,
    ReadOnly,
    Reply,
    Request,
    Unstuffer,
    Upsampling,
    Variant,
    decode_reply,
    encode,
)
from .registers import (
    ReadRegister,
    RegisterReply,
    WriteRegister,
    decode_register_reply,
    encode_register,
)

_GOODBYE_S = 0.1


class RawAbilityHand:
    """See the module. What a frame does is the hand's affair: nothing here limits, ramps or repeats.

    Six values always: index, middle, ring, pinky, thumb flexor, thumb rotator; the rotator's are negative.

    Args:
        port: serial port.
        variant: what the hand answers.

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
    """

    def __init__(
        self,
        port: str,
        baud: int = 460_800,
        *,
        address: int = ADDRESS,
        variant: Variant = Variant.POSITION_CURRENT_TOUCH,
    ) -> None:
        self._port = SerialPort(port, baud)
        self._address, self.variant = address, variant
        self._unstuffer = Unstuffer()
        self._registers: list[RegisterReply] = []
        self._newest: Reply | None = None

    def __enter__(self) -> RawAbilityHand:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """`close`, whatever happened."""
        self.close()

    def position(self, deg: Sequence[float]) -> None:
        """Go there, as fast as the hand likes; 0 to 100 (rotator 0 to -100), the wire takes 150 either way.

        Raises (as all that send):
            ValueError: not six finite values, or one too large for the wire.
            LimbLost: the port is gone.
        """
        self._send(Control(Mode.POSITION, self.variant, tuple(deg)))

    def velocity(self, deg_s: Sequence[float]) -> None:
        """Move at these speeds of the fingers. The vendor warns that this is unstable on the thumb."""
        self._send(Control(Mode.VELOCITY, self.variant, tuple(deg_s)))

    def current(self, ampere: Sequence[float]) -> None:
        """Drive with these motor currents (firmware 2.3 or later); 1.49 mN m per ampere at the rotor."""
        self._send(Control(Mode.CURRENT, self.variant, tuple(ampere)))

    def voltage(self, percent: Sequence[float]) -> None:
        """Drive with these shares of the full voltage, -100 to 100."""
        self._send(Control(Mode.VOLTAGE, self.variant, tuple(percent)))

    def grip(self, grip: Grip, speed: int = 128) -> None:
        """One of the hand's own grips; speed 0 stops, 1 (2 s) to 255 (0.2 s). The hand does not answer."""
        self._send(GripCommand(grip, speed))

    def upsampling(self, *, on: bool) -> None:
        """Smooth the thumb rotator between slow (about 30 Hz) commands. The hand does not answer."""
        self._send(Upsampling(on))

    def ask(self) -> None:
        """Answer, do not move: keeps API mode alive but does not enter it."""
        self._send(ReadOnly(self.variant))

    def reply(self, timeout_s: float = 0.1) -> Reply | None:
        """The newest reply; waits for one until `timeout_s`. None when none came.

        Raises:
            LimbLost: the port is gone.
        """
        self._wait(lambda: self._newest is not None, timeout_s)
        newest, self._newest = self._newest, None
        return newest

    def read_register(self, register: int, timeout_s: float = 0.5) -> int:
        """What is in a register (firmware 2026).

        Raises:
            LimbError: the hand refused or did not answer.
        """
        said = self._ask_register(ReadRegister(register), timeout_s)
        if said.value is None:
            raise LimbError(f"register 0x{register:02x}: the answer holds no value")
        return said.value

    def write_register(self, register: int, value: int, timeout_s: float = 0.5) -> None:
        """Put a value into a register (firmware 2026): a gain, for this session or for ever; the ICD does
        not say which.

        Raises:
            LimbError: the hand refused or did not answer.
        """
        self._ask_register(WriteRegister(register, value), timeout_s)

    def close(self) -> None:
        """Leave API mode (0x7C) and let the port go. A second time does nothing more."""
        with suppress(LimbLost, OSError):
            self._send(Exit())
            self._wait(lambda: not self._port.wants_to_write, _GOODBYE_S)
        self._port.close()

    def _ask_register(self, request: ReadRegister | WriteRegister, timeout_s: float) -> RegisterReply:
        self._registers.clear()
        self._port.send(encode_register(request, self._address))
        self._wait(lambda: bool(self._registers), timeout_s)
        if not self._registers:
            raise LimbError(
                f"{self._port.port}: no answer about register 0x{request.register:02x}",
                "only firmware of 2026 has registers",
            )
        said = self._registers[0]
        if not said.ok:
            raise LimbError(f"register 0x{request.register:02x}: the hand refused")
        return said

    def _send(self, request: Request) -> None:
        self._newest = None  # what it said before is not its answer
        self._port.send(encode(request, self._address))

    def _wait(self, done: Callable[[], bool], timeout_s: float) -> None:
        until_s = now() + timeout_s
        while True:
            self._hear()
            left_s = until_s - now()
            if done() or left_s <= 0.0:
                return
            select.select([self._port.fileno()], [], [], min(left_s, 0.01))

    def _hear(self) -> None:
        self._port.flush()
        for body in self._unstuffer.push(self._port.read()):
            about = decode_register_reply(body)
            if about is not None:
                self._registers.append(about)
            else:
                self._newest = decode_reply(body) or self._newest
