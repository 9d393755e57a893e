"""The don check: after putting the limb on, ten seconds of movement without labels say whether it fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from ..models.batch import Windows
from ..models.templates import Floats
from .default_decoder import Followed
from .templates import turns_of

POOR_FIT = 0.65
"""Mean logarithm of the distance above that of training from which a day is called poor. Chosen on sub01 of
wearable30d (docs/decoding.md): there it divides days below an active recall of .70 from the others best."""
LEAST_S = 1.0
"""Of movement; with less there is nothing to judge."""

Verdict = Literal["fits", "recalibrate", "turned"]


@dataclass(frozen=True)
class DonCheck:
    """What ten seconds said.

    Attributes:
        verdict: fits: use it; recalibrate: it will serve badly today; turned: so it will, and because the
            electrodes lie turned about the limb.
        score: how poor the fit is; see `FittedDefault.fit_score`.
        turn: electrodes by which the montage seems to have turned towards higher channel numbers.
    """

    verdict: Verdict
    score: float
    turn: float


class Judge(Protocol):
    """A decoder that can be asked: `FittedDefault` after training, `in_use.InUse` on a limb."""

    @property
    def rest(self) -> int:
        """Index of rest."""

    def log_posterior(self, windows: Windows) -> Floats:
        """[n, K]."""

    def fit_score(self, windows: Windows) -> float:
        """How little the limb seems to fit."""

    def follow(self) -> Followed:
        """Begin to use it without labels."""


def don_check(fitted: Judge, windows: Windows, increment_s: float) -> DonCheck:
    """Judge a stretch of use.

    Args:
        fitted: the decoder in use.
        windows: of the stretch, in order; labels are not looked at.
        increment_s: between windows.

    Raises:
        RecordingError: it holds less than a second of movement.
    """
    posterior = fitted.log_posterior(windows)
    said = posterior.argmax(axis=1)
    moving = int((said != fitted.rest).sum())
    if moving * increment_s < LEAST_S:
        raise RecordingError(
            f"don check: {moving * increment_s:.1f} s of movement; {LEAST_S:g} s are needed",
            "make each movement once, for a second",
        )
    follower = fitted.follow()
    for rows in _runs(said):
        follower.decide(windows.where(rows))
    by, share = turns_of(windows.rms.shape[1])[follower.turns.turn]
    score = fitted.fit_score(windows)
    turn = by * share
    verdict: Verdict = "fits"
    if score > POOR_FIT:
        verdict = "turned" if turn else "recalibrate"
    return DonCheck(verdict, score, turn)


def _runs(said: NDArray[np.intp]) -> list[NDArray[np.bool_]]:
    """Masks of the stretches in which one class was decided."""
    number = np.cumsum(np.concatenate(([0], np.diff(said) != 0)))
    return [number == i for i in range(int(number[-1]) + 1)]
