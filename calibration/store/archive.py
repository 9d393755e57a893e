"""A backup: one zip of the tables, the patients' files, and what each member must be.

`manifest.json` says the version of the tables, every member's length and SHA-256, and the head of the audit
trail; the zip's comment is the manifest's own SHA-256. Written beside, read back whole, then named.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from . import dump
from .audit import Head, Line, verify
from .errors import ArchiveError
from .place import Place

FORMAT = 1
MANIFEST = "manifest.json"
_CHUNK = 1 << 20
_DAMAGE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
)
"""What reading a zip with any byte changed may raise."""
_TABLES, _FILES = "tables/", "files/"


@dataclass(frozen=True)
class Archive:
    """A backup that was read whole and is as it says.

    Attributes:
        path: of the file.
        made_at: wall time, ISO.
        revision: of the tables.
        patients: codes of those in it.
        simulated: codes of those of them who are nobody real.
        head: of the audit trail in it.
        tables: name -> {"columns": names, "rows": how many}, parents first.
        members: name -> {"bytes", "sha256"}.
        missing: files that rows name and that were not there.
        files: the patients' files are in it; else a restore leaves those that are there in their place.
        faults: of the audit trail in it; the store that it was made of has them too.
    """

    path: Path
    made_at: str
    revision: str
    patients: list[str]
    simulated: list[str]
    head: Head
    tables: dict[str, dict[str, Any]]
    members: dict[str, dict[str, Any]]
    missing: list[str]
    files: bool
    faults: tuple[str, ...] = ()


def write_archive(
    connection: Connection, place: Place, path: Path, at: datetime, *, files: bool = True
) -> Archive:
    """Write what the connection sees, and the files; read it back; only then it has its name.

    Args:
        connection: in a transaction.
        place: of the files.
        path: to write.
        at: the wall's time.
        files: False: tables only, which is enough before something that touches no file, and takes a moment
            where recordings take an hour.

    Raises:
        ArchiveError: it cannot be written, is there already, or does not read back.
    """
    if path.exists():
        raise ArchiveError(f"{path}: is there already", "no backup is written over")
    building = path.with_name(path.name + ".new")
    try:
        building.unlink(missing_ok=True)
        fd = os.open(building, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                _fill(archive, connection, place, at, files=files)
            file.flush()
            os.fsync(file.fileno())
        made = read_archive(building)
        building.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        building.unlink(missing_ok=True)
        raise ArchiveError(f"{path}: cannot be written: {error.strerror}") from error
    except ArchiveError:
        building.unlink(missing_ok=True)
        raise
    return replace(made, path=path)


def _fill(
    archive: zipfile.ZipFile, connection: Connection, place: Place, at: datetime, *, files: bool
) -> None:
    from .audit import head_of
    from .upgrade import revision_of

    members: dict[str, dict[str, Any]] = {}
    tables: dict[str, dict[str, Any]] = {}
    codes: dict[str, bool] = {}
    named: set[str] = set()
    for table in dump.tables_of(connection):
        columns = dump.columns_of(table)
        rows = 0

        def lines() -> Iterator[bytes]:
            nonlocal rows
            for line in dump.rows_of(connection, table):  # noqa: B023 - used up before the next table
                rows += 1
                row = dict(zip(columns, dump.parse(line), strict=True))  # noqa: B023
                if table.name == "patient":  # noqa: B023
                    codes[row["id"]] = bool(row["simulated"])
                if "path" in row and "patient_id" in row:
                    named.add(f"{row['patient_id']}/{row['path']}")
                yield line + b"\n"

        _member(archive, members, f"{_TABLES}{table.name}.jsonl", lines())
        tables[table.name] = {"columns": columns, "rows": rows}
    there = set()
    for source in sorted(_files(place.files)) if files else ():
        name = source.relative_to(place.files).as_posix()
        there.add(name)
        _member(archive, members, _FILES + name, _chunks(source))
    manifest = {
        "format": FORMAT,
        "innervate": version("innervate"),
        "made_at": at.isoformat(),
        "revision": revision_of(connection),
        "patients": sorted(codes),
        "simulated": sorted(code for code, simulated in codes.items() if simulated),
        "head": asdict(head_of(connection)),
        "tables": tables,
        "members": members,
        "files": files,
        "missing": sorted(name for name in named - there if files and not (place.files / name).is_dir()),
    }
    content = json.dumps(manifest, indent=1).encode()
    archive.writestr(MANIFEST, content)
    archive.comment = hashlib.sha256(content).hexdigest().encode()


def _member(
    archive: zipfile.ZipFile, members: dict[str, dict[str, Any]], name: str, parts: Iterable[bytes]
) -> None:
    whole, size = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as member:
        for part in parts:
            whole.update(part)
            size += len(part)
            member.write(part)
    members[name] = {"bytes": size, "sha256": whole.hexdigest()}


def _files(folder: Path) -> Iterator[Path]:
    """Plain files; links are not followed, for they may lead anywhere."""
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not (Path(root) / name).is_symlink()]
        for name in names:
            path = Path(root) / name
            if path.is_file() and not path.is_symlink() and not name.endswith(".new"):
                yield path


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            yield part


def read_archive(path: Path) -> Archive:
    """Read a backup whole: every member, every row's line, and its audit trail.

    Raises:
        ArchiveError: unreadable, damaged, or of a newer format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = _manifest(path, archive)
            names = [info.filename for info in archive.infolist() if info.filename != MANIFEST]
            if sorted(names) != sorted(found.members):
                raise ArchiveError(f"{path}: members are missing, or there are more than it says")
            for name in names:
                check_member(name)
                whole, size = hashlib.sha256(), 0
                with archive.open(name) as member:
                    while part := member.read(_CHUNK):
                        whole.update(part)
                        size += len(part)
                if {"bytes": size, "sha256": whole.hexdigest()} != found.members[name]:
                    raise ArchiveError(f"{path}: {name} is damaged", "use another backup")
            _check_rows(archive, found)
            faults = tuple(map(str, verify(trail_in(archive, found), found.head)))
    except FileNotFoundError:
        raise ArchiveError(f"{path}: no such backup") from None
    except _DAMAGE as error:
        raise ArchiveError(f"{path}: damaged, or no backup: {error}", "use another backup") from error
    return replace(found, faults=faults)


