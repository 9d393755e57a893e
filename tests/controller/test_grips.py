"""Which grip closing means, and that choosing one moves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.controller.decider import Decider
from innervate.controller.grips import NEXT, Grips
from innervate.controller.intent import Shaped
from innervate.controller.loop import Loop
from innervate.controller.postures import POSTURES
from innervate.controller.telemetry import Telemetry
from innervate.core.clock import VirtualClock
from innervate.core.command import Command, LimbState
from innervate.core.errors import ProfileError
from innervate.core.ring import RingReader
from innervate.core.state import Reason, State
from innervate.firmware_bridge.messages import NEXT_GRIP
from innervate.firmware_bridge.port import GuardReport
from innervate.firmware_bridge.requests import Verb
from innervate.models.runtime import Runtime
from numpy.typing import NDArray

from .joined import Joined
from .test_loop import CHANNELS, CLASSES, HERE, SETTINGS, ScriptedAmplifier, loudness_model

REST, OPEN, POWER = range(3)
NAMES = ("power", "pinch", "key")


def grips(double_s: float = 0.8, classes: tuple[str, ...] = CLASSES) -> Grips:
    return Grips(NAMES, classes, REST, 0.010, double_s)


def decisions(made: Grips, *script: tuple[int, float, Reason] | tuple[int, float]) -> list[bool]:
    """Decisions of so many seconds each; whether each of them changed the grip."""
    found = []
    for class_index, seconds, *reason in script:
        why = reason[0] if reason else Reason.NONE
        speed = 0.0 if class_index == REST else 0.5
        found += [made.shape(Shaped(class_index, speed, why))[1] for _ in range(round(seconds / 0.010))]
    return found


def test_the_guards_word_for_next_is_ours() -> None:
    assert NEXT == NEXT_GRIP


def test_two_short_openings_choose_the_next_grip_once_the_second_is_over() -> None:
    made = grips()
    changed = decisions(made, (REST, 0.5), (OPEN, 0.2), (REST, 0.2), (OPEN, 0.2), (REST, 0.5))
    assert [i for i, one in enumerate(changed) if one] == [110]
    assert made.name == "pinch"
    decisions(made, (OPEN, 0.2), (REST, 0.2), (OPEN, 0.2), (REST, 0.5))
    decisions(made, (OPEN, 0.2), (REST, 0.2), (OPEN, 0.2), (REST, 0.5))
    assert made.name == "power"


@pytest.mark.parametrize(
    "script",
    [
        [(OPEN, 0.2), (REST, 0.5)],
        [(OPEN, 0.2), (REST, 0.7), (OPEN, 0.2), (REST, 0.5)],
        [(OPEN, 0.5), (REST, 0.1), (OPEN, 0.1), (REST, 0.5)],
        [(OPEN, 0.1), (REST, 0.1), (OPEN, 0.5), (REST, 0.5)],
        [(OPEN, 0.2), (POWER, 0.1), (OPEN, 0.2), (REST, 0.5)],
        [(OPEN, 0.2), (REST, 0.1), (POWER, 0.1), (OPEN, 0.2), (REST, 0.5)],
        [(OPEN, 0.1), (REST, 0.1, Reason.LOW_CONFIDENCE), (OPEN, 0.1), (REST, 0.5)],
        [(OPEN, 0.2), (REST, 0.1), (REST, 0.1, Reason.CONTACT), (OPEN, 0.2), (REST, 0.5)],
        [(POWER, 0.2), (REST, 0.1), (POWER, 0.2), (REST, 0.5)],
    ],
    ids=[
        "only one",
        "too far apart",
        "the first too long",
        "the second too long",
        "another movement between them",
        "rest and another movement",
        "unsure for a moment of one",
        "no contact between them",
        "closing",
    ],
)
def test_what_is_no_double_opening(script: list[Any]) -> None:
    made = grips()
    assert not any(decisions(made, *script))


def test_three_openings_are_one_gesture_and_the_beginning_of_none() -> None:
    made = grips()
    tap = ((OPEN, 0.1), (REST, 0.1))
    assert sum(decisions(made, *tap * 3, (REST, 1.0))) == 1


def test_where_it_is_switched_off_openings_are_openings() -> None:
    assert not any(decisions(grips(0.0), *((OPEN, 0.1), (REST, 0.1)) * 4))


def test_a_request_counts_once_and_names_or_goes_on() -> None:
    made = grips()
    assert not made.hear(NEXT, 0)
    assert made.hear(NEXT, 1)
    assert made.name == "pinch"
    assert not made.hear(NEXT, 1)
    assert made.hear(0, 2)
    assert made.name == "power"
    assert made.hear(NEXT, 4)
    assert made.name == "key"


def test_a_request_for_the_grip_that_is_chosen_changes_nothing() -> None:
    made = grips()
    made.hear(NEXT, 0)
    assert not made.hear(0, 1)
    assert not made.waits


def test_the_count_of_requests_may_wrap() -> None:
    made = grips()
    made.hear(NEXT, 0xFFFF)
    assert made.hear(NEXT, 0)
    assert made.name == "pinch"


def test_a_loop_that_starts_again_takes_up_the_grip_that_was_named() -> None:
    made = grips()
    assert made.hear(2, 5)
    assert made.name == "key"
    fresh = grips()
    assert not fresh.hear(NEXT, 5)
    assert fresh.name == "power"


def test_grips_need_a_class_that_closes() -> None:
    with pytest.raises(ProfileError, match="no movement 'power' that would close to them; it has rest, open"):
        grips(classes=("rest", "open"))
    assert grips(classes=("rest", "open", "wrist flexion+power")).name == "power"


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("decides"), st.sampled_from([REST, OPEN, POWER]), st.integers(1, 60)),
            st.tuples(st.just("asks"), st.integers(-1, 2), st.just(1)),
        ),
        max_size=40,
    )
)
def test_after_any_change_nothing_is_acted_on_until_rest(script: list[tuple[str, int, int]]) -> None:
    made, asked, rested = grips(), 0, True
    made.hear(NEXT, 0)
    for what, value, times in script:
        for _ in range(times):
            before = made.active
            if what == "asks":
                asked += 1
                made.hear(value, asked)
                rested = rested and made.active == before
                continue
            speed = 0.0 if value == REST else 1.0
            shaped, _ = made.shape(Shaped(value, speed, Reason.NONE))
            rested = rested or value == REST
            assert shaped.speed == (speed if rested else 0.0)
            assert rested or shaped.reason is Reason.REST_FIRST
            assert made.active == before or value == REST


# -- in the loop ------------------------------------------------------------------------------------------


class Chooser:
    """The loop, a guard's end that a person asks for grips at, and a limb that follows what it is told."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(100.0)
        self.amplifier = ScriptedAmplifier(self.clock)
        self.telemetry = Telemetry(folder, 10, len(CHANNELS), {})
        self.ring = RingReader(folder / "telemetry.ring")
        self.decider = Decider(replace(SETTINGS, grips=NAMES), Runtime(loudness_model()))
        self.loop = Loop(self.amplifier, self.decider, self, self.telemetry, self.clock, 0.010)  # type: ignore[arg-type]
        self.commands: list[Command] = []
        self.grip, self.asked = NEXT_GRIP, 0
        self._rng = np.random.default_rng(1)

    def send(self, command: Command) -> None:
        self.commands.append(command)

    def report(self) -> GuardReport:
        limb = LimbState(0.0, HERE)
        more = {"grip": self.grip, "grips_asked": self.asked}
        return GuardReport(0.0, State.ACTIVE, Reason.NONE, 0, 0, HERE, limb, 0.0, **more)

    def asks(self, grip: int) -> None:
        self.grip, self.asked = grip, self.asked + 1

    def turns(self, seconds: float, e1: float, e2: float) -> list[Command]:
        before = len(self.commands)
        for _ in range(round(seconds / 0.010)):
            samples: NDArray[np.float64] = self._rng.normal(0.0, 1.0, (10, 2)) * (e1, e2)
            self.amplifier.queue(samples)
            self.loop.turn()
        return self.commands[before:]

    def rests(self, seconds: float = 0.6) -> list[Command]:
        return self.turns(seconds, 5.0, 5.0)

    def closes(self, seconds: float = 0.6) -> list[Command]:
        return self.turns(seconds, 5.0, 100.0)

    def opens(self, seconds: float = 0.6) -> list[Command]:
        return self.turns(seconds, 100.0, 5.0)


