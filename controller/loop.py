"""The loop: read, decide, shape, command, publish; once per increment, and at least every 10 ms.

It never opens a limb, never blocks beyond its turn and never raises out of it. What it sends is a wish: the
guard (another process) decides what the limb does. `docs/one-sample.md` walks one sample through this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.chunk import Chunk, empty_chunk
from ..core.clock import Clock, cpu_s
from ..core.command import Command, Intent
from ..core.errors import SourceLost
from ..core.state import Reason, State
from .intent import IntentShaper, Shaped
from .mapping import Mapper
from .settings import STALE_S, LoopSettings

if TYPE_CHECKING:
    from ..drivers.source import EmgSource
    from ..firmware_bridge.port import CommandPort, GuardReport
    from ..models.runtime import Decided, Runtime
    from .telemetry import Telemetry

_NO_SAMPLE = -1


@dataclass(slots=True)
class Counters:
    """What the loop counts of itself."""

    decisions: int = 0
    overruns: int = 0
    """Decisions that no command was sent for, because a newer one was already there."""
    received: int = 0
    lost: int = 0


class Loop:
    """One patient's muscles to one limb's command port.

    Args:
        settings: see `LoopSettings`.
        source: an open amplifier.
        runtime: the bundle's signal path and decoder.
        port: to the guard.
        telemetry: where every decision is published.
        clock: real, or virtual for replay.
    """

    def __init__(
        self,
        settings: LoopSettings,
        source: EmgSource,
        runtime: Runtime,
        port: CommandPort,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._source = source
        self._runtime = runtime
        self._port = port
        self._telemetry = telemetry
        self._clock = clock
        self._shaper = IntentShaper(runtime.classes, runtime.increment_s, settings.shaping)
        self._mapper = Mapper(settings.device, runtime.classes, settings.max_rate_deg_s)
        self._waiting = self._shaper.hold(Reason.WARMING_UP)
        self._shaped = self._waiting
        self._intent = Intent(
            _NO_SAMPLE, 0.0, runtime.classes[self._shaped.class_index], 0.0, Reason.WARMING_UP
        )
        self._report: GuardReport | None = None
        self._seq = 0
        self.counters = Counters()
        self.lost: SourceLost | None = None
        """Set when the amplifier is gone; the loop then says so to the guard until it is stopped."""

    def turn(self) -> None:
        """One turn: everything that is to be done about the samples that are there."""
        chunk = self._read()
        now_s = self._clock.now()
        self._report = self._port.report() or self._report
        decisions = self._runtime.push(chunk.samples, chunk.valid)
        for decided in decisions:
            self._update_intent(decided, chunk, now_s)
            if decided is not decisions[-1]:
                # The newest decision is the one to act on; the others are logged as having moved nothing.
                self.counters.overruns += 1
                self._publish(decided, chunk, now_s, sent_s=0.0)
        self._port.send(self._command(now_s))
        if decisions:
            self._publish(decisions[-1], chunk, now_s, sent_s=self._clock.now())

    def _read(self) -> Chunk:
        """What the amplifier has; no rows when it has nothing now, or is gone."""
        deadline_s = self._clock.now() + self._settings.turn_s
        if self.lost is None:
            try:
                chunk = self._source.read(self._runtime.samples_to_next, deadline_s)
            except SourceLost as error:
                self.lost = error
            else:
                self.counters.received += len(chunk) - chunk.lost
                self.counters.lost += chunk.lost
                return chunk
        self._clock.sleep_until(deadline_s)
        return empty_chunk(0, len(self._source.info.channels), self._clock.now())

    def _update_intent(self, decided: Decided, chunk: Chunk, now_s: float) -> None:
        """Take one decision. Late samples have already updated the filters; they go no further."""
        self.counters.decisions += 1
        frame = decided.frame
        # An increment ends inside the chunk that completed it, so its newest sample's time is there.
        t_sample_s = float(chunk.t_s[frame.end_index - chunk.first_index])
        if not frame.ready:
            shaped = self._shaper.hold(Reason.WARMING_UP)
        elif now_s - t_sample_s > STALE_S:
            shaped = self._shaper.hold(Reason.EMG_STALE)
        elif not decided.trusted:
            shaped = self._shaper.hold(Reason.CONTACT)
        else:
            posterior = float(decided.posterior[decided.class_index])
            effort = self._runtime.effort(decided, decided.class_index)
            shaped = self._shaper.update(decided.class_index, posterior, effort)
            if shaped.speed > 0.0 and not self._mapper.is_mapped(shaped.class_index):
                shaped = Shaped(shaped.class_index, 0.0, Reason.UNMAPPED)
        self._shaped = shaped
        movement = self._runtime.classes[shaped.class_index]
        self._intent = Intent(frame.end_index, t_sample_s, movement, shaped.speed, shaped.reason)

    def _command(self, now_s: float) -> Command:
        """The newest intent as a command, or a hold when it has grown old."""
        settings, intent = self._settings, self._intent
        reason, speed = intent.reason, intent.speed
        if self.lost is not None:
            reason, speed = Reason.EMG_LOST, 0.0
        elif reason is not Reason.WARMING_UP and now_s - intent.t_sample_s > STALE_S:
            reason, speed = Reason.EMG_STALE, 0.0
        if speed == 0.0 and reason in (Reason.EMG_LOST, Reason.EMG_STALE):
            self._shaper.reset()
        setpoint_deg = self._report.setpoint_deg if self._report is not None else None
        target_deg, rate_deg_s = self._mapper.command(self._shaped.class_index, speed, setpoint_deg)
        self._seq += 1
        return Command(
            seq=self._seq,
            t_made_s=now_s,
            expires_s=now_s + settings.command_life_s,
            sample_index=intent.sample_index,
            t_sample_s=intent.t_sample_s,
            target_deg=target_deg,
            rate_deg_s=rate_deg_s,
            reason=reason,
        )

    def _publish(self, decided: Decided, chunk: Chunk, now_s: float, sent_s: float) -> None:
        """One decision into the ring."""
        counters, report, record = self.counters, self._report, self._telemetry.record
        record.set(
            t_turn_s=now_s,
            decision=counters.decisions,
            sample_index=decided.frame.end_index,
            t_sample_s=self._intent.t_sample_s,
            t_arrival_s=chunk.t_arrival_s,
            t_sent_s=sent_s,
            class_index=decided.class_index,
            movement=self._shaped.class_index,
            n_samples=len(decided.raw),
            state=report.state if report is not None else State.STOPPED,
            reason=self._reason_shown(report),
            ready=decided.frame.ready,
            speed=self._intent.speed,
            latency_ms=(sent_s - chunk.t_arrival_s) * 1e3 if sent_s else 0.0,
            samples_received=counters.received,
            samples_lost=counters.lost,
            overruns=counters.overruns,
            cpu_s=cpu_s(),
        )
        channels = decided.raw.shape[1]
        record.posterior[: len(decided.posterior)] = decided.posterior
        record.rms[:channels] = decided.frame.rms
        record.contact[:channels] = decided.frame.contact
        record.emg[:] = decided.raw
        self._telemetry.publish()

    def _reason_shown(self, report: GuardReport | None) -> Reason:
        """The guard's reason first: it is what keeps the limb still."""
        if report is not None and report.reason is not Reason.NONE:
            return report.reason
        return self._intent.reason
