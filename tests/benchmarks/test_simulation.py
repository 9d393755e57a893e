"""The speed of the simulation: its keys, and that every figure is one."""

from __future__ import annotations

import json
from io import StringIO

from innervate.benchmarks import simulation
from rich.console import Console


def test_the_four_figures_and_their_targets() -> None:
    found = json.loads(json.dumps(simulation.run(passes=1, trials=1), allow_nan=False))
    names = (
        *("patient_8ch_x_realtime", "patient_64ch_x_realtime"),
        *("tac_x_realtime", "tac_physics_x_realtime"),
    )
    assert tuple(found["targets"]) == names
    for name in names:
        # A hundredth of what is aimed at: this only catches a mistake of kind, on any machine.
        assert found[name] is None or found[name] > found["targets"][name] / 100
    out = StringIO()
    simulation.show(Console(file=out, width=100), {**found, "tac_physics_x_realtime": None})
    assert "MuJoCo is not installed" in out.getvalue()
    assert "200" in out.getvalue()
