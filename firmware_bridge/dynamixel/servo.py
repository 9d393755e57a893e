"""One servo as a joint: angles to ticks, torque to current, and whether it is as we want it. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...core.errors import ProfileError
from ..limits import LEG_JOINTS, JointLimits, joint_of
from ..settings import JointSettings
from .table import (
    FAMILY,
    MODELS,
    MOST_TICKS,
    NOWHERE,
    PROFILE_DEG_S,
    TICKS,
    TRIPPED,
    Model,
    Present,
    Setup,
    Whole,
)

WATCHDOG_STEPS = 5
"""Register 98: 100 ms."""
MODEST_SHARE = 0.5
"""Of the stall current: what a joint gets whose settings say nothing. Our choice."""
TIMED_OUT, NOT_DRIVEN, WRONG_SETUP, TORQUE_LOST = 255, 254, 253, 252
"""Our numbers for `LimbState.fault`. Lower ones are the servo's own: register 70, bit by bit."""
_PROFILE_SHARE = 1.2
"""Of the joint's ceiling: a servo that is told something far away does not go there faster."""
_MOST_SPAN_DEG = 350.0
_PLAUSIBLE_DEG = 360.0


@dataclass
class Servo:
    """What we know of one servo.

    Args:
        joint: settings.
        limits: of the joint.
        family: option `model`: what a servo of an unknown number is taken for.
        nm_per_a: option: torque per current; 0: the model's.
    """

    joint: JointSettings
    limits: JointLimits
    family: str = "auto"
    nm_per_a: float = 0.0
    setup: Setup | None = None
    whole: Whole | None = None
    present: Present = NOWHERE
    turns: int = 0
    """Whole revolutions that it counts otherwise than we: switched off, a servo forgets its turns."""
    accepted_errors: int = 0
    """Hardware errors that left its torque on, and that a person has seen."""

    def forget(self) -> None:
        """It is to be asked for everything again."""
        self.setup = self.whole = None

    def learn(self, whole: Whole) -> None:
        """Take in how it is.

        Its turns are judged anew while it does not drive: it may have been switched off and on. The joint is
        within its range, and that is less than one turn.
        """
        if self.whole is None or not whole.torque:
            self.turns = 0
            middle_deg = (self.limits.least_deg + self.limits.most_deg) / 2.0
            off_deg = middle_deg - self.angle_deg(whole.present.position)
            self.turns = round(off_deg * self.joint.gear / 360.0)
        self.whole, self.present = whole, whole.present
        self.accepted_errors &= whole.hardware_error

    # -- angles ---------------------------------------------------------------------------------------------

    def angle_deg(self, ticks: int) -> float:
        """Of the joint."""
        return (ticks / TICKS + self.turns) / self.joint.gear * 360.0 - self.joint.zero_deg

    def ticks(self, angle_deg: float) -> int:
        """Goal position."""
        ticks = round(((angle_deg + self.joint.zero_deg) / 360.0 * self.joint.gear - self.turns) * TICKS)
        return min(max(ticks, -MOST_TICKS), MOST_TICKS)

    @property
    def plausible(self) -> bool:
        """False when it says that it is where no joint can be."""
        return abs(self.angle_deg(self.present.position)) <= _PLAUSIBLE_DEG

    # -- bounds ---------------------------------------------------------------------------------------------

    @property
    def model(self) -> Model:
        """Its figures, as well as we know them."""
        number = self.setup.model if self.setup is not None else 0
        return MODELS.get(number) or FAMILY.get(self.family) or FAMILY["xl330"]

    @property
    def goal_current(self) -> int:
        """Register 102: the patient's bound, or a modest one; never above what servo and data sheet allow."""
        most_a = self.model.stall_a
        wanted_nm = self.joint.max_torque_nm
        torque_nm_per_a = self.nm_per_a or self.model.nm_per_a
        # The bound is the joint's; a servo that turns further per turn of the joint needs less.
        wanted_a = wanted_nm / abs(self.joint.gear) / torque_nm_per_a if wanted_nm else MODEST_SHARE * most_a
        limit = self.setup.current_limit if self.setup is not None else 0
        return max(1, min(int(min(wanted_a, most_a) / self.model.current_a), limit))

    @property
    def profile_velocity(self) -> int:
        """Register 112: about the joint's ceiling."""
        steps = math.ceil(self.limits.max_rate_deg_s * abs(self.joint.gear) * _PROFILE_SHARE / PROFILE_DEG_S)
        return min(steps, (self.setup.velocity_limit if self.setup is not None else 0) or steps)

    @property
    def current_a(self) -> float:
        """Through its motor."""
        return self.present.current * self.model.current_a

    @property
    def limiting(self) -> bool:
        """True while it pushes as hard as it may."""
        return abs(self.present.current) >= 0.95 * self.goal_current

    # -- judgement ------------------------------------------------------------------------------------------

    @property
    def needs_setup(self) -> bool:
        """True when its EEPROM is not as we want it and may be written: its torque is off."""
        return (
            self.setup is not None and self.whole is not None and not (self.setup.fits or self.whole.torque)
        )

    @property
    def driven(self) -> bool:
        """True when torque, watchdog and bounds are as we set them."""
        whole = self.whole
        return (
            whole is not None
            and whole.torque
            and whole.watchdog == WATCHDOG_STEPS
            and whole.goal_current == self.goal_current
            and whole.profile_velocity == self.profile_velocity
        )

    @property
    def own_fault(self) -> int:
        """Its hardware error, or that it cannot be driven as it is set up; 0 for none."""
        if self.setup is None or self.whole is None:
            return 0
        if self.whole.hardware_error & ~self.accepted_errors:
            return self.whole.hardware_error
        unknown = self.setup.model not in MODELS and self.family == "auto"
        return WRONG_SETUP if unknown or (self.whole.torque and not self.setup.fits) else 0

    @property
    def fault(self) -> int:
        """The same, and what befell it while it was driven."""
        if self.own_fault or self.whole is None:
            return self.own_fault
        if self.whole.watchdog == TRIPPED:
            return TIMED_OUT
        return 0 if self.whole.torque and self.whole.watchdog == WATCHDOG_STEPS else TORQUE_LOST


