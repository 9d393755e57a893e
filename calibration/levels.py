"""How loud a person's channels are at rest and at their strongest: what contact is judged against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..models.pipeline import PipelineSettings
from ..models.signal.noise import loudest_alone


def with_levels(
    settings: PipelineSettings, rms: NDArray[np.float64], at_rest: NDArray[np.bool_]
) -> PipelineSettings:
    """The settings with levels of training windows filled in.

    Args:
        settings: of the pipeline.
        rms: [n, ch] levels of training windows.
        at_rest: [n] which of them are rest; at least one.
    """
    # Floors keep a channel that was dead at calibration from making every later sample look enormous.
    active = np.quantile(rms, 0.99, axis=0)
    floor = 1e-3 * float(active.max()) + 1e-12
    rest = np.maximum(np.median(rms[at_rest], axis=0), floor)
    return replace(
        settings,
        rest_rms=tuple(rest.tolist()),
        active_rms=tuple(np.maximum(active, floor).tolist()),
        alone_rms=tuple(loudest_alone(rms, rest).tolist()),
    )
