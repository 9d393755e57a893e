"""The virtual Ability Hand: as its firmware in virtual time, and driven by the vendor's own client."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from innervate.core.child import Child
from innervate.core.ring import RingReader
from innervate.firmware_bridge.ability_hand.codec import (
    Control,
    Exit,
    Grip,
    GripCommand,
    Mode,
    ReadOnly,
    Reply,
    Unstuffer,
    Variant,
    decode_reply,
    encode,
)
from innervate.firmware_bridge.ability_hand.registers import (
    UNIQUE_ID,
    ReadRegister,
    RegisterReply,
    WriteRegister,
    decode_register_reply,
    encode_register,
    gain_register,
)
from innervate.firmware_bridge.ability_hand.touch import MOST_N, finger_newton
from innervate.sim.grips import MAX_DEG_S
from innervate.sim.hand import HandFirmware
from innervate.sim.wire import Line

pytestmark = pytest.mark.real_time

FIST = (80.0, 80.0, 80.0, 80.0, 60.0, -70.0)


def run(hand: HandFirmware, t0_s: float, t1_s: float, frame: bytes = b"") -> None:
    for k in range(1, round((t1_s - t0_s) / 0.01) + 1):
        hand.advance(t0_s + k * 0.01)
        if frame:
            hand.receive(frame, t0_s + k * 0.01)


def position(values: tuple[float, ...]) -> bytes:
    return encode(Control(Mode.POSITION, Variant(0), values))


def test_goes_where_it_is_asked_within_its_speed() -> None:
    hand = HandFirmware()
    hand.advance(0.0)
    before = list(hand.position)
    hand.receive(position(FIST), 0.0)
    hand.advance(0.02)
    assert all(abs(a - b) <= most * 0.02 for a, b, most in zip(hand.position, before, MAX_DEG_S, strict=True))
    run(hand, 0.02, 1.0, position(FIST))
    assert hand.position == pytest.approx(FIST, abs=0.01)


def test_a_lapse_of_300_ms_ends_api_mode_and_moves() -> None:
    hand = HandFirmware()
    run(hand, 0.0, 1.0, position(FIST))
    run(hand, 1.0, 1.29)
    assert hand.api_mode
    run(hand, 1.29, 1.6)
    assert not hand.api_mode
    assert hand.watchdog_trips == 1
    assert hand.t_watchdog_s == pytest.approx(1.31, abs=0.011)
    assert hand.position[0] < FIST[0] - 10.0


def test_read_only_keeps_api_mode_alive_but_does_not_enter_it() -> None:
    ask = encode(ReadOnly(Variant(0)))
    hand = HandFirmware()
    run(hand, 0.0, 1.0, ask)
    assert not hand.api_mode
    run(hand, 1.0, 1.5, position(FIST))
    run(hand, 1.5, 3.0, ask)
    assert hand.api_mode
    assert hand.position == pytest.approx(FIST, abs=0.01)


def test_explicit_exit_holds_still() -> None:
    hand = HandFirmware()
    run(hand, 0.0, 1.0, position(FIST))
    assert hand.receive(encode(Exit()), 1.0) == b""
    run(hand, 1.0, 2.0)
    assert hand.exits == 1
    assert hand.watchdog_trips == 0
    assert hand.position == pytest.approx(FIST, abs=0.01)


@pytest.mark.parametrize("variant", list(Variant))
def test_answers_as_asked(variant: Variant) -> None:
    hand = HandFirmware()
    hand.advance(0.0)
    (body,) = Unstuffer().push(hand.receive(encode(ReadOnly(variant)), 0.0))
    reply = decode_reply(body)
    assert reply is not None
    assert reply.variant is variant
    assert reply.position_deg == pytest.approx(hand.position, abs=0.003)


def said(hand: HandFirmware, frame: bytes, t_s: float) -> Reply:
    (body,) = Unstuffer().push(hand.receive(frame, t_s))
    reply = decode_reply(body)
    assert reply is not None
    return reply


def test_halts_at_an_object_says_so_and_feels_it() -> None:
    """A finger that is driven hard against it: the direction stays blocked until it is sent back."""
    hand = HandFirmware(object_deg=50.0)
    run(hand, 0.0, 1.0, position((80.0,) * 5 + (-70.0,)))
    reply = said(hand, position(FIST), 1.0)
    assert reply.limiting == (True,) * 5 + (False,)
    assert all(52.0 < deg < 62.0 for deg in hand.position[:5])
    assert hand.position[5] == pytest.approx(-70.0, abs=0.01)
    forces = finger_newton(reply.touch)
    assert min(forces[:5]) == pytest.approx(MOST_N, abs=0.01)
    assert forces[5] == 0.0
    assert min(reply.current_a[:5]) > 0.5
    held = hand.position[0]
    run(hand, 1.0, 1.5, position((70.0,) * 5 + (-70.0,)))
    assert hand.position[0] == held
    run(hand, 1.5, 2.0, position((20.0,) * 5 + (-20.0,)))
    assert hand.limiting == [False] * 6
    assert hand.position[0] == pytest.approx(20.0, abs=0.01)
    assert not any(said(hand, position(FIST), 2.0).touch)


@pytest.mark.parametrize("depth_deg", [0.8, 1.2, 1.8])
def test_force_grows_with_how_far_it_presses(depth_deg: float) -> None:
    """A little past the surface: it presses a little, is felt as much, and is not halted."""
    hand = HandFirmware(object_deg=50.0)
    run(hand, 0.0, 1.0, position((50.0 + depth_deg,) * 5 + (-20.0,)))
    force_n = hand.fingers[0].force_n
    past_deg = hand.position[0] - 50.0
    assert force_n == pytest.approx(2.0 * past_deg)
    assert 0.6 * depth_deg < past_deg < depth_deg + 0.1
    reply = said(hand, encode(ReadOnly(Variant(0))), 1.0)
    assert not any(reply.limiting)
    assert finger_newton(reply.touch)[0] == pytest.approx(force_n, abs=0.05)


def test_a_velocity_under_v_stall_presses_and_is_not_halted() -> None:
    hand = HandFirmware(object_deg=50.0)
    gentle = encode(Control(Mode.VELOCITY, Variant(0), (50.0,) * 5 + (0.0,)))
    run(hand, 0.0, 1.5, gentle)
    assert not any(hand.limiting)
    assert 1.0 < hand.fingers[0].force_n < 4.0
    hard = encode(Control(Mode.VELOCITY, Variant(0), (300.0,) * 5 + (0.0,)))
    run(hand, 1.5, 2.0, hard)
    assert hand.limiting == [True] * 5 + [False]


def test_the_rotator_is_never_halted() -> None:
    hand = HandFirmware(object_deg=50.0)
    run(hand, 0.0, 2.0, encode(Control(Mode.VOLTAGE, Variant(0), (0.0,) * 5 + (-100.0,))))
    assert not any(hand.limiting)
    assert hand.position[5] == -150.0


def test_a_hot_hand_says_so_and_is_slow() -> None:
    hand = HandFirmware(hot=True)
    before = hand.position[0]
    run(hand, 0.0, 0.1, position(FIST))
    assert said(hand, position(FIST), 0.1).limiting == (True,) * 6
    assert hand.position[0] - before < 0.1 * MAX_DEG_S[0] * 0.3
    run(hand, 0.1, 2.0, position(FIST))
    assert hand.position == pytest.approx(FIST, abs=0.01)


def test_registers_are_kept_and_the_id_is_read_only() -> None:
    hand = HandFirmware()

    def asked(request: ReadRegister | WriteRegister) -> RegisterReply | None:
        (body,) = Unstuffer().push(hand.receive(encode_register(request), 0.0))
        return decode_register_reply(body)

    assert asked(ReadRegister(gain_register(5, 9))) == RegisterReply(ok=True, value=0)
    assert asked(WriteRegister(gain_register(5, 9), -3546)) == RegisterReply(ok=True, value=None)
    assert asked(ReadRegister(gain_register(5, 9))) == RegisterReply(ok=True, value=-3546)
    assert asked(WriteRegister(UNIQUE_ID[0], 1)) == RegisterReply(ok=False, value=None)
    identity = asked(ReadRegister(UNIQUE_ID[0]))
    assert identity is not None
    assert identity.ok
    assert asked(ReadRegister(999)) == RegisterReply(ok=False, value=0)


def test_another_address_is_not_its_own() -> None:
    hand = HandFirmware(address=0x51)
    assert hand.receive(encode(ReadOnly(Variant(0))), 0.0) == b""
    assert hand.receive(encode_register(ReadRegister(1)), 0.0) == b""
    assert hand.receive(encode(ReadOnly(Variant(0)), 0x51), 0.0)


def test_grips_close_in_their_period() -> None:
    hand = HandFirmware()
    run(hand, 0.0, 0.1, encode(GripCommand(Grip.POWER, 1)))
    assert hand.position[0] < 35.0
    run(hand, 0.1, 2.5, encode(GripCommand(Grip.POWER, 1)))
    assert hand.position[0] == pytest.approx(95.0, abs=0.5)
    run(hand, 2.5, 3.0, encode(GripCommand(Grip.OPEN, 255)))
    assert hand.position[0] == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize(
    ("mode", "value"), [(Mode.VELOCITY, 50.0), (Mode.CURRENT, 0.2), (Mode.VOLTAGE, 10.0)]
)
def test_other_modes_drive_in_the_sign_asked(mode: Mode, value: float) -> None:
    hand = HandFirmware()
    hand.advance(0.0)
    before = list(hand.position)
    run(hand, 0.0, 0.5, encode(Control(mode, Variant(0), (value,) * 5 + (-value,))))
    assert all(a > b for a, b in zip(hand.position[:5], before[:5], strict=True))
    assert hand.position[5] < before[5]


def test_bytes_take_their_time() -> None:
    line = Line(460_800)
    whole_s = line.put(b"x" * 46, 1.0)
    assert whole_s == pytest.approx(1.0 + 46 * 10 / 460_800)
    assert line.take(1.0) == b""
    line.put(b"y", 1.0)
    assert line.take(whole_s) == b"x" * 46
    assert line.next_s == pytest.approx(whole_s + 10 / 460_800)


_VENDOR = """
import json, sys, time
from ah_wrapper.ah_serial_client import AHSerialClient
port, variant = sys.argv[1], int(sys.argv[2])
client = AHSerialClient(port=port, baud_rate=460800, reply_mode=variant, rate_hz=200)
asked = [70.0, 60.0, 50.0, 40.0, 30.0, -20.0]
client.set_position(asked)
time.sleep(1.0)
hand = client.hand
found = {"position": hand.get_position(), "reads": client.n_reads, "writes": client._conn.n_writes,
         "current": hand.get_current(), "fsr": hand.get_fsr()}
