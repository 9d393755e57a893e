"""CubeMars AK drives under the real guard, each in a process of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.core.child import Child
from innervate.core.clock import sleep
from innervate.core.ring import RingReader

from ..waiting import until
from .cubemars_bench import free_port, part
from .rig import Loop, Rig, guarded

pytestmark = pytest.mark.real_time

pytest.importorskip("can")

ELBOW_UP = (120.0,)


@pytest.fixture
def arm(tmp_path: Path) -> Iterator[Rig]:
    port = free_port()
    (tmp_path / "bus").write_text(port)
    args = ("--bus", port, "--ring", str(tmp_path / "limb.ring"), "--load", "3", "--stop", "20")
    with Child("innervate.sim.ak_drive", *args, log_path=tmp_path / "limb.log") as limb:
        limb.wait_ready(10.0)
        with guarded(tmp_path, limb, part(port)) as found:
            yield found


def test_an_elbow_is_held_where_it_is_follows_and_stays_when_the_guard_dies(arm: Rig) -> None:
    assert arm.state() == ("STOPPED", "NOT_ARMED")
    first = arm.position()[0]
    assert 19.9 < first < 30.0  # nothing held it before: it lies at its stop, or was caught shortly above it
    until(lambda: arm.body()["commands"] > 10)
    assert arm.position()[0] == pytest.approx(first, abs=2.0)
    assert arm.body()["kp_nm_rad"] == pytest.approx(100.0, abs=0.2)
    loop = Loop(arm.run)
    arm.moving(loop, ELBOW_UP, 0.3)
    assert arm.position()[0] > first + 5.0
    arm.guard.signal(signal.SIGKILL)
    until(lambda: not arm.guard.running)
    last = arm.body()["command_deg"]
    sleep(0.3)
    held = arm.position()[0]
    sleep(0.3)
    body = arm.body()
    assert body["command_deg"] == last if isinstance(last, float) else tuple(last)
    assert body["position_deg"] == pytest.approx(last - 1.7, abs=1.0)
    assert arm.position()[0] == pytest.approx(held, abs=0.05)
    assert body["driving"] == 1
    loop.port.close()


def test_killed_loop_and_clean_end_hold(arm: Rig) -> None:
    loop = Loop(arm.run)
    arm.moving(loop, ELBOW_UP, 0.3)
    loop.port.close()
    until(lambda: arm.state() == ("FAULT", "LOOP_LOST"), 2.0)
    arm.guard.signal(signal.SIGTERM)
    until(lambda: not arm.guard.running, 3.0)
    held = until(lambda: arm.position()[0])
    sleep(0.3)
    assert arm.position()[0] == pytest.approx(held, abs=0.3)
    assert arm.body()["exits"] == 0
    assert arm.guard.exit_code == 0


def test_a_guard_that_starts_again_takes_over_without_moving(arm: Rig, tmp_path: Path) -> None:
    loop = Loop(arm.run)
    arm.moving(loop, ELBOW_UP, 0.3)
    arm.guard.kill()
    loop.port.close()
    sleep(0.2)
    held = arm.position()[0]
    arm.truth.new_payloads()
    with Child("innervate.firmware_bridge", str(tmp_path / "guard.json")) as again:
        again.wait_ready(10.0)
        sleep(0.3)
        path = [r["position_deg"] for r in arm.truth.new_records()]
        # It seats the set-point where the joint is, which has sagged: it sags once more by as much.
        assert max(abs(p - held) for p in path) < 2.5


def test_a_drive_that_was_off_is_held_where_it_is_found(arm: Rig, tmp_path: Path) -> None:
    loop = Loop(arm.run)
    arm.moving(loop, ELBOW_UP, 0.3)
    arm.limb.kill()
    until(lambda: arm.state() == ("FAULT", "LIMB_SILENT"), 2.0)
    port = (tmp_path / "bus").read_text()
    truth = tmp_path / "again.ring"
    args = ("--bus", port, "--ring", str(truth), "--load", "3", "--stop", "60")
    with Child("innervate.sim.ak_drive", *args) as again:
        again.wait_ready(10.0)
        arm.truth.close()
        arm.truth = RingReader(truth)
        until(lambda: arm.ask("status")["limb"]["answering"], 5.0)
        until(lambda: arm.body()["commands"] > 10)
        assert arm.body()["enters"] >= 1
        sleep(0.3)  # it settles on its load
        found = arm.position()[0]
        assert arm.body()["command_deg"] == pytest.approx(found, abs=2.5)
        loop.go(0.2, rate=60.0, target=ELBOW_UP)
        assert arm.state() == ("FAULT", "LIMB_SILENT")
        assert arm.position()[0] == pytest.approx(found, abs=0.5)
    loop.port.close()
