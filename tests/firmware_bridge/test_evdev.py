"""A button through a named pipe that carries what the kernel writes: struct input_event."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innervate.app.ask import ask_limb
from innervate.controller.telemetry import Telemetry
from innervate.core.clock import now
from innervate.core.errors import ProfileError, RequestError
from innervate.core.state import Reason, State
from innervate.firmware_bridge.evdev import EV_KEY, EV_SYN, EVENT, SYN_DROPPED, EvdevInput
from innervate.firmware_bridge.guard import Guard
from innervate.firmware_bridge.requests import Asked, Verb
from innervate.firmware_bridge.settings import InputSettings

from .guard_bench import MOVE, REST, Bench
from .rig import Loop, rig

KEY, OTHER = 0x101, 30
STOP, RELEASE, ARM, FREEZE = (Asked(verb) for verb in (Verb.STOP, Verb.RELEASE, Verb.ARM, Verb.FREEZE))
NEXT = Asked(Verb.GRIP, "next")


def event(kind: int, code: int, value: int) -> bytes:
    return EVENT.pack(1, 2, kind, code, value)


def key(value: int, code: int = KEY) -> bytes:
    """A change of a key as the kernel reports it: scan code, the key, and the end of the report."""
    return event(4, 4, code) + event(EV_KEY, code, value) + event(EV_SYN, 0, 0)


class Button:
    """A pipe, what reads it, and a clock in turns of 10 ms."""

    def __init__(self, folder: Path, **verbs: Any) -> None:
        self.path = folder / "event7"
        os.mkfifo(self.path)
        self.settings = InputSettings(str(self.path), **verbs)
        self.finger = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
        self.input = EvdevInput(self.settings)
        self.now_s = 50.0
        self.heard: list[Asked] = []
        self.at_s: list[float] = []

    def press(self, code: int = KEY) -> None:
        os.write(self.finger, key(1, code))

    def let_go(self, code: int = KEY) -> None:
        os.write(self.finger, key(0, code))

    def wait(self, seconds: float) -> list[Asked]:
        """What was asked for meanwhile."""
        before = len(self.heard)
        for _ in range(round(seconds / 0.01)):
            self.now_s += 0.01
            found = self.input.read(self.now_s)
            self.heard += found
            self.at_s += [self.now_s] * len(found)
        return self.heard[before:]

    def tap(self, down_s: float = 0.1, up_s: float = 0.1) -> list[Asked]:
        self.press()
        found = self.wait(down_s)
        self.let_go()
        return found + self.wait(up_s)

    def unplug(self) -> None:
        os.close(self.finger)
        self.path.unlink()
        self.finger = -1

    def plug_in(self) -> None:
        os.mkfifo(self.path)
        self.finger = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def close(self) -> None:
        self.input.close()
        if self.finger >= 0:
            os.close(self.finger)


@pytest.fixture
def button(tmp_path: Path) -> Iterator[Callable[..., Button]]:
    made: list[Button] = []

    def make(**verbs: Any) -> Button:
        made.append(Button(tmp_path, **verbs))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_the_event_is_as_long_as_the_kernels() -> None:
    assert EVENT.size == {8: 24, 4: 16}[struct.calcsize("@l")]


def test_stop_is_asked_for_as_the_key_goes_down(button: Callable[..., Button]) -> None:
    made = button()
    made.press()
    assert made.input.read(made.now_s) == [STOP]
    assert made.wait(0.5) == []
    made.let_go()
    assert made.wait(2.0) == []


def test_held_for_a_second_it_releases_while_still_down_and_only_once(button: Callable[..., Button]) -> None:
    made = button()
    made.press()
    assert made.wait(0.99) == [STOP]
    assert made.wait(0.05) == [RELEASE]
    assert made.wait(3.0) == []
    made.let_go()
    assert made.wait(1.0) == []


def test_a_press_that_is_no_stop_waits_until_it_is_no_hold(button: Callable[..., Button]) -> None:
    made = button(press="freeze", hold="unfreeze")
    made.press()
    assert made.wait(0.5) == []
    made.let_go()
    assert made.wait(0.02) == [FREEZE]
    assert made.tap(1.5) == [Asked(Verb.UNFREEZE)]


def test_a_double_press_asks_for_its_verb_and_for_no_single_one(button: Callable[..., Button]) -> None:
    made = button(press="next-grip", double="freeze", hold="")
    assert made.tap() + made.tap() + made.wait(2.0) == [FREEZE]
    assert made.tap() == []
    assert made.wait(0.5) == [NEXT]
    assert made.tap(up_s=0.6) + made.tap(up_s=0.6) == [NEXT, NEXT]


def test_pressed_again_after_a_stall_both_presses_count(button: Callable[..., Button]) -> None:
    made = button(press="next-grip", double="freeze", hold="")
    made.tap()
    made.press()
    made.now_s += 1.0  # the guard was held up
    made.wait(0.01)
    made.let_go()
    assert made.wait(1.0) == [NEXT]
    assert made.heard == [NEXT, NEXT]


def test_a_key_that_came_up_during_a_stall_was_not_held(button: Callable[..., Button]) -> None:
    made = button()
    made.press()
    made.wait(0.01)
    made.let_go()
    made.now_s += 5.0
    made.wait(1.0)
    assert made.heard == [STOP]


def test_every_press_of_a_stop_button_stops_also_the_second_of_two(button: Callable[..., Button]) -> None:
    made = button(double="next-grip")
    assert made.tap() + made.tap() + made.wait(1.0) == [STOP, STOP, NEXT]


@pytest.mark.parametrize("freeing", ["arm", "release", "unfreeze"])
def test_a_stop_button_never_frees_the_limb_when_hammered(tmp_path: Path, freeing: str) -> None:
    with pytest.raises(ProfileError, match=rf"buttons.double = '{freeing}'"):
        EvdevInput(InputSettings(str(tmp_path / "none"), double=freeing))


def test_by_default_no_way_of_pressing_arms(button: Callable[..., Button]) -> None:
    made = button()
    for down_s, up_s in ((0.05, 0.05), (0.05, 0.05), (0.05, 0.7), (0.6, 0.1), (1.2, 0.1), (4.0, 0.3)):
        made.tap(down_s, up_s)
    assert ARM not in made.heard
    assert made.heard


def test_only_its_own_key_counts(button: Callable[..., Button]) -> None:
    made = button(key=KEY)
    made.press(OTHER)
    assert made.wait(1.5) == []
    made.press()
    assert made.wait(0.1) == [STOP]


def test_another_key_that_comes_up_does_not_end_a_hold(button: Callable[..., Button]) -> None:
    made = button()
    made.press()
    made.wait(0.2)
    made.press(OTHER)
    made.wait(0.1)
    made.let_go(OTHER)
    assert made.wait(0.8) == [RELEASE]
    assert made.heard == [STOP, STOP, RELEASE]


def test_a_repeat_by_the_kernel_is_no_press(button: Callable[..., Button]) -> None:
    made = button()
    made.press()
    made.wait(0.3)
    for _ in range(20):
        os.write(made.finger, key(2))
        made.wait(0.03)
    assert made.heard == [STOP]


def test_events_that_were_lost_end_what_was_begun(button: Callable[..., Button]) -> None:
    made = button()
    made.press()
    made.wait(0.2)
    os.write(made.finger, event(EV_SYN, SYN_DROPPED, 0))
    assert made.wait(3.0) == []
    assert made.tap() == [STOP]


def test_unplugged_it_is_looked_for_and_works_again_and_a_key_that_is_gone_is_not_held(
    button: Callable[..., Button],
) -> None:
    made = button()
    made.press()
    made.wait(0.1)
    made.unplug()
    assert made.wait(3.0) == []
    assert not made.input.connected
    assert made.input.files() == []
    made.plug_in()
    made.wait(2.1)
    assert made.input.connected
    assert made.tap() == [STOP]


def test_a_button_that_is_not_there_at_the_start_is_no_reason_not_to_start(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    made = EvdevInput(InputSettings(str(tmp_path / "absent")))
    assert "absent" in capfd.readouterr().err
    assert [made.read(t / 10) for t in range(100)] == [[]] * 100


@pytest.mark.parametrize("which", ["press", "hold", "double"])
def test_a_verb_that_there_is_not_is_named(tmp_path: Path, which: str) -> None:
    with pytest.raises(ProfileError, match=rf"buttons.{which} = 'dance': allowed: next-grip, stop"):
        EvdevInput(InputSettings(str(tmp_path), **{which: "dance"}))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    presses=st.lists(st.tuples(st.integers(0, 150), st.sampled_from([0, 1, 2])), max_size=25),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=10),
)
def test_however_the_bytes_are_cut_the_same_is_asked_for(
    tmp_path_factory: pytest.TempPathFactory, presses: list[tuple[int, int]], cuts: list[int]
) -> None:
    heard = []
    for pieces in ([10_000], cuts):
        made = Button(tmp_path_factory.mktemp("b"), press="next-grip", hold="release", double="freeze")
        for wait, value in presses:
            made.wait(wait / 100)
            content, n = key(value), 0
            while content:
                size = pieces[n % len(pieces)]
                os.write(made.finger, content[:size])
                content, n = content[size:], n + 1
                made.heard += made.input.read(made.now_s)
        made.wait(2.0)
        made.close()
        heard.append(made.heard)
    assert heard[0] == heard[1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=20))
def test_garbage_never_raises(tmp_path_factory: pytest.TempPathFactory, garbage: list[bytes]) -> None:
    made = Button(tmp_path_factory.mktemp("b"), double="next-grip")
    for content in garbage:
        if content:
            os.write(made.finger, content)
        made.wait(0.05)
    made.close()


class ButtonBench(Bench):
    """The guard with a button; its clock and the button's are one."""

    def __init__(self, button: Button) -> None:
        super().__init__()
        self.button = button
        self.guard = Guard(
            *(self.model, self.line, self.wires, self.wires, None, self.clock),
            inputs=[button.input],
            grips=("power", "pinch"),
        )
        self.run(0.03)


