"""What the turning of a shank tells: whether it moves, whether it swings, whether the leg is held up. Pure.

In walking the shank's pitch rate is negative while it rolls over the foot on the ground, most so at toe-off,
and has one large positive peak, mid-swing (Salarian et al. 2004, doi 10.1109/TBME.2004.827933; peaks of 200
to 300 deg/s in Aminian et al. 2002, doi 10.1016/S0021-9290(02)00008-8). Nothing else here is theirs: the
thresholds are ours, chosen so that what is not surely swing is not swing.
"""

from __future__ import annotations

import math

STALE_S = 0.045
"""A sample older than this says nothing. With one heartbeat of the guard on top: closed within 60 ms."""
FROZEN_TURNING_S = 0.100
"""The same bits for so long are no gyroscope's: its noise alone changes them at every sample."""
MOVED_DEG_S = 20.0
"""A shank that turns faster than this is moved; one that stands and sways turns slower than 10 deg/s."""
ROLLED_BEFORE_S = 0.6
"""Swing begins with toe-off: the shank turned backwards so shortly before."""
SURE_S = 0.010
LONGEST_SWING_S = 0.5
"""Mid-swing above the threshold is shorter; what lasts longer is something else."""
HELD_UP_DEG, HELD_UP_S = 60.0, 0.5
"""A leg held out in front like this bears nobody. At heel strike the shank is at about 25 deg, no more."""
_DRIFT_DEG = 20.0
"""How far the gyroscope may have turned until a pitch that says it is still held up is not believed."""
_MOST_DEG_S, _MOST_DEG = 1500.0, 200.0
STRIDES_WITHIN_S = 6.0
"""Three strides of a slow walk."""


class Shank:
    """Takes samples, in time order, and answers for any point in time after the last one.

    Args:
        swing_deg_s: faster forward than this is mid-swing.
    """

    def __init__(self, swing_deg_s: float) -> None:
        self._swing_deg_s = swing_deg_s
        self.heard = False
        """A board has said something about the shank since it was plugged in."""
        self.t_moved_s = -math.inf
        """When it last turned faster than `MOVED_DEG_S`."""
        self.t_forward_s = -math.inf
        """When it last turned forwards so fast, if it has not turned backwards so fast since."""
        self._strides: list[float] = []
        self._clear()

    def _clear(self) -> None:
        """Nothing is known any more."""
        self._t_s = -math.inf
        self._known = False
        self._last_deg_s, self._same_s = math.nan, math.inf
        self._t_rolled_s = -math.inf
        self._forward_s = math.inf
        self._swings = False
        self.t_forward_s = -math.inf
        self._held_up_s = math.inf
        self._turned_deg = 0.0

    def forget(self) -> None:
        """The board was unplugged, or has started again."""
        self.heard, self._strides = False, []
        self._clear()

    def hear(self, t_s: float, rate_deg_s: float, pitch_deg: float) -> None:
        """One sample."""
        self.heard = True
        if t_s - self._t_s > STALE_S:
            self._clear()
        # Not a number fails every comparison, and so it fails this.
        plausible = abs(rate_deg_s) <= _MOST_DEG_S and abs(pitch_deg) <= _MOST_DEG
        if rate_deg_s != self._last_deg_s:
            self._last_deg_s, self._same_s = rate_deg_s, t_s
        if not plausible or t_s - self._same_s > FROZEN_TURNING_S:
            last_deg_s, same_s = self._last_deg_s, self._same_s
            self._clear()
            self._last_deg_s, self._same_s = last_deg_s, same_s
            self._t_s = t_s
            return
        dt_s = max(0.0, t_s - self._t_s) if self._known else 0.0
        self._t_s, self._known = t_s, True
        if abs(rate_deg_s) >= MOVED_DEG_S:
            self.t_moved_s = t_s
            self.t_forward_s = t_s if rate_deg_s > 0.0 else -math.inf
        self._follow_swing(t_s, rate_deg_s)
        self._follow_pitch(t_s, pitch_deg, rate_deg_s * dt_s)

    def _follow_swing(self, t_s: float, rate_deg_s: float) -> None:
        if rate_deg_s <= -MOVED_DEG_S:
            self._t_rolled_s = t_s
        if rate_deg_s <= self._swing_deg_s:
            self._forward_s = math.inf
            return
        if self._forward_s == math.inf:
            self._forward_s = t_s
            self._swings = t_s - self._t_rolled_s <= ROLLED_BEFORE_S
            self._t_rolled_s = -math.inf  # one toe-off, one swing
            if self._swings:
                self._strides = [s for s in self._strides if t_s - s <= STRIDES_WITHIN_S] + [t_s]

    def _follow_pitch(self, t_s: float, pitch_deg: float, turned_deg: float) -> None:
        if pitch_deg < HELD_UP_DEG:
            self._held_up_s = math.inf
        elif self._held_up_s == math.inf:
            self._held_up_s, self._turned_deg = t_s, 0.0
        else:
            self._turned_deg += turned_deg

    def known(self, now_s: float) -> bool:
        """True while the newest sample is fresh and makes sense."""
        return self._known and now_s - self._t_s <= STALE_S

    def swing_s(self, now_s: float) -> float:
        """For how long it has been in mid-swing; 0 when it is not surely there."""
        forward_s = self._t_s - self._forward_s  # -inf when it does not turn forwards
        if not self.known(now_s) or not self._swings or forward_s < SURE_S:
            return 0.0
        swung_s = now_s - self._forward_s
        return swung_s if swung_s <= LONGEST_SWING_S else 0.0

    def held_up_s(self, now_s: float) -> float:
        """For how long the leg has been held out in front; 0 when it is not surely so."""
        sure = self._t_s - self._held_up_s >= HELD_UP_S and abs(self._turned_deg) <= _DRIFT_DEG
        return now_s - self._held_up_s if sure and self.known(now_s) else 0.0

    def strides_since(self, t_s: float) -> int:
        """Strides that began after `t_s`, of the last `STRIDES_WITHIN_S` before the newest of them."""
        return sum(1 for stride_s in self._strides if stride_s > t_s)
