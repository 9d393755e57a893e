"""What the page says of grip, freeze, force, heat, seat and devices, in each situation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.app.page.frame import frame_json
from innervate.app.page.setup import read_setup
from innervate.core.state import SENTENCE, Reason, State
from innervate.firmware_bridge.standing import RUNNING

from .page_bench import Bench, bench_of
from .page_feeder import GRIPS


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_of(tmp_path) as bench:
        yield bench


@pytest.fixture
def rich(tmp_path: Path) -> Iterator[Bench]:
    """Of a hand with grips, a limit of force, and a second device."""
    with bench_of(tmp_path, grips=GRIPS, max_grip_n=6.0, device="ability-hand+dynamixel") as bench:
        yield bench


def test_a_limb_that_offers_nothing_shows_nothing(bench: Bench) -> None:
    state = bench.run()
    assert (state.setup.grips, state.setup.leg, state.setup.max_grip_n) == ((), False, 0.0)
    assert (state.care.grip, state.care.seat, state.care.facts) == ("", None, ())
    assert set(state.care.force_n) == {None}
    assert set(state.care.held) == {""}


def test_the_grip_in_force_is_the_one_the_loop_uses(rich: Bench) -> None:
    rich.feeder.grip = 1
    state = rich.run()
    assert state.setup.grips == tuple(GRIPS)
    assert state.care.grip == "pinch"
    rich.feeder.grip = 99
    assert rich.run().care.grip == ""


def test_force_of_fingers_alone_and_why_one_goes_no_further(rich: Bench) -> None:
    rich.feeder.force_n = [6.5, 2.0, 0.0, 0.0, 1.0, 0.0]
    rich.feeder.limiting = [True, True, False, False, False, False]
    care = rich.run(said=True).care
    assert care.force_n == (6.5, 2.0, 0.0, 0.0, 1.0, None)
    assert care.held == ("force limit", "held back", "", "", "", "")
    assert [fact.text for fact in care.facts[:1]] == ["From 6 N on a finger closes no further"]


def test_what_only_an_old_answer_said_is_not_shown(rich: Bench) -> None:
    rich.feeder.limiting = [True] * 6
    rich.feeder.devices_answering = [True, False]
    care = rich.run().care
    assert set(care.held) == {""}
    assert care.facts == ()


def test_which_device_does_not_answer_is_named_with_what_to_do(rich: Bench) -> None:
    rich.feeder.devices_answering = [True, False]
    state = rich.run(said=True)
    assert state.setup.device == "Ability Hand + Dynamixel"
    said = [(fact.text, fact.tone) for fact in state.care.facts]
    assert said == [("Ability Hand answers", "good"), ("Dynamixel does not answer: check its cable", "bad")]


@pytest.mark.parametrize(
    ("reason", "shown"),
    [(Reason.NONE, ("Warmest joint 71 °C", "good")), (Reason.LIMB_HOT, ("Too hot: 71 °C", "bad"))],
)
def test_heat_in_words(bench: Bench, reason: Reason, shown: tuple[str, str]) -> None:
    bench.feeder.hottest_c, bench.feeder.reason = 71.2, reason
    (fact,) = bench.run().care.facts
    assert (fact.text, fact.tone) == shown


def test_frozen_is_a_headline_of_its_own(bench: Bench) -> None:
    assert bench.run().care.may_freeze
    bench.feeder.state, bench.feeder.reason, bench.feeder.frozen = State.HOLDING, Reason.FROZEN, True
    state = bench.run()
    assert (state.banner.headline, state.banner.sentence) == ("Frozen", SENTENCE[Reason.FROZEN])
    assert (state.care.frozen, state.care.may_freeze) == (True, False)
    bench.feeder.movement = "power"
    assert bench.run().decoded.acting == "Held back"


@pytest.mark.parametrize(
    ("device", "unit"), [("covvi+dynamixel", "%"), ("inspire-rh56", "%"), ("ability-hand", "°")]
)
def test_fingers_without_angles_are_told_in_percent(device: str, unit: str) -> None:
    setup = read_setup({}, {"device": device, "joints": ["index", "wrist rotation"]})
    assert setup.units == (unit, "°")


@pytest.mark.parametrize("state", list(State))
def test_freeze_is_offered_when_the_guard_would_do_it(bench: Bench, state: State) -> None:
    bench.feeder.state = state
    assert bench.run().care.may_freeze == (state in RUNNING)


@pytest.mark.parametrize(
    ("seated", "gate", "unloaded_s", "shown"),
    [
        (False, Reason.LOADED, 0.0, (SENTENCE[Reason.LOADED], 0.0)),
        (False, Reason.LOAD_UNKNOWN, 0.0, (SENTENCE[Reason.LOAD_UNKNOWN], None)),
        (True, Reason.NONE, 7.5, ("You sit: the leg follows the muscles once it is armed.", 7.5)),
        (False, Reason.NONE, 0.2, ("No weight on the leg: it may follow the muscles once it is armed.", 0.2)),
        (False, 99, None, (SENTENCE[Reason.LOAD_UNKNOWN], None)),
    ],
)
def test_a_leg_says_whether_it_may_follow_and_why_not(
    tmp_path: Path, seated: bool, gate: int, unloaded_s: float | None, shown: tuple[str, float | None]
) -> None:
    with bench_of(tmp_path, device="moteus-ankle", joints=["ankle"]) as bench:
        bench.feeder.seated, bench.feeder.gate, bench.feeder.unloaded_s = seated, gate, unloaded_s
        seat = bench.run(said=True).care.seat
    assert seat is not None
    assert (seat.seated, seat.sentence, seat.unloaded_s) == (seated, *shown)


def test_a_dead_guard_leaves_no_claims_about_the_limb(rich: Bench) -> None:
    rich.feeder.force_n, rich.feeder.hottest_c = [1.0] * 6, 40.0
    rich.run(said=True)
    rich.feeder.guard_runs = False
    care = rich.run(60, said=True).care
    assert (care.force_n, care.held, care.facts, care.may_freeze) == ((), (), (), False)


@pytest.mark.parametrize("said", [{}, {"limb": 3}, {"limb": {"limiting": "x", "devices_answering": [1]}}])
def test_strange_answers_are_as_good_as_none(rich: Bench, said: dict[str, object]) -> None:
    rich.run()
    state = rich.reader.read(rich.t_s, said)
    assert set(state.care.held) == {""}
    assert state.care.facts == ()
    json.loads(frame_json(state))
