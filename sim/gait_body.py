"""What a leg's load cell and gyroscope would feel: standing, walking, sitting.

Our own curves, not a person's. Stance lasts 62 % of a stride, as in level walking; the load has its two humps
of 1.1 body weights, and the shank rolls 75 degrees over the foot and swings forward again, at 200
to 350 deg/s in mid-swing.
"""

from __future__ import annotations

import math
import random

from ..core.errors import ProfileError

GRAVITY_M_S2 = 9.80665
HANGING = -0.02
"""The weight of a foot in the air pulls at its pylon (body weights)."""
_POSTURES = {
    "stand": (0.5, 0.0),  # on both legs
    "sit": (HANGING, 45.0),  # seated, foot lifted and in front
    "rest": (0.12, 5.0),  # seated, foot on the floor
    "lean": (0.22, -10.0),  # seated, leaning forward as before standing up
    "lift": (HANGING, 30.0),  # standing on the other leg, foot in front
    "stretch": (HANGING, 75.0),  # seated, leg held out in front
}
"""name -> (load in body weights, pitch of the shank in degrees)."""
_STANCE, _ROLL_FROM, _SWING_TO = 0.62, 0.05, 0.97
_TOE_OFF = 0.60
_MOST_PITCH_DEG, _EXCURSION_DEG = 25.0, 75.0
_UPRIGHT = (
    _ROLL_FROM + (_TOE_OFF - _ROLL_FROM) * math.acos(1.0 - 2.0 * _MOST_PITCH_DEG / _EXCURSION_DEG) / math.pi
)
_MOVES_DEG_S = 60.0
_LOADS_IN_S = 0.030


class Leg:
    """See the module. `do` what a person does, `step` through time.

    Args:
        weight_kg: of the whole person.
    """

    def __init__(self, weight_kg: float, seed: int = 0) -> None:
        self._weight_n = weight_kg * GRAVITY_M_S2
        self._rng = random.Random(seed)  # noqa: S311 - noise, not a secret
        self._share, self._target_share = 0.5, 0.5
        self._pitch_deg = self._target_deg = 0.0
        self._stride_s = 0.0
        self._stride = 0.0
        self._t_s = 0.0
        self.doing = "stand"
        self.load_n = self.rate_deg_s = self.pitch_deg = 0.0
        self.step(0.0)

    def do(self, what: str) -> None:
        """ "walk CADENCE" (steps a minute), "load SHARE" (stands so), or a name of a posture.

        Raises:
            ProfileError: nothing that a leg can do.
        """
        name, _, value = what.partition(" ")
        try:
            number = float(value) if value else math.nan
        except ValueError:
            number = math.nan
        if name in _POSTURES and not value:
            self._target_share, self._target_deg = _POSTURES[name]
            self._stride_s = 0.0
        elif name == "load" and math.isfinite(number):
            self._target_share, self._target_deg, self._stride_s = number, 0.0, 0.0
        elif name == "walk" and 20.0 <= number <= 200.0:
            if not self._stride_s:
                self._stride = _UPRIGHT
            self._stride_s = 120.0 / number
        else:
            allowed = ", ".join((*_POSTURES, "load SHARE", "walk 20 to 200"))
            raise ProfileError(f"a virtual leg cannot {what!r}; allowed: {allowed}")
        self.doing = name

    def step(self, dt_s: float) -> None:
        """Let time pass; `load_n`, `rate_deg_s` and `pitch_deg` follow."""
        self._t_s += dt_s
        if self._stride_s:
            self._stride = (self._stride + dt_s / self._stride_s) % 1.0
            self._share = walking_share(self._stride)
            self._pitch_deg, rate_deg_s = walking_pitch(self._stride, self._stride_s)
        else:
            self._share += (self._target_share - self._share) * min(1.0, dt_s / _LOADS_IN_S)
            missing_deg = self._target_deg - self._pitch_deg
            moved_deg = min(max(missing_deg, -_MOVES_DEG_S * dt_s), _MOVES_DEG_S * dt_s)
            self._pitch_deg += moved_deg
            rate_deg_s = moved_deg / dt_s if dt_s else 0.0
            rate_deg_s += 1.5 * math.sin(math.pi * self._t_s)
        noise = self._rng.gauss
        self.load_n = self._share * self._weight_n + noise(0.0, 0.5)
        self.rate_deg_s = rate_deg_s + noise(0.0, 0.3)
        self.pitch_deg = self._pitch_deg + noise(0.0, 0.05)

    @property
    def share(self) -> float:
        """What the leg really bears, in body weights."""
        return self._share


def walking_share(stride: float) -> float:
    """Load in body weights at a share of the stride; 0 is heel strike."""
    if stride >= _STANCE:
        return HANGING
    stance = math.pi * stride / _STANCE
    return max(HANGING, 1.15 * (math.sin(stance) + 0.36 * math.sin(3.0 * stance)))


def walking_pitch(stride: float, stride_s: float) -> tuple[float, float]:
    """Pitch of the shank and its rate at a share of the stride."""
    if stride < _ROLL_FROM or stride >= _SWING_TO:
        return _MOST_PITCH_DEG, 0.0
    if stride < _TOE_OFF:
        start_deg, excursion_deg, since, lasts = (
            _MOST_PITCH_DEG,
            -_EXCURSION_DEG,
            _ROLL_FROM,
            _TOE_OFF - _ROLL_FROM,
        )
    else:
        start_deg, excursion_deg = _MOST_PITCH_DEG - _EXCURSION_DEG, _EXCURSION_DEG
        since, lasts = _TOE_OFF, _SWING_TO - _TOE_OFF
    angle = math.pi * (stride - since) / lasts
    pitch_deg = start_deg + excursion_deg * (1.0 - math.cos(angle)) / 2.0
    return pitch_deg, excursion_deg * math.pi / (2.0 * lasts * stride_s) * math.sin(angle)
