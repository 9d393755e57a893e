"""A virtual Inspire RH56 hand: its registers over the real wire protocol, and fingers that take their time.

    python -m innervate.sim.inspire_hand --ring R [--link PATH] [--instant] [--seed N] [--object PERCENT]
        [--usb-ms MS] [--physics [--hold THING]]

Its fingers are simple ones, or, with --physics, those of our hand in MuJoCo (`physics.body`). As the real
one it has no watchdog: it goes to its last target and stays. As on the real one a new target is acted on
late (66 ms: a third party's measurement, see docs/limbs); bytes of an adapter may be kept back.
"""

from __future__ import annotations

import random
import struct
from collections import deque
from typing import TYPE_CHECKING

from ..core.ring import Field, Layout
from ..firmware_bridge.inspire.codec import (
    JOINTS,
    MOST_RAW,
    TO_HAND,
    Ack,
    Data,
    ErrorBit,
    Frames,
    Read,
    Register,
    Request,
    Status,
    Write,
    closed_percent,
    decode,
    encode_reply,
    raw_angle,
)
from .limb import RETURN_DELAY_S, arguments, due_steps, has_body, serve, weighs_something

if TYPE_CHECKING:
    from .physics.body import PercentHand

BAUD = 115_200
STEP_S = 0.001
REACTION_S = 0.066
RAW_S_PER_SPEED = 1.25
G_PER_RAW = 5.0
"""How hard a finger presses per step of its target inside an object; our number."""
STALL_RAW = 150
"""Pressed so far without reaching its force, a motor stalls; our number."""
_FIRST, _LAST = 1000, 1700
_THERE_RAW, _KEPT = 5.0, 0.8
"""A finger this close is there; at its force, one presses on only below this share of it; ours."""
_GRAMS_PER_N = 1000.0 / 9.80665
_FINGERS = ("pinky", "ring", "middle", "index", "thumb_flexor", "thumb_rotator")
"""Its joints as the body calls them."""
_NO_MOVE = 0xFFFF
_SET = (Register.ANGLE_SET, Register.FORCE_SET, Register.SPEED_SET)

LAYOUT = (
    Field("t_s", "d"),
    Field("position_deg", "d", JOINTS),
    Field("target_deg", "d", JOINTS),
    Field("speed", "d", JOINTS),
    Field("force_limit", "d", JOINTS),
    Field("force_g", "d", JOINTS),
    Field("frames_ok", "I"),
    Field("frames_bad", "I"),
    Field("targets", "I"),
    Field("clears", "I"),
    Field("at_once", "I"),
)


