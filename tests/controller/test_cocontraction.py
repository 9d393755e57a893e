"""Stop and release by tensing two muscles at once: what counts as that, what does not; up to the guard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.controller.cocontraction import REFRACTORY_S, Cocontraction
from innervate.controller.decider import Decider
from innervate.controller.settings import CocontractionSettings
from innervate.core.chunk import Chunk
from innervate.core.command import Ask
from innervate.core.errors import ProfileError
from innervate.core.state import Reason, State
from innervate.models.design import design_pipeline
from innervate.models.runtime import Runtime
from innervate.models.signal.flags import Contact
from innervate.models.templates import TemplateDecoder, Weights
from numpy.typing import NDArray

from .joined import RATE_HZ, REST_UV, STEP, STRONGEST_UV, Joined, emg, model
from .test_loop import SETTINGS

NAMES = ("flexor", "other", "extensor")
TENSE_UV, LIGHT_UV = 55.0, 12.0
TWO = CocontractionSettings(("flexor", "extensor"))
PIPELINE = replace(
    design_pipeline(RATE_HZ, NAMES, 10.0, unit="uV"),
    rest_rms=(REST_UV,) * 3,
    active_rms=(STRONGEST_UV,) * 3,
    rail=5000.0,
)
GOOD = np.zeros(3, np.uint8)


class Wearer:
    """Two muscles and one more electrode, ten milliseconds at a time; white noise on a constant."""

    def __init__(self, watched: CocontractionSettings = TWO, seed: int = 1) -> None:
        self.watch = Cocontraction(watched, PIPELINE)
        self.rng = np.random.default_rng(seed)
        self.asks: list[Ask] = []
        self.constant_uv = (900.0, -300.0, 20.0)
        self.most_uv = np.inf
        self.tenses(0.5, 0, 0)

    def tenses(
        self,
        seconds: float,
        flexor: float,
        extensor: float,
        contact: NDArray[np.uint8] = GOOD,
        fresh: bool = True,
        spoil: float | None = None,
        spoilt: int = 0,
    ) -> list[Ask]:
        """What is asked for in each increment.

        Args:
            seconds: how long.
            flexor, extensor: microvolts.
            contact: flags.
            fresh: the samples came in time.
            spoil: put this value in place of all samples of channel `spoilt`.
            spoilt: see there.
        """
        found = []
        for _ in range(round(seconds * RATE_HZ / STEP)):
            levels = np.array([flexor, 0.0, extensor]) + REST_UV
            raw = (self.rng.normal(0.0, 1.0, (STEP, 3)) * levels + self.constant_uv).astype(np.float32)
            raw = np.minimum(raw, np.float32(self.most_uv))
            if spoil is not None:
                raw[:, spoilt] = spoil
            self.watch.step(raw, contact, bool(np.isfinite(raw).all()), fresh)
            found.append(self.watch.ask)
        self.asks += found
        return found

    def rests(self, seconds: float = 1.0) -> list[Ask]:
        return self.tenses(seconds, 0.0, 0.0)


def order(asks: list[Ask]) -> list[Ask]:
    """Without repetitions."""
    return [ask for i, ask in enumerate(asks) if i == 0 or ask is not asks[i - 1]]


def flagged(channel: int, flag: Contact) -> NDArray[np.uint8]:
    flags = GOOD.copy()
    flags[channel] = flag
    return flags


@pytest.mark.parametrize("seed", range(10))
def test_tensing_both_for_a_moment_stops_and_no_more(seed: int) -> None:
    wearer = Wearer(seed=seed)
    asks = wearer.tenses(0.2, TENSE_UV, TENSE_UV) + wearer.rests()
    assert order(asks) == [Ask.NOTHING, Ask.STOP, Ask.NOTHING]
    assert 0.12 <= asks.index(Ask.STOP) * 0.01 <= 0.20
    assert asks.count(Ask.STOP) >= 20


@pytest.mark.parametrize("seed", range(10))
def test_held_on_for_a_second_it_releases_after_it_has_stopped(seed: int) -> None:
    wearer = Wearer(seed=seed)
    asks = wearer.tenses(1.3, TENSE_UV, TENSE_UV) + wearer.rests()
    assert order(asks) == [Ask.NOTHING, Ask.STOP, Ask.RELEASE, Ask.NOTHING]
    assert 1.0 <= asks.index(Ask.RELEASE) * 0.01 <= 1.1


@pytest.mark.parametrize(("flexor", "extensor"), [(TENSE_UV, 0.0), (0.0, TENSE_UV), (TENSE_UV, LIGHT_UV)])
def test_one_muscle_alone_asks_for_nothing_however_long(flexor: float, extensor: float) -> None:
    wearer = Wearer()
    assert set(wearer.tenses(3.0, flexor, extensor) + wearer.rests()) == {Ask.NOTHING}


def test_a_muscle_that_joins_later_is_no_cocontraction() -> None:
    wearer = Wearer()
    wearer.tenses(0.3, TENSE_UV, 0.0)
    wearer.tenses(2.0, TENSE_UV, TENSE_UV)
    assert set(wearer.asks) == {Ask.NOTHING}
    wearer.rests(0.3)
    assert Ask.STOP in wearer.tenses(0.3, TENSE_UV, TENSE_UV)


def test_too_short_is_nothing() -> None:
    wearer = Wearer()
    assert set(wearer.tenses(0.05, TENSE_UV, TENSE_UV) + wearer.rests()) == {Ask.NOTHING}


def test_muscles_that_were_tense_before_anybody_looked_ask_for_nothing() -> None:
    wearer = Wearer()
    wearer.watch = Cocontraction(TWO, PIPELINE)
    assert set(wearer.tenses(3.0, TENSE_UV, TENSE_UV)) == {Ask.NOTHING}


def test_after_an_ask_the_next_one_takes_a_while() -> None:
    wearer = Wearer()
    wearer.tenses(0.3, TENSE_UV, TENSE_UV)
    ended = wearer.rests(0.3)
    assert ended[-1] is Ask.NOTHING
    assert set(wearer.tenses(0.25, TENSE_UV, TENSE_UV)) == {Ask.NOTHING}
    wearer.rests(REFRACTORY_S)
    assert Ask.STOP in wearer.tenses(0.3, TENSE_UV, TENSE_UV)


@pytest.mark.parametrize("channel", [0, 2])
@pytest.mark.parametrize(
    "flag", [Contact.RAILED, Contact.NOISY, Contact.LIFTED, Contact.MOTION, Contact.MAINS]
)
def test_an_electrode_of_the_two_that_cannot_be_trusted_asks_for_nothing(channel: int, flag: Contact) -> None:
    wearer = Wearer()
    assert set(wearer.tenses(2.0, TENSE_UV, TENSE_UV, flagged(channel, flag))) == {Ask.NOTHING}
    assert set(wearer.tenses(2.0, TENSE_UV, TENSE_UV)) == {Ask.NOTHING}, (
        "it was tense before it could be trusted"
    )
    wearer.rests()
    assert Ask.STOP in wearer.tenses(0.3, TENSE_UV, TENSE_UV)


def test_a_heartbeat_in_a_channel_does_not_take_stop_away() -> None:
    wearer = Wearer()
    assert Ask.STOP in wearer.tenses(0.3, TENSE_UV, TENSE_UV, flagged(0, Contact.ECG))


def test_it_works_while_another_electrode_is_off_and_measures_nothing() -> None:
    wearer = Wearer()
    off = flagged(1, Contact.NO_DATA)
    asks = wearer.tenses(1.3, TENSE_UV, TENSE_UV, off, spoil=np.nan, spoilt=1)
    assert order(asks) == [Ask.NOTHING, Ask.STOP, Ask.RELEASE]


@pytest.mark.parametrize("value", [np.nan, np.inf, 5000.0, -5000.0, 1e30])
def test_no_step_to_a_rail_or_to_nonsense_and_back_looks_like_a_muscle(value: float) -> None:
    wearer = Wearer()
    for seconds in (0.01, 0.05, 0.2, 1.5):
        wearer.tenses(seconds, TENSE_UV, TENSE_UV, spoil=value)
        wearer.rests(0.5)
        wearer.tenses(seconds, 0.0, TENSE_UV, spoil=value, spoilt=2)
        wearer.rests(0.5)
    assert set(wearer.asks) == {Ask.NOTHING}
    assert Ask.STOP in wearer.tenses(0.3, TENSE_UV, TENSE_UV), "a glitch leaves no trace"


def test_a_channel_that_drifts_to_the_end_of_its_range_asks_for_nothing() -> None:
    wearer = Wearer()
    wearer.constant_uv, wearer.most_uv = (4970.0, 0.0, 0.0), 5000.0
    wearer.rests()
    assert set(wearer.tenses(2.0, TENSE_UV, TENSE_UV)) == {Ask.NOTHING}


def test_a_lost_sample_does_not_make_a_cocontraction_of_what_was_none() -> None:
    wearer = Wearer()
    wearer.constant_uv = (0.0, 0.0, 0.0)
    wearer.tenses(0.3, TENSE_UV, 0.0)
    wearer.tenses(0.3, TENSE_UV, TENSE_UV)
    wearer.tenses(0.01, TENSE_UV, TENSE_UV, spoil=np.nan)
    wearer.tenses(2.0, TENSE_UV, TENSE_UV)
    assert set(wearer.asks) == {Ask.NOTHING}


def test_a_knock_on_the_socket_far_louder_than_any_muscle_asks_for_nothing() -> None:
    wearer = Wearer()
    for _ in range(5):
        wearer.tenses(0.2, 1000.0, 1000.0)
        wearer.rests(0.3)
    assert set(wearer.asks) == {Ask.NOTHING}


def test_samples_that_came_too_late_ask_for_nothing() -> None:
    wearer = Wearer()
    assert set(wearer.tenses(2.0, TENSE_UV, TENSE_UV, fresh=False)) == {Ask.NOTHING}


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0.02, 1.6),
            st.sampled_from([0.0, LIGHT_UV, TENSE_UV, 400.0]),
            st.sampled_from([0.0, LIGHT_UV, TENSE_UV, 400.0]),
            st.sampled_from([0, 0, 0, int(Contact.RAILED)]),
        ),
        max_size=12,
    )
)
def test_a_release_is_asked_for_only_after_a_second_of_both_and_a_stop_before_it(
    script: list[tuple[float, float, float, int]],
) -> None:
    wearer = Wearer()
    both = [False] * len(wearer.asks)
    for seconds, flexor, extensor, flag in script:
        asks = wearer.tenses(seconds, flexor, extensor, flagged(0, Contact(flag)))
        both += [min(flexor, extensor) >= TENSE_UV and not flag] * len(asks)
    for i in range(1, len(wearer.asks)):
        before, now = wearer.asks[i - 1], wearer.asks[i]
        if now is Ask.RELEASE and before is not Ask.RELEASE:
            assert before is Ask.STOP
            # The window's tail may bridge a moment, never more than its own length.
            assert sum(both[i - 99 : i + 1]) >= 90
        if now is Ask.STOP and before is Ask.NOTHING:
            assert sum(both[max(0, i - 20) : i + 1]) >= 4


# -- in the loop, and up to the guard ---------------------------------------------------------------------


def stuck_decoder() -> TemplateDecoder:
    """Decides "power" whatever it sees."""
    weights = np.zeros((3, model().decoder.n_features))
    return TemplateDecoder(Weights.linear(weights, np.array([0.0, 0.0, 9.0])), (), np.zeros(1), 1.0)


WATCHED = replace(SETTINGS, cocontraction=CocontractionSettings(("E1", "E2")))


def asked(samples: NDArray[np.float32], cuts: list[int]) -> list[Ask]:
    """Of every decision, when the samples come in chunks of these lengths, over and over."""
    decider = Decider(WATCHED, Runtime(model()))
    found, start, k = [], 0, 0
    while start < len(samples):
        rows = samples[start : start + cuts[k % len(cuts)]]
        t_s = 100.0 + (start + np.arange(len(rows)) + 1) / RATE_HZ
        chunk = Chunk(start, rows, np.ones(rows.shape, np.bool_), t_s, float(t_s[-1]))
        found += [step.ask for step in decider.decide(chunk, float(t_s[-1]))]
        start, k = start + len(rows), k + 1
    return found


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 55), min_size=1, max_size=8))
def test_however_the_samples_are_cut_the_same_is_asked_for(cuts: list[int]) -> None:
    rng = np.random.default_rng(3)
    parts = [(0.5, 0, 0), (0.25, 55, 55), (0.9, 0, 0), (1.2, 55, 55), (0.3, 0, 0)]
    samples = np.concatenate([emg(rng, *part) for part in parts])
    whole = asked(samples, [STEP])
    assert order(whole) == [*(Ask.NOTHING, Ask.STOP) * 2, Ask.RELEASE, Ask.NOTHING]
    assert asked(samples, cuts) == whole


def test_with_a_decoder_that_never_lets_go_two_muscles_stop_and_release_the_limb(tmp_path: Path) -> None:
    joined = Joined(tmp_path, WATCHED)
    joined.arm()
    joined.runtime._decoder = stuck_decoder()
    joined.lives(0.6)
    assert joined.where == (State.ACTIVE, Reason.NONE)
    moved = joined.bench.setpoint
    joined.lives(0.2, TENSE_UV, TENSE_UV)
    assert joined.where == (State.STOPPED, Reason.STOP_REQUESTED)
    assert joined.bench.setpoint[0] - moved[0] < 25.0
    still = joined.bench.setpoint
    joined.lives(1.0)
    assert joined.bench.setpoint == still
    joined.lives(1.2, TENSE_UV, TENSE_UV)
    assert joined.where == (State.PROMPTING, Reason.RELEASE_REQUESTED)
    joined.lives(3.0)
    assert joined.where == (State.STOPPED, Reason.NOT_ARMED)
    assert joined.bench.setpoint == pytest.approx(joined.bench.model.release_deg, abs=0.1)
    joined.close()


def test_a_gap_in_the_samples_is_not_held_through(tmp_path: Path) -> None:
    joined = Joined(tmp_path, WATCHED)
    joined.lives(0.5)
    joined.lives(0.6, TENSE_UV, TENSE_UV)
    assert joined.where == (State.STOPPED, Reason.STOP_REQUESTED)
    for _ in range(20):
        joined.loop.turn()
        joined.bench.guard.turn()
    assert joined.decider.ask is Ask.NOTHING
    joined.lives(1.5, TENSE_UV, TENSE_UV)
    assert joined.where == (State.STOPPED, Reason.STOP_REQUESTED)
    joined.close()


@pytest.mark.parametrize(
    ("watched", "says"),
    [
        (CocontractionSettings(("flexor", "elbow")), "no channel 'elbow'; it has flexor, other, extensor"),
        (CocontractionSettings(("flexor", "flexor")), "'flexor' is there twice"),
    ],
)
def test_channels_that_cannot_be_are_named(watched: CocontractionSettings, says: str) -> None:
    with pytest.raises(ProfileError, match=says):
        Cocontraction(watched, PIPELINE)


def test_without_levels_of_calibration_it_is_refused() -> None:
    with pytest.raises(ProfileError, match="how strong 'flexor' can be"):
        Cocontraction(TWO, replace(PIPELINE, active_rms=()))
