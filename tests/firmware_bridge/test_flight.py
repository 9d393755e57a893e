"""The guard's flight log: whatever happens, the same guard does the same again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from innervate.core.clock import VirtualClock
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbLost, RecordingError
from innervate.core.flight import FLIGHT_FOLDER, Recorder, entries
from innervate.core.flightlog import FlightLogReader, FlightLogWriter
from innervate.core.replaying import Found
from innervate.core.state import Reason, State
from innervate.firmware_bridge import flight
from innervate.firmware_bridge.devices import limb_model, part_models
from innervate.firmware_bridge.flight import Flight, guard_of
from innervate.firmware_bridge.flight_entries import T_POLL, StatePacking, packed_state, unpacked_state
from innervate.firmware_bridge.flight_limb import RecordingLimb
from innervate.firmware_bridge.flight_replay import replay_guard
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.lines import LimbLines
from innervate.firmware_bridge.requests import Asked, Verb
from innervate.firmware_bridge.settings import GuardSettings, InputSettings, JointSettings, PartSettings
from innervate.firmware_bridge.telemetry import open_ring

from .guard_bench import MOVE, REST, Bench, Body, Scale, Wires
from .promise_bench import Button
from .test_guard_scripts import COMMANDS, HAPPENINGS, _befall, _send

HAND = (PartSettings("ability-hand", "p"),)
ANKLE = (PartSettings("moteus-ankle", "p"),)
ARM = (
    *HAND,
    PartSettings("dynamixel", "q", joints=(JointSettings("elbow", 1), JointSettings("wrist rotation", 2))),
)


class TalkativeBody(Body):
    """Says all that a device can say, and can be busy."""

    def __init__(self, joints: int, at_deg: float) -> None:
        super().__init__(joints, at_deg)
        self.waits = False
        self.touch = (0.0,) * 30

    @property
    def wants_to_write(self) -> bool:  # type: ignore[override]
        return self.waits

    def hold(self, setpoint: Setpoint) -> bool:
        return super().hold(setpoint) and not self.waits

    def flush(self) -> None:
        if not self.plugged:
            raise LimbLost("unplugged while writing")

    def poll(self, now_s: float) -> LimbState | None:
        said = super().poll(now_s)
        if said is None:
            return None
        n = len(self.position)
        force = tuple(abs(deg) / 10 for deg in self.position)
        return replace(
            said,
            current_a=force,
            limiting=(False,) * n,
            touch=self.touch,
            force_n=force,
            temperature_c=(31.5,),
        )


class Recorded(Bench):
    """A guard with its recorder, and its ends in the test's hands; several devices as one limb."""

    def __init__(
        self, folder: Path, parts: tuple[PartSettings, ...] = HAND, minutes: float = 0.1, **more: Any
    ) -> None:
        buttons = (InputSettings("/dev/input/event0"), InputSettings("/dev/input/event1"))
        usual = {"max_grip_n": 0.0 if parts is ANKLE else 6.0, "grips": ("power", "pinch")}
        self.settings = GuardSettings(
            parts, str(folder), inputs=buttons, flight_minutes=minutes, **{**usual, **more}
        )
        self.model = limb_model(self.settings)
        self.clock = VirtualClock(1000.0)
        models = part_models(self.settings)
        self.bodies = [TalkativeBody(len(model.joints), 0.0) for model in models]
        self.body = self.bodies[0]
        self.wires, self.seq = Wires(), 0
        self.scale = Scale()
        self.buttons = [Button(), Button()]
        self.flight = Flight(self.settings, self.model)
        lines = tuple(self._made(k, body) for k, body in enumerate(self.bodies))
        self.line = lines[0] if len(lines) == 1 else LimbLines(lines)  # type: ignore[assignment]
        self.ring = open_ring(folder / "guard.ring", len(self.model.joints), {})
        self.guard = guard_of(
            *(self.settings, self.model, self.line),
            self.flight.doors(self.wires, self.wires),
            self.flight.ring(self.ring),
            self.flight.clock(self.clock),
            {},
            self.flight.gate(self.scale),
            self.flight.inputs(self.buttons),
        )
        self.flight.begin(self.guard)
        self.log = folder / FLIGHT_FOLDER / "guard.ilog"
        self.run(0.03)

    def _made(self, device: int, body: TalkativeBody) -> LimbLine:
        first = LimbState(self.clock.now(), body.position)

        def reopen() -> Limb:
            if not body.plugged:
                raise LimbLost("no such port")
            return body

        recorded = self.flight.limb(device, body, first)
        return LimbLine(
            part_models(self.settings)[device], recorded, first, self.flight.reopen(device, reopen)
        )

    @property
    def setpoint(self) -> tuple[float, ...]:
        """Not by `status`: between turns nobody asks the load sensor."""
        return self.guard._governor.setpoint.position_deg

    def turn(self, dt_s: float = 0.005) -> None:
        super().turn(dt_s)
        self.flight.commit()

    def close(self) -> None:
        self.ring.close()
        self.flight.close()


