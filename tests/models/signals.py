"""Small signals, and settings for them."""

from __future__ import annotations

import numpy as np
from innervate.models.pipeline import PipelineSettings
from innervate.models.signal.conditioning import design_sos
from numpy.typing import NDArray


def emg(samples: int, channels: int, seed: int = 0, scale: float = 20.0) -> NDArray[np.float32]:
    """Coloured, mixed noise on an offset, as an amplifier might give it."""
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(samples + 4, channels))
    coloured = source[4:] + 0.8 * source[3:-1] - 0.3 * source[:-4]
    mixed = coloured @ (np.eye(channels) + 0.3 * rng.normal(size=(channels, channels)))
    return (scale * mixed + 600.0).astype(np.float32)


def heartbeats(
    samples: int, rate_hz: float, bpm: float, seed: int = 0, r: float = 1.0
) -> NDArray[np.float64]:
    """An ECG of Gaussian waves P, Q, R, S, T (after McSharry et al. 2003), with breathing and chance in its
    intervals. `r` is the height of the R wave."""
    rng = np.random.default_rng(seed)
    t_s, x, at_s = np.arange(samples) / rate_hz, np.zeros(samples), 0.3
    late = min(1.0, (60.0 / bpm) ** 0.5)
    waves = ((0.12, -0.18, 0.022), (-0.12, -0.028, 0.009), (1.0, 0.0, 0.009), (-0.25, 0.028, 0.009))
    while at_s < samples / rate_hz + 1:
        for height, delay, width in (*waves, (0.3, 0.25, 0.05)):
            delay_s = delay * late if abs(delay) > 0.1 else delay
            x += height * np.exp(-0.5 * ((t_s - at_s - delay_s) / width) ** 2)
        at_s += 60.0 / bpm * (1.0 + 0.03 * rng.normal() + 0.03 * np.sin(1.5 * at_s))
    return r * x


def bursts(
    samples: int, rate_hz: float, every_s: float, long_s: float, jitter: float = 0.0
) -> NDArray[np.float64]:
    """Envelope from 0 to 1 of contractions that take `long_s` at half their height."""
    t_s, x, at_s = np.arange(samples) / rate_hz, np.zeros(samples), 0.5
    rng = np.random.default_rng(0)
    while at_s < samples / rate_hz + 1:
        x = np.maximum(x, np.exp(-0.5 * ((t_s - at_s) / (long_s / 2.355)) ** 2))
        at_s += every_s * (1.0 + jitter * rng.normal())
    return x


def settings(
    rate_hz: float = 1000.0,
    channels: int = 8,
    window: int = 200,
    increment: int = 10,
    feature_set: str = "default",
    **more: object,
) -> PipelineSettings:
    """Pipeline settings for tests."""
    names = tuple(f"ch{i + 1}" for i in range(channels))
    return PipelineSettings(
        rate_hz,
        names,
        window,
        increment,
        design_sos(rate_hz),
        feature_set,
        **more,  # type: ignore[arg-type]
    )
