"""One person's recording on the bench: its windows, decoders fitted on parts of it, and what they decide."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...drivers.recordings.npz import Recording
from ...models.batch import Windows
from ...models.design import design_pipeline
from ...models.pipeline import PipelineSettings
from ..levels import with_levels
from ..recipes import Fitted, Recipe
from ..scores import rest_index
from ..train import recording_windows
from .measures import Decided, decide
from .options import EvaluateOptions

TRAINED_EVERY_MS = 10.0
"""Training takes the window after every increment, as the limb will see them; scoring one each 50 ms."""
LEAST_STEP_MS = 4.9
AFTER_FAULT_S = 1.0
"""With a fault on, a window counts from a second after its recording began: by then it must be noticed."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Bench:
    """What every split works with.

    Attributes:
        recording: one person's.
        recipe: makes decoders.
        options: of the evaluation.
        settings: of the pipeline.
        windows: all labelled ones, on the grid of training.
        scored: [n] which of them are on the grid of scoring.
        damage: done to the recording before the tested windows are made; None tests the plain windows.
        watched: channels' contact is judged against the levels of the training windows, which takes a pass
            of the pipeline per test; otherwise against nothing.
        fits: decoders made so far.
    """

    recording: Recording
    recipe: Recipe
    options: EvaluateOptions
    settings: PipelineSettings
    windows: Windows
    scored: Mask
    damage: Callable[[Recording], Recording] | None = None
    watched: bool = False
    fits: dict[Hashable, Fitted] = field(default_factory=dict)

    @cached_property
    def rest(self) -> int:
        """Which class is rest."""
        return rest_index(self.recording.classes, self.recording.name)

    @cached_property
    def conditions(self) -> list[int]:
        """Conditions that have windows, ascending."""
        return [int(c) for c in np.unique(self.windows.cond)]

    @property
    def increment_s(self) -> float:
        """Between scored windows."""
        return scored_step(self.settings, self.options) / self.settings.rate_hz

    def condition(self, *conds: int) -> Mask:
        """[n] windows of these conditions."""
        found: Mask = np.isin(self.windows.cond, conds)
        return found

    def condition_name(self, cond: int) -> str:
        """What meta's `conds` calls it; empty where it has no name."""
        names = self.recording.meta.get("conds")
        if not isinstance(names, list) or not 0 <= cond < len(names):
            return ""
        return str(names[cond])

    def position(self, cond: int) -> str:
        """X where the condition's name holds "position X"; empty otherwise."""
        found = re.search(r"\bposition\s+(\S+)", self.condition_name(cond), re.IGNORECASE)
        return found.group(1) if found else ""

    def fit(self, rows: Mask) -> Fitted:
        """The decoder of these windows, made once.

        Raises:
            RecordingError: they hold fewer than two movements.
        """
        key = np.packbits(rows).tobytes()
        if key not in self.fits:
            self.fits[key] = self.fitted(self.windows.where(rows))
        return self.fits[key]

    def fitted(self, windows: Windows) -> Fitted:
        """The decoder of windows that may be of other people.

        Raises:
            RecordingError: they hold fewer than two movements.
        """
        if len(np.unique(windows.label)) < 2:
            raise RecordingError(f"{self.recording.name}: fewer than two movements to train on")
        return self.recipe.fit(windows)

    def tested(self, rows: Mask, trained: Windows) -> Windows:
        """Windows to score among `rows`: damaged, and watched with the levels of `trained`, as asked."""
        rows = rows & self.scored
        if self.watched:
            rows = rows & (self.since_start >= AFTER_FAULT_S * self.settings.rate_hz)
        if not self.watched or not rows.any():
            # Contact that was judged against no calibration must not make a decoder leave out a channel.
            plain = self.windows.where(rows)
            return replace(plain, contact=np.zeros_like(plain.contact))
        part = np.isin(self.recording.rec, np.unique(self.windows.rec[rows]))
        recording = self.recording.rows(part)
        made = recording_windows(self.damage(recording) if self.damage else recording, self.levelled(trained))
        return made.where(np.isin(np.flatnonzero(part)[made.index], self.windows.index[rows]))

    def levelled(self, trained: Windows) -> PipelineSettings:
        """The settings with the levels of these windows; without any where none is rest."""
        at_rest = trained.label == self.rest
        return with_levels(self.settings, trained.rms, at_rest) if at_rest.any() else self.settings

    @cached_property
    def since_start(self) -> NDArray[np.int64]:
        """[n] samples from the start of its contiguous recording to the window's end."""
        return samples_since_start(self.recording.rec, self.windows.index)

    def decided(self, fitted: Fitted, windows: Windows) -> Decided:
        """What the decoder does in these windows."""
        return self.acted(fitted, fitted.log_posterior(windows), windows)

    def acted(self, fitted: Fitted, log_posterior: NDArray[np.float64], windows: Windows) -> Decided:
        """What follows from posteriors."""
        return decide(log_posterior, fitted.labels, windows, self.rest, self.options.reject)


