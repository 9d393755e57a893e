"""Moves the set-point: never faster than allowed, never out of range, whatever is asked. Pure."""

from __future__ import annotations

import math

from ..core.command import Command, Setpoint
from ..core.state import Reason
from .limits import JointLimits, LimbModel

MAX_STEP_S = 0.020
"""A turn that comes later than this moves the set-point as if it came now: a stall never becomes a jump."""
FUTURE_S = 0.010
"""A command made later than now by more than this was not made by this machine's clock."""
STALE_SAMPLE_S = 0.065
"""Samples older than this move nothing, whatever the loop says (it says so itself from 60 ms on)."""


def judge(command: Command, joints: int, last_seq: int, now_s: float) -> Reason:
    """Why a command is refused; `Reason.NONE` admits it."""
    numbers = (
        *command.target_deg,
        *command.rate_deg_s,
        command.t_made_s,
        command.expires_s,
        command.t_sample_s,
    )
    if len(command.target_deg) != joints or len(command.rate_deg_s) != joints:
        return Reason.COMMAND_INVALID
    if not all(map(math.isfinite, numbers)) or min(command.rate_deg_s) < 0.0:
        return Reason.COMMAND_INVALID
    if command.t_made_s > now_s + FUTURE_S or command.t_sample_s > now_s + STALE_SAMPLE_S:
        return Reason.COMMAND_INVALID  # a sample far ahead of now would never grow old
    if command.seq <= last_seq:
        return Reason.COMMAND_OUT_OF_ORDER
    if now_s > command.expires_s:
        return Reason.COMMAND_EXPIRED
    if any(command.rate_deg_s) and now_s - command.t_sample_s > STALE_SAMPLE_S:
        return Reason.COMMAND_EXPIRED
    return Reason.NONE


class Governor:
    """Holds the set-point. `seat` it at the measured position before the first step.

    A joint's set-point is a point with bounded acceleration: it gathers speed at `max_acceleration_deg_s2`,
    loses it at `max_braking_deg_s2`, and is never faster than what still stops before the target.
    """

    def __init__(self, model: LimbModel) -> None:
        self._joints = model.joints
        self._position: list[float] = [0.0] * len(model.joints)
        self._rate: list[float] = [0.0] * len(model.joints)
        self._t_s = -math.inf

    def seat(self, measured_deg: tuple[float | None, ...], now_s: float) -> None:
        """Start from where the limb is, at rest. A position outside the range is held and only moves inwards.

        Args:
            measured_deg: per joint; None keeps a joint's set-point as it is.

        Raises:
            ValueError: not a finite angle per joint.
        """
        known = [deg for deg in measured_deg if deg is not None]
        if len(measured_deg) != len(self._joints) or not all(map(math.isfinite, known)):
            raise ValueError(f"not {len(self._joints)} finite angles: {measured_deg}")
        for i, deg in enumerate(measured_deg):
            if deg is not None:
                self._position[i], self._rate[i] = deg, 0.0
        self._t_s = now_s

    @property
    def setpoint(self) -> Setpoint:
        """As of the last step."""
        return Setpoint(tuple(self._position), tuple(self._rate))

    def step(self, now_s: float, command: Command | None, blocked: tuple[int, ...] = ()) -> Setpoint:
        """Move the set-point on to `now_s`; None, an expired or an impossible command brakes and holds.

        Args:
            blocked: per joint the sign (+1, -1) in which it may go no further now, 0 for free; empty: all.
        """
        dt_s = min(max(now_s - self._t_s, 0.0), MAX_STEP_S)
        self._t_s = max(self._t_s, now_s)
        if not any(self._rate) and (command is None or not any(command.rate_deg_s)):
            return self.setpoint  # it stands, and nobody asks for more: whatever else the command says
        if command is not None and judge(command, len(self._joints), -1, now_s) is not Reason.NONE:
            command = None
        for i, joint in enumerate(self._joints):
            rate_deg_s = command.rate_deg_s[i] if command is not None else 0.0
            target_deg = command.target_deg[i] if command is not None else self._position[i]
            if blocked and (target_deg - self._position[i]) * blocked[i] > 0.0:
                rate_deg_s = 0.0
            if rate_deg_s == 0.0 == self._rate[i]:
                continue
            self._position[i], self._rate[i] = _moved(
                joint, self._position[i], self._rate[i], target_deg, rate_deg_s, dt_s
            )
        return self.setpoint


def _moved(
    joint: JointLimits, position: float, rate: float, target: float, wanted: float, dt_s: float
) -> tuple[float, float]:
    """Position and rate of one joint after `dt_s`."""
    if dt_s == 0.0:
        return position, rate
    target = min(max(target, joint.least_deg), joint.most_deg)
    distance = target - position
    speed = min(wanted, joint.max_rate_deg_s, _stoppable(abs(distance), joint.max_braking_deg_s2, dt_s))
    goal = math.copysign(speed, distance)
    gain = joint.max_acceleration_deg_s2 * dt_s
    brake = joint.max_braking_deg_s2 * dt_s
    if rate * goal < 0.0 or abs(goal) < abs(rate):
        # Brake first: towards zero, or down to the slower speed. Turning round passes through rest.
        floor = 0.0 if rate * goal <= 0.0 else abs(goal)
        new_rate = math.copysign(max(abs(rate) - brake, floor), rate)
    else:
        new_rate = math.copysign(min(abs(rate) + gain, abs(goal)), goal)
    moved = position + new_rate * dt_s
    # Arithmetic only: what is outside at the start may stay, and nothing ever goes farther out.
    least, most = min(joint.least_deg, position), max(joint.most_deg, position)
    return min(max(moved, least), most), new_rate or 0.0


def _stoppable(distance_deg: float, braking_deg_s2: float, dt_s: float) -> float:
    """Fastest speed v for this step with v * dt + v^2 / (2 a) <= distance: the rest is enough to brake in.

    Braking in steps of any length needs no more than v^2 / (2 a), because each step moves at the speed after
    it has braked; so the bound holds from step to step (by induction) and the target is never overrun.
    """
    return braking_deg_s2 * (math.sqrt(dt_s * dt_s + 2.0 * distance_deg / braking_deg_s2) - dt_s)
