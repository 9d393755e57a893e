"""An open store: a database that is up to date, and the patients' files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from ...core.folders import private_folder
from . import audit
from .archive import Archive, write_archive
from .audit import Deed, Fault, Head
from .database import Wall, engine_for, said_plainly, snapshot, utc_now
from .errors import NotAllowed, StoreError
from .place import Place, held
from .rights import Person, Verb, demand
from .swap import finish_cut_restore
from .upgrade import upgrade
from .work import Work


class Store:
    """Use `open_store`.

    Attributes:
        place: where it is.
        engine: of its database.
        now: the wall's time.
        kept: backup that was made before an upgrade, when there was one.
    """

    def __init__(self, place: Place, engine: Engine, now: Wall, kept: Path | None) -> None:
        self.place, self.engine, self.now, self.kept = place, engine, now, kept

    @contextmanager
    def work(self, who: Person) -> Iterator[Work]:
        """One piece of work: committed when the block ends, with its lines in the audit trail; nothing of it
        when an error leaves the block. A wish that was refused is noted all the same.

        Raises:
            StoreError: the database cannot be reached, or refuses.
        """
        with said_plainly(self.place):
            try:
                with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
                    work = Work(session, who, self.now)
                    yield work
                    work.finish()
                    session.commit()
            except NotAllowed as error:
                self.note(who, Deed("refused", error.patient, fields=error.what))
                raise

    def note(self, who: Person, *deeds: Deed) -> None:
        """Lines of their own in the audit trail."""
        with said_plainly(self.place), self.engine.begin() as connection:
            audit.append(connection, self.now(), who, deeds)

    def verify_trail(self, who: Person, anchor: Head | None = None) -> tuple[Head, list[Fault]]:
        """The trail's head before this look at it, and what is wrong with it; the look is noted.

        Raises:
            NotAllowed: not a clinician.
        """
        demand(who, Verb.AUDIT)
        with said_plainly(self.place), snapshot(self.engine) as connection:
            head = audit.head_of(connection)
            faults = audit.verify(audit.lines(connection), head, anchor)
        self.note(
            who, Deed("audit", what="audit_entry", row=f"{head.seq} rows", fields=f"{len(faults)} faults")
        )
        return head, faults


@contextmanager
def open_store(place: Place, now: Wall = utc_now) -> Iterator[Store]:
    """Open, and bring to this version's tables; a backup is made before that.

    Raises:
        StoreError: it cannot be reached, is newer than this version, or is being restored.
    """
    with ExitStack() as stack:
        finish_cut_restore(place)
        stack.enter_context(held(place))
        private_folder(place.files)
        with said_plainly(place):
            engine = engine_for(place)
            stack.callback(engine.dispose)

            def keep(connection: Connection) -> Path:
                private_folder(place.backups)
                name = place.backups / f"before-upgrade-{now():%Y%m%dT%H%M%S%f}.zip"
                return write_archive(connection, place, name, now(), files=False).path

            kept = upgrade(engine, str(place), keep)
        yield Store(place, engine, now, kept)


def back_up(store: Store, who: Person, path: Path) -> Archive:
    """Write a backup of this moment, read it back, and note it.

    Raises:
        NotAllowed: not a clinician.
        ArchiveError: it cannot be written, is there already, or does not read back.
    """
    demand(who, Verb.BACKUP)
    store.note(who, Deed("backup", what="store", row=path.name[:120]))
    with said_plainly(store.place), snapshot(store.engine) as connection:
        return write_archive(connection, store.place, path, store.now())


def refuse_missing(place: Place) -> None:
    """For verbs that must not make an empty store by a mistyped path.

    Raises:
        StoreError: there is no store.
    """
    if place.is_sqlite and not place.database.is_file():
        raise StoreError(f"{place}: no store here", "innervate clinic init")
