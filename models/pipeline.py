"""EMG in, one `Frame` per increment out: the same class in training, evaluation and use."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.chunk import ARBITRARY
from ..core.errors import BundleError, ProfileError
from ..core.settings import build
from .signal.conditioning import Conditioner
from .signal.contact import ContactMonitor
from .signal.features import Features
from .signal.flags import UNTRUSTED
from .signal.framing import Increments


@dataclass(frozen=True)
class PipelineSettings:
    """All that decides what comes out of a sample; stored in the bundle, read back exactly.

    Attributes:
        rate_hz: samples per second.
        channels: names in the order of the columns.
        window_samples: what features look at; whole increments.
        increment_samples: samples per decision.
        sos: the filter (`signal.conditioning.design_sos`).
        feature_set: a key of `signal.features.FEATURE_SETS`.
        unit: "uV" or "a.u."; absolute contact thresholds exist only for microvolts.
        mains_hz: where contact quality looks for hum.
        rest_rms: per channel, conditioned level at rest in calibration; empty when unknown.
        active_rms: per channel, the strongest level in calibration; empty when unknown.
        rail: raw value at which the amplifier saturates, in `unit`; 0 when unknown.
        alone_rms: per channel, the strongest level in calibration while others rested; empty when unknown.
    """

    rate_hz: float
    channels: tuple[str, ...]
    window_samples: int
    increment_samples: int
    sos: tuple[tuple[float, float, float, float, float, float], ...]
    feature_set: str = "default"
    unit: str = ARBITRARY
    mains_hz: float = 50.0
    rest_rms: tuple[float, ...] = ()
    active_rms: tuple[float, ...] = ()
    rail: float = 0.0
    alone_rms: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 50 <= self.rate_hz <= 20_000:
            raise ValueError(f"rate_hz = {self.rate_hz:g}: allowed is 50 to 20000")
        if not 1 <= len(self.channels) <= 512:
            raise ValueError(f"{len(self.channels)} channels: allowed are 1 to 512")
        if not 1 <= self.increment_samples <= self.window_samples <= 100_000:
            raise ValueError(
                f"window {self.window_samples} and increment {self.increment_samples} samples do not fit"
            )
        if self.window_samples % self.increment_samples:
            raise ValueError(
                f"a window of {self.window_samples} samples is not whole increments "
                f"of {self.increment_samples}"
            )
        if not 1 <= len(self.sos) <= 16:
            raise ValueError(f"{len(self.sos)} filter sections: allowed are 1 to 16")
        for name in ("rest_rms", "active_rms", "alone_rms"):
            if len(getattr(self, name)) not in (0, len(self.channels)):
                raise ValueError(f"{name}: one value per channel, or none")

    @property
    def increment_s(self) -> float:
        """Seconds between decisions."""
        return self.increment_samples / self.rate_hz

    def conditioner(self) -> Conditioner:
        """The filter, at the start of a recording."""
        return Conditioner(self.sos, self.increment_samples, len(self.channels))

    def contact_monitor(self) -> ContactMonitor:
        """What watches contact, at the start of a recording."""
        return ContactMonitor(
            len(self.channels),
            self.increment_samples,
            self.rate_hz,
            self.mains_hz,
            self.unit,
            self.rest_rms,
            self.active_rms,
            self.rail,
            self.alone_rms,
        )

    def to_json(self) -> str:
        """One JSON object; `from_json` gives the same settings back, bit for bit."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> PipelineSettings:
        """Inverse of `to_json`.

        Raises:
            BundleError: names the key that is unknown, missing or out of bounds.
        """
        try:
            content = json.loads(text)
        except ValueError as error:
            raise BundleError(f"pipeline settings: not JSON: {error}") from error
        return cls.from_dict(content)

    @classmethod
    def from_dict(cls, content: Any) -> PipelineSettings:
        """As `from_json`, from parsed JSON."""
        try:
            settings: PipelineSettings = build(cls, content, "pipeline settings")
        except ProfileError as error:
            raise BundleError(error.what) from error
        return settings


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known after one increment.

    Attributes:
        end_index: index of its newest sample, counted from 0 at the last reset.
        ready: the window is full; before that `features` are zeros and must not be used.
        valid: every sample in the window was measured (none lost, none replaced), of all channels but `lost`.
        features: [F] float64.
        rms: [ch] root mean square of the conditioned window, in the source's unit.
        contact: [ch] uint8, bits of `signal.flags.Contact`; 0 is a good channel.
        lost: the channel that the features go without, NaN in what is about it; -1 for none.
    """

    end_index: int
    ready: bool
    valid: bool
    features: NDArray[np.float64]
    rms: NDArray[np.float64]
    contact: NDArray[np.uint8]
    lost: int = -1


class Pipeline:
    """Conditions, watches contact, and computes features.

    Args:
        settings: from the bundle, or made for training.
        n_channels: of the source, checked against the settings when given.
        rate_hz: of the source, checked likewise.
        goes_without: give the features without a channel while exactly that one is not to be trusted. For
            use, never for training.

    Raises:
        BundleError: the settings cannot work, or do not fit the source.
    """

    def __init__(
        self,
        settings: PipelineSettings,
        n_channels: int | None = None,
        rate_hz: float | None = None,
        goes_without: bool = False,
    ) -> None:
        ch = len(settings.channels)
        if n_channels not in (None, ch):
            raise BundleError(f"the decoder was made for {ch} channels, the source has {n_channels}")
        if rate_hz is not None and abs(rate_hz - settings.rate_hz) > 1e-3 * settings.rate_hz:
            raise BundleError(
                f"the decoder was made for {settings.rate_hz:g} Hz, the source gives {rate_hz:g} Hz"
            )
        self.settings = settings
        self.n_channels = ch
        length = settings.increment_samples
        self._increments = Increments(length, ch)
        self._conditioner = settings.conditioner()
        self._features = Features(settings.feature_set, settings.window_samples, length, ch)
        self._contact = settings.contact_monitor()
        self._goes_without = goes_without
        self.n_features = self._features.size
        self.feature_names = self._features.names
        self._no_features = np.zeros(self.n_features)
        self._no_features.flags.writeable = False
        self._n_increments = settings.window_samples // length
        self._count = 0
        self._valid_run = 0
        self._missed = np.zeros(ch, np.int64)
        """[ch] count of the newest increment in which a sample of it was not measured."""

    def reset(self) -> None:
        """The next sample is index 0 of a new recording: no filter state or window reaches back."""
        self._increments.reset()
        self._conditioner.reset()
        self._features.reset()
        self._contact.reset()
        self._count = 0
        self._valid_run = 0
        self._missed[:] = 0

    def push(self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> list[Frame]:
        """Take any number of samples; give one frame per increment they complete.

        Args:
            samples: [n, ch] in the source's unit.
            valid: [n, ch], False where a sample is not to be believed; None when all are.
        """
        if samples.ndim != 2 or samples.shape[1] != self.n_channels:
            raise BundleError(
                f"samples of shape {samples.shape}; the decoder was made for {self.n_channels} channels"
            )
        if valid is not None and valid.shape != samples.shape:
            raise BundleError(f"samples of shape {samples.shape} came with validity of shape {valid.shape}")
        return [self._step(raw, ok) for raw, ok in self._increments.push(samples, valid)]

    def _step(self, raw: NDArray[np.float64], valid: NDArray[np.bool_]) -> Frame:
        conditioned = self._conditioner.process(raw, valid)
        whole = self._conditioner.whole
        features = self._features
        features.push(conditioned)
        self._count += 1
        if whole:
            self._valid_run += 1
        else:
            self._valid_run = 0
            self._missed[~valid.all(axis=0)] = self._count
        ready, rms = features.ready, features.rms()
        contact = self._contact.update(raw, conditioned, None if whole else valid, rms if ready else None)
        lost = self._lost_channel(contact) if self._goes_without else -1
        return Frame(
            self._count * self.settings.increment_samples - 1,
            ready,
            self._valid_run >= self._n_increments or self._valid_but(lost),
            self._describe(lost) if ready else self._no_features,
            rms,
            contact,
            lost,
        )

    def _describe(self, lost: int) -> NDArray[np.float64]:
        """[F] of the window as it is now, without this channel; -1 for none."""
        return self._features.values() if lost < 0 else self._features.values((lost,))

    def _valid_but(self, lost: int) -> bool:
        """Was the window measured on every channel but this one?"""
        if lost < 0 or self._count < self._n_increments:
            return False
        since = self._count - self._missed
        since[lost] = self._n_increments
        return bool((since >= self._n_increments).all())

    @staticmethod
    def _lost_channel(contact: NDArray[np.uint8]) -> int:
        """The one channel that is not to be trusted; -1 when there is none or are several."""
        if not contact.any():
            return -1
        bad = np.flatnonzero(contact & UNTRUSTED)
        return int(bad[0]) if len(bad) == 1 else -1
