"""A virtual COVVI Hand and its Ethernet box: the real messages over TCP, and digits that take their time.

    python -m innervate.sim.covvi_hand --ring R [--tcp-port N] [--instant] [--seed N] [--object PERCENT]
        [--physics [--hold THING]]

Its digits are simple ones, or, with --physics, those of our hand in MuJoCo (`physics.body`). As the real
one it has no watchdog: a digit goes to its last target and stays. How fast a digit is at full speed, how
long box and bus take, and how long the hand takes to start are our numbers: the vendor has none.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.clock import now
from ..core.ring import Field, Layout, RingWriter
from ..firmware_bridge.covvi.codec import (
    CLOSED_RAW,
    DIGITS,
    OPEN_RAW,
    Device,
    DigitBit,
    Direct,
    Id,
    Kind,
    Message,
    Messages,
    closed_percents,
    encode,
    raw_position,
)
from .cable import ListeningCable
from .limb import Diary, Plugged, be, due_steps, has_body, ring_of, weighs_something
from .wire import Line

if TYPE_CHECKING:
    from .physics.body import PercentHand

STEP_S = 0.001
ANSWER_S = 0.002
START_S = 0.3
FULL_RAW_S = 160.0
"""Steps per second at speed 100: the useful range in a second."""
STALL_S = 0.1
"""A digit that presses for so long has stalled."""
_STALLED_STEPS = 50  # 0.8 A
_FINGERS = ("thumb_flexor", "index", "middle", "ring", "pinky", "thumb_rotator")
"""Its digits as the body calls them."""

LAYOUT = (
    Field("t_s", "d"),
    Field("position_deg", "d", DIGITS),
    Field("target_deg", "d", DIGITS),
    Field("powered", "?"),
    Field("connections", "I"),
    Field("messages", "I"),
    Field("moves", "I"),
    Field("stops", "I"),
    Field("most_moves", "I"),
)


class CovviFirmware:
    """See the module.

    Args:
        object_percent: digits meet an object when closed so far; None for empty air.
        instant: digits are where they are asked to be at once, and the hand starts at once.
        physics: digits that weigh something (extra `sim`).
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
        self.layout = Layout(LAYOUT, {"device": "covvi", "pid_of": "sim.covvi_hand"})
        self.position = [float(rng.randint(50, 80)) for _ in range(DIGITS)]
        self.target = list(self.position)
        self._body = _body(self.position, thing) if physics else None
        self.raw_s = [0.0] * DIGITS
        self.faulty = [False] * DIGITS
        self.celsius = 30
        self.powered = False
        self.error = False
        self.silent = False
        self.connections = self.messages = self.moves = self.stops = self.most_moves = 0
        self._pressed_s = [0.0] * DIGITS
        self._object = float(raw_position(object_percent)) if object_percent is not None else None
        self._instant = instant
        self._parser = Messages()
        self._t_s: float | None = None
        self._t_started_s = 0.0
        self._told_at: list[tuple[int, float]] = []
        self.grip = 0

    def connect(self) -> None:
        """A new connection: whatever was half said before is gone. The digits go on."""
        self.connections += 1
        self._parser = Messages()

    def receive(self, data: bytes, t_s: float) -> bytes:
        """Replies to all whole messages in `data`."""
        answers = b""
        for message in self._parser.push(data):
            self.messages += 1
            for answer in self._obey(message, t_s):
                answers += encode(answer)
        return b"" if self.silent else answers

    def _obey(self, message: Message, t_s: float) -> list[Message]:
        if message.id == Id.HAND_POWER and message.kind is Kind.COMMAND:
            self._switch(on=bool(message.data[0] & 1), t_s=t_s)
            return [self._info()]
        if message.device == Device.LOCAL:
            hears = message.id == Id.HELLO and message.kind is Kind.REQUEST
            return [Message(Device.LOCAL, Kind.RESPONSE, Id.HELLO)] if hears else []
        if not self.powered or t_s < self._t_started_s:
            return []
        if message.kind is Kind.REQUEST:
            value = self._value(message.id)
            return [] if value is None else [Message(Device.HAND, Kind.RESPONSE, message.id, value)]
        if message.kind is Kind.COMMAND:
            self._command(message, t_s)
        return []

    def _switch(self, *, on: bool, t_s: float) -> None:
        if on and not self.powered:
            self._t_started_s = t_s if self._instant else t_s + START_S
        self.powered = on
        self.target = list(self.position)

    def _info(self) -> Message:
        state = Device.HAND << 4 | 4 * self.error | 2 * self.powered | self.powered
        return Message(Device.LOCAL, Kind.RESPONSE, Id.DEVICE_INFO, bytes((state, 0x15, 0, 1, 1, 0x11)))

    def _value(self, number: int) -> bytes | None:
        raw = [round(value) for value in self.position]
        status = [self._bits(digit) for digit in range(DIGITS)]
        currents = [_STALLED_STEPS if pressed else 0 for pressed in self._pressed_s[:5]]
        values = {
            Id.ALL_POSITIONS: bytes(raw),
            Id.ALL_STATUS: bytes(status),
            Id.ALL_CURRENTS: bytes(currents),
            Id.ENVIRONMENT: bytes((self.celsius, 40, 0x1D, 0x4C)),
            Id.ELECTRODE_A: b"\x02\x00",
            Id.ELECTRODE_B: b"\x00\x56",
            Id.CURRENT_GRIP: bytes((self.grip, 0)),
        }
        for digit in range(DIGITS):
            values[Id.DIGIT_POSITION + digit] = bytes((raw[digit],))  # type: ignore[index] # ids count up
            values[Id.DIGIT_STATUS + digit] = bytes((status[digit],))  # type: ignore[index]
        return values.get(number)  # type: ignore[call-overload, no-any-return]

    def _bits(self, digit: int) -> int:
        moving = self.position[digit] != self.target[digit]
        pressed_s = self._pressed_s[digit]
        bits = DigitBit.ACTIVE if moving and not pressed_s else DigitBit.STOPPED
        if not moving:
            bits |= DigitBit.AT_POSITION
        if round(self.position[digit]) <= OPEN_RAW:
            bits |= DigitBit.AT_OPEN
        if pressed_s:
            bits |= DigitBit.GRIPPING | DigitBit.TOUCH
        if pressed_s >= STALL_S:
            bits |= DigitBit.STALL
        if self.faulty[digit]:
            bits |= DigitBit.FAULT
        return int(bits)

    def _command(self, message: Message, t_s: float) -> None:
        number, data = message.id, message.data
        if Id.DIGIT_MOVE <= number < Id.DIGIT_MOVE + DIGITS and len(data) == 4:
            self._move(number - Id.DIGIT_MOVE, data[0], data[1], t_s)
        elif number == Id.DIRECT_CONTROL and len(data) == 2:
            self._direct(data[0], data[1])
        elif number == Id.CURRENT_GRIP and len(data) == 1:
            self.grip = data[0]

    def _move(self, digit: int, position: int, speed: int, t_s: float) -> None:
        self.moves += 1
        self.target[digit] = float(position) if speed else self.position[digit]
        self.raw_s[digit] = speed / 100.0 * FULL_RAW_S
        self._told_at = [told for told in self._told_at if told[1] > t_s - 0.1] + [(digit, t_s)]
        self.most_moves = max(self.most_moves, sum(told == digit for told, _ in self._told_at))

    def _direct(self, command: int, speed: int) -> None:
        if command == Direct.STOP:
            self.stops += 1
            self.target = list(self.position)
        else:
            end = OPEN_RAW if command == Direct.OPEN else CLOSED_RAW
            self.target = [float(end)] * DIGITS
            self.raw_s = [speed / 100.0 * FULL_RAW_S] * DIGITS

    def advance(self, t_s: float) -> None:
        """Move the digits in steps of 1 ms."""
        if self._t_s is None:
            self._t_s = t_s
        steps = due_steps(self._t_s, t_s, STEP_S)
        for _ in range(max(steps, int(self._instant))):
            self._step()
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S

    def _step(self) -> None:
        if self._body is not None:
            self._feel(self._body)
            return
        for i in range(DIGITS):
            if self.faulty[i]:
                continue
            step = 255.0 if self._instant else self.raw_s[i] * STEP_S
            at = self.position[i]
            moved = at + min(max(self.target[i] - at, -step), step)
            inside = self._object is not None and moved >= self._object and self.target[i] > self._object
            if inside and self._object is not None:
                moved = self._object
            self._pressed_s[i] = self._pressed_s[i] + STEP_S if inside else 0.0
            self.position[i] = moved

    def _feel(self, body: PercentHand) -> None:
        """As `_step`, of digits that weigh something."""
        goals = [
            at if bad else to for at, to, bad in zip(self.position, self.target, self.faulty, strict=True)
        ]
        span = CLOSED_RAW - OPEN_RAW
        body.step(
            [(raw - OPEN_RAW) * 100.0 / span for raw in goals], [raw * 100.0 / span for raw in self.raw_s]
        )
        forces = body.force_n
        for i, percent in enumerate(body.percent):
            at = min(max(OPEN_RAW + percent * span / 100.0, 0.0), 255.0)
            # A digit that has arrived stands at its target to the step.
            self.position[i] = self.target[i] if abs(at - self.target[i]) < 1.0 else at
            inside = forces[i] > 0.0 and self.target[i] > self.position[i]
            self._pressed_s[i] = self._pressed_s[i] + STEP_S if inside else 0.0

    def record(self) -> bytes:
        """Packed by `layout`."""
        return self.layout.pack(
            self._t_s or 0.0,
            *closed_percents([round(raw) for raw in self.position]),
            *closed_percents([round(raw) for raw in self.target]),
            self.powered,
            self.connections,
            self.messages,
            self.moves,
            self.stops,
            self.most_moves,
        )


