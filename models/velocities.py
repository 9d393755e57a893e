"""How fast the person wants each degree of freedom to move, all at once: a linear regression at run time.

It looks at the features that classes are decided by, and at the level of each channel beside them: the
features know the pattern, the levels how strong it is (docs/decoding.md says what each is worth).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError
from ..core.movements import DOFS

Floats = NDArray[np.float64]

REGRESSOR = "regressor"
"""What `--decoder` calls the default decoder with velocities beside it."""
DEADBAND = 0.1
"""Below it a degree of freedom rests; above, speed rises from nothing."""


@dataclass(frozen=True)
class VelocityWeights:
    """One linear map.

    Attributes:
        by_feature: [D, F], 0 for features of a lost channel.
        by_level: [D, ch] for `Frame.rms`, 0 for a lost channel.
        offset: [D].

    Raises:
        BundleError: shapes do not fit, or a number is not finite.
    """

    by_feature: Floats
    by_level: Floats
    offset: Floats

    def __post_init__(self) -> None:
        parts = (self.by_feature, self.by_level, self.offset)
        if tuple(p.ndim for p in parts) != (2, 2, 1) or len({len(p) for p in parts}) != 1:
            raise BundleError(f"velocities of shapes {', '.join(str(p.shape) for p in parts)} do not fit")
        if not all(p.dtype.kind == "f" and np.isfinite(p).all() for p in parts):
            raise BundleError("the velocities hold what is not a finite number")


class VelocityRegressor:
    """Velocities of several degrees of freedom, from -1 to 1 of full speed.

    Args:
        dofs: keys of `movements.DOFS`, in the order of the output.
        low: [D] -1, or 0 where the movement at -1 was not trained, and
        high: [D] 1, or 0 likewise: an untrained direction is never moved in.
        intact: weights with every channel.
        lost: per channel the weights without it; empty when there are none.

    Raises:
        BundleError: a name that is no degree of freedom, or shapes or limits that do not fit.
    """

    def __init__(
        self,
        dofs: tuple[str, ...],
        low: Floats,
        high: Floats,
        intact: VelocityWeights,
        lost: tuple[VelocityWeights, ...] = (),
    ) -> None:
        unknown = [name for name in dofs if name not in DOFS]
        if unknown:
            raise BundleError(
                f"velocities: {unknown[0]!r} is no degree of freedom", f"allowed: {', '.join(DOFS)}"
            )
        many = len(dofs)
        if not many or len(set(dofs)) != many:
            raise BundleError(f"velocities of {', '.join(dofs) or 'nothing'}: each once, and at least one")
        if low.dtype.kind != "f" or high.dtype.kind != "f":
            raise BundleError("the velocities' limits are not numbers")
        limits = low.shape == high.shape == (many,) and bool((high > low).all())
        if not limits or not (np.isin(low, (-1.0, 0.0)).all() and np.isin(high, (0.0, 1.0)).all()):
            raise BundleError(f"velocities from {low} to {high}: each from -1 or 0 to 0 or 1, not both 0")
        if len(intact.offset) != many:
            raise BundleError(f"velocities of {len(intact.offset)} rows for {many} degrees of freedom")
        shapes = (intact.by_feature.shape, intact.by_level.shape)
        if any((part.by_feature.shape, part.by_level.shape) != shapes for part in lost):
            raise BundleError("the velocities' weights for lost channels are not those of its features")
        self.dofs, self.low, self.high, self.intact, self.lost = dofs, low, high, intact, lost
        self.n_features, self.n_channels = intact.by_feature.shape[1], intact.by_level.shape[1]
        self._unused = [~part.by_feature.any(axis=0) for part in lost]
        if len(lost) not in (0, self.n_channels):
            raise BundleError(f"velocities without {len(lost)} channels of {self.n_channels}")

    def velocities(self, features: Floats, rms: Floats, lost: int = -1) -> tuple[float, ...] | None:
        """[D] of one window, within the limits; None when one of them is not a finite number.

        Args:
            features: [F], as `Frame.features`, with `lost` those without that channel.
            rms: [ch], as `Frame.rms`.
            lost: the channel to go without; -1 for none.
        """
        weights = self.intact
        if lost >= 0:
            weights = self.lost[lost]
            features = np.where(self._unused[lost], 0.0, features)
            rms = rms.copy()
            rms[lost] = 0.0
        made = weights.by_feature.dot(features)
        made += weights.by_level.dot(rms)
        made += weights.offset
        if not np.isfinite(made).all():
            return None
        return tuple(np.minimum(np.maximum(made, self.low), self.high).tolist())

    def arrays(self) -> dict[str, Floats]:
        """As a bundle keeps it: weights [1 + lost, D, ...], with every channel and then without each."""
        parts = (self.intact, *self.lost)
        stacked = {f.name: np.stack([getattr(part, f.name) for part in parts]) for f in fields(self.intact)}
        return {**stacked, "low": self.low, "high": self.high}

    @classmethod
    def of_arrays(cls, dofs: tuple[str, ...], arrays: Mapping[str, Floats]) -> VelocityRegressor:
        """Inverse of `arrays`.

        Raises:
            BundleError, KeyError, TypeError, ValueError: it is none.
        """
        weights = {name: array for name, array in arrays.items() if name not in ("low", "high")}
        rows = zip(*weights.values(), strict=True)
        intact, *lost = (VelocityWeights(**dict(zip(weights, row, strict=True))) for row in rows)
        return cls(dofs, arrays["low"], arrays["high"], intact, tuple(lost))

    def many(self, features: Floats, rms: Floats) -> Floats:
        """[n, D] of windows with every channel."""
        weights = self.intact
        made = features @ weights.by_feature.T + rms @ weights.by_level.T + weights.offset
        clipped: Floats = np.clip(made, self.low, self.high)
        return clipped
