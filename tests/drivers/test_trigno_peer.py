"""LibEMG's Trigno client against our virtual base: the same START, the same floats."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from innervate.sim.trigno import STEP_UV

from .wirebench import on_the_bench

PYTHON = Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"
ROWS = 600

pytestmark = pytest.mark.slow


def test_libemg_reads_our_base(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("needs LibEMG in .venv-peers: make peers")
    with on_the_bench(
        tmp_path,
        device="trigno",
        pattern_channels=16,
        pattern_lsb=STEP_UV,
        pattern_most=2**20 - 1,
        rate_hz=2000.0,
    ) as base:
        ports = [str(base.facts["options"][name]) for name in ("command_port", "emg_port", "aux_port")]
        command = [str(PYTHON), str(Path(__file__).with_name("peer_trigno.py")), *ports, str(ROWS)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr
        expected = base.expected(0, ROWS)
    volts = np.frombuffer(bytes.fromhex("".join(json.loads(ran.stdout.splitlines()[-1])["rows"])), "<f4")
    np.testing.assert_array_equal(
        (volts.astype(np.float64) * 1e6).astype(np.float32).reshape(-1, 16), expected
    )
