"""The repository root is the package: every folder with code must be listed, or the wheel lacks it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NOT_PACKAGES = {"tests", "docs", "requirements", "build", "dist"}


def folders_with_code() -> set[str]:
    inits = [path.parent.relative_to(ROOT) for path in ROOT.glob("**/__init__.py")]
    ours = [
        p for p in inits if not p.parts or (p.parts[0] not in NOT_PACKAGES and not p.parts[0].startswith("."))
    ]
    return {".".join(("innervate", *p.parts)) for p in ours}


def test_every_package_is_listed_for_the_wheel() -> None:
    assert sorted(folders_with_code()) == sorted(PROJECT["tool"]["setuptools"]["packages"])


def test_every_room_says_what_it_is() -> None:
    silent = [
        name
        for name in folders_with_code()
        if not (ROOT / Path(*name.split(".")[1:]) / "__init__.py").read_text().strip().startswith('"""')
        and name != "innervate"
    ]
    assert silent == []


def test_the_package_root_stays_empty_and_typed() -> None:
    assert (ROOT / "__init__.py").read_text() == ""
    assert (ROOT / "py.typed").exists()


def test_required_rooms_exist() -> None:
    for room in ("controller", "drivers", "models", "calibration", "firmware_bridge", "sim", "tests"):
        assert (ROOT / room).is_dir()


def test_the_loop_process_imports_neither_scipy_nor_scikit_learn_nor_web_code() -> None:
    program = (
        "import sys\n"
        "import innervate.controller.__main__, innervate.controller.loop, innervate.controller.telemetry\n"
        "import innervate.drivers.table, innervate.drivers.lsl.source, innervate.drivers.cyton.device\n"
        "import innervate.firmware_bridge.port, innervate.models.bundle, innervate.models.runtime\n"
        "heavy = {'scipy', 'sklearn', 'pandas', 'matplotlib', 'nicegui', 'typer', 'onnxruntime'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_locks_are_hashed_and_name_no_registry() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        requirements = [
            line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")
        ]
        assert len(requirements) > 20
        assert text.count("--hash=sha256:") >= len(requirements)
        assert "://" not in text