def _body(position: list[float], thing: str) -> PercentHand:
    from .physics.body import PercentHand  # numpy and MuJoCo take their time, and a simple hand needs neither

    return PercentHand(_FINGERS, closed_percents([round(raw) for raw in position]), thing)


class Box:
    """The hand's Ethernet box: firmware on a cable. `turn` until told to stop."""

    def __init__(
        self, firmware: CovviFirmware, cable: ListeningCable, ring: RingWriter | None, delay_s: float
    ) -> None:
        self._firmware, self._cable, self._diary = firmware, cable, Diary(firmware, ring)
        self._delay_s = delay_s
        self._out = Line(0)
        self._connected = False

    def turn(self) -> None:
        """Wait for the next thing to do, and do all that is due."""
        due = [t for t in (self._diary.due_s, self._out.next_s) if t is not None]
        self._cable.wait(min(due) - now())
        t_s = now()
        self._firmware.advance(t_s)
        if self._cable.connected and not self._connected:
            self._firmware.connect()
        self._connected = self._cable.connected
        answer = self._firmware.receive(self._cable.read(), t_s)
        if answer:
            self._out.put(answer, t_s, self._delay_s)
        leaving = self._out.take(t_s)
        if leaving:
            self._cable.write(leaving)
        self._diary.turn(t_s)


def main() -> None:
    """Be a hand until SIGTERM."""
    parser = argparse.ArgumentParser(description="A virtual COVVI Hand behind its Ethernet box.")
    parser.add_argument("--ring", type=Path, help="telemetry file of what the hand really did")
    parser.add_argument("--tcp-port", type=int, default=0, help="0: a free one")
    parser.add_argument("--instant", action="store_true", help="no delay, no inertia: for tests of codecs")
    parser.add_argument("--seed", type=int, default=0, help="where the digits stand at first")
    parser.add_argument("--object", type=float, help="digits meet an object when closed so far (percent)")
    weighs_something(parser, "digits")
    options = parser.parse_args()
    firmware = CovviFirmware(
        options.seed,
        options.object,
        instant=options.instant,
        physics=has_body(options),
        thing=options.hold,
    )

    def plugged() -> Plugged:
        cable = ListeningCable(options.tcp_port)
        ring = ring_of(options, firmware.layout)
        box = Box(firmware, cable, ring, 0.0 if options.instant else ANSWER_S)
        where = f"{cable.facts['host']}:{cable.facts['tcp_port']}"
        return Plugged(box, cable, ring, {"port": where, **cable.facts})

    be(plugged)


if __name__ == "__main__":
    main()