@pytest.fixture
def chooser(tmp_path: Path) -> Iterator[Chooser]:
    made = Chooser(tmp_path)
    yield made
    made.telemetry.close()


def still(commands: list[Command]) -> bool:
    return not any(any(command.rate_deg_s) for command in commands)


def test_asked_for_at_rest_the_next_close_makes_the_new_grip_and_nothing_moves_before(
    chooser: Chooser,
) -> None:
    chooser.rests()
    chooser.asks(1)
    assert still(chooser.rests())
    assert chooser.closes()[-1].target_deg == POSTURES["ability-hand"]["pinch"]


def test_asked_for_while_closing_everything_stands_until_rest(chooser: Chooser) -> None:
    chooser.rests()
    assert chooser.closes()[-1].target_deg == POSTURES["ability-hand"]["power"]
    chooser.asks(2)
    held = chooser.closes(1.0)[1:]
    assert still(held)
    assert {command.reason for command in held} == {Reason.REST_FIRST}
    assert still(chooser.opens(1.0)[1:])
    assert still(chooser.rests(0.5)[30:])
    moving = chooser.closes()
    assert moving[-1].target_deg[0] == POSTURES["ability-hand"]["key"][0]
    first = next(command for command in moving if any(command.rate_deg_s))
    assert max(first.rate_deg_s) <= 0.06 * 100.0, "no ramp wakes up loaded"


