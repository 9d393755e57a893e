"""The figures of docs/virtual-limb.md can be made again."""

from __future__ import annotations

import json

import pytest
from innervate.benchmarks import physics

pytest.importorskip("mujoco")


def test_says_a_speed_for_each_limb(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(physics, "_STEPS", 20)
    monkeypatch.setattr("sys.argv", ["physics", "--json"])
    physics.main()
    found = json.loads(capsys.readouterr().out)
    assert set(found) == set(physics.plants())
    assert all(times > 1 for times in found.values())


def test_knows_which_ways_are_blocked() -> None:
    """Over the open hand all arrive; from a tripod straight into a fist the thumb is in the way."""
    missing = {(one, other): left for one, other, left in physics.ways()}
    assert len(missing) == 30
    assert max(left for ends, left in missing.items() if "open" in ends) < 2.0
    assert missing["tripod", "power"] > 8.0
