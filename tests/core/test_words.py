"""Movements, states, clocks, settings and children: small words, each with its promise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.child import Child, usage
from innervate.core.clock import VirtualClock
from innervate.core.errors import InnervateError, ProfileError
from innervate.core.movements import canonical
from innervate.core.settings import read_settings, write_settings
from innervate.core.state import SENTENCE, TRANSITIONS, Event, Reason, State, after


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Close Hand", "power"),
        ("close_hand", "power"),
        ("Fine Grip", "pinch"),
        ("M1 rest", "rest"),
        ("M10", "m10"),
        ("Rest", "rest"),
        ("Ankle Dorsiflexion", "dorsiflexion"),
        ("Femoral Rotation in", "femoral rotation in"),
    ],
)
def test_other_peoples_names_fold_into_ours(theirs: str, ours: str) -> None:
    assert canonical(theirs) == ours


def test_every_reason_has_a_sentence_for_the_person() -> None:
    assert set(SENTENCE) == set(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCE.values())


@given(st.lists(st.sampled_from(Event)))
def test_after_a_fault_only_a_person_leads_back_to_movement(events: list[Event]) -> None:
    state, person = State.FAULT, False
    for event in events:
        person = person or event in (Event.ARM, Event.RELEASE)
        state = after(state, event)
        if not person:
            assert state in (State.FAULT, State.STOPPED)


def test_stop_leads_to_stopped_from_everywhere() -> None:
    assert all(TRANSITIONS[state, Event.STOP] is State.STOPPED for state in State)


def test_virtual_time_goes_forward_only() -> None:
    clock = VirtualClock(5.0)
    clock.sleep_until(4.0)
    assert clock.now() == 5.0
    clock.advance(0.5)
    assert clock.now() == 5.5
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1.0)


@dataclass(frozen=True)
class Inner:
    gain: float = 1.0


@dataclass(frozen=True)
class Outer:
    name: str
    ranges: tuple[tuple[float, float], ...]
    inner: Inner
    limit: float | None = None


def test_settings_come_back_as_they_were_and_are_private(tmp_path: Path) -> None:
    settings = Outer("a", ((0.0, 1.5), (-2.0, 3.0)), Inner(2.0), None)
    path = tmp_path / "s.json"
    write_settings(path, settings)
    assert read_settings(path, Outer) == settings
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"name": "a", "ranges": [], "inner": {}, "extra": 1}', "extra"),
        ('{"name": 3, "ranges": [], "inner": {}}', "name"),
        ('{"name": "a", "ranges": [[1]], "inner": {}}', "ranges"),
        ('{"name": "a", "ranges": [], "inner": {"gain": "x"}}', "gain"),
        ('{"name": "a", "ranges": [], "inner": {"gain": NaN}}', "gain"),
        ('{"name": "a", "ranges": []}', "inner"),
        ("{", "read"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(ProfileError, match=says) as caught:
        read_settings(path, Outer)
    assert "\n" not in str(caught.value)


def test_a_child_says_when_it_is_ready_and_what_it_uses() -> None:
    with Child("innervate.app.ask_realtime") as child:
        assert set(child.wait_ready(20.0)) >= {"ready", "fifo", "memory_locked"}
    assert usage(child.pid) == (0.0, 0.0)


def test_a_child_that_cannot_start_says_why_in_its_own_class(tmp_path: Path) -> None:
    path = tmp_path / "guard.json"
    path.write_text("{}")
    with (
        Child("innervate.firmware_bridge", str(path)) as child,
        pytest.raises(InnervateError, match=r"guard\.json"),
    ):
        child.wait_ready(20.0)
    assert child.exit_code == 2
