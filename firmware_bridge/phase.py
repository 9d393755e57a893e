"""Loaded, unloaded or not known, and what follows from it for a leg. Pure: samples in, answers out.

With a load cell ("load"). Shares are of the patient's body weight.

- Known: the newest load is younger than `STALE_S`, finite, above minus `unloaded_share` and below
  `MOST_SHARE`, not frozen; the cell has proved that it works (it has shown `loaded_share` since it was last
  doubted for `UNKNOWN_ENDS_S`, and no three strides were made without); a load below minus `unloaded_share`
  has been made good by a swing that read about zero (without a gyroscope: by `loaded_share`); and a board
  that has told of the shank still does. Anything else is LOAD_UNKNOWN.
- Unloaded (swing): below `unloaded_share` for `OPENS_AFTER_S` without a break, and the last turn of the shank
  that deserves the name (`shank.MOVED_DEG_S`) was forwards, in that time. In stance it turns backwards: so a
  cell whose zero drifts, or whose cable breaks, opens nothing by that. It ends with the first sample at or
  above `unloaded_share`, and with a turn backwards.
- Seated: a person said so after `SIT_AFTER_S` unloaded. Then the threshold is half-way between the two shares
  and the shank may turn as it likes. The first sample of `loaded_share`, `UNKNOWN_ENDS_S` of not knowing, or
  three strides end it.

With a gyroscope alone ("imu"). Unloaded only in mid-swing (`shank.swing_s`); all else counts as loaded. A leg
held out in front (`shank.held_up_s`) carries no weight either: a person may arm, muscle signals still move
nothing. Nobody can sit: nobody would know when they stand up.

Shares of a seated person's foot on the floor: 5.5 to 24.9 % of body weight by posture, 6.6 % sitting back,
21.9 % leaning forward as before standing up, in 36 people (lawdata.com.tw/tw/detail.aspx?no=529600).
"""

from __future__ import annotations

import math
from enum import IntEnum

from ..core.errors import ProfileError, RequestError
from ..core.state import SENTENCE, Reason
from .settings import GaitSettings
from .shank import STALE_S, Shank

GRAVITY_M_S2 = 9.80665
MOST_SHARE = 5.0
"""Landing from a jump puts less than five body weights on a leg; more is a broken cell."""
OPENS_AFTER_S = 0.040
"""Longer than the dip after a heel's impact, a tenth of a swing."""
UNKNOWN_ENDS_S = 0.5
SIT_AFTER_S = 5.0
FROZEN_S, FROZEN_MOVING_S = 0.5, 0.100
"""The same bits for so long are no load cell's; sooner when the shank moves and so the load must change."""
UNPROVED_STRIDES = 3
_SENSORS = ("load", "imu")


class Phase(IntEnum):
    """Where in the gait cycle this leg is, as far as it matters here."""

    UNKNOWN = 0
    STANCE = 1
    SWING = 2


def check(settings: GaitSettings) -> None:
    """Whether a leg can be guarded by these.

    Raises:
        ProfileError: names the key, the value and what is allowed.
    """
    rules = (
        ("body_weight_kg", settings.body_weight_kg, 20.0, 300.0),
        ("unloaded_share", settings.unloaded_share, 0.02, 0.25),
        ("loaded_share", settings.loaded_share, 0.05, 0.50),
        ("swing_deg_s", settings.swing_deg_s, 30.0, 400.0),
    )
    for key, value, least, most in rules:
        if not (math.isfinite(value) and least <= value <= most):
            raise ProfileError(
                f"safety.gait.{key} = {value:g}: allowed {least:g} to {most:g}, the patient's own"
            )
    if not settings.unloaded_share < settings.loaded_share:
        raise ProfileError(
            f"safety.gait.unloaded_share = {settings.unloaded_share:g}: "
            f"must be below loaded_share = {settings.loaded_share:g}"
        )
    if settings.sensor not in _SENSORS:
        raise ProfileError(f"safety.gait.sensor = {settings.sensor!r}: allowed {', '.join(_SENSORS)}")


