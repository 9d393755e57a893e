"""A test of control for a wearer: what is asked, what counts, and what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.app.live_assess import assess_live, prompt, show_live
from innervate.app.live_limb import LiveLimb, parts_of
from innervate.app.live_test import COUNTDOWN_S, PAUSE_S, LiveTest, Stage
from innervate.core.errors import InnervateError, ProfileError
from innervate.core.state import State
from rich.console import Console

from .page_feeder import JOINTS, POSTURES, Feeder

STEP_S = 0.01


class Wearer:
    """Somebody with a limb that moves through a closed hand's postures; time is stepped by hand."""

    def __init__(self, folder: Path) -> None:
        self.feeder = Feeder(folder)
        self.limb = LiveLimb(folder)
        self.t_s = 100.0
        self.step()
        self.limb.look(self.t_s)

    def step(self, seconds: float = STEP_S, test: LiveTest | None = None) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.t_s += STEP_S
            self.feeder.step(self.t_s)
            if test is not None:
                for seen in self.limb.look(self.t_s):
                    test.see(seen)

    def seek(self, test: LiveTest) -> None:
        """Move the hand the way the target lies, and stop there."""
        (dof,) = test.view()["dofs"]
        off = dof["target"] - dof["value"]
        # It stops at once, and drifts a little.
        self.feeder.movement = "rest" if abs(off) < 0.6 * dof["width"] else "power" if off > 0 else "open"

    def until(self, test: LiveTest, *stages: Stage, most_s: float = 40.0) -> None:
        begun_s = self.t_s
        while test.stage not in stages:
            assert self.t_s - begun_s < most_s
            if test.stage is Stage.TRIAL and test.test in ("tac", "fitts"):
                self.seek(test)
            else:
                self.feeder.movement = "rest"
            self.step(STEP_S, test)


@pytest.fixture
def wearer(tmp_path: Path) -> Iterator[Wearer]:
    made = Wearer(tmp_path)
    yield made
    made.limb.close()
    made.feeder.close()


def test_it_counts_down_watches_pauses_and_ends_with_the_figures_of_a_task(wearer: Wearer) -> None:
    test = LiveTest(wearer.limb, "fitts", 1, 3, seed=1)
    wearer.step(STEP_S, test)
    assert test.stage is Stage.COUNTDOWN
    assert test.view()["left_s"] == pytest.approx(COUNTDOWN_S, abs=0.02)
    assert "%" in test.view()["text"]
    wearer.step(COUNTDOWN_S + STEP_S, test)
    assert test.stage is Stage.TRIAL
    wearer.until(test, Stage.PAUSE)
    assert test.view()["last"]["completed"] is True
    wearer.step(PAUSE_S + STEP_S, test)
    assert test.stage is Stage.COUNTDOWN
    wearer.until(test, Stage.DONE, most_s=80.0)
    view = test.view()
    assert view["figures"]["completed"] == 1.0
    assert view["figures"]["throughput_bit_s"] > 0.2
    assert view["simulated"] is True
    assert len(test.told()) == 3
    assert json.loads(json.dumps(view, allow_nan=False)) == view


def test_a_target_lies_where_the_limb_is_not(wearer: Wearer) -> None:
    """Nobody can put a worn limb somewhere: trial after trial begins where the last one ended."""
    test = LiveTest(wearer.limb, "tac", 1, 4, seed=1)
    for _ in range(4):
        wearer.until(test, Stage.TRIAL, most_s=10.0)
        (dof,) = test.view()["dofs"]
        assert abs(dof["value"] - dof["target"]) > dof["width"]
        wearer.until(test, Stage.PAUSE, Stage.DONE)
    assert test.stage is Stage.DONE


def test_a_limb_that_stops_following_interrupts_the_trial_which_is_done_again(wearer: Wearer) -> None:
    test = LiveTest(wearer.limb, "tac", 1, 1, seed=1)
    wearer.until(test, Stage.TRIAL)
    asked = test.view()["text"]
    wearer.feeder.state = State.STOPPED
    wearer.step(2 * STEP_S, test)
    assert test.stage is Stage.WAITING
    assert test.view()["text"] == ""
    assert "Arm the limb" in prompt(test.view()).plain
    wearer.step(20.0, test)
    assert test.outcomes == []
    wearer.feeder.state = State.ACTIVE
    wearer.until(test, Stage.TRIAL)
    assert test.view()["text"] == asked
    wearer.until(test, Stage.DONE)
    assert (test.interrupted, len(test.outcomes)) == (1, 1)


def test_a_dead_decoder_is_no_movement(wearer: Wearer) -> None:
    wearer.step(0.2)
    assert wearer.limb.look(wearer.t_s)[-1].running
    wearer.feeder.decoder_runs = False
    wearer.step(0.7)
    seen = wearer.limb.look(wearer.t_s)[-1]
    assert (seen.running, seen.movement, seen.speed) == (False, "rest", 0.0)


def test_motion_test_goes_by_decisions(wearer: Wearer) -> None:
    test = LiveTest(wearer.limb, "motion", 1, 1, seed=3)
    wearer.until(test, Stage.TRIAL)
    view = test.view()
    assert (view["text"], view["dofs"]) != ("", None)
    movement = test._trial.goal.movement  # what the wearer is told in words
    assert movement in POSTURES
    wearer.feeder.movement = movement
    wearer.step(4.0, test)
    assert test.stage is Stage.DONE
    assert test.outcomes[0].completed
    assert 0.9 < test.outcomes[0].time_s < 2.0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("blocks", 1, 3), "test 'blocks': not for a worn limb; allowed: motion, tac, fitts, tracking"),
        (("tac", 2, 3), "--motions 2: this limb has 1 degrees of freedom"),
        (("tracking", 1, 3), "--test tracking: needs an ankle"),
        (("tac", 1, 0), "0 trials: allowed is 1 to 200"),
    ],
)
def test_what_the_limb_cannot_do_is_said(wearer: Wearer, asked: tuple[str, int, int], said: str) -> None:
    with pytest.raises(ProfileError) as error:
        LiveTest(wearer.limb, *asked, seed=1)
    assert said in str(error.value)


def test_without_a_limb_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no limb is running"):
        LiveTest(LiveLimb(tmp_path), "motion", 1, 3, seed=1)


def test_the_parts_of_a_limb_of_several_devices_are_told_from_its_names() -> None:
    joints = (*JOINTS, "wrist rotation", "wrist flexion")
    hand, wrist = parts_of(["ability-hand", "dynamixel"], joints)
    assert (hand.joints, wrist.joints) == (tuple(JOINTS), ("wrist rotation", "wrist flexion"))
    assert [part.joints for part in parts_of(["moteus"], ("ankle",))] == [("ankle",)]


@pytest.mark.slow
@pytest.mark.real_time
def test_in_the_terminal(tmp_path: Path) -> None:
    console = Console(record=True, width=100, force_terminal=True)
    with Feeder(tmp_path) as feeder:
        feeder.movement = "power"
        found = assess_live(tmp_path, "motion", 1, 1, 3, console)
    assert found["simulated"] is True
    assert len(found["trials"]) == 1
    show_live(console, found)
    said = console.export_text()
    assert "SIMULATED wearer: motion test" in said
    assert "completed" in said


def test_a_folder_without_a_limb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("innervate.app.live_assess._WAIT_S", 0.1)
    with pytest.raises(InnervateError, match="no limb runs there"):
        assess_live(tmp_path, "motion", 1, 1, 1, Console())
