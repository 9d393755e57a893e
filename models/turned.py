"""A montage that lies around the limb, turned: which feature of one channel is that of its neighbour."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError

_NAMED = re.compile(r"[^\[]+\[(\d+(?:,\d+)*)\]")


def channels_of(name: str) -> tuple[int, ...]:
    """The channels that a feature is about.

    Args:
        name: as in `Features.names`: "kind[channel]" or "kind[channel,channel]".

    Raises:
        BundleError: it does not tell them.
    """
    match = _NAMED.fullmatch(name)
    if match is None:
        raise BundleError(f"feature {name!r} does not name its channels: its montage is not known")
    return tuple(int(c) for c in match[1].split(","))


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
        channels = sorted((c + by) % n_channels for c in channels_of(name))
        there = f"{name[: name.index('[')]}[{','.join(map(str, channels))}]"
        if there not in place:
            raise BundleError(f"feature {name!r} has no {there!r} beside it: its montage cannot be turned")
        columns.append(place[there])
    return np.array(columns, np.intp)
