"""Several moteus controllers behind one adapter: the driver, the vendor's own client, and the real guard."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import moteus
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbLost, LimbNotFound, ProfileError, RequestError
from innervate.core.ring import RingReader
from innervate.core.settings import write_settings
from innervate.firmware_bridge.devices import open_part, part_model
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.limits import HAND_DEADMAN_S, LEG_DEADMAN_S
from innervate.firmware_bridge.moteus.codec import (
    Mode,
    PositionCommand,
    decode_can,
    decode_line,
    decode_payload,
    encode_line,
    encode_position,
    encode_query,
    encode_send,
)
from innervate.firmware_bridge.moteus.tunnel import (
    MOST,
    ConfigQuestion,
    decode_command,
    decode_poll,
    decode_text,
    encode_poll,
    encode_said,
    encode_text,
)
from innervate.firmware_bridge.settings import GuardSettings, JointSettings, PartSettings
from innervate.sim.moteus_joints import JointsFirmware
from innervate.sim.moteus_tunnel import Console
from innervate.sim.wire import PseudoTerminal

from ..waiting import until
from .rig import Loop, Rig

pytestmark = pytest.mark.real_time

SIM = "innervate.sim.moteus_joints"
LEG = (JointSettings("knee", id=1), JointSettings("ankle", id=2))
ELBOW = (JointSettings("elbow", id=5),)


def part(port: str, joints: tuple[JointSettings, ...] = LEG, **options: str) -> PartSettings:
    return PartSettings("moteus", port, joints=joints, options=tuple(options.items()))


@contextmanager
def virtual(folder: Path, *options: str) -> Iterator[tuple[str, RingReader]]:
    ring = folder / "joints.ring"
    with Child(SIM, "--ring", str(ring), *options, log_path=folder / "log") as child:
        yield str(child.wait_ready(10.0)["port"]), RingReader(ring)


def truth(ring: RingReader) -> dict[str, Any]:
    record = until(ring.latest)
    assert isinstance(record, dict)
    return record


def first_state(limb: Limb) -> LimbState:
    """What it says before it is asked to move."""

    def said() -> LimbState | None:
        limb.ask()
        sleep(0.01)
        return limb.poll(now())

    found = until(said)
    assert isinstance(found, LimbState)
    return found


# -- the console --


def test_what_we_say_to_the_console_is_what_the_vendors_client_says() -> None:
    theirs = moteus.Controller(id=1, transport=object())
    line = b"conf get servo.timeout_mode\n"
    assert encode_text(line) == bytes(theirs.make_diagnostic_write(line).data)
    assert encode_poll(48) == bytes(theirs.make_diagnostic_read(max_length=48).data)


@given(text=st.binary(max_size=MOST), padding=st.integers(0, 20))
def test_console_frames_come_back_padded_and_are_the_vendors(text: bytes, padding: int) -> None:
    said = encode_said(text) + b"\x50" * padding
    assert decode_text(said) == text
    frame = moteus.transport_device.Frame(arbitration_id=0x100, data=said)
    assert moteus.moteus.parse_diagnostic_message(frame, channel=1) == text
    assert decode_command(encode_text(text) + b"\x50" * padding) == text
    assert decode_text(encode_text(text)) is None
    cut = encode_said(text)[:-1]
    assert decode_text(cut) is None or text == b""


@given(st.binary(max_size=64))
def test_any_console_payload_is_survived(payload: bytes) -> None:
    question = ConfigQuestion("x")
    question.payloads()
    question.hear(decode_text(payload) or b"")
    decode_command(payload)
    decode_poll(payload)
    Console().answer(payload)


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="61"):
        encode_text(b"x" * 62)


@given(
    left_over=st.binary(max_size=150),
    value=st.integers(-5, 99),
    lost=st.sets(st.integers(0, 25), max_size=6),
    most=st.integers(1, MOST),
)
def test_a_setting_is_read_whatever_was_left_over_and_lost(
    left_over: bytes, value: int, lost: set[int], most: int
) -> None:
    """An old host's output is not taken for the answer; a lost frame costs time only."""
    console = Console({"servo.timeout_mode": str(value)}, left_over)
    question = ConfigQuestion("servo.timeout_mode")
    for turn in range(1000):
        for payload, answered in question.payloads():
            if turn in lost:
                continue
            asked = encode_poll(most) if decode_poll(payload) is not None else payload
            said = console.answer(asked)
            assert said is not None
            if answered:
                question.hear(decode_text(said) or b"")
        if question.value is not None:
            break
    assert question.value == value
    assert question.payloads() == []


