"""Several moteus controllers behind one adapter: the driver, and the vendor's own client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import moteus
import pytest
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import ProfileError
from innervate.core.ring import RingReader
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
from innervate.firmware_bridge.settings import JointSettings
from innervate.sim.moteus_joints import JointsFirmware
from innervate.sim.wire import PseudoTerminal

from ..waiting import until
from .moteus_bench import ELBOW, LEG, SIM, part

pytestmark = pytest.mark.real_time


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
