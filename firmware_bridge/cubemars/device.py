"""Joints driven by CubeMars AK drives in MIT mode on a CAN bus, in the guard's verbs: an elbow, a wrist.

Such a drive has no watchdog: it keeps its last command for ever. So the last command is always one that may
stand for ever: a position, no velocity, no torque of its own, stiffness and torque bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ...core.command import LimbState, Setpoint
from ...core.errors import LimbLost, ProfileError
from ..devices import joints_of, part_options
from ..limits import joint_of
from ..settings import JointSettings, PartSettings
from .bus import CanBus
from .codec import RANGES, Command, Enter, Exit, Ranges, Request, decode_reply, encode
from .drive import Drive


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

    def __init__(self, port: str | CanBus, joints: tuple[JointSettings, ...], options: Options) -> None:
        self._ranges, self._options = options.ranges, options
        self._drives = [Drive(joint, joint_of(joint, "cubemars"), self._ranges) for joint in joints]
        self._by_id = {drive.id: drive for drive in self._drives}
        if len(self._by_id) < len(self._drives):
            raise ProfileError(f"limb.joints: two drives of one id: {', '.join(str(j.id) for j in joints)}")
        self._bus = port if isinstance(port, CanBus) else CanBus(port, tuple(self._by_id))
        self._waiting: dict[int, bytes] = {}
        self._fresh: set[int] = set()
        self._foreign = self._fault = 0
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
            if not drive.commanded:
                # What another program last asked of it would come back to life with FC: it stays where it is.
                self._send({drive.id: drive.command(drive.joint_deg)})
            if self._options.watch_torque and drive.seems_off():
                raise LimbLost(
                    f"drive {drive.id} makes no torque: it was switched off and on, or is not in MIT mode"
                )
        if len(self._fresh) < len(self._drives):
            return None
        self._fresh.clear()
        celsius = [drive.reply.temperature_c for drive in self._drives if drive.reply is not None]
        self._fault = next((drive.fault for drive in self._drives if drive.fault), 0)
        return LimbState(
            t_s=now_s,
            position_deg=tuple(drive.joint_deg for drive in self._drives),
            limiting=tuple(drive.limiting for drive in self._drives),
            temperature_c=tuple(float(c) for c in celsius if c is not None),
            fault=self._fault,
        )

    def clear(self) -> None:
        """Enter again where a drive reports an error.

        The guard puts its set-point where a limb is that says a fault, so nothing is to be gone back to. A
        fault that ended by itself it has forgotten: then joints that fell go back, slowly.
        """
        self._send({d.id: Enter() for d in self._drives if d.reply is not None and d.reply.error})
        for drive in self._drives:
            if self._fault:
                drive.forget()
            else:
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
