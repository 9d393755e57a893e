"""A store on each engine: SQLite in a folder, and a PostgreSQL that these tests start for themselves."""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from innervate.calibration.store.patients import Limb, Patient
from innervate.calibration.store.place import Place, place_of, sqlite_place
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store, open_store
from innervate.calibration.store.words import Role
from innervate.core.clock import sleep

CLINICIAN = Person("ann", Role.CLINICIAN, address="10.0.0.1")
OTHER = Person("ben", Role.CLINICIAN)
WEARER = Person("wim", Role.WEARER, "p7")
DEVELOPER = Person("dev", Role.DEVELOPER)
_PREFIX = "innervate-pg-"
_NUMBERS = itertools.count()


class Wall:
    """The wall's clock, moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def _programs() -> Path | None:
    """Folder of PostgreSQL's own programs, the newest."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = Path(on_path).resolve() if on_path else (debian[-1] if debian else None)
    return found.parent if found else None


def _somebody() -> str | None:
    """PostgreSQL refuses to be run by root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


def _roomy_memory() -> str | None:
    """In memory a hundred small databases come and go in no time; a container may have too little of it."""
    memory = "/dev/shm"
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1 << 29
    return memory if roomy else None


def _sweep(home: Path) -> None:
    """Folders of tests that were killed; their servers died with them."""
    for left in home.glob(f"{_PREFIX}*-*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)


def _die_with_us() -> None:
    """Ask Linux to stop the server when these tests are killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str) -> None:
    import psycopg

    for _ in range(600):
        assert server.poll() is None, "PostgreSQL did not start"
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            sleep(0.1)
    raise AssertionError("PostgreSQL does not answer")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a server with nothing in it; only its socket's folder leads to it."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs PostgreSQL's initdb (apt-get install postgresql); SQLite is tested all the same")
    user = _somebody()
    # Not under tmp_path: a socket's path is short, and this user may enter the folder.
    memory = _roomy_memory()
    _sweep(Path(memory or tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=memory))
    server: subprocess.Popen[bytes] | None = None
    data = folder / "data"
    if user:
        shutil.chown(folder, user)
    run = {"user": user, "cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
    try:
        subprocess.run(
            [
                programs / "initdb",
                "-D",
                data,
                "-U",
                "innervate",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "-N",
                "--wal-segsize=1",
            ],
            check=True,
            capture_output=True,
            **run,
        )
        settings = ("listen_addresses=", "fsync=off", "max_wal_size=8MB", f"unix_socket_directories={folder}")
        options = [word for setting in settings for word in ("-c", setting)]
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_us,
            **run,
        )
        _wait_until_it_answers(server, f"postgresql://innervate@/postgres?host={folder}")
        yield f"postgresql://innervate@/postgres?host={folder}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def empty_database(server: str, template: str = "template1") -> str:
    """URL of a new database."""
    import psycopg

    name = f"store{os.getpid()}x{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.replace("/postgres?", f"/{name}?")


def drop_database(server: str, url: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name_of(url)} WITH (FORCE)")


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def postgres_template(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = empty_database(postgres)
    with open_store(place_of(url, tmp_path_factory.mktemp("template"))):
        pass
    return name_of(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = sqlite_place(tmp_path_factory.mktemp("template"))
    with open_store(place):
        pass
    return place.database


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def bare(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A place without a store."""
    if engine_name == "sqlite":
        yield sqlite_place(tmp_path / "store")
        return
    server = request.getfixturevalue("postgres")
    url = empty_database(server)
    yield place_of(url, tmp_path / "store")
    drop_database(server, url)


@pytest.fixture
def place(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A place with an empty store, copied from one that was made once."""
    if engine_name == "sqlite":
        found = sqlite_place(tmp_path / "store")
        found.folder.mkdir(mode=0o700)
        shutil.copyfile(request.getfixturevalue("sqlite_template"), found.database)
        yield found
        return
    server = request.getfixturevalue("postgres")
    url = empty_database(server, request.getfixturevalue("postgres_template"))
    yield place_of(url, tmp_path / "store")
    drop_database(server, url)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def store(place: Place, wall: Wall) -> Iterator[Store]:
    """An open store without a patient."""
    with open_store(place, wall) as opened:
        yield opened


@pytest.fixture
def limb(store: Store) -> Limb:
    """Patient p7 (a name that is looked for later), a leg; and p8, and s1 who is simulated."""
    with store.work(CLINICIAN) as work:
        for code, simulated in (("p7", False), ("p8", False), ("s1", True)):
            work.create(Patient(id=code, name=f"Zebedee {code}", simulated=simulated))
        return work.add(Limb(patient_id="p7", level="transtibial", side="left"))
