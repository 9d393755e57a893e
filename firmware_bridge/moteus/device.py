"""Joints driven by moteus controllers behind one fdcanusb, in the guard's verbs: ankle, knee, elbow."""

from __future__ import annotations

import math

from ...core.command import LimbState, Setpoint
from ...core.errors import ProfileError
from ..devices import DEVICES, joints_of
from ..limb import SerialLimb
from ..serialport import SerialPort
from ..settings import JointSettings, PartSettings
from .codec import (
    Answer,
    Lines,
    Mode,
    PositionCommand,
    decode_answer,
    decode_can,
    encode_position,
    encode_query,
    encode_send,
    encode_stop,
)

WATCHDOG_S = DEVICES["moteus"].watchdog_s
MAX_TORQUE_NM = 40.0
"""Ceiling in code; the patient's bound is in the settings."""
TORQUE_NM, STIFFNESS, DAMPING = 20.0, 0.8, 1.0
"""What a joint gets whose settings say nothing: most torque; shares of the configured gains."""
TIMED_OUT = 255
"""Our number for `LimbState.fault` when the controller's own watchdog has acted."""
NAMELESS = 254
"""A fault mode without a fault number."""
_PLAUSIBLE_DEG = 360.0
"""A joint that says it is farther round than this has lost its zero, or the line is not its own."""


class Moteus(SerialLimb):
    """Position mode, stiffness and torque bounded: an equilibrium that gives way, never limp, never driven.

    A joint's fault is the limb's. A limb whose controllers have not all answered has not answered.

    Args:
        port: of the adapter.
        joints: each with the CAN id of its controller.

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
        ProfileError: a setting beyond what is allowed.
    """

    def __init__(self, port: str, baud: int, joints: tuple[JointSettings, ...]) -> None:
        _check(joints)
        super().__init__(SerialPort(port, baud))
        self._joints = joints
        self._torque_nm = tuple(joint.max_torque_nm or TORQUE_NM for joint in joints)
        self._index = {joint.id: i for i, joint in enumerate(joints)}
        self._lines = Lines()
        self._foreign = 0
        self._answers: dict[int, Answer] = {}
        self._fresh: set[int] = set()
        self._held: bytes | None = None
        self._ask = b"".join(encode_send(joint.id, encode_query(), reply=True) for joint in joints)

    @property
    def frames_bad(self) -> int:
        """Damaged lines, refusals of the adapter, and answers that make no sense."""
        return self._lines.bad + self._foreign

    def hold(self, setpoint: Setpoint) -> bool:
        """A position frame per joint with its stiffness, damping, torque bound, and a watchdog."""
        self._held = b"".join(
            encode_send(joint.id, encode_position(self._command(i, deg)), reply=True)
            for i, (joint, deg) in enumerate(zip(self._joints, setpoint.position_deg, strict=True))
        )
        return self._port.send(self._held)

    def _command(self, i: int, deg: float) -> PositionCommand:
        joint = self._joints[i]
        return PositionCommand(
            position_rev=(deg + joint.zero_deg) / 360.0 * joint.gear,
            velocity_rev_s=0.0,
            kp_scale=joint.stiffness_share or STIFFNESS,
            kd_scale=joint.damping_share or DAMPING,
            max_torque_nm=self._torque_nm[i],
            watchdog_s=WATCHDOG_S,
        )

    def ask(self) -> bool:
        """Ask how it is.

        Once it holds, the same equilibrium is repeated: a query alone would let the watchdog lapse. That
        cannot make it jump: a lapse latches (mode 11), and position frames do nothing there.
        """
        return self._port.send(self._held or self._ask)

    def poll(self, now_s: float) -> LimbState | None:
        """The newest whole replies, once every controller has sent one."""
        for text in self._lines.push(self._port.read()):
            if text.startswith("OK"):
                continue
            frame = decode_can(text, "rcv")
            i = self._index.get(frame[0] >> 8) if frame is not None else None
            answer = decode_answer(frame[1]) if frame is not None and i is not None else None
            if i is None or answer is None or abs(self._joint_deg(i, answer)) > _PLAUSIBLE_DEG:
                self._foreign += 1
            else:
                self.frames_acked += 1
                self._answers[i] = answer
                self._fresh.add(i)
        if len(self._fresh) < len(self._joints):
            return None
        self._fresh.clear()
        answers = [self._answers[i] for i in range(len(self._joints))]
        return LimbState(
            t_s=now_s,
            position_deg=tuple(self._joint_deg(i, answer) for i, answer in enumerate(answers)),
            limiting=tuple(
                abs(answer.torque_nm) >= 0.98 * most
                for answer, most in zip(answers, self._torque_nm, strict=True)
            ),
            temperature_c=tuple(answer.temperature_c for answer in answers),
            fault=next((fault for fault in map(_fault, answers) if fault), 0),
        )

    def _joint_deg(self, i: int, answer: Answer) -> float:
        joint = self._joints[i]
        return answer.position_rev / joint.gear * 360.0 - joint.zero_deg

    def clear(self) -> None:
        """Leave latched time-outs and faults: one frame that frees the motor, and the next holds it again."""
        latched = [
            joint.id
            for i, joint in enumerate(self._joints)
            if i in self._answers and self._answers[i].mode in (Mode.FAULT, Mode.TIMEOUT)
        ]
        if latched:
            self._port.send(b"".join(encode_send(number, encode_stop(), reply=True) for number in latched))

    def leave(self) -> None:
        """Nothing: the controllers' own watchdogs damp the joints. A stop would leave them limp."""


def open_limb(part: PartSettings) -> Moteus:
    """See `devices`."""
    return Moteus(part.port, part.baud, joints_of(part))


def _fault(answer: Answer) -> int:
    if answer.mode == Mode.FAULT:
        return answer.fault & 0x7F or NAMELESS
    return TIMED_OUT if answer.mode == Mode.TIMEOUT else 0


def _check(joints: tuple[JointSettings, ...]) -> None:
    """Raises ProfileError for a setting beyond what is allowed."""
    numbers = [joint.id for joint in joints]
    if len(set(numbers)) < len(numbers):
        raise ProfileError(f"limb.joints: two controllers of one id: {', '.join(map(str, numbers))}")
    for joint in joints:
        rules = (
            ("id", joint.id, 1, 126),
            ("stiffness_share", joint.stiffness_share or STIFFNESS, 0.05, 1.0),
            ("damping_share", joint.damping_share or DAMPING, 0.1, 1.0),
            ("max_torque_nm", joint.max_torque_nm or TORQUE_NM, 1.0, MAX_TORQUE_NM),
            ("gear (either sign)", abs(joint.gear), 0.1, 200.0),
            ("zero_deg", joint.zero_deg, -180.0, 180.0),
        )
        for name, value, least, most in rules:
            if not (math.isfinite(value) and least <= value <= most):
                raise ProfileError(f"{joint.name}: {name} = {value}: allowed {least} to {most}")
