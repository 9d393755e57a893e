"""`innervate play`: a recording measured again, over LSL or by a virtual device."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..core.clock import now, sleep
from ..core.errors import ProfileError
from ..core.realtime import DEVICE_PRIORITY, StopFlag, become_realtime
from ..drivers.recordings.formats import read
from ..sim.amplifier import Amplifier, AmplifierSettings
from ..sim.devices import DEVICES, make_device
from ..sim.feed import RecordingFeed

_WAIT_S = 0.02
_SPEEDS = (0.01, 100.0)


def play(
    path: Path,
    settings: AmplifierSettings,
    speed: float,
    rep: int,
    cond: int,
    on_ready: Callable[[dict[str, object]], None],
) -> int:
    """Play a recording to its end, or until a signal stops it.

    Args:
        path: of the recording.
        settings: the virtual device; its recording is not looked at.
        speed: 2 is twice as fast, and the stream then says twice the rate.
        rep, cond: part to play; -1 for all.
        on_ready: told how to find the stream or port.

    Returns:
        Samples sent.

    Raises:
        RecordingError, ProfileError: what does not fit, in one line.
    """
    if not _SPEEDS[0] <= speed <= _SPEEDS[1]:
        raise ProfileError(f"--speed {speed:g}: allowed: {_SPEEDS[0]:g} to {_SPEEDS[1]:g}")
    if settings.device not in DEVICES:
        raise ProfileError(f"--to {settings.device}: not known; allowed: {', '.join(DEVICES)}")
    recording = read(path).select(rep, cond)
    feed = RecordingFeed(replace(recording, fs=recording.fs * speed))
    device = make_device(settings, feed)
    stop = StopFlag()
    try:
        become_realtime(DEVICE_PRIORITY)
        on_ready(
            {
                **device.facts,
                "channels": list(feed.channels),
                "rate_hz": feed.rate_hz,
                "unit": feed.unit,
                "seconds": len(recording.emg) / feed.rate_hz,
            }
        )
        amplifier = Amplifier(feed, device, None, stop)
        amplifier.run(wait=settings.wait_for_reader or settings.device != "lsl")
        # The last samples are still on their way, and a board without a person still answers commands.
        until_s = now() + settings.linger_s
        while not stop and now() < until_s:
            device.wait_for_reader(_WAIT_S)
            sleep(_WAIT_S)
    finally:
        device.close()
    return amplifier.sent


def say(facts: dict[str, object], *, as_json: bool) -> None:
    """How to find what is played, on one line."""
    if as_json:
        print(json.dumps({"ready": True, **facts}), flush=True)
        return
    where = next(
        (f"{key} {facts[key]}" for key in ("port", "stream") if key in facts),
        f"{facts.get('host')}:{facts.get('tcp_port')}",
    )
    channels = facts["channels"]
    count = len(channels) if isinstance(channels, list) else 0
    print(f"{where}: {count} channels, {facts['rate_hz']:g} Hz, {facts['seconds']:.1f} s", flush=True)
