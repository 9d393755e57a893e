"""A montage that lies around the limb, turned: which feature of one channel is that of its neighbour."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError

_NAMED = re.compile(r"(.+)\[(\d+(?:,\d+)*)\]")


def turned_columns(names: Sequence[str], by: int, n_channels: int) -> NDArray[np.intp]:
    """Columns of the features as they would be had channel c seen what channel c + `by` sees.

    Args:
        names: of the features, as `Features.names`: "kind[channel]" or "kind[channel,channel]".
        by: whole electrodes; the last channel is the first one's neighbour.
        n_channels: around the limb.

    Returns:
        [F]: `features[columns]` are those of the turned montage.

    Raises:
        BundleError: a feature's name does not tell its channels, or its like of other channels is missing.
    """
    place = {name: i for i, name in enumerate(names)}
    columns = []
    for name in names:
        match = _NAMED.fullmatch(name)
        if match is None:
            raise BundleError(f"feature {name!r} does not name its channels: its montage cannot be turned")
        channels = sorted((int(c) + by) % n_channels for c in match[2].split(","))
        there = f"{match[1]}[{','.join(map(str, channels))}]"
        if there not in place:
            raise BundleError(f"feature {name!r} has no {there!r} beside it: its montage cannot be turned")
        columns.append(place[there])
    return np.array(columns, np.intp)