client.close()
print(json.dumps(found))
"""


@pytest.mark.parametrize("variant", [0, 1, 2])
def test_the_vendors_client_drives_it(tmp_path: Path, variant: int) -> None:
    """ability-hand 0.2.2, in a folder of its own because importing it writes files where it stands."""
    ring = tmp_path / "hand.ring"
    with Child("innervate.sim.hand", "--ring", str(ring), log_path=tmp_path / "log") as child:
        port = str(child.wait_ready(10.0)["port"])
        done = subprocess.run(
            [sys.executable, "-c", _VENDOR, port, str(variant)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])
        truth = RingReader(ring).latest()
    assert found["position"] == pytest.approx([70.0, 60.0, 50.0, 40.0, 30.0, -20.0], abs=0.02)
    assert found["reads"] > 0.9 * found["writes"] > 50
    assert truth is not None
    assert truth["frames_bad"] == 0
    assert truth["replies"] > 50
    if variant != 2:
        assert len(found["fsr"]) == 30


_VENDOR_BYTES = """
import json, random
from ah_wrapper import ah_api as api
rng = random.Random(3)
rows = []
for mode, make, most in ((1, api.create_pos_msg, 150), (2, api.create_vel_msg, 3000),
                         (3, api.create_torque_msg, 50), (4, api.create_duty_msg, 100)):
    for variant in (0, 1, 2):
        for _ in range(60):
            values = [rng.uniform(-most, most) for _ in range(6)]
            rows.append([mode, variant, values, bytes(make(variant, list(values))).hex()])
