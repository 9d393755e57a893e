"""Causal filters with state, run one increment at a time as a single matrix product.

A cascade of second-order sections is a linear system, so for a fixed block of L samples its outputs and its
next state are one matrix times (state, inputs). One product per increment costs the same few microseconds
for any filter order, and gives the same bits whatever the chunking.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...core.errors import BundleError

Sos = tuple[tuple[float, float, float, float, float, float], ...]
"""Second-order sections (b0, b1, b2, a0 = 1, a1, a2), as `scipy.signal` writes them."""

LOW_HZ = 20.0
HIGH_HZ = 450.0
"""Band of surface EMG: movement artefacts lie below 20 Hz, little EMG above 450 Hz (SENIAM; De Luca 2010)."""
ORDER = 2
"""Steep enough against motion and gentle on delay; order 4 scored lower on all of our recordings."""


def band_hz(rate_hz: float) -> tuple[float, float | None]:
    """(high-pass, low-pass or None): below 1 kHz there is nothing above the band that a filter could
    remove."""
    return LOW_HZ, (HIGH_HZ if rate_hz >= 1000.0 else None)


def design_sos(rate_hz: float, notch_hz: float | None = None, order: int = ORDER) -> Sos:
    """Butterworth filter for this rate; with `notch_hz`, also a notch (Q = 30) there. Training only: needs
    scipy.

    Args:
        rate_hz: samples per second.
        notch_hz: mains frequency to cut out; None (the default) keeps what EMG lies there.
        order: of the low-pass prototype.
    """
    from scipy import signal

    low, high = band_hz(rate_hz)
    edges, kind = (low, "highpass") if high is None else ((low, high), "bandpass")
    sections = signal.butter(order, edges, kind, fs=rate_hz, output="sos")
    if notch_hz is not None:
        notch = signal.tf2sos(*signal.iirnotch(notch_hz, 30.0, fs=rate_hz))
        sections = np.vstack([sections, notch])
    return tuple(tuple(float(v) for v in row) for row in sections)  # type: ignore[misc]


def block_matrix(sos: Sos, length: int) -> NDArray[np.float64]:
    """The matrix M with (next state, outputs) = M @ (state, inputs) for `length` samples.

    The state is that of direct form II transposed, two values a section. Shape [2 s + length, 2 s + length].

    Raises:
        BundleError: a section is not a section, or is unstable.
    """
    n_state = 2 * len(sos)
    size = n_state + length
    for section in sos:
        b0, b1, b2, a0, a1, a2 = section
        if not all(map(math.isfinite, section)) or a0 != 1.0 or not (abs(a2) < 1 and abs(a1) < 1 + a2):
            raise BundleError(f"filter section {section} is not a stable second-order section with a0 = 1")
    # Every column is the response to one unit of one state or one input, so simulate all of them side by
    # side.
    state = np.zeros((n_state, size))
    state[:, :n_state] = np.eye(n_state)
    inputs = np.zeros((length, size))
    inputs[:, n_state:] = np.eye(length)
    outputs = np.empty((length, size))
    for n in range(length):
        value = inputs[n]
        for s, (b0, b1, b2, _, a1, a2) in enumerate(sos):
            out = b0 * value + state[2 * s]
            state[2 * s] = b1 * value - a1 * out + state[2 * s + 1]
            state[2 * s + 1] = b2 * value - a2 * out
            value = out
        outputs[n] = value
    return np.vstack([state, outputs])


class Conditioner:
    """Filters increments of a fixed length; any chunking gives the same bits because it only sees increments.

    Amplifiers add a constant (0.6 V in some of our recordings). The filter starts in the steady state of the
    first valid sample of each channel: as the band-pass passes no constant, that is the state zero after
    subtracting that sample, which also keeps small signals on large constants exact.

    Invalid samples are replaced by the channel's last valid one before filtering.

    Args:
        sos: filter sections; their gain at 0 Hz must be 0.
        length: samples per increment.
        n_channels: columns.
    """

    def __init__(self, sos: Sos, length: int, n_channels: int) -> None:
        self._matrix = block_matrix(sos, length)
        for_constant = math.prod(sum(s[:3]) / sum(s[3:]) for s in sos)
        if not abs(for_constant) < 1e-6:
            raise BundleError(
                f"the filter passes a constant (gain {for_constant:g} at 0 Hz); a high-pass is needed"
            )
        self._n_state = 2 * len(sos)
        self._in = np.zeros((self._n_state + length, n_channels))
        self._out = np.zeros_like(self._in)
        self._start = np.zeros(n_channels)
        self._last = np.zeros(n_channels)
        self._seen = np.zeros(n_channels, np.bool_)
        self._all_seen = False
        self.whole = False
        """True when every sample of the last increment was measured."""

    def reset(self) -> None:
        """The next sample is the first of a recording."""
        self._in[:] = 0.0
        self._seen[:] = False
        self._all_seen = False

    def process(self, samples: NDArray[np.float64], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Filter one increment.

        Args:
            samples: [length, ch]; invalid ones are replaced in place.
            valid: [length, ch]; cleared in place where a sample is not a finite number.

        Returns:
            [length, ch], reused by the next call.
        """
        self.whole = (
            self._all_seen
            and b"\0" not in valid.tobytes()
            and math.isfinite(np.add.reduce(samples, axis=None))
        )
        if not self.whole:
            self._mend(samples, valid)
            self.whole = bool(valid.all())
        self._last[:] = samples[-1]
        np.subtract(samples, self._start, out=self._in[self._n_state :])
        np.matmul(self._matrix, self._in, out=self._out)
        self._in[: self._n_state] = self._out[: self._n_state]
        return self._out[self._n_state :]

    def _mend(self, samples: NDArray[np.float64], valid: NDArray[np.bool_]) -> None:
        valid &= np.isfinite(samples)
        for c in np.flatnonzero(~self._seen & valid.any(axis=0)):
            # Rows before a channel's first valid sample take its value: a steady state has no past.
            self._start[c] = self._last[c] = samples[int(valid[:, c].argmax()), c]
            self._seen[c] = True
        self._all_seen = bool(self._seen.all())
        self._start[~self._seen] = self._last[~self._seen] = 0.0
        for n in range(len(samples)):
            np.copyto(samples[n], self._last, where=~valid[n])
            self._last[:] = samples[n]
