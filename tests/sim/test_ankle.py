from __future__ import annotations

import asyncio
from pathlib import Path

import moteus
import pytest
from innervate.core.child import Child
from innervate.firmware_bridge.moteus.codec import (
    Mode,
    PositionCommand,
    encode_position,
    encode_query,
    encode_send,
    encode_stop,
)
from innervate.sim.ankle import AnkleFirmware

HOLD = PositionCommand(5 / 360, 0.0, 1.0, 1.0, 20.0, 0.1)


def send(payload: bytes) -> bytes:
    return encode_send(1, payload, reply=True)


def run(ankle: AnkleFirmware, t0_s: float, t1_s: float, frame: bytes | None = None) -> None:
    """From t0 to t1 in steps of 5 ms, with a frame each."""
    for k in range(1, round((t1_s - t0_s) / 0.005) + 1):
        t_s = t0_s + k * 0.005
        ankle.advance(t_s)
        if frame is not None:
            ankle.receive(frame, t_s)


def test_goes_where_it_is_asked() -> None:
    ankle = AnkleFirmware()
    run(ankle, 0.0, 1.5, send(encode_position(HOLD)))
    assert ankle.joint.position_deg == pytest.approx(5.0, abs=0.2)
    assert ankle.joint.mode == Mode.POSITION


def test_gives_way_to_a_load_within_its_torque() -> None:
    ankle = AnkleFirmware(load_nm=4.0)
    run(ankle, 0.0, 2.0, send(encode_position(HOLD)))
    assert ankle.joint.position_deg == pytest.approx(7.0, abs=0.3)
    weak = AnkleFirmware(load_nm=30.0)
    run(weak, 0.0, 2.0, send(encode_position(HOLD)))
    assert abs(weak.joint.torque_nm) <= 20.0
    assert weak.joint.position_deg == 30.0


def test_watchdog_latches_and_damps_until_a_stop() -> None:
    ankle = AnkleFirmware(load_nm=4.0)
    run(ankle, 0.0, 1.0, send(encode_position(HOLD)))
    run(ankle, 1.0, 1.2, send(encode_query()))
    assert ankle.joint.mode == Mode.TIMEOUT
    assert ankle.joint.watchdog_trips == 1
    assert ankle.joint.t_watchdog_s == pytest.approx(1.105, abs=0.01)
    ankle.receive(send(encode_position(HOLD)), 1.2)
    assert ankle.joint.mode == Mode.TIMEOUT
    run(ankle, 1.2, 1.4)
    assert 0 < ankle.joint.velocity_deg_s < 25.0
    ankle.receive(send(encode_stop()), 1.4)
    ankle.receive(send(encode_position(HOLD)), 1.4)
    assert ankle.joint.mode == Mode.POSITION


def test_the_vendors_client_drives_it(tmp_path: Path) -> None:
    """moteus 1.1.1 over the virtual fdcanusb."""
    with Child("innervate.sim.ankle", "--instant", log_path=tmp_path / "log") as child:
        port = str(child.wait_ready(10.0)["port"])
        found = asyncio.run(asyncio.wait_for(_vendor(port), 20.0))
    assert found[moteus.Register.MODE] == Mode.POSITION
    assert found[moteus.Register.POSITION] == pytest.approx(0.02, abs=1e-4)
    assert found[moteus.Register.VOLTAGE] == 24.0
    assert found[moteus.Register.FAULT] == 0


async def _vendor(port: str) -> dict[int, float]:
    transport = moteus.Fdcanusb(path=port)
    controller = moteus.Controller(id=1, transport=transport)
    try:
        for _ in range(20):
            result = await controller.set_position(
                position=0.02, velocity=0.0, watchdog_timeout=0.5, query=True
            )
            await asyncio.sleep(0.005)
        return dict(result.values)
    finally:
        transport.close()
