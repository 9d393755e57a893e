"""What a guard tells: the loop (a report), who reads along (a record in the ring), and people (status)."""

from __future__ import annotations

import math
from typing import Any

from ..core.clock import cpu_s
from ..core.command import Command
from ..core.ring import RingWriter
from ..core.state import SENTENCE, State
from .doors import LoopDoor
from .guard_situation import Situation
from .limits import LimbModel
from .messages import GuardReport, pack_report


class Teller:
    """See the module.

    Args:
        facts: more for `status`: process id, whether real-time was granted.
        ring: None publishes to the loop alone.
        grips: names that may be asked for.
    """

    def __init__(
        self,
        model: LimbModel,
        situation: Situation,
        loop: LoopDoor,
        ring: RingWriter | None,
        facts: dict[str, Any],
        grips: tuple[str, ...],
    ) -> None:
        self._model, self._known, self._loop, self._ring = model, situation, loop, ring
        self._facts, self._grips = facts, grips
        self._unknown = (math.nan,) * len(model.joints)

    def report(self, now_s: float) -> GuardReport:
        """For the loop."""
        known = self._known
        return GuardReport(
            t_s=now_s,
            state=known.state,
            reason=known.reason,
            last_seq=known.last_seq,
            refused=known.counters.refused,
            setpoint_deg=known.governor.setpoint.position_deg,
            limb=known.line.newest,
            t_written_s=known.t_written_s,
            grip=known.grip,
            grips_asked=known.counters.grips,
        )

    def publish(self, now_s: float, caused_by: Command | None) -> None:
        """A frame went out: tell loop and ring, and which command it answers."""
        report = self.report(now_s)
        self._loop.report(pack_report(report))
        if self._ring is None:
            return
        known = self._known
        counters, limb = known.counters, report.limb
        self._ring.publish(
            self._ring.layout.pack(
                now_s,
                known.t_written_s,
                known.t_handed_s,
                known.last_seq,
                caused_by.sample_index if caused_by is not None else -1,
                caused_by.t_sample_s if caused_by is not None else 0.0,
                report.state,
                report.reason,
                *report.setpoint_deg,
                *limb.position_deg,
                *known.line.frames,
                counters.refused,
                counters.starts,
                counters.stops,
                counters.t_stop_s,
                counters.recalibrations,
                known.shut(now_s),
                known.gate is not None and known.gate.seated,
                known.standing.frozen,
                *(limb.force_n or self._unknown),
                max(limb.temperature_c, default=math.nan),
                known.session.recalibrating + (known.session.recalibrating and known.session.by_limb),
                known.session.ended,
                counters.swaps,
                cpu_s(),
            )
        )

    def status(self, now_s: float) -> dict[str, Any]:
        """All of it, for people and pages; ready for JSON."""
        known = self._known
        reason = known.reason
        sent, acked, bad = known.line.frames
        return {
            **self._facts,
            "device": self._model.device,
            "joints": list(self._model.joint_names),
            "state": known.state.name,
            "reason": reason.name,
            "frozen": known.standing.frozen,
            "sentence": SENTENCE[reason] + self._except(),
            "not_releasing": list(self._left_out()),
            "setpoint_deg": list(known.governor.setpoint.position_deg),
            "limb": self._limb(now_s),
            "frames_sent": sent,
            "frames_acked": acked,
            "frames_bad": bad,
            "refused": known.counters.refused,
            "refused_for": {why.name: count for why, count in known.refusals.items()},
            "loop_connected": self._loop.connected,
            "loop_alive": known.loop_alive,
            "last_seq": known.last_seq,
            "command_age_s": now_s - known.t_command_s if known.t_command_s > 0 else None,
            "grips": list(self._grips),
            "grip": self._grips[known.grip] if known.grip >= 0 else "",
            "seated": known.gate is not None and known.gate.seated,
            "unloaded_s": known.gate.unloaded_s(now_s) if known.gate is not None else None,
            "starts": known.counters.starts,
            "recalibrations": known.counters.recalibrations,
            "stops": known.counters.stops,
            "swaps": known.counters.swaps,
            "recalibrating": known.session.recalibrating,
            "recalibration_ended": known.session.ended.name,
        }

    def _left_out(self) -> tuple[str, ...]:
        """Joints that a release under way does not move: their device did not answer, or has failed since."""
        if self._known.state is not State.PROMPTING:
            return ()
        moved = self._known.per_joint(self._known.releasing)
        return tuple(name for name, one in zip(self._model.joint_names, moved, strict=True) if not one)

    def _except(self) -> str:
        names = self._left_out()
        return f" Except {', '.join(names)}: no answer, or a fault." if names else ""

    def _limb(self, now_s: float) -> dict[str, Any]:
        """What the limb says, and how old that is."""
        line = self._known.line
        limb = line.newest
        return {
            "position_deg": list(limb.position_deg),
            "current_a": list(limb.current_a),
            "limiting": list(limb.limiting),
            "force_n": list(limb.force_n),
            "temperature_c": list(limb.temperature_c),
            "fault": limb.fault,
            "age_s": now_s - limb.t_s,
            "answering": line.answering(now_s),
            "devices_answering": list(line.answers(now_s)),
            "reconnects": line.reconnects,
        }
