"""What a family of features is: it says which window sums it needs, and makes `size` numbers of them.

The order inside a family is feature by feature, channels inside. Each family stands in a file of its own
(`families_*.py`), with the formula and its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from .terms import SlidingSums


class Family:
    """One group of features of `n_channels` over windows of `n_samples` that come in steps of `increment`.

    A family that is not coupled may also be given several signals side by side, the channels of all lanes
    together as `n_channels` (`lanes.SideBySide`).
    """

    terms: ClassVar[tuple[str, ...]] = ()
    """Keys of `terms.LOOK_BACK` whose sums it needs."""
    pairs: ClassVar[bool] = False
    """Does it also need the sums of all channel pairs?"""
    follows: ClassVar[bool] = False
    """Has it a state of its own, so that it must see every increment (`push`)?"""
    kinds: ClassVar[tuple[str, ...]] = ()
    """What it has for each channel; a family unlike that has its own `size`, `names` and `needs`."""
    size: int
    names: tuple[str, ...]

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        self.n_channels, self.n_samples, self.increment, self.lanes = n_channels, n_samples, increment, lanes
        self._per_channel(self.kinds)

    def _per_channel(self, kinds: tuple[str, ...]) -> None:
        self.size = len(kinds) * self.n_channels
        self.names = tuple(f"{kind}[{c}]" for kind in kinds for c in range(self.n_channels))

    def needs(self) -> NDArray[np.bool_]:
        """[size, ch]: which channels a feature is about; it is gone when one of them is lost."""
        return np.tile(np.eye(self.n_channels, dtype=np.bool_), (self.size // self.n_channels, 1))

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """Write `size` features of the window that `sums` holds."""
        raise NotImplementedError

    def push(self, block: NDArray[np.float64]) -> None:
        """Take one conditioned increment [increment, ch] in; called only where `follows`."""
        raise NotImplementedError

    def reset(self) -> None:
        """Start over with an empty window; called only where `follows`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Moments:
    """Second moments of many windows.

    Attributes:
        squares: [n, ch] sums of x^2 over each window.
        pairs: [n, ch, ch] sums of x x^T over each window; [n, 0, 0] where no family needs them.
    """

    squares: NDArray[np.float64]
    pairs: NDArray[np.float64]

    def of(self, kept: NDArray[np.integer]) -> Moments:
        """Those of these channels alone."""
        pairs = self.pairs[:, kept[:, None], kept] if self.pairs.size else self.pairs
        return Moments(self.squares[:, kept], pairs)


class CoupledFamily(Family):
    """A family whose features of some channels depend on the others too.

    When channels are lost it is computed anew from the rest: a smaller family of the same kind, fed with the
    second moments of the channels that remain.
    """

    def compute_many(self, moments: Moments) -> NDArray[np.float64]:
        """[n, size]: the features of many windows at once."""
        raise NotImplementedError