# -- the driver --


def test_two_joints_are_one_limb(tmp_path: Path) -> None:
    joints = (replace(LEG[0], gear=2.0, zero_deg=5.0), LEG[1])
    with virtual(tmp_path, "--instant") as (port, ring):
        limb = open_part(part(port, joints))
        at = first_state(limb)
        assert at.fault == 0
        assert (len(at.position_deg), len(at.temperature_c), len(at.limiting)) == (2, 2, 2)
        assert truth(ring)["mode"] == (Mode.STOPPED, Mode.STOPPED)

        def there() -> LimbState | None:
            limb.hold(Setpoint((15.0, -10.0), (0.0, 0.0)))
            sleep(0.005)
            said = limb.poll(now())
            close = said is not None and said.position_deg == pytest.approx((15.0, -10.0), abs=0.01)
            return said if close else None

        until(there)
        # Two turns of the controller per turn of the joint, and its zero is 5 degrees off.
        assert truth(ring)["position_deg"] == pytest.approx((40.0, -10.0), abs=0.01)
        assert limb.frames_bad == 0
        limb.close()


def test_one_dead_controller_of_two_is_a_limb_that_says_nothing(tmp_path: Path) -> None:
    with virtual(tmp_path, "--dies", "2:0") as (port, ring):
        limb = open_part(part(port))
        for _ in range(10):
            limb.ask()
            sleep(0.01)
            assert limb.poll(now()) is None
        assert limb.frames_acked > 5  # the other one answers
        assert truth(ring)["mode"] == (Mode.STOPPED, Mode.STOPPED)
        limb.close()


def test_answers_that_are_far_apart_are_not_one_state() -> None:
    """What the one said before a gap does not stand beside what the other says after it."""
    cable = PseudoTerminal()
    firmware = JointsFirmware(instant=True)
    limb = open_part(part(cable.port))

    def answers(now_s: float, only: int | None = None) -> LimbState | None:
        said = firmware.receive(cable.read(), now_s)
        for line in said.splitlines():
            frame = decode_can(decode_line(line) or "", "rcv")
            if frame is None or only is None or frame[0] >> 8 == only:
                cable.write(line + b"\n")
        cable.write(encode_line("OK"))
        sleep(0.01)
        return limb.poll(now_s)

    for k in range(6):
        limb.ask()
        answers(1.0 + 0.01 * k)
    limb.ask()
    assert answers(1.1) is not None
    limb.ask()
    assert answers(1.11, only=1) is None
    limb.ask()
    assert answers(1.2, only=2) is None
    limb.ask()
    assert answers(1.21) is not None
    limb.close()
    cable.close()


def test_only_a_whole_number_of_our_channel_is_an_answer() -> None:
    assert decode_text(bytes((0x41, 2, 1)) + b"5") is None
    assert decode_text(bytes((0x41, 1, 4)) + b"12\r") is None
    question = ConfigQuestion("servo.timeout_mode")
    question.payloads()
    question.hear(b"")
    question.payloads()
    question.hear(b"12.5\r\n12 rev\r\nERR unknown\r\n1")
    assert question.value is None
    question.hear(b"5\r\n")
    assert question.value == 15


