"""LibEMG beside us: `peer_libemg.py` in an environment of its own, on our samples."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InnervateError

PEER = Path(__file__).with_name("peer_libemg.py")
TIMEOUT_S = 300.0


def ask_libemg(
    python: Path, job: str, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, float]
) -> dict[str, Any]:
    """What `peer_libemg.py` prints.

    Args:
        python: interpreter of an environment that has LibEMG (`make peers`).
        job: "decide" or "train".
        arrays: handed over as files.
        settings: handed over as JSON.

    Raises:
        InnervateError: it did not run; says why.
    """
    with tempfile.TemporaryDirectory(prefix="innervate-peer-") as folder:
        for name, array in arrays.items():
            np.save(Path(folder, f"{name}.npy"), array)
        try:
            done = subprocess.run(
                [str(python), "-W", "ignore", str(PEER), job, json.dumps(settings)],
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
                cwd=folder,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InnervateError(f"LibEMG: {python}: {error}") from error
    said = done.stdout.strip().splitlines()
    if done.returncode or not said:
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise InnervateError(f"LibEMG: {python}: {why}")
    found: dict[str, Any] = json.loads(said[-1])
    return found
