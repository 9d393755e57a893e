"""What else electrodes pick up: mains, the heart, motion, and neighbours."""

from __future__ import annotations

import numpy as np

from ...core.errors import ProfileError
from .course import Course
from .disturbance import Disturbance, Floats, Place, Samples
from .waves import Hum, SlowNoise

_WAVES = (
    (-0.20, 0.12, 0.025),
    (-0.025, -0.12, 0.010),
    (0.0, 1.0, 0.011),
    (0.03, -0.25, 0.012),
    (0.25, 0.3, 0.05),
)
"""P, Q, R, S, T: when after the R wave (s), how high beside it, how wide (s): a sum of bells as McSharry et
al. (IEEE Trans Biomed Eng 2003;50:289) make one; the numbers are ours."""
_BEAT_S, _BEAT_SPREAD = 0.86, 0.05
"""70 beats a minute, which vary by 5 %. Ours."""
_SPAN_S = 0.5
_MOTION_HZ = 6.0
"""Motion artefacts lie below 20 Hz (De Luca et al., J Biomech 2010, 10.1016/j.jbiomech.2010.01.027)."""
_UNEVEN = (0.4, 1.6)


class Mains(Disturbance):
    """Hum of so many microvolts RMS, beside the little that is always there."""

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        self._hum = Hum(place, len(place.body.channels))

    def measure(self, samples: Samples, t_s: float) -> Samples:
        """See `Disturbance`."""
        wave = self._hum.next(len(samples)) * self.at.chosen
        made: Samples = samples + (max(self.amount.at(t_s), 0.0) * wave).astype(np.float32)
        return made


class Heart(Disturbance):
    """An R wave of so many microvolts, at sites on the chest (Zhou and Kuiken, Physiol Meas 2006;27:1227).

    Raises:
        ProfileError: a body whose electrodes are not on the chest.
    """

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        if place.body.level != "shoulder":
            raise ProfileError(f"disturbance ecg at level {place.body.level}; allowed: shoulder")
        n = len(place.body.channels)
        # The heart's field is wide: neighbours see it alike, pairs along and across it see less.
        self._share = place.person.uniform(0.3, 1.0, n) * place.chosen * place.person.choice([-1.0, 1.0])
        self._rng = np.random.default_rng(place.session.integers(2**63))
        self._beats = [0.3]
        self._index = 0

    def measure(self, samples: Samples, t_s: float) -> Samples:
        """See `Disturbance`."""
        t = (self._index + np.arange(len(samples))) / self.at.rate_hz
        self._index += len(samples)
        while self._beats[-1] < t[-1] + _SPAN_S:
            after_s = _BEAT_S * (1.0 + _BEAT_SPREAD * float(np.clip(self._rng.standard_normal(), -3.0, 3.0)))
            self._beats.append(self._beats[-1] + after_s)
        while self._beats[0] < t[0] - _SPAN_S:
            self._beats.pop(0)
        wave = np.zeros(len(t))
        for beat in self._beats:
            for at, height, width in _WAVES:
                wave += height * np.exp(-0.5 * ((t - beat - at) / width) ** 2)
        seen = max(self.amount.at(t_s), 0.0) * wave[:, None] * self._share
        made: Samples = samples + seen.astype(np.float32)
        return made


class Motion(Disturbance):
    """Skin and cables that move: slow swings of so many microvolts RMS, partly alike on all channels."""

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        n = len(place.body.channels)
        self._share = place.session.uniform(*_UNEVEN, n) * place.session.choice([-1.0, 1.0], n) * place.chosen
        self._common, self._own = SlowNoise(place, 1, _MOTION_HZ), SlowNoise(place, n, _MOTION_HZ)

    def measure(self, samples: Samples, t_s: float) -> Samples:
        """See `Disturbance`."""
        swing = (0.8 * self._common.next(len(samples)) + 0.6 * self._own.next(len(samples))) * self._share
        made: Samples = samples + (max(self.amount.at(t_s), 0.0) * swing).astype(np.float32)
        return made


class Crosstalk(Disturbance):
    """Each channel also sees so large a share of its neighbours' sum: wet skin between pairs conducts."""

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        self._next_to: Floats = np.multiply(_neighbours(place), place.chosen[None, :])

    def measure(self, samples: Samples, t_s: float) -> Samples:
        """See `Disturbance`."""
        share = max(self.amount.at(t_s), 0.0)
        made: Samples = (samples + share * (samples @ self._next_to)).astype(np.float32)
        return made


def _neighbours(place: Place) -> Floats:
    """[ch, ch] 1 where the row's channel is one of the two that lie nearest the column's."""
    body = place.body
    across, along = body.montage.poles(body.radius_mm)
    centre = np.column_stack([across, along.mean(axis=1)]).astype(np.float64)
    apart = np.linalg.norm(centre[:, None] - centre[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    near: Floats = np.zeros(apart.shape)
    count = min(2, len(apart) - 1)
    for channel in range(len(apart)):
        near[np.argsort(apart[:, channel], kind="stable")[:count], channel] = 1.0
    return near
