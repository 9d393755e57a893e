"""Linear decoders that most tools ship, as models that run in the loop: to compare the default one with."""

from __future__ import annotations

import numpy as np

from ...calibration.default_decoder import UNKNOWN_TEMPERATURE
from ...calibration.levels import with_levels
from ...calibration.recipes import RECIPES, recipe
from ...calibration.rejection import learn_rejection
from ...calibration.scores import held_out_scores, rest_index
from ...calibration.temperature import fit_temperature
from ...calibration.train import REJECTION_THRESHOLD, recording_windows, train
from ...core.errors import RecordingError
from ...drivers.recordings.npz import Recording
from ...models.design import design_pipeline
from ...models.lda import ShrinkageLDA
from ...models.model import Model
from ...models.proportional import ProportionalSpeed
from ...models.templates import TemplateDecoder, Weights, log_softmax
from ...models.velocities import REGRESSOR

DEFAULT = "default"
DECODERS = (DEFAULT, REGRESSOR, *(name for name in RECIPES if name != DEFAULT))
"""What a person may be fitted with."""


def fit(recording: Recording, increment_ms: float, decoder: str = DEFAULT) -> Model:
    """A model of one person from one labelled recording.

    Args:
        recording: of the calibration.
        increment_ms: between decisions.
        decoder: one of `DECODERS`.

    Raises:
        RecordingError: no such decoder, or a recording that is too little.
    """
    if decoder not in DECODERS:
        raise RecordingError(f"--decoder {decoder}: not known", f"allowed: {', '.join(DECODERS)}")
    feature_set = "default" if decoder in (DEFAULT, REGRESSOR) else recipe(decoder).feature_set
    settings = design_pipeline(
        recording.fs, recording.channels, increment_ms, feature_set=feature_set, unit=recording.unit
    )
    if decoder in (DEFAULT, REGRESSOR):
        return train([recording], settings, velocities=decoder == REGRESSOR)
    windows = recording_windows(recording, settings, contact=False)
    lda = ShrinkageLDA().fit(windows.features, windows.label)
    names = tuple(recording.classes[label] for label in lda.classes_)
    rest = rest_index(names, recording.name)
    which = np.searchsorted(lda.classes_, windows.label)
    temperature = UNKNOWN_TEMPERATURE
    thresholds = tuple(0.0 if k == rest else REJECTION_THRESHOLD for k in range(len(names)))
    rows, scores = held_out_scores(windows)
    if len(rows):
        temperature = fit_temperature(scores, which[rows])
        posterior = np.exp(log_softmax(scores / temperature))
        thresholds = learn_rejection(posterior, which[rows], windows.trials()[rows], rest).by_class.values
    k = len(names)
    weights = Weights(lda.coef_, lda.intercept_, np.zeros((1, k, 0)), np.zeros((k, 0)))
    levels = np.stack([windows.rms[which == n].mean(axis=0) for n in range(k)])
    return Model(
        with_levels(settings, windows.rms, which == rest),
        names,
        rest,
        TemplateDecoder(weights, (), np.zeros(1), temperature),
        None,
        ProportionalSpeed(np.median(windows.rms[which == rest], axis=0), levels),
        thresholds,
        {"held_out": _held_out(which[rows], scores, rest)},
    )


def _held_out(right: np.ndarray, scores: np.ndarray, rest: int) -> dict[str, float] | None:
    """Active recall of windows that their decider had not seen."""
    if not len(right):
        return None
    said = scores.argmax(axis=1)
    recalls = [float(np.mean(said[right == k] == k)) for k in np.unique(right) if k != rest]
    return {"active_recall": float(np.mean(recalls)), "accuracy": float(np.mean(said == right))}
