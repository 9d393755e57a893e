"""Settings of a pipeline from a source's rate: training only, it needs scipy."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.chunk import ARBITRARY
from ..core.errors import BundleError
from .pipeline import PipelineSettings
from .signal.conditioning import design_sos

WINDOW_MS = 200.0
"""150 to 250 ms is best for people (Smith 2011; FACTS.md section 1)."""


def design_pipeline(
    rate_hz: float,
    channels: Sequence[str],
    increment_ms: float,
    window_ms: float = WINDOW_MS,
    feature_set: str = "default",
    unit: str = ARBITRARY,
    mains_hz: float = 50.0,
    notch: bool = False,
    rail: float = 0.0,
) -> PipelineSettings:
    """Settings for this source. The window is the nearest whole number of increments to `window_ms`.

    Args:
        rate_hz: samples per second.
        channels: names, in the order of the columns.
        increment_ms: time between decisions; whole samples.
        window_ms: what features look at.
        feature_set: see `signal.features.FEATURE_SETS`.
        unit: of the samples.
        mains_hz: 50 or 60.
        notch: also cut out the mains frequency; off by default, as it takes EMG with it.
        rail: value at which the amplifier is at the end of its range, in `unit`; 0 when unknown.

    Raises:
        BundleError: the increment is not whole samples, or the settings cannot be.
    """
    exact = rate_hz * increment_ms / 1000.0
    increment = round(exact)
    if increment < 1 or abs(exact - increment) > 0.01:
        raise BundleError(
            f"an increment of {increment_ms:g} ms is {exact:g} samples at {rate_hz:g} Hz, not whole ones",
            f"{max(1, increment) * 1000 / rate_hz:g} ms would be",
        )
    window = max(1, round(rate_hz * window_ms / 1000.0 / increment)) * increment
    try:
        return PipelineSettings(
            float(rate_hz),
            tuple(channels),
            window,
            increment,
            design_sos(rate_hz, mains_hz if notch else None),
            feature_set,
            unit,
            float(mains_hz),
            rail=rail,
        )
    except ValueError as error:
        raise BundleError(str(error)) from error
