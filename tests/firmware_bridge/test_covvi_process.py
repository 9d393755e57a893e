"""The COVVI hand behind a guard, each in a process of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from innervate.core.child import Child
from innervate.core.ring import RingReader
from innervate.firmware_bridge.settings import PartSettings

from ..waiting import until
from .hand_bench import CLOSED, REST, back_at_fault_without_moving, close_as_far_as
from .rig import Loop, Rig, guarded


def hand_process(folder: Path, ring: str, *options: str) -> Child:
    return Child(
        "innervate.sim.covvi_hand", "--ring", str(folder / ring), *options, log_path=folder / "limb.log"
    )


@contextlib.contextmanager
def covvi_rig(folder: Path, *options: str) -> Iterator[Rig]:
    with hand_process(folder, "limb.ring", *options) as limb:
        port = limb.wait_ready(10.0)["tcp_port"]
        with guarded(folder, limb, PartSettings("covvi", f"127.0.0.1:{port}")) as found:
            yield found


def test_behind_the_guard_it_holds_follows_and_closes_no_further_on_an_object(tmp_path: Path) -> None:
    with covvi_rig(tmp_path, "--object", "40") as rig:
        loop = Loop(rig.run)
        status = close_as_far_as(rig, loop, 1, lambda: rig.ask("status")["limb"]["limiting"][1], 60.0)
        assert status["limb"]["position_deg"][1] == 40.0
        assert status["setpoint_deg"][1] < 60.0
        assert rig.body()["most_moves"] <= 6
        loop.go(0.1, rate=0.0, target=CLOSED)
        loop.go(0.4, rate=60.0, target=REST)
        assert rig.position()[1] < 39.0
        loop.port.close()


def test_unplugged_is_a_fault_and_back_it_does_not_move(tmp_path: Path) -> None:
    with covvi_rig(tmp_path) as rig:
        tcp_port = str(rig.limb.facts["tcp_port"])
        words = ("--seed", "7", "--tcp-port", tcp_port)
        status = back_at_fault_without_moving(rig, lambda: hand_process(tmp_path, "2.ring", *words))
        assert status["limb"]["reconnects"] == 1
        body = until(RingReader(tmp_path / "2.ring").latest)
        assert body["moves"] == 0
        assert body["stops"] >= 1


def test_a_killed_guard_leaves_no_far_target(tmp_path: Path) -> None:
    """Nobody tells the hand to stop then: it must be nearly where it was told to be."""
    with covvi_rig(tmp_path) as rig:
        loop = Loop(rig.run)
        rig.moving(loop)
        asked = rig.ask("status")["setpoint_deg"]
        rig.guard.kill()
        loop.port.close()
        until(lambda: (body := rig.body())["position_deg"] == body["target_deg"])
        assert all(there - then < 60.0 * 0.05 for there, then in zip(rig.position(), asked, strict=True))
