"""Several virtual moteus controllers behind one virtual fdcanusb: knee, ankle, elbow, or what is asked for.

    python -m innervate.sim.moteus_joints --ring joints.ring [--link PATH] [--instant] [--seed N] [--load NM]
        [--joint NAME:ID ... | --ids ID,ID,...] [--timeout-mode N] [--dies ID:SECONDS] [--physics]

Each has a constant outside torque. One that dies has lost its supply: it says nothing more and its joint is
free. The controllers: `moteus_controller`. With --physics the joints are those of a limb in MuJoCo
(`physics.body`): of ankle, ankle inversion, knee, toe, or of elbow and wrist.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from ..core.ring import Field, Layout
from ..firmware_bridge.moteus.codec import Lines, Mode, Register, decode_can, encode_line
from .limb import arguments, due_steps, serve
from .moteus_controller import STEP_S, Controller

if TYPE_CHECKING:
    from .physics.body import TorqueBody

BAUD = 12_000_000  # USB full speed carries the bytes; the CAN-FD frame itself is short beside it
HELD_UP_S = 0.050
JOINTS = (("knee", 1), ("ankle", 2))
_STARTS_DEG = {"knee": 20.0, "elbow": 60.0}
_EVERYBODY = 0x7F
"""The id that every controller hears."""


class JointsFirmware:
    """See the module.

    Args:
        joints: (name, CAN id) of each.
        load_nm: constant outside torque on every joint, such as a forearm's weight. Until a joint is first
            driven, the person's other hand carries it.
        dies: (CAN id, after how many seconds) of one whose supply fails.
        instant: joints are where they are asked to be at once.
        physics: joints that weigh something (extra `sim`).

    Raises:
        InnervateError: with physics, a joint that no model has, or MuJoCo is not installed.
    """

    def __init__(
        self,
        joints: tuple[tuple[str, int], ...] = JOINTS,
        seed: int = 0,
        load_nm: float = 0.0,
        *,
        device: str = "moteus",
        timeout_mode: int = Mode.ZERO_VELOCITY,
        dies: tuple[int, float] | None = None,
        instant: bool = False,
        physics: bool = False,
    ) -> None:
        rng = random.Random(seed)  # noqa: S311 - a posture, not a secret
        self.controllers: list[Controller] = []
        for name, number in joints:
            at_deg = _STARTS_DEG.get(name, 0.0) + rng.uniform(-8.0, 8.0)
            self.controllers.append(Controller(name, number, at_deg, load_nm, timeout_mode))
        names = tuple(name for name, _ in joints)
        starts = [controller.position_deg for controller in self.controllers]
        self._body = _body(names, starts) if physics and not instant else None
        self._by_number = {controller.number: controller for controller in self.controllers}
        self.layout = Layout(_layout(len(joints)), {"device": device, "joints": [n for n, _ in joints]})
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
            for controller in self.controllers:
                if identifier & 0x7F in (controller.number, _EVERYBODY) and controller.alive:
                    answer += _reply(controller, identifier, controller.hear(payload, t_s))
        return answer

    def advance(self, t_s: float) -> None:
        """Move the joints in steps of 1 ms, and look at the watchdogs."""
        if self._t_s is None or self._t_start_s is None:
            self._t_s = self._t_start_s = t_s
        held_up_s = t_s - self._t_s
        if self._dies is not None and t_s - self._t_start_s >= self._dies[1]:
            self._by_number[self._dies[0]].alive = False
        steps = due_steps(self._t_s, t_s, STEP_S)
        if self._body is not None:
            for _ in range(steps):
                self._move(self._body)
        for controller in self.controllers:
            if held_up_s > HELD_UP_S:
                controller.forgive(held_up_s)
            if self._body is None:
                for _ in range(steps):
                    controller.step(instant=self._instant)
            controller.watch(t_s)
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S

    def _move(self, body: TorqueBody) -> None:
        """One millisecond of a leg that weighs something."""
        for controller in self.controllers:
            controller.think()
        moved = body.step([c.torque_nm for c in self.controllers], [c.outside_nm for c in self.controllers])
        for controller, (position_deg, velocity_deg_s) in zip(self.controllers, moved, strict=True):
            controller.position_deg, controller.velocity_deg_s = position_deg, velocity_deg_s

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


def _body(names: tuple[str, ...], starts: list[float]) -> TorqueBody:
    from .physics.body import TorqueBody  # numpy and MuJoCo take their time, and simple joints need neither

    return TorqueBody(names, starts)


def _reply(controller: Controller, identifier: int, said: bytes) -> bytes:
    if not said or not identifier & 0x8000:
        return b""
    source = identifier >> 8 & 0x7F
    return encode_line(f"rcv {controller.number << 8 | source:x} {said.hex().upper()} E B F")


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
    parser.add_argument("--physics", action="store_true", help="joints of a limb in MuJoCo")
    options = parser.parse_args()
    firmware = JointsFirmware(
        tuple(options.joint or options.ids or JOINTS),
        options.seed,
        options.load,
        timeout_mode=options.timeout_mode,
        dies=options.dies,
        instant=options.instant,
        physics=options.physics,
    )
    serve(firmware, options, BAUD)


if __name__ == "__main__":
    main()
