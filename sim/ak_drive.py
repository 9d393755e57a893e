"""Virtual CubeMars AK drives in MIT mode on a CAN bus between processes.

    python -m innervate.sim.ak_drive --bus udp_multicast:GROUP[:PORT] --ids 1,2 --model AK80-9 [--ring R]
        [--seed N] [--load NM] [--stop DEG] [--short] [--instant]

Each drive turns an inertia with friction and a constant load (a forearm's weight), by the law of its own
firmware, torque = kp (p - p0) + kd (v - v0) + t, cut to its range. It has no watchdog: it keeps the last
command. Switched on, it has none and makes no torque until it is told to enter MIT mode; it answers always.
"""

from __future__ import annotations

import argparse
import math
import random
import select
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from ..core.clock import now
from ..core.ring import Field, Layout, RingWriter
from ..firmware_bridge.cubemars.bus import CanBus
from ..firmware_bridge.cubemars.codec import (
    RANGES,
    Command,
    Enter,
    Exit,
    Ranges,
    Reply,
    Request,
    Zero,
    decode_request,
    encode_reply,
)
from .limb import RETURN_DELAY_S, Diary, Plugged, be, due_steps, ring_of

STEP_S = 0.001
FRAME_S = 0.000_130
"""A frame of eight bytes at 1 Mbit/s: 111 bits and up to 24 stuffed ones."""
SILENT_AFTER_ZERO_S = 1.0
INERTIA_KG_M2 = 0.05
_VISCOUS = 0.3
_DRY_NM = 0.4
_NOTHING = Command(0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True)
class AkDrive:
    """One drive and what hangs on it. Angles and speeds at the output shaft.

    Attributes:
        load_nm: turns it the negative way, always.
        stop_rad: an end stop; it lies there when nothing holds it.
        error: what it reports; while it is not 0 it makes no torque.
        short: replies of 6 bytes, without temperature and error.
        instant: without inertia: at once where it is asked to be.
    """

    number: int
    ranges: Ranges
    position_rad: float = 0.0
    load_nm: float = 0.0
    stop_rad: float = -math.inf
    error: int = 0
    temperature_c: float = 30.0
    short: bool = False
    instant: bool = False
    velocity_rad_s: float = 0.0
    torque_nm: float = 0.0
    driving: bool = False
    command: Command = _NOTHING
    enters: int = 0
    exits: int = 0
    commands: int = 0
    bad: int = 0
    t_command_s: float = 0.0
    t_silent_s: float = field(default=-math.inf)

    def receive(self, data: bytes, t_s: float) -> bytes | None:
        """Its reply; None when it gives none."""
        request = decode_request(data, self.ranges)
        if request is None:
            self.bad += 1
            return None
        if t_s < self.t_silent_s:
            return None
        self._obey(request, t_s)
        return self._reply()

    def _obey(self, request: Request, t_s: float) -> None:
        match request:
            case Enter():
                self.driving = True
                self.enters += 1
            case Exit():
                self.driving = False
                self.exits += 1
            case Zero():
                self.position_rad = 0.0
                self.t_silent_s = t_s + SILENT_AFTER_ZERO_S
            case Command():
                self.commands += 1
                self.t_command_s = t_s
                if self.driving:
                    self.command = request

    def switched_off_and_on(self) -> None:
        """The supply was away for a moment."""
        self.driving, self.command = False, _NOTHING

    def _reply(self) -> bytes:
        def within(value: float, most: float) -> float:
            return min(max(value, -most), most)

        ranges = self.ranges
        celsius, error = (None, None) if self.short else (round(self.temperature_c), self.error)
        reply = Reply(
            self.number,
            within(self.position_rad, ranges.position_rad),
            within(self.velocity_rad_s, ranges.velocity_rad_s),
            within(self.torque_nm, ranges.torque_nm),
            celsius,
            error,
        )
        return encode_reply(reply, ranges)

    def step(self) -> None:
        """One millisecond."""
        command, most = self.command, self.ranges.torque_nm
        torque = 0.0
        if self.driving and not self.error:
            torque = command.kp_nm_rad * (command.position_rad - self.position_rad) + command.torque_nm
            torque += command.kd_nm_s_rad * (command.velocity_rad_s - self.velocity_rad_s)
        self.torque_nm = min(max(torque, -most), most)
        if self.instant:
            if self.driving and command.kp_nm_rad:
                self.position_rad = command.position_rad
            return
        net = self.torque_nm - self.load_nm - _VISCOUS * self.velocity_rad_s
        rate = self.velocity_rad_s + net / INERTIA_KG_M2 * STEP_S
        dry = _DRY_NM / INERTIA_KG_M2 * STEP_S
        self.velocity_rad_s = math.copysign(max(abs(rate) - dry, 0.0), rate)
        self.position_rad += self.velocity_rad_s * STEP_S
        if self.position_rad <= self.stop_rad:
            self.position_rad, self.velocity_rad_s = self.stop_rad, 0.0


