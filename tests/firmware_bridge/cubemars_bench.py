"""A CubeMars limb and its drives on one multicast bus, on a clock of our own."""

from __future__ import annotations

import select
import socket

from innervate.core.clock import now
from innervate.core.command import LimbState, Setpoint
from innervate.firmware_bridge.cubemars.bus import CanBus
from innervate.firmware_bridge.cubemars.device import CubeMars
from innervate.firmware_bridge.settings import JointSettings, PartSettings
from innervate.sim.ak_drive import AkDrive, AkDrives

MODEL = (("model", "AK80-9"),)

ELBOW = JointSettings("elbow")

BEAT_S = 0.01


def free_port() -> str:
    """A bus of its own for each test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return f"udp_multicast:239.74.163.2:{probe.getsockname()[1]}"


def part(port: str, *joints: JointSettings, **options: str) -> PartSettings:
    return PartSettings("cubemars", port, 0, joints or (ELBOW,), (*MODEL, *options.items()))


class Bench:
    """A limb and its drives on one bus, on a clock of our own."""

    def __init__(self, limb: CubeMars, bus: CanBus, *drives: AkDrive) -> None:
        self.limb, self.bus, self.body = limb, bus, AkDrives(drives)
        self.drive = drives[0]
        self.t_s = 0.0
        self.body.advance(0.0)
        self.frames: list[tuple[int, bytes]] = []

    def beat(self, *deg: float, ask: bool = False) -> LimbState | None:
        """One heartbeat: frames out, the body moves on, replies back."""
        _ = self.limb.ask() if ask else self.limb.hold(Setpoint(deg, (0.0,) * len(deg)))
        return self.exchange()

    def exchange(self) -> LimbState | None:
        """All that the limb has sent, and what it sends because of the answers."""
        self.t_s += BEAT_S
        while True:
            while len(self.frames) < self.limb.frames_sent:
                assert select.select([self.bus.fileno()], [], [], 2.0)[0]
                for number, data in self.bus.receive():
                    self.frames.append((number, data))
                    answer = self.body.receive(number, data, self.t_s)
                    if answer is not None:
                        self.bus.send(number, answer)
            self.body.advance(self.t_s)
            said = self.heard()
            if len(self.frames) == self.limb.frames_sent:
                return said

    def heard(self) -> LimbState | None:
        end_s = now() + 2.0
        while now() < end_s:
            select.select([self.limb.fileno()], [], [], 0.05)
            said = self.limb.poll(self.t_s)
            if said is not None:
                return said
        return None

    def run(self, seconds: float, *deg: float) -> LimbState:
        said = None
        for _ in range(round(seconds / BEAT_S)):
            said = self.beat(*deg)
        assert said is not None
        return said

    def ramp(self, start: float, end: float, rate_deg_s: float = 60.0) -> LimbState:
        """As the governor moves a set-point."""
        steps = max(1, round(abs(end - start) / rate_deg_s / BEAT_S))
        said = None
        for k in range(1, steps + 1):
            said = self.beat(start + (end - start) * k / steps)
        assert said is not None
        return said
