"""What the guard needs of a limb, whatever its wire: a few verbs. Which devices there are: `devices`."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from ..core.command import LimbState, Setpoint
from .serialport import SerialPort


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
        """For `select`."""
        ...

    @property
    def wants_to_write(self) -> bool:
        """True while a frame waits for room or its turn on the wire: call `flush` and `poll` every turn."""
        ...

    def hold(self, setpoint: Setpoint) -> bool:
        """Ask the limb to be there (a mere drive: to move so fast); True when the kernel has it whole."""
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


class Port(Protocol):
    """An open port of a limb: `serialport`, `tcpport`."""

    @property
    def wants_to_write(self) -> bool: ...  # noqa: D102 - see SerialPort, as all below
    def fileno(self) -> int: ...  # noqa: D102
    def flush(self) -> bool: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


P = TypeVar("P", bound=Port)


class PortLimb(Generic[P]):
    """What limbs on a port of their own share.

    Args:
        port: open.
    """

    def __init__(self, port: P) -> None:
        self._port = port
        self.frames_acked = 0

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


class SerialLimb(PortLimb[SerialPort]):
    """What limbs on a serial port share."""

    @property
    def frames_sent(self) -> int:
        """Frames the kernel has taken."""
        return self._port.frames
