"""The guard on a virtual clock: every rule of the state, and fault scripts nobody would wait for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.clock import VirtualClock
from innervate.core.command import Command, LimbState
from innervate.core.errors import LimbLost, LimbNotFound, RequestError
from innervate.core.state import Reason, State
from innervate.firmware_bridge.guard import Guard
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.limits import ABILITY_HAND, MOTEUS_ANKLE, LimbModel
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.messages import pack_command, unpack_report
from innervate.firmware_bridge.requests import Verb

REST = {"rate": 0.0}
MOVE = {"rate": 60.0}


class Body:
    """A limb without a wire: it is where it was last asked to be, and can be cut off."""

    def __init__(self, joints: int, at_deg: float) -> None:
        self.position = (at_deg,) * joints
        self.talks = self.plugged = True
        self.fault = 0
        self.held: list[tuple[float, ...]] = []
        self.asked = self.cleared = self.left = 0
        self._waiting = False

    frames_sent = frames_acked = frames_bad = 0
    wants_to_write = False

    def fileno(self) -> int:
        raise AssertionError("nobody selects here")

    def _hear(self) -> bool:
        if not self.plugged:
            raise LimbLost("unplugged")
        self._waiting = self.talks
        return True

    def hold(self, setpoint_deg: tuple[float, ...]) -> bool:
        heard = self._hear()
        self.held.append(setpoint_deg)
        self.position = setpoint_deg
        return heard

    def ask(self) -> bool:
        self.asked += 1
        return self._hear()

    def flush(self) -> None: ...

    def poll(self, now_s: float) -> LimbState | None:
        if not self.plugged:
            raise LimbLost("unplugged")
        waiting, self._waiting = self._waiting, False
        return LimbState(now_s, self.position, fault=self.fault) if waiting else None

    def clear(self) -> None:
        self.cleared += 1
        self.fault = 0

    def leave(self) -> None:
        self.left += 1

    def close(self) -> None: ...


class Wires:
    """Both doors, in memory."""

    def __init__(self) -> None:
        self.connected = False
        self.visits = 0
        self.inbox: list[bytes] = []
        self.asked: list[Verb] = []
        self.answers: list[dict[str, Any]] = []
        self.reports: list[bytes] = []

    def receive(self, greeting: Callable[[], bytes]) -> list[bytes]:
        messages, self.inbox = self.inbox, []
        return messages

    def report(self, message: bytes) -> None:
        self.reports.append(message)

    def serve(self, obey: Callable[[Verb], dict[str, Any]]) -> int:
        asked, self.asked = self.asked, []
        for verb in asked:
            try:
                self.answers.append(obey(verb))
            except RequestError as error:
                self.answers.append({"error": str(error)})
        return len(asked)


class Bench:
    """A guard and everything around it; `run` lets time pass in turns of 5 ms with a command every 10 ms."""

    def __init__(self, model: LimbModel = ABILITY_HAND, at_deg: float | None = None) -> None:
        self.model = model
        self.clock = VirtualClock(1000.0)
        self.body = Body(len(model.joints), 0.0 if at_deg is None else at_deg)
        self.wires = Wires()
        self.seq = 0
        first = LimbState(self.clock.now(), self.body.position)
        self.line = LimbLine(model, self.body, first, self._reopen)
        self.guard = Guard(model, self.line, self.wires, self.wires, None, self.clock)
        self.run(0.03)
        self.body.held.clear()

    def _reopen(self) -> Limb:
        if not self.body.plugged:
            raise LimbNotFound("no such port")
        return self.body

    def connect(self) -> None:
        self.wires.connected = True
        self.wires.visits += 1
        self.seq = 0
        self.turn()  # as on a socket: the guard accepts first and hears in the turns after

    def command(self, rate: float = 0.0, reason: Reason = Reason.NONE, **change: Any) -> None:
        self.seq += 1
        t_s = self.clock.now()
        n = len(self.model.joints)
        fields: dict[str, Any] = {
            "seq": self.seq,
            "t_made_s": t_s,
            "expires_s": t_s + 0.05,
            "sample_index": self.seq,
            "t_sample_s": t_s,
            "target_deg": tuple(j.most_deg if j.most_deg > 0 else j.least_deg for j in self.model.joints),
            "rate_deg_s": (rate,) * n,
            "reason": reason,
        }
        self.wires.inbox.append(pack_command(Command(**{**fields, **change})))

    def run(self, seconds: float, **command: Any) -> None:
        for k in range(round(seconds / 0.005)):
            if self.guard.finished:
                return
            if command and k % 2 == 0:
                self.command(**command)
            self.turn()

    def turn(self, dt_s: float = 0.005) -> None:
        self.clock.advance(dt_s)
        self.guard.turn()

    def ask(self, verb: Verb) -> dict[str, Any]:
        self.wires.asked.append(verb)
        self.turn()
        return self.wires.answers[-1]

    def moving(self) -> None:
        self.connect()
        self.run(0.05, **REST)
        assert "error" not in self.ask(Verb.ARM)
        self.run(0.05, **REST)
        self.run(0.2, **MOVE)
        assert self.where == (State.ACTIVE, Reason.NONE)

    @property
    def where(self) -> tuple[State, Reason]:
        return self.guard.state, self.guard.reason

    @property
    def setpoint(self) -> tuple[float, ...]:
        return tuple(self.guard.status(self.clock.now())["setpoint_deg"])

    def assert_still(self, seconds: float = 1.0, **command: Any) -> None:
        before = self.setpoint
        self.run(seconds, **command)
        assert self.setpoint == before


@pytest.fixture(params=[ABILITY_HAND, MOTEUS_ANKLE], ids=lambda model: model.device)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def test_streams_the_hold_in_every_state(bench: Bench) -> None:
    bench.run(0.5)
    assert len(bench.body.held) == 50
    assert set(bench.body.held) == {bench.setpoint}


def test_unarmed_obeys_nobody(bench: Bench) -> None:
    bench.connect()
    bench.assert_still(0.5, **MOVE)
    assert bench.where == (State.STOPPED, Reason.NOT_ARMED)


def test_rest_first_then_moves_then_rests(bench: Bench) -> None:
    bench.connect()
    bench.run(0.05, **MOVE)
    bench.ask(Verb.ARM)
    bench.assert_still(0.3, **MOVE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)
    bench.assert_still(0.1, reason=Reason.LOW_CONFIDENCE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)
    bench.run(0.02, **REST)
    assert bench.where == (State.ARMED, Reason.NONE)
    before = bench.setpoint
    bench.run(0.2, **MOVE)
    assert bench.where == (State.ACTIVE, Reason.NONE)
    assert bench.setpoint != before
    bench.run(0.1, **REST)
    assert bench.where == (State.ARMED, Reason.NONE)
    bench.assert_still(0.3, **REST)


def test_a_command_is_written_in_the_turn_it_arrives(bench: Bench) -> None:
    bench.connect()
    bench.run(0.05, **REST)
    frames = len(bench.body.held)
    bench.turn(0.002)
    bench.command(0.0)
    bench.turn(0.001)
    assert len(bench.body.held) == frames + 1
    report = unpack_report(bench.wires.reports[-1])
    assert report.last_seq == bench.seq
    assert report.t_s == bench.clock.now()


def test_arm_needs_a_living_loop(bench: Bench) -> None:
    assert "decoder" in bench.ask(Verb.ARM)["error"]
    bench.connect()
    assert "decoder" in bench.ask(Verb.ARM)["error"]
    assert bench.guard.state is State.STOPPED


def test_deadman(bench: Bench) -> None:
    bench.moving()
    bench.run(bench.model.deadman_s - 0.005)
    assert bench.guard.state is State.ACTIVE
    bench.run(0.015)
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    bench.run(0.05)
    bench.assert_still(1.0)
    bench.assert_still(1.0, **MOVE)
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    bench.ask(Verb.ARM)
    bench.assert_still(0.1, **MOVE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)


def test_a_loop_that_hangs_up_is_lost_at_once(bench: Bench) -> None:
    bench.moving()
    bench.wires.connected = False
    bench.turn()
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)


def test_a_new_loop_starts_its_own_count_and_waits_for_arm(bench: Bench) -> None:
    bench.moving()
    bench.connect()
    bench.command(rate=60.0)
    bench.turn()
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    bench.run(0.1)
    bench.assert_still(0.3, **REST)
    assert "error" not in bench.ask(Verb.ARM)


@pytest.mark.parametrize("reason", [Reason.LOW_CONFIDENCE, Reason.UNFAMILIAR])
def test_what_is_not_acted_on_holds_and_goes_on_without_rest_or_a_person(
    bench: Bench, reason: Reason
) -> None:
    bench.moving()
    bench.run(0.1, reason=reason)
    bench.assert_still(1.0, reason=reason)
    assert bench.guard.state in (State.ACTIVE, State.ARMED)
    before = bench.setpoint
    bench.run(0.2, **MOVE)
    assert bench.where == (State.ACTIVE, Reason.NONE)
    assert bench.setpoint != before


@pytest.mark.parametrize("reason", [Reason.EMG_STALE, Reason.CONTACT, Reason.LOOP_LATE])
def test_distrust_holds_and_trust_starts_from_rest(bench: Bench, reason: Reason) -> None:
    bench.moving()
    bench.run(0.03, reason=reason)
    assert bench.where == (State.HOLDING, reason)
    bench.assert_still(0.2, reason=reason)
    bench.assert_still(0.2, **MOVE)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)
    bench.run(0.02, **REST)
    bench.run(0.02, **MOVE)
    assert bench.guard.state is State.ACTIVE


def test_distrust_never_moves_even_if_it_asks_to(bench: Bench) -> None:
    bench.moving()
    bench.run(0.05, rate=60.0, reason=Reason.EMG_STALE)
    bench.assert_still(0.3, rate=60.0, reason=Reason.EMG_STALE)


def test_stale_for_long_is_a_fault(bench: Bench) -> None:
    bench.moving()
    bench.run(0.45, reason=Reason.EMG_STALE)
    assert bench.guard.state is State.HOLDING
    bench.run(0.1, reason=Reason.EMG_STALE)
    assert bench.where == (State.FAULT, Reason.EMG_LOST)
    assert "late" in bench.ask(Verb.ARM)["error"]


def test_lost_emg_is_a_fault_at_once(bench: Bench) -> None:
    bench.moving()
    bench.run(0.01, reason=Reason.EMG_LOST)
    assert bench.where == (State.FAULT, Reason.EMG_LOST)


def test_old_samples_move_nothing_whatever_the_loop_says(bench: Bench) -> None:
    bench.moving()
    bench.run(0.05, **REST)
    before = bench.setpoint
    t_old_s = bench.clock.now() - 0.2
    bench.run(0.05, rate=60.0, t_sample_s=t_old_s)
    assert bench.setpoint == before
    assert bench.guard.status(bench.clock.now())["refused_for"]["COMMAND_EXPIRED"] > 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"target_deg": (math.nan,)}, "COMMAND_INVALID"),
        ({"rate_deg_s": (math.inf,)}, "COMMAND_INVALID"),
        ({"seq": 1}, "COMMAND_OUT_OF_ORDER"),
        ({"expires_s": 1.0}, "COMMAND_EXPIRED"),
    ],
)
def test_refuses_and_counts(bench: Bench, change: dict[str, Any], why: str) -> None:
    bench.moving()
    n = len(bench.model.joints)
    change = {k: v * n if isinstance(v, tuple) else v for k, v in change.items()}
    bench.command(60.0, **change)
    bench.run(0.015)
    status = bench.guard.status(bench.clock.now())
    assert status["refused_for"] == {why: 1}
    assert unpack_report(bench.wires.reports[-1]).refused == 1


def test_nonsense_brakes_at_once(bench: Bench) -> None:
    bench.moving()
    bench.wires.inbox.append(b"\x01garbage")
    bench.run(0.02)
    before = bench.setpoint
    bench.run(0.01)
    assert bench.setpoint == before


def test_stop_wins_over_a_command_of_the_same_turn(bench: Bench) -> None:
    bench.moving()
    before = bench.setpoint
    bench.command(60.0)
    bench.ask(Verb.STOP)
    bench.run(0.02, **MOVE)
    assert bench.where == (State.STOPPED, Reason.STOP_REQUESTED)
    rate = max(j.max_rate_deg_s for j in bench.model.joints)
    assert max(abs(a - b) for a, b in zip(bench.setpoint, before, strict=True)) < 0.02 * rate
    bench.assert_still(0.5, **MOVE)


def test_stop_does_not_hide_a_fault(bench: Bench) -> None:
    bench.moving()
    bench.run(0.2)
    bench.ask(Verb.STOP)
    assert bench.where == (State.STOPPED, Reason.LOOP_LOST)
    bench.ask(Verb.STOP)
    assert bench.where == (State.STOPPED, Reason.LOOP_LOST)


def test_silent_limb_faults_and_is_only_asked(bench: Bench) -> None:
    bench.moving()
    bench.body.talks = False
    bench.run(0.8 * bench.model.device_watchdog_s + 0.02, **MOVE)
    assert bench.where == (State.FAULT, Reason.LIMB_SILENT)
    held = len(bench.body.held)
    bench.run(0.3, **REST)
    assert len(bench.body.held) == held
    assert "answer" in bench.ask(Verb.ARM)["error"]
    assert "answer" in bench.ask(Verb.RELEASE)["error"]
    bench.body.position = (-3.0,) * len(bench.model.joints)  # it went elsewhere meanwhile
    bench.body.talks = True
    bench.run(0.05, **REST)
    assert bench.setpoint == (-3.0,) * len(bench.model.joints)
    assert bench.where == (State.FAULT, Reason.LIMB_SILENT)
    assert "error" not in bench.ask(Verb.ARM)


def test_short_silence_keeps_the_grip() -> None:
    """100 to 240 ms: API mode was kept alive, so the set-point (and the force on an object) stays."""
    bench = Bench()
    bench.moving()
    bench.body.talks = False
    bench.run(0.15, **REST)
    before = bench.setpoint
    bench.body.position = (2.0,) * 6
    bench.body.talks = True
    bench.run(0.05, **REST)
    assert bench.setpoint == before


def test_unplugged_and_back(bench: Bench) -> None:
    bench.moving()
    bench.body.plugged = False
    bench.turn()
    bench.run(0.02)
    assert bench.where == (State.FAULT, Reason.LIMB_LOST)
    bench.run(1.0, **REST)
    bench.body.position = (1.0,) * len(bench.model.joints)
    bench.body.plugged = True
    bench.run(2.5, **MOVE)
    assert bench.setpoint == (1.0,) * len(bench.model.joints)
    assert bench.where == (State.FAULT, Reason.LIMB_LOST)
    bench.run(0.05, **REST)
    assert "error" not in bench.ask(Verb.ARM)


def test_held_up_guard_faults_and_reads_the_position_again(bench: Bench) -> None:
    bench.moving()
    bench.body.held.clear()
    for _ in range(200):  # commands of the stall: all old by the time they are read
        bench.command(60.0)
    bench.body.position = (-2.0,) * len(bench.model.joints)
    bench.turn(3.0)
    assert bench.where == (State.FAULT, Reason.GUARD_STALLED)
    assert bench.body.held == []
    bench.run(0.05)
    assert set(bench.body.held) == {(-2.0,) * len(bench.model.joints)}


def test_a_fault_of_the_device(bench: Bench) -> None:
    bench.moving()
    bench.body.cleared = 0
    bench.body.fault = 33
    bench.run(0.02, **MOVE)
    assert bench.where == (State.FAULT, Reason.LIMB_FAULT)
    bench.run(0.1, **REST)
    assert "error" not in bench.ask(Verb.ARM)
    assert bench.body.cleared == 1
    bench.run(0.1, **REST)
    assert bench.guard.state is State.ARMED
    bench.body.fault = 33
    bench.run(0.02, **REST)
    assert bench.where == (State.FAULT, Reason.LIMB_FAULT)


def test_a_fault_that_was_not_cleared_comes_back(bench: Bench) -> None:
    bench.moving()
    bench.body.fault = 33
    bench.body.clear = lambda: None  # type: ignore[method-assign]
    bench.run(0.02, **REST)
    bench.ask(Verb.ARM)
    bench.run(0.1, **REST)
    assert bench.where == (State.FAULT, Reason.LIMB_FAULT)


def test_release_is_slow_needs_no_loop_and_ends_stopped(bench: Bench) -> None:
    bench.moving()
    bench.run(0.5, **MOVE)
    bench.wires.connected = False
    bench.turn()
    bench.ask(Verb.RELEASE)
    assert bench.where == (State.PROMPTING, Reason.RELEASE_REQUESTED)
    before = bench.setpoint
    bench.run(0.1)
    travelled = max(abs(a - b) for a, b in zip(bench.setpoint, before, strict=True))
    assert 0 < travelled <= bench.model.release_rate_deg_s * 0.1 + 1e-6
    bench.run(8.0)
    assert bench.where == (State.STOPPED, Reason.LOOP_LOST)
    assert bench.setpoint == pytest.approx(bench.model.release_deg, abs=0.01)


def test_release_ignores_the_loop_and_can_be_stopped(bench: Bench) -> None:
    bench.moving()
    bench.run(0.5, **MOVE)
    bench.ask(Verb.RELEASE)
    top = bench.setpoint
    bench.run(0.2, **MOVE)
    assert bench.guard.state is State.PROMPTING
    assert "stop it first" in bench.ask(Verb.ARM)["error"]
    bench.ask(Verb.STOP)
    bench.run(0.03, **MOVE)
    assert bench.setpoint != top
    bench.assert_still(0.5, **MOVE)


def test_shutdown_brakes_before_it_leaves(bench: Bench) -> None:
    bench.moving()
    bench.ask(Verb.SHUTDOWN)
    assert bench.body.left == 0
    bench.run(0.2, **MOVE)
    assert bench.guard.finished
    assert bench.body.left == 1
    assert bench.body.held[-1] == bench.setpoint
    assert bench.body.held[-2] == bench.setpoint


def test_start_only_counts(bench: Bench) -> None:
    before = bench.where
    assert bench.ask(Verb.START)["starts"] == 1
    assert bench.where == before


COMMANDS = ("rest", "move", "stale", "contact", "nan", "old", "noise", "silence")
WORLD = ("connect", "hang up", "pull", "plug", "mute", "talk", "stall", "fault")
HAPPENINGS = st.sampled_from((*COMMANDS, *COMMANDS, *WORLD, *Verb))


@settings(max_examples=150, deadline=None)
@given(
    script=st.lists(st.tuples(HAPPENINGS, st.integers(1, 40)), max_size=25),
    leg=st.booleans(),
    moving=st.booleans(),
)
def test_whatever_happens(script: list[tuple[str, int]], leg: bool, moving: bool) -> None:
    """The set-point is finite, in range and never faster than allowed; nothing moves but in ACTIVE and
    PROMPTING; ACTIVE is only entered from ARMED."""
    bench = Bench(MOTEUS_ANKLE if leg else ABILITY_HAND)
    if moving:
        bench.moving()
    for what, turns in script:
        if what in COMMANDS:
            _send(bench, what, turns)
        elif what in list(Verb):
            if what != Verb.SHUTDOWN:
                bench.ask(Verb(what))
        else:
            _befall(bench, what, turns)


def _befall(bench: Bench, what: str, turns: int) -> None:
    body = bench.body
    {
        "connect": bench.connect,
        "hang up": lambda: setattr(bench.wires, "connected", False),
        "pull": lambda: setattr(body, "plugged", False),
        "plug": lambda: setattr(body, "plugged", True),
        "mute": lambda: setattr(body, "talks", False),
        "talk": lambda: setattr(body, "talks", True),
        "stall": lambda: bench.turn(turns * 0.05),
        "fault": lambda: setattr(body, "fault", 5),
    }[what]()


def _send(bench: Bench, what: str, turns: int) -> None:
    n = len(bench.model.joints)
    command: dict[str, Any] = {
        "rest": REST,
        "move": {"rate": 500.0},
        "stale": {"reason": Reason.EMG_STALE},
        "contact": {"rate": 60.0, "reason": Reason.CONTACT},
        "nan": {"rate": 60.0, "target_deg": (math.nan,) * n},
        "old": {"rate": 60.0, "expires_s": 1.0},
        "silence": {},
        "noise": {},
    }[what]
    for _ in range(turns):
        _checked_turn(bench, command if bench.wires.connected else {}, noise=what == "noise")


def _checked_turn(bench: Bench, command: dict[str, Any], *, noise: bool) -> None:
    before, state, seated = bench.setpoint, bench.guard.state, bench.line.wants_seat
    if noise:
        bench.wires.inbox.append(b"\x01\x06" * 20)
    elif command:
        bench.command(**command)
    bench.turn()
    after = bench.setpoint
    for joint, a, b in zip(bench.model.joints, before, after, strict=True):
        assert math.isfinite(b)
        assert joint.least_deg <= b <= joint.most_deg
        if not seated and not bench.line.wants_seat:
            assert abs(b - a) <= joint.max_rate_deg_s * 0.0155  # three turns
    quiet = (State.STOPPED, State.ARMED, State.HOLDING, State.FAULT)
    if state in quiet and bench.guard.state in quiet and not seated:
        braking = max(j.max_rate_deg_s**2 / j.max_braking_deg_s2 for j in bench.model.joints)
        assert max(abs(b - a) for a, b in zip(before, after, strict=True)) <= braking
    if bench.guard.state is State.ACTIVE and state is not State.ACTIVE:
        assert state is State.ARMED
