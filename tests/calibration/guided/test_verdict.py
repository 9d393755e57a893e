"""Each thing that is wrong has its action, with a number; where nothing is wrong nothing is said."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from innervate.benchmarks.simulated_wearer import SimulatedWearer, Troubles, follow
from innervate.calibration.guided.actions import Action, Transfer
from innervate.calibration.guided.evidence import Evidence, evidence_of
from innervate.calibration.guided.listen import Signal
from innervate.calibration.guided.plan import Timing, Wishes, plan_of
from innervate.calibration.guided.portrait import Portrait, compare, portrait_of
from innervate.calibration.guided.recommend import recommend
from innervate.calibration.guided.session import Session
from innervate.calibration.guided.verdict import verdict
from innervate.core.errors import RecordingError
from innervate.sim.anatomy import TRANSHUMERAL
from innervate.sim.body import Body
from innervate.sim.person import individual

MOVES = ("elbow flexion", "elbow extension", "open", "power", "supination")
BODY = individual(TRANSHUMERAL, 3)
SIGNAL = Signal(BODY.channels, 1000.0, "uV")
PLAN = plan_of(Wishes(MOVES), Timing(1.0, 1.5, 2.0, 2.0, 2.0))


@cache
def calibrated(troubles: Troubles | None = None, use: int = 1, alike: bool = False) -> Evidence:
    session = Session(PLAN, SIGNAL)
    follow(session, SimulatedWearer(_alike() if alike else BODY, 1000.0, 3, use, troubles))
    return evidence_of(PLAN, SIGNAL, session.repetitions)


@cache
def _alike() -> Body:
    return replace(BODY, movements={**BODY.movements, "supination": BODY.movements["open"]})


def last() -> Portrait:
    return portrait_of(SIGNAL.channels, calibrated(use=0).used)


def only(actions: tuple[Action, ...]) -> Action:
    assert len(actions) == 1, [action.text for action in actions]
    return actions[0]


def test_where_nothing_is_wrong_nothing_is_said() -> None:
    evidence = calibrated()
    assert verdict(evidence, (), last()) == ()
    assert evidence.active_recall > 0.95
    assert (evidence.figures["rest_recall"] or 0.0) > 0.95


def test_a_late_repetition_is_named_with_its_seconds() -> None:
    action = only(verdict(calibrated(Troubles(late=(("power", 1, 1.1),))), (), last()))
    assert (action.kind, action.movements, action.repetitions) == ("redo", ("power",), (2,))
    assert action.do == "Redo power, repetition 2"
    assert "repetition 2 is late, 1." in action.why


def test_swapped_electrodes_need_an_earlier_session_to_be_seen() -> None:
    evidence = calibrated(Troubles(swapped=((1, 4),)))
    assert verdict(evidence) == ()
    action = only(verdict(evidence, (), last()))
    assert (action.kind, action.channels) == ("swap", ("ch2", "ch5"))
    assert "swapped against last time" in action.why
    assert action.gain > 0.1


def test_a_weak_electrode_is_named_with_what_is_left_of_it() -> None:
    action = only(verdict(calibrated(Troubles(weak=((4, 0.08),))), (), last()))
    assert (action.kind, action.channels) == ("weak site", ("ch5",))
    assert "% of what it heard last time" in action.why


def test_movements_that_look_alike_are_to_be_merged() -> None:
    evidence = calibrated(alike=True)
    action = only(verdict(evidence))
    assert (action.kind, action.movements) == ("merge", ("open", "supination"))
    assert action.gain > 0.05
    a, b = evidence.classes.index("open"), evidence.classes.index("supination")
    assert evidence.separability[a, b] < 0.8
    assert np.nanmin(np.delete(np.delete(evidence.separability, b, 0), b, 1)) > 0.9


def test_a_young_nerve_is_waited_for_and_an_old_one_is_looked_at() -> None:
    quiet = Transfer("radial", "open", ("ch2", "ch3"), 3.0)
    action = only(verdict(calibrated(), (quiet,)))
    assert (action.kind, action.nerve) == ("nerve", "radial")
    assert "this nerve gives no signal yet: month 3 of about 6" in action.why
    old = only(verdict(calibrated(), (replace(quiet, months=20.0),)))
    assert old.do.startswith("Have the radial nerve looked at")
    unknown = replace(quiet, months=None)
    assert verdict(calibrated(), (unknown,)) == ()


def test_what_brings_most_comes_first() -> None:
    young = Transfer("radial", "elbow extension", ("ch2",), 3.0)
    actions = verdict(calibrated(alike=True), (young,))
    assert [action.gain for action in actions] == sorted((a.gain for a in actions), reverse=True)
    assert {action.kind for action in actions} == {"merge", "nerve"}


def test_the_recommended_set_is_the_largest_that_reaches_what_is_wanted() -> None:
    evidence = calibrated(alike=True)
    found = recommend(evidence, 0.95)
    assert found.reached
    assert len(found.movements) == len(MOVES) - 1
    assert not {"open", "supination"} <= set(found.movements)
    assert "supination" in recommend(evidence, 0.95, keep=("supination",)).movements
    assert recommend(evidence, 0.05).movements == MOVES
    for wanted, keep in ((0.0, ()), (1.5, ()), (0.9, ("fly",))):
        with pytest.raises(RecordingError):
            recommend(evidence, wanted, keep)


def test_other_electrodes_or_movements_cannot_be_compared() -> None:
    now = last()
    assert compare(now, replace(now, channels=tuple("abcdefgh"))).swapped == ()
    assert compare(now, now.only(MOVES[:2])).weaker == ()


def test_the_plane_keeps_apart_what_is_apart() -> None:
    windows, means = calibrated().plane
    assert windows.shape == (len(calibrated().windows), 2)
    assert np.ptp(means, axis=0).min() > 2.0  # in spreads within a class
