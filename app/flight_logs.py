"""Which flight logs there are: those of limbs that run or ran, in memory, and what was copied to the disk."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..core.errors import RecordingError
from ..core.flight import FLIGHT_FOLDER, GUARD_LOG, LOOP_LOG, time_of
from ..core.flightcopy import STATUS_FILE
from ..core.flightdisk import DiskLogReader, blocks, disk_logs, records_in, segment_files
from ..core.flightlog import SUFFIX
from ..core.flightread import open_log
from ..core.folders import data_folder, running_limbs

_KINDS = ("loop-", "guard-")


def find_logs(path: Path | None) -> list[Path]:
    """The logs somebody means.

    Args:
        path: one log, a folder of them, or a limb's runtime folder; of a folder of several runs the newest
            counts. None: the limb that was started last; where none was since the computer was, the disk's.

    Raises:
        RecordingError: there is none.
    """
    if path is None:
        return _newest()
    if path.is_file() or segment_files(path):
        return [path]
    folder = path / FLIGHT_FOLDER if (path / FLIGHT_FOLDER).is_dir() else path
    found = [folder / name for name in (LOOP_LOG, GUARD_LOG) if (folder / name).is_file()]
    found = found or _last_run(folder) or sorted(folder.glob("*" + SUFFIX))
    if not found:
        raise RecordingError(f"{path}: no flight log there", f"their names end in {SUFFIX}, or see --list")
    return found


def _newest() -> list[Path]:
    for limb in running_limbs():
        if (limb / FLIGHT_FOLDER).is_dir():
            return find_logs(limb)
    newest = max(_places(), key=_last_number, default=None)
    found = _last_run(newest) if newest is not None else []
    if not found:
        raise RecordingError("no limb of this user has a flight log", "name one: innervate replay LOG")
    return found


def _places() -> list[Path]:
    """Folders of limbs that have logs on the disk."""
    root = data_folder() / FLIGHT_FOLDER
    return sorted(place for place in root.glob("*") if place.is_dir() and disk_logs(place))


def _last_number(place: Path) -> float:
    return max(file.path.stat().st_mtime for file in segment_files(disk_logs(place)[-1]))


def _last_run(place: Path) -> list[Path]:
    """The newest log of each kind on a disk."""
    logs = disk_logs(place)
    newest = [[log for log in logs if log.name.startswith(kind)][-1:] for kind in _KINDS]
    return [log for each in newest for log in each]


def list_logs(path: Path | None) -> list[dict[str, Any]]:
    """All logs there are: `log`, `kind`, `where`, `started` (UTC), `seconds`, `mb`, `from_start`, and of what
    is copied `trouble` and `lost`. A damaged one has `damaged` instead.

    Args:
        path: a folder of logs, or a limb's runtime folder; None: all of this user.
    """
    if path is not None:
        folder = path / FLIGHT_FOLDER if (path / FLIGHT_FOLDER).is_dir() else path
        return [_row(log) for log in (*disk_logs(folder), *sorted(folder.glob("*" + SUFFIX)))]
    memory = [log for limb in running_limbs() for log in sorted((limb / FLIGHT_FOLDER).glob("*" + SUFFIX))]
    return [_row(log) for log in (*(log for place in _places() for log in disk_logs(place)), *memory)]


def _row(path: Path) -> dict[str, Any]:
    on_disk = path.is_dir()
    files = [file.path for file in segment_files(path)] if on_disk else [path]
    row: dict[str, Any] = {"log": str(path), "where": "disk" if on_disk else "memory"}
    try:
        reader = DiskLogReader(path) if on_disk else open_log(path)
        start_s = float(reader.facts["t_start_s"])
        started = datetime.fromtimestamp(start_s + float(reader.facts["unix_offset_s"]), UTC)
        last_s = _last_time(files[-1]) if on_disk else _time_of_last(reader.records())
        row |= {
            "kind": str(reader.facts["kind"]),
            "started": f"{started:%Y-%m-%d %H:%M:%S}",
            "seconds": round(max(0.0, last_s - start_s), 1),
            "mb": round(sum(file.stat().st_size for file in files) / 1e6, 3),
            "from_start": reader.from_start,
        }
    except (RecordingError, OSError, LookupError, ValueError, TypeError) as error:
        return {**row, "damaged": str(error)}
    if not on_disk:
        row |= _told_of_copies(path)
    return row


def _told_of_copies(path: Path) -> dict[str, Any]:
    """What the copier of a log in memory says."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        status = json.loads((path.parent / STATUS_FILE).read_bytes())
        lost = status["lost"].get(path.name.partition(".")[0], 0)
        return {"copied_to": status["place"], "trouble": status["trouble"], "lost": lost}
    return {}


def _last_time(file: Path) -> float:
    """When the newest turn of a segment file was."""
    newest = b""
    for _, content, _ in blocks(file):
        newest = content
    return _time_of_last(records_in(newest))


def _time_of_last(records: Any) -> float:
    last_s = 0.0
    for record in records:
        if record.payload[:1] == b"\2":
            last_s = time_of(record.payload) or last_s
    return last_s