class AkDrives:
    """Several drives on one bus, and the ring of what they really did."""

    def __init__(self, drives: tuple[AkDrive, ...]) -> None:
        self.drives = {drive.number: drive for drive in drives}
        n = len(drives)
        self.layout = Layout(
            (
                Field("t_s", "d"),
                *(
                    Field(name, "d", n)
                    for name in ("position_deg", "velocity_deg_s", "command_deg", "kp_nm_rad", "torque_nm")
                ),
                Field("driving", "I", n),
                Field("commands", "I", n),
                Field("enters", "I", n),
                Field("exits", "I", n),
                Field("t_command_s", "d", n),
            ),
            {"device": "cubemars", "pid_of": "sim.ak_drive"},
        )
        self._t_s: float | None = None

    def receive(self, number: int, data: bytes, t_s: float) -> bytes | None:
        """The reply of the drive that is meant, if there is one."""
        drive = self.drives.get(number)
        return drive.receive(data, t_s) if drive is not None else None

    def advance(self, t_s: float) -> None:
        """Move on in steps of 1 ms."""
        if self._t_s is None:
            self._t_s = t_s
        steps = due_steps(self._t_s, t_s, STEP_S)
        for _ in range(steps):
            for drive in self.drives.values():
                drive.step()
        self._t_s = t_s if steps * STEP_S >= 1.0 else self._t_s + steps * STEP_S

    def record(self) -> bytes:
        """Packed by `layout`."""
        drives = list(self.drives.values())
        return self.layout.pack(
            self._t_s or 0.0,
            *(math.degrees(drive.position_rad) for drive in drives),
            *(math.degrees(drive.velocity_rad_s) for drive in drives),
            *(math.degrees(drive.command.position_rad) for drive in drives),
            *(drive.command.kp_nm_rad for drive in drives),
            *(drive.torque_nm for drive in drives),
            *(drive.driving for drive in drives),
            *(drive.commands for drive in drives),
            *(drive.enters for drive in drives),
            *(drive.exits for drive in drives),
            *(drive.t_command_s for drive in drives),
        )


class Wire:
    """The bus as drives see it: a frame takes its time, and so does an answer. `turn` until told to stop."""

    def __init__(self, drives: AkDrives, bus: CanBus, ring: RingWriter | None, *, instant: bool) -> None:
        self._drives, self._bus, self._diary = drives, bus, Diary(drives, ring)
        self._delay_s = 0.0 if instant else FRAME_S + RETURN_DELAY_S + FRAME_S
        self._leaving: deque[tuple[float, int, bytes]] = deque()

    def turn(self) -> None:
        """Wait for the next thing to do and do all that is due."""
        due_s = min(self._diary.due_s, self._leaving[0][0] if self._leaving else math.inf)
        select.select([self._bus.fileno()], [], [], max(0.0, due_s - now()))
        t_s = now()
        self._drives.advance(t_s)
        for number, data in self._bus.receive():
            answer = self._drives.receive(number, data, t_s)
            if answer is not None:
                # One frame at a time: an answer waits until the wire is free of the one before.
                after_s = self._leaving[-1][0] + FRAME_S if self._leaving and self._delay_s else 0.0
                self._leaving.append((max(t_s + self._delay_s, after_s), number, answer))
        while self._leaving and self._leaving[0][0] <= t_s:
            _, number, answer = self._leaving.popleft()
            self._bus.send(number, answer)
        self._diary.turn(t_s)


def main() -> None:
    """Be drives until SIGTERM."""
    parser = argparse.ArgumentParser(description="Virtual CubeMars AK drives on a CAN bus.")
    parser.add_argument("--bus", required=True, help="INTERFACE:CHANNEL, as udp_multicast:239.74.163.2")
    parser.add_argument("--ids", default="1", help="ids of the drives, comma between")
    parser.add_argument("--model", default="AK80-9", choices=RANGES)
    parser.add_argument("--ring", type=Path, help="telemetry file of what the drives really did")
    parser.add_argument("--load", type=float, default=0.0, help="constant load (N m), the negative way")
    parser.add_argument("--stop", type=float, default=-math.inf, help="end stop of that way (degrees)")
    parser.add_argument("--short", action="store_true", help="replies of 6 bytes, as of older firmware")
    parser.add_argument("--instant", action="store_true", help="no frame time, no inertia")
    parser.add_argument("--seed", type=int, default=0, help="where the joints stand at first")
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - a posture, not a secret
    numbers = [int(text) for text in options.ids.split(",")]
    drives = AkDrives(
        tuple(
            AkDrive(
                number,
                RANGES[options.model],
                position_rad=rng.uniform(0.3, 0.8),
                load_nm=options.load,
                stop_rad=math.radians(options.stop),
                short=options.short,
                instant=options.instant,
            )
            for number in numbers
        )
    )

    def plugged() -> Plugged:
        bus = CanBus(options.bus, tuple(numbers))
        ring = ring_of(options, drives.layout)
        wire = Wire(drives, bus, ring, instant=options.instant)
        return Plugged(wire, bus, ring, {"port": options.bus})

    be(plugged)


if __name__ == "__main__":
    main()
