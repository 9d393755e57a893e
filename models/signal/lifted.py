"""Has one electrode come off the skin?

Off the skin, an input hangs in the air. Its resting voltage goes where the amplifier's bias current takes it,
and stays away; mains hum and noise come in over its high impedance, and it wanders with every movement
(Huigen et al. 2002, doi 10.1007/BF02344216; Webster 1984, doi 10.1109/TBME.1984.325244). Each of these alone
has harmless causes: a charger gives hum to all channels, a tug moves the skin's own voltage and is over, a
contraction is loud. So two of them are asked for together, in a channel whose neighbours do not show them.
An amplifier that passes no slow voltages shows hum or noise alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import MICROVOLT

SHIFT_WITH_HUM, SHIFT_WITH_NOISE = 2.0, 20.0
"""Of the resting voltage from where it was, over the strongest movement's level."""
LEAST_SHIFT_UV = 1000.0, 10_000.0
"""The same where microvolts are known: stretched skin moves by 5 to 10 mV (Webster 1984)."""
HUM_OVER_REST, HUM_SHARE = 3.0, 0.25
NOISE_OVER_REST = 3.0
ALONE = 4.0
"""Over the same of a neighbour that is better off than half of them."""
_HOME_TIME_S = 0.4


class LiftWatch:
    """Evidence of a lifted electrode per channel, reviewed a few times a second.

    Args:
        n_channels: columns.
        period_s: between reviews.
        unit: of the samples.
    """

    def __init__(self, n_channels: int, period_s: float, unit: str) -> None:
        self._floors = LEAST_SHIFT_UV if unit == MICROVOLT else (0.0, 0.0)
        self._follow = 1.0 - float(np.exp(-period_s / _HOME_TIME_S))
        self._home = np.zeros(n_channels)
        self._shift = np.zeros(n_channels)
        self._calm = np.zeros(n_channels, np.bool_)
        self._started = False
        self.found = np.zeros(n_channels, np.bool_)
        """[ch] True where there is evidence now."""

    def levels(self, rest: NDArray[np.float64], active: NDArray[np.float64]) -> None:
        """What is usual: [ch] level at rest and of the strongest movement; infinite where unknown."""
        self._rest_power = rest * rest
        self._loud = NOISE_OVER_REST * rest
        self._near = np.maximum(SHIFT_WITH_HUM * active, self._floors[0])
        self._far = np.maximum(SHIFT_WITH_NOISE * active, self._floors[1])

    def reset(self) -> None:
        """Forget everything."""
        self._started = False
        self.found[:] = False

    def review(
        self, base: NDArray[np.float64], hum_power: NDArray[np.float64], rms: NDArray[np.float64]
    ) -> bool:
        """Look at all channels; True when there is evidence in any.

        Args:
            base: [ch] slow voltage of the raw samples.
            hum_power: [ch] mean square of the hum.
            rms: [ch] conditioned level.
        """
        if not self._started:
            self._home[:] = base
            self._started = True
        shift = self._shift
        np.subtract(base, self._home, out=shift)
        # A channel that is as quiet as at rest has contact: where it is now is where it belongs.
        np.less(rms, self._loud, out=self._calm)
        self._home += shift * self._calm * self._follow
        np.abs(shift, out=shift)
        if b"\1" not in (shift > self._near).tobytes():
            self.found[:] = False
            return False
        self.found = self._judge(shift, hum_power, rms)
        return bool(self.found.any())

    def _judge(
        self, shift: NDArray[np.float64], hum_power: NDArray[np.float64], rms: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        hum = (
            (hum_power > HUM_OVER_REST**2 * self._rest_power)
            & (hum_power > HUM_SHARE * rms * rms)
            & (hum_power > ALONE**2 * _neighbour(hum_power))
        )
        noise = ~self._calm & (shift > self._far)
        found: NDArray[np.bool_] = (shift > self._near) & (shift > ALONE * _neighbour(shift)) & (hum | noise)
        return found


def _neighbour(values: NDArray[np.float64]) -> float:
    """What the better half of the channels does not exceed; 0 where there is one channel only."""
    return float(np.sort(values)[(len(values) - 1) // 2]) if len(values) > 1 else 0.0
