"""The verbs of both devices over a pseudo-terminal, at the edges of what a device may say."""

from __future__ import annotations

import re
import select
import struct
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.app.run import guard_settings
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbLost, LimbNotFound, ProfileError
from innervate.core.profile import Profile
from innervate.firmware_bridge.ability_hand.codec import Unstuffer, decode_request, stuff
from innervate.firmware_bridge.ability_hand.device import AbilityHand
from innervate.firmware_bridge.devices import limb_model, open_part
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.moteus.codec import (
    Answer,
    Lines,
    Mode,
    Read,
    Register,
    Type,
    decode_can,
    decode_payload,
    encode_line,
    encode_replies,
)
from innervate.firmware_bridge.moteus.device import (
    NAMELESS,
    TIMED_OUT,
    Moteus,
)
from innervate.firmware_bridge.moteus.joint import Joint
from innervate.firmware_bridge.moteus.tunnel import encode_said
from innervate.firmware_bridge.settings import JointSettings
from innervate.sim.ankle import AnkleFirmware
from innervate.sim.moteus_joints import JointsFirmware
from innervate.sim.wire import PseudoTerminal

ROOT = Path(__file__).resolve().parents[2]


def heard(limb: Limb, now_s: float) -> LimbState | None:
    """What the limb makes of the bytes on their way to it; a thread fetches them."""
    select.select([limb.fileno()], [], [], 5.0)
    return limb.poll(now_s)


def at(*position_deg: float) -> Setpoint:
    return Setpoint(position_deg, (0.0,) * len(position_deg))


def ankle_on(cable: PseudoTerminal, timeout_mode: int = Mode.ZERO_VELOCITY, **settings: float) -> Moteus:
    """An ankle whose controller has said what its watchdog leads to."""
    ankle = Moteus(cable.port, 115_200, (JointSettings("ankle", **settings),))  # type: ignore[arg-type]
    for said in (b"", b"%d\r\n" % timeout_mode):
        ankle.ask()
        cable.write(encode_line(f"rcv 100 {encode_said(said).hex()} E B F"))
        assert heard(ankle, 0.0) is None
    cable.read()
    return ankle


@pytest.fixture
def cable() -> Iterator[PseudoTerminal]:
    found = PseudoTerminal()
    yield found
    found.close()


def answer(mode: int, position_rev: float, fault: int = 0, torque_nm: float = 0.0) -> bytes:
    reads = [Read(0, 1, Type.INT8), Read(1, 3, Type.FLOAT), Read(0x0D, 3, Type.INT8)]
    payload = encode_replies(
        {0: mode, 1: position_rev, 3: torque_nm, 0x0D: 24.0, 0x0E: 30.0, 0x0F: fault}, reads
    )
    return encode_line(f"rcv 100 {payload.hex()} E B F")


def test_a_hand_measured_at_the_end_of_its_scale_can_be_held_there(cable: PseudoTerminal) -> None:
    hand = AbilityHand(cable.port, 460_800)
    cable.write(stuff(bytes((0x10,)) + struct.pack("<12h", *(-32768, 0) * 6) + bytes(45) + b"\x00"))
    said = heard(hand, 1.0)
    assert said is not None
    assert hand.hold(at(*said.position_deg))
    (body,) = Unstuffer().push(cable.read())
    assert decode_request(body) is not None
    hand.close()


def test_counts(cable: PseudoTerminal) -> None:
    hand = AbilityHand(cable.port, 460_800)
    hand.ask()
    hand.hold(at(*(0.0,) * 6))
    cable.write(b"\x7e\x50\x7c\x34\x7e" + b"\x7e12345\x7e")
    assert heard(hand, 1.0) is None
    assert (hand.frames_sent, hand.frames_acked, hand.frames_bad) == (2, 0, 2)
    hand.close()


def test_a_pulled_cable_is_a_lost_limb() -> None:
    cable = PseudoTerminal()
    hand = AbilityHand(cable.port, 460_800)
    cable.close()
    with pytest.raises(LimbLost, match="unplugged"):
        hand.hold(at(*(0.0,) * 6))
    hand.close()


def test_gear_and_sign_of_an_ankle(cable: PseudoTerminal) -> None:
    """With gear -2, 90 degrees of the joint are half a revolution backwards."""
    ankle = ankle_on(cable, gear=-2.0)
    cable.write(answer(Mode.POSITION, -0.5))
    said = heard(ankle, 1.0)
    assert said is not None
    assert said.position_deg == (90.0,)
    assert said.fault == 0
    ankle.hold(at(10.0))
    firmware = AnkleFirmware()
    firmware.receive(cable.read(), 1.0)
    assert firmware.joint.setpoint_deg == pytest.approx(-20.0, abs=1e-4)
    ankle.close()


