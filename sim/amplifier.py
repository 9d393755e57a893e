"""The virtual amplifier: `python -m innervate.sim.amplifier SETTINGS.json`.

Says when it is ready (`port`, `stream`, `source_id`, `rate_hz`, `channels`, `classes`), measures a patient or
a recording in real time over a real wire, and leaves the truth in a ring file. When a finite feed has ended
it prints `{"done": true, "samples": n}`, keeps the wire open for `linger_s`, and ends.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.child import say_error, say_ready
from ..core.clock import CLOCK, now
from ..core.errors import InnervateError, ProfileError
from ..core.realtime import DEVICE_PRIORITY, StopFlag, become_realtime, stop_collecting
from ..core.ring import Field, Layout, RingWriter
from ..core.settings import read_settings
from .devices import make_device, rate_of
from .faults import Fault, FaultyCable
from .feed import Block, Feed

RING_FIELDS = (
    Field("t_write_s", "d"),
    Field("t_handed_s", "d"),
    Field("first_index", "q"),
    Field("n", "i"),
    Field("t_first_sample_s", "d"),
    Field("rate_hz", "d"),
    Field("cue_class", "h"),
    Field("level", "d"),
)
"""One record a block. `t_write_s`: just before the block starts down the wire; `t_handed_s`: just before its
last byte is handed to the host's kernel or liblsl (later where a wire has byte time). Sample k of the feed
was measured at `t_first_sample_s + (k - first_index) / rate_hz`."""
_RING_RECORDS = 8192
_WAIT_S = 0.02
_COMPUTE_AT = 0.4
"""Share of a block's time after which the next one is computed: by then the loop has decided on the last one,
and there is time left until the next is due. Simulating is never part of a latency."""


@dataclass(frozen=True, slots=True)
class AmplifierSettings:
    """One virtual amplifier.

    Attributes:
        device: a key of `sim.devices.DEVICES`.
        ring: file of the truth; empty for none.
        recording: recording to play; empty for a simulated patient.
        rep: repetition of the recording to play; -1 for all.
        cond: condition of the recording to play; -1 for all.
        body: simulated patient: a preset ("hand", "ankle", a level), or a .toml file that describes one.
        rate_hz: of a simulated patient or pattern, where the device leaves a choice.
        seed: simulated patient: who it is. Calibration and use of one patient share it.
        use_seed: simulated patient: how they carry their schedule out this time.
        schedule: "free", "calibration", or the name of one movement to hold.
        movements: movements to use; empty for all of the body.
        reps: repetitions of a calibration.
        level: effort of one held movement, 0 to 1.
        seconds: end after this long; 0 for never (a recording or calibration ends with itself).
        stream: LSL stream's name.
        source_id: LSL stream's source_id.
        pattern_channels: more than 0: send numbers that can be told apart instead (`sim.feed.PatternFeed`).
        pattern_lsb: one count of that pattern, in microvolts.
        pattern_most: largest count of that pattern.
        link: serial: where to put a link to the port; empty for none.
        host, tcp_port: TCP: where the device listens (port 0: a free one), or what it dials.
        options: what only this kind of device has, as (name, value) pairs.
        faults: what goes wrong on the wire, and when.
        wait_for_reader: LSL: no sample before somebody has subscribed. Other devices wait for their start.
        instant: no byte time and no USB latency.
        realtime: ask for SCHED_FIFO, since this stands in for hardware.
        linger_s: how long the wire stays open after the last sample.
    """

    device: str = "lsl"
    ring: str = ""
    recording: str = ""
    rep: int = -1
    cond: int = -1
    body: str = "hand"
    rate_hz: float = 1000.0
    seed: int = 1
    use_seed: int = 1
    schedule: str = "free"
    movements: tuple[str, ...] = ()
    reps: int = 3
    level: float = 0.6
    seconds: float = 0.0
    stream: str = "innervate-sim"
    source_id: str = "innervate-sim"
    pattern_channels: int = 0
    pattern_lsb: float = 1.0
    pattern_most: int = 2**23 - 1
    link: str = ""
    host: str = "127.0.0.1"
    tcp_port: int = 0
    options: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()
    wait_for_reader: bool = True
    instant: bool = False
    realtime: bool = True
    linger_s: float = 1.0


class Device(Protocol):
    """The amplifier's end of a wire."""

    block_samples: int
    """Samples that go out together, and are due together."""
    takes_time: bool
    """Whether bytes are on their way between `start` and `finish`."""
    facts: dict[str, object]

    def wait_for_reader(self, timeout_s: float) -> bool:
        """True once somebody wants samples."""
        ...

    @property
    def wanted(self) -> bool:
        """False when the reader told the device to stop."""
        ...

    @property
    def cable(self) -> FaultyCable | None:
        """Told which sample comes next, so that faults fall where they were planned; None without."""
        ...

    def start(self, samples: NDArray[np.float32], t_first_s: float, /) -> None:
        """Begin to send one block."""
        ...

    def finish(self) -> float:
        """Wait until its last byte is handed over; returns the second just before that."""
        ...

    def close(self) -> None:
        """Pull the cable."""
        ...


