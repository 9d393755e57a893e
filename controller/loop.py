"""The loop: read, decide, command, publish; once per increment, and at least every 10 ms.

It never opens a limb, never blocks beyond its turn and never raises out of it. What it sends is a wish: the
guard (another process) decides what the limb does. `docs/one-sample.md` walks one sample through this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.chunk import Chunk, empty_chunk
from ..core.clock import Clock, cpu_s
from ..core.errors import SourceLost
from ..core.link import LinkState
from ..core.state import Reason, State
from .decider import Decider, Step

if TYPE_CHECKING:
    from ..drivers.source import EmgSource
    from ..firmware_bridge.port import CommandPort, GuardReport
    from .telemetry import Telemetry


@dataclass(slots=True)
class Counters:
    """What the loop counts of itself."""

    decisions: int = 0
    overruns: int = 0
    """Decisions that no command was sent for, because a newer one was already there."""
    received: int = 0
    lost: int = 0


_TROUBLE = {LinkState.RECONNECTING: Reason.EMG_LOST, LinkState.WRONG_RATE: Reason.EMG_RATE}


class Loop:
    """One patient's muscles to one limb's command port.

    Args:
        source: an open amplifier.
        decider: the model at work.
        port: to the guard.
        telemetry: where every decision is published.
        clock: real, or virtual for replay.
        turn_s: the longest time between two commands.
    """

    def __init__(
        self,
        source: EmgSource,
        decider: Decider,
        port: CommandPort,
        telemetry: Telemetry,
        clock: Clock,
        turn_s: float,
    ) -> None:
        self._source = source
        self._decider = decider
        self._port = port
        self._telemetry = telemetry
        self._clock = clock
        self._turn_s = turn_s
        self._report: GuardReport | None = None
        self.counters = Counters()
        self.lost: SourceLost | None = None
        """Set when the amplifier is gone for good; the loop then says so to the guard until it is stopped."""

    def turn(self) -> None:
        """One turn: everything that is to be done about the samples that are there."""
        chunk = self._read()
        now_s = self._clock.now()
        steps = self._decider.decide(chunk, now_s)
        self._port.send(self._decider.command(now_s, self._setpoint_deg, self._trouble()))
        sent_s = self._clock.now()
        for step in steps:
            # The newest decision is the one that was acted on; the others are logged as having moved nothing.
            newest = step is steps[-1]
            self.counters.overruns += not newest
            self._publish(step, chunk, now_s, sent_s if newest else 0.0)
        if chunk.aux:
            self._telemetry.publish_aux(chunk.aux)
        # Read only now: it takes as long as a quarter of the decision, and the command did not need it.
        report = self._port.report()
        if report is not None:
            self._report = report
            self._decider.hear(report.grip, report.grips_asked)

    def _trouble(self) -> Reason:
        """Why the amplifier cannot be believed now."""
        if self.lost is not None:
            return Reason.EMG_LOST
        return _TROUBLE.get(self._source.link, Reason.NONE)

    @property
    def _setpoint_deg(self) -> tuple[float, ...] | None:
        return self._report.setpoint_deg if self._report is not None else None

    def _read(self) -> Chunk:
        """What the amplifier has; no rows when it has nothing now, or is gone."""
        deadline_s = self._clock.now() + self._turn_s
        if self.lost is None:
            try:
                chunk = self._source.read(self._decider.samples_to_next, deadline_s)
            except SourceLost as error:
                self.lost = error
            else:
                self.counters.received += len(chunk) - chunk.lost
                self.counters.lost += chunk.lost
                return chunk
        self._clock.sleep_until(deadline_s)
        return empty_chunk(0, len(self._source.info.channels), self._clock.now())

    def _publish(self, step: Step, chunk: Chunk, now_s: float, sent_s: float) -> None:
        """One decision into the ring."""
        counters, report, record = self.counters, self._report, self._telemetry.record
        counters.decisions += 1
        decided, frame = step.decided, step.decided.frame
        record.set(
            t_turn_s=now_s,
            decision=counters.decisions,
            sample_index=frame.end_index,
            t_sample_s=step.intent.t_sample_s,
            t_arrival_s=chunk.t_arrival_s,
            t_sent_s=sent_s,
            class_index=decided.class_index,
            movement=step.shaped.class_index,
            n_samples=len(decided.raw),
            state=report.state if report is not None else State.STOPPED,
            reason=self._reason_shown(step, report),
            ready=frame.ready,
            link=self._source.link,
            speed=step.intent.speed,
            latency_ms=(sent_s - chunk.t_arrival_s) * 1e3 if sent_s else 0.0,
            samples_received=counters.received,
            samples_lost=counters.lost,
            overruns=counters.overruns,
            cpu_s=cpu_s(),
            outlier=decided.outlier,
            turn=decided.turn,
            grip=step.grip,
            ask=step.ask,
        )
        channels = decided.raw.shape[1]
        record.velocity[: len(step.velocities)] = step.velocities
        record.posterior[: len(decided.posterior)] = decided.posterior
        record.rms[:channels] = frame.rms
        record.contact[:channels] = frame.contact
        record.emg[:] = decided.raw
        self._telemetry.publish()

    @staticmethod
    def _reason_shown(step: Step, report: GuardReport | None) -> Reason:
        """The guard's reason first: it is what keeps the limb still."""
        if report is not None and report.reason is not Reason.NONE:
            return report.reason
        return step.intent.reason
