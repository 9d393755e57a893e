"""Where a store is: a folder of files, and a database in it or at a URL."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ...core.folders import data_folder, private_folder
from .door import need_postgres
from .errors import StoreError

STORE = "INNERVATE_STORE"
FILES = "INNERVATE_STORE_FILES"
_DATABASE = "clinic.db"


@dataclass(frozen=True, slots=True)
class Place:
    """A store's place.

    Attributes:
        folder: of files and backups; 0700.
        url: of the database.
    """

    folder: Path
    url: URL

    @property
    def is_sqlite(self) -> bool:
        """The database is a file in the folder."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def database(self) -> Path:
        """The file of an SQLite database."""
        return self.folder / _DATABASE

    @property
    def files(self) -> Path:
        """Folder of the patients' files, one folder each."""
        return self.folder / "files"

    @property
    def backups(self) -> Path:
        """Folder of backups that are made without asking where."""
        return self.folder / "backups"

    def files_of(self, patient_id: str) -> Path:
        """Folder of one patient's files; its name is the code, which `checks` keeps to plain letters."""
        return self.files / patient_id

    def __str__(self) -> str:
        return str(self.folder) if self.is_sqlite else self.url.render_as_string(hide_password=True)


def sqlite_place(folder: Path) -> Place:
    """A store in a folder."""
    folder = folder.absolute()
    return Place(folder, URL.create("sqlite+pysqlite", database=str(folder / _DATABASE)))


def place_of(where: str = "", files: Path | None = None) -> Place:
    """The store that a person means.

    Args:
        where: a folder, or a PostgreSQL URL; empty: $INNERVATE_STORE, else the data folder.
        files: of a store in PostgreSQL; None: $INNERVATE_STORE_FILES, else the data folder.

    Raises:
        StoreError: a URL that is none, or of another database.
    """
    where = where or os.environ.get(STORE, "")
    if "://" not in where:
        return sqlite_place(Path(where) if where else data_folder() / "clinic")
    try:
        url = make_url(where)
    except ArgumentError:
        raise StoreError("the store's URL cannot be read", "postgresql://USER@HOST/DATABASE") from None
    if url.get_backend_name() != "postgresql":
        raise StoreError(f"a store in {url.get_backend_name()}", "allowed: a folder, or postgresql://...")
    need_postgres()
    given = os.environ.get(FILES)
    folder = files or (Path(given) if given else data_folder() / "clinic")
    return Place(folder.absolute(), url.set(drivername="postgresql+psycopg"))


@contextmanager
def held(place: Place, *, alone: bool = False) -> Iterator[None]:
    """Keep others from putting another store in this one's place; `alone`: be the one who does.

    Raises:
        StoreError: another program has it open (alone), or is putting another in its place.
    """
    private_folder(place.folder)
    fd = os.open(place.folder / ".open", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(fd, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            why = "another program has it open" if alone else "it is being restored"
            raise StoreError(f"{place}: {why}", "end the pages that show it, or wait") from None
        yield
    finally:
        os.close(fd)
