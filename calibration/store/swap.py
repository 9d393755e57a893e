"""The last step of a restore: what is ready takes the place of what is there, which goes aside.

It is a handful of renames. A `ready` file in the folder of what is ready says that they have begun; when a
crash comes between them, whoever opens the store next finishes them.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from sqlalchemy import select

from ...core.folders import private_folder
from ...core.settings import write_private
from .access import AuditEntry
from .audit import Head
from .database import engine_for, said_plainly
from .errors import StoreError
from .place import Place, held
from .tables import table_of
from .upgrade import revision_of

RESTORING, ASIDE = "restoring-", "aside-"
_READY = "ready"


def say_ready(building: Path, aside: Path, head: Head) -> None:
    """From here on a crash is finished, not forgotten. `head`: of the trail that the new database has."""
    write_private(building / _READY, json.dumps({"aside": aside.name, "head": head.hash}).encode())
    sync(building)


def swap(place: Place, building: Path) -> None:
    """Do the renames that are not done yet."""
    aside = place.folder / json.loads((building / _READY).read_text())["aside"]
    name = place.database.name
    for new, olds in ((name, (name, f"{name}-wal", f"{name}-shm")), ("files", ("files",))):
        if not (building / new).exists():
            continue
        for old in olds:
            if (place.folder / old).exists():
                (place.folder / old).rename(private_folder(aside) / old)
        (building / new).rename(place.folder / new)
        sync(place.folder)
    shutil.rmtree(building)


def finish_cut_restore(place: Place) -> None:
    """Finish what a crash left half done; in PostgreSQL only where the new tables were committed.

    Raises:
        StoreError: another program has the store open, or restores just now.
    """
    for marker in sorted(place.folder.glob(f"{RESTORING}*/{_READY}")):
        with held(place, alone=True), said_plainly(place):
            if not marker.is_file():
                continue
            if place.is_sqlite or _has(place, json.loads(marker.read_text())["head"]):
                swap(place, marker.parent)
            else:
                shutil.rmtree(marker.parent)


def sweep(place: Place) -> None:
    """Remove what restores that were never ready left; only while nobody else is in the store."""
    for building in place.folder.glob(f"{RESTORING}*"):
        if not (building / _READY).exists():
            shutil.rmtree(building)


def _has(place: Place, digest: str) -> bool:
    entries = table_of(AuditEntry)
    engine = engine_for(place)
    try:
        with engine.connect() as connection:
            if revision_of(connection) is None:
                return False
            found = connection.execute(select(entries.c.seq).where(entries.c.hash == digest)).first()
            return found is not None
    finally:
        engine.dispose()


def sync(folder: Path) -> None:
    """Wait until the folder's names are on the disk.

    Raises:
        StoreError: the disk does not take them.
    """
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}") from error
    finally:
        os.close(fd)
