"""A virtual moteus behind a virtual fdcanusb, driving one ankle joint.

    python -m innervate.sim.ankle --ring ankle.ring [--link PATH] [--instant] [--seed N]
                                  [--load NM | --gait RING [--lever M]]

Its watchdog acts as the real one: without a frame for the time written to register 0x027 (0.1 s by default)
it leaves position mode for mode 11, damps the joint there, and stays until it is told to stop (mode 0).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

from ..core.ring import Field, Layout, RingReader
from ..firmware_bridge.moteus.codec import (
    Lines,
    Mode,
    Register,
    decode_can,
    decode_payload,
    encode_line,
    encode_replies,
)
from .limb import arguments, due_steps, serve
from .moteus_tunnel import Console

BAUD = 12_000_000  # USB full speed carries the bytes; the CAN-FD frame itself is short beside it
STEP_S = 0.001
HELD_UP_S = 0.050
DEFAULT_WATCHDOG_S = 0.100
CAN_ID = 1
STIFFNESS_NM_DEG = 2.0
"""Of the configured gain (kp scale 1), at the joint."""
_DAMPING_NM_S_DEG = 0.12
_ZERO_VELOCITY_NM_S_DEG = 0.20
_FRICTION_NM_S_DEG = 0.005
_INERTIA_KG_M2 = 0.02
_LEAST_DEG, _MOST_DEG = -40.0, 30.0

LAYOUT = (
    Field("t_s", "d"),
    Field("position_deg", "d"),
    Field("velocity_deg_s", "d"),
    Field("setpoint_deg", "d"),
    Field("torque_nm", "d"),
    Field("mode", "i"),
    Field("watchdog_trips", "I"),
    Field("t_watchdog_s", "d"),
    Field("frames_ok", "I"),
    Field("frames_bad", "I"),
    Field("stops", "I"),
)


class AnkleFirmware:
    """See the module. One revolution of the controller's output is one of the joint.

    Args:
        load_nm: constant outside torque, such as body weight.
        feels: torque of the body's weight now (N m), instead.
        instant: the joint is where it is asked to be at once.
    """

    def __init__(
        self,
        seed: int = 0,
        load_nm: float = 0.0,
        *,
        instant: bool = False,
        feels: Callable[[], float] | None = None,
    ) -> None:
        self.layout = Layout(LAYOUT, {"device": "moteus-ankle"})
        self.position_deg = random.Random(seed).uniform(-8.0, 8.0)  # noqa: S311 - a posture, not a secret
        self.velocity_deg_s = 0.0
        self.torque_nm = 0.0
        self.mode: int = Mode.STOPPED
        self.fault = 0
        self.watchdog_trips = 0
        self.t_watchdog_s = 0.0
        self.frames_ok = 0
        self.stops = 0
        self._load_nm, self._feels = load_nm, feels
        self._instant = instant
        self._console = Console()
        self._lines = Lines()
        self._foreign = 0
        self._command: dict[int, float] = {}
        self._t_s: float | None = None
        self._t_fed_s = -math.inf

    def receive(self, data: bytes, t_s: float) -> bytes:
        """The adapter's and the controller's answers to all whole lines in `data`."""
        answer = b""
        for text in self._lines.push(data):
            frame = decode_can(text, "can send")
            if frame is None:
                self._foreign += 1
                answer += encode_line("ERR unknown command")
                continue
            answer += encode_line("OK")
            identifier, payload = frame
            if identifier & 0x7F in (CAN_ID, 0x7F):
                answer += self._frame(identifier, payload, t_s)
        return answer

    def _frame(self, identifier: int, payload: bytes, t_s: float) -> bytes:
        said = self._console.answer(payload)
        if said is not None:
            return encode_line(f"rcv {CAN_ID << 8:x} {said.hex().upper()} E B F") if said else b""
        try:
            writes, _, reads = decode_payload(payload)
        except ValueError:
            self._foreign += 1
            return b""
        self.frames_ok += 1
        self._write(writes, t_s)
        if not identifier & 0x8000:
            return b""
        values = {
            Register.MODE: float(self.mode),
            Register.POSITION: self.position_deg / 360.0,
            Register.VELOCITY: self.velocity_deg_s / 360.0,
            Register.TORQUE: self.torque_nm,
            Register.VOLTAGE: 24.0,
            Register.TEMPERATURE: 31.0,
            Register.FAULT: float(self.fault),
        }
        reply = encode_replies({int(k): v for k, v in values.items()}, reads)
        source = identifier >> 8 & 0x7F
        return encode_line(f"rcv {CAN_ID << 8 | source:x} {reply.hex().upper()} E B F")

    def _write(self, writes: dict[int, float], t_s: float) -> None:
        if Register.MODE not in writes:
            return
        asked = int(writes[Register.MODE])
        latched = self.mode in (Mode.FAULT, Mode.TIMEOUT)
        if asked == Mode.STOPPED:
            self.stops += 1
            self.mode, self.fault, self._command = Mode.STOPPED, 0, {}
        elif not latched:
            self.mode = asked
            if asked == Mode.POSITION:
                self._command = writes
                self._t_fed_s = t_s

    def advance(self, t_s: float) -> None:
        """Move the joint in steps of 1 ms, and look at the watchdog."""
        if self._t_s is None:
            self._t_s = t_s
        if t_s - self._t_s > HELD_UP_S:
            self._t_fed_s += t_s - self._t_s  # this process was held up; a controller's own clock is not
        if self._feels is not None:
            self._load_nm = self._feels()
        steps = due_steps(self._t_s, t_s, STEP_S)
        for _ in range(steps):
            self._step()
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S
        watchdog_s = self._command.get(Register.COMMAND_WATCHDOG, DEFAULT_WATCHDOG_S)
        if self.mode == Mode.POSITION and t_s - self._t_fed_s > watchdog_s:
            self.mode = Mode.TIMEOUT
            self.watchdog_trips += 1
            self.t_watchdog_s = t_s

    @property
    def setpoint_deg(self) -> float:
        """Where it is asked to be; where it is when nobody asks."""
        return self._command.get(Register.COMMAND_POSITION, self.position_deg / 360.0) * 360.0

    def _step(self) -> None:
        if self._instant and self.mode == Mode.POSITION:
            self.position_deg = min(max(self.setpoint_deg, _LEAST_DEG), _MOST_DEG)
            return
        damping = 0.0
        self.torque_nm = 0.0
        if self.mode == Mode.POSITION:
            kp = STIFFNESS_NM_DEG * self._command.get(Register.COMMAND_KP_SCALE, 1.0)
            damping = _DAMPING_NM_S_DEG * self._command.get(Register.COMMAND_KD_SCALE, 1.0)
            self.torque_nm = kp * (self.setpoint_deg - self.position_deg)
        elif self.mode in (Mode.TIMEOUT, Mode.ZERO_VELOCITY, Mode.BRAKE):
            damping = _ZERO_VELOCITY_NM_S_DEG
        self.torque_nm -= damping * self.velocity_deg_s
        most = self._command.get(Register.COMMAND_MAX_TORQUE, math.inf)
        self.torque_nm = min(max(self.torque_nm, -most), most)
        outside = self._load_nm - _FRICTION_NM_S_DEG * self.velocity_deg_s
        acceleration = math.degrees((self.torque_nm + outside) / _INERTIA_KG_M2)
        self.velocity_deg_s += acceleration * STEP_S
        moved = self.position_deg + self.velocity_deg_s * STEP_S
        self.position_deg = min(max(moved, _LEAST_DEG), _MOST_DEG)
        if moved != self.position_deg:
            self.velocity_deg_s = 0.0

    def record(self) -> bytes:
        """Packed by `layout`."""
        return self.layout.pack(
            self._t_s or 0.0,
            self.position_deg,
            self.velocity_deg_s,
            self.setpoint_deg,
            self.torque_nm,
            self.mode,
            self.watchdog_trips,
            self.t_watchdog_s,
            self.frames_ok,
            self._lines.bad + self._foreign,
            self.stops,
        )


def weight_of(ring: RingReader, lever_m: float) -> Callable[[], float]:
    """What a virtual gait board's load does to the ankle: it stands so far in front of the joint."""

    newest_n = 0.0

    def torque_nm() -> float:
        nonlocal newest_n
        load_n = (ring.latest() or {}).get("load_n")
        if isinstance(load_n, float):  # else its writer is at it just now
            newest_n = load_n
        return max(0.0, newest_n) * lever_m  # a foot in the air pulls at its pylon, not at its ankle

    return torque_nm


def main() -> None:
    """Be an ankle until SIGTERM."""
    parser = arguments("A virtual moteus ankle on a pseudo-terminal.")
    parser.add_argument("--load", type=float, default=0.0, help="outside torque on the joint (N m)")
    parser.add_argument("--gait", type=Path, help="ring of a virtual gait board: feel the weight it measures")
    parser.add_argument(
        "--lever", type=float, default=0.02, help="how far before the joint the weight stands (m)"
    )
    options = parser.parse_args()
    feels = weight_of(RingReader(options.gait), options.lever) if options.gait is not None else None
    serve(AnkleFirmware(options.seed, options.load, instant=options.instant, feels=feels), options, BAUD)


if __name__ == "__main__":
    main()