@pytest.mark.parametrize(
    ("joints", "options", "message"),
    [
        ((replace(LEG[0], id=2), LEG[1]), {}, "two controllers of one id: 2, 2"),
        (LEG, {"torque_rate_nm_s": "1"}, "torque_rate_nm_s = 1.0: allowed 50 to 5000"),
        (LEG, {"watchdog": "0"}, "allowed: torque_rate_nm_s"),
        ((replace(LEG[0], max_torque_nm=41.0),), {}, "knee: max_torque_nm = 41.0: allowed 1.0 to 40.0"),
    ],
)
def test_bad_settings_are_refused_before_the_port_is_opened(
    joints: tuple[JointSettings, ...], options: dict[str, str], message: str
) -> None:
    with pytest.raises(ProfileError, match=message):
        open_part(part("/nonexistent", joints, **options))


def test_a_knee_is_a_leg_and_an_elbow_is_not() -> None:
    leg, arm = part_model(part("p", LEG)), part_model(part("p", ELBOW))
    assert (leg.leg, leg.deadman_s, leg.device_watchdog_s) == (True, LEG_DEADMAN_S, 0.1)
    assert (arm.leg, arm.deadman_s, arm.device_watchdog_s) == (False, HAND_DEADMAN_S, 0.1)
    both = part_model(part("p", (*LEG, *ELBOW)))
    assert both.joint_names == ("knee", "ankle", "elbow")


# -- the vendor's client --


async def _vendor(port: str) -> tuple[list[dict[int, float]], list[bytes]]:
    transport = moteus.Fdcanusb(path=port)
    each = [moteus.Controller(id=number, transport=transport) for number in (1, 2)]
    try:
        for _ in range(5):
            found = [
                await controller.set_position(position=0.02 * controller.id, maximum_torque=5.0, query=True)
                for controller in each
            ]
        said = []
        for controller in each:
            stream = moteus.Stream(controller, use_flow_control=False)
            await stream.command(b"conf set servo.timeout_mode 15")
            said.append(await stream.command(b"conf get servo.timeout_mode", allow_any_response=True))
        return [dict(result.values) for result in found], said
    finally:
        transport.close()


def test_the_vendors_client_drives_both_and_reads_their_consoles(tmp_path: Path) -> None:
    """moteus 1.1.1; we then read with our own driver what it has set."""
    with virtual(tmp_path, "--instant") as (port, ring):
        found, said = asyncio.run(asyncio.wait_for(_vendor(port), 20.0))
        assert [values[moteus.Register.POSITION] for values in found] == pytest.approx([0.02, 0.04])
        assert [values[moteus.Register.MODE] for values in found] == [Mode.POSITION] * 2
        assert said == [b"15", b"15"]
        assert truth(ring)["frames_bad"] == 0
        limb = open_part(part(port))
        assert first_state(limb).fault in (0, 255)  # its watchdog may have acted by now; 15 is allowed
        limb.close()


def test_a_query_is_the_vendors_query() -> None:
    _, _, ours = decode_payload(encode_query())
    made = moteus.Controller(id=1, transport=object()).make_query()
    _, _, theirs = decode_payload(bytes(made.data))
    assert ours == theirs


# -- a virtual controller's own watchdog --


@pytest.mark.parametrize(
    ("timeout_mode", "falls_deg"),
    [(Mode.ZERO_VELOCITY, (2.0, 15.0)), (Mode.BRAKE, (2.0, 12.0)), (Mode.STOPPED, (80.0, 200.0))],
)
def test_after_its_watchdog_a_joint_does_as_configured(
    timeout_mode: int, falls_deg: tuple[float, float]
) -> None:
    firmware = JointsFirmware((("elbow", 5),), load_nm=-2.0, timeout_mode=timeout_mode)
    (elbow,) = firmware.controllers
    hold = PositionCommand(90.0 / 360.0, 0.0, 1.0, 1.0, 20.0, 0.1)
    for k in range(200):
        firmware.advance(k * 0.01)
        firmware.receive(encode_send(5, encode_position(hold), reply=True), k * 0.01)
    held_deg = elbow.position_deg
    assert held_deg == pytest.approx(89.0, abs=0.2)
    for k in range(200, 260):
        firmware.advance(k * 0.01)
    assert elbow.mode == Mode.TIMEOUT
    assert elbow.watchdog_trips == 1
    assert abs(elbow.torque_nm) <= 5.0  # servo.timeout_max_torque_Nm as shipped
    assert falls_deg[0] < held_deg - elbow.position_deg < falls_deg[1]


