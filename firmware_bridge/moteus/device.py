"""Joints driven by moteus controllers behind one fdcanusb, in the guard's verbs: ankle, knee, elbow."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...core.command import LimbState, Setpoint
from ...core.errors import LimbLost
from ..devices import joints_of, part_options
from ..limb import SerialLimb
from ..serialport import SerialPort
from ..settings import JointSettings, PartSettings
from .codec import (
    Lines,
    decode_answer,
    decode_can,
    encode_query,
    encode_send,
    encode_stop,
)
from .joint import NAMELESS, TIMED_OUT, WATCHDOG_S, Joint, check
from .tunnel import decode_text

__all__ = [
    "NAMELESS",
    "TIMED_OUT",
    "WATCHDOG_S",
    "Moteus",
    "MoteusOptions",
    "open_limb",
]

_TOGETHER_S = 0.040
"""Answers of several controllers that are no farther apart make one state."""
_CONSOLE_S = 0.300
"""How long a controller's console may take to say what its watchdog leads to."""
_CLEAR_S = 0.050
"""A latched controller is told to leave that state for so long: a frame may be lost."""


@dataclass(frozen=True, slots=True)
class MoteusOptions:
    """What only these actuators have (`limb.options`).

    Attributes:
        torque_rate_nm_s: how fast the bound of a joint's torque grows after its controller took up position
            mode (at the start, and after a person cleared a fault). By default 5 N m a heartbeat: from
            2 to 20 N m in 36 ms. Slower is gentler, and weaker for longer under a load that comes just then.
    """

    torque_rate_nm_s: float = 500.0

    def __post_init__(self) -> None:
        """Raises ValueError when it is out of bounds."""
        if not 50.0 <= self.torque_rate_nm_s <= 5000.0:
            raise ValueError(f"torque_rate_nm_s = {self.torque_rate_nm_s}: allowed 50 to 5000")


class Moteus(SerialLimb):
    """Position mode, stiffness and torque bounded: an equilibrium that gives way, never limp, never driven.

    A joint's fault is the limb's. A limb whose controllers have not all answered has not answered. Before it
    says anything, each controller has said what it does when its watchdog has acted; one that would do harm
    then, or does not say, is no limb (LimbLost).

    Args:
        port: of the adapter.
        joints: each with the CAN id of its controller.

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
        ProfileError: a setting beyond what is allowed.
    """

    def __init__(
        self,
        port: str | SerialPort,
        baud: int,
        joints: tuple[JointSettings, ...],
        options: MoteusOptions | None = None,
    ) -> None:
        check(joints)
        rate_nm_s = (options or MoteusOptions()).torque_rate_nm_s
        self._joints = tuple(Joint(joint, rate_nm_s) for joint in joints)
        self._by_id = {joint.id: joint for joint in self._joints}
        super().__init__(SerialPort.at(port, baud))
        self._lines = Lines()
        self._foreign = 0
        self._heard_s: dict[int, float] = {}
        self._target_deg: tuple[float, ...] | None = None
        self._clearing: set[int] = set()
        self._now_s = self._t_clear_s = -math.inf
        self._t_first_s = math.inf

    @property
    def frames_bad(self) -> int:
        """Damaged lines, refusals of the adapter, and answers that make no sense."""
        return self._lines.bad + self._foreign

    def hold(self, setpoint: Setpoint) -> bool:
        """A position frame per joint with its stiffness, damping, torque bound, and a watchdog."""
        self._target_deg = setpoint.position_deg
        return self._port.send(self._hold())

    def ask(self) -> bool:
        """Ask how it is.

        Once it holds, the same equilibrium is repeated: a query alone would let the watchdog lapse. That
        cannot make it jump: a lapse latches (mode 11), and position frames do nothing there.
        """
        return self._port.send(self._questions() if self._target_deg is None else self._hold())

    def _hold(self) -> bytes:
        frames = []
        for joint, deg in zip(self._joints, self._target_deg or (), strict=True):
            if joint.id in self._clearing:
                # Just before the position: the joint is free for as long as one frame takes on the bus.
                frames.append(encode_send(joint.id, encode_stop(), reply=False))
            frames.append(joint.line(deg, self._now_s))
        return b"".join(frames)

    def _questions(self) -> bytes:
        frames = []
        for joint in self._joints:
            frames.append(encode_send(joint.id, encode_query(), reply=True))
            for payload, answered in joint.timeout.payloads():
                frames.append(encode_send(joint.id, payload, reply=answered))
        return b"".join(frames)

    def poll(self, now_s: float) -> LimbState | None:
        """The newest whole replies, once every controller has sent one.

        Raises:
            LimbLost: the port is gone, or a controller's watchdog would not damp its joint.
        """
        self._now_s = now_s
        if now_s - self._t_clear_s > _CLEAR_S:
            self._clearing.clear()
        arrived = self._port.read()
        if not arrived:
            return None  # nearly every turn that a command caused: it waits for nothing here
        for text in self._lines.push(arrived):
            if not text.startswith("OK") and not self._understood(text):
                self._foreign += 1
        self._heard_s = {i: t_s for i, t_s in self._heard_s.items() if now_s - t_s <= _TOGETHER_S}
        if len(self._heard_s) < len(self._joints):
            return None
        self._t_first_s = min(self._t_first_s, now_s)
        asking = any(joint.timeout.value is None for joint in self._joints)
        if asking and now_s - self._t_first_s < _CONSOLE_S:
            return None
        for joint in self._joints:
            if joint.distrust:
                raise LimbLost(
                    f"{self._port.port}: {joint.distrust}", "set it with moteus_tool; docs/limbs/moteus.md"
                )
        self._heard_s.clear()
        joints = self._joints
        return LimbState(
            t_s=now_s,
            position_deg=tuple(joint.deg for joint in joints),
            limiting=tuple(joint.limiting(now_s) for joint in joints),
            temperature_c=tuple(joint.answer.temperature_c for joint in joints if joint.answer is not None),
            fault=next((joint.fault for joint in joints if joint.fault), 0),
        )

    def _understood(self, text: str) -> bool:
        """Take in one line of the adapter; False when it is nobody's, or makes no sense."""
        frame = decode_can(text, "rcv")
        joint = self._by_id.get(frame[0] >> 8) if frame is not None else None
        if frame is None or joint is None:
            return False
        said = decode_text(frame[1])
        if said is not None:
            joint.timeout.hear(said)
            return True
        answer = decode_answer(frame[1])
        if answer is None or not joint.hear(answer, self._now_s):
            return False
        if not joint.latched:
            self._clearing.discard(joint.id)
        self.frames_acked += 1
        self._heard_s[joint.id] = self._now_s
        return True

    def clear(self) -> None:
        """Leave latched time-outs and faults, with the next frame, and hold where they are now.

        A latched joint may have been moved far from where it was last asked to be.
        """
        latched = {joint.id for joint in self._joints if joint.latched}
        if not latched or any(joint.answer is None for joint in self._joints):
            return
        held_deg = self._target_deg or tuple(joint.deg for joint in self._joints)
        pairs = zip(self._joints, held_deg, strict=True)
        self._target_deg = tuple(joint.deg if joint.latched else deg for joint, deg in pairs)
        self._clearing, self._t_clear_s = latched, self._now_s

    def leave(self) -> None:
        """Nothing: the controllers' own watchdogs damp the joints. A stop would leave them limp."""


def open_limb(part: PartSettings) -> Moteus:
    """See `devices`."""
    return Moteus(part.port, part.baud, joints_of(part), part_options(MoteusOptions, part))
