"""What every source of EMG promises, whatever the wire behind it."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from ..core.chunk import Chunk
from ..core.link import LinkState


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source is, known before its first sample.

    Attributes:
        kind: "lsl", "cyton" or "playback".
        name: what a person calls it: the stream's name, the board, the file.
        serial: what tells this device from another of its kind; empty when it does not say.
        channels: names of the columns of `Chunk.samples`, in order.
        rate_hz: samples per second and channel.
        unit: `core.chunk.MICROVOLT`, or `ARBITRARY` when the device does not say.
        samples_per_packet: samples that always arrive together; a decision cannot come more often.
        railed: absolute value at which a channel is at the end of its range, in `unit`; None when unknown.
        notes: plain sentences for a person about what this source cannot do.
        lsb: one count of the device, in `unit`; None where its values are no whole multiples of one.
        envelope: the sensor rectifies and smooths: of the features only amplitudes mean anything.
    """

    kind: str
    name: str
    serial: str
    channels: tuple[str, ...]
    rate_hz: float
    unit: str
    samples_per_packet: int = 1
    railed: float | None = None
    notes: tuple[str, ...] = ()
    lsb: float | None = None
    envelope: bool = False


def change_of(before: SourceInfo, after: SourceInfo) -> str:
    """What of a source that came back is not as it was, in words; empty when all that matters is."""
    if after.rate_hz != before.rate_hz:
        return f"{after.rate_hz:g} Hz instead of {before.rate_hz:g} Hz"
    if after.channels != before.channels:
        return f"channels {', '.join(after.channels)} instead of {', '.join(before.channels)}"
    if after.unit != before.unit:
        return f"unit {after.unit} instead of {before.unit}"
    return ""


class EmgSource(Protocol):
    """An amplifier, a stream or a recording. One thread uses it; exactly one process opens it."""

    @property
    def info(self) -> SourceInfo:
        """What it is. May look for the stream or read the file's header, but starts no samples.

        Raises:
            SourceError: it is not there, or is not what the settings ask for.
        """
        ...

    @property
    def link(self) -> LinkState:
        """What the link is doing now."""
        ...

    @property
    def notice(self) -> str:
        """What went wrong with the link last, in one line; empty when nothing has."""
        ...

    def open(self) -> None:
        """Start the samples. Threads it starts inherit the caller's scheduling: become real-time first.

        Raises:
            SourceNotFound, SourceBusy, SourceError: one line that says what to mend.
        """
        ...

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """Rows in the order they were measured.

        Returns as soon as `min_samples` rows are there, with everything else that is there already; at
        `deadline_s` (absolute monotonic seconds) with what is there, perhaps no row. A deadline that has
        passed means: do not wait.

        Raises:
            SourceLost: unplugged, or the stream or recording has ended, and every row has been handed out.
        """
        ...

    def close(self) -> None:
        """Stop the samples and let go of the device. May be called twice."""
        ...

    def __enter__(self) -> Self:
        """Open it."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close it."""
        ...


class ContextSource:
    """What the sources share: `with` opens and closes, and as far as they know they stream."""

    notice = ""
    """What went wrong with the link last, in one line."""

    @property
    def link(self) -> LinkState:
        """What the link is doing now; `KeptSource` knows better."""
        return LinkState.STREAMING

    def open(self) -> None:
        """See `EmgSource`."""
        raise NotImplementedError

    def close(self) -> None:
        """See `EmgSource`."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Open it."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()
