"""Velocities at run time: within their limits or none at all, and read from a bundle whole or refused."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.errors import BundleError
from innervate.models.bundle import read_bundle, write_bundle
from innervate.models.keys import public_hex
from innervate.models.model import Model
from innervate.models.runtime import Runtime
from innervate.models.velocities import VelocityRegressor, VelocityWeights

from .conftest import DIGEST
from .signals import emg
from .test_bundle import members_of, rebuilt

DOFS = ("hand", "wrist flexion")
FEATURES, CHANNELS = 46, 4


def weights(seed: int = 0, features: int = FEATURES, lost: int | None = None) -> VelocityWeights:
    """By chance; with `lost` without the first features and that channel's level."""
    rng = np.random.default_rng(seed)
    by_feature, by_level = 0.02 * rng.normal(size=(2, features)), 0.02 * rng.normal(size=(2, CHANNELS))
    if lost is not None:
        by_feature[:, :5], by_level[:, lost] = 0.0, 0.0
    return VelocityWeights(by_feature, by_level, 0.1 * rng.normal(size=2))


def regressor(each: bool = False, **change: Any) -> VelocityRegressor:
    told: dict[str, Any] = {"dofs": DOFS, "low": -np.ones(2), "high": np.ones(2), "intact": weights()}
    told["lost"] = tuple(weights(9 + c, lost=c) for c in range(CHANNELS)) if each else ()
    return VelocityRegressor(**{**told, **change})


@pytest.fixture(scope="module")
def driving(model: Model) -> Model:
    """The usual small model, with velocities."""
    return replace(model, regressor=regressor())


# -- at run time --------------------------------------------------------------------------------------------


@given(st.integers(0, 1000), st.floats(0.0, 1e3))
def test_velocities_lie_within_their_limits(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    made = regressor(low=np.array([-1.0, 0.0]), high=np.array([1.0, 1.0])).velocities(
        scale * rng.normal(size=FEATURES), scale * rng.random(CHANNELS)
    )
    assert made is not None
    assert -1.0 <= made[0] <= 1.0
    assert 0.0 <= made[1] <= 1.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_gives_none(bad: float) -> None:
    features, rms = np.ones(FEATURES), np.ones(CHANNELS)
    features[7] = bad
    assert regressor().velocities(features, rms) is None
    features[7], rms[1] = 1.0, bad
    assert regressor().velocities(features, rms) is None


def test_a_lost_channel_says_nothing() -> None:
    one, rng = regressor(each=True), np.random.default_rng(3)
    features, rms = rng.normal(size=FEATURES), rng.random(CHANNELS)
    whole = one.velocities(features, rms, 2)
    features[:5], rms[2] = math.nan, math.nan
    assert one.velocities(features, rms, 2) == whole
    assert whole is not None
    assert one.velocities(features, rms) is None


def test_many_at_once_are_the_same() -> None:
    one, rng = regressor(), np.random.default_rng(4)
    features, rms = rng.normal(size=(20, FEATURES)), rng.random((20, CHANNELS))
    each = np.array([one.velocities(f, r) for f, r in zip(features, rms, strict=True)])
    assert one.many(features, rms) == pytest.approx(each, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 97), min_size=1, max_size=40))
def test_any_chunking_gives_the_same_velocities(driving: Model, cuts: list[int]) -> None:
    x = emg(700, CHANNELS, 5, 8.0)
    whole = Runtime(driving).push(x)
    runtime, found = Runtime(driving), []
    edges = np.clip(np.cumsum([0, *cuts]), 0, len(x)).tolist()
    for first, end in zip(edges, [*edges[1:], len(x)], strict=True):
        found += runtime.push(x[first:end])
    assert [d.velocities for d in found] == [d.velocities for d in whole]
    assert len(whole[-1].velocities) == 2
    assert whole[0].velocities == ()


def test_a_model_without_them_says_so(model: Model) -> None:
    runtime = Runtime(model)
    assert runtime.dofs == ()
    assert {d.velocities for d in runtime.push(emg(400, CHANNELS))} == {()}


# -- what cannot be -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dofs": ("hand", "tail")}, "'tail' is no degree of freedom"),
        ({"dofs": ("hand", "hand")}, "each once"),
        ({"dofs": ()}, "at least one"),
        ({"dofs": ("hand",)}, "each from -1 or 0"),
        ({"low": np.array([-2.0, -1.0])}, "each from -1 or 0"),
        ({"low": np.zeros(2), "high": np.zeros(2)}, "not both 0"),
        ({"low": np.array([math.nan, -1.0])}, "each from -1 or 0"),
        ({"low": np.array(["a", "b"])}, "not numbers"),
        ({"lost": (weights(),)}, "without 1 channels of 4"),
        ({"lost": (weights(features=3),) * 4}, "not those of its features"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BundleError, match=words):
        regressor(**change)