class LegPhase:
    """See the module. Samples come in time order; times are the guard's.

    Raises:
        ProfileError: see `check`.
    """

    def __init__(self, settings: GaitSettings) -> None:
        check(settings)
        self._weight_n = settings.body_weight_kg * GRAVITY_M_S2
        self._unloaded, self._loaded = settings.unloaded_share, settings.loaded_share
        self._by_load = settings.sensor == "load"
        self.shank = Shank(settings.swing_deg_s)
        self.seated = False
        """A person said so, and nothing has contradicted it."""
        self.share = math.nan
        """The newest load that makes sense, in body weights."""
        self._clear()

    def _clear(self) -> None:
        self._t_s = self._t_sound_s = -math.inf
        self._known = False
        self._known_s = self._below_s = math.inf
        self._last_n, self._same_s = math.nan, math.inf
        self._zero_low = False
        self._t_proved_s = -math.inf

    def forget(self) -> None:
        """The board was unplugged, or has started again: nothing it said counts any more."""
        self.seated = False
        self._clear()
        self.shank.forget()

    # -- samples --------------------------------------------------------------------------------------------

    def hear_shank(self, t_s: float, rate_deg_s: float, pitch_deg: float) -> None:
        """One sample of the gyroscope."""
        self.shank.hear(t_s, rate_deg_s, pitch_deg)
        if self.shank.strides_since(self._t_proved_s) >= UNPROVED_STRIDES:
            # Somebody walks, and the load cell has not noticed: it is broken, or its cable is.
            self.seated, self._t_proved_s = False, -math.inf

    def hear_load(self, t_s: float, load_n: float) -> None:
        """One sample of the load cell."""
        self.look(t_s)
        share = load_n / self._weight_n
        if load_n != self._last_n:
            self._last_n, self._same_s = load_n, t_s
        moving = self.shank.t_moved_s > self._same_s
        frozen = t_s - self._same_s > (FROZEN_MOVING_S if moving else FROZEN_S)
        # Not a number fails every comparison, and so it fails this.
        if not -self._unloaded <= share <= MOST_SHARE or frozen:
            self._known, self._known_s, self._below_s = False, math.inf, math.inf
            self._zero_low = self._zero_low or share < -self._unloaded
            return
        if not self._known or t_s - self._t_s > STALE_S:
            self._known, self._known_s, self._below_s = True, t_s, math.inf
        self._t_s, self.share = t_s, share
        if t_s - self._known_s >= OPENS_AFTER_S:
            self._t_sound_s = t_s
        if share >= self._loaded:
            self.seated = False
            self._t_proved_s = t_s
            self._zero_low = self._zero_low and self.shank.heard
        elif share < self._unloaded and self.shank.swing_s(t_s) > 0.0:
            self._zero_low = False
        if share >= self._threshold:
            self._below_s = math.inf
        elif self._below_s == math.inf:
            self._below_s = t_s

    def look(self, now_s: float) -> None:
        """What follows from time alone: who has not known for long knows nothing any more."""
        if now_s - self._t_sound_s > UNKNOWN_ENDS_S:
            self.seated, self._t_proved_s = False, -math.inf

    @property
    def _threshold(self) -> float:
        return (self._unloaded + self._loaded) / 2.0 if self.seated else self._unloaded

    # -- answers --------------------------------------------------------------------------------------------

    def closed(self, now_s: float) -> Reason:
        """Why muscle signals may not move the leg now; NONE when they may. See the module."""
        if not self._by_load:
            if not self.shank.known(now_s):
                return Reason.LOAD_UNKNOWN
            return Reason.NONE if self.shank.swing_s(now_s) > 0.0 else Reason.LOADED
        if not self._load_known(now_s):
            return Reason.LOAD_UNKNOWN
        return Reason.NONE if self.unloaded_s(now_s) > 0.0 else Reason.LOADED

    def unloaded_s(self, now_s: float) -> float:
        """For how long there has been no weight on the leg; 0 with weight, and while that is not known."""
        if not self._by_load:
            return max(self.shank.swing_s(now_s), self.shank.held_up_s(now_s))
        if not self._load_known(now_s) or self._t_s - self._below_s < OPENS_AFTER_S:
            return 0.0
        if not self.seated and self.shank.heard and self.shank.t_forward_s < self._below_s:
            return 0.0
        return now_s - self._below_s

    def phase(self, now_s: float) -> Phase:
        """Where in the gait cycle it is."""
        match self.closed(now_s):
            case Reason.NONE:
                return Phase.SWING
            case Reason.LOADED:
                return Phase.STANCE
            case _:
                return Phase.UNKNOWN

    def _load_known(self, now_s: float) -> bool:
        fresh = self._known and now_s - self._t_s <= STALE_S and self._t_proved_s > -math.inf
        fresh = fresh and not self._zero_low
        return fresh and (not self.shank.heard or self.shank.known(now_s))

    # -- what people say ------------------------------------------------------------------------------------

    def sit(self, now_s: float) -> None:
        """The person says that they sit.

        Raises:
            RequestError: there is or was weight on the leg, or nobody knows.
        """
        if not self._by_load:
            raise RequestError("cannot sit: without a load cell nobody knows when you stand up")
        self.look(now_s)
        unloaded_s = self.unloaded_s(now_s)
        if unloaded_s < SIT_AFTER_S:
            why = self.closed(now_s) or Reason.LOADED
            told = f"{unloaded_s:.1f} s without weight so far" if unloaded_s else SENTENCE[why]
            raise RequestError(f"cannot sit: {told}", f"lift the foot off the floor for {SIT_AFTER_S:g} s")
        self.seated = True

    def stand(self) -> None:
        """The person is about to stand."""
        if self.seated:
            self.seated = False
            self._below_s = math.inf
