"""One joint on a moteus: its angle, its torque bound, and whether its controller can be trusted. Pure."""

from __future__ import annotations

import math

from ...core.errors import ProfileError
from ..devices import DEVICES
from ..settings import JointSettings
from .codec import Answer, Mode, PositionCommand
from .position_line import PositionLine
from .tunnel import ConfigQuestion

MAX_TORQUE_NM = 40.0
"""Ceiling in code; the patient's bound is in the settings."""
TORQUE_NM, STIFFNESS, DAMPING = 20.0, 0.8, 1.0
"""What a joint gets whose settings say nothing: most torque; shares of the configured gains."""
TIMED_OUT = 255
"""Our number for `LimbState.fault` when the controller's own watchdog has acted."""
NAMELESS = 254
"""A fault mode without a fault number."""
DAMPED = (Mode.ZERO_VELOCITY, Mode.BRAKE)
"""What `servo.timeout_mode` may be. Not 0: that is limp. Not 10 (newer firmware): that holds with the
configured gains and no bound of torque but the greatest current; the patient's bounds are not in it."""
_TIMEOUT_SETTING = "servo.timeout_mode"
WATCHDOG_S = DEVICES["moteus"].watchdog_s
_START_SHARE, _START_NM = 0.1, 1.0
_PLAUSIBLE_DEG = 360.0
"""A joint that says it is farther round than this has lost its zero, or the line is not its own."""


class Joint:
    """See the module.

    Torque: when a controller takes up position mode, its bound begins at what it applies (but at least at a
    tenth of the greatest, so it is never limp) and grows from there: no equilibrium far off can throw it.

    Args:
        settings: of the joint, checked.
        torque_rate_nm_s: how fast the bound grows.
    """

    def __init__(self, settings: JointSettings, torque_rate_nm_s: float) -> None:
        self.id, self.name = settings.id, settings.name
        self._gear, self._zero_deg = settings.gear, settings.zero_deg
        self._most_nm = settings.max_torque_nm or TORQUE_NM
        self._rate_nm_s = torque_rate_nm_s
        self._least_nm = min(max(_START_SHARE * self._most_nm, _START_NM), self._most_nm)
        self._start_nm = self._least_nm
        self._t_engaged_s = math.inf
        kp_scale, kd_scale = settings.stiffness_share or STIFFNESS, settings.damping_share or DAMPING
        hold = PositionCommand(0.0, 0.0, kp_scale, kd_scale, self._least_nm, WATCHDOG_S)
        self._line = PositionLine(self.id, hold)
        self.answer: Answer | None = None
        self.timeout = ConfigQuestion(_TIMEOUT_SETTING)

    def hear(self, answer: Answer, now_s: float) -> bool:
        """Take in what it says; False when that makes no sense."""
        if abs(self._joint_deg(answer)) > _PLAUSIBLE_DEG:
            return False
        if answer.mode != Mode.POSITION:
            self._t_engaged_s = math.inf
        if self._t_engaged_s == math.inf:
            self._start_nm = min(max(abs(answer.torque_nm), self._least_nm), self._most_nm)
            if answer.mode == Mode.POSITION:
                self._t_engaged_s = now_s
        self.answer = answer
        return True

    def bound_nm(self, now_s: float) -> float:
        """The most torque it may apply now."""
        since_s = max(now_s - self._t_engaged_s, 0.0)
        return min(self._start_nm + self._rate_nm_s * since_s, self._most_nm)

    def line(self, deg: float, now_s: float) -> bytes:
        """Hold this angle, with its stiffness, damping and torque bound: the adapter's line."""
        return self._line.encode((deg + self._zero_deg) / 360.0 * self._gear, self.bound_nm(now_s))

    @property
    def deg(self) -> float:
        """Where it last said it is; 0 before that."""
        return self._joint_deg(self.answer) if self.answer is not None else 0.0

    @property
    def latched(self) -> bool:
        """True while nothing but a stop makes it heed a position again."""
        return self.answer is not None and self.answer.mode in (Mode.FAULT, Mode.TIMEOUT)

    def limiting(self, now_s: float) -> bool:
        """True while it gives all the torque it may."""
        return self.answer is not None and abs(self.answer.torque_nm) >= 0.98 * self.bound_nm(now_s)

    @property
    def fault(self) -> int:
        """Its fault number, one of ours, or 0."""
        if self.answer is not None and self.answer.mode == Mode.FAULT:
            return self.answer.fault & 0x7F or NAMELESS
        if self.answer is not None and self.answer.mode == Mode.TIMEOUT:
            return TIMED_OUT
        return 0

    @property
    def distrust(self) -> str:
        """Why this controller may not be used at all; empty when it may."""
        mode = self.timeout.value
        if mode in DAMPED:
            return ""
        if mode is None:
            return f"controller {self.id} ({self.name}) does not say its {_TIMEOUT_SETTING}"
        what = {
            0: "after its watchdog has acted the joint would be limp",
            10: "after its watchdog has acted it would hold without the patient's bounds",
        }.get(mode, "nobody knows what it does after its watchdog has acted")
        return f"controller {self.id} ({self.name}): {_TIMEOUT_SETTING} = {mode}: {what}; allowed 12, 15"

    def _joint_deg(self, answer: Answer) -> float:
        return answer.position_rev / self._gear * 360.0 - self._zero_deg


def check(joints: tuple[JointSettings, ...]) -> None:
    """Raises ProfileError for a setting beyond what is allowed."""
    numbers = [joint.id for joint in joints]
    if len(set(numbers)) < len(numbers):
        raise ProfileError(f"limb.joints: two controllers of one id: {', '.join(map(str, numbers))}")
    for joint in joints:
        rules = (
            ("id", joint.id, 1, 126),
            ("stiffness_share", joint.stiffness_share or STIFFNESS, 0.05, 1.0),
            ("damping_share", joint.damping_share or DAMPING, 0.1, 1.0),
            ("max_torque_nm", joint.max_torque_nm or TORQUE_NM, 1.0, MAX_TORQUE_NM),
            ("gear (either sign)", abs(joint.gear), 0.1, 200.0),
            ("zero_deg", joint.zero_deg, -180.0, 180.0),
        )
        for name, value, least, most in rules:
            if not (math.isfinite(value) and least <= value <= most):
                raise ProfileError(f"{joint.name}: {name} = {value}: allowed {least} to {most}")
