"""The Ability Hand beyond its set-point: options, touch, the bench class, and a grip under the real guard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbBusy, LimbError, LimbNotFound, ProfileError
from innervate.core.ring import RingReader
from innervate.firmware_bridge.ability_hand.bench import RawAbilityHand
from innervate.firmware_bridge.ability_hand.codec import GEAR, Grip, Reply, Variant
from innervate.firmware_bridge.ability_hand.registers import UNIQUE_ID, gain_register
from innervate.firmware_bridge.ability_hand.touch import MOST_N, touch_newton
from innervate.firmware_bridge.devices import open_part
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.settings import PartSettings

from ..waiting import until
from .rig import FIST, HAND_REST, Loop, Rig, rig

pytestmark = pytest.mark.real_time

OBJECT_DEG = 40.0


@contextmanager
def virtual(folder: Path, *options: str) -> Iterator[tuple[str, RingReader]]:
    """A virtual hand's port and what it really does."""
    ring = folder / "hand.ring"
    with Child("innervate.sim.hand", "--ring", str(ring), *options, log_path=folder / "log") as child:
        yield str(child.wait_ready(10.0)["port"]), RingReader(ring)


def truth(ring: RingReader) -> dict[str, Any]:
    record = until(ring.latest)
    assert isinstance(record, dict)
    return record


def part(port: str, **options: str) -> PartSettings:
    return PartSettings("ability-hand", port, options=tuple(options.items()))


def held(limb: Limb, *position_deg: float) -> LimbState:
    """What the limb says once it does nothing more about being asked to be there."""
    before: list[LimbState] = []

    def said() -> LimbState | None:
        limb.hold(Setpoint(position_deg, (0.0,) * 6))
        sleep(0.005)
        found = limb.poll(now())
        if found is not None:
            before.append(found)
        still = len(before) > 2 and before[-1].position_deg == before[-3].position_deg
        return before[-1] if still else None

    found = until(said)
    assert isinstance(found, LimbState)
    return found


# -- options --


@pytest.mark.parametrize(
    ("reply", "sites", "currents"),
    [("current-touch", 30, 6), ("velocity-touch", 30, 0), ("current-velocity", 0, 6)],
)
def test_says_what_the_profile_wants(tmp_path: Path, reply: str, sites: int, currents: int) -> None:
    with virtual(tmp_path, "--instant") as (port, _):
        hand = open_part(part(port, reply=reply))
        said = held(hand, 30.0, 30.0, 30.0, 30.0, 30.0, -30.0)
        assert (len(said.touch), len(said.force_n), len(said.current_a)) == (sites, sites // 5, currents)
        assert said.position_deg == pytest.approx((30.0,) * 5 + (-30.0,), abs=0.003)
        hand.close()


def test_a_hand_of_another_address(tmp_path: Path) -> None:
    with virtual(tmp_path, "--instant", "--address", "81") as (port, ring):
        hand = open_part(part(port, address="81"))
        held(hand, *(20.0,) * 5, -20.0)
        hand.leave()
        until(lambda: truth(ring)["exits"] == 1)
        hand.close()
        deaf = open_part(part(port))
        deaf.ask()
        sleep(0.05)
        assert deaf.poll(now()) is None
        deaf.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reply": "fast"}, r"options\.reply = 'fast': allowed: current-touch"),
        ({"address": "300"}, "address = 300: allowed 0 to 255"),
        ({"adress": "80"}, "allowed: reply, address"),
    ],
)
def test_wrong_options_are_refused_before_the_port_is_opened(options: dict[str, str], message: str) -> None:
    with pytest.raises(ProfileError, match=message):
        open_part(part("/nonexistent", **options))


def test_force_of_each_finger(tmp_path: Path) -> None:
    """Fingers a degree or two past an object's surface meet 2 N a degree; the rotator feels nothing."""
    with virtual(tmp_path, "--instant", "--object", str(OBJECT_DEG)) as (port, ring):
        hand = open_part(part(port))
        said = held(hand, OBJECT_DEG + 1.0, OBJECT_DEG + 2.0, OBJECT_DEG - 5.0, OBJECT_DEG + 30.0, 0.0, -90.0)
        assert said.force_n == pytest.approx((2.0, 4.0, 0.0, MOST_N, 0.0, 0.0), abs=0.03)
        assert said.limiting == (False, False, False, True, False, False)
        assert truth(ring)["force_n"][3] == pytest.approx(12.0, abs=0.03)  # more than its sensors can say
        hand.close()


# -- the bench class --


def streamed(hand: RawAbilityHand, send: Callable[[], None], seconds: float) -> Reply:
    """Send every 10 ms; the last reply."""
    end_s, newest = now() + seconds, None
    while now() < end_s or newest is None:
        send()
        newest = hand.reply() or newest
        sleep(0.01)
    return newest


