"""Joints driven by CubeMars AK drives in MIT mode on a CAN bus, in the guard's verbs: an elbow, a wrist.

Such a drive has no watchdog: it keeps its last command for ever. So the last command is always one that may
stand for ever: a position, no velocity, no torque of its own, stiffness and torque bounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from ...core.command import LimbState, Setpoint
from ...core.errors import LimbLost, ProfileError
from ..devices import joints_of, part_options
from ..limits import JointLimits, joint_of
from ..settings import JointSettings, PartSettings
from .bus import CanBus
from .codec import MAX_ID, RANGES, Command, Enter, Exit, Ranges, Reply, Request, decode_reply, encode

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


@dataclass(frozen=True, slots=True)
class Options:
    """What only these drives have; `limb.options`.

    Attributes:
        model: a key of `codec.RANGES`.
        position_rad, velocity_rad_s, torque_nm, kp_nm_rad, kd_nm_s_rad: ranges of the drive's firmware where
            they are not the model's; 0: they are.
        at_end: what a clean end leaves behind: "hold" (as it stands), "damp" (no stiffness: a raised forearm
            sinks slowly), "free" (limp).
        watch_torque: count a drive that says it makes no torque, though it should, as switched off.
    """

    model: str
    position_rad: float = 0.0
    velocity_rad_s: float = 0.0
    torque_nm: float = 0.0
    kp_nm_rad: float = 0.0
    kd_nm_s_rad: float = 0.0
    at_end: Literal["hold", "damp", "free"] = "hold"
    watch_torque: bool = True

    def __post_init__(self) -> None:
        if self.model not in RANGES:
            raise ValueError(f"model = {self.model!r}: allowed: {', '.join(RANGES)}")
        for name, value in self._given.items():
            if not 0.0 < value <= 1000.0:
                raise ValueError(f"{name} = {value}: allowed above 0, up to 1000")

    @property
    def _given(self) -> dict[str, float]:
        names = ("position_rad", "velocity_rad_s", "torque_nm", "kp_nm_rad", "kd_nm_s_rad")
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def ranges(self) -> Ranges:
        """Of this drive's numbers."""
        return replace(RANGES[self.model], **self._given)


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
        self.standing: Command | None = None
        """What it was last asked."""
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
        if reply.error and self.standing is not None:
            self._returning = False

    def command(self, deg: float) -> Command:
        """To be at `deg` of the joint; never more than the torque bound away from where it was measured."""
        wanted = self._rad(deg)
        at = self.reply.position_rad if self.reply is not None else wanted
        if not self._returning and self.reply is not None and self.reply.error:
            self._shift_rad = at - wanted
        elif self._returning and self._shift_rad:
            most = abs(math.radians(_RETURN_DEG) * self._gear)
            self._shift_rad -= math.copysign(min(most, abs(self._shift_rad)), self._shift_rad)
        wanted += self._shift_rad
        reach = self._torque_nm / self._kp
        given = min(max(wanted, at - reach), at + reach)
        self.limiting = given != wanted
        edge = self._ranges.position_rad
        self.standing = Command(min(max(given, -edge), edge), 0.0, self._kp, self._kd)
        return self.standing

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
        reply, standing = self.reply, self.standing
        if reply is None or standing is None or reply.error:
            return False
        expected = standing.kp_nm_rad * (standing.position_rad - reply.position_rad)
        expected -= standing.kd_nm_s_rad * reply.velocity_rad_s
        telling = abs(expected) > _TELLING * self._ranges.torque_nm
        idle = telling and abs(reply.torque_nm) < _IDLE * min(abs(expected), self._ranges.torque_nm)
        self._idle = self._idle + 1 if idle else 0
        return self._idle >= _IDLE_REPLIES


