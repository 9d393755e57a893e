"""Whether a recalibration is taken: train on one pass, check old and new on the other, both ways.

Nothing here knows a limb or a clock: two labelled passes and a model in, a verdict out. The sentences are for
the wearer, who sees no figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InnervateError
from ..models.batch import Windows, windows
from ..models.covariance import class_means, whitener
from ..models.model import Model
from ..models.signal.flags import UNTRUSTED
from ..models.templates import Floats, log_softmax
from .in_use import InUse, recalibrated_model, statistics_in
from .prompts import PASSES
from .shift import moved

TIE = 0.01
"""Of mean recall: a new model that is better by no more than this, or one way round not at all, is a tie.
Ours."""
SAME_TWICE = 0.35
"""Least share of a movement's windows that are nearest to the mean of the same movement in the other pass;
chance is a seventh with six movements. With less the two passes were not the same movement. Ours."""
TOGETHER = 0.60
"""The same, of all movements together. Ours."""
ALIKE = 0.25
"""Two movements of which one is taken for the other in more than this share of windows feel alike. Ours."""
_ACTIVE = 0.35
"""Share of the rise above rest (mean logarithm of levels) that calibration had, or that the trial itself has
at its strongest, from which on somebody moves. Ours."""
_IDLE = 0.30
"""A trial that is idle in a larger share of its windows was begun late."""
_FEW = 0.25
"""So large a share of trials may be late or missing."""
_SEEN = 0.5
"""Least share of a class's windows whose electrodes can be trusted; and posterior from which on a movement
is said to be another one."""

Outcome = Literal["taken", "kept", "refused"]


@dataclass(frozen=True)
class Verdict:
    """What came of a recalibration.

    Attributes:
        outcome: taken: `model` is better; kept: it is not, the old one stays; refused: the passes are no
            basis, the old one stays.
        why: of a refusal: "contact", "missing", "late", "unlike", "exchanged"; else "better" or "tie".
        sentence: for the wearer.
        model: that is to be used from now on, of an outcome "taken".
        alike: pairs of movements that feel alike today.
        figures: for the clinic; the wearer never sees them.
    """

    outcome: Outcome
    why: str
    sentence: str
    model: Model | None = None
    alike: tuple[tuple[str, str], ...] = ()
    figures: dict[str, Any] | None = None


def passes_of(
    model: Model,
    emg: NDArray[np.float32],
    label: NDArray[np.integer],
    rep: NDArray[np.integer],
    rec: NDArray[np.integer],
) -> Windows:
    """Windows of both passes, through the model's own pipeline.

    Args:
        model: in use.
        emg: [n, ch].
        label: [n] index of the class in the model; -1 where nothing can be said.
        rep: [n] pass.
        rec: [n] counts up where samples are missing.

    Raises:
        RecordingError: nothing in it can be used.
    """
    return windows(emg, label, rep, np.zeros(len(emg), np.int16), rec, model.settings)


def judge(model: Model, both: Windows) -> Verdict:
    """Take, keep or refuse.

    Args:
        model: in use.
        both: of `passes_of`.

    Raises:
        BundleError: this model cannot be recalibrated.
    """
    statistics_in(model)
    sound: NDArray[np.bool_] = ((both.contact & UNTRUSTED) == 0).all(axis=1)
    found = _no_contact(model, both, sound)
    if found is not None:
        return found
    seen = both.where(sound)
    refusal = _not_followed(model, seen)
    if refusal is not None:
        return refusal
    ways = [_one_way(model, seen, held) for held in range(PASSES)]
    new = sum((way.confusion for way in ways), np.zeros_like(ways[0].confusion))
    refusal = _unlike(model, seen) or _exchanged(model, seen)
    figures = _figures(ways)
    if refusal is not None:
        return replace(refusal, figures=figures)
    alike = _alike(model, new)
    gains = [way.new - way.old for way in ways]
    if np.mean(gains) <= TIE or min(gains) <= 0.0:
        sentence = "The model you have serves you as well: nothing was changed."
        return Verdict("kept", "tie", sentence + _practise(alike), None, alike, figures)
    made = recalibrated_model(model, seen)
    made = replace(made, metrics={**made.metrics, "recalibrated": figures})
    sentence = "Recalibrated. Press Arm to go on; undo brings the old model back."
    return Verdict("taken", "better", sentence + _practise(alike), made, alike, figures)


@dataclass(frozen=True)
class _Way:
    """One pass held out.

    Attributes:
        confusion: [K, K] share of windows of each class (rows) that the new model takes for each.
        old, new: mean recall over classes.
    """

    confusion: Floats
    old: float
    new: float


def _one_way(model: Model, both: Windows, held: int) -> _Way:
    """Made of the other pass, checked on this one."""
    made = recalibrated_model(model, both.where(both.rep != held))
    test = both.where(both.rep == held)
    n_classes = len(model.classes)
    before, after = (InUse(one).log_posterior(test).argmax(axis=1) for one in (model, made))
    confusion = np.zeros((n_classes, n_classes))
    np.add.at(confusion, (test.label, after), 1.0)
    confusion /= np.maximum(confusion.sum(axis=1, keepdims=True), 1.0)
    classes = np.unique(test.label)
    old = float(np.mean([np.mean(before[test.label == k] == k) for k in classes]))
    return _Way(confusion, old, float(np.mean(confusion[classes, classes])))


def _figures(ways: Sequence[_Way]) -> dict[str, Any]:
    return {
        "old_recall": [round(way.old, 4) for way in ways],
        "new_recall": [round(way.new, 4) for way in ways],
    }


def _no_contact(model: Model, both: Windows, sound: NDArray[np.bool_]) -> Verdict | None:
    """Refuse where electrodes could not be trusted, or a movement's samples are missing."""
    for rep in range(PASSES):
        for k, name in enumerate(model.classes):
            rows = (both.label == k) & (both.rep == rep)
            if not rows.any():
                sentence = f"Samples of {name!r} are missing. Try again."
                return Verdict("refused", "missing", sentence)
            if sound[rows].mean() < _SEEN:
                bad = ((both.contact[rows] & UNTRUSTED) != 0).mean(axis=0)
                channel = model.settings.channels[int(bad.argmax())]
                sentence = f"Electrode {channel} has no good contact. Press it on or clean it; try again."
                return Verdict("refused", "contact", sentence)
    return None


