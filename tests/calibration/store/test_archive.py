"""A backup file: any byte that changed is found; a forged or newer one is refused, and nothing is touched."""

from __future__ import annotations

import json
import shutil
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innervate.calibration.store.archive import read_archive
from innervate.calibration.store.errors import ArchiveError
from innervate.calibration.store.patients import Patient
from innervate.calibration.store.place import sqlite_place
from innervate.calibration.store.restore import restore
from innervate.calibration.store.store import back_up, open_store

from .conftest import CLINICIAN, Wall
from .rows import everything

SAMPLES = bytes(range(256)) * 40


def rewrite(
    source: Path, target: Path, changes: dict[str, Any], manifest: dict[str, Any] | None = None
) -> None:
    """A backup as somebody who knows the format would forge it: all sums right."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        said = json.loads(old.read("manifest.json"))
        for name in old.namelist():
            if name == "manifest.json":
                continue
            content = changes.get(name, lambda same: same)(old.read(name))
            said["members"][name] = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
            new.writestr(name, content)
        for name, content in changes.items():
            if name not in old.namelist():
                new.writestr(name, content(b""))
                said["members"][name] = {"bytes": 0, "sha256": sha256(b"").hexdigest()}
        whole = json.dumps({**said, **(manifest or {})}).encode()
        new.writestr("manifest.json", whole)
        new.comment = sha256(whole).hexdigest().encode()


@pytest.fixture(scope="module")
def one_backup(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one")
    place = sqlite_place(folder / "store")
    place.folder.mkdir(mode=0o700)
    shutil.copyfile(sqlite_template, place.database)
    with open_store(place, Wall()) as store:
        with store.work(CLINICIAN) as work:
            work.create(Patient(id="p7", name="Zebedee"))
        everything(store, CLINICIAN, "p7")
        store.place.files_of("p7").mkdir()
        (store.place.files_of("p7") / "x.bdf").write_bytes(SAMPLES)
        return back_up(store, CLINICIAN, folder / "kept.zip").path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_any_byte_that_changed_is_found(one_backup: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Flipped, cut off or torn out: refused, or (in a zip's unused fields) read as exactly what it was."""
    whole = one_backup.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "tear"]))
    flipped = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes({"flip": flipped, "cut": whole[:at], "tear": whole[:at] + whole[at + 9 :]}[how])
    good = read_archive(one_backup)
    try:
        found = read_archive(damaged)
    except ArchiveError:
        return
    assert how == "flip"
    assert (found.members, found.tables, found.head) == (good.members, good.tables, good.head)


def test_a_damaged_or_newer_backup_is_refused_before_anything_is_touched(
    one_backup: Path, tmp_path: Path, wall: Wall
) -> None:
    target = sqlite_place(tmp_path / "other")
    changed: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({}, {"format": 2}, "cannot read.*update innervate"),
        ({}, {"revision": "r9999"}, "r9999.*update innervate"),
        ({"files/../../evil": lambda old: old}, {}, "none of ours"),
        ({"files//evil": lambda old: old}, {}, "none of ours"),
        ({"elsewhere/evil": lambda old: old}, {}, "none of ours"),
        ({"tables/limb.jsonl": lambda old: old + b'["one more"]\n'}, {}, "limb has"),
        ({"tables/limb.jsonl": lambda old: b"garbage\n"}, {}, "no row"),
    ]
    for changes, manifest, says in changed:
        forged = tmp_path / "forged.zip"
        rewrite(one_backup, forged, changes, manifest)
        with pytest.raises(ArchiveError, match=says):
            restore(forged, target, CLINICIAN, wall())
    for path in (tmp_path / "no.zip", Path(__file__)):
        with pytest.raises(ArchiveError):
            restore(path, target, CLINICIAN, wall())
    assert not target.folder.exists()


def test_a_member_that_was_exchanged_is_found_by_its_sum(one_backup: Path, tmp_path: Path) -> None:
    """The zip's own checks are right: only the manifest knows better."""
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(one_backup) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[::-1] if name.endswith("x.bdf") else content)
        new.comment = old.comment
    with pytest.raises(ArchiveError, match=r"files/p7/x\.bdf is damaged"):
        read_archive(other)
