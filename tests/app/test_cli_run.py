"""`innervate run` with a virtual hand on its port: what is refused moves nothing; else all is well."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
from innervate.app.measure import RingHistory
from innervate.app.rig import LIMB_RING
from innervate.core.child import Child
from innervate.core.ring import RingReader
from innervate.sim.wire import PseudoTerminal

from ..waiting import until
from .desk import Desk
from .door import finish, start

pytestmark = pytest.mark.real_time


def test_a_bundle_that_is_damaged_or_foreign_moves_nothing(
    fitted: tuple[Desk, str], hands: dict[Path, str]
) -> None:
    desk, key = fitted
    damaged, absent = desk.folder / "damaged.imb", desk.folder / "absent.imb"
    flipped = bytearray(desk.bundle.read_bytes())
    flipped[len(flipped) // 2] ^= 1
    damaged.write_bytes(flipped)
    desk.calibrate(XDG_CONFIG_HOME=str(desk.folder / "another-clinic"))
    profiles = [desk.write_profile(port, key, name=folder.name) for folder, port in hands.items()]
    bundles = (damaged, desk.bundle, absent)
    told = desk.runs(*((at, "--bundle", bundle) for at, bundle in zip(profiles, bundles, strict=True)))
    assert str(damaged) in told[0]
    assert told[0].endswith(")\n")  # and how to mend it
    assert "which this limb does not trust" in told[1]
    assert "trusted_keys" in told[1]
    assert str(absent) in told[2]
    for folder in hands:
        truth = RingReader(folder / LIMB_RING)
        positions = np.array([record["position_deg"] for record in truth.new_records()])
        assert float(np.ptp(positions, axis=0).max()) <= 0.5


def test_an_increment_that_is_not_the_models_moves_nothing(
    fitted: tuple[Desk, str], hand: Child, stream: str
) -> None:
    desk, key = fitted
    port = str(hand.facts["port"])
    desk.write_profile(port=port, key=key, source=f"{stream}\nincrement_ms = 20")
    told = desk.run()
    assert "source.increment_ms = 20" in told
    assert "set it to 10" in told
    desk.write_profile(port=port, key=key, source=f"{stream}\nincrement_ms = 10.4")
    assert "it must be whole (set it to 10 ms" in desk.run()


def test_a_limb_that_is_not_there_or_does_not_answer(fitted: tuple[Desk, str]) -> None:
    desk, key = fitted
    nobody = PseudoTerminal(None)
    try:
        told = desk.runs((desk.profile,), (desk.write_profile(nobody.port, key, name="nobody"),))
    finally:
        nobody.close()
    assert "/dev/nowhere: no such port" in told[0]
    assert "limb.port" in told[0]
    assert f"{nobody.port}: nothing answers like a ability-hand" in told[1]
    assert "(is it on" in told[1]


def test_an_amplifier_that_is_not_there_or_talks_garbage(
    fitted: tuple[Desk, str], hands: dict[Path, str]
) -> None:
    desk, key = fitted
    with Babbler() as babbler:
        sources = {
            "lsl": 'stream = "nobody"',
            "nowhere": 'port = "/dev/nowhere"\nrate_hz = 250\nincrement_ms = 12',
            "babbler": f'port = "{babbler.port}"\nrate_hz = 250\nincrement_ms = 12',
        }
        told = desk.runs(
            *(
                (desk.write_profile(port, key, "lsl" if name == "lsl" else "cyton", source, name=name),)
                for port, (name, source) in zip(hands.values(), sources.items(), strict=True)
            )
        )
    assert "no LSL stream 'nobody' answered" in told[0]
    assert "source.stream" in told[0]
    assert "no serial port '/dev/nowhere'" in told[1]
    assert "plug the amplifier in" in told[1]
    assert babbler.port in told[2]
    assert "Cyton" in told[2]


class Babbler:
    """A serial port on which somebody talks at another baud rate."""

    def __init__(self) -> None:
        self._cable = PseudoTerminal(None)
        self.port = self._cable.port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._babble)

    def _babble(self) -> None:
        rng = np.random.default_rng(3)
        while not self._over.wait(0.01):
            self._cable.read()
            self._cable.write(rng.bytes(200))

    def __enter__(self) -> Babbler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._cable.close()


def test_from_a_recording_to_a_moving_hand_that_nobody_else_may_drive(
    fitted: tuple[Desk, str], hand: Child, stream: str
) -> None:
    desk, key = fitted
    port = str(hand.facts["port"])
    desk.write_profile(port=port, key=key, source=stream)
    running = start("run", "--profile", str(desk.profile), "--arm", "--no-page", **desk.env)
    try:
        truth = RingHistory(desk.folder / "hand" / LIMB_RING)

        def moved() -> bool:
            truth.poll()
            return float(np.ptp(truth.array()["position_deg"], axis=0).max()) > 15.0

        until(moved, 15.0)
        code, out, err = desk.ask("request", "status")
        assert (code, err) == (0, "")
        assert json.loads(out)["device"] == "ability-hand"
        assert "another guard serves this limb" in desk.run()
        told = desk.refused(
            *("run", "--profile", desk.profile, "--no-page"), XDG_RUNTIME_DIR=str(desk.folder / "other")
        )
        assert f"{port}: another controller drives this limb (stop it first)" in told
        assert "no such request: 'jump'; allowed: stop" in desk.refused("request", "jump")
        code, out, _ = desk.ask("request", "stop")
        assert code == 0
        assert json.loads(out)["state"] == "STOPPED"
    finally:
        running.send_signal(signal.SIGINT)
        code, out, err = finish(running, 30.0)
    assert (code, err) == (0, "")
    truth.poll()
    assert truth.newest is not None
    assert truth.newest["watchdog_trips"] == 0
    assert truth.newest["exits"] == 1  # it was left in its own way, at rest
    # Its flight log lies on the disk to the end, of the guard's last word.
    code, out, err = desk.ask("replay", desk.folder / "data/innervate/flight/p1-left-transradial", "--text")
    assert (code, err) == (0, "")
    assert "told to end" in out.splitlines()[-1] or "was left" in out.splitlines()[-1]


def test_a_run_of_so_many_seconds_ends_by_itself(fitted: tuple[Desk, str], hand: Child, stream: str) -> None:
    desk, key = fitted
    desk.write_profile(port=str(hand.facts["port"]), key=key, source=stream)
    code, out, err = desk.ask("run", "--profile", desk.profile, "--no-page", "--seconds", "0.3")
    assert (code, err) == (0, "")
    assert "The limb holds. Arm it" in out
