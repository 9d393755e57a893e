"""Presets: five levels, their sites as data, movements that limbs know, and people who differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from innervate.app.closed.limbs import LEVELS, moves_of, worn_at
from innervate.core.errors import ProfileError
from innervate.core.movements import canonical
from innervate.sim.anatomy import ANKLE, BODIES, HAND, PRESETS
from innervate.sim.body import NATIVE, REINNERVATED, Body
from innervate.sim.montage import CHANNELS, rings
from innervate.sim.patient import Patient
from innervate.sim.person import individual

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "simulated-patient.md").read_text().splitlines()
EACH = pytest.mark.parametrize("body", PRESETS.values(), ids=lambda body: body.level)


def test_there_is_a_patient_for_every_limb() -> None:
    assert set(PRESETS) == set(LEVELS)
    assert BODIES["hand"] is HAND is PRESETS["transradial"]
    assert BODIES["ankle"] is ANKLE is PRESETS["transtibial"]


@EACH
def test_movements_fit_the_muscles_and_the_limb(body: Body) -> None:
    assert next(iter(body.movements)) == "rest"
    for name, shares in body.movements.items():
        assert canonical(name) == name
        assert len(shares) == len(body.muscles)
        assert all(0 <= share <= 1 for share in shares)
        assert max(shares) >= 0.5 or name == "rest"
    parts, _ = worn_at(body.level)
    assert set(moves_of(parts, tuple(body.movements))) == set(body.movements) - {"rest"}


@pytest.mark.parametrize(
    ("level", "movements"),
    [
        ("transradial", "open power pinch key tripod point"),
        ("transhumeral", "open power pinch key"),
        ("shoulder", "open power pinch key"),
        ("transtibial", "dorsiflexion plantarflexion inversion eversion"),
        ("transfemoral", "dorsiflexion plantarflexion inversion eversion"),
    ],
)
def test_each_level_makes_what_it_lost(level: str, movements: str) -> None:
    made = set(PRESETS[level].movements)
    assert set(movements.split()) <= made
    if level in ("transradial", "transhumeral", "shoulder"):
        assert {"wrist flexion", "wrist extension", "pronation", "supination"} <= made
    if level in ("transhumeral", "shoulder"):
        assert {"elbow flexion", "elbow extension"} <= made
    if level == "transfemoral":
        assert {"knee flexion", "knee extension"} <= made


@EACH
def test_every_transfer_says_nerve_target_meaning_and_how_sure_that_is(body: Body) -> None:
    assert {m.innervation for m in body.muscles} == {NATIVE, REINNERVATED}
    assert len({m.name for m in body.muscles}) == len(body.muscles)
    for muscle in body.muscles:
        transferred = muscle.innervation == REINNERVATED
        assert bool(muscle.nerve) == bool(muscle.target) == transferred
        assert muscle.basis in (("S", "M", "I") if transferred else ("",))
        if transferred and not muscle.sensory:
            assert canonical(muscle.intended) == muscle.intended
            shares = [
                move[body.muscles.index(muscle)] for name, move in body.movements.items() if name != "rest"
            ]
            assert max(shares) >= 0.3


@EACH
def test_the_page_lists_the_transfers(body: Body) -> None:
    for muscle in body.muscles:
        if muscle.innervation == REINNERVATED:
            row = f"| {body.level} | {muscle.nerve} -> {muscle.target} |"
            means = f"| {muscle.intended or 'nothing'} | {muscle.basis} |"
            assert any(line.startswith(row) and line.endswith(means) for line in PAGE)


def test_reinnervated_hamstrings_drive_the_ankle_and_not_the_knee() -> None:
    body = PRESETS["transfemoral"]
    for index, muscle in enumerate(body.muscles):
        if muscle.innervation == REINNERVATED:
            ankle = max(
                body.movements[name][index]
                for name in ("dorsiflexion", "plantarflexion", "inversion", "eversion")
            )
            knee = max(body.movements[name][index] for name in ("knee flexion", "knee extension"))
            assert ankle > 3 * knee


def test_sensory_transfers_give_no_signal() -> None:
    body = PRESETS["transtibial"]
    silent = [n for n, muscle in enumerate(body.muscles) if muscle.sensory]
    assert {body.muscles[n].nerve for n in silent} == {"sural", "saphenous"}
    patient = Patient(body, seed=1)
    only = np.zeros(len(body.muscles))
    only[silent] = 1.0
    assert patient.step(2000, only).std(axis=0).max() < 5.0
    assert not any(len(block.units) for block in patient.blocks)


@EACH
def test_people_differ_and_one_person_stays_the_same(body: Body) -> None:
    people = [individual(body, seed) for seed in range(30)]
    assert individual(body, 3) == people[3]
    assert individual(people[3], 8) is people[3]
    fat = np.array([person.fat_mm for person in people])
    assert 0.2 < fat.std() / body.fat_mm < 0.55
    assert (fat > 0.2 * body.fat_mm).all()
    likeness = []
    for person in people:
        moves = np.array([shares for name, shares in person.movements.items() if name != "rest"])
        unit = moves / np.linalg.norm(moves, axis=1, keepdims=True)
        likeness.append(float((unit @ unit.T)[np.triu_indices(len(unit), 1)].mean()))
    assert max(likeness) > min(likeness) + 0.08
    for person in people:
        for name, shares in person.movements.items():
            assert all(0 <= share <= 1 for share in shares)
            assert name in body.movements


@pytest.mark.parametrize("channels", CHANNELS)
def test_any_number_of_pairs_whatever_the_muscles(channels: int) -> None:
    body = HAND.with_montage(rings(channels, spacing_mm=10.0))
    patient = Patient(body, seed=2)
    assert patient.step(100, np.array(patient.body.movements["power"])).shape == (100, channels)
    assert patient.channels == tuple(f"ch{n}" for n in range(1, channels + 1))
    assert len({(pair.at_deg, pair.along_mm) for pair in body.montage.pairs}) == channels


def test_another_number_is_refused() -> None:
    with pytest.raises(ProfileError, match="montage of 12 channels; allowed: 8, 16, 32, 64"):
        rings(12)
