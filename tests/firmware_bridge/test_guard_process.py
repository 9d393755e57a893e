"""Guard, virtual hand and a scripted loop as real processes, over a real pseudo-terminal and real sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.errors import LimbBusy, LimbNotFound, ProfileError, RequestError
from innervate.core.state import Reason, State
from innervate.firmware_bridge.requests import request

from ..waiting import until
from .rig import FIST, Loop, Rig, rig, write_guard_settings

pytestmark = pytest.mark.real_time

GUARD = "innervate.firmware_bridge"
SLOW_MACHINE = 3.0
"""Wall-clock bounds are multiplied by this: two cores, shared with other tests."""


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as found:
        yield found


@pytest.fixture
def loop(hand: Rig) -> Iterator[Loop]:
    found = Loop(hand.run)
    yield found
    found.port.close()


def test_starts_stopped_and_moves_nothing(hand: Rig) -> None:
    before = hand.position()
    sleep(0.3)
    assert hand.state() == ("STOPPED", "NOT_ARMED")
    assert hand.position() == pytest.approx(before, abs=0.05)
    assert hand.body()["watchdog_trips"] == 0
    status = hand.ask("status")
    assert status["frames_acked"] > 10
    assert status["frames_bad"] == 0
    assert status["joints"][0] == "index"


def test_obeys_when_armed_and_after_rest(hand: Rig, loop: Loop) -> None:
    before = hand.position()
    loop.go(0.1, rate=60.0)
    assert hand.position() == pytest.approx(before, abs=0.05)
    hand.ask("arm")
    loop.go(0.1, rate=60.0)
    assert hand.state() == ("ARMED", "REST_FIRST")
    assert hand.position() == pytest.approx(before, abs=0.05)
    loop.go(0.05)
    loop.go(0.4, rate=60.0)
    assert hand.state() == ("ACTIVE", "NONE")
    assert hand.position()[0] > before[0] + 10.0
    assert loop.last is not None
    assert loop.last.state is State.ACTIVE
    assert loop.last.last_seq > 0
    assert loop.last.limb.position_deg == pytest.approx(hand.position(), abs=8.0)
    assert len(loop.last.limb.touch) == 30
    records = hand.ring.new_records()
    caused = [r for r in records if r["sample_index"] != -1]
    assert len(caused) > 30
    written = [r for r in caused if r["t_written_s"]]
    assert len(written) >= len(caused) - 2
    assert all(0 < r["t_written_s"] - r["t_s"] < 0.1 for r in written)
    assert all(r["t_sample_s"] <= r["t_s"] for r in caused)


def test_stop_stops_within_a_turn(hand: Rig, loop: Loop) -> None:
    hand.moving(loop)
    hand.ring.new_payloads()
    hand.ask("stop")
    t_stop_s = until(lambda: hand.frames()["t_stop_s"])
    assert hand.state() == ("STOPPED", "STOP_REQUESTED")
    loop.go(0.2, rate=60.0)
    rows = [r for r in hand.ring.new_records() if r["t_s"] >= t_stop_s]
    first, last = rows[0]["setpoint_deg"], rows[-1]["setpoint_deg"]
    assert rows[0]["t_s"] == t_stop_s
    assert rows[0]["t_written_s"] - t_stop_s < 0.01 * SLOW_MACHINE
    assert max(abs(a - b) for a, b in zip(first, last, strict=True)) < 0.5
    assert hand.position() == pytest.approx(last, abs=0.5)


def test_killed_loop_holds(hand: Rig, tmp_path: Path) -> None:
    loop = _loop_process(hand)
    until(lambda: hand.state() == ("ACTIVE", "NONE"))
    sleep(0.2)
    loop.send_signal(signal.SIGKILL)
    loop.wait()
    until(lambda: hand.state() == ("FAULT", "LOOP_LOST"), 1.0)
    sleep(0.15)
    held = hand.position()
    sleep(0.8)
    assert hand.position() == pytest.approx(held, abs=0.1)
    assert hand.body()["watchdog_trips"] == 0
    assert hand.body()["api_mode"]
    assert 10.0 < held[0] < 85.0


def test_stopped_loop_moves_nothing_until_armed_again(hand: Rig) -> None:
    loop = _loop_process(hand)
    until(lambda: hand.state() == ("ACTIVE", "NONE"))
    loop.send_signal(signal.SIGSTOP)
    until(lambda: hand.state() == ("FAULT", "LOOP_LOST"), 1.0)
    sleep(0.15)
    held = hand.position()
    sleep(3.0)
    loop.send_signal(signal.SIGCONT)
    until(lambda: hand.ask("status")["loop_alive"], 2.0)
    sleep(0.5)
    assert hand.state() == ("FAULT", "LOOP_LOST")
    assert hand.position() == pytest.approx(held, abs=0.1)
    hand.ask("arm")
    sleep(0.3)
    # It asks to move without having rested: still nothing.
    assert hand.state() == ("ARMED", "REST_FIRST")
    assert hand.position() == pytest.approx(held, abs=0.1)
    loop.kill()
    loop.wait()


def test_killed_guard_leaves_it_to_the_hands_own_watchdog(hand: Rig, loop: Loop) -> None:
    hand.moving(loop)
    hand.guard.kill()
    t_killed_s = now()
    body = until(lambda: hand.body() if hand.body()["watchdog_trips"] else None, 3.0)
    assert 0.25 < body["t_watchdog_s"] - t_killed_s < 0.35 * SLOW_MACHINE
    assert not body["api_mode"]


def test_stopped_guard_faults_and_does_not_jump(hand: Rig, loop: Loop) -> None:
    """After 1 s the hand has acted by itself: the set-point is read again from where it is."""
    hand.moving(loop)
    hand.guard.signal(signal.SIGSTOP)
    until(lambda: hand.body()["watchdog_trips"], 3.0)
    sleep(0.5)
    elsewhere = hand.position()
    hand.truth.new_payloads()
    hand.guard.signal(signal.SIGCONT)
    until(lambda: hand.state() == ("FAULT", "GUARD_STALLED"), 2.0)
    sleep(0.3)
    path = [r["position_deg"] for r in hand.truth.new_records()]
    assert max(p[0] for p in path) <= elsewhere[0] + 0.5
    with pytest.raises(RequestError, match="decoder"):
        hand.ask("arm")


def test_unplugged_faults_and_comes_back_without_moving(hand: Rig, loop: Loop, tmp_path: Path) -> None:
    hand.moving(loop)
    hand.limb.kill()
    until(lambda: hand.state() == ("FAULT", "LIMB_LOST"), 2.0)
    with pytest.raises(RequestError, match="unplugged"):
        hand.ask("arm")
    truth = tmp_path / "again.ring"
    args = ("--ring", str(truth), "--link", str(tmp_path / "port"), "--seed", "7")
    with Child("innervate.sim.hand", *args) as again:
        again.wait_ready(10.0)
        hand.truth.close()
        hand.truth = type(hand.truth)(truth)
        before = hand.position()
        until(lambda: hand.ask("status")["limb"]["answering"], 5.0)
        loop.go(0.3, rate=60.0)
        assert hand.position() == pytest.approx(before, abs=0.1)
        assert hand.state() == ("FAULT", "LIMB_LOST")
        assert hand.ask("status")["limb"]["reconnects"] == 1
        hand.moving(loop)
        assert hand.position()[0] > before[0] + 2.0


def test_release_without_a_loop(hand: Rig, loop: Loop) -> None:
    hand.moving(loop)
    loop.go(0.5, rate=100.0)
    loop.port.close()
    until(lambda: hand.state()[0] == "FAULT", 2.0)
    assert hand.position()[0] > 40.0
    hand.ask("release")
    assert hand.state() == ("PROMPTING", "RELEASE_REQUESTED")
    until(lambda: hand.state()[0] == "STOPPED", 5.0)
    assert hand.state() == ("STOPPED", "LOOP_LOST")
    assert hand.position()[0] == pytest.approx(5.0, abs=1.0)


def test_release_can_be_stopped(hand: Rig, loop: Loop) -> None:
    hand.moving(loop)
    loop.go(0.5, rate=100.0)
    hand.ask("release")
    sleep(0.2)
    hand.ask("stop")
    sleep(0.15)
    held = hand.position()
    sleep(0.3)
    assert hand.position() == pytest.approx(held, abs=0.1)
    assert held[0] > 10.0


def test_clean_shutdown_leaves_api_mode_at_rest(hand: Rig, loop: Loop) -> None:
    hand.moving(loop)
    hand.guard.signal(signal.SIGTERM)
    until(lambda: not hand.guard.running, 3.0)
    assert hand.guard.exit_code == 0
    body = until(lambda: hand.body() if hand.body()["exits"] else None)
    held = body["position_deg"]
    sleep(0.5)
    assert hand.body()["watchdog_trips"] == 0
    assert hand.position() == pytest.approx(held, abs=0.1)


def test_shutdown_request(hand: Rig) -> None:
    hand.ask("shutdown")
    until(lambda: not hand.guard.running, 3.0)
    assert until(lambda: hand.body()["exits"]) == 1


def test_second_guard_on_the_same_hand_is_refused(hand: Rig, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    path = write_guard_settings(other, str(tmp_path / "port"))
    with Child("innervate.firmware_bridge", str(path), log_path=other / "log") as second:
        with pytest.raises(LimbBusy, match="another controller"):
            second.wait_ready(10.0)
        assert second.exit_code == 2
    assert "Traceback" not in (other / "log").read_text()
    assert hand.state()[0] == "STOPPED"


def test_second_loop_is_refused(hand: Rig, loop: Loop) -> None:
    with pytest.raises(RequestError, match="another loop"):
        Loop(hand.run)
    loop.send()
    until(lambda: hand.ask("status")["last_seq"] == 1)


def test_start_is_counted_for_the_supervisor(hand: Rig) -> None:
    assert hand.ask("start")["starts"] == 1
    until(lambda: hand.frames()["starts"] == 1)


def test_arm_needs_a_loop_that_trusts_its_input(hand: Rig, loop: Loop) -> None:
    with pytest.raises(RequestError, match="decoder"):
        hand.ask("arm")
    loop.go(0.05, reason=Reason.EMG_STALE)
    loop.send(reason=Reason.EMG_STALE)
    with pytest.raises(RequestError, match="late"):
        hand.ask("arm")


def test_bad_requests_get_one_line(hand: Rig) -> None:
    with pytest.raises(RequestError, match="allowed: stop"):
        hand.ask("jump")
    assert hand.state()[0] == "STOPPED"


def test_noise_on_the_command_socket_is_refused(hand: Rig, loop: Loop) -> None:
    hand.moving(loop)
    for k in range(50):
        loop.port._socket.send(os.urandom(k + 1))
        loop.send(rate=60.0)
        sleep(0.005)
    status = hand.ask("status")
    assert status["refused_for"]["COMMAND_INVALID"] == 50
    assert status["state"] == "ACTIVE"


def test_nothing_there_or_nobody_answers(tmp_path: Path) -> None:
    path = write_guard_settings(tmp_path, str(tmp_path / "nothing"))
    with Child(GUARD, str(path)) as child, pytest.raises(LimbNotFound, match="no such port"):
        child.wait_ready(10.0)
    ours, theirs = os.openpty()
    path = write_guard_settings(tmp_path, os.ttyname(theirs))
    with Child(GUARD, str(path)) as child, pytest.raises(LimbNotFound, match="We46"):
        child.wait_ready(10.0)
    os.close(ours)
    os.close(theirs)


def test_bad_settings(tmp_path: Path) -> None:
    path = write_guard_settings(tmp_path, "/dev/null", max_rate_deg_s=-1.0)
    with Child(GUARD, str(path)) as child, pytest.raises(ProfileError, match="max_rate_deg_s"):
        child.wait_ready(10.0)


def test_runtime_folder_is_private(hand: Rig) -> None:
    assert hand.run.stat().st_mode & 0o777 == 0o700
    assert (hand.run / "guard.sock").stat().st_mode & 0o777 == 0o600
    assert (hand.run / "limb.sock").stat().st_mode & 0o777 == 0o660


def test_no_guard_says_so(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="running"):
        request(tmp_path, "stop")


_LOOP = """
import sys
from pathlib import Path
from innervate.core.clock import now, sleep
from innervate.core.command import Command
from innervate.core.state import Reason
from innervate.firmware_bridge.port import CommandPort
from innervate.firmware_bridge.requests import request
run = Path(sys.argv[1])
port = CommandPort.connect(run, 3.0)
k = 0
while True:
    k += 1
    t_s = now()
    rate = 40.0 if k > 15 else 0.0
    port.send(Command(k, t_s, t_s + 0.05, k, t_s, {fist}, (rate,) * 6, Reason.NONE))
    port.report()
    if k == 5:
        request(run, "arm")
    sleep(0.01)
"""


def _loop_process(hand: Rig) -> subprocess.Popen[bytes]:
    """A loop of its own: arms itself, rests, then closes the hand slowly."""
    return subprocess.Popen([sys.executable, "-c", _LOOP.format(fist=FIST), str(hand.run)])
