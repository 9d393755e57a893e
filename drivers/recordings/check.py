"""What state a recording is in: does it open, is it whole, what is missing. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...core.errors import RecordingError
from . import tsv
from .bids_names import SUFFIX, beside, root_of
from .edf_file import EdfFile, open_edf
from .formats import find, read
from .npz import Recording
from .sidecars import read_json

Verdict = Literal["ok", "mend", "unreadable"]
UNNAMED = ".new"
"""Ending of a file that was begun and got no name: its first half second was not full."""


@dataclass(slots=True)
class Finding:
    """One recording.

    Attributes:
        path: of its samples.
        verdict: "mend": `problems` can be mended; "unreadable": nobody can read it.
        problems: sentences.
        mended: what `mend` did about them.
        seconds, rate_hz, channels, events: what is in it.
        records, header_records: whole data records, and how many the header counts (BDF and EDF).
        gaps, lost_s: losses of all channels at once.
        quality: channel -> `rms` (in `unit`), `flat`, `bad_s` (marked as not to be used).
        unit, patient: as the file says.
    """

    path: str
    verdict: Verdict = "ok"
    problems: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    seconds: float = 0.0
    rate_hz: float = 0.0
    channels: int = 0
    events: int = 0
    records: int | None = None
    header_records: int | None = None
    gaps: int = 0
    lost_s: float = 0.0
    quality: dict[str, dict[str, Any]] = field(default_factory=dict)
    unit: str = ""
    patient: str = ""

    def problem(self, what: str) -> None:
        """Something that can be mended."""
        self.problems.append(what)
        if self.verdict == "ok":
            self.verdict = "mend"


def check(path: Path) -> list[Finding]:
    """Look at a recording, or at every one of a folder.

    Raises:
        RecordingError: there is no such path, or no recording in the folder.
    """
    return [check_file(file) for file in files_of(path)]


def files_of(path: Path) -> list[Path]:
    """The recordings that a path names, with those that got no name yet.

    Raises:
        RecordingError: there is none.
    """
    if not path.is_dir():
        if not path.exists():
            raise RecordingError(f"{path}: no such recording", "is the path right?")
        return [path]
    begun = {p for ending in ("bdf", "edf") for p in path.rglob(f"*.{ending}{UNNAMED}")}
    found = sorted({*find(path), *begun})
    if not found:
        raise RecordingError(f"{path}: no recording in this folder")
    return found


def check_file(path: Path) -> Finding:
    """Look at one recording."""
    finding = Finding(str(path))
    try:
        if path.suffix == UNNAMED:
            _check_unnamed(finding, path)
            return finding
        if path.suffix.lower() in (".bdf", ".edf"):
            _check_edf(finding, open_edf(path))
            _check_beside(finding, path)
        _look_inside(finding, read(path))
    except RecordingError as error:
        finding.problems.append(str(error).removeprefix(f"{path}: "))
        # A damaged sidecar does not make the samples unreadable.
        finding.verdict = "mend" if finding.verdict == "mend" else "unreadable"
    return finding


def _check_unnamed(finding: Finding, path: Path) -> None:
    try:
        whole = open_edf(path).records
    except RecordingError:
        finding.problem("was begun, and ended before its first data record: nothing is in it")
    else:
        finding.problem(f"holds {whole} data records and was not given its name")


def _check_edf(finding: Finding, file: EdfFile) -> None:
    finding.records, finding.header_records = file.records, file.header.records
    if file.header.records != file.records:
        finding.problem(f"the header counts {file.header.records} data records, {file.records} are there")
    if file.odd_bytes:
        finding.problem(f"{file.odd_bytes} bytes of a data record that is not whole are at its end")


def missing_beside(path: Path) -> list[Path]:
    """Sidecars of an EMG-BIDS recording that are not there or cannot be read."""
    if not path.stem.endswith(SUFFIX):
        return []
    missing = []
    for ending in ("_emg.json", "_channels.tsv", "_events.tsv", "_events.json"):
        file = beside(path, ending)
        try:
            found: object = read_json(file) if file.suffix == ".json" else tsv.read(file)
        except RecordingError:
            found = None
        if found is None:
            missing.append(file)
    return missing


def _check_beside(finding: Finding, path: Path) -> None:
    if not path.stem.endswith(SUFFIX):
        return
    missing = missing_beside(path)
    for file in missing:
        finding.problem(f"{file.name} {'cannot be read' if file.exists() else 'is missing'}")
    if root_of(path) is None:
        finding.problem("the data set has no dataset_description.json")
    about = beside(path, "_emg.json")
    if about not in missing and "RecordingDuration" not in (read_json(about) or {}):
        finding.problem("was not closed: it ended with a crash or without power")
    events = beside(path, "_events.tsv")
    if events not in missing and not events.read_bytes().endswith(b"\n"):
        finding.problem(f"{events.name} ends inside a line")


def _look_inside(finding: Finding, recording: Recording) -> None:
    fs = recording.fs
    finding.rate_hz, finding.channels = fs, recording.emg.shape[1]
    finding.seconds = round(len(recording.emg) / fs, 6)
    finding.unit, finding.patient = recording.unit, recording.patient
    bad = recording.meta.get("bad", [])
    finding.events = int(recording.meta.get("events", np.count_nonzero(np.diff(recording.label)) + 1))
    lost = [span for span in bad if not span["channel"]]
    finding.gaps, finding.lost_s = len(lost), round(sum(span["seconds"] for span in lost), 6)
    for i, name in enumerate(recording.channels):
        values = recording.emg[:, i].astype(np.float64)
        finding.quality[name] = {
            "rms": round(float(values.std()), 6),
            "flat": bool((values == values[0]).all()),
            "bad_s": round(sum(span["seconds"] for span in bad if span["channel"] == name), 6),
        }
