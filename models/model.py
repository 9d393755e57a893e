"""A trained decoder with all it needs to run; `bundle` signs it, `packing` makes arrays of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..core.errors import BundleError
from .pipeline import Pipeline, PipelineSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .proportional import ProportionalSpeed
    from .templates import TemplateDecoder, TemplateStatistics
    from .velocities import VelocityRegressor


@dataclass(frozen=True)
class Model:
    """A trained decoder with all it needs to run, before it is signed.

    Attributes:
        settings: of the pipeline its features come from.
        classes: names, in the order of the posterior.
        rest_class: index of rest.
        decoder: decides.
        statistics: what the decoder was made from, for recalibration; None where it cannot be recalibrated.
        proportional: speed from level.
        thresholds: per class the least posterior that is acted on, 0 for rest (`calibration.rejection`).
        metrics: of training, JSON values only.
        regressor: velocities of all degrees of freedom at once, which then drive the limb while the decoder
            says when the person rests; None where classes drive it.
    """

    settings: PipelineSettings
    classes: tuple[str, ...]
    rest_class: int
    decoder: TemplateDecoder
    statistics: TemplateStatistics | None
    proportional: ProportionalSpeed
    thresholds: tuple[float, ...]
    metrics: Mapping[str, Any] = field(default_factory=dict)
    regressor: VelocityRegressor | None = None

    def __post_init__(self) -> None:
        k, ch = len(self.classes), len(self.settings.channels)
        if len(set(self.classes)) != k or not 0 <= self.rest_class < k:
            raise BundleError(f"classes {self.classes} with rest at {self.rest_class} cannot be")
        if self.decoder.n_classes != k or self.proportional.class_rms.shape != (k, ch):
            raise BundleError(f"decoder and speed levels are not for {k} classes and {ch} channels")
        if len(self.thresholds) != k or not all(0.0 <= t < 1.0 for t in self.thresholds):
            raise BundleError(f"rejection thresholds {self.thresholds}: one per class, from 0 to below 1")
        if len(self.decoder.lost) not in (0, ch):
            raise BundleError(f"the decoder goes without {len(self.decoder.lost)} channels of {ch}")
        needed = self.pipeline().n_features
        if self.decoder.n_features != needed:
            raise BundleError(
                f"decoder takes {self.decoder.n_features} features, the pipeline gives {needed}"
            )
        regressor = self.regressor
        if regressor is not None:
            if (regressor.n_features, regressor.n_channels) != (needed, ch):
                raise BundleError(
                    f"velocities from {regressor.n_features} features and {regressor.n_channels} channels; "
                    f"the pipeline gives {needed} and {ch}"
                )
            if len(regressor.lost) != len(self.decoder.lost):
                raise BundleError("velocities and decoder do not go without the same channels")

    def pipeline(self) -> Pipeline:
        """A new pipeline that gives this model's features."""
        return Pipeline(self.settings, goes_without=bool(self.decoder.lost))
