"""What was recorded stays, whatever happens: crash, kill, pain."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.benchmarks.calibration_kill import PLAN, kept, kill_one
from innervate.calibration.guided.journal import FolderJournal
from innervate.calibration.guided.session import Session
from innervate.calibration.guided.sitting import Sitting
from innervate.core.errors import RecordingError

from .muscles import SIGNAL, Wearer, follow, quick_plan


def same(a: Session, b: Session) -> bool:
    pairs = list(zip(a.repetitions, b.repetitions, strict=True))
    plain = all(replace(x, samples=y.samples) == y for x, y in pairs)
    return plain and all(np.array_equal(x.samples, y.samples) for x, y in pairs)


def test_every_repetition_is_on_the_disk_as_it_ends_for_its_owner_alone(tmp_path: Path) -> None:
    plan = quick_plan()
    journal = FolderJournal(tmp_path / "c", plan)
    sitting = Sitting(plan, SIGNAL, journal)
    for many in (1, 2, 3):
        follow(sitting, Wearer(plan), until=lambda s, many=many: len(s.repetitions) == many)  # type: ignore[misc]
        assert len(journal.saved()) == many
    files = list((tmp_path / "c").iterdir())
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "c").stat().st_mode & 0o777 == 0o700
    assert not [file for file in files if file.name.endswith(".new")]


def test_going_on_after_a_crash_is_as_if_there_was_none(tmp_path: Path) -> None:
    plan = quick_plan()
    late = plan.steps[1]
    does = lambda step, attempt: (1.0, 1.1, 99.0) if step == late else None  # noqa: E731
    whole = Session(plan, SIGNAL)
    follow(whole, Wearer(plan, does=does))
    asked = [(r.index, r.attempt, r.judgement.faults) for r in whole.repetitions]
    for crash in (1, 3, len(asked) - 1):  # before the late one, in the middle of its redos, near the end
        journal = FolderJournal(tmp_path / str(crash), plan)
        first = Sitting(plan, SIGNAL, journal)
        follow(first, Wearer(plan, does=does), until=lambda s, n=crash: len(s.repetitions) == n)  # type: ignore[misc]
        again = Sitting(plan, SIGNAL, FolderJournal(tmp_path / str(crash), plan))
        assert same(first.session, again.session)
        follow(again, Wearer(plan, does=does))
        assert [(r.index, r.attempt, r.judgement.faults) for r in again.session.repetitions] == asked


def test_pain_keeps_what_there_is_and_another_day_goes_on(tmp_path: Path) -> None:
    plan = quick_plan()
    journal = FolderJournal(tmp_path, plan)
    sitting = Sitting(plan, SIGNAL, journal)
    wearer = Wearer(plan)
    follow(sitting, wearer, until=lambda s: len(s.repetitions) == 2)
    step = sitting.session.step
    assert step is not None
    sitting.push(wearer.whole(step, 0)[:400])
    sitting.stop_hurts()
    kept = journal.saved()
    assert [r.stopped for r in kept] == [False, False, True]
    assert len(kept[-1].samples) == 400
    assert '"stopped"' in (tmp_path / "ended.json").read_text()
    again = Sitting(plan, SIGNAL, FolderJournal(tmp_path, plan))
    assert again.session.step == step
    follow(again, wearer)
    assert '"done"' in (tmp_path / "ended.json").read_text()


def test_another_plan_and_a_damaged_file_are_named(tmp_path: Path) -> None:
    plan = quick_plan()
    journal = FolderJournal(tmp_path, plan)
    follow(Sitting(plan, SIGNAL, journal), Wearer(plan), until=lambda s: len(s.repetitions) == 1)
    with pytest.raises(RecordingError, match="planned otherwise"):
        FolderJournal(tmp_path, quick_plan(("pinch",)))
    path = tmp_path / "0000.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RecordingError, match=r"0000\.npz: not a repetition"):
        journal.saved()


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_a_killed_process_loses_at_most_the_repetition_in_progress(tmp_path: Path, times: int) -> None:
    moments = random.Random(times)
    folder, before = tmp_path / "0", 0
    for number in range(times):
        told = kill_one(folder, moments.randint(1, 2), moments.uniform(0.0, 0.03))
        found = kept(folder)
        # All that was told of is there; what was being kept at that moment may be there, too.
        assert before + told <= len(found) <= before + told + 1
        assert found == list(range(len(found)))
        before = len(found)
        if before > len(PLAN.steps) - 4:
            folder, before = tmp_path / str(number + 1), 0
