"""The home log's reader and file: what the rings say is counted once, whatever starts anew; private."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from innervate.app import home_log
from innervate.app.home_log import HomeLogFile, UseReader, read_days
from innervate.calibration.homelog import KEPT_DAYS, Day
from innervate.controller.telemetry import Telemetry
from innervate.core.ring import GUARD_RING, RingWriter
from innervate.core.state import Reason, State
from innervate.firmware_bridge.telemetry import layout
from innervate.models.signal.flags import UNTRUSTED

CLASSES = ["rest", "open", "power"]


class Limb:
    """Rings that say what the test says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.t_s = 100.0
        self.start_loop()
        self.start_guard()

    def start_loop(self) -> None:
        meta: dict[str, object] = {
            "movements": CLASSES,
            "channels": ["a", "b"],
            "rate_hz": 1000.0,
            "increment_samples": 10,
        }
        self.loop = Telemetry(self.folder, 10, 2, meta)

    def start_guard(self) -> None:
        self.layout = layout(1, {})
        self.guard = RingWriter(self.folder / GUARD_RING, self.layout, 64)

    def decide(self, n: int, movement: int = 0, *, contact: int = 0, state: State = State.ACTIVE) -> None:
        record = self.loop.record
        for _ in range(n):
            self.t_s += 0.01
            values: dict[str, float] = dict.fromkeys(record._names, 0)
            values |= {"movement": movement, "state": state, "ready": 1}
            record.set(**{**values, "t_turn_s": self.t_s, "speed": float(movement > 0)})
            record.contact[:2] = contact
            self.loop.publish()

    def hold(self, state: State, reason: Reason) -> None:
        values = {f.name: [0] * f.count for f in self.layout.fields}
        values["state"], values["reason"] = [int(state)], [int(reason)]
        self.guard.publish(self.layout.pack(*[one for value in values.values() for one in value]))


@pytest.fixture
def limb(tmp_path: Path) -> Limb:
    return Limb(tmp_path)


@pytest.fixture
def log(tmp_path: Path) -> HomeLogFile:
    return HomeLogFile(tmp_path / "kept" / "homelog.json")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks for new rings at every poll."""
    monkeypatch.setattr("innervate.app.page.tail._LOOK_AGAIN_S", 0.0)


def test_what_was_before_we_came_is_not_counted_and_what_comes_is_counted_once(
    limb: Limb, log: HomeLogFile
) -> None:
    limb.decide(500, 1)
    use = UseReader(limb.folder, log)
    use.poll()
    assert log.today().wear_s == 0.0
    limb.decide(100, 1)
    limb.decide(100, 2)
    limb.decide(100, 0, state=State.STOPPED)
    for _ in range(3):
        use.poll()
    day = log.today()
    assert (day.wear_s, day.armed_s) == (pytest.approx(3.0), pytest.approx(2.0))
    assert (day.movements, day.reversals) == (2, 1)


def test_a_loop_that_starts_again_is_followed(limb: Limb, log: HomeLogFile) -> None:
    use = UseReader(limb.folder, log)
    limb.decide(50, 1)
    use.poll()
    limb.start_loop()
    limb.decide(70, 2)
    use.poll()
    assert log.today().wear_s == pytest.approx(1.2)
    assert log.today().movements == 2


def test_electrodes_that_are_off_are_not_worn(limb: Limb, log: HomeLogFile) -> None:
    use = UseReader(limb.folder, log)
    limb.decide(100, contact=int(UNTRUSTED))
    use.poll()
    assert log.today().wear_s == 0.0


def test_each_stop_counts_once_by_its_reason(limb: Limb, log: HomeLogFile) -> None:
    limb.hold(State.STOPPED, Reason.STOP_REQUESTED)
    use = UseReader(limb.folder, log)
    held = [
        (State.STOPPED, Reason.STOP_REQUESTED),
        (State.ARMED, Reason.NONE),
        (State.ACTIVE, Reason.NONE),
        (State.HOLDING, Reason.CONTACT),
        (State.HOLDING, Reason.CONTACT),
        (State.ARMED, Reason.REST_FIRST),
        (State.STOPPED, Reason.STOP_REQUESTED),
        (State.FAULT, Reason.LOOP_LOST),
        (State.STOPPED, Reason.NOT_ARMED),
        (State.STOPPED, Reason.RECALIBRATING),
        (State.STOPPED, Reason.MODEL_CHANGED),
    ]
    for where in held:
        limb.hold(*where)
        use.poll()
    assert log.today().stops == {"CONTACT": 1, "STOP_REQUESTED": 1, "LOOP_LOST": 1}


def test_without_rings_nothing_happens(tmp_path: Path, log: HomeLogFile) -> None:
    UseReader(tmp_path, log).poll()
    assert log.today().wear_s == 0.0


def test_the_file_is_private_whole_and_bounded(log: HomeLogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    log.days = [Day(f"day {number}") for number in range(KEPT_DAYS + 50)]
    log.today().movements = 7
    log.save()
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert log.path.parent.stat().st_mode & 0o777 == 0o700
    assert len(read_days(log.path)) == KEPT_DAYS
    assert read_days(log.path)[-1].movements == 7
    assert log.path.stat().st_size < 200_000

    def broken(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(home_log, "write_private", broken)
    with pytest.raises(OSError, match="no space"):
        log.save()
    assert read_days(log.path)[-1].movements == 7


@pytest.mark.parametrize("content", [b"", b"{", b'{"days": 3}', b'{"days": [{"nothing": 1}]}', b"[]"])
def test_a_file_that_cannot_be_read_begins_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "homelog.json"
    path.write_bytes(content)
    assert HomeLogFile(path).today().wear_s == 0.0


def test_keys_of_a_later_version_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "homelog.json"
    path.write_text(json.dumps({"days": [{"date": "2026-11-28", "wear_s": 5.0, "steps": 3}]}))
    assert read_days(path) == [Day("2026-11-28", 5.0)]