@contextmanager
def recorded(parts: tuple[PartSettings, ...] = HAND, minutes: float = 0.1, **more: Any) -> Iterator[Recorded]:
    with tempfile.TemporaryDirectory() as folder:
        made = Recorded(Path(folder), parts, minutes, **more)
        yield made
        made.close()


def replayed(path: Path, from_s: float = 0.0) -> Found:
    return replay_guard(FlightLogReader(path), from_s)


MORE = st.sampled_from(
    ("button", "grip", "unknown grip", "touch", "second unplugged", "plug all", "busy", "weight")
)


def befall_more(rig: Recorded, what: str, n: int) -> None:
    if what == "button":
        rig.buttons[n % 2].pressed.append(Asked(list(Verb)[n % 4]))
    elif what == "grip":
        rig.ask(Verb.GRIP, "pinch")
    elif what == "unknown grip":
        assert "error" in rig.ask(Verb.GRIP, "wave")
    elif what == "touch":
        rig.body.touch = (float(n),) * 30
    elif what == "second unplugged":
        rig.bodies[-1].plugged = False
    elif what == "plug all":
        for body in rig.bodies:
            body.plugged = True
    elif what == "busy":
        rig.body.waits = not rig.body.waits
    else:
        rig.scale.reason = Reason.LOADED if n % 2 else Reason.NONE
        rig.scale.free_s = n / 10
    rig.turn()


@settings(max_examples=40)
@example(script=[("weight", 6), ("nan", 13)], parts=ANKLE, moving=True)  # returns to neutral at fault
@example(script=[("weight", 6), ("nan", 13)], parts=ANKLE, moving=False)
@given(
    script=st.lists(st.tuples(HAPPENINGS | MORE, st.integers(1, 40)), max_size=30),
    parts=st.sampled_from((HAND, ANKLE, ARM)),
    moving=st.booleans(),
)
def test_whatever_happens_to_the_guard_replays_to_the_bit(
    script: list[tuple[str, int]], parts: tuple[PartSettings, ...], moving: bool
) -> None:
    with recorded(parts) as rig:
        if moving:
            rig.moving()
        for what, n in script:
            if what in COMMANDS:
                _send(rig, what, n)
            elif what in list(Verb):
                if what != Verb.SHUTDOWN:
                    rig.ask(Verb(what))
            elif what in ("connect", "hang up", "pull", "plug", "mute", "talk", "stall", "fault"):
                _befall(rig, what, n)
            else:
                befall_more(rig, what, n)
        published = rig.ring.published
        found = replayed(rig.log)
    assert (found.verdict, found.comparison.first) == ("identical", None)
    assert found.comparison.decisions == published
    assert found.missing == found.not_replayed == 0


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Recorded]:
    made = Recorded(tmp_path)
    yield made
    made.close()


def test_the_end_of_a_guard_is_in_its_log(rig: Recorded) -> None:
    rig.moving()
    while not rig.guard.finished:
        rig.flight.shut_down(rig.guard)
        rig.turn()
    found = replayed(rig.log)
    assert found.verdict == "identical"
    assert rig.body.left == 1


def test_without_a_log_the_guard_gets_its_own_ends(tmp_path: Path) -> None:
    (tmp_path / FLIGHT_FOLDER).write_text("in the way")
    for minutes, trouble in ((0.0, ""), (0.1, FLIGHT_FOLDER)):
        made = Recorded(tmp_path, minutes=minutes)
        made.moving()
        assert trouble in made.flight.trouble
        assert bool(trouble) == bool(made.flight.trouble)
        assert made.flight.clock(made.clock) is made.clock
        assert made.flight.gate(made.scale) is made.scale
        made.close()


def test_a_reply_of_the_limb_that_was_changed_is_found_by_what_the_guard_did_then(rig: Recorded) -> None:
    """As if the log said that the finger met less force than it did."""
    rig.moving()
    rig.run(1.0, **MOVE)
    reader = FlightLogReader(rig.log)
    path = rig.log.with_name("changed.ilog")
    changed = 0
    with FlightLogWriter(path, reader.facts, size=1 << 22) as writer:
        writer.place()
        for record in reader.records():
            payload = record.payload
            at = payload.find(flight.packed(flight.T_FRAME)[:1])
            if record.seq == 150:
                command = payload.index(b"\x02\x06", 14)  # version and joints of a message
                rates = command + 2 + 2 + 8 + 8 + 8 + 8 + 8 + 6 * 8
                payload = payload[: rates + 6] + b"\x20\x40" + payload[rates + 8 :]  # 8 deg/s
                changed += at > 0
            writer.append(payload)
    assert changed == 1
    found = replayed(path)
    first = found.comparison.first
    assert first is not None
    assert (found.verdict, first.what, first.field, first.turn) == (
        "different",
        "set-point",
        "position_deg",
        150,
    )
    assert first.logged != first.replayed
    assert found.comparison.wrong_classes is None


