"""Is it noise rather than muscle?

What is several times louder than the strongest movement is noise. What is as loud as a movement is told
from it where the spectrum tells: surface EMG has little above 450 Hz (De Luca et al. 2010, doi
10.1016/j.jbiomech.2010.01.027), so its second differences have far less power, over that of its level, than
those of white noise. It needs a rate of 1.5 kHz; tried at 2 kHz. In slower recordings EMG itself is folded to
white. There is left to see that one channel works as never before while those around it rest: how loud each
was in calibration while the others rested is known, as some movements need one muscle alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .conditioning import HIGH_HZ, LOW_HZ

SPECTRAL_FROM_HZ = 1500.0
NOISY_OVER_ACTIVE = 4.0
"""Level over the strongest movement of calibration. Intact recordings reach 3.8."""
UNKNOWN_OVER = 5.0
"""The same over the stand-ins before calibration."""
SUSPECT_OVER_ACTIVE = {True: 0.4, False: 0.75}
"""Quieter than this is not looked at: the band-pass leaves so much of white noise as loud as a movement."""
WHITE_SHARE = 0.2
"""Second differences over those of white noise. Intact strong movements: at most 0.12; with white noise of
their own level added: 0.15 (one in a thousand) to 0.9."""
LONELY_FROM = 6
LONELY_OVER_REST = 1.4
"""Needed channels, and what of its rest the better half of them does not exceed when one is lonely."""
LONELY_OVER_KNOWN = 1.5
"""Level of a lonely channel over the loudest it was alone in calibration."""
_BAND_HZ = HIGH_HZ - LOW_HZ


class NoiseWatch:
    """Which channels hold noise; asked only when one is loud.

    Args:
        n_channels: columns.
        rate_hz: samples per second.
        increment: samples per increment.
        calibrated: levels are this person's own, so that channels can be compared.
        alone: [ch] the loudest that each was in calibration while the others rested (`loudest_alone`).
    """

    def __init__(
        self,
        n_channels: int,
        rate_hz: float,
        increment: int,
        calibrated: bool,
        alone: NDArray[np.float64] | float = 0.0,
    ) -> None:
        self.spectral = rate_hz >= SPECTRAL_FROM_HZ and increment >= 4
        # White noise of power p: second differences have 6 p, the conditioned level its band's part of p.
        self._white = WHITE_SHARE * 6.0 * (rate_hz / 2.0) / _BAND_HZ
        self._calibrated = calibrated
        self._known = LONELY_OVER_KNOWN * np.broadcast_to(alone, n_channels)
        self._lonely = calibrated and n_channels >= LONELY_FROM and not self.spectral
        self.found = np.zeros(n_channels, np.bool_)
        """[ch] True where there is noise now."""

    def levels(self, rest: NDArray[np.float64], active: NDArray[np.float64]) -> NDArray[np.float64]:
        """Set what is usual, [ch] each; gives the level from which `look` must be asked."""
        self._rest = rest
        self._loud = NOISY_OVER_ACTIVE * active if self._calibrated else UNKNOWN_OVER * active
        self._suspect = SUSPECT_OVER_ACTIVE[self.spectral] * active
        if self._lonely:
            self._suspect = np.maximum(self._suspect, self._known)
        return self._suspect if self.spectral or self._lonely else self._loud

    def look(self, raw: NDArray[np.float64], rms: NDArray[np.float64]) -> bool:
        """Look at all channels; True when there is noise in any.

        Args:
            raw: [increment, ch].
            rms: [ch] conditioned level.
        """
        found = rms > self._loud
        if self.spectral:
            bend = raw[2:] - raw[1:-1]
            bend -= raw[1:-1] - raw[:-2]
            power = np.einsum("ij,ij->j", bend, bend) / len(bend)
            found |= (power > self._white * rms * rms) & (rms > self._suspect)
        elif self._lonely and others_rest(rms, self._rest):
            found |= rms > self._suspect
        self.found = found
        return bool(found.any())


def others_rest(rms: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Is the better half of the channels at rest? [...] from levels [..., ch] and [ch] those at rest."""
    middle = np.sort(rms / rest)[..., (rms.shape[-1] - 1) // 2]
    found: NDArray[np.bool_] = middle < LONELY_OVER_REST
    return found


def loudest_alone(rms: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    """[ch] the loudest that each channel was while the better half of them rested; 0 where they never did.

    Args:
        rms: [n, ch] levels of calibration.
        rest: [ch] levels at rest.
    """
    loudest: NDArray[np.float64] = np.where(others_rest(rms, rest)[:, None], rms, 0.0).max(axis=0)
    return loudest