def make_feed(settings: AmplifierSettings) -> Feed:
    """What the settings ask to measure.

    Raises:
        ProfileError, RecordingError: one line that says what to mend.
    """
    from ..drivers.recordings.formats import read
    from .custom import patient_named
    from .feed import PatientFeed, PatternFeed, RecordingFeed
    from .patient import Patient
    from .schedule import calibration_schedule, free_schedule, steady_schedule

    if settings.pattern_channels:
        return PatternFeed(
            settings.pattern_channels,
            rate_of(settings),
            settings.pattern_lsb,
            settings.pattern_most,
            settings.seconds,
        )
    if settings.recording:
        return RecordingFeed(read(Path(settings.recording)).select(settings.rep, settings.cond))
    body = patient_named(settings.body)
    for movement in (*settings.movements, settings.schedule):
        if movement not in body.movements and movement not in ("free", "calibration"):
            allowed = ", ".join(body.movements)
            raise ProfileError(f"simulated {body.name} has no movement {movement!r}; allowed: {allowed}")
    patient = Patient(body, rate_of(settings), settings.seed, use=settings.use_seed)
    movements = settings.movements or tuple(body.movements)
    seconds = settings.seconds
    if settings.schedule == "calibration":
        cues = calibration_schedule(movements, settings.reps)
        return PatientFeed(patient, cues, settings.use_seed, seconds or cues[-1].end_s)
    if settings.schedule == "free":
        return PatientFeed(patient, free_schedule(movements, settings.use_seed), settings.use_seed, seconds)
    held = steady_schedule(settings.schedule, settings.level)
    return PatientFeed(patient, held, settings.use_seed, seconds)


class Amplifier:
    """Paces a feed into a device, and writes the truth down.

    Args:
        feed: what is measured.
        device: the wire.
        ring: where the truth goes; None for nowhere.
        stop: asked once a block.
    """

    def __init__(self, feed: Feed, device: Device, ring: RingWriter | None, stop: StopFlag) -> None:
        self._feed = feed
        self._device = device
        self._ring = ring
        self._stop = stop
        self.sent = 0

    def run(self, *, wait: bool = True) -> None:
        """Until the feed ends or a person stops it. A reader may stop the device and start it again."""
        block = self._feed.next(self._device.block_samples)
        while block is not None and not self._stop:
            if wait and not self._device.wait_for_reader(_WAIT_S):
                continue
            block = self._stream(block)

    def _stream(self, block: Block | None) -> Block | None:
        """Send from `block` on, in time with the clock; returns the block that was not sent any more."""
        rate_hz = self._feed.rate_hz
        t0_s = now() - self.sent / rate_hz  # when sample 0 was measured, or would have been
        while block is not None and not self._stop and self._device.wanted:
            n = len(block.samples)
            t_first_s = t0_s + self.sent / rate_hz
            due_s = t0_s + (self.sent + n - 1) / rate_hz
            CLOCK.sleep_until(due_s)
            t_write_s = now()
            if self._device.cable is not None:
                self._device.cable.at(self.sent)
            self._device.start(block.samples, t_first_s)
            coming = None
            if self._device.takes_time:
                coming = self._prepare(due_s, n)
            t_handed_s = self._device.finish()
            if self._ring is not None:
                truth = (t_first_s, rate_hz, block.cue_class, block.level)
                self._ring.publish(self._ring.layout.pack(t_write_s, t_handed_s, self.sent, n, *truth))
            self.sent += n
            if not self._device.takes_time:
                coming = self._prepare(due_s, n)
            block = coming
        return block

    def _prepare(self, due_s: float, n: int) -> Block | None:
        """Compute the block after that of `n` samples due at `due_s`, while nobody is in a hurry."""
        CLOCK.sleep_until(due_s + _COMPUTE_AT * n / self._feed.rate_hz)
        return self._feed.next(self._device.block_samples)


def main(settings_path: Path) -> int:
    """Run one virtual amplifier; returns the exit code."""
    stop = StopFlag()
    settings = read_settings(settings_path, AmplifierSettings)
    feed = make_feed(settings)
    granted = settings.realtime and become_realtime(DEVICE_PRIORITY).fifo
    device = make_device(settings, feed)
    about: dict[str, object] = {
        "classes": list(feed.classes),
        "channels": list(feed.channels),
        "rate_hz": feed.rate_hz,
        "unit": feed.unit,
        "seed": settings.seed,
        "simulated": not settings.recording,
    }
    ring = (
        RingWriter(Path(settings.ring), Layout(RING_FIELDS, about), _RING_RECORDS) if settings.ring else None
    )
    amplifier = Amplifier(feed, device, ring, stop)
    stop_collecting()
    say_ready(**device.facts, **about, fifo=granted)
    amplifier.run(wait=settings.wait_for_reader or settings.device != "lsl")
    if not stop:
        print(json.dumps({"done": True, "samples": amplifier.sent}), flush=True)
        until_s = now() + settings.linger_s
        while not stop and now() < until_s:
            device.wait_for_reader(_WAIT_S)  # a board without a person still answers commands
            CLOCK.sleep_until(now() + _WAIT_S)
    device.close()
    if ring is not None:
        ring.close()
    return 0


if __name__ == "__main__":
    try:
        code = main(Path(sys.argv[1]))
    except InnervateError as error:
        say_error(error)
    sys.exit(code)
