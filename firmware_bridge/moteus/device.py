"""An ankle driven by one moteus, in the guard's verbs."""

from __future__ import annotations

import math

from ...core.command import LimbState
from ...core.errors import ProfileError
from ..limb import SerialLimb
from ..limits import MOTEUS_ANKLE
from ..serialport import SerialPort
from ..settings import AnkleSettings
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

BAUD = 115_200
"""Of no meaning to a USB adapter; a port wants one."""
MAX_TORQUE_NM = 40.0
"""Ceiling in code; the patient's bound is in the settings."""
TIMED_OUT = 255
"""Our number for `LimbState.fault` when the controller's own watchdog has acted."""
NAMELESS = 254
"""A fault mode without a fault number."""
_PLAUSIBLE_DEG = 360.0
"""An ankle that says it is farther round than this has lost its zero, or the line is not its own."""


class MoteusAnkle(SerialLimb):
    """Position mode, stiffness and torque bounded: an equilibrium that gives way, never limp, never driven.

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
        ProfileError: a setting beyond what is allowed.
    """

    def __init__(self, port: str, settings: AnkleSettings) -> None:
        _check(settings)
        self._settings = settings
        super().__init__(SerialPort(port, BAUD))
        self._lines = Lines()
        self._foreign = 0
        self._answer: Answer | None = None
        self._held: bytes | None = None
        self._ask = encode_send(settings.actuator_id, encode_query(), reply=True)

    @property
    def frames_bad(self) -> int:
        """Damaged lines, refusals of the adapter, and answers that make no sense."""
        return self._lines.bad + self._foreign

    def hold(self, setpoint_deg: tuple[float, ...]) -> bool:
        """A position frame with the patient's stiffness, damping and torque bound, and a watchdog."""
        settings = self._settings
        payload = encode_position(
            PositionCommand(
                position_rev=setpoint_deg[0] / 360.0 * settings.gear,
                velocity_rev_s=0.0,
                kp_scale=settings.stiffness_scale,
                kd_scale=settings.damping_scale,
                max_torque_nm=settings.max_torque_nm,
                watchdog_s=MOTEUS_ANKLE.device_watchdog_s,
            )
        )
        self._held = encode_send(settings.actuator_id, payload, reply=True)
        return self._port.send(self._held)

    def ask(self) -> bool:
        """Ask how it is.

        Once it holds, the same equilibrium is repeated: a query alone would let the watchdog lapse. That
        cannot make it jump: a lapse latches (mode 11), and position frames do nothing there.
        """
        return self._port.send(self._held or self._ask)

    def poll(self, now_s: float) -> LimbState | None:
        """The newest whole reply that has arrived."""
        newest: Answer | None = None
        for text in self._lines.push(self._port.read()):
            if text.startswith("OK"):
                continue
            frame = decode_can(text, "rcv")
            ours = frame is not None and frame[0] >> 8 == self._settings.actuator_id
            answer = decode_answer(frame[1]) if frame is not None and ours else None
            if answer is None or abs(self._joint_deg(answer)) > _PLAUSIBLE_DEG:
                self._foreign += 1
            else:
                self.frames_acked += 1
                newest = answer
        if newest is None:
            return None
        self._answer = newest
        fault = 0
        if newest.mode == Mode.FAULT:
            fault = newest.fault & 0x7F or NAMELESS
        elif newest.mode == Mode.TIMEOUT:
            fault = TIMED_OUT
        return LimbState(
            t_s=now_s,
            position_deg=(self._joint_deg(newest),),
            limiting=(abs(newest.torque_nm) >= 0.98 * self._settings.max_torque_nm,),
            fault=fault,
        )

    def _joint_deg(self, answer: Answer) -> float:
        return answer.position_rev / self._settings.gear * 360.0

    def clear(self) -> None:
        """Leave a latched time-out or fault: one frame that frees the motor, and the next holds it again."""
        if self._answer is not None and self._answer.mode in (Mode.FAULT, Mode.TIMEOUT):
            self._port.send(encode_send(self._settings.actuator_id, encode_stop(), reply=True))

    def leave(self) -> None:
        """Nothing: the controller's own watchdog damps the joint. A stop would leave it limp."""


def _check(settings: AnkleSettings) -> None:
    """Raises ProfileError for a setting beyond what is allowed."""
    rules = (
        ("actuator_id", settings.actuator_id, 1, 126),
        ("stiffness_scale", settings.stiffness_scale, 0.05, 1.0),
        ("damping_scale", settings.damping_scale, 0.1, 1.0),
        ("max_torque_nm", settings.max_torque_nm, 1.0, MAX_TORQUE_NM),
        ("gear (either sign)", abs(settings.gear), 0.1, 200.0),
    )
    for name, value, least, most in rules:
        if not (math.isfinite(value) and least <= value <= most):
            raise ProfileError(f"ankle.{name} = {value}: allowed {least} to {most}")
