"""A cohort: one task a person, goes on after an interruption, and nobody else is let in."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from innervate.app.cohort import run_cohort
from innervate.calibration.evaluation.cohort import CohortOptions, evaluate_cohort, score_file
from innervate.calibration.evaluation.kept import Kept, content_digest
from innervate.calibration.evaluation.options import EvaluateOptions
from innervate.calibration.evaluation.run import evaluate
from innervate.core.errors import InnervateError, RecordingError
from innervate.drivers.recordings.npz import write_recording

from .streams import streamed_person

pytest.importorskip("distributed")
OPTIONS = EvaluateOptions(decoder="hudgins")


@pytest.fixture
def folder(tmp_path):
    people = tmp_path / "people"
    people.mkdir()
    for seed in range(3):
        write_recording(people / f"p{seed}.npz", streamed_person(seed))
    (people / "broken.npz").write_text("no")
    return people


def listeners(*pids: int) -> set[str]:
    """Addresses on which these processes listen, as /proc/net/tcp and tcp6 write them."""
    sockets = set()
    for pid in pids:
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(str(fd.readlink()).removeprefix("socket:[").removesuffix("]"))
            except FileNotFoundError:
                continue
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in sockets}


def family(pid: int) -> list[int]:
    """A process and all its children's children."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def test_a_cohort_finds_what_one_process_finds_and_lets_nobody_in(folder, tmp_path):
    keep = tmp_path / "keep"
    first = (folder / "p0.npz").resolve()
    Kept(keep, OPTIONS).put(first, (), score_file(str(first), OPTIONS.to_dict(), [])["found"])
    told, addresses = [], set()

    def tell(*what):
        told.append(what)
        if what[0]:
            addresses.update(listeners(*family(os.getpid())))

    found = evaluate_cohort(folder, OPTIONS, CohortOptions(workers=1, resume=keep), progress=tell)
    assert addresses == {"0100007F"}  # 127.0.0.1
    assert found["cohort"] == {"people": 4, "resumed": 1, "workers": 1}
    assert told[0] == ("", 1, 4)
    assert told[-1][1:] == (4, 4)
    assert [f["id"] for f in found["failed"]] == ["broken"]
    plain = evaluate(folder, OPTIONS)
    assert found["people"] == plain["people"]
    assert found["mean"] == plain["mean"]
    assert len(list(keep.glob("*.json"))) == len(list(keep.iterdir())) == 3
    assert {path.stat().st_mode & 0o777 for path in keep.iterdir()} == {0o600}
    assert keep.stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_an_interrupted_cohort_goes_on(folder, tmp_path):
    cohort = CohortOptions(workers=2, resume=tmp_path / "keep")

    def interrupt(who, _done, _of):
        if who.startswith("p"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_cohort(folder, OPTIONS, cohort, progress=interrupt)
    assert len(list((tmp_path / "keep").iterdir())) == 1
    found = evaluate_cohort(folder, OPTIONS, cohort)
    assert found["cohort"] == {"people": 4, "resumed": 1, "workers": 2}
    assert [p["id"] for p in found["people"]] == ["p0", "p1", "p2"]


def test_what_is_finished_needs_no_cluster(folder, tmp_path, monkeypatch):
    (folder / "broken.npz").unlink()
    kept = Kept(tmp_path / "keep", OPTIONS)
    for path in sorted(folder.iterdir()):
        kept.put(path.resolve(), (), score_file(str(path), OPTIONS.to_dict(), [])["found"])
    monkeypatch.setitem(sys.modules, "distributed", None)
    found = run_cohort(folder, OPTIONS, CohortOptions(resume=tmp_path / "keep"))
    assert found["cohort"] == {"people": 3, "resumed": 3, "workers": 0}
    with pytest.raises(InnervateError, match=r"innervate\[cohort\]"):
        run_cohort(folder, OPTIONS, CohortOptions())


def test_only_the_same_file_options_and_code_are_taken_as_finished(folder, tmp_path, monkeypatch):
    path, other = folder / "p0.npz", folder / "p1.npz"
    kept = Kept(tmp_path / "keep", OPTIONS)
    kept.put(path, (), {"id": "p0"})
    assert kept.get(path) == {"id": "p0"}
    assert kept.get(other) is None
    assert kept.get(path, [other]) is None
    assert Kept(tmp_path / "keep", replace(OPTIONS, window_ms=150.0)).get(path) is None
    with monkeypatch.context() as patch:
        patch.setattr("innervate.calibration.evaluation.kept.code_digest", lambda: "another")
        assert Kept(tmp_path / "keep", OPTIONS).get(path) is None
    write_recording(path, streamed_person(7))
    assert Kept(tmp_path / "keep", OPTIONS).get(path) is None


def test_a_damaged_result_is_computed_again(folder, tmp_path):
    kept = Kept(tmp_path / "keep", OPTIONS)
    kept.put(folder / "p0.npz", (), {"id": "p0"})
    (place,) = (tmp_path / "keep").iterdir()
    for content in ('{"id": ', json.dumps([1])):
        place.write_text(content)
        assert kept.get(folder / "p0.npz") is None


def test_sidecars_are_part_of_a_recording(tmp_path):
    bdf, events = tmp_path / "sub-1_task-x_emg.bdf", tmp_path / "sub-1_task-x_events.tsv"
    bdf.write_bytes(b"samples")
    events.write_text("onset")
    before = content_digest(bdf)
    events.write_text("onset\tduration")
    assert content_digest(bdf) != before
    (tmp_path / "sub-2_task-x_events.tsv").write_text("of another person")
    events.write_text("onset")
    assert content_digest(bdf) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [({"scheduler": "http://x"}, "scheduler 'http://x' is not known"), ({"workers": 0}, "workers = 0")],
)
def test_a_cohort_that_cannot_be_is_refused(options, said):
    with pytest.raises(RecordingError, match=said):
        CohortOptions(**options)


def test_a_scheduler_that_does_not_answer_is_named(folder, monkeypatch):
    monkeypatch.setattr("innervate.calibration.evaluation.cohort.CONNECT_S", 0.2)
    with pytest.raises(InnervateError, match=r"tcp://127\.0\.0\.1:9: does not answer"):
        evaluate_cohort(folder, OPTIONS, CohortOptions(scheduler="tcp://127.0.0.1:9"))
