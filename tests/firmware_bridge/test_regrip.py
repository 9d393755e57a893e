"""A hand behind a virtual electrode is told of its next grip: guard and driver on the virtual board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.child import Child
from innervate.core.clock import VirtualClock
from innervate.core.command import Setpoint
from innervate.core.errors import RequestError
from innervate.core.state import Reason, State
from innervate.firmware_bridge.regrip import Regrip
from innervate.firmware_bridge.requests import Verb, request
from innervate.firmware_bridge.virtual_electrode.levels import HANDS, QUIET_S, REGRIP_S

from ..waiting import until
from .electrode_bench import Board, HandBench, part
from .guard_bench import MOVE, REST
from .rig import Loop, guarded
from .test_flight import recorded, replayed

THRESHOLD_V = HANDS["bebionic"].threshold_v


@pytest.fixture
def bench() -> Iterator[HandBench]:
    with closing(HandBench()) as found:
        yield found


def test_the_next_grip_is_one_co_contraction_and_moves_nothing(bench: HandBench) -> None:
    bench.arm()
    before = (bench.hand.percent, bench.setpoint)
    for asked in (1, 2):
        assert "error" not in bench.next_grip()
        bench.run(REGRIP_S + 0.5, **REST)
        assert bench.hand.co_contractions == asked
        assert (bench.hand.percent, bench.setpoint) == before
        assert bench.where == (State.ARMED, Reason.NONE)
    bench.run(0.2, **MOVE)
    assert bench.state is State.ACTIVE
    assert bench.hand.percent > before[0]


def test_nothing_follows_until_the_person_has_rested_after_it(bench: HandBench) -> None:
    bench.arm()
    before = bench.setpoint
    bench.next_grip()
    bench.run(REGRIP_S + 1.0, **MOVE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)
    assert bench.setpoint == before
    assert bench.hand.co_contractions == 1
    bench.run(0.05, **REST)
    bench.run(0.1, **MOVE)
    assert bench.state is State.ACTIVE


def test_a_rest_within_it_is_not_enough(bench: HandBench) -> None:
    bench.arm()
    bench.next_grip()
    bench.run(QUIET_S, **REST)
    before = bench.setpoint
    bench.run(REGRIP_S, **MOVE)
    assert bench.setpoint == before
    assert bench.hand.co_contractions == 1


@pytest.mark.parametrize(
    "state", ["stopped", "moving", "quiet", "frozen", "releasing", "fault", "lost", "end"]
)
def test_where_it_is_refused_and_not_made_later(bench: HandBench, state: str) -> None:
    if state != "stopped":
        bench.arm()
    if state == "moving":
        bench.run(0.2, **MOVE)
        assert bench.state is State.ACTIVE
    match state:
        case "frozen":
            bench.ask(Verb.FREEZE)
        case "releasing":
            bench.ask(Verb.RELEASE)
        case "fault":
            bench.run(0.2)  # no loop
            assert bench.state is State.FAULT
        case "lost":
            bench.board.plugged = False
            bench.run(0.01, **REST)
        case "quiet":
            bench.board.talks = False
            bench.run(0.06, **REST)
            assert bench.state is State.ARMED
        case "end":
            bench.guard.shut_down()
    if state == "moving":
        bench.command(**MOVE)
        assert "moving" in bench.ask(Verb.GRIP, "next")["error"]
    else:
        assert "cannot change the grip" in bench.next_grip()["error"]
    bench.board.plugged = bench.board.talks = True
    bench.run(1.0, **REST)
    if bench.state is not State.PROMPTING and state != "end":
        bench.ask(Verb.ARM)
    bench.run(1.0, **REST)
    assert bench.hand.co_contractions == 0
    assert all(min(levels) < THRESHOLD_V for levels in bench.board.levels)


def test_it_waits_until_the_whole_limb_is_still() -> None:
    """An elbow brakes for a moment after the person has relaxed."""
    with closing(HandBench(elbow=True)) as bench:
        bench.arm()
        bench.run(0.4, rate=120.0)
        bench.command(**REST)
        bench.turn()
        assert bench.state is State.ARMED
        before = bench.setpoint
        assert "moving" in bench.ask(Verb.GRIP, "next")["error"]
        bench.run(0.05, **REST)
        assert bench.setpoint != before


def test_rest_and_movement_that_arrive_together_move_nothing(bench: HandBench) -> None:
    bench.arm()
    bench.next_grip()
    before = bench.setpoint
    for _ in range(50):
        bench.command(**REST)
        bench.command(**MOVE)
        bench.run(0.01)
    assert bench.setpoint == before
    assert bench.hand.co_contractions == 1


def test_twice_is_not_more_than_once(bench: HandBench) -> None:
    bench.arm()
    bench.next_grip()
    assert "already" in bench.next_grip()["error"]
    bench.run(2.0, **REST)
    assert bench.hand.co_contractions == 1


@pytest.mark.parametrize("how", ["stop", "freeze", "loop dies", "board silent"])
def test_what_ends_it_at_once(bench: HandBench, how: str) -> None:
    bench.arm()
    bench.next_grip()
    bench.run(QUIET_S + 0.05, **REST)
    assert min(bench.board.firmware.level_v) > THRESHOLD_V
    if how in ("stop", "freeze"):
        bench.ask(Verb(how))
        bench.run(0.01, **REST)
    elif how == "loop dies":
        bench.run(0.075)
    else:
        bench.board.talks = False
        bench.run(0.055, **REST)
    assert bench.board.firmware.level_v == [0.0, 0.0]
    bench.board.talks = True
    bench.run(1.0, **REST)
    bench.ask(Verb.ARM)
    bench.run(1.0, **REST)
    assert bench.hand.co_contractions <= (how in ("loop dies", "board silent"))  # it was long enough by then
    rises = sum(min(a) < THRESHOLD_V <= min(b) for a, b in pairwise(bench.board.levels))
    assert rises == 1


def test_a_board_that_comes_back_in_the_middle_begins_nothing(bench: HandBench) -> None:
    bench.arm()
    bench.next_grip()
    bench.run(0.1, **REST)
    bench.board.plugged = False
    bench.run(0.02, **REST)
    bench.board.plugged = True
    bench.run(1.0, **REST)
    assert "error" not in bench.ask(Verb.ARM)
    bench.run(1.0, **REST)
    assert bench.where == (State.ARMED, Reason.NONE)
    assert bench.hand.co_contractions == 0


def test_a_driver_that_is_new_in_the_middle_begins_nothing() -> None:
    clock = VirtualClock(10.0)
    board = Board(clock, "co-contraction")

    def hold(seconds: float, *, regrip: bool) -> None:
        for _ in range(round(seconds / 0.01)):
            clock.advance(0.01)
            board.poll(clock.now())
            board.hold(Setpoint((0.0,), (0.0,), regrip))

    hold(1.0, regrip=True)
    assert set(board.levels) == {(0.0, 0.0)}
    hold(0.1, regrip=False)
    hold(2.0, regrip=True)
    assert board.firmware.hand.co_contractions == 1
    board.close()
    board.cable.close()


def test_an_elbow_of_the_same_limb_holds_meanwhile() -> None:
    with closing(HandBench(elbow=True)) as bench:
        bench.arm()
        before = bench.elbow.position
        bench.elbow.held.clear()
        bench.next_grip()
        bench.run(REGRIP_S, **MOVE)
        assert bench.hand.co_contractions == 1
        assert len(bench.elbow.held) > 50
        assert set(bench.elbow.held) == {before}


def test_a_hand_that_is_not_told_how_is_not_told() -> None:
    with closing(HandBench("none")) as bench:
        bench.arm()
        assert "no grips" in bench.next_grip()["error"]
        bench.run(1.0, **REST)
        assert bench.hand.co_contractions == 0


def test_by_name_it_is_refused(bench: HandBench) -> None:
    bench.arm()
    assert "allowed: next" in bench.ask(Verb.GRIP, "pinch")["error"]
    bench.run(1.0, **REST)
    assert bench.hand.co_contractions == 0


def test_the_flight_log_holds_the_gesture_and_replays_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded((part("p"),), grips=(), max_grip_n=0.0) as rig:
        rig.connect()
        rig.run(0.05, **REST)
        rig.ask(Verb.ARM)
        rig.run(0.05, **REST)
        assert "error" not in rig.ask(Verb.GRIP, "next")
        rig.run(1.0, **MOVE)
        found = replayed(rig.log)
        assert found.verdict == "identical"
        assert found.comparison.commands > 100
        monkeypatch.setattr(Regrip, "told", lambda _, setpoint: setpoint)
        first = replayed(rig.log).comparison.first
        assert first is not None
        assert (first.what, first.field, first.logged, first.replayed) == ("set-point", "regrip", True, False)


HAPPENINGS = st.sampled_from(
    [
        "rest",
        "move",
        "next",
        "next",
        "stop",
        "arm",
        "release",
        "freeze",
        "unfreeze",
        "gone",
        "back",
        "deaf",
        "long",
    ]
)


@settings(max_examples=30)
@given(st.lists(HAPPENINGS, max_size=16))
def test_whatever_happens_only_a_person_who_was_obeyed_changes_the_grip(happenings: list[str]) -> None:
    """Never both signals without leave, and never while the set-point moves."""
    with closing(HandBench()) as bench:
        bench.arm()
        obeyed = 0
        for what in happenings:
            before, seen = len(bench.board.levels), bench.setpoint
            match what:
                case "next":
                    obeyed += "error" not in bench.next_grip()
                case "stop" | "arm" | "release" | "freeze" | "unfreeze":
                    bench.ask(Verb(what))
                case "gone" | "back":
                    bench.board.plugged = what == "back"
                case "deaf":
                    bench.run(0.3)
                case _:
                    bench.run(0.7 if what == "long" else 0.1, **(MOVE if what == "move" else REST))
            both = any(min(levels) >= THRESHOLD_V for levels in bench.board.levels[before:])
            assert not both or (obeyed and bench.setpoint == seen)
            assert bench.hand.co_contractions <= obeyed


# -- the real guard -----------------------------------------------------------------------------------------


@pytest.mark.real_time
def test_asked_for_at_the_socket_the_hand_sees_it(tmp_path: Path) -> None:
    link = tmp_path / "port"
    words = ("--ring", str(tmp_path / "limb.ring"), "--link", str(link))
    with Child("innervate.sim.electrode_board", *words, log_path=tmp_path / "log") as limb:
        limb.wait_ready(10.0)
        with guarded(tmp_path, limb, part(str(link))) as hand:
            with pytest.raises(RequestError, match="must be armed"):
                request(hand.run, "grip", 2.0, "next")
            before = hand.position()
            loop = Loop(hand.run)

            def changed() -> bool:
                loop.go(0.05, target=(1e6,))
                with suppress(RequestError):  # on a busy machine this process may miss the deadman
                    hand.ask("arm")
                loop.go(0.05, target=(1e6,))
                with suppress(RequestError):
                    request(hand.run, "grip", 2.0, "next")
                loop.go(REGRIP_S + 0.2, target=(1e6,))
                return bool(hand.body()["co_contractions"])

            until(changed)
            assert hand.position() == before
            loop.port.close()
