"""What the amplifiers of OT Bioelettronica share: started, recognised by their first rows, told to stop."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.clock import now
from ...core.errors import ProfileError, SourceError, SourceNotFound
from ..framed import FramedSource
from ..frames import FrameDecoder
from ..settings import SourceSettings
from ..tcp import TcpDoor
from ..wire import Wire
from .ramp import PROBED_ROWS, RampDecoder
from .words import COUNTERS, Layout

_FIRST_S = 2.0
"""They send as soon as they are told to."""
_LAST_S, _QUIET_S = 1.0, 0.05
"""What was under way at a stop is over after this much silence."""


class OtbSource(FramedSource):
    """An amplifier that sends rows as soon as it is told to.

    A subclass sets `_info` and `_picked`, and says what is below.
    """

    modulus = COUNTERS
    _early = b""
    _layout: Layout | None = None

    def _start(self) -> bytes:
        """What makes it send."""
        raise NotImplementedError

    def _stop(self) -> bytes:
        """What makes it stop."""
        raise NotImplementedError

    def _widest(self) -> Layout:
        """The longest row that may come."""
        raise NotImplementedError

    def _recognise(self, name: str, data: bytes) -> Layout:
        """How the first rows are laid out.

        Raises:
            SourceError: not as this device's; `name` is the peer's.
        """
        raise NotImplementedError

    def _begin(self, wire: Wire) -> None:
        wire.write(self._start())
        self._early = self._first_bytes(wire)
        self._layout = self._recognise(wire.name, self._early)

    def _first_bytes(self, wire: Wire) -> bytes:
        """Enough to recognise it. They are measured, too: the decoder gets them."""
        data = b""
        wanted = PROBED_ROWS * self._widest().row_bytes
        until_s = now() + _FIRST_S
        while len(data) < wanted:
            data += wire.read(until_s, wanted - len(data))
            if len(data) < wanted and now() >= until_s:
                raise SourceNotFound(
                    f"{wire.name}: only {len(data)} bytes came in {_FIRST_S:g} s",
                    f"check that a {self._settings.kind} is there, and switch it off and on again",
                )
        return data

    def _decoder(self) -> FrameDecoder:
        if self._layout is None:
            raise SourceError(f"this {self._settings.kind} is not open", "call open() first")
        early, self._early = self._early, b""
        return RampDecoder(self._layout, self.info.rate_hz, early)

    def _farewell(self, wire: Wire) -> None:
        """Hear it out: bytes that nobody reads would turn our goodbye into a reset, and lose the stop."""
        wire.write(self._stop())
        hear_out(wire)


class DialInSource(OtbSource):
    """A probe that dials the computer. The door stays open as long as the source: the port is taken."""

    _door: TcpDoor | None = None

    def __init__(self, settings: SourceSettings, port: int, peer: str) -> None:
        super().__init__(settings)
        self._port, self._peer = port, peer

    def _connect(self) -> Wire:
        if self._door is None:
            self._door = TcpDoor(self._settings.host, self._port, self._peer)
        return self._door.accept(now() + self._settings.find_s)

    def open(self) -> None:
        """See `EmgSource`."""
        try:
            super().open()
        except BaseException:
            self._shut()
            raise

    def close(self) -> None:
        """See `EmgSource`. A probe that has dialled again meanwhile is turned away, and comes back."""
        super().close()
        self._shut()

    def _shut(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None


def hear_out(wire: Wire) -> None:
    """Throw away what still comes after a stop."""
    until_s = now() + _LAST_S
    while now() < until_s and wire.read(now() + _QUIET_S):
        pass


def settled_rate(
    settings: SourceSettings, allowed: Sequence[float], usual_hz: float, what: str = ""
) -> float:
    """The rate that the settings choose; `usual_hz` where they do not.

    Raises:
        ProfileError: this device has no such rate; `what` says under which condition.
    """
    rate_hz = settings.rate_hz or usual_hz
    if rate_hz not in allowed:
        names = ", ".join(f"{hz:g}" for hz in allowed)
        raise ProfileError(f"source.rate_hz = {rate_hz:g}; a {settings.kind} has {names} Hz{what}")
    return rate_hz
