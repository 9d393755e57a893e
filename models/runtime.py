"""A model at work: EMG in, one decision per increment out. The loop and the offline check use this class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .following import Following
from .model import Model
from .pipeline import Frame
from .signal.flags import UNTRUSTED
from .templates import NO_DECISION


@dataclass(frozen=True, slots=True)
class Decided:
    """One increment, decided.

    Attributes:
        frame: features, level and contact of the window that ends with it.
        raw: [increment, ch] float32, the samples of this increment as they came; NaN where none was measured.
        class_index: argmax of the posterior before any rejection; `NO_DECISION` when there is none.
        posterior: [K] calibrated.
        outlier: how unlike anything in training the window is: 1 is the edge of what was held out there; 0
            where nothing is known of it.
        unfamiliar: `outlier` is above the limit, or no number; or a velocity is none.
        turn: index of the turn about the limb that was believed in.
        velocities: share of full speed, -1 to 1, of each of `Runtime.dofs`, before any shaping; empty where
            the model has no regressor or nothing was decided.
    """

    frame: Frame
    raw: NDArray[np.float32]
    class_index: int
    posterior: NDArray[np.float64]
    outlier: float = 0.0
    unfamiliar: bool = False
    turn: int = 0
    velocities: tuple[float, ...] = ()

    @property
    def trusted(self) -> bool:
        """A decision on samples that were all measured, by electrodes that all have contact, or all but the
        one that was gone without.

        A warning (a heartbeat in a channel) is shown and does not hold the limb: see `flags.WARNINGS`.
        """
        frame = self.frame
        if self.class_index == NO_DECISION or not frame.valid:
            return False
        return frame.lost >= 0 or not (frame.contact & UNTRUSTED).any()


class Runtime:
    """One stream through one model.

    Args:
        model: from a bundle, or fresh from calibration. What is learnt in use never changes it.
        adapt: learn from use, without labels, that the montage lies turned about the limb.
        outlier_limit: how unlike training a window may be until it is `unfamiliar`; 0: as it likes.
    """

    def __init__(self, model: Model, adapt: bool = False, outlier_limit: float = 0.0) -> None:
        self._pipeline = model.pipeline()
        self._decoder = model.decoder
        self._proportional = model.proportional
        self._regressor = model.regressor
        self.dofs = model.regressor.dofs if model.regressor is not None else ()
        """Degrees of freedom of `Decided.velocities`; empty where classes drive the limb."""
        self.settings = model.settings
        self.classes = model.classes
        self.thresholds = model.thresholds
        self.increment_samples = model.settings.increment_samples
        self.increment_s = model.settings.increment_s
        self._outlier_limit = outlier_limit
        self._following: Following | None = None
        if adapt:
            window_s = model.settings.window_samples / model.settings.rate_hz
            self._following = Following(model.decoder, model.rest_class, self.increment_s, window_s)
        self._tail = np.empty((0, len(model.settings.channels)), np.float32)
        self._undecided = np.zeros(len(model.classes))
        self._undecided.flags.writeable = False

    @property
    def samples_to_next(self) -> int:
        """How many samples complete the next increment."""
        return self.increment_samples - len(self._tail)

    def push(self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> list[Decided]:
        """Decide on every increment that these samples complete.

        Args:
            samples: [n, ch] in the unit of the model; any n.
            valid: [n, ch]; None when all were measured.
        """
        frames = self._pipeline.push(samples, valid)
        if valid is not None and b"\0" in valid.tobytes():
            samples = np.where(valid, samples, np.float32(np.nan))
        rows = np.concatenate((self._tail, samples)) if len(self._tail) else samples
        length = self.increment_samples
        self._tail = rows[len(frames) * length :].copy()
        return [self._decide(frame, rows[i * length : (i + 1) * length]) for i, frame in enumerate(frames)]

    def _decide(self, frame: Frame, raw: NDArray[np.float32]) -> Decided:
        if not frame.ready:
            return Decided(frame, raw, NO_DECISION, self._undecided)
        decoder, lost = self._decoder, frame.lost
        class_index, posterior = decoder.decide(frame.features, lost)
        outlier = decoder.outlier(frame.features, class_index, lost)
        # Written so that a score that is no number is above the limit.
        unfamiliar = self._outlier_limit > 0.0 and not outlier <= self._outlier_limit
        velocities: tuple[float, ...] | None = ()
        if self._regressor is not None:
            velocities = self._regressor.velocities(frame.features, frame.rms, lost)
            # No number: nothing is known of what was wanted, whatever the limit.
            unfamiliar = unfamiliar or velocities is None
        decided = Decided(
            frame, raw, class_index, posterior, outlier, unfamiliar, decoder.turn, velocities or ()
        )
        if self._following is not None:
            sound = decided.trusted and not unfamiliar and lost < 0
            self._decoder = self._following.after(decoder, class_index, posterior, sound)
        return decided

    def effort(self, decided: Decided, class_index: int) -> float:
        """0 as at rest to 1 as when `class_index` was trained; see `ProportionalSpeed`."""
        return self._proportional.speed(class_index, decided.frame.rms, decided.frame.lost)
