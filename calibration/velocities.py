"""From labelled windows to a regressor of velocities: targets of each degree of freedom from the names of
movements and from how strongly they were made, and what held-out windows say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from ..core.movements import DOFS, REST, canonical
from ..models.batch import Windows
from ..models.estimators.ridge import RidgeRegressor
from ..models.velocities import DEADBAND, VelocityRegressor, VelocityWeights

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ALPHA = 1e-2
"""Ridge penalty (see `RidgeRegressor`). .01 explains more of BioPatRec than .1; of simulated patients .1
explains as much, and more where movements of two at once were recorded (docs/decoding.md)."""


@dataclass(frozen=True)
class DofTable:
    """What the classes of a recording say of degrees of freedom.

    Attributes:
        dofs: those that some class moves, in the order of `movements.DOFS`.
        targets: [K, D] direction of each class: -1, 0 or 1.
        usable: [K] rest, and classes made of ends of degrees of freedom only, if they were recorded.
        left_out: names of the other classes that were recorded.
    """

    dofs: tuple[str, ...]
    targets: Floats
    usable: Mask
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, classes: tuple[str, ...], where: str, recorded: Iterable[int] | None = None) -> DofTable:
        """Of these classes: rest is 0, the two ends of a degree of freedom are -1 and 1, and "a+b" is both.

        Args:
            classes: names.
            where: the recording, for errors.
            recorded: indices of those that there is anything of; None for all. Others move nothing.

        Raises:
            RecordingError: no such class moves any degree of freedom.
        """
        there = set(range(len(classes)) if recorded is None else recorded)
        named = [name for k, name in enumerate(classes) if k in there]
        directions = [_directions(canonical(name)) if k in there else None for k, name in enumerate(classes)]
        dofs = tuple(dof for dof in DOFS if any(found and dof in found for found in directions))
        if not dofs:
            ends = ", ".join(end for pair in DOFS.values() for end in pair)
            raise RecordingError(
                f"{where}: none of {', '.join(named)} moves a degree of freedom",
                f"record some of {ends}, or use another --decoder",
            )
        targets = np.array([[(found or {}).get(dof, 0.0) for dof in dofs] for found in directions])
        usable = np.array([found is not None for found in directions])
        left_out = tuple(name for k, name in enumerate(classes) if k in there and not usable[k])
        return cls(dofs, targets, usable, left_out)

    @property
    def low(self) -> Floats:
        """[D] -1, or 0 where no class moves that way."""
        least: Floats = self.targets.min(axis=0)
        return np.minimum(least, 0.0)

    @property
    def high(self) -> Floats:
        """[D] 1, or 0 likewise."""
        most: Floats = self.targets.max(axis=0)
        return np.maximum(most, 0.0)


def _directions(name: str) -> dict[str, float] | None:
    """dof -> -1 or 1 of a movement; empty for rest, None for what is no end of a degree of freedom."""
    if name == REST:
        return {}
    ends = {
        end: (dof, sign) for dof, pair in DOFS.items() for end, sign in zip(pair, (-1.0, 1.0), strict=True)
    }
    found: dict[str, float] = {}
    for part in name.split("+"):
        dof, sign = ends.get(part, ("", 0.0))
        if not dof or dof in found:
            return None
        found[dof] = sign
    return found


def strength(windows: Windows, rest: int) -> Floats:
    """[n] how strongly each window's movement is made, by its level: 0 as at rest, 1 as its mean window or
    stronger; as `ProportionalSpeed` in use.

    Args:
        windows: of training.
        rest: label of rest.
    """
    found = np.zeros(len(windows))
    quiet = np.median(windows.rms[windows.label == rest], axis=0)
    for label in np.unique(windows.label):
        rows = windows.label == label
        rise = np.maximum(windows.rms[rows].mean(axis=0) - quiet, 0.0)
        if label != rest and rise.any():
            found[rows] = (windows.rms[rows] - quiet) @ rise / (rise @ rise)
    clipped: Floats = np.clip(found, 0.0, 1.0)
    return clipped


def fit_velocities(windows: Windows, table: DofTable, rest: int, lost: int = 0) -> VelocityRegressor:
    """Ridge regression of direction times strength.

    Args:
        windows: of usable classes; with moments where channels may be lost.
        table: of the classes that `Windows.label` counts.
        rest: label of rest.
        lost: channels that can be gone without: all, or 0.
    """
    wanted = table.targets[windows.label] * strength(windows, rest)[:, None]
    channels = np.arange(windows.rms.shape[1])
    intact = _weights(windows.features, windows.rms, channels >= 0, wanted)
    without = [_weights(windows.without((c,)), windows.rms, channels != c, wanted) for c in range(lost)]
    return VelocityRegressor(table.dofs, table.low, table.high, intact, tuple(without))


def _weights(features: Floats, rms: Floats, channels: Mask, wanted: Floats) -> VelocityWeights:
    """Of the features that are numbers and these channels' levels; 0 for the others."""
    kept: Mask = np.logical_and.reduce(np.isfinite(features))
    seen = np.concatenate([kept, channels])
    fitted = RidgeRegressor(ALPHA).fit(np.hstack([features, rms])[:, seen], wanted)
    weights = np.zeros((wanted.shape[1], len(seen)))
    weights[:, seen] = fitted.coef_
    size = len(kept)
    return VelocityWeights(
        weights[:, :size].copy(), weights[:, size:].copy(), np.atleast_1d(fitted.intercept_)
    )


