"""The wheel, built from another folder's name, has everything and works where the repository is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the tracked files, copied to a folder that is not called as the repository is."""
    pytest.importorskip("build", reason="needs the dev extra")
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "another-name"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(copy)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_has_every_package_and_the_pages_files(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    packages = [Path(*name.split(".")) for name in PROJECT["tool"]["setuptools"]["packages"]]
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    files = [Path(name) for name in tracked.decode().split("\0") if name]
    for package in packages:
        room = Path(*package.parts[1:])
        wanted = {
            str(package / file.name) for file in files if file.parent == room and file.suffix == ".py"
        } - {"innervate/conftest.py"}
        assert wanted <= inside, sorted(wanted - inside)
    static = {f"innervate/{file}" for file in files if file.parts[:3] == ("app", "page", "static")}
    assert static
    assert static <= inside
    assert "innervate/py.typed" in inside
    assert not [name for name in inside if name.startswith(("innervate/tests", "tests/", "docs/"))]


def test_the_wheel_works_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """The dependencies are lent from this environment by path, so that no network is needed."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    installed = home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    with zipfile.ZipFile(wheel) as content:
        content.extractall(installed)
    # As a plain path: a .pth of this environment that points at the repository is not followed.
    (installed / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    program = (
        "import innervate.app.cli, innervate.controller.__main__, innervate.firmware_bridge.guard;"
        "print(innervate.app.cli.__file__)"
    )
    python = home / "bin" / "python"
    done = subprocess.run(
        [str(python), "-c", program], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed)
    said = subprocess.run(
        [str(python), "-m", "innervate.app", "bench", "nonsense"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    assert (said.returncode, said.stderr.count("\n")) == (2, 1), said.stderr