def test_all_four_modes_and_its_own_grips(tmp_path: Path) -> None:
    with virtual(tmp_path) as (port, ring), RawAbilityHand(port) as hand:
        there = streamed(hand, lambda: hand.position((30.0,) * 5 + (-30.0,)), 0.4)
        assert there.position_deg == pytest.approx((30.0,) * 5 + (-30.0,), abs=0.05)
        drives: list[Callable[[], None]] = [
            lambda: hand.velocity((40.0,) * 5 + (-40.0,)),
            lambda: hand.current((0.2,) * 5 + (-0.2,)),
            lambda: hand.voltage((10.0,) * 5 + (-10.0,)),
        ]
        for drive in drives:
            before, after = there, streamed(hand, drive, 0.1)
            assert all(b > a for a, b in zip(before.position_deg[:5], after.position_deg[:5], strict=True))
            assert after.position_deg[5] < before.position_deg[5]
            there = after
        hand.grip(Grip.PINCH, 255)
        until(lambda: truth(ring)["position_deg"][0] == pytest.approx(60.0, abs=0.5), 2.0)
        hand.upsampling(on=False)
        hand.ask()
        assert hand.reply() is not None
        assert truth(ring)["frames_bad"] == 0


def test_rotor_velocity_is_at_the_rotor(tmp_path: Path) -> None:
    """ICD: rad/s of the rotor, 649 turns per turn of a finger: 40 deg/s are 453 rad/s."""
    with (
        virtual(tmp_path) as (port, ring),
        RawAbilityHand(port, variant=Variant.POSITION_VELOCITY_TOUCH) as hand,
    ):
        reply = streamed(hand, lambda: hand.velocity((40.0, 0.0, 0.0, 0.0, 0.0, -40.0)), 0.2)
        joint_deg_s = truth(ring)["velocity_deg_s"]
    assert reply.rotor_rad_s[0] == pytest.approx(453.1, abs=2.0)
    assert reply.rotor_rad_s[5] == pytest.approx(-113.4, abs=1.0)
    assert joint_deg_s[0] == pytest.approx(reply.rotor_rad_s[0] / GEAR[0] * 57.2958, abs=0.3)
    assert reply.current_a == ()


def test_leaving_the_bench_ends_api_mode_at_once(tmp_path: Path) -> None:
    with virtual(tmp_path) as (port, ring):
        hand = RawAbilityHand(port)
        streamed(hand, lambda: hand.position((30.0,) * 5 + (-30.0,)), 0.2)
        hand.close()
        hand.close()
        until(lambda: not truth(ring)["api_mode"])
        record = truth(ring)
        assert (record["exits"], record["watchdog_trips"]) == (1, 0)
        with pytest.raises(ValueError, match="finite"), RawAbilityHand(port) as again:
            again.position((float("nan"),) * 6)
        until(lambda: truth(ring)["exits"] == 2)


def test_a_bench_that_is_forgotten_is_left_by_the_hand_itself(tmp_path: Path) -> None:
    with virtual(tmp_path) as (port, ring), RawAbilityHand(port) as hand:
        hand.position((30.0,) * 5 + (-30.0,))
        until(lambda: truth(ring)["watchdog_trips"] == 1, 2.0)


def test_registers(tmp_path: Path) -> None:
    with virtual(tmp_path, "--instant") as (port, _), RawAbilityHand(port) as hand:
        gain = gain_register(3, 0)
        hand.write_register(gain, 3000)
        assert hand.read_register(gain) == 3000
        assert [hand.read_register(register) for register in UNIQUE_ID] == [0x1B7E, 0x5E47]
        with pytest.raises(LimbError, match="refused"):
            hand.write_register(UNIQUE_ID[0], 1)
        with pytest.raises(LimbError, match="refused"):
            hand.read_register(0x40)


def test_a_hand_without_registers_says_nothing(tmp_path: Path) -> None:
    with virtual(tmp_path, "--address", "81") as (port, _), RawAbilityHand(port) as hand:
        with pytest.raises(LimbError, match="2026"):
            hand.read_register(1, timeout_s=0.05)
        hand.ask()
        assert hand.reply(timeout_s=0.02) is None


def test_a_wrong_port_and_a_pulled_cable() -> None:
    with pytest.raises(LimbNotFound, match="no such port"):
        RawAbilityHand("/nonexistent")
    ours, theirs = os.openpty()
    hand = RawAbilityHand(os.ttyname(theirs))
    os.close(ours)
    os.close(theirs)
    hand.close()


_VENDOR = """
import json, sys, time
from ah_wrapper.ah_serial_client import AHSerialClient
client = AHSerialClient(port=sys.argv[1], baud_rate=460800, reply_mode=0, rate_hz=200)
client.set_position([35.0, 36.0, 37.0, 38.0, 39.0, -40.0])
time.sleep(0.6)
hand = client.hand
found = {"position": hand.get_position(), "current": hand.get_current(), "fsr": hand.get_fsr()}
client.close()
print(json.dumps(found))
"""


