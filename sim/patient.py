"""A simulated patient: excitation of the muscles in, surface EMG out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..core.chunk import MICROVOLT
from ..core.errors import ProfileError
from .anatomy import Body
from .motor_units import make_pool

Floats = NDArray[np.float64]

_INNER_HZ = 1000
_NOISE_UV = 3.0
"""RMS of electrode and amplifier; good wet electrodes have 2 to 4."""
_MAINS_UV = 1.0
_JITTERS = 1024
"""Length of each unit's list of firing jitters, used round and round."""
_JITTER_SPREAD = 0.14
"""Of a mean interval. Two neighbours' jitters make intervals' coefficient of variation 0.2."""
_SINC3 = np.convolve(np.convolve(np.ones(4), np.ones(4)), np.ones(4)) / 64
"""The ADS1299's decimation filter (sinc3) from 1 kHz to 250 Hz: -3 dB at 65 Hz (data sheet, 9.3.2)."""
RATES_HZ = (250.0, 1000.0)


class Patient:
    """Seeded and streaming: the same excitation gives the same EMG to the last bit, however it is cut.

    Args:
        body: whose muscles.
        rate_hz: 1000, or 250 as a Cyton measures it.
        seed: of everything random.
        mains_hz: 50 or 60.

    Raises:
        ProfileError: another rate.
    """

    def __init__(self, body: Body, rate_hz: float = 1000.0, seed: int = 1, mains_hz: int = 50) -> None:
        if rate_hz not in RATES_HZ:
            raise ProfileError(f"simulated patient at {rate_hz:g} Hz; allowed: 250 or 1000")
        self.body = body
        self.channels = body.channels
        self.rate_hz = rate_hz
        self.unit = MICROVOLT
        made, spread, self._noise = (np.random.default_rng([seed, part]) for part in range(3))
        self._pool = make_pool(body, _INNER_HZ, made)
        units, self._length, channels = self._pool.potentials.shape
        self._phase: Floats = np.asarray(made.uniform(0.0, 1.0, units))
        jitter = 0.5 + np.clip(spread.normal(0.0, _JITTER_SPREAD, (units, _JITTERS)), -0.45, 0.45)
        self._jitter = jitter.ravel()
        self._first_jitter = np.arange(units) * _JITTERS
        self._fired = self._count(self._phase)
        # One period of the hum, so that a sample's hum depends on its index alone.
        period = _INNER_HZ // math.gcd(_INNER_HZ, mains_hz)
        t_s = np.arange(period) / _INNER_HZ
        strength = _MAINS_UV * np.sqrt(2) * made.uniform(0.5, 1.5, channels)
        turn = made.uniform(0.0, 2 * np.pi, channels)
        self._hum = strength * np.sin(2 * np.pi * mains_hz * t_s[:, None] + turn)
        self._index = 0
        self._tail = np.zeros((self._length, channels), np.float32)
        self._decimate = round(_INNER_HZ / rate_hz)
        self._before = np.zeros((len(_SINC3) - 1, channels))

    def step(self, n: int, excitation: Floats) -> NDArray[np.float32]:
        """The next `n` samples [n, channels], microvolts.

        Args:
            n: how many.
            excitation: [n, muscles] or [muscles], 0 (none) to 1 (all there is).
        """
        inner = np.broadcast_to(excitation, (n, len(self.body.muscles)))
        if self._decimate == 1:
            return self._inner(inner).astype(np.float32)
        raw = self._inner(np.repeat(inner, self._decimate, axis=0))
        padded = np.concatenate([self._before, raw])
        self._before = padded[len(raw) :]
        out = np.zeros((n, raw.shape[1]))
        for delay, weight in enumerate(_SINC3):
            out += weight * padded[delay + self._decimate - 1 :: self._decimate][:n]
        return out.astype(np.float32)

    def _inner(self, excitation: Floats) -> Floats:
        n = len(excitation)
        sum_uv = np.zeros((n + self._length, self._tail.shape[1]), np.float32)
        sum_uv[: self._length] = self._tail
        if excitation.any():
            for row, unit in zip(*(found.tolist() for found in self._firings(excitation)), strict=True):
                sum_uv[row : row + self._length] += self._pool.potentials[unit]
        self._tail = sum_uv[n:].copy()
        hum = self._hum[(self._index + np.arange(n)) % len(self._hum)]
        self._index += n
        noise: Floats = self._noise.standard_normal(hum.shape)
        total: Floats = sum_uv[:n] + hum + _NOISE_UV * noise
        return total

    def _firings(self, excitation: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(row, unit) of each firing, rows ascending.

        Each unit's phase grows by one a mean interval; it fires when the phase passes the next whole number
        plus that firing's jitter. A running sum in order makes this the same for any chunking.
        """
        steps = self._pool.rates_hz(excitation) / _INNER_HZ
        phase: Floats = np.cumsum(np.concatenate([self._phase[None], steps]), axis=0)[1:]
        self._phase = phase[-1]
        count = self._count(phase)
        before = np.concatenate([self._fired[None], count[:-1]])
        self._fired = count[-1]
        rows, units = np.nonzero(count > before)
        return rows, units

    def _count(self, phase: Floats) -> NDArray[np.int64]:
        whole = np.floor(phase).astype(np.int64)
        fired: NDArray[np.int64] = whole + (
            phase - whole >= self._jitter[self._first_jitter + whole % _JITTERS]
        )
        return fired
