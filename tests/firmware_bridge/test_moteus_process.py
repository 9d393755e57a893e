"""Several moteus controllers under the real guard, each process of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from innervate.core.child import Child
from innervate.core.clock import sleep
from innervate.core.errors import LimbLost, LimbNotFound, RequestError
from innervate.core.ring import RingReader
from innervate.firmware_bridge.moteus.codec import (
    Mode,
)
from innervate.firmware_bridge.settings import JointSettings, PartSettings

from ..waiting import until
from .moteus_bench import ELBOW, LEG, SIM, part
from .rig import Loop, Rig, guarded

pytestmark = pytest.mark.real_time


@contextmanager
def under_guard(folder: Path, joints: tuple[JointSettings, ...], *options: str) -> Iterator[Rig]:
    numbered = [word for joint in joints for word in ("--joint", f"{joint.name}:{joint.id}")]
    words = ("--ring", str(folder / "limb.ring"), "--link", str(folder / "port"), *numbered, *options)
    with Child(SIM, *words, log_path=folder / "limb.log") as limb:
        limb.wait_ready(10.0)
        with guarded(folder, limb, part(str(folder / "port"), joints)) as found:
            yield found


def test_one_dead_controller_of_two_faults_and_the_other_holds(tmp_path: Path) -> None:
    with under_guard(tmp_path, LEG, "--dies", "2:1.5", "--load", "1.0") as leg:
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
        under_guard(tmp_path, ELBOW, "--timeout-mode", str(timeout_mode)),
    ):
        pass
    record = RingReader(tmp_path / "limb.ring").latest()
    assert record is not None
    assert record["mode"] == Mode.STOPPED


def test_a_joint_that_sank_while_latched_does_not_leap_when_armed(tmp_path: Path) -> None:
    """The guard is held up, the watchdog acts, the forearm sinks; armed again, it is held where it is."""
    with under_guard(tmp_path, ELBOW, "--load", "-3.0") as elbow:
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
    with under_guard(tmp_path, ELBOW) as elbow:
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
    with under_guard(tmp_path, LEG, "--load", "1.0") as leg:
        until(lambda: leg.body()["mode"] == (Mode.POSITION, Mode.POSITION))
        leg.guard.kill()
        until(lambda: leg.body()["mode"] == (Mode.TIMEOUT, Mode.TIMEOUT))
        assert leg.body()["watchdog_trips"] == (1, 1)


def test_a_missing_controller_is_said_at_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(LimbNotFound, match="CAN ids"),
        under_guard(tmp_path, (*LEG, JointSettings("elbow", id=7)), "--dies", "7:0"),
    ):
        pass


def test_a_hand_on_an_elbow_is_one_limb_and_goes_on_without_it(tmp_path: Path) -> None:
    """Two devices on two ports; the elbow's supply fails: a fault, and the hand is still told to hold."""
    hand_link, link = tmp_path / "hand", tmp_path / "elbow"
    hand_words = ("--ring", str(tmp_path / "limb.ring"), "--link", str(hand_link))
    elbow_words = ("--link", str(link), "--joint", "elbow:5", "--dies", "5:1.5")
    parts = (PartSettings("ability-hand", str(hand_link)), part(str(link), ELBOW))
    with (
        Child("innervate.sim.hand", *hand_words, log_path=tmp_path / "hand.log") as hand,
        Child(SIM, *elbow_words, log_path=tmp_path / "elbow.log") as elbow,
        ExitStack() as stack,
    ):
        hand.wait_ready(10.0)
        elbow.wait_ready(10.0)
        limb = stack.enter_context(guarded(tmp_path, hand, *parts))
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
