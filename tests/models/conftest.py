"""A small trained model, signed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from innervate.models.bundle import Wearer, write_bundle
from innervate.models.keys import make_key, public_hex
from innervate.models.lda import ShrinkageLDA
from innervate.models.model import Model
from innervate.models.pipeline import Pipeline
from innervate.models.proportional import ProportionalSpeed
from innervate.models.templates import TemplateDecoder, Weights

from .signals import emg, settings

DIGEST = "ab" * 32


@pytest.fixture(scope="session")
def model() -> Model:
    """Three classes of four channels, told apart by their level."""
    made = settings(channels=4, unit="uV", rest_rms=(1.0,) * 4, active_rms=(60.0,) * 4)
    parts, labels = [], []
    for k, scale in enumerate((1.0, 8.0, 50.0)):
        frames = [f for f in Pipeline(made).push(emg(3000, 4, k, scale)) if f.ready]
        parts += [f.features for f in frames]
        labels += [k] * len(frames)
    lda = ShrinkageLDA().fit(np.array(parts), np.array(labels))
    return Model(
        made,
        ("rest", "open", "power"),
        0,
        TemplateDecoder(Weights.linear(lda.coef_, lda.intercept_), (), np.zeros(1), 2.5),
        None,
        ProportionalSpeed(np.full(4, 1.0), np.outer([1.0, 8.0, 50.0], np.ones(4))),
        (0.0, 0.6, 0.6),
        {"held_out": {"active_recall": 0.98}},
    )


@pytest.fixture(scope="session")
def wearer() -> Wearer:
    return Wearer("P-001", "ability-hand", "transradial", "left", simulated=True)


@pytest.fixture(scope="session")
def clinic(tmp_path_factory):
    """A private key."""
    return make_key(tmp_path_factory.mktemp("keys") / "clinic.key")


@pytest.fixture
def signed_bundle(model, wearer, clinic, tmp_path) -> tuple[Path, str, str]:
    """(path, public key, safety digest)."""
    path = tmp_path / "model.imb"
    write_bundle(path, model, wearer, clinic, DIGEST)
    return path, public_hex(clinic), DIGEST
