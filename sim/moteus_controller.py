"""One virtual moteus: its registers, watchdog and console, and the motor and joint on it.

After its watchdog has acted it does what its `servo.timeout_mode` says (12: damped), with at most
`servo.timeout_max_torque_Nm`, until it is told to stop (mode 0). The behaviour is that of mjbots' reference;
numbers of the body are ours.
"""

from __future__ import annotations

import math

from ..firmware_bridge.moteus.codec import Mode, Register, decode_payload, encode_replies
from .moteus_tunnel import Console

STEP_S = 0.001
DEFAULT_WATCHDOG_S = 0.100
STIFFNESS_NM_DEG = 2.0
"""Of the configured gain (kp scale 1), at the joint."""
_DAMPING_NM_S_DEG = 0.12
_ZERO_VELOCITY_NM_S_DEG = 0.20
_BRAKE_NM_S_DEG = 0.30
_FRICTION_NM_S_DEG = 0.005
_INERTIA_KG_M2 = 0.02
_RANGE_DEG = {"knee": (-5.0, 120.0), "ankle": (-40.0, 30.0), "elbow": (-5.0, 150.0)}
_ANY_RANGE_DEG = (-180.0, 180.0)


class Controller:
    """One controller, its motor and the joint on it; a revolution of the one is one of the other.

    Attributes:
        load_nm: torque on the joint from outside.
        alive: False when its supply is gone.
    """

    def __init__(self, name: str, number: int, at_deg: float, load_nm: float, timeout_mode: int) -> None:
        self.number = number
        self.position_deg, self.load_nm = at_deg, load_nm
        self.velocity_deg_s = self.torque_nm = 0.0
        self.mode: int = Mode.STOPPED
        self.alive = True
        self.fault = 0
        self.stops = self.frames_ok = self.frames_bad = self.watchdog_trips = 0
        self.t_watchdog_s = 0.0
        self.command: dict[int, float] = {}
        self._range_deg = _RANGE_DEG.get(name, _ANY_RANGE_DEG)
        self._console = Console({"id.id": str(number), "servo.timeout_mode": str(timeout_mode)})
        self._timeout_nm = float(self._console.config["servo.timeout_max_torque_Nm"])
        self._t_fed_s = -math.inf
        self._carries = False  # until it is first driven, the person's other hand carries the load

    def hear(self, payload: bytes, t_s: float) -> bytes:
        """Payload of its reply; b"" for none."""
        said = self._console.answer(payload)
        if said is not None:
            return said
        try:
            writes, _, reads = decode_payload(payload)
        except ValueError:
            self.frames_bad += 1
            return b""
        self.frames_ok += 1
        self._write(writes, t_s)
        values = {
            Register.MODE: float(self.mode),
            Register.POSITION: self.position_deg / 360.0,
            Register.VELOCITY: self.velocity_deg_s / 360.0,
            Register.TORQUE: self.torque_nm,
            Register.VOLTAGE: 24.0,
            Register.TEMPERATURE: 31.0,
            Register.FAULT: float(self.fault),
        }
        return encode_replies({int(k): v for k, v in values.items()}, reads)

    def _write(self, writes: dict[int, float], t_s: float) -> None:
        asked = int(writes.get(Register.MODE, -1))
        if asked == Mode.STOPPED:
            self.stops += 1
            self.mode, self.fault, self.command = Mode.STOPPED, 0, {}
        elif asked >= 0 and self.mode not in (Mode.FAULT, Mode.TIMEOUT):
            self.mode = asked
            if asked == Mode.POSITION:
                self.command, self._t_fed_s, self._carries = writes, t_s, True

    def forgive(self, held_up_s: float) -> None:
        """Our process was held up; a controller's own clock is not."""
        self._t_fed_s += held_up_s

    def watch(self, t_s: float) -> None:
        """Its watchdog looks at the time."""
        watchdog_s = self.command.get(Register.COMMAND_WATCHDOG, DEFAULT_WATCHDOG_S)
        if self.mode == Mode.POSITION and t_s - self._t_fed_s > watchdog_s:
            self.mode, self.t_watchdog_s = Mode.TIMEOUT, t_s
            self.watchdog_trips += 1

    @property
    def setpoint_deg(self) -> float:
        """Where it is asked to be; where it is when nobody asks."""
        return self.command.get(Register.COMMAND_POSITION, self.position_deg / 360.0) * 360.0

    @property
    def bound_nm(self) -> float:
        """The most torque it may apply."""
        if self.mode == Mode.POSITION:
            return self.command.get(Register.COMMAND_MAX_TORQUE, math.inf)
        return self._timeout_nm

    def step(self, *, instant: bool) -> None:
        """Move on by 1 ms."""
        if instant and self.alive and self.mode == Mode.POSITION:
            self._move_to(self.setpoint_deg)
            self.velocity_deg_s = 0.0
            return
        self.think()
        outside_nm = self.outside_nm - _FRICTION_NM_S_DEG * self.velocity_deg_s
        self.velocity_deg_s += math.degrees((self.torque_nm + outside_nm) / _INERTIA_KG_M2) * STEP_S
        self._move_to(self.position_deg + self.velocity_deg_s * STEP_S)

    def think(self) -> None:
        """The torque that it applies now."""
        wanted_nm = self._wanted_nm() if self.alive else 0.0
        self.torque_nm = min(max(wanted_nm, -self.bound_nm), self.bound_nm)

    @property
    def outside_nm(self) -> float:
        """The load, once nobody else carries it."""
        return self.load_nm * self._carries

    def _wanted_nm(self) -> float:
        mode = self.mode
        if mode == Mode.TIMEOUT:
            mode = int(self._console.config["servo.timeout_mode"])
        if mode == Mode.POSITION:
            kp = STIFFNESS_NM_DEG * self.command.get(Register.COMMAND_KP_SCALE, 1.0)
            kd = _DAMPING_NM_S_DEG * self.command.get(Register.COMMAND_KD_SCALE, 1.0)
            return kp * (self.setpoint_deg - self.position_deg) - kd * self.velocity_deg_s
        damping: dict[int, float] = {
            Mode.ZERO_VELOCITY: _ZERO_VELOCITY_NM_S_DEG,
            Mode.BRAKE: _BRAKE_NM_S_DEG,
        }
        return -damping.get(mode, 0.0) * self.velocity_deg_s

    def _move_to(self, deg: float) -> None:
        least, most = self._range_deg
        self.position_deg = min(max(deg, least), most)
        if self.position_deg != deg:
            self.velocity_deg_s = 0.0
