"""What every room's tests share: the founders' recordings, a private LSL, and how workers share the work."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from innervate.core.folders import runtime_root
from innervate.drivers.lsl.config import machine_only

# Our matrices are small: threads of BLAS would wait for each other, the longer the busier the machine is.
# numpy reads this when it is imported: nothing above does.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Rings and sockets of running limbs belong into memory: see `runtime_root`.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(runtime_root()))

# No stream of another program, or of another worker's tests. liblsl reads this once, when it is first used.
_LSL = Path(tempfile.mkdtemp(prefix="innervate-lsl-"))
atexit.register(shutil.rmtree, _LSL, ignore_errors=True)
os.environ.update(machine_only(_LSL, f"test-{os.getpid()}"))

# How long an example takes says how busy the machine is; what must be fast has a test that says so.
# Twenty-five examples a property by day, a hundred by night (make test-all); a test may say its own number.
settings.register_profile("innervate", deadline=None, max_examples=25)
settings.register_profile("nightly", deadline=None)
# The same few examples every time, and the first that fails is enough: docs/mutants.py.
settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    max_examples=15,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("innervate")

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """See `WholeFiles`; without `-n` nobody asks."""
    from .sharing import WholeFiles

    return WholeFiles(config, log)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The founders' ../shared folder; tests that need it skip without it."""
    folder = Path(os.environ.get("INNERVATE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("needs the founders' recordings (../shared/data); set INNERVATE_SHARED to their folder")
    return folder
