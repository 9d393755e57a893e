"""LibEMG's streamer against the same virtual device, for as long."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.child import Child
from ..core.settings import write_settings
from ..drivers.otb.muovi import PORT
from .wires import BenchWire

PEERS = ("myo", "trigno", "muovi", "muovi-plus")
"""Devices that it has a streamer for and that can be stood in for."""
_SCRIPT = Path(__file__).with_name("peer_streamers.py")
_SPARE_S = 40.0


def beside_libemg(
    wire: BenchWire, python: Path, seconds: float, folder: Path, ours_percent: float
) -> dict[str, Any]:
    """cpu_percent, received, expected, seconds and times_ours; `error` where it does not run."""
    settings = wire.amplifier(folder)
    if wire.name.startswith("muovi"):
        settings = replace(settings, tcp_port=PORT)  # it listens there and nowhere else
    write_settings(folder / "peer_amplifier.json", settings)
    with Child("innervate.sim.amplifier", str(folder / "peer_amplifier.json"), leashed=True) as amplifier:
        facts = amplifier.wait_ready(20.0)
        options = facts.get("options")
        ports = options if isinstance(options, dict) else {}
        where = [str(facts["port"])] if wire.name == "myo" else [str(port) for port in ports.values()]
        try:
            ran = subprocess.run(
                [str(python), str(_SCRIPT), wire.name, str(seconds), *where],
                capture_output=True,
                text=True,
                timeout=seconds + _SPARE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return {"error": str(error).splitlines()[0]}
    lines = [line for line in ran.stdout.splitlines() if line.startswith('{"')]
    if not lines:
        said = (ran.stderr.strip() or ran.stdout.strip() or "no report").splitlines()
        return {"error": "; ".join(said[-2:])}
    found: dict[str, Any] = json.loads(lines[-1])
    found["expected"] = round(found["seconds"] * wire.rate_hz)
    found["times_ours"] = round(found["cpu_percent"] / ours_percent, 1) if ours_percent else None
    return found
