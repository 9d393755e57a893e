"""How large and how busy a channel is: what is counted and summed in the time domain.

Formulas as collected by Phinyomark, Phukpattaranont, Limsakul 2012 (doi 10.1016/j.eswa.2012.01.102), where
no other source is named. n is the number of samples in the window.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .families import Family
from .terms import AMPLITUDE_FLOOR, POWER_FLOOR, SlidingSums


class TimeDomain(Family):
    """MAV, ZC, SSC, WL (Hudgins, Parker, Scott 1993, doi 10.1109/10.204774), without a noise threshold.

    MAV: mean |x|. ZC: changes of sign, zeros skipped. SSC: strict local extremes. WL: sum |x[n] - x[n-1]|.
    """

    terms = ("abs", "zc", "ssc", "dabs")
    kinds = ("MAV", "ZC", "SSC", "WL")

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        self._per_sample = 1.0 / n_samples

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        rows = out.reshape(4, -1)
        np.multiply(sums.sums[sums.row["abs"]], self._per_sample, out=rows[0])
        rows[1] = sums.sums[sums.row["zc"]]
        rows[2] = sums.sums[sums.row["ssc"]]
        rows[3] = sums.sums[sums.row["dabs"]]


class Amplitudes(Family):
    """RMS, VAR, LD, IAV, MFL, DASDV.

    - RMS: root of the mean of x^2.
    - VAR: sum x^2 / (n - 1); the band-pass already took the mean out, so none is subtracted.
    - LD, log detector: exp(mean(log(|x| + 1e-6))), a geometric mean. The addend keeps a zero sample a number;
      it is far below any amplifier's noise.
    - IAV: sum |x|.
    - MFL: log10 of the root of sum (x[n] - x[n-1])^2 (Arjunan, Kumar 2010, doi 10.1186/1743-0003-7-53).
    - DASDV: root of sum (x[n] - x[n-1])^2 / (n - 1).
    """

    terms = ("x2", "dx2", "abs", "log")
    kinds = ("RMS", "VAR", "LD", "IAV", "MFL", "DASDV")

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        self._per_sample, self._per_difference = 1.0 / n_samples, 1.0 / (n_samples - 1)

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        rms, variance, detector, iav, mfl, dasdv = out.reshape(6, -1)
        squares, changes = sums.sums[:2]  # x2, dx2: they stand first
        np.multiply(squares, self._per_sample, out=rms)
        np.sqrt(rms, out=rms)
        np.multiply(squares, self._per_difference, out=variance)
        np.multiply(sums.sums[sums.row["log"]], self._per_sample, out=detector)
        np.exp(detector, out=detector)
        iav[:] = sums.sums[sums.row["abs"]]
        np.add(changes, POWER_FLOOR, out=mfl)
        np.log10(mfl, out=mfl)
        mfl *= 0.5
        np.multiply(changes, self._per_difference, out=dasdv)
        np.sqrt(dasdv, out=dasdv)


class LogMoments(Family):
    """Logarithms of m0, m2, m4, MAV and WL.

    m0, m2, m4: root mean square of the signal and of its first and second difference, the spectral moments
    of Khushaba et al. 2014 (doi 10.1016/j.neunet.2014.03.010) by Parseval's theorem. The logarithm makes a
    change of effort a shift, and their distribution nearly normal, which is what a linear decoder assumes.
    """

    terms = ("x2", "dx2", "ddx2", "abs", "dabs")
    kinds = ("log m0", "log m2", "log m4", "log MAV", "log WL")

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        # The five sums stand first and in this order in `sums`: one logarithm does all of them.
        self._per_sample = 1.0 / n_samples
        self._floor = np.array([POWER_FLOOR] * 3 + [AMPLITUDE_FLOOR] * 2)[:, None]
        self._half = np.array([0.5] * 3 + [1.0] * 2)[:, None]

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        logs = out.reshape(5, -1)
        np.multiply(sums.sums[:5], self._per_sample, out=logs)
        logs += self._floor
        np.log(logs, out=logs)
        logs *= self._half


class Crossings(Family):
    """ZC and SSC as in `TimeDomain`: how often the signal crosses zero, and turns."""

    terms = ("zc", "ssc")
    kinds = ("ZC", "SSC")

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        rows = out.reshape(2, -1)
        rows[0] = sums.sums[sums.row["zc"]]
        rows[1] = sums.sums[sums.row["ssc"]]
