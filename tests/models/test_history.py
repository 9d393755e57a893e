"""Models over time: one in use at every moment, the ones before it kept, and no more than that."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from innervate.core.errors import BundleError
from innervate.models import history as module
from innervate.models.bundle import Wearer, previous_path, write_bundle
from innervate.models.history import FOUND, KEPT, History, link_as
from innervate.models.model import Model

WEARER = Wearer("p1", "ability-hand", "transradial", "left")
KEY = Ed25519PrivateKey.generate()


class Limb:
    """A model in use, and children of it."""

    def __init__(self, folder: Path, model: Model) -> None:
        self.path, self.model = folder / "model.imb", model
        write_bundle(self.path, model, WEARER, KEY, "digest")

    def made(self, number: int) -> Path:
        """A child of the one in use, as a recalibration makes it."""
        candidate = self.path.with_name("next.imb")
        link_as(self.path, candidate)
        write_bundle(candidate, replace(self.model, metrics={"number": number}), WEARER, KEY, "digest")
        return candidate


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def limb(tmp_path: Path, model: Model) -> Limb:
    return Limb(tmp_path, model)


def test_a_change_keeps_the_model_before_and_undo_finds_it(limb: Limb) -> None:
    path = limb.path
    history, first = History(path), sha(path)
    second = history.install(limb.made(1), "recalibration", 5.0)
    assert sha(path) == second != first
    assert sha(previous_path(path)) == sha(history.before()) == first
    third = history.install(limb.made(2), "recalibration", 6.0)
    assert sha(history.before()) == second
    history.install(history.before(), "undo", 7.0)
    history.install(history.before(), "undo", 8.0)
    assert sha(path) == first
    with pytest.raises(BundleError, match="no earlier model"):
        history.before()
    assert [(one.sha256, one.why) for one in history.changes] == [
        (first, FOUND),
        (second, "recalibration"),
        (third, "recalibration"),
        (second, "undo"),
        (first, "undo"),
    ]


def test_a_model_that_came_from_the_clinic_is_noted_and_kept(limb: Limb) -> None:
    path = limb.path
    history = History(path)
    history.install(limb.made(1), "recalibration", 5.0)
    write_bundle(path, limb.model, WEARER, KEY, "digest")
    history.note(9.0)
    assert history.changes[-1].why == FOUND
    assert history.model(sha(path)).exists()


def test_it_is_bounded(limb: Limb) -> None:
    path = limb.path
    history, first = History(path), sha(path)
    for number in range(KEPT + 5):
        history.install(limb.made(number), "recalibration", float(number))
    assert len(history.changes) == KEPT
    assert len(list((path.parent / "model.imb.history").glob("*.imb"))) <= KEPT + 2
    assert history.before().exists()
    assert not history.model(first).exists() or sha(history.model(first)) == first


@pytest.mark.parametrize("fails_at", [0, 1, 2, 3])
def test_a_disk_that_fails_leaves_a_whole_model_in_place(
    limb: Limb, fails_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = limb.path
    history, first, candidate = History(path), sha(path), limb.made(1)
    real, count = module.link_as, 0

    def failing(one: Path, other: Path) -> None:
        nonlocal count
        count += 1
        if count > fails_at:
            raise OSError("disk full")
        real(one, other)

    monkeypatch.setattr(module, "link_as", failing)
    with pytest.raises(BundleError):
        history.install(candidate, "recalibration", 5.0)
    assert sha(path) == first
