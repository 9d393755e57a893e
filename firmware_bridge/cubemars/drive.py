"""One joint on a CubeMars AK drive: from its set-point to a command, from a reply to its angle. Pure.

A command is one that may stand for ever, as a drive without a watchdog needs it: see `device`.
"""

from __future__ import annotations

import math
from collections import deque

from ...core.errors import ProfileError
from ..limits import JointLimits
from ..settings import JointSettings
from .codec import MAX_ID, Command, Ranges, Reply

STIFFNESS, DAMPING, TORQUE = 0.2, 0.4, 0.75
"""Shares of the drive's ranges that a joint gets whose settings say nothing: 100 N m/rad, 2 N m s/rad."""
LOST_ZERO, OUT_OF_SCALE = 253, 254
"""Our numbers for `LimbState.fault`: far outside the joint's range; at the end of what a reply can say."""
_FAR_DEG = 45.0
_EDGE_RAD = 0.1
_RETURN_DEG = 0.3
"""After a fault the command goes back to the set-point by at most this much a frame: 30 deg/s."""
_IDLE_REPLIES = 25
_TELLING, _IDLE = 0.15, 0.25


class Drive:
    """One joint: its set-point to a command, its reply to a joint angle. Angles of the drive are in rad.

    Raises:
        ProfileError: a setting beyond what is allowed.
    """

    def __init__(self, settings: JointSettings, limits: JointLimits, ranges: Ranges) -> None:
        self.id = settings.id
        self._limits, self._ranges = limits, ranges
        self._gear, self._zero_deg = settings.gear, settings.zero_deg
        self._kp = (settings.stiffness_share or STIFFNESS) * ranges.kp_nm_rad
        self._kd = (settings.damping_share or DAMPING) * ranges.kd_nm_s_rad
        self._torque_nm = settings.max_torque_nm or TORQUE * ranges.torque_nm
        self._check(settings)
        self.reply: Reply | None = None
        self._standing: deque[Command] = deque(maxlen=2)
        self.limiting = False
        """True while the torque bound keeps the command short of the set-point."""
        self._shift_rad = 0.0
        self._returning = True
        self._idle = 0

    def _check(self, settings: JointSettings) -> None:
        rules = (
            ("id", self.id, 1, MAX_ID),
            ("stiffness_share", self._kp / self._ranges.kp_nm_rad, 0.02, 1.0),
            ("damping_share", self._kd / self._ranges.kd_nm_s_rad, 0.1, 1.0),
            ("max_torque_nm", self._torque_nm, 0.5, self._ranges.torque_nm),
            ("gear (either sign)", abs(self._gear), 0.1, 50.0),
            ("zero_deg", self._zero_deg, -360.0, 360.0),
        )
        for name, value, least, most in rules:
            if not (math.isfinite(value) and least <= value <= most):
                raise ProfileError(f"{settings.name}: {name} = {value:g}: allowed {least:g} to {most:g}")
        most_rad = self._ranges.position_rad - _EDGE_RAD
        for deg in (self._limits.least_deg, self._limits.most_deg):
            if abs(self._rad(deg)) > most_rad:
                raise ProfileError(
                    f"{settings.name}: at {deg:g} deg the drive would be at {self._rad(deg):.1f} rad; "
                    f"its frames can say {-most_rad:g} to {most_rad:g}",
                    "check gear and zero_deg, or narrow least_deg and most_deg",
                )

    def _rad(self, deg: float) -> float:
        return math.radians(deg + self._zero_deg) * self._gear

    @property
    def commanded(self) -> bool:
        """True once it was given a command."""
        return bool(self._standing)

    @property
    def joint_deg(self) -> float:
        """Where the joint is."""
        at_rad = self.reply.position_rad if self.reply is not None else 0.0
        return math.degrees(at_rad / self._gear) - self._zero_deg

    @property
    def fault(self) -> int:
        """The drive's error, or ours; 0 for none."""
        if self.reply is None:
            return 0
        if self.reply.error:
            return self.reply.error
        if abs(self.reply.position_rad) >= self._ranges.position_rad:
            return OUT_OF_SCALE
        limits = self._limits
        far = not limits.least_deg - _FAR_DEG <= self.joint_deg <= limits.most_deg + _FAR_DEG
        return LOST_ZERO if far else 0

    def heard(self, reply: Reply) -> None:
        """A reply came.

        A joint whose drive is at fault may fall: its command then follows, so that it does not jump back when
        the drive is well again.
        """
        self.reply = reply
        if reply.error and self._standing:
            self._returning = False

    def command(self, deg: float) -> Command:
        """To be at `deg` of the joint; never more than the torque bound away from where it was measured."""
        wanted = self._rad(deg)
        at = self.reply.position_rad if self.reply is not None else wanted
        if self.reply is not None and self.reply.error:
            self._shift_rad = at - wanted
        elif self._returning and self._shift_rad:
            most = abs(math.radians(_RETURN_DEG) * self._gear)
            self._shift_rad -= math.copysign(min(most, abs(self._shift_rad)), self._shift_rad)
        wanted += self._shift_rad
        reach = self._torque_nm / self._kp
        given = min(max(wanted, at - reach), at + reach)
        self.limiting = given != wanted
        edge = self._ranges.position_rad
        command = Command(min(max(given, -edge), edge), 0.0, self._kp, self._kd)
        self._standing.append(command)
        return command

    def may_return(self) -> None:
        """A person acted: back to the set-point, slowly."""
        self._returning = True

    def forget(self) -> None:
        """The set-point will be put where the joint is: nothing is to be gone back to."""
        self._shift_rad, self._returning = 0.0, True

    def seems_off(self) -> bool:
        """True when it has made no torque for a while, though it should.

        It was switched off and on: it answers, and obeys nothing until it is told to enter MIT mode again.
        """
        reply = self.reply
        if reply is None or reply.error:
            return False
        # A reply may still tell the torque of the command before: both must have asked for some.
        torques = [self._expected_nm(command, reply) for command in self._standing]
        least = min(map(abs, torques)) if len(torques) == 2 and torques[0] * torques[1] > 0.0 else 0.0
        idle = least > _TELLING * self._ranges.torque_nm and abs(reply.torque_nm) < _IDLE * least
        self._idle = self._idle + 1 if idle else 0
        return self._idle >= _IDLE_REPLIES

    def _expected_nm(self, command: Command, reply: Reply) -> float:
        """By the drive's own law, within its range."""
        torque_nm = command.kp_nm_rad * (command.position_rad - reply.position_rad)
        torque_nm -= command.kd_nm_s_rad * reply.velocity_rad_s
        return min(max(torque_nm, -self._ranges.torque_nm), self._ranges.torque_nm)
