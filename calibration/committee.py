"""Which features each member of the default decoder's committee goes by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..models.turned import channels_of

LEAST_CHANNELS = 4
"""With fewer channels nobody can go without one: the committee has a single member, who sees all."""
ABSENT = 4
"""A member goes without one channel in so many, all side by side: what a shifted electrode or a patch of
sweat spoils. Of 8 channels one or three scored less than two (docs/decoding.md)."""
MEMBERS = 8
"""At most."""


def committee(names: Sequence[str], channels: Sequence[int]) -> NDArray[np.bool_]:
    """[G, F] the features that each member sees.

    Args:
        names: of the features, as `Features.names`.
        channels: that they are about, in their order around the limb.

    Raises:
        BundleError: a feature's name does not tell its channels.
    """
    many = len(channels)
    if many < LEAST_CHANNELS:
        return np.ones((1, len(names)), np.bool_)
    about = [set(channels_of(name)) for name in names]
    absent, count = many // ABSENT, min(MEMBERS, many)
    members = []
    for member in range(count):
        start = member * many // count
        gone = {channels[(start + i) % many] for i in range(absent)}
        members.append([not gone & each for each in about])
    return np.array(members, np.bool_)
