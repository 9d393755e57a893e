"""LibEMG's Myo host (pyomyo) against our virtual dongle: the same start-up, the same numbers."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from .wirebench import on_the_bench

PYTHON = Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"
ROWS = 400

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mode", ["RAW", "FILTERED"])
def test_libemg_reads_our_armband(tmp_path: Path, mode: str) -> None:
    if not PYTHON.exists():
        pytest.skip("needs LibEMG in .venv-peers: make peers")
    with on_the_bench(tmp_path, device="myo", pattern_channels=8, pattern_most=127) as armband:
        command = [
            str(PYTHON),
            str(Path(__file__).with_name("peer_myo.py")),
            str(armband.facts["port"]),
            mode,
            str(ROWS),
        ]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr
        expected = armband.expected(0, ROWS + 60)
    said = json.loads(ran.stdout.splitlines()[-1])
    assert "firmware version: 1.5.1970.2" in ran.stdout
    # What comes while it disconnects it hands out twice (`send_command` and `recv_packet` both do).
    rows = np.array(said["rows"][:ROWS])
    # It begins to listen only after its start-up: notifications that came before are not kept.
    missed = int(np.flatnonzero((expected[:40] == rows[0]).all(axis=1))[0])
    np.testing.assert_array_equal(rows, expected[missed : missed + ROWS])
    assert said["motion"] == [16384, 0, 0, 0, 41, -20, 2046, 16, 0, -32]