@pytest.mark.parametrize(
    ("mode", "fault", "shown"),
    [(Mode.TIMEOUT, 0, TIMED_OUT), (Mode.FAULT, 35, 35), (Mode.FAULT, 0, NAMELESS), (Mode.POSITION, 0, 0)],
)
def test_modes_that_are_faults(cable: PseudoTerminal, mode: int, fault: int, shown: int) -> None:
    ankle = ankle_on(cable)
    cable.write(answer(mode, 0.0, fault))
    said = heard(ankle, 1.0)
    assert said is not None
    assert said.fault == shown
    ankle.close()


def test_impossible_and_foreign_answers_are_not_believed(cable: PseudoTerminal) -> None:
    ankle = ankle_on(cable)
    cable.write(answer(Mode.POSITION, 1e30) + encode_line("rcv 700 2100") + encode_line("ERR checksum"))
    assert heard(ankle, 1.0) is None
    assert ankle.frames_bad == 3
    ankle.close()


def test_clear_acts_only_on_what_is_latched(cable: PseudoTerminal) -> None:
    """A stop goes out just before the next position frame, and that holds the joint where it is by now."""
    ankle = ankle_on(cable)
    cable.write(answer(Mode.POSITION, 0.01))
    heard(ankle, 1.0)
    ankle.clear()
    ankle.hold(at(3.6))
    assert [line.split()[2] for line in Lines().push(cable.read())] == ["8001"]
    cable.write(answer(Mode.TIMEOUT, 0.02))
    heard(ankle, 1.0)
    ankle.clear()
    ankle.ask()
    stop, held = Lines().push(cable.read())
    assert stop.startswith("can send 0001 010000")
    firmware = AnkleFirmware()
    firmware.receive(encode_line(held), 1.0)
    assert firmware.joint.setpoint_deg == pytest.approx(7.2, abs=1e-3)
    cable.write(answer(Mode.POSITION, 0.02))
    heard(ankle, 1.01)
    ankle.ask()
    assert len(Lines().push(cable.read())) == 1
    ankle.close()


@pytest.mark.parametrize(("timeout_mode", "why"), [(0, "limp"), (10, "bounds"), (2, "nobody knows")])
def test_a_controller_whose_watchdog_would_not_damp_is_no_limb(
    cable: PseudoTerminal, timeout_mode: int, why: str
) -> None:
    ankle = ankle_on(cable, timeout_mode)
    cable.write(answer(Mode.STOPPED, 0.0))
    with pytest.raises(
        LimbLost, match=rf"controller 1 \(ankle\): servo.timeout_mode = {timeout_mode}: .*{why}"
    ):
        heard(ankle, 1.0)
    ankle.close()


@pytest.mark.parametrize("timeout_mode", [Mode.ZERO_VELOCITY, Mode.BRAKE])
def test_a_controller_whose_watchdog_damps_is_one(cable: PseudoTerminal, timeout_mode: int) -> None:
    ankle = ankle_on(cable, timeout_mode)
    cable.write(answer(Mode.STOPPED, 0.0))
    assert heard(ankle, 1.0) is not None
    ankle.close()


def test_a_controller_without_a_console_is_no_limb(cable: PseudoTerminal) -> None:
    ankle = Moteus(cable.port, 115_200, (JointSettings("ankle"),))
    for now_s in (1.0, 1.2):
        ankle.ask()
        cable.write(answer(Mode.STOPPED, 0.0))
        assert heard(ankle, now_s) is None
    cable.write(answer(Mode.STOPPED, 0.0))
    with pytest.raises(LimbLost, match="does not say its servo"):
        heard(ankle, 1.31)
    ankle.close()


def bounds_nm(cable: PseudoTerminal) -> list[float]:
    """The torque bounds in the position frames that went out."""
    frames = [decode_can(line, "can send") for line in Lines().push(cable.read())]
    writes = [decode_payload(frame[1])[0] for frame in frames if frame is not None]
    return [found[Register.COMMAND_MAX_TORQUE] for found in writes if Register.COMMAND_MAX_TORQUE in found]


def test_torque_begins_small_and_grows(cable: PseudoTerminal) -> None:
    """From a tenth of 20 N m, by 500 N m/s once the controller is in position mode; again after a stop."""
    ankle = ankle_on(cable)
    cable.write(answer(Mode.STOPPED, 0.0))
    heard(ankle, 1.0)
    ankle.hold(at(0.0))
    cable.write(answer(Mode.POSITION, 0.0))
    heard(ankle, 1.01)
    sent = bounds_nm(cable)
    for now_s, mode in ((1.02, Mode.POSITION), (1.5, Mode.POSITION), (1.51, Mode.STOPPED)):
        cable.write(answer(mode, 0.0))
        heard(ankle, now_s)
        ankle.hold(at(0.0))
        sent += bounds_nm(cable)
    assert sent == pytest.approx([2.0, 7.0, 20.0, 2.0])
    ankle.close()


