"""Mend what `check` found: the samples themselves are never changed, and what is replaced is kept beside."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ...core.errors import RecordingError
from ...core.settings import write_private
from . import edf_header
from .bdf import BdfSignal, Written, lsb_said
from .bids_names import SUFFIX, beside, entities, root_of
from .bids_set import BACKUP, join_data_set
from .check import UNNAMED, Finding, check_file, missing_beside
from .describe import About, Signals, channel_table, emg_json
from .edf_file import EdfFile, open_edf
from .edf_read import emg_signals, samples_in
from .events import from_annotation
from .sidecars import EVENTS_JSON, events_table, json_bytes, read_events, read_json, read_sidecars


def mend(path: Path) -> Finding:
    """Mend one recording; what is left wrong stands in `problems`, what was done in `mended`.

    Raises:
        RecordingError: it cannot be written.
    """
    if check_file(path).verdict != "mend":
        return check_file(path)
    try:
        done = _mend_unnamed(path) if path.suffix == UNNAMED else _mend(path)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be mended: {error.strerror}", "make room beside it") from error
    named = path.with_suffix("") if path.suffix == UNNAMED else path
    finding = check_file(named) if named.exists() else Finding(str(path))
    finding.mended = done
    return finding


def _mend_unnamed(path: Path) -> list[str]:
    named = path.with_suffix("")
    try:
        open_edf(path)
    except RecordingError:
        kept = _free(path)
        path.rename(kept)
        return [f"set aside as {kept.name}: nothing is in it"]
    if named.exists():
        raise RecordingError(f"{path}: {named.name} is there too", "look at both")
    path.rename(named)
    return [f"given its name, {named.name}", *_mend(named)]


def _mend(path: Path) -> list[str]:
    file = open_edf(path)
    done: list[str] = []
    if file.header.records != file.records or file.odd_bytes:
        kept = _free(path)
        shutil.copy2(path, kept)
        _mend_count(file)
        done.append(f"count set to {file.records}, {file.odd_bytes} bytes cut; as it was: {kept.name}")
    if path.stem.endswith(SUFFIX):
        done += _mend_beside(file)
    return done


def _mend_count(file: EdfFile) -> None:
    header = file.header
    with file.path.open("r+b") as out:
        out.truncate(header.bytes + file.records * header.record_bytes)
        out.seek(edf_header.COUNT_AT)
        out.write(edf_header.count_text(file.records))
        out.flush()
        os.fsync(out.fileno())


def _mend_beside(file: EdfFile) -> list[str]:
    path = file.path
    done = []
    missing = missing_beside(path)
    for each in missing:
        if each.exists():
            each.rename(_free(each))
    known = read_sidecars(path)
    emg = emg_signals(file, known)
    others = [s for s in file.header.signals if s not in emg and not s.annotations]
    rate_hz = known.rate_hz or emg[0].samples / file.header.record_s
    signals = Signals(
        [_as_written(s, 0.0) for s in emg],
        [_as_written(s, s.samples / file.header.record_s) for s in others],
        [s.label for s in (*emg, *others)],
        rate_hz,
        {},
    )
    names = entities(path)
    code = file.header.patient.split(" ")[0]
    patient = known.patient or (code if code != "X" else names.get("sub", "unknown"))
    about = About(patient, names.get("task", "unknown"), names.get("ses", ""))
    written = Written(samples_in(file, emg[0], rate_hz), file.records, {}, {}, {})
    sidecar = beside(path, "_emg.json")
    if sidecar in missing:
        write_private(sidecar, json_bytes(emg_json(about, signals, written)))
    elif "RecordingDuration" not in (said := read_json(sidecar) or {}):
        write_private(sidecar, json_bytes({**said, "RecordingDuration": written.samples / rate_hz}))
        done.append(f"duration written to {sidecar.name}")
    if beside(path, "_channels.tsv") in missing:
        write_private(beside(path, "_channels.tsv"), channel_table(signals))
    if beside(path, "_events.json") in missing:
        write_private(beside(path, "_events.json"), json_bytes(EVENTS_JSON))
    events = beside(path, "_events.tsv")
    found = read_events(events)
    if found is None:
        found = [from_annotation(a.onset_s, a.duration_s, a.text) for a in file.annotations]
    elif not events.read_bytes().endswith(b"\n"):
        shutil.copy2(events, _free(events))
        done.append(f"the half line of {events.name} cut")
    write_private(events, events_table(found, rate_hz))
    done += [f"{each.name} made again from the samples' file" for each in missing]
    if root_of(path) is None and "sub" in names:
        root = path.absolute().parents[2 if "ses" not in names else 3]
        join_data_set(root, names["sub"], patient, simulated=False, several=True)
        done.append("dataset_description.json made again")
    return done


def _as_written(signal: edf_header.Signal, rate_hz: float) -> BdfSignal:
    lsb = lsb_said(signal.transducer)
    return BdfSignal(signal.label, signal.unit, signal.lsb if lsb is None else lsb, rate_hz)


def _free(path: Path) -> Path:
    """A name beside `path` that nobody has."""
    kept = path.with_name(path.name + BACKUP)
    number = 2
    while kept.exists():
        kept = path.with_name(f"{path.name}{BACKUP}-{number}")
        number += 1
    return kept