def servos_of(joints: tuple[JointSettings, ...], family: str, nm_per_a: float) -> tuple[Servo, ...]:
    """One servo per joint.

    Raises:
        ProfileError: a setting beyond what is allowed.
    """
    if not 1 <= len(joints) <= 16:
        raise ProfileError(f"limb.joints: {len(joints)} servos on one port: allowed 1 to 16")
    numbers = [joint.id for joint in joints]
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None:
        raise ProfileError(f"limb.joints: two servos of the id {twice}")
    found = []
    for joint in joints:
        if joint.name in LEG_JOINTS:
            raise ProfileError(f"limb.joints: a servo does not drive a {joint.name}", "use a moteus")
        limits = joint_of(joint, "dynamixel")
        rules = (
            ("id", joint.id, 0, 252),
            ("gear (either sign)", abs(joint.gear), 0.1, 20.0),
            ("zero_deg", joint.zero_deg, -360.0, 360.0),
            ("max_torque_nm", joint.max_torque_nm, 0.0, 200.0),
        )
        for name, value, least, most in rules:
            if not (math.isfinite(value) and least <= value <= most):
                raise ProfileError(f"{joint.name}: {name} = {value}: allowed {least} to {most}")
        span_deg = (limits.most_deg - limits.least_deg) * abs(joint.gear)
        if span_deg > _MOST_SPAN_DEG:
            raise ProfileError(
                f"{joint.name}: its range is {span_deg:g} degrees of the servo; at most {_MOST_SPAN_DEG:g}",
                "a servo does not know its turns after it was switched off; narrow least_deg and most_deg",
            )
        found.append(Servo(joint, limits, family, nm_per_a))
    return tuple(found)
