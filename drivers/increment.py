"""Time between decisions, in whole samples of the device."""

from __future__ import annotations

from ..core.errors import ProfileError


def increment_samples(rate_hz: float, increment_ms: float) -> int:
    """Samples per decision.

    Raises:
        ProfileError: not a whole number of samples; names the nearest times that are.
    """
    exact = rate_hz * increment_ms / 1000
    whole = round(exact)
    if whole >= 1 and abs(exact - whole) < 1e-6 * whole:
        return whole
    fewer = max(1, int(exact))
    allowed = [f"{n * 1000 / rate_hz:g} ms ({n} samples)" for n in (fewer, fewer + 1)]
    raise ProfileError(
        f"source.increment_ms = {increment_ms:g} is {exact:g} samples at {rate_hz:g} Hz; it must be whole",
        f"set it to {allowed[0]} or {allowed[1]}",
    )


def natural_increment_ms(rate_hz: float) -> float:
    """The whole-sample time nearest to 10 ms, rounded up from the half: 12 ms for a Cyton's 250 Hz."""
    return max(1, int(rate_hz / 100 + 0.5)) * 1000 / rate_hz