def make_bench(recording: Recording, recipe: Recipe, options: EvaluateOptions) -> Bench:
    """Compute a recording's windows.

    Raises:
        RecordingError: no class is rest, no window fits, or window and increment do not go together.
    """
    rest_index(recording.classes, recording.name)
    settings = evaluation_settings(recording, recipe.feature_set, options)
    windows = recording_windows(recording, settings)
    since = samples_since_start(recording.rec, windows.index)
    return Bench(recording, recipe, options, settings, windows, since % scored_step(settings, options) == 0)


def rebench(bench: Bench, recipe: Recipe) -> Bench:
    """The same recording for another recipe; windows are made anew only for another feature set."""
    if recipe.feature_set == bench.recipe.feature_set:
        return replace(bench, recipe=recipe, fits={})
    return make_bench(bench.recording, recipe, bench.options)


def person_id(recording: Recording) -> str:
    """What reports call the person: the file's name without its ending."""
    return Path(recording.name).stem


def evaluation_settings(recording: Recording, feature_set: str, options: EvaluateOptions) -> PipelineSettings:
    """Pipeline settings for a recording's rate.

    Below 1 kHz, or where 10 ms do not divide window and increment, windows are trained on the coarsest grid
    that holds both (with 200 and 50 ms: that of scoring).

    Raises:
        RecordingError: window and increment have no common step.
    """
    rate = recording.fs
    window = max(1, round(rate * options.window_ms / 1000.0))
    step = math.gcd(window, max(1, round(rate * options.increment_ms / 1000.0)))
    fine = rate * TRAINED_EVERY_MS / 1000.0
    if rate >= 1000.0 and abs(fine - round(fine)) < 1e-6 and step % round(fine) == 0:
        step = round(fine)
    if 1000.0 * step / rate < LEAST_STEP_MS:
        raise RecordingError(
            f"{recording.name}: windows of {options.window_ms:g} ms every {options.increment_ms:g} ms have "
            f"only {1000.0 * step / rate:g} ms in common at {rate:g} Hz",
            "5 ms are needed; 200 and 50 ms would do",
        )
    return design_pipeline(
        rate,
        recording.channels,
        1000.0 * step / rate,
        1000.0 * window / rate,
        feature_set=feature_set,
        unit=recording.unit,
    )


def scored_step(settings: PipelineSettings, options: EvaluateOptions) -> int:
    """Samples between scored windows."""
    steps = settings.rate_hz * options.increment_ms / 1000.0 / settings.increment_samples
    return max(1, round(steps)) * settings.increment_samples


def samples_since_start(rec: NDArray[np.integer], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """[n] samples from the start of its contiguous recording up to and with row `index`."""
    starts = np.concatenate(([0], np.flatnonzero(np.diff(rec)) + 1))
    since: NDArray[np.int64] = index - starts[np.searchsorted(starts, index, side="right") - 1] + 1
    return since
