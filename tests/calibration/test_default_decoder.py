"""The default decoder on people who do not exist: turned, short of an electrode, beside what it never saw."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from timeit import repeat

import numpy as np
import pytest
from innervate.calibration.default_decoder import UNKNOWN_TEMPERATURE, FittedDefault, judged
from innervate.calibration.evaluation.use import blind
from innervate.calibration.templates import PENALTY, penalties_of, turns_of
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.npz import Recording
from innervate.models import network
from innervate.models.batch import MOST_CHANNELS, Windows
from innervate.models.signal.flags import Contact
from innervate.models.templates import TemplateDecoder

from .ring import MANY, fitted, flagged, in_use, right, ring, ring_recording, same, windows_of


@cache
def without_turns(**more) -> tuple[TemplateDecoder, FittedDefault]:
    """The same decoder with the templates of training only."""
    made = fitted(**more)
    weights = replace(made.statistics, templates=made.statistics.templates[:1]).weights()
    return TemplateDecoder(weights, (), np.zeros(1), made.temperature), made


def plainly(windows: Windows, **more) -> np.ndarray:
    plain, _ = without_turns(**more)
    return plain.log_posterior(plain.intact.by_turn(windows.features), None)


def changed(recording: Recording, emg: np.ndarray) -> Windows:
    return windows_of(replace(recording, emg=emg.astype(np.float32)))


# -- Turns


@pytest.mark.parametrize(("turn", "better"), [(0.5, 0.15), (-0.5, 0.1), (1.0, 0.35), (-1.0, 0.35)])
def test_a_turned_montage_is_decided_better_than_without_turned_templates(turn, better):
    there = ring(movements=MANY, turn=turn, seed=1)
    made = fitted(movements=MANY)
    assert right(made.log_posterior(there), there) > right(plainly(there, movements=MANY), there) + better


def test_a_montage_that_is_not_turned_is_decided_as_without_turned_templates():
    here = ring(movements=MANY, seed=1)
    said, plain = fitted(movements=MANY).log_posterior(here), plainly(here, movements=MANY)
    assert np.mean(said.argmax(axis=1) == plain.argmax(axis=1)) > 0.99
    assert right(said, here) > 0.95


@pytest.mark.parametrize("channels", [2, 3])
def test_few_channels_have_no_turned_templates(channels):
    made = fitted(channels=channels, movements=2)
    assert len(turns_of(channels)) == made.decoder.n_turns == 1
    here = ring(channels=channels, movements=2, seed=1)
    assert right(made.log_posterior(here), here) > 0.8
    follower = made.follow()
    in_use(follower, here)
    assert follower.turns.penalties.tolist() == [0.0]


def test_templates_pay_for_how_far_they_are_turned():
    quarter, half = PENALTY / 4, PENALTY / 2
    assert penalties_of(4).tolist() == [0.0, quarter, quarter, half, half, PENALTY, PENALTY]
    assert fitted().decoder.n_turns == len(turns_of(6)) == 7


# -- A lost channel


@pytest.mark.parametrize("lost", [0, 2, 5])
def test_without_a_channel_it_decides_as_trained_on_the_smaller_montage(lost):
    recording, fresh = ring_recording(), ring_recording(seed=1)
    smaller = FittedDefault(windows_of(replace(recording, emg=np.delete(recording.emg, lost, axis=1))))
    there = windows_of(replace(fresh, emg=np.delete(fresh.emg, lost, axis=1)))
    made, here = fitted(), windows_of(fresh)
    # Other channels are neighbours in the smaller montage, so only the templates of turn 0 are the same.
    ours = made.without(lost).by_turn(here.without((lost,)))[:, 0]
    expected = smaller.decoder.intact.by_turn(there.features)[:, 0]
    np.testing.assert_allclose(_softmax(ours), _softmax(expected), rtol=1e-6, atol=1e-9)


def _softmax(scores: np.ndarray) -> np.ndarray:
    likely = np.exp(scores - scores.max(axis=1, keepdims=True))
    return likely / likely.sum(axis=1, keepdims=True)


def test_three_channels_without_one_are_two():
    recording, fresh = (ring_recording(channels=3, movements=2, seed=s) for s in (0, 1))
    made = FittedDefault(windows_of(recording))
    smaller = FittedDefault(windows_of(replace(recording, emg=recording.emg[:, 1:])))
    smaller.temperature = made.temperature  # each learns its own
    expected = smaller.log_posterior(windows_of(replace(fresh, emg=fresh.emg[:, 1:])))
    np.testing.assert_allclose(
        made.log_posterior(flagged(windows_of(fresh), 0)), expected, rtol=1e-6, atol=1e-6
    )


def test_a_lost_channel_is_decided_in_use_as_in_batch_and_needs_no_training():
    made, here = fitted(), ring(seed=1)
    decoder = made.complete()
    assert len(decoder.lost) == 6
    for lost in range(6):
        many = np.exp(made.log_posterior(flagged(here, lost)))
        features = here.without((lost,))
        one = np.array([decoder.decide(row, lost)[1] for row in features[::7]])
        np.testing.assert_allclose(one, many[::7], rtol=1e-7, atol=1e-12)
        assert right(np.log(many + 1e-300), here) > 0.95
    took_s = min(repeat(lambda: decoder.decide(features[0], 5), number=20, repeat=5)) / 20
    assert took_s < 0.5e-3  # weights that are there: training takes tens of ms


def test_what_the_lost_channel_shows_does_not_matter():
    recording = ring_recording(seed=1)
    broken = recording.emg.copy()
    broken[:, 3] = 500.0 * np.random.default_rng(0).normal(size=len(broken))
    made = fitted()
    expected = made.log_posterior(flagged(windows_of(recording), 3))
    found = made.log_posterior(flagged(changed(recording, broken), 3))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert right(made.log_posterior(changed(recording, broken)), ring(seed=1)) < 0.8


def test_with_two_lost_nothing_is_known():
    made, here = fitted(), ring(seed=1)
    found = made.log_posterior(flagged(here, 1, 4))
    np.testing.assert_allclose(found, -np.log(5))
    follower = made.follow()
    before = follower.turns.penalties.copy()
    np.testing.assert_allclose(follower.decide(flagged(here, 1, 4)), -np.log(5))
    assert np.array_equal(follower.turns.penalties, before)


def test_a_mixture_of_losses_is_each_windows_own():
    made, here = fitted(), ring(seed=1)
    contact = here.contact.copy()
    number = np.arange(len(here))
    contact[number % 4 == 1, 2] = Contact.MAINS
    contact[number % 4 == 2, 0] = Contact.FLAT
    contact[number % 4 == 3, :2] = Contact.RAILED
    found = made.log_posterior(replace(here, contact=contact))
    for rest, lost in ((0, ()), (1, (2,)), (2, (0,)), (3, (0, 1))):
        expected = made.log_posterior(flagged(here, *lost))
        np.testing.assert_allclose(found[rest::4], expected[rest::4], rtol=1e-9, atol=1e-9)
    heart = made.log_posterior(flagged(here, 2, flag=Contact.ECG))
    assert np.array_equal(heart, made.log_posterior(here))


def test_above_so_many_channels_no_loss_can_be_told():
    channels = MOST_CHANNELS + 1
    made = fitted(channels=channels, movements=2)
    here = ring(channels=channels, movements=2, seed=1)
    assert right(made.log_posterior(here), here) > 0.95
    assert made.complete().lost == ()
    np.testing.assert_allclose(made.log_posterior(flagged(here, 2)), -np.log(3))


# -- Training


def test_fitting_is_deterministic():
    assert same(FittedDefault(ring()), FittedDefault(windows_of(ring_recording())))
    assert not same(FittedDefault(ring()), FittedDefault(ring(seed=1)))


def test_a_single_repetition_on_a_single_day_is_enough():
    made = fitted(reps=1)
    assert made.temperature == UNKNOWN_TEMPERATURE
    assert made.network is None
    assert len(made.held.rows) == 0
    here = ring(seed=1)
    assert right(made.log_posterior(here), here) > 0.9
    assert np.isfinite(made.outlier(here)).all()


def test_windows_that_do_not_know_their_features_are_refused():
    with pytest.raises(RecordingError, match="windows that know their features"):
        FittedDefault(replace(ring(), signal_features=None))


def test_rest_is_the_quietest_whatever_its_number():
    windows = ring()
    assert fitted().rest == 0
    assert FittedDefault(replace(windows, label=(windows.label + 3) % 5)).rest == 3


def test_five_days_train_a_network_and_four_do_not(monkeypatch):
    monkeypatch.setattr(network, "STEPS", 150)
    days = ring(days=(0, 1, 2, 3, 4), reps=1, drift=0.3)
    made, again, fewer = (FittedDefault(w) for w in (days, days, days.where(days.cond < 4)))
    assert fewer.network is None
    assert np.array_equal(made.network.w1, again.network.w1)
    assert same(made, again)
    later = ring(days=(6,), drift=0.3)
    many = made.log_posterior(later)
    assert right(many, later) > 0.95
    decoder = made.complete()
    one = np.array([decoder.decide(row)[1] for row in later.features[::9]])
    np.testing.assert_allclose(one, np.exp(many[::9]), rtol=1e-7, atol=1e-12)
    assert decoder.network is made.network
    assert right(made.log_posterior(flagged(later, 4)), later) > 0.9


# -- What was seen


def test_one_is_the_edge_of_what_was_held_out():
    windows = ring()
    made = FittedDefault(windows)
    held = []
    for rep in range(3):
        part = FittedDefault(windows.where(windows.rep != rep))
        held.append(judged(part.statistics, windows.features[windows.rep == rep], made.penalties)[1])
    assert np.mean(np.concatenate(held) > made.held.edge) == pytest.approx(0.01, abs=0.005)
    assert np.mean(made.outlier(ring(seed=1)) <= 1.0) > 0.9


def test_what_nobody_saw_is_far_outside():
    recording, rng = ring_recording(seed=1), np.random.default_rng(0)
    shape, t = recording.emg.shape, np.arange(len(recording.emg))
    artefact = recording.emg.copy()
    artefact[:, 1] += 3000.0 * np.sin(0.9 * t)
    made = fitted()
    for strange in (60.0 * rng.normal(size=shape), np.tile(60.0 * rng.normal(size=(len(t), 1)), 6), artefact):
        assert np.quantile(made.outlier(changed(recording, strange)), 0.05) > 3.0


def test_a_turned_or_worn_montage_fits_worse():
    made = fitted(movements=MANY)
    here, turned = ring(movements=MANY, seed=1), ring(movements=MANY, seed=1, turn=1.0)
    worn = ring(movements=MANY, days=(7,), seed=1, wear=0.5)
    score = made.fit_score(here)
    assert made.fit_score(turned) > score + 0.2
    assert made.fit_score(worn) > score + 0.2
    assert made.fit_score(blind(turned)) == made.fit_score(turned)
    at_rest = here.where(here.label == 0)
    assert np.isfinite(made.fit_score(at_rest))