def check_member(name: str) -> None:
    """Refuse a member that would land somewhere else.

    Raises:
        ArchiveError: it would.
    """
    parts = name.split("/")
    if not name.startswith((_TABLES, _FILES)) or "" in parts or {".", ".."} & set(parts) or "\\" in name:
        raise ArchiveError(f"backup: member {name!r} is none of ours")


def _manifest(path: Path, archive: zipfile.ZipFile) -> Archive:
    content = archive.read(MANIFEST)
    said = json.loads(content)
    if said.get("format", 0) > FORMAT:
        raise ArchiveError(
            f"{path}: made by innervate {said.get('innervate')}, whose backups this version cannot read",
            "update innervate",
        )
    if archive.comment != hashlib.sha256(content).hexdigest().encode():
        raise ArchiveError(f"{path}: its manifest is damaged", "use another backup")
    return Archive(
        path,
        said["made_at"],
        said["revision"],
        said["patients"],
        said["simulated"],
        Head(**said["head"]),
        said["tables"],
        said["members"],
        said["missing"],
        said["files"],
    )


def lines_in(archive: zipfile.ZipFile, table: str) -> Iterator[bytes]:
    """A table's lines."""
    with archive.open(f"{_TABLES}{table}.jsonl") as member:
        for line in member:
            yield line.rstrip(b"\n")


def _check_rows(archive: zipfile.ZipFile, found: Archive) -> None:
    for name, table in found.tables.items():
        lengths = [len(dump.parse(line)) for line in lines_in(archive, name)]
        rows = len(lengths)
        if rows != table["rows"] or set(lengths) - {len(table["columns"])}:
            raise ArchiveError(f"{found.path}: table {name} has {rows} rows, or values, too many or few")


def trail_in(archive: zipfile.ZipFile, found: Archive) -> Iterator[Line]:
    """The audit trail in a backup."""
    columns = found.tables["audit_entry"]["columns"]
    for line in lines_in(archive, "audit_entry"):
        row = dict(zip(columns, dump.parse(line), strict=True))
        yield Line(**{**row, "at": _utc(row["at"])})


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")
