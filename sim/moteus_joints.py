"""Several virtual moteus controllers behind one virtual fdcanusb: knee, ankle, elbow, or what is asked for.

    python -m innervate.sim.moteus_joints --ring joints.ring [--link PATH] [--instant] [--seed N] [--load NM]
        [--joint NAME:ID ... | --ids ID,ID,...] [--timeout-mode N] [--dies ID:SECONDS]

Each controller has its own watchdog, torque bound and text console (`moteus_tunnel`), and a body with
inertia, friction and a constant outside torque. After its watchdog has acted it does what its
`servo.timeout_mode` says (12: damped, with 5 N m at most), until it is told to stop. One that dies has lost
its supply: it says nothing more and its joint is free. Numbers of the bodies are ours; the behaviour is that
of mjbots' reference.
"""

from __future__ import annotations

import math
import random

from ..core.ring import Field, Layout
from ..firmware_bridge.moteus.codec import (
    Lines,
    Mode,
    Register,
    decode_can,
    decode_payload,
    encode_line,
    encode_replies,
)
from .ankle import (
    BAUD,
    DEFAULT_WATCHDOG_S,
    HELD_UP_S,
    STEP_S,
    STIFFNESS_NM_DEG,
)
from .limb import arguments, due_steps, serve
from .moteus_tunnel import Console