def test_with_a_decoder_stuck_on_a_movement_the_button_stops_and_releases(
    button: Callable[..., Button],
) -> None:
    made = button()
    bench = ButtonBench(made)
    bench.moving()
    made.press()
    bench.turn()
    assert bench.where == (State.STOPPED, Reason.STOP_REQUESTED)
    bench.run(0.1, **MOVE)
    bench.assert_still(0.5, **MOVE)
    bench.run(0.5, **MOVE)
    assert bench.where == (State.PROMPTING, Reason.RELEASE_REQUESTED)
    bench.run(4.0, **MOVE)
    assert bench.where == (State.STOPPED, Reason.NOT_ARMED)
    assert bench.setpoint == pytest.approx(bench.model.release_deg, abs=0.1)


def test_a_button_that_asks_for_what_cannot_be_leaves_the_limb_as_it_is(
    button: Callable[..., Button],
) -> None:
    made = button(press="sit", hold="")
    bench = ButtonBench(made)
    bench.connect()
    bench.run(0.05, **REST)
    made.press()
    bench.run(0.05, **REST)
    made.let_go()
    bench.run(0.05, **REST)
    assert bench.where == (State.STOPPED, Reason.NOT_ARMED)


def test_the_button_asks_for_the_next_grip_and_nothing_moves(button: Callable[..., Button]) -> None:
    made = button(press="next-grip", hold="")
    bench = ButtonBench(made)
    bench.moving()
    bench.run(0.3, **REST)
    before = bench.setpoint
    made.press()
    bench.turn()
    made.let_go()
    bench.run(0.1, **REST)
    assert bench.setpoint == before
    assert bench.guard.counters.grips == 1