def test_a_change_holds_also_while_no_samples_come(chooser: Chooser) -> None:
    chooser.rests()
    chooser.closes()
    chooser.asks(1)
    chooser.closes(0.01)
    assert any(chooser.commands[-1].rate_deg_s)
    chooser.loop.turn()
    command = chooser.commands[-1]
    assert (set(command.rate_deg_s), command.reason) == ({0.0}, Reason.REST_FIRST)


def test_after_a_short_rest_the_ramp_starts_from_nothing(chooser: Chooser) -> None:
    chooser.rests()
    chooser.closes(0.3)
    chooser.asks(1)
    chooser.closes(1.0)
    assert chooser.decider.grips.waits
    for _ in range(100):
        if not chooser.decider.grips.waits:
            break
        chooser.rests(0.01)
    moving = [command for command in chooser.closes(0.3) if any(command.rate_deg_s)]
    assert max(moving[0].rate_deg_s) <= 0.06 * 100.0


def test_opening_twice_shortly_chooses_and_moves_nothing_but_the_openings(chooser: Chooser) -> None:
    chooser.rests()
    for _ in range(2):
        chooser.opens(0.12)
        chooser.rests(0.28)
    assert chooser.decider.grips.name == "pinch"
    assert still(chooser.rests(0.5))
    assert chooser.closes()[-1].target_deg == POSTURES["ability-hand"]["pinch"]


def test_the_ring_tells_which_grip_is_chosen(chooser: Chooser) -> None:
    chooser.rests()
    chooser.asks(2)
    chooser.rests()
    records = chooser.ring.new_records()
    assert (records[0]["grip"], records[-1]["grip"]) == (0, 2)
    assert records[-1]["ask"] == 0


# -- up to the guard --------------------------------------------------------------------------------------


CLOSE_UV = 100.0
BRAKING_DEG = 2.0
"""At 100 deg/s: what is left of a movement when it is held, one command and one turn of braking."""


@pytest.fixture
def joined(tmp_path: Path) -> Iterator[Joined]:
    made = Joined(tmp_path, replace(SETTINGS, grips=("power", "pinch")))
    made.arm()
    yield made
    made.close()


def test_a_grip_asked_for_by_name_or_as_the_next_is_what_closing_makes(joined: Joined) -> None:
    goals = POSTURES["ability-hand"]
    for value, grip in (("pinch", "pinch"), ("next", "power"), ("next", "pinch"), ("power", "power")):
        before = joined.bench.setpoint
        assert "error" not in joined.bench.ask(Verb.GRIP, value)
        assert set(joined.lives(0.5)) == {before}
        joined.lives(1.6, 0.0, CLOSE_UV)
        assert joined.bench.setpoint == pytest.approx(goals[grip], abs=0.1)
        joined.lives(1.6, CLOSE_UV, 0.0)
        joined.lives(0.5)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["rest", "open", "close"]),
            st.integers(5, 50),
            st.sampled_from(["", "next", "pinch"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_is_done_when_no_change_of_grip_moves_the_hand_before_rest(
    tmp_path_factory: pytest.TempPathFactory, script: list[tuple[str, int, str]]
) -> None:
    made = Joined(
        tmp_path_factory.mktemp("j"), replace(SETTINGS, grips=("power", "pinch"), double_open_s=0.0)
    )
    made.arm()
    for what, turns, asked in script:
        if asked:
            made.bench.ask(Verb.GRIP, asked)
        levels = {"rest": (0.0, 0.0), "open": (CLOSE_UV, 0.0), "close": (0.0, CLOSE_UV)}[what]
        before = made.bench.setpoint
        for k in range(turns):
            now = made.lives(0.010, *levels)[-1]
            if k >= 1 and made.decider.grips.waits:
                assert now == pytest.approx(before, abs=BRAKING_DEG if k == 1 else 0.0)
            before = now
    made.close()
