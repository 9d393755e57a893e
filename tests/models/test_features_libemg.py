"""Our features beside LibEMG 2.0.3's, from stored vectors (`vectors/make_libemg_vectors.py`).

Left out, because they are not the same thing: CC2 to CC4 (LibEMG's recursion starts its weights one order
late and multiplies the wrong coefficients; ours is checked against the poles in `slow_features.cepstrum`),
COMP (LibEMG sums the second difference over all windows and channels), MNF, MDF, SM, MNP (from a Fourier
transform padded to a power of two; ours come from the autocorrelation), SAMPEN and FUZZYEN (we have none).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from innervate.models.signal.features import Features

VECTORS = Path(__file__).parent / "vectors" / "libemg_features.npz"


@pytest.fixture(scope="module")
def libemg() -> dict[str, np.ndarray]:
    with np.load(VECTORS, allow_pickle=False) as stored:
        return dict(stored)


def ours(libemg: dict[str, np.ndarray], feature_set: str, kind: str) -> np.ndarray:
    """[windows, channels] of one kind of feature."""
    found = []
    for window in libemg["windows"]:
        ch, n = window.shape
        made = Features(feature_set, n, 10, ch)
        for end in range(10, n + 1, 10):
            made.push(window.T[end - 10 : end])
        rows = [made.names.index(f"{kind}[{c}]") for c in range(ch)]
        found.append(made.values()[rows])
    return np.array(found)


@pytest.mark.parametrize(
    ("theirs", "feature_set", "kind"),
    [
        ("MAV", "hudgins", "MAV"),
        ("ZC", "hudgins", "ZC"),
        ("SSC", "hudgins", "SSC"),
        ("WL", "hudgins", "WL"),
        ("RMS", "time_domain", "RMS"),
        ("IAV", "time_domain", "IAV"),
        ("DASDV", "time_domain", "DASDV"),
        ("WAMP", "time_domain", "WAMP"),
        ("ACT", "hjorth", "activity"),
        ("MOB", "hjorth", "mobility"),
        ("M0", "tdpsd", "fused m0"),
        ("M2", "tdpsd", "fused m0 - m2"),
        ("M4", "tdpsd", "fused m0 - m4"),
        ("SPARSI", "tdpsd", "fused sparseness"),
        ("IRF", "tdpsd", "fused irregularity"),
        ("WLF", "tdpsd", "fused WL ratio"),
    ],
)
def test_the_same_formula_gives_the_same_number(libemg, theirs, feature_set, kind):
    np.testing.assert_allclose(ours(libemg, feature_set, kind), libemg[theirs], rtol=1e-9)


def test_variance_differs_by_the_mean_and_one_sample(libemg):
    # Theirs takes the window's mean out and divides by n; ours is filtered already and divides by n - 1.
    n = libemg["windows"].shape[2]
    mean = libemg["windows"].mean(axis=2)
    expected = (libemg["VAR"] + mean**2) * n / (n - 1)
    np.testing.assert_allclose(ours(libemg, "time_domain", "VAR"), expected, rtol=1e-9)


def test_the_log_detector_differs_by_what_is_added_before_the_logarithm(libemg):
    # Theirs adds 1 whatever the unit: it is an upper bound of ours that closes in on it as signals grow.
    gap = libemg["LD"] / ours(libemg, "time_domain", "LD") - 1.0
    assert (gap > 0).all()
    assert gap[:, 2].max() < 0.05 < gap[:, 0].min()


def test_fractal_length_is_of_squares_where_theirs_is_of_magnitudes(libemg):
    # Arjunan and Kumar sum squares under a root; the logarithm of the sum of magnitudes is their WL's.
    np.testing.assert_allclose(np.log10(ours(libemg, "hudgins", "WL")), libemg["MFL"], rtol=1e-9)
    n = libemg["windows"].shape[2]
    dasdv = np.log10(libemg["DASDV"] * np.sqrt(n - 1))
    np.testing.assert_allclose(ours(libemg, "time_domain", "MFL"), dasdv, rtol=1e-9)


def test_autoregression_is_burgs_up_to_the_window(libemg):
    # Theirs is Burg's method, with the signs of the whitening filter; ours are Yule-Walker's equations.
    windows, channels, _ = libemg["windows"].shape
    burg = -libemg["AR"].reshape(windows, channels, 4)
    for k in range(4):
        np.testing.assert_allclose(ours(libemg, "tdar", f"AR{k + 1}"), burg[:, :, k], atol=0.06)
    # The first cepstral coefficient is the first of the model.
    first = libemg["CC"].reshape(windows, channels, 4)[:, :, 0]
    np.testing.assert_allclose(ours(libemg, "spectral", "CC1"), first, atol=0.06)