def test_torque_begins_at_what_is_applied(cable: PseudoTerminal) -> None:
    """A controller that already carries a load does not drop it when we take over."""
    ankle = ankle_on(cable)
    cable.write(answer(Mode.POSITION, 0.0, torque_nm=-14.0))
    said = heard(ankle, 1.0)
    assert said is not None
    assert said.limiting == (True,)
    ankle.hold(at(0.0))
    assert bounds_nm(cable) == pytest.approx([14.0])
    ankle.close()


@pytest.mark.parametrize("page", ["ability-hand", "moteus", "README"])
def test_the_profiles_in_the_how_tos_are_some(page: str) -> None:
    """Each is a whole profile whose limb the guard would take; only its ports are not there."""
    text = (ROOT / f"docs/limbs/{page}.md").read_text()
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        profile = Profile.model_validate(tomllib.loads(example))
        settings = guard_settings(profile, Path("/nonexistent"))
        limb_model(settings)
        for part in settings.parts:
            with pytest.raises(LimbNotFound, match="no such port"):
                open_part(part)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gear": 0.0},
        {"max_torque_nm": 400.0},
        {"stiffness_share": 0.01},
        {"damping_share": 0.05},
        {"id": 0},
    ],
)
def test_a_setting_that_would_leave_it_limp_or_too_strong_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ProfileError, match=next(iter(wrong))):
        Moteus("unused", 115_200, (JointSettings("ankle", **wrong),))  # type: ignore[arg-type]


def said(mode: int, position_rev: float = 0.0) -> Answer:
    return Answer(mode, position_rev, 0.0, 0.0, 24.0, 30.0, 0)


@pytest.mark.parametrize(("most_nm", "first_nm"), [(40.0, 4.0), (20.0, 2.0), (3.0, 1.0)])
def test_the_first_bound_is_a_tenth_and_never_less_than_1_nm(most_nm: float, first_nm: float) -> None:
    joint = Joint(JointSettings("elbow", max_torque_nm=most_nm), 500.0)
    assert joint.bound_nm(0.0) == first_nm
    joint.hear(said(Mode.POSITION), 0.0)
    assert joint.bound_nm(1.0) == most_nm


@pytest.mark.parametrize(
    ("mode", "latched"),
    [(Mode.FAULT, True), (Mode.TIMEOUT, True), (Mode.STOPPED, False), (Mode.POSITION, False)],
)
def test_what_is_latched(mode: int, latched: bool) -> None:
    joint = Joint(JointSettings("elbow"), 500.0)
    assert not joint.latched
    joint.hear(said(mode), 0.0)
    assert joint.latched is latched


def test_a_place_more_than_a_turn_off_is_not_believed() -> None:
    joint = Joint(JointSettings("elbow", gear=2.0), 500.0)
    assert joint.hear(said(Mode.POSITION, 1.9), 0.0)
    assert not joint.hear(said(Mode.POSITION, -2.1), 0.0)
    assert joint.deg == pytest.approx(342.0)


def test_clear_moves_no_joint_that_was_not_latched_and_ends(cable: PseudoTerminal) -> None:
    """One of two latched: the other keeps the set-point it had. After 50 ms nothing more is told to stop."""
    both = Moteus(cable.port, 115_200, (JointSettings("elbow", id=1), JointSettings("wrist flexion", id=2)))
    firmware = JointsFirmware((("elbow", 1), ("wrist", 2)), instant=True)

    def exchange(now_s: float) -> LimbState | None:
        cable.write(firmware.receive(cable.read(), now_s))
        return heard(both, now_s)

    for k in range(4):
        both.ask()
        exchange(0.9 + 0.01 * k)
    both.hold(at(30.0, 20.0))
    exchange(1.0)
    firmware.controllers[0].mode = Mode.TIMEOUT
    firmware.controllers[0].position_deg = 10.0
    both.ask()
    exchange(1.01)
    both.clear()
    both.ask()
    lines = Lines().push(cable.read())
    assert [line.split()[2] for line in lines] == ["0001", "8001", "8002"]
    firmware.receive(b"".join(map(encode_line, lines)), 1.02)
    held = [controller.setpoint_deg for controller in firmware.controllers]
    assert held == pytest.approx([10.0, 20.0], abs=1e-3)
    cable.write(encode_line("OK"))
    heard(both, 1.07)  # no answer came back; it is long enough
    both.ask()
    assert [line.split()[2] for line in Lines().push(cable.read())] == ["8001", "8002"]
    both.close()