def held_out_velocities(
    windows: Windows, table: DofTable, rest: int, folds: Iterator[tuple[Mask, Mask]]
) -> Floats:
    """[n, D] by regressors that had not seen a window's fold; NaN where none could.

    Args:
        windows: as `fit_velocities`.
        table: likewise.
        rest: label of rest.
        folds: (train, held) masks.
    """
    found = np.full((len(windows), len(table.dofs)), np.nan)
    labels = np.unique(windows.label)
    for train, held in folds:
        part = windows.where(train)
        if np.array_equal(np.unique(part.label), labels):
            made = fit_velocities(part, table, rest)
            found[held] = made.many(windows.features[held], windows.rms[held])
    return found


def figures(velocities: Floats, wanted: Floats, rests: Mask, table: DofTable) -> dict[str, Any]:
    """What velocities are worth: JSON values, None where there is nothing to score.

    Args:
        velocities: [n, D] of the regressor, 0 where the limb is held.
        wanted: [n, D] what the person did, -1 to 1.
        rests: [n] True while they did nothing.
        table: names of the degrees of freedom.

    Returns:
        `r2`: share of the variance of `wanted` that is explained, over all windows, rest included, mean over
        degrees of freedom; `correlation` likewise; `dofs`: both of each. `rest_moved`: share of windows at
        rest in which any moves beyond the dead band. `right`: share of the others in which all that should
        move do, in the right direction and beyond the dead band. `strayed`: mean speed of the fastest that
        should not, there.
    """
    moves = np.where(np.abs(velocities) > DEADBAND, np.sign(velocities), 0.0)
    asked = wanted != 0.0
    active = asked.any(axis=1)
    dofs = {
        name: {"r2": _explained(v, w), "correlation": _correlation(v, w)}
        for name, v, w in zip(table.dofs, velocities.T, wanted.T, strict=True)
    }
    right = ((moves == np.sign(wanted)) | ~asked).all(axis=1)
    stray = np.where(asked, 0.0, np.abs(velocities)).max(axis=1)
    return {
        "r2": _mean([found["r2"] for found in dofs.values()]),
        "correlation": _mean([found["correlation"] for found in dofs.values()]),
        "rest_moved": _mean(moves[rests].any(axis=1)),
        "right": _mean(right[active]),
        "strayed": _mean(stray[active]),
        "dofs": dofs,
    }


def _explained(found: Floats, wanted: Floats) -> float | None:
    spread = ((wanted - wanted.mean()) ** 2).sum() if len(wanted) else 0.0
    return float(1.0 - ((found - wanted) ** 2).sum() / spread) if spread > 0.0 else None


def _correlation(found: Floats, wanted: Floats) -> float | None:
    if len(wanted) < 2 or not found.std() or not wanted.std():
        return None
    return float(np.corrcoef(found, wanted)[0, 1])


def _mean(values: Any) -> float | None:
    there = [float(value) for value in values if value is not None]
    return float(np.mean(there)) if there else None
