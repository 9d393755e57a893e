"""What a hand's drives do once something is touched: press less, halt, and hold without being driven.

Only looked at while there are contacts or a drive is halted: a hand in empty air costs nothing here. A halted
drive stays so until it is asked to go back, even if what it met is gone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .hand import FEELERS, FINGERS
from .motors import MOTORS
from .parts import LOCK

if TYPE_CHECKING:
    import mujoco

_STILL_RAD_S, _STALL_S = math.radians(5.0), 0.020
"""What counts as "does not move", and for how long; ours, as `sim.fingers`."""
_THERE_RAD, _ASKED_RAD = math.radians(0.5), math.radians(0.02)
"""A drive that is this close, and whose set-point has moved no farther, is not driven."""
_PUSHED_RAD_S = math.radians(1.0)


class Touching:
    """The self-locking drives of a limb. Arrays [fingers] are of those joints, in the limb's order.

    Attributes:
        busy: something is touched, or was until just now, or a drive is halted.

    Args:
        model: its actuators and locks have the joints' names.
        joints: those with gears that hold.
    """

    def __init__(self, model: mujoco.MjModel, joints: tuple[str, ...]) -> None:
        motors = [MOTORS[name] for name in joints]
        self._range = model.actuator_forcerange
        self._coefficients = model.eq_data
        self._actuator = np.array([int(model.actuator(name).id) for name in joints], int)
        self._at = np.array([int(model.joint(name).qposadr[0]) for name in joints], int)
        self._speed_at = np.array([int(model.joint(name).dofadr[0]) for name in joints], int)
        self._lock = np.array([int(model.equality(LOCK.format(name)).id) for name in joints], int)
        self._stall = np.array([motor.stall_nm for motor in motors])
        self._gentle = np.array([motor.stall_nm * motor.contact for motor in motors])
        self._stiffness = np.array([motor.stiffness_nm_rad for motor in motors])
        self._halts = self._gentle < self._stall
        self.closing = np.array([-1.0 if name == "thumb_rotator" else 1.0 for name in joints])
        belongs = {name: f"{name} " for name in FINGERS} | {"thumb_flexor": "thumb "}
        self._feels = np.array(
            [[float(feeler.startswith(belongs.get(name, "-"))) for feeler in FEELERS] for name in joints]
        )
        self._stalled_s, self._wanted = np.zeros(len(joints)), np.zeros(len(joints))
        self.halted = np.zeros(len(joints), bool)
        self.locked = np.zeros(len(joints), bool)
        self.busy = False

    def never_halt(self) -> None:
        """Press with the whole torque: of hands that bound their force in another way."""
        self._gentle = self._stall
        self._halts[:] = False

    def force_n(self, data: mujoco.MjData) -> NDArray[np.float64]:
        """What each finger presses with."""
        found: NDArray[np.float64] = self._feels @ data.sensordata
        return found

    def rest(self, data: mujoco.MjData) -> None:
        """Nothing is touched."""
        self._stalled_s[:] = 0.0
        self.halted[:] = self.locked[:] = False
        data.eq_active[self._lock] = 0
        self._range[self._actuator, 0], self._range[self._actuator, 1] = -self._stall, self._stall
        self.busy = False

    def look(self, data: mujoco.MjData, wanted: NDArray[np.float64], dt_s: float) -> None:
        """Before time passes: bound, halt and lock the drives.

        Args:
            wanted: [fingers] angle that each control stands for, rad.
        """
        if not data.ncon and not (self.busy and self.halted.any()):
            if self.busy:
                self.rest(data)
            return
        self.busy = True
        at, speed = data.qpos[self._at], data.qvel[self._speed_at]
        touches = self.force_n(data) > 0.0
        left = wanted - at
        closing = left * self.closing
        self.halted &= closing >= 0.0
        pressing = touches & self._halts & (closing > 0.0)
        bound = np.where(pressing | self.halted, self._gentle, self._stall)
        driven = np.minimum(np.abs(left) * self._stiffness, self._stall) >= 0.999 * self._gentle
        stalled = pressing & driven & (np.abs(speed) < _STILL_RAD_S)
        self._stalled_s = np.where(stalled, self._stalled_s + dt_s, 0.0)
        self.halted |= self._stalled_s >= _STALL_S
        # The rotator feels nothing itself: it holds whenever the thumb, or anything, touches.
        still = (np.abs(left) < _THERE_RAD) & (np.abs(wanted - self._wanted) < _ASKED_RAD)
        self._wanted = wanted
        pushed = (speed * left < 0.0) & (np.abs(speed) > _PUSHED_RAD_S) & touches & ~pressing
        lock = self.halted | ((still | pushed) & (touches | ~self._halts))
        fresh = lock & ~self.locked
        if fresh.any():
            self._coefficients[self._lock[fresh], 0] = at[fresh]
        if (lock != self.locked).any():
            data.eq_active[self._lock] = lock
        self.locked = lock
        self._range[self._actuator, 0] = np.where(self.closing > 0.0, -self._stall, -bound)
        self._range[self._actuator, 1] = np.where(self.closing > 0.0, bound, self._stall)