def _not_followed(model: Model, seen: Windows) -> Verdict | None:
    """Refuse where prompts were not followed, or too late."""
    # Who follows late is tense while rest is asked for: rest is what is quietest, whatever was asked.
    active = _rise(seen.rms, np.quantile(seen.rms, 0.1, axis=0))
    trial = seen.trials()
    missing, late, count = [], [], 0
    for number in np.unique(trial):
        rows = trial == number
        k = int(seen.label[rows][0])
        if k == model.rest_class:
            continue
        count += 1
        expected = float(_rise(model.proportional.class_rms[k], model.proportional.rest_rms))
        own = float(np.quantile(active[rows], 0.9))
        if own < _ACTIVE * expected:
            missing.append(model.classes[k])
        elif np.mean(active[rows] < _ACTIVE * own) > _IDLE:
            late.append(model.classes[k])
    if len(missing) > _FEW * count:
        names = _listed(missing)
        return Verdict(
            "refused", "missing", f"No movement was seen for {names}. Make each one as it is shown."
        )
    if len(late) + len(missing) > _FEW * count:
        return Verdict(
            "refused", "late", "The movements came too late. Begin as soon as each one is shown, and hold it."
        )
    return None


def _rise(rms: Floats, rest: Floats) -> Floats:
    """[...] mean over channels of how far, in logarithms, levels are above rest."""
    floor = 1e-3 * float(rest.max()) + 1e-12
    made: Floats = np.maximum(np.log(np.maximum(rms, floor) / np.maximum(rest, floor)), 0.0).mean(axis=-1)
    return made


def _unlike(model: Model, seen: Windows) -> Verdict | None:
    """Refuse where the two passes were not the same movements: by the nearest mean of the other pass alone,
    whatever the model in use thinks of either."""
    statistics, n_classes = statistics_in(model), len(model.classes)
    covariance = statistics.within + 0.5 * statistics.trial
    white = statistics.standard(seen.features) @ whitener(covariance).T
    moving = [k for k in range(n_classes) if k != model.rest_class]
    own = np.ones((PASSES, n_classes))
    for held in range(PASSES):
        other = seen.rep != held
        means = class_means(white[other], seen.label[other], n_classes)
        apart = ((white[~other][:, None, :] - means) ** 2).sum(axis=2)
        said, label = apart.argmin(axis=1), seen.label[~other]
        own[held] = [np.mean(said[label == k] == k) for k in range(n_classes)]
    unlike = [model.classes[k] for k in moving if own[:, k].min() < SAME_TWICE]
    if not unlike and own[:, moving].mean() >= TOGETHER:
        return None
    names = f" ({_listed(unlike)})" if unlike else ""
    return Verdict(
        "refused",
        "unlike",
        f"The two rounds were not alike{names}. Make each movement as it is shown, both times the same way.",
    )


def _exchanged(model: Model, seen: Windows) -> Verdict | None:
    """Refuse where movements seem to have changed places: a model made of that would look consistent.

    Decided by the trained templates after what all classes share today was moved: that is the same whichever
    movement was made for which prompt.
    """
    statistics, decoder = statistics_in(model), model.decoder
    _, apart = moved(statistics, seen.label.astype(np.intp), seen.features)
    today = replace(statistics, templates=statistics.templates + apart.mean(axis=0))
    scores = (today.weights().by_turn(seen.features) - decoder.penalties[:, None]).max(axis=1)
    posterior = np.exp(log_softmax(scores / decoder.temperature))
    moving = [k for k in range(len(model.classes)) if k != model.rest_class]
    said = {k: int(posterior[seen.label == k].mean(axis=0).argmax()) for k in moving}
    sure = {k: float(posterior[seen.label == k].mean(axis=0)[said[k]]) > _SEEN for k in moving}
    for k in moving:
        path, at = [k], said[k]
        while at in said and at not in path:
            path.append(at)
            at = said[at]
        if at == k and len(path) > 1 and all(sure[one] for one in path):
            names = " and ".join(model.classes[one] for one in path)
            return Verdict(
                "refused",
                "exchanged",
                f"It looks as if {names} changed places. Make each one as it is shown.",
            )
    return None


def _alike(model: Model, confusion: Floats) -> tuple[tuple[str, str], ...]:
    share = np.maximum(confusion, confusion.T) / PASSES
    moving = [k for k in range(len(model.classes)) if k != model.rest_class]
    return tuple(
        (model.classes[a], model.classes[b]) for a in moving for b in moving if a < b and share[a, b] > ALIKE
    )


def _practise(alike: tuple[tuple[str, str], ...]) -> str:
    if not alike:
        return ""
    a, b = alike[0]
    return f" {a.capitalize()} and {b} feel alike today: practise, or turn one off."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def too_little(error: InnervateError) -> Verdict:
    """Of passes in which nothing can be used at all."""
    return Verdict("refused", "missing", f"There was too little signal to go by ({error.what}). Try again.")
