"""The loop without a decoder: `python -m innervate.controller.acquire SETTINGS.json`.

Opens the amplifier and publishes what it measures, with each channel's quality, into the same rings as the
loop: whoever shows or records EMG reads those, whether a limb runs or not.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.child import say_error, say_notice, say_ready
from ..core.clock import CLOCK, Clock, cpu_s
from ..core.errors import InnervateError, SourceLost
from ..core.realtime import LOOP_PRIORITY, StopFlag, become_realtime, stop_collecting
from ..core.settings import read_settings
from ..core.state import Reason, State
from ..drivers.increment import increment_samples, natural_increment_ms
from ..drivers.settings import SourceSettings
from ..drivers.source import EmgSource
from ..drivers.table import kept_source
from ..models.signal.quality import Quality, QualityMonitor
from .telemetry import Telemetry

_NO_CLASS = -1


@dataclass(frozen=True, slots=True)
class AcquireSettings:
    """What to watch.

    Attributes:
        runtime_dir: folder of the rings.
        source: which amplifier.
        increment_ms: time between records; 0 for the whole samples nearest to 10 ms.
        mains_hz: 50 or 60.
        turn_s: the longest time between two looks.
        simulated: True when no person is at the other end.
    """

    runtime_dir: str
    source: SourceSettings
    increment_ms: float = 0.0
    mains_hz: int = 50
    turn_s: float = 0.010
    simulated: bool = False


class Acquirer:
    """Amplifier to rings.

    Args:
        source: open.
        monitor: of its channels.
        telemetry: where each increment is published.
        increment: samples of one.
        clock: real, or virtual for replay.
        turn_s: see `AcquireSettings`.
    """

    def __init__(
        self,
        source: EmgSource,
        monitor: QualityMonitor,
        telemetry: Telemetry,
        increment: int,
        clock: Clock,
        turn_s: float,
    ) -> None:
        self._source = source
        self._monitor = monitor
        self._telemetry = telemetry
        self._increment = increment
        self._clock = clock
        self._turn_s = turn_s
        self._tail = np.empty((0, len(source.info.channels)), np.float32)
        self._published = self._received = self._lost = 0

    def turn(self) -> None:
        """Everything that is to be done about the samples that are there.

        Raises:
            SourceLost: there will be no more.
        """
        deadline_s = self._clock.now() + self._turn_s
        chunk = self._source.read(self._increment - len(self._tail), deadline_s)
        self._received += len(chunk) - chunk.lost
        self._lost += chunk.lost
        measured = np.where(chunk.valid, chunk.samples, np.float32(np.nan))
        rows = np.concatenate((self._tail, measured)) if len(self._tail) else measured
        found = self._monitor.push(chunk.samples, chunk.valid)
        for i, quality in enumerate(found):
            t_sample_s = float(chunk.t_s[quality[0] - chunk.first_index])
            part = rows[i * self._increment : (i + 1) * self._increment]
            self._publish(quality, part, t_sample_s, chunk.t_arrival_s)
        self._tail = rows[len(found) * self._increment :].copy()
        if chunk.aux:
            self._telemetry.publish_aux(chunk.aux)

    def _publish(
        self, quality: Quality, raw: NDArray[np.float32], t_sample_s: float, t_arrival_s: float
    ) -> None:
        end_index, rms, contact = quality
        record = self._telemetry.record
        self._published += 1
        record.set(
            t_turn_s=self._clock.now(),
            decision=self._published,
            sample_index=end_index,
            t_sample_s=t_sample_s,
            t_arrival_s=t_arrival_s,
            t_sent_s=0.0,
            class_index=_NO_CLASS,
            movement=_NO_CLASS,
            n_samples=len(raw),
            state=State.STOPPED,
            reason=Reason.NONE,
            ready=False,
            link=self._source.link,
            speed=0.0,
            latency_ms=0.0,
            samples_received=self._received,
            samples_lost=self._lost,
            overruns=0,
            cpu_s=cpu_s(),
            outlier=0.0,
            turn=0,
            grip=-1,
            ask=0,
        )
        record.rms[: len(rms)] = rms
        record.contact[: len(contact)] = contact
        record.emg[:] = raw
        self._telemetry.publish()


def main(settings_path: Path) -> int:
    """Run until told to stop, or until the recording that is played has ended; returns the exit code."""
    stop = StopFlag()
    granted = become_realtime(LOOP_PRIORITY)
    settings = read_settings(settings_path, AcquireSettings)
    with kept_source(settings.source) as source:
        info = source.info
        increment_ms = settings.increment_ms or natural_increment_ms(info.rate_hz)
        # A rate that has no whole 10 ms (1925.93 Hz) is watched in the nearest whole samples.
        increment = (
            increment_samples(info.rate_hz, increment_ms)
            if settings.increment_ms
            else max(1, round(info.rate_hz * increment_ms / 1e3))
        )
        meta: dict[str, object] = {
            "classes": [],
            "channels": list(info.channels),
            "rate_hz": info.rate_hz,
            "increment_samples": increment,
            "unit": info.unit,
            "lsb": info.lsb,
            "simulated": settings.simulated,
            "source": f"{info.kind} {info.name}",
            "serial": info.serial,
            "notes": list(info.notes),
            "realtime": granted.fifo,
        }
        telemetry = Telemetry(Path(settings.runtime_dir), increment, len(info.channels), meta)
        monitor = QualityMonitor(
            len(info.channels), increment, info.rate_hz, settings.mains_hz, info.unit, info.railed or 0.0
        )
        acquirer = Acquirer(source, monitor, telemetry, increment, CLOCK, settings.turn_s)
        stop_collecting()
        say_ready(channels=list(info.channels), rate_hz=info.rate_hz, unit=info.unit, fifo=granted.fifo)
        notice, ended = "", None
        while not stop and ended is None:
            try:
                acquirer.turn()
            except SourceLost as error:
                ended = error
            if source.notice != notice:
                notice = source.notice
                say_notice(notice)
        telemetry.close()
    if ended is not None:
        say_error(ended)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except InnervateError as error:
        say_error(error)
