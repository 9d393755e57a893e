"""A wearer's changes with the real processes: a new loop each time, nothing moves by itself, and back if it
does not start."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from innervate.app import wearer
from innervate.app.recalibrating import Ending
from innervate.app.wearer_process import WearerWork
from innervate.app.wearer_settings import (
    HOME_LOG,
    PROGRESS_FILE,
    RECALIBRATION,
    SETTINGS_FILE,
    Changed,
    Progress,
    Wanted,
    WearerSettings,
)
from innervate.core.clock import sleep
from innervate.core.errors import BundleError, InnervateError, RequestError
from innervate.core.settings import read_settings
from innervate.drivers.recordings.npz import Recording
from innervate.models.bundle import read_bundle, write_bundle
from innervate.models.history import History, link_as
from innervate.models.keys import load_key
from innervate.models.model import Model

from ..waiting import until
from .limb_rig import LimbRig, limb_rig

pytestmark = pytest.mark.real_time
HELD = ("STOPPED", "FAULT")
"""A busy machine may let the first commands of the new loop come late; either way a person arms."""


class Watched:
    """A rig whose supervisor watches, as `innervate run` does, beside the test."""

    def __init__(self, rig: LimbRig) -> None:
        self.rig, self.said, self._end = rig, list[str](), Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        self.settings = read_settings(rig.folder / SETTINGS_FILE, WearerSettings)
        self.bundle = Path(self.settings.bundle)

    def _watch(self) -> None:
        while not self._end.is_set():
            try:
                said = self.rig.supervisor.watch()
            except InnervateError as error:
                said = str(error)
            if said:
                self.said.append(said)
            sleep(0.05)

    def close(self) -> None:
        self._end.set()
        self._thread.join()

    def candidate(self, digest: str = "") -> Path:
        """A model that says the same, made of the one in use."""
        settings = self.settings
        used = read_bundle(self.bundle, settings.trusted_keys, settings.safety_digest)
        History(self.bundle).note(0.0)
        path = self.bundle.with_name("made.imb")
        link_as(self.bundle, path)
        model = replace(used.model, metrics={**used.model.metrics, "made": True})
        key = load_key(Path(settings.key))
        write_bundle(path, model, used.wearer, key, digest or settings.safety_digest)
        return path


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, hand_recording: Recording, hand_model: Model
) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("worn")
    with limb_rig(folder, hand_recording, hand_model, wearer=True) as rig:
        found = Watched(rig)
        yield found
        found.close()


def change(watched: Watched, bundle: Path) -> Changed:
    return wearer._change(watched.rig.folder, Wanted(RECALIBRATION, str(bundle)))


def test_a_change_stops_the_limb_and_a_person_arms_the_new_loop(watched: Watched) -> None:
    rig = watched.rig
    rig.moving()
    pid = rig.supervisor.loop.pid if rig.supervisor.loop is not None else 0
    found = wearer.choose(rig.folder, -1, 3)
    assert found.ok
    assert rig.state()[0] in HELD
    assert rig.supervisor.loop is not None
    assert rig.supervisor.loop.pid != pid
    rig.truth.poll()
    since_s = float(rig.body()["t_s"])
    rig.watch(1.5)  # the patient goes on opening and closing
    assert rig.travel(since_s) < 0.5
    shaping = json.loads((rig.folder / "loop.json").read_text())["shaping"]
    assert (shaping["more_sure"], shaping["speed"]) == (0.07, 0.7)
    assert wearer.chosen(rig.folder).speed == 3
    rig.moving()


def test_undo_goes_back_to_the_model_before_and_then_no_further(watched: Watched) -> None:
    bundle, settings = watched.bundle, watched.settings
    first = bundle.read_bytes()
    assert change(watched, watched.candidate()).ok
    used = read_bundle(bundle, settings.trusted_keys, settings.safety_digest)
    assert used.model.metrics["made"]
    assert bundle.read_bytes() != first
    assert wearer.undo(watched.rig.folder).ok
    assert bundle.read_bytes() == first
    assert watched.rig.state()[0] in HELD
    with pytest.raises(BundleError, match="no earlier model"):
        wearer.undo(watched.rig.folder)
    assert [one.why for one in History(bundle).changes][-2:] == ["recalibration", "undo"]


def test_a_model_that_was_taken_is_signed_names_its_parent_and_runs(watched: Watched) -> None:
    settings, folder = watched.settings, watched.rig.folder
    used = read_bundle(watched.bundle, settings.trusted_keys, settings.safety_digest)
    work = WearerWork(settings)
    work._taken = Progress("over", outcome="taken", sentence="Recalibrated.")
    model = replace(used.model, metrics={**used.model.metrics, "recalibrated": True})
    work._end(Ending("taken", "better", "Recalibrated.", model), used)
    assert work.busy
    until(lambda: work.turn() or not work.busy, 40.0)
    made = read_bundle(watched.bundle, settings.trusted_keys, settings.safety_digest)
    assert (made.parent, made.signer) == (used.sha256, used.signer)
    assert made.model.metrics["recalibrated"]
    assert read_settings(folder / PROGRESS_FILE, Progress).outcome == "taken"
    assert work.log.today().recalibrations == {"taken": 1}
    assert not watched.bundle.with_name("model.imb.next").exists()
    assert watched.rig.state()[0] in HELD
    assert wearer.undo(folder).ok


def test_a_model_for_another_patient_changes_nothing(watched: Watched) -> None:
    first = watched.bundle.read_bytes()
    found = change(watched, watched.candidate("0" * 64))
    assert not found.ok
    assert "Nothing was changed" in found.sentence
    assert watched.bundle.read_bytes() == first
    watched.rig.arm()


def test_a_model_that_the_loop_refuses_is_taken_back(watched: Watched) -> None:
    """It is signed and for this patient, and was made for other channels: only the loop finds that out."""
    settings, bundle = watched.settings, watched.bundle
    first = bundle.read_bytes()
    used = read_bundle(bundle, settings.trusted_keys, settings.safety_digest)
    names = tuple(f"other {name}" for name in used.model.settings.channels)
    model = replace(used.model, settings=replace(used.model.settings, channels=names))
    path = bundle.with_name("other.imb")
    write_bundle(path, model, used.wearer, load_key(Path(settings.key)), settings.safety_digest)
    found = change(watched, path)
    assert not found.ok
    assert "could not start" in found.sentence
    assert bundle.read_bytes() == first
    watched.rig.arm()


@pytest.mark.slow
def test_a_wearer_who_does_something_else_is_refused_and_the_old_model_stays(watched: Watched) -> None:
    """The simulated patient opens and closes as they like, whatever is asked for."""
    rig, first, told = watched.rig, watched.bundle.read_bytes(), list[Progress]()
    found = wearer.recalibrate(rig.folder, told.append)
    assert found.outcome == "refused"
    assert watched.bundle.read_bytes() == first
    assert rig.state()[0] in HELD
    assert [one.movement for one in told if one.tone == "move"] == ["open", "power", "power", "open"]
    assert not rig.supervisor.request("status")["recalibrating"]
    log = Path(watched.settings.folder) / HOME_LOG
    assert rig.supervisor.wearer.child is not None
    rig.supervisor.wearer.child.stop()  # it writes what it knows, and is started again
    day = json.loads(log.read_text())["days"][-1]
    assert log.stat().st_mode & 0o777 == 0o600
    assert any(name.startswith("refused") for name in day["recalibrations"])
    assert day["wear_s"] > 5.0
    assert day["movements"] > 0
    assert day["undone"] == 2
    until(lambda: not rig.supervisor.wearer.ready)
    until(lambda: rig.supervisor.wearer.ready, 20.0)


def test_a_stop_ends_a_recalibration_and_a_dead_process_changes_nothing(watched: Watched) -> None:
    rig, first = watched.rig, watched.bundle.read_bytes()
    ended: list[Progress] = []
    thread = Thread(target=lambda: ended.append(wearer.recalibrate(rig.folder, lambda _: None)))
    until(lambda: rig.supervisor.wearer.ready, 20.0)
    sleep(0.5)  # it has heard of the limb
    thread.start()
    until(lambda: bool(rig.supervisor.request("status")["recalibrating"]))
    with pytest.raises(RequestError, match="recalibration is under way"):
        rig.supervisor.request("arm")
    sleep(0.5)
    rig.supervisor.request("stop")
    thread.join(10.0)
    assert ended[0].outcome == "aborted"
    rig.supervisor.request("recalibrate")
    assert rig.supervisor.wearer.child is not None
    rig.supervisor.wearer.child.kill()
    sleep(0.3)
    assert rig.supervisor.request("status")["recalibrating"]
    rig.supervisor.request("stop")
    rig.arm()
    assert watched.bundle.read_bytes() == first
