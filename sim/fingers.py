"""A joint of the virtual Ability Hand: a self-locking drive that may meet an object. Our model, our numbers.

The vendor publishes no dynamics. What is theirs: a supply of 8.4 V, and halt on collision (ICD v1.8): a
finger that is driven with V_stall (3.0 V) or more and does not move is halted; that direction stays blocked
until it is asked to go back; its status bit is set. Not so the thumb rotator.

The object is a spring behind a surface: force = 2 N per degree that the finger is past it. The drive holds
4 N per volt, and in contact no more than V_stall: a finger that is asked for little presses little, a halted
one with about 12 N.
It is not back-drivable (649:1): an object stops it and does not push it back.
"""

from __future__ import annotations

from dataclasses import dataclass

STEP_S = 0.001
V_STALL_V, SUPPLY_V = 3.0, 8.4
OBJECT_N_DEG = 2.0
DRIVE_N_V = 4.0
_GAIN_1_S = 100.0
"""Position loop: deg/s per degree of error (16 Hz)."""
_FULL_DEG_S = 500.0
"""A finger at full voltage: the quickest grip closes in 0.2 s."""
_V_S_DEG = SUPPLY_V / _FULL_DEG_S
_ACCELERATION_DEG_S2 = 20_000.0
_STALL_DEG_S, _STALL_S = 5.0, 0.020
_RANGE_DEG = 150.0
_A_S_DEG, _A_N = 0.001, 0.8 / (DRIVE_N_V * V_STALL_V)


@dataclass(slots=True)
class Finger:
    """One joint.

    Attributes:
        sign: in which it closes: +1, or -1 of the thumb rotator.
        most_deg_s: its greatest speed.
        halts: on collision.
        halted: True while its closing is blocked.
        force_n: what it presses with.
    """

    sign: float
    most_deg_s: float
    halts: bool
    position_deg: float
    velocity_deg_s: float = 0.0
    force_n: float = 0.0
    halted: bool = False
    _stalled_s: float = 0.0

    def step(
        self, target_deg: float, rate_deg_s: float, velocity_deg_s: float | None, surface_deg: float | None
    ) -> None:
        """Move on by 1 ms.

        Args:
            target_deg, rate_deg_s: where to, how fast at most.
            velocity_deg_s: drive at this instead; None for a position.
            surface_deg: where an object begins; None for none.
        """
        towards = (target_deg - self.position_deg) * _GAIN_1_S
        asked = towards if velocity_deg_s is None else velocity_deg_s
        closing = asked * self.sign
        if self.halted and closing >= 0.0:
            self.velocity_deg_s = 0.0
            return
        self.halted = False
        wanted = min(max(asked, -rate_deg_s), rate_deg_s)
        if self.force_n > 0.0 and closing > 0.0:
            against = self.force_n / DRIVE_N_V / _V_S_DEG
            most = V_STALL_V / _V_S_DEG if self.halts else _FULL_DEG_S
            wanted = max(min(abs(wanted), most) - against, 0.0) * self.sign
        change = _ACCELERATION_DEG_S2 * STEP_S
        self.velocity_deg_s += min(max(wanted - self.velocity_deg_s, -change), change)
        self._move_to(self.position_deg + self.velocity_deg_s * STEP_S)
        self.press(surface_deg)
        self._notice_stall(min(closing * _V_S_DEG, SUPPLY_V))

    def jump(self, target_deg: float, surface_deg: float | None) -> None:
        """Be there at once, or as far into an object as a halted finger gets."""
        deepest_deg = DRIVE_N_V * V_STALL_V / OBJECT_N_DEG
        self.halted = surface_deg is not None and target_deg > surface_deg + deepest_deg
        if surface_deg is not None:
            target_deg = min(target_deg, surface_deg + deepest_deg)
        self._move_to(target_deg)
        self.velocity_deg_s = 0.0
        self.press(surface_deg)

    def press(self, surface_deg: float | None) -> None:
        """Force of the object on the finger."""
        past_deg = self.position_deg - surface_deg if surface_deg is not None else 0.0
        self.force_n = max(past_deg, 0.0) * OBJECT_N_DEG

    @property
    def current_a(self) -> float:
        """Of its motor: a little for speed, more for force."""
        return self.velocity_deg_s * _A_S_DEG + self.sign * self.force_n * _A_N

    def _move_to(self, deg: float) -> None:
        inside = min(max(deg * self.sign, 0.0), _RANGE_DEG) * self.sign
        if inside != deg:
            self.velocity_deg_s = 0.0
        self.position_deg = inside

    def _notice_stall(self, drive_v: float) -> None:
        pushing = self.halts and self.force_n > 0.0 and drive_v >= V_STALL_V
        still = abs(self.velocity_deg_s) < _STALL_DEG_S
        self._stalled_s = self._stalled_s + STEP_S if pushing and still else 0.0
        if self._stalled_s >= _STALL_S:
            self.halted, self.velocity_deg_s, self._stalled_s = True, 0.0, 0.0