@pytest.mark.parametrize(
    "parts",
    [
        (np.ones((2, 5)), np.ones((2, 4)), np.array([1.0, math.inf])),
        (np.ones((2, 5)), np.ones((3, 4)), np.ones(2)),
        (np.ones(5), np.ones((2, 4)), np.ones(2)),
        (np.ones((2, 5)), np.ones((2, 4)), np.array(["a", "b"])),
    ],
)
def test_weights_that_cannot_be_are_refused(parts: tuple[Any, ...]) -> None:
    with pytest.raises(BundleError):
        VelocityWeights(*parts)


def test_a_model_whose_parts_do_not_fit_is_refused(model: Model) -> None:
    with pytest.raises(BundleError, match="from 12 features and 4 channels; the pipeline gives 46 and 4"):
        replace(model, regressor=regressor(intact=weights(features=12)))
    with pytest.raises(BundleError, match="not go without the same channels"):
        replace(model, regressor=regressor(each=True))


# -- bundles ------------------------------------------------------------------------------------------------


def written(path: Path, model: Model, clinic: Any, wearer: Any) -> tuple[Path, tuple[str, ...]]:
    write_bundle(path, model, wearer, clinic, DIGEST)
    return path, (public_hex(clinic),)


def test_it_comes_back_and_says_the_same(driving: Model, wearer: Any, clinic: Any, tmp_path: Path) -> None:
    path, keys = written(tmp_path / "model.imb", driving, clinic, wearer)
    read = read_bundle(path, keys, DIGEST).model
    assert read.regressor is not None
    assert read.regressor.dofs == DOFS
    x = emg(600, CHANNELS, 5, 8.0)
    for ours, theirs in zip(Runtime(driving).push(x), Runtime(read).push(x), strict=True):
        assert (ours.class_index, ours.velocities) == (theirs.class_index, theirs.velocities)
    assert json.loads(members_of(path)["manifest.json"])["schema"] == 4


def test_weights_for_lost_channels_come_back() -> None:
    made = regressor(each=True)
    again = VelocityRegressor.of_arrays(DOFS, made.arrays())
    features, rms = np.ones(FEATURES), np.ones(CHANNELS)
    for lost in range(-1, CHANNELS):
        assert again.velocities(features, rms, lost) == made.velocities(features, rms, lost)


def test_a_bundle_without_them_keeps_the_schema_that_older_versions_read(signed_bundle: Any) -> None:
    path, key, digest = signed_bundle
    manifest = json.loads(members_of(path)["manifest.json"])
    assert (manifest["schema"], "velocities" in manifest) == (3, False)
    assert read_bundle(path, (key,), digest).model.regressor is None


def arrays_changed(content: bytes, change: dict[str, Any]) -> bytes:
    arrays = dict(np.load(io.BytesIO(content)))
    for name, array in change.items():
        if array is None:
            del arrays["velocities." + name]
        else:
            arrays["velocities." + name] = array
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize(
    ("manifest", "arrays"),
    [
        ({"velocities": None}, {}),
        ({"velocities": {}}, {}),
        ({"velocities": {"dofs": "hand"}}, {}),
        ({"velocities": {"dofs": ["hand", 3]}}, {}),
        ({"velocities": {"dofs": ["hand"]}}, {}),
        ({"velocities": [1]}, {}),
        ({"schema": 3}, {}),
        ({}, {"low": None}),
        ({}, {"offset": None}),
        ({}, {"offset": np.zeros((0, 2))}),
        ({}, {"by_level": np.zeros((1, 2, 3))}),
        ({}, {"by_feature": np.full((1, 2, FEATURES), math.nan)}),
        ({}, {"stranger": np.zeros((1, 2))}),
        ({}, {"by_feature": np.zeros((1, 2, 3))}),
        ({}, {"low": np.array(["a", "b"])}),
    ],
)
def test_a_well_signed_bundle_whose_velocities_cannot_be_is_refused_in_one_line(
    manifest: dict[str, Any],
    arrays: dict[str, Any],
    driving: Model,
    wearer: Any,
    clinic: Any,
    tmp_path: Path,
) -> None:
    import hashlib

    from innervate.models.bundle import _signed_part

    path, keys = written(tmp_path / "model.imb", driving, clinic, wearer)
    members = members_of(path)
    members["decoder.npz"] = arrays_changed(members["decoder.npz"], arrays)
    told = {**json.loads(members["manifest.json"]), **manifest}
    told["sha256"] = {"decoder.npz": hashlib.sha256(members["decoder.npz"]).hexdigest()}
    members["manifest.json"] = json.dumps(told).encode()
    signature = clinic.sign(_signed_part(members["manifest.json"], DIGEST)).hex()
    members["signature.json"] = json.dumps({"public_key": keys[0], "ed25519": signature}).encode()
    path.write_bytes(rebuilt(members))
    with pytest.raises(BundleError) as caught:
        read_bundle(path, keys, DIGEST)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
