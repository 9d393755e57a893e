"""How `libemg_features.npz` came: LibEMG's own features of windows of a synthetic signal.

    .venv-peers/bin/python tests/models/vectors/make_libemg_vectors.py

Made with LibEMG 2.0.3 and numpy 1.26.4 (`requirements/peers.lock`). The signal is coloured, mixed noise of
three channels with an offset of zero, from a seed; it is stored with the features, so the test needs neither
LibEMG nor the same generator. No person's data is in it.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")
from libemg.feature_extractor import FeatureExtractor  # noqa: E402

NAMES = (
    *("MAV", "ZC", "SSC", "WL", "RMS", "VAR", "LD", "IAV", "MFL", "DASDV"),
    *("AR", "CC", "ACT", "MOB", "M0", "M2", "M4", "SPARSI", "IRF", "WLF"),
)
CHANNELS, WINDOW, WINDOWS = 3, 200, 4


def signal() -> np.ndarray:
    """[windows, channels, samples] of noise whose level and colour differ between channels."""
    rng = np.random.default_rng(2026)
    white = rng.normal(size=(WINDOW * WINDOWS + 2, CHANNELS))
    coloured = white[2:] + np.array([0.9, 0.2, -0.5]) * white[1:-1] - 0.3 * white[:-2]
    mixed = coloured @ (np.eye(CHANNELS) + 0.2 * rng.normal(size=(CHANNELS, CHANNELS)))
    scaled = mixed * np.array([5.0, 40.0, 200.0])
    return scaled.reshape(WINDOWS, WINDOW, CHANNELS).transpose(0, 2, 1)


def main() -> None:
    """Write the vectors beside this file."""
    made, windows = FeatureExtractor(), signal()
    found = {name: np.asarray(getattr(made, f"get{name}feat")(windows), np.float64) for name in NAMES}
    # LibEMG's threshold is one number; ours is each channel's own mean change, so each is asked for alone.
    found["WAMP"] = np.zeros((WINDOWS, CHANNELS))
    for w, c in np.ndindex(WINDOWS, CHANNELS):
        one = windows[w : w + 1, c : c + 1]
        threshold = float(np.abs(np.diff(one)).mean())
        found["WAMP"][w, c] = made.getWAMPfeat(one, WAMP_threshold=threshold)[0, 0]
    target = Path(__file__).with_name("libemg_features.npz")
    np.savez_compressed(target, windows=windows, **found)
    sys.stdout.write(f"{target.name}: {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