class InspireFirmware:
    """See the module.

    Args:
        object_percent: fingers meet an object when closed so far; None for empty air.
        instant: joints are where they are asked to be at once.
        physics: fingers that weigh something (extra `sim`).
        thing: with physics, what somebody holds in the grip; empty: nothing.

    Raises:
        InnervateError: no such thing, or MuJoCo is not installed.
    """

    def __init__(
        self,
        seed: int = 0,
        object_percent: float | None = None,
        *,
        instant: bool = False,
        physics: bool = False,
        thing: str = "",
    ) -> None:
        rng = random.Random(seed)  # noqa: S311 - a posture, not a secret
        self.layout = Layout(LAYOUT, {"device": "inspire-rh56", "pid_of": "sim.inspire_hand"})
        self.target = [rng.randint(750, 950) for _ in range(JOINTS)]
        self.position = [float(raw) for raw in self.target]
        self._body = _body(self.position, thing) if physics else None
        self.error = [0] * JOINTS
        self.status = [int(Status.REACHED)] * JOINTS
        self.force_g = [0.0] * JOINTS
        self.celsius = [30] * JOINTS
        self.frames_ok = self.targets = self.clears = self.at_once = 0
        self._object = raw_angle(object_percent) if object_percent is not None else None
        self._instant = instant
        self._memory = bytearray(_LAST - _FIRST)
        self._frames = Frames(TO_HAND)
        self._foreign = 0
        self._coming: deque[tuple[float, tuple[int, ...]]] = deque()
        self._t_s: float | None = None
        self.put(Register.ID, b"\x01")
        for register, value in (
            (Register.ANGLE_SET, _NO_MOVE),
            (Register.FORCE_SET, 500),
            (Register.SPEED_SET, 1000),
        ):
            self.put(register, struct.pack("<6H", *(value,) * JOINTS))

    # -- registers ------------------------------------------------------------------------------------------

    def put(self, register: int, data: bytes) -> None:
        """As if it had been written."""
        self._memory[register - _FIRST : register - _FIRST + len(data)] = data

    def six(self, register: int) -> tuple[int, ...]:
        """Six numbers that stand in registers."""
        return struct.unpack_from("<6H", self._memory, register - _FIRST)

    def receive(self, data: bytes, t_s: float) -> bytes:
        """Replies to all whole frames in `data`."""
        answers = b""
        for frame in self._frames.push(data):
            request = decode(frame)
            if request is None:
                self._foreign += 1
                continue
            self.frames_ok += 1
            # On a bus of two wires a question before the last answer has gone would have been lost.
            self.at_once += bool(answers)
            answers += self._answer(request, t_s)
        return answers

    def _answer(self, request: Request, t_s: float) -> bytes:
        match request:
            case Read(address, count):
                if not _FIRST <= address <= _LAST - count:
                    return b""
                self._show()
                at = address - _FIRST
                return encode_reply(Data(address, bytes(self._memory[at : at + count])))
            case Write(address, data):
                return encode_reply(Ack(address, self._write(address, data, t_s)))

    def _write(self, address: int, data: bytes, t_s: float) -> bool:
        if address == Register.CLEAR_ERROR and data == b"\x01":
            self.clears += 1
            self.error = [0] * JOINTS
            return True
        if address not in _SET or len(data) != 2 * JOINTS:
            return False
        values = struct.unpack("<6H", data)
        angles = address == Register.ANGLE_SET
        if any(value > MOST_RAW and not (angles and value == _NO_MOVE) for value in values):
            return False
        self.put(address, data)
        if angles:
            self.targets += 1
            self._coming.append((t_s if self._instant else t_s + REACTION_S, values))
        return True

    def _show(self) -> None:
        """Put what is measured into its registers."""
        self.put(Register.ANGLE_ACT, struct.pack("<6h", *map(round, self.position)))
        self.put(Register.FORCE_ACT, struct.pack("<6h", *map(round, self.force_g)))
        self.put(Register.ERROR, bytes((*self.error, *self.status, *self.celsius)))

    # -- the body -------------------------------------------------------------------------------------------

    def advance(self, t_s: float) -> None:
        """Move the joints in steps of 1 ms."""
        if self._t_s is None:
            self._t_s = t_s
        steps = due_steps(self._t_s, t_s, STEP_S)
        for i in range(steps):
            self._step(self._t_s + i * STEP_S)
        if self._instant:
            self._step(t_s)
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S

    def _step(self, t_s: float) -> None:
        while self._coming and self._coming[0][0] <= t_s:
            values = self._coming.popleft()[1]
            self.target = [b if a == _NO_MOVE else a for a, b in zip(values, self.target, strict=True)]
        speeds, limits = self.six(Register.SPEED_SET), self.six(Register.FORCE_SET)
        if self._body is not None:
            self._feel(self._body, speeds, limits)
            return
        for i in range(JOINTS):
            step = float(MOST_RAW) if self._instant else speeds[i] * RAW_S_PER_SPEED * STEP_S
            self._move(i, step, limits[i])

    def _move(self, i: int, step: float, limit_g: int) -> None:
        at, goal = self.position[i], float(self.target[i])
        pressed = 0.0
        if self._object is not None and goal < self._object <= at + step:
            pressed, goal = self._object - goal, float(self._object)
        moved = at + min(max(goal - at, -step), step)
        pressing = pressed > 0.0 and moved == goal
        grams = pressed * G_PER_RAW if pressing else 0.0
        self.force_g[i] = min(grams, float(limit_g))
        if self.error[i] & ~ErrorBit.STALL:
            moved, doing = at, Status.FAULT  # a joint at fault stays
        elif pressing and grams >= limit_g:
            doing = Status.FORCE_REACHED
        elif pressing and pressed >= STALL_RAW:
            doing = Status.STALL
            self.error[i] |= ErrorBit.STALL
        elif moved == goal:
            doing = Status.GRASPING if pressing else Status.REACHED
        else:
            doing = Status.GRASPING if goal < at else Status.RELEASING
        self.position[i], self.status[i] = moved, int(doing)

    def _feel(self, body: PercentHand, speeds: tuple[int, ...], limits: tuple[int, ...]) -> None:
        """As `_move`, of fingers that weigh something."""
        goals = list(map(float, self.target))
        for i in range(JOINTS):
            held = self.error[i] & ~ErrorBit.STALL or self.status[i] == Status.FORCE_REACHED
            if held and goals[i] < self.position[i]:
                goals[i] = self.position[i]
        rates = [speed * RAW_S_PER_SPEED / 10.0 for speed in speeds]
        body.step([100.0 - goal / 10.0 for goal in goals], rates)
        for i, (percent, newton) in enumerate(zip(body.percent, body.force_n, strict=True)):
            self.position[i] = min(max((100.0 - percent) * 10.0, 0.0), float(MOST_RAW))
            self.force_g[i] = min(newton * _GRAMS_PER_N, float(limits[i]))
            left = self.position[i] - self.target[i]
            kept = _KEPT if self.status[i] == Status.FORCE_REACHED else 1.0
            if self.error[i] & ~ErrorBit.STALL:
                doing = Status.FAULT
            elif newton * _GRAMS_PER_N >= limits[i] * kept and newton > 0.0 and left > _THERE_RAW:
                doing = Status.FORCE_REACHED
            elif abs(left) <= _THERE_RAW:
                doing = Status.GRASPING if newton > 0.0 else Status.REACHED
            else:
                doing = Status.GRASPING if left > 0.0 else Status.RELEASING
            self.status[i] = int(doing)

    def record(self) -> bytes:
        """Packed by `layout`."""
        return self.layout.pack(
            self._t_s or 0.0,
            *map(closed_percent, map(round, self.position)),
            *map(closed_percent, self.target),
            *self.six(Register.SPEED_SET),
            *self.six(Register.FORCE_SET),
            *self.force_g,
            self.frames_ok,
            self._frames.bad + self._foreign,
            self.targets,
            self.clears,
            self.at_once,
        )


def _body(position: list[float], thing: str) -> PercentHand:
    from .physics.body import PercentHand  # numpy and MuJoCo take their time, and a simple hand needs neither

    return PercentHand(_FINGERS, [100.0 - raw / 10.0 for raw in position], thing)


def main() -> None:
    """Be a hand until SIGTERM."""
    parser = arguments("A virtual Inspire RH56 hand on a pseudo-terminal.")
    parser.add_argument("--object", type=float, help="fingers meet an object when closed so far (percent)")
    parser.add_argument("--usb-ms", type=float, default=1.0, help="latency timer of the adapter")
    weighs_something(parser, "fingers")
    options = parser.parse_args()
    firmware = InspireFirmware(
        options.seed,
        options.object,
        instant=options.instant,
        physics=has_body(options),
        thing=options.hold,
    )
    serve(firmware, options, BAUD, RETURN_DELAY_S + options.usb_ms / 1e3)


if __name__ == "__main__":
    main()