grips = [[g, s, bytes(api.create_grip_msg(g, s)).hex()] for g in range(0x13) for s in (0, 1, 126, 255)]
misc = {str(c): bytes(api.create_misc_msg(c)).hex() for c in (0xA0, 0xA1, 0xA2, 0x7C, 0xC2, 0xC3)}
reads = [[r, bytes(api.create_read_reg_msg(r)).hex()] for r in range(0x80)]
values = (0, -1, 0x7D7E, -(2**31))
writes = [[r, v, bytes(api.create_write_reg_msg(r, v)).hex()] for r in (1, 0x3C) for v in values]
print(json.dumps([rows, grips, misc, reads, writes]))
"""


def test_our_bytes_are_the_vendors(tmp_path: Path) -> None:
    """It truncates towards zero where we round: so its own raw numbers are then written by us."""
    done = subprocess.run(
        [sys.executable, "-c", _VENDOR_BYTES],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    rows, grips, misc, reads, writes = json.loads(done.stdout.splitlines()[-1])
    for mode, variant, values, wire in rows:
        (theirs,) = Unstuffer().push(bytes.fromhex(wire))
        (ours,) = Unstuffer().push(encode(Control(Mode(mode), Variant(variant), tuple(values))))
        assert ours[:2] == theirs[:2]
        pairs = zip(memoryview(ours[2:]).cast("h"), memoryview(theirs[2:]).cast("h"), strict=True)
        assert all(abs(a) - abs(b) in (0, 1) for a, b in pairs)
        # The numbers the vendor wrote, written by us, are its very bytes: stuffing, order, sign, checksum.
        scale = {1: 32767 / 150, 2: 32767 / 3000, 3: 620.606, 4: 35.46}[mode]
        exact = tuple(raw / scale for raw in memoryview(theirs[2:]).cast("h"))
        assert encode(Control(Mode(mode), Variant(variant), exact)).hex() == wire
    for grip, speed, wire in grips:
        assert encode(GripCommand(Grip(grip), speed)).hex() == wire
    for header, wire in misc.items():
        (body,) = Unstuffer().push(bytes.fromhex(wire))
        assert body == bytes((0x50, int(header)))
    assert encode(Exit()).hex() == misc[str(0x7C)]
    assert [encode(ReadOnly(v)).hex() for v in Variant] == [misc[str(0xA0 + v)] for v in Variant]
    assert [encode_register(ReadRegister(r)).hex() for r, _ in reads] == [wire for _, wire in reads]
    written = [encode_register(WriteRegister(r, value)).hex() for r, value, _ in writes]
    assert written == [wire for _, _, wire in writes]
