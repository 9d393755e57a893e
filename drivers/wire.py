"""What bytes of a device come through, whatever the cable is."""

from __future__ import annotations

from typing import Protocol


class Wire(Protocol):
    """A serial port or a connection. One thread uses it."""

    name: str
    """What errors call it: the port, or host and port."""

    def read(self, until_s: float, at_least: int = 1) -> bytes:
        """All that has arrived; waits until `until_s` (monotonic) for `at_least` bytes. b"" when none came.

        A time that has passed means: do not wait. Fewer than `at_least` bytes are handed out at `until_s`.

        Raises:
            SourceLost: unplugged or hung up, and every byte has been handed out.
        """
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            SourceLost: unplugged or hung up.
        """
        ...

    def close(self) -> None:
        """Let go of it. May be called twice."""
        ...
