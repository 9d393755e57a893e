"""What every room's tests share: the founders' recordings, and a private LSL."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from innervate.core.folders import runtime_root

# Rings and sockets of running limbs belong into memory: see `runtime_root`.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(runtime_root()))

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The founders' ../shared folder; tests that need it skip without it."""
    folder = Path(os.environ.get("INNERVATE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("needs the founders' recordings (../shared/data); set INNERVATE_SHARED to their folder")
    return folder
