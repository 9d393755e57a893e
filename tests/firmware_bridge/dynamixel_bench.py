"""Dynamixel servos and their driver on one pseudo-terminal, on a clock of ours."""

from __future__ import annotations

import select
from typing import Any

from innervate.core.command import LimbState, Setpoint
from innervate.firmware_bridge.dynamixel.codec import (
    Packet,
    Packets,
)
from innervate.firmware_bridge.dynamixel.device import DynamixelOptions, Dynamixels, Stage
from innervate.firmware_bridge.settings import JointSettings
from innervate.sim.servo import Servo
from innervate.sim.servos import ServosFirmware
from innervate.sim.wire import PseudoTerminal

ELBOW_AND_WRIST = (JointSettings("elbow", id=1), JointSettings("wrist rotation", id=2))

OVERLOAD, VOLTAGE = 0x20, 0x01


def at(*position_deg: float) -> Setpoint:
    return Setpoint(position_deg, (0.0,) * len(position_deg))


class Bench:
    """A driver and virtual servos on one pseudo-terminal; time passes when we say so."""

    def __init__(
        self,
        joints: tuple[JointSettings, ...] = ELBOW_AND_WRIST,
        options: DynamixelOptions | None = None,
        **sim: Any,
    ) -> None:
        self.cable = PseudoTerminal()
        self.firmware = ServosFirmware([joint.id for joint in joints], **sim)
        self.limb = Dynamixels(self.cable.port, 1_000_000, joints, options or DynamixelOptions())
        self.t_s = 100.0
        self.heard: list[Packet] = []
        self._packets = Packets()
        self.limb.poll(self.t_s)

    @property
    def servos(self) -> list[Servo]:
        return list(self.firmware.servos.values())

    @property
    def shafts(self) -> tuple[float, ...]:
        return tuple(servo.position_deg for servo in self.servos)

    def turn(
        self,
        setpoint: Setpoint | None = None,
        *,
        dt_s: float = 0.010,
        deaf: bool = False,
        mute: bool = False,
    ) -> LimbState | None:
        """One heartbeat: hold (or only ask), let the servos answer, and listen.

        Args:
            deaf: their answers are lost.
            mute: our frames are.
        """
        self.t_s += dt_s
        self.firmware.advance(self.t_s)
        said = self.limb.poll(self.t_s)
        if setpoint is None:
            self.limb.ask()
        else:
            self.limb.hold(setpoint)
        for _ in range(3):  # some answers lead to another question at once
            sent = self.cable.read()
            self.heard += self._packets.push(sent)
            answer = b"" if mute else self.firmware.receive(sent, self.t_s)
            if not answer or deaf:
                break
            self.cable.write(answer)
            select.select([self.limb.fileno()], [], [], 5.0)
            said = self.limb.poll(self.t_s) or said
        return said

    def turns(self, count: int, setpoint: Setpoint | None = None, **more: Any) -> LimbState | None:
        said = None
        for _ in range(count):
            said = self.turn(setpoint, **more) or said
        return said

    def driven(self) -> LimbState:
        """Held where it is."""
        said = self.turns(3)
        assert said is not None
        for _ in range(20):
            said = self.turn(at(*said.position_deg)) or said
            if self.limb.stage is Stage.DRIVEN:
                return said
        raise AssertionError(f"never driven: {self.limb.stage!r}, fault {said.fault}")

    def silence(self, seconds: float) -> None:
        """Nobody speaks to the servos."""
        for _ in range(round(seconds / 0.01)):
            self.t_s += 0.01
            self.firmware.advance(self.t_s)

    def close(self) -> None:
        self.limb.close()
        self.cable.close()


def sent_to_all(bench: Bench) -> set[int]:
    return {packet.instruction for packet in bench.heard}