def test_reads_what_the_vendors_client_reads(tmp_path: Path) -> None:
    """ability-hand 0.2.2 presses the fingers on an object and leaves; we then read the same hand."""
    with virtual(tmp_path, "--object", "36.0") as (port, _):
        done = subprocess.run(
            [sys.executable, "-c", _VENDOR, port],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        theirs = json.loads(done.stdout.splitlines()[-1])
        with RawAbilityHand(port) as hand:
            hand.ask()
            ours = hand.reply()
    assert ours is not None
    assert ours.position_deg == pytest.approx(theirs["position"], abs=0.01)
    assert ours.current_a == pytest.approx(theirs["current"], abs=0.01)
    assert [touch_newton(raw) for raw in ours.touch] == pytest.approx(theirs["fsr"], abs=0.02)
    assert max(ours.touch) > 500


# -- under the guard --


@contextmanager
def gripping(folder: Path, **settings: Any) -> Iterator[tuple[Rig, Loop]]:
    """A hand that has closed on an object, however long it took, and a loop that still asks it to close."""
    with (
        rig(folder, "innervate.sim.hand", "--object", str(OBJECT_DEG), **settings) as hand,
        ExitStack() as stack,
    ):
        loop = Loop(hand.run)
        stack.callback(loop.port.close)
        hand.moving(loop)

        def closed() -> bool:
            if hand.state()[0] != "ACTIVE":  # this process was held up
                hand.moving(loop)
            loop.go(0.1, rate=60.0)
            return min(hand.body()["force_n"][:5]) > 0.5

        until(closed)
        loop.go(0.5, rate=60.0)
        yield hand, loop


def opens(hand: Rig, loop: Loop) -> None:
    """It is let go as soon as it is asked to."""
    hand.moving(loop)
    loop.go(0.6, rate=60.0, target=HAND_REST)
    until(lambda: max(hand.body()["force_n"]) == 0.0)
    assert hand.position()[0] < OBJECT_DEG


def test_a_grip_stops_at_its_force_and_lets_go(tmp_path: Path) -> None:
    with gripping(tmp_path, max_grip_n=3.0) as (hand, loop):
        body = hand.body()
        # The set-point is ahead of the finger, and the touch is known a heartbeat later: at 60 deg/s and 2 N
        # a degree that is 2 N more. Without a limit it would be 12 N.
        assert all(2.4 < force < 7.0 for force in body["force_n"][:5])
        assert not any(body["limiting"])  # well before the hand itself would stop
        status = hand.ask("status")
        assert status["limb"]["force_n"] == pytest.approx(body["force_n"], abs=0.1)
        held_deg = status["setpoint_deg"]
        loop.go(0.3, rate=60.0)
        assert hand.ask("status")["setpoint_deg"][:5] == pytest.approx(held_deg[:5], abs=0.2)
        opens(hand, loop)


def test_a_halted_finger_is_not_wound_up(tmp_path: Path) -> None:
    """Without a limit of force the hand's own collision stop ends it; the set-point waits there."""
    with gripping(tmp_path) as (hand, loop):
        until(lambda: loop.go(0.05, rate=60.0) or all(hand.body()["limiting"][:5]))
        loop.go(0.5, rate=60.0)
        status = hand.ask("status")
        pairs = zip(status["setpoint_deg"][:5], status["limb"]["position_deg"][:5], strict=True)
        leads_deg = [asked - at for asked, at in pairs]
        assert max(leads_deg) < 8.0
        assert min(status["setpoint_deg"][:4]) < FIST[0] - 20.0
        assert status["limb"]["limiting"][:5] == [True] * 5
        opens(hand, loop)


def test_a_hot_hand_closes_no_further_and_still_opens(tmp_path: Path) -> None:
    """Its over-temperature layer holds every joint back: fingers are not driven on against it."""
    with rig(tmp_path, "innervate.sim.hand", "--hot") as hand, ExitStack() as stack:
        loop = Loop(hand.run)
        stack.callback(loop.port.close)
        hand.moving(loop)
        before = hand.position()
        loop.go(0.3, rate=60.0)
        assert hand.position()[:5] == pytest.approx(before[:5], abs=0.1)
        assert hand.ask("status")["limb"]["limiting"] == [True] * 6

        def opened() -> bool:
            if hand.state()[0] != "ACTIVE":  # this process was held up
                hand.moving(loop)
            loop.go(0.1, rate=60.0, target=HAND_REST)
            return max(hand.position()[:5]) < max(before[:5]) - 3.0

        until(opened)


def test_nobody_else_gets_at_a_guarded_hand(tmp_path: Path) -> None:
    with rig(tmp_path) as hand, pytest.raises(LimbBusy, match="another controller"):
        RawAbilityHand(str(hand.folder / "port"))
