"""Random faults on the virtual clock: every limb keeps the promises; one that breaks them is noticed."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from innervate.app.bench_limb_faults import show_limb_faults
from innervate.benchmarks import limb_faults
from innervate.benchmarks.limb_kinds import KINDS, LEG_KINDS, Kind
from innervate.benchmarks.limb_rows import LIMBS
from innervate.benchmarks.limb_scripts import befall, ready, run_script
from innervate.benchmarks.limb_world import World
from innervate.core.errors import InnervateError
from innervate.core.state import Reason, State
from innervate.firmware_bridge.devices import DEVICES
from rich.console import Console


def test_every_device_has_its_row() -> None:
    assert {device.name for limb in LIMBS.values() for device in limb.devices} == set(DEVICES)
    assert any(len(limb.devices) > 1 for limb in LIMBS.values())


@pytest.mark.parametrize("limb", LIMBS)
def test_a_limb_keeps_the_promises(limb: str) -> None:
    for seed in range(3):
        assert run_script(limb, seed).violations == []


@pytest.mark.parametrize("limb", ["ability-hand", "moteus-ankle"])
def test_a_script_is_the_same_each_time(limb: str) -> None:
    first, again = run_script(limb, 7), run_script(limb, 7)
    assert first == again


@pytest.mark.parametrize("limb", LIMBS)
def test_armed_and_asked_to_it_moves(limb: str) -> None:
    """Without this every promise would be kept by a limb that does nothing."""
    world = World(limb, 3)
    world.loop.start()
    before = world.truth().position_deg
    assert ready(world)
    world.run(0.3)
    assert world.state is State.ACTIVE
    assert max(abs(a - b) for a, b in zip(world.truth().position_deg, before, strict=True)) > 2.0


@pytest.mark.parametrize("limb", ["ability-hand", "moteus-ankle", "ability-hand+dynamixel"])
def test_with_the_real_loop_muscles_move_it_and_rest_holds_it(limb: str) -> None:
    world = World(limb, 3, muscles=True)
    world.loop.start()
    before = world.truth().position_deg
    assert ready(world)
    assert world.state is State.ACTIVE
    assert max(abs(a - b) for a, b in zip(world.truth().position_deg, before, strict=True)) > 2.0
    world.loop.rate_deg_s = 0.0
    world.run(0.6)
    held = world.setpoint_deg
    world.run(0.3)
    assert world.setpoint_deg == held


@pytest.mark.parametrize("name", ["weight", "walks", "load sensor silent"])
def test_a_gate_that_stays_open_is_noticed(name: str) -> None:
    """A leg's: it goes on with weight on it, or with nobody knowing."""
    world = World("moteus-ankle", 4)
    world.loop.start()
    assert ready(world)
    assert world.gait is not None
    world.gait.closed = lambda now_s: Reason.NONE  # type: ignore[method-assign]
    watch = befall(world, (LEG_KINDS[name],), 0.5, 0.1)
    assert any("weight" in what or "safe after" in what for what in watch.violations)


def _nothing(world: World) -> None:
    """A fault that nobody notices: the limb goes on."""


def test_a_limb_that_goes_on_is_noticed() -> None:
    world = World("ability-hand", 3)
    world.loop.start()
    assert ready(world)
    watch = befall(world, (Kind("unnoticed", _nothing, _nothing),), 0.5, 0.1)
    assert any("safe after" in what for what in watch.violations)
    assert any("moved" in what or "away" in what for what in watch.violations)


def test_a_hand_that_lets_go_is_noticed() -> None:
    """Its own watchdog opens it: here nothing excuses that."""
    world = World("ability-hand", 3)
    world.loop.start()
    assert ready(world)
    fault = Kind("forsaken", lambda world: setattr(world, "guard", None), _nothing)
    watch = befall(world, (fault,), 0.8, 0.1)
    assert any("away from where it held" in what for what in watch.violations)


def test_rows_have_the_form_of_the_issue() -> None:
    rows, broken = limb_faults.named_faults("moteus-ankle", times=1)
    assert broken == []
    assert {row.name for row in rows} >= {*KINDS, *LEG_KINDS, "full disk"}
    row = limb_faults.LimbRow("moteus-ankle", 0, 0, 65.0, rows, 1.0)
    found = json.loads(json.dumps(row.json()))
    assert {"limb", "scripts", "violations", "worst_safe_ms", "faults"} <= set(found)
    assert {"name", "safe_ms", "moved_deg", "max_torque_step_nm"} == set(found["faults"][0])
    console = Console(file=StringIO(), width=120)
    show_limb_faults(console, [found])
    assert "guard SIGKILL" in console.file.getvalue()  # type: ignore[attr-defined]


def test_no_such_limb() -> None:
    with pytest.raises(InnervateError, match="ability-hand"):
        limb_faults.run("third-arm")