JOINTS = (("knee", 1), ("ankle", 2))
TIMEOUT_TORQUE_NM = 5.0
"""`servo.timeout_max_torque_Nm` as shipped."""
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
        alive: False when its supply is gone.
    """

    def __init__(self, name: str, number: int, at_deg: float, load_nm: float, timeout_mode: int) -> None:
        self.number = number
        self.position_deg = at_deg
        self.velocity_deg_s = self.torque_nm = 0.0
        self.mode: int = Mode.STOPPED
        self.alive = True
        self.stops = self.frames_ok = self.frames_bad = self.watchdog_trips = 0
        self.t_watchdog_s = 0.0
        self.command: dict[int, float] = {}
        self._range_deg = _RANGE_DEG.get(name, _ANY_RANGE_DEG)
        self._load_nm = load_nm
        self._console = Console({"id.id": str(number), "servo.timeout_mode": str(timeout_mode)})
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
            Register.FAULT: 0.0,
        }
        return encode_replies({int(k): v for k, v in values.items()}, reads)

    def _write(self, writes: dict[int, float], t_s: float) -> None:
        asked = int(writes.get(Register.MODE, -1))
        if asked == Mode.STOPPED:
            self.stops += 1
            self.mode, self.command = Mode.STOPPED, {}
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
        return TIMEOUT_TORQUE_NM

    def step(self, *, instant: bool) -> None:
        """Move on by 1 ms."""
        if instant and self.alive and self.mode == Mode.POSITION:
            self._move_to(self.setpoint_deg)
            self.velocity_deg_s = 0.0
            return
        wanted_nm = self._wanted_nm() if self.alive else 0.0
        self.torque_nm = min(max(wanted_nm, -self.bound_nm), self.bound_nm)
        outside_nm = self._load_nm * self._carries - _FRICTION_NM_S_DEG * self.velocity_deg_s
        self.velocity_deg_s += math.degrees((self.torque_nm + outside_nm) / _INERTIA_KG_M2) * STEP_S
        self._move_to(self.position_deg + self.velocity_deg_s * STEP_S)

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


class JointsFirmware:
    """See the module.

    Args:
        joints: (name, CAN id) of each.
        load_nm: constant outside torque on every joint, such as a forearm's weight.
        dies: (CAN id, after how many seconds) of one whose supply fails.
        instant: joints are where they are asked to be at once.
    """

    def __init__(
        self,
        joints: tuple[tuple[str, int], ...] = JOINTS,
        seed: int = 0,
        load_nm: float = 0.0,
        *,
        timeout_mode: int = Mode.ZERO_VELOCITY,
        dies: tuple[int, float] | None = None,
        instant: bool = False,
    ) -> None:
        rng = random.Random(seed)  # noqa: S311 - a posture, not a secret
        starts = {"ankle": 0.0, "knee": 20.0, "elbow": 60.0}
        self.controllers = [
            Controller(name, number, starts.get(name, 0.0) + rng.uniform(-8.0, 8.0), load_nm, timeout_mode)
            for name, number in joints
        ]
        self._by_number = {controller.number: controller for controller in self.controllers}
        self.layout = Layout(_layout(len(joints)), {"device": "moteus", "joints": [n for n, _ in joints]})
        self._dies, self._instant = dies, instant
        self._lines = Lines()
        self._foreign = 0
        self._t_s: float | None = None
        self._t_start_s: float | None = None

    def receive(self, data: bytes, t_s: float) -> bytes:
        """The adapter's and the controllers' answers to all whole lines in `data`."""
        answer = b""
        for text in self._lines.push(data):
            frame = decode_can(text, "can send")
            if frame is None:
                self._foreign += 1
                answer += encode_line("ERR unknown command")
                continue
            identifier, payload = frame
            answer += encode_line("OK")
            controller = self._by_number.get(identifier & 0x7F)
            if controller is None or not controller.alive:
                continue
            said = controller.hear(payload, t_s)
            if said and identifier & 0x8000:
                source = identifier >> 8 & 0x7F
                answer += encode_line(f"rcv {controller.number << 8 | source:x} {said.hex().upper()} E B F")
        return answer

    def advance(self, t_s: float) -> None:
        """Move the joints in steps of 1 ms, and look at the watchdogs."""
        if self._t_s is None or self._t_start_s is None:
            self._t_s = self._t_start_s = t_s
        held_up_s = t_s - self._t_s
        if self._dies is not None and t_s - self._t_start_s >= self._dies[1]:
            self._by_number[self._dies[0]].alive = False
        steps = due_steps(self._t_s, t_s, STEP_S)
        for controller in self.controllers:
            if held_up_s > HELD_UP_S:
                controller.forgive(held_up_s)
            for _ in range(steps):
                controller.step(instant=self._instant)
            controller.watch(t_s)
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S

    def record(self) -> bytes:
        """Packed by `layout`."""
        each = self.controllers
        return self.layout.pack(
            self._t_s or 0.0,
            *(c.position_deg for c in each),
            *(c.velocity_deg_s for c in each),
            *(c.setpoint_deg for c in each),
            *(c.torque_nm for c in each),
            *(c.command.get(Register.COMMAND_MAX_TORQUE, 0.0) for c in each),
            *(c.mode for c in each),
            *(c.watchdog_trips for c in each),
            *(c.t_watchdog_s for c in each),
            *(c.stops for c in each),
            sum(c.frames_ok for c in each),
            self._lines.bad + self._foreign + sum(c.frames_bad for c in each),
        )


def _layout(joints: int) -> tuple[Field, ...]:
    return (
        Field("t_s", "d"),
        Field("position_deg", "d", joints),
        Field("velocity_deg_s", "d", joints),
        Field("setpoint_deg", "d", joints),
        Field("torque_nm", "d", joints),
        Field("max_torque_nm", "d", joints),
        Field("mode", "i", joints),
        Field("watchdog_trips", "I", joints),
        Field("t_watchdog_s", "d", joints),
        Field("stops", "I", joints),
        Field("frames_ok", "I"),
        Field("frames_bad", "I"),
    )


def _numbered(text: str) -> tuple[str, int]:
    name, _, number = text.rpartition(":")
    return name, int(number)


def _numbers(text: str) -> list[tuple[str, int]]:
    return [("joint", int(number)) for number in text.split(",")]


def _dying(text: str) -> tuple[int, float]:
    number, _, seconds = text.partition(":")
    return int(number), float(seconds)


def main() -> None:
    """Be controllers until SIGTERM."""
    parser = arguments("Virtual moteus controllers behind one fdcanusb on a pseudo-terminal.")
    parser.add_argument("--joint", type=_numbered, action="append", help="NAME:ID, once for each")
    parser.add_argument("--ids", type=_numbers, help="1,2,...: as many joints of no name")
    parser.add_argument("--load", type=float, default=0.0, help="outside torque on every joint (N m)")
    parser.add_argument("--timeout-mode", type=int, default=int(Mode.ZERO_VELOCITY))
    parser.add_argument("--dies", type=_dying, help="ID:SECONDS: its supply fails so long after the start")
    options = parser.parse_args()
    firmware = JointsFirmware(
        tuple(options.joint or options.ids or JOINTS),
        options.seed,
        options.load,
        timeout_mode=options.timeout_mode,
        dies=options.dies,
        instant=options.instant,
    )
    serve(firmware, options, BAUD)


if __name__ == "__main__":
    main()