def test_a_log_whose_beginning_is_gone_replays_from_a_checkpoint(tmp_path: Path) -> None:
    made = Recorded(tmp_path, ARM, minutes=0.05)
    made.moving()
    made.bodies[1].plugged = False
    made.run(1.0, **REST)
    made.bodies[1].plugged = True
    made.run(1.0, **MOVE)
    assert "error" not in made.ask(Verb.ARM)
    for _ in range(6):
        made.run(0.5, **REST)
        made.run(0.5, **MOVE)
        made.ask(Verb.STOP)
        made.ask(Verb.ARM)
    found = replayed(made.log)
    assert not found.from_start
    assert (found.verdict, found.missing) == ("identical", 0)
    assert found.comparison.turns > 400
    assert made.guard.state in (State.ARMED, State.ACTIVE)
    late = replayed(made.log, 1.0)
    assert late.verdict == "identical"
    assert late.comparison.turns == pytest.approx(found.comparison.turns - 200, abs=5)
    made.close()


def test_the_log_tells_what_people_asked_and_what_became_of_it(rig: Recorded) -> None:
    from innervate.app.flight_words import events

    rig.moving()
    rig.ask(Verb.GRIP, "wave")
    rig.buttons[1].pressed.append(Asked(Verb.STOP))
    rig.run(0.1, **REST)
    rig.body.plugged = False
    rig.run(0.3, **REST)
    rig.body.plugged = True
    rig.run(0.5, **REST)
    told = [event["what"] for event in events([rig.log])]
    assert "asked: arm" in told
    assert "asked: grip wave; refused: no grip 'wave'; allowed: power, pinch, next" in told
    assert "button 2: stop" in told
    assert "ACTIVE, NONE: Moving as decoded." in told
    assert "STOPPED, STOP_REQUESTED: Stopped by a person. Press Arm to go on." in told
    assert "device 1 was lost: unplugged" in told
    assert "device 1 could not be opened again: no such port" in told
    assert "device 1 was opened again" in told
    assert "loop 1 is connected" in told


finite = st.floats(width=64)
values = st.lists(finite, max_size=6).map(tuple)


@given(
    st.builds(
        LimbState,
        *(finite, values, values),
        limiting=st.lists(st.booleans(), max_size=6).map(tuple),
        touch=st.lists(finite, max_size=30).map(tuple),
        force_n=values,
        temperature_c=values,
        fault=st.integers(-(2**31), 2**31),
    ),
    st.integers(0, 4),
)
def test_a_reply_comes_back_to_the_bit(state: LimbState, device: int) -> None:
    packing = StatePacking(device)
    first, again = (b"".join(packing.parts(state)) for _ in range(2))
    ((tag, body),) = entries(b"\2" + first)
    assert tag == T_POLL
    assert body == packed_state(device, state)
    assert repr(unpacked_state(body)) == repr((device, state))
    ((_, body),) = entries(b"\2" + again)
    assert repr(unpacked_state(body, state.touch)) == repr((device, state))
    assert len(again) + 8 * len(state.touch) == len(first)
    other = replace(state, touch=tuple(-each for each in state.touch))  # 0.0 and -0.0 are two
    ((_, body),) = entries(b"\2" + b"".join(packing.parts(other)))
    assert repr(unpacked_state(body, state.touch)) == repr((device, other))
    packing.forget()
    assert b"".join(packing.parts(state)) == first


def test_a_reply_that_cannot_be_written_down_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    body = TalkativeBody(6, 0.0)
    with FlightLogWriter(tmp_path / "a.ilog", {}) as writer:
        recorder = Recorder(writer)
        limb = RecordingLimb(0, body, recorder)
        limb.ask()
        body.fault = 2**70
        said = limb.poll(1.0)
        assert said is not None
        assert said.fault == 2**70
        recorder.commit()
        assert "recorder stopped" in recorder.failed
        assert limb.ask()


def test_a_log_of_another_version_is_not_told_wrongly(rig: Recorded, tmp_path: Path) -> None:
    from innervate.app.flight_words import events

    reader = FlightLogReader(rig.log)
    with FlightLogWriter(tmp_path / "other.ilog", {**reader.facts, "joints": ["one"]}) as writer:
        writer.place()
        for record in reader.records():
            writer.append(record.payload)
    with pytest.raises(RecordingError, match=r"other\.ilog: record \d+ is not as this version writes them"):
        events([tmp_path / "other.ilog"])