# -- under the guard --


@contextmanager
def guarded(folder: Path, joints: tuple[JointSettings, ...], *options: str, **settings: Any) -> Iterator[Rig]:
    ring, link = folder / "limb.ring", folder / "port"
    numbered = [word for joint in joints for word in ("--joint", f"{joint.name}:{joint.id}")]
    words = ("--ring", str(ring), "--link", str(link), *numbered, *options)
    with Child(SIM, *words, log_path=folder / "limb.log") as limb:
        limb.wait_ready(10.0)
        run, path = folder / "run", folder / "guard.json"
        write_settings(path, GuardSettings((part(str(link), joints),), str(run), **settings))
        with Child("innervate.firmware_bridge", str(path), log_path=folder / "guard.log") as guard:
            guard.wait_ready(10.0)
            yield Rig(limb, guard, run, RingReader(ring), RingReader(run / "guard.ring"), folder)


def test_one_dead_controller_of_two_faults_and_the_other_holds(tmp_path: Path) -> None:
    with guarded(tmp_path, LEG, "--dies", "2:1.5", "--load", "1.0") as leg:
        until(lambda: leg.body()["mode"] == (Mode.POSITION, Mode.POSITION))
        assert leg.state()[0] == "STOPPED"
        until(lambda: leg.state() == ("FAULT", "LIMB_SILENT"))
        knee_deg = leg.position()[0]
        sleep(0.3)
        body = leg.body()
        assert body["mode"][0] == Mode.POSITION
        assert body["watchdog_trips"][0] == 0
        assert body["position_deg"][0] == pytest.approx(knee_deg, abs=0.2)


@pytest.mark.parametrize("timeout_mode", [0, 10])
def test_a_guard_does_not_start_with_a_watchdog_that_would_not_damp(
    tmp_path: Path, timeout_mode: int
) -> None:
    with (
        pytest.raises(LimbLost, match=rf"controller 5 \(elbow\): servo.timeout_mode = {timeout_mode}"),
        guarded(tmp_path, ELBOW, "--timeout-mode", str(timeout_mode)),
    ):
        pass
    record = RingReader(tmp_path / "limb.ring").latest()
    assert record is not None
    assert record["mode"] == Mode.STOPPED


def test_a_joint_that_sank_while_latched_does_not_leap_when_armed(tmp_path: Path) -> None:
    """The guard is held up, the watchdog acts, the forearm sinks; armed again, it is held where it is."""
    with guarded(tmp_path, ELBOW, "--load", "-3.0") as elbow:
        loop = Loop(elbow.run)
        until(lambda: elbow.body()["mode"] == Mode.POSITION)
        held_deg = elbow.position()[0]
        elbow.guard.signal(signal.SIGSTOP)
        until(lambda: elbow.body()["watchdog_trips"])
        elbow.guard.signal(signal.SIGCONT)
        until(lambda: elbow.state()[0] == "FAULT")
        sleep(0.5)
        elbow.truth.new_payloads()
        loop.go(0.05, target=(60.0,))
        elbow.ask("arm")
        loop.go(0.3, target=(60.0,))
        rows = elbow.truth.new_records()
        loop.port.close()
        assert elbow.body()["mode"] == Mode.POSITION
        latched = [row for row in rows if row["mode"] == Mode.TIMEOUT]
        holding = [row for row in rows if row["mode"] == Mode.POSITION]
        at_deg = latched[-1]["position_deg"]
        assert held_deg - at_deg > 3.0
        assert max(row["position_deg"] for row in holding) < at_deg + 1.0
        assert min(row["position_deg"] for row in holding) > at_deg - 10.0
        # 5 N m a heartbeat; records come every 5 ms.
        bounds = [row["max_torque_nm"] for row in holding]
        assert max(b - a for a, b in pairwise(bounds)) < 12.0
        assert bounds[-1] == pytest.approx(20.0)


