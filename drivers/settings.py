"""Which source to use and how, as handed to the process that opens it (`core.settings`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One source of EMG.

    Attributes:
        kind: a key of `drivers.table.SOURCES`.
        port: serial port of a dongle or board, such as /dev/ttyUSB0.
        host: name or address of a device, or of the network interface that a device dials in on.
        stream: name or source_id of an LSL stream; empty takes the only EMG stream there is.
        path: file of a recording.
        gain: amplifier gain of a Cyton: 1, 2, 4, 6, 8, 12 or 24.
        rate_hz: rate that the source must have; 0 takes what it has.
        channels: the source's channels to use, in the decoder's order; empty takes all.
        find_s: how long to look for a stream or wait for a device before giving up.
        options: what only this kind of device has, as (name, value) pairs; its `settings.py` reads them.
        realtime: playback only: at the recording's own pace; False: as fast as it is read.
        rep: playback only: play this repetition; -1 plays all.
        cond: playback only: play this condition (day, montage); -1 plays all.
    """

    kind: str
    port: str = ""
    host: str = ""
    stream: str = ""
    path: str = ""
    gain: int = 24
    rate_hz: float = 0.0
    channels: tuple[str, ...] = ()
    find_s: float = 3.0
    options: tuple[tuple[str, str], ...] = ()
    realtime: bool = True
    rep: int = -1
    cond: int = -1
