"""What the guard needs of a limb, whatever its wire: a few verbs. Opening one is a lazy table lookup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..core.command import LimbState
from ..core.errors import ProfileError
from .serialport import SerialPort
from .settings import GuardSettings


class Limb(Protocol):
    """An open limb. Every verb may raise LimbLost; none blocks."""

    @property
    def frames_sent(self) -> int:
        """Frames of ours that the kernel has taken."""
        ...

    @property
    def frames_acked(self) -> int:
        """Whole replies that came back."""
        ...

    @property
    def frames_bad(self) -> int:
        """Frames that arrived damaged."""
        ...

    def fileno(self) -> int:
        """For `poll`."""
        ...

    @property
    def wants_to_write(self) -> bool:
        """True while a frame waits for room: call `flush` every turn."""
        ...

    def hold(self, setpoint_deg: tuple[float, ...]) -> bool:
        """Ask the limb to be there; True when the whole frame has been handed to the kernel."""
        ...

    def ask(self) -> bool:
        """Ask how it is, without asking it to move."""
        ...

    def flush(self) -> None:
        """Write what waits."""
        ...

    def poll(self, now_s: float) -> LimbState | None:
        """The newest whole reply that has arrived; None when none has."""
        ...

    def clear(self) -> None:
        """A person armed it again: leave a latched time-out or fault of the device, without moving."""
        ...

    def leave(self) -> None:
        """The device's explicit, clean end of being commanded. Only at rest."""
        ...

    def close(self) -> None:
        """Let the port go."""
        ...


class SerialLimb:
    """What limbs on a serial port share.

    Args:
        port: open.
    """

    def __init__(self, port: SerialPort) -> None:
        self._port = port
        self.frames_acked = 0

    @property
    def frames_sent(self) -> int:
        """Frames the kernel has taken."""
        return self._port.frames

    @property
    def wants_to_write(self) -> bool:
        """True while a frame waits for room."""
        return self._port.wants_to_write

    def fileno(self) -> int:
        """For `select`."""
        return self._port.fileno()

    def flush(self) -> None:
        """Write what waits."""
        self._port.flush()

    def close(self) -> None:
        """Let the port go."""
        self._port.close()


def _ability_hand(settings: GuardSettings) -> Limb:
    from .ability_hand.device import AbilityHand

    return AbilityHand(settings.port, settings.baud)


def _moteus_ankle(settings: GuardSettings) -> Limb:
    from .moteus.device import MoteusAnkle

    return MoteusAnkle(settings.port, settings.ankle)


OPENERS: dict[str, Callable[[GuardSettings], Limb]] = {
    "ability-hand": _ability_hand,
    "moteus-ankle": _moteus_ankle,
}

HINTS = {
    "ability-hand": "is it on, at this baud rate, with UART and stuffing on (We16, We46, We47)?",
    "moteus-ankle": "is it powered, is the adapter an fdcanusb, and is its CAN id right?",
}
"""What mends a device that does not answer."""


def open_limb(settings: GuardSettings) -> Limb:
    """Open the port. Nothing is sent yet.

    Raises:
        LimbNotFound, LimbBusy, LimbError: it cannot be opened.
        ProfileError: no such device.
    """
    if settings.device not in OPENERS:
        raise ProfileError(f"limb.device = {settings.device!r}: allowed: {', '.join(OPENERS)}")
    return OPENERS[settings.device](settings)