class CubeMars:
    """MIT mode: an equilibrium that gives way.

    A joint's fault is the limb's; a limb whose drives have not all answered has not answered.

    Args:
        port: see `CanBus`.
        joints: each with the id of its drive.

    Raises:
        ProfileError: a setting beyond what is allowed.
        LimbNotFound, LimbError: the bus cannot be opened.
    """

    def __init__(self, port: str, joints: tuple[JointSettings, ...], options: Options) -> None:
        self._ranges, self._options = options.ranges, options
        self._drives = [Drive(joint, joint_of(joint, "cubemars"), self._ranges) for joint in joints]
        self._by_id = {drive.id: drive for drive in self._drives}
        if len(self._by_id) < len(self._drives):
            raise ProfileError(f"limb.joints: two drives of one id: {', '.join(str(j.id) for j in joints)}")
        self._bus = CanBus(port, tuple(self._by_id))
        self._waiting: dict[int, bytes] = {}
        self._fresh: set[int] = set()
        self._foreign = 0
        self.frames_sent = self.frames_acked = 0

    @property
    def frames_bad(self) -> int:
        """Error frames of the bus, and frames under a drive's id that are no reply."""
        return self._bus.bad + self._foreign

    def fileno(self) -> int:
        """For `select`."""
        return self._bus.fileno()

    @property
    def wants_to_write(self) -> bool:
        """True while a frame waits for room."""
        return bool(self._waiting)

    def hold(self, setpoint: Setpoint) -> bool:
        """A command to each drive. One that has never said where it is gets none."""
        if any(drive.reply is None for drive in self._drives):
            self.ask()
            return False
        pairs = zip(self._drives, setpoint.position_deg, strict=True)
        return self._send({drive.id: drive.command(deg) for drive, deg in pairs})

    def ask(self) -> bool:
        """FC: enter MIT mode. It is answered, and changes no command: a drive that holds goes on holding, one
        that was switched on or off in between has none and drives nothing."""
        for drive in self._drives:
            drive.forget()
        return self._send({drive.id: Enter() for drive in self._drives})

    def _send(self, requests: dict[int, Request]) -> bool:
        # A newer frame takes the place of one that waits.
        self._waiting.update({i: encode(request, self._ranges) for i, request in requests.items()})
        self.flush()
        return not self._waiting

    def flush(self) -> None:
        """Write what waits."""
        for number in list(self._waiting):
            if not self._bus.send(number, self._waiting[number]):
                return
            del self._waiting[number]
            self.frames_sent += 1

    def poll(self, now_s: float) -> LimbState | None:
        """The newest replies, once every drive has sent one."""
        for number, data in self._bus.receive():
            if number and number not in self._by_id:
                continue  # the bus is not ours alone
            reply = decode_reply(data, self._ranges)
            drive = self._by_id.get(reply.drive) if reply is not None else None
            if reply is None or drive is None or number not in (0, drive.id):
                self._foreign += number != 0
                continue
            self.frames_acked += 1
            drive.heard(reply)
            self._fresh.add(drive.id)
            if self._options.watch_torque and drive.seems_off():
                raise LimbLost(
                    f"drive {drive.id} makes no torque: it was switched off and on, or is not in MIT mode"
                )
        if len(self._fresh) < len(self._drives):
            return None
        self._fresh.clear()
        celsius = [drive.reply.temperature_c for drive in self._drives if drive.reply is not None]
        return LimbState(
            t_s=now_s,
            position_deg=tuple(drive.joint_deg for drive in self._drives),
            limiting=tuple(drive.limiting for drive in self._drives),
            temperature_c=tuple(float(c) for c in celsius if c is not None),
            fault=next((drive.fault for drive in self._drives if drive.fault), 0),
        )

    def clear(self) -> None:
        """Enter again where a drive reports an error; and let joints that fell go back, slowly."""
        self._send({d.id: Enter() for d in self._drives if d.reply is not None and d.reply.error})
        for drive in self._drives:
            drive.may_return()

    def leave(self) -> None:
        """As `Options.at_end` says. A drive keeps the last command, so "hold" is what already stands."""
        if self._options.at_end == "hold":
            return
        damping = self._ranges.kd_nm_s_rad if self._options.at_end == "damp" else 0.0
        self._send({drive.id: Command(0.0, 0.0, 0.0, damping) for drive in self._drives})
        if self._options.at_end == "free":
            self._send({drive.id: Exit() for drive in self._drives})

    def close(self) -> None:
        """Let the bus go."""
        self._bus.close()


def open_limb(part: PartSettings) -> CubeMars:
    """See `devices`."""
    return CubeMars(part.port, joints_of(part), part_options(Options, part))