def test_an_elbow_follows_and_holds(tmp_path: Path) -> None:
    with guarded(tmp_path, ELBOW) as elbow:
        loop = Loop(elbow.run)
        before_deg = elbow.position()[0]

        def moved() -> bool:
            if elbow.state()[0] not in ("ARMED", "ACTIVE"):  # this process was held up
                loop.send(target=(120.0,))
                with suppress(RequestError):
                    elbow.ask("arm")
            loop.go(0.05, target=(120.0,))
            loop.go(0.3, rate=60.0, target=(120.0,))
            return elbow.position()[0] > before_deg + 5.0

        until(moved)
        loop.port.close()
        until(lambda: elbow.state() == ("FAULT", "LOOP_LOST"))
        until(lambda: abs(elbow.body()["velocity_deg_s"]) < 0.1)
        held_deg = elbow.position()[0]
        sleep(0.2)
        assert elbow.position()[0] == pytest.approx(held_deg, abs=0.1)
        assert elbow.body()["watchdog_trips"] == 0


def test_a_dead_guard_leaves_every_joint_damped(tmp_path: Path) -> None:
    with guarded(tmp_path, LEG, "--load", "1.0") as leg:
        until(lambda: leg.body()["mode"] == (Mode.POSITION, Mode.POSITION))
        leg.guard.kill()
        until(lambda: leg.body()["mode"] == (Mode.TIMEOUT, Mode.TIMEOUT))
        assert leg.body()["watchdog_trips"] == (1, 1)


def test_a_missing_controller_is_said_at_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(LimbNotFound, match="CAN ids"),
        guarded(tmp_path, (*LEG, JointSettings("elbow", id=7)), "--dies", "7:0"),
    ):
        pass


def test_a_hand_on_an_elbow_is_one_limb_and_goes_on_without_it(tmp_path: Path) -> None:
    """Two devices on two ports; the elbow's supply fails: a fault, and the hand is still told to hold."""
    hand_ring, hand_link = tmp_path / "hand.ring", tmp_path / "hand"
    ring, link = tmp_path / "elbow.ring", tmp_path / "elbow"
    hand_words = ("--ring", str(hand_ring), "--link", str(hand_link))
    elbow_words = ("--ring", str(ring), "--link", str(link), "--joint", "elbow:5", "--dies", "5:1.5")
    path, run = tmp_path / "guard.json", tmp_path / "run"
    parts = (PartSettings("ability-hand", str(hand_link)), part(str(link), ELBOW))
    write_settings(path, GuardSettings(parts, str(run)))
    with (
        Child("innervate.sim.hand", *hand_words, log_path=tmp_path / "hand.log") as hand,
        Child(SIM, *elbow_words, log_path=tmp_path / "elbow.log") as elbow,
        ExitStack() as stack,
    ):
        hand.wait_ready(10.0)
        elbow.wait_ready(10.0)
        guard = Child("innervate.firmware_bridge", str(path), log_path=tmp_path / "guard.log")
        stack.enter_context(guard).wait_ready(10.0)
        limb = Rig(hand, guard, run, RingReader(hand_ring), RingReader(run / "guard.ring"), tmp_path)
        status = limb.ask("status")
        assert status["joints"][-2:] == ["thumb_rotator", "elbow"]
        assert len(status["limb"]["position_deg"]) == 7
        assert len(status["limb"]["force_n"]) == 7
        until(lambda: limb.state() == ("FAULT", "LIMB_SILENT"))
        held_deg = limb.position()
        sleep(0.4)
        body = limb.body()
        assert body["api_mode"]
        assert body["watchdog_trips"] == 0
        assert body["position_deg"] == pytest.approx(held_deg, abs=0.1)