@pytest.mark.real_time
def test_a_guard_of_its_own_process_stops_at_the_button_and_takes_requests_with_a_value(
    button: Callable[..., Button], tmp_path: Path
) -> None:
    made = button()
    with rig(tmp_path, inputs=(made.settings,), grips=("power", "pinch")) as hand:
        loop = Loop(hand.run)
        hand.moving(loop)
        pressed_s = now()
        made.press()
        loop.go(0.1, rate=60.0)
        made.let_go()
        status = ask_limb("status", hand.run)
        assert (status["state"], status["reason"]) == ("STOPPED", "STOP_REQUESTED")
        stopped_s = next(r["t_s"] for r in hand.ring.new_records() if r["stops"])
        assert stopped_s - pressed_s < 0.1
        assert ask_limb("grip", hand.run, "pinch")["grip"] == "pinch"
        assert "grip_in_use" not in ask_limb("status", hand.run), "no loop of ours has said so"
        telemetry = Telemetry(hand.run, 10, 2, {"grips": ["power", "pinch"]})
        telemetry.publish()
        status = ask_limb("status", hand.run)
        assert (status["grip"], status["grip_in_use"]) == ("pinch", "power")
        telemetry.close()
        with pytest.raises(RequestError, match="no grip 'claw'; allowed: power, pinch, next"):
            ask_limb("grip", hand.run, "claw")
        with pytest.raises(RequestError, match="grip: wants a text as value"):
            ask_limb("grip", hand.run)
        made.press()
        loop.go(1.3, rate=60.0)
        assert hand.state() == ("PROMPTING", "RELEASE_REQUESTED")
        made.let_go()
        loop.port.close()
