"""Models of a limb: what each was trained on, which is in use, and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from innervate.calibration.store.errors import Conflict, NotAllowed, StoreError
from innervate.calibration.store.model_versions import (
    Difference,
    add_model,
    bundle_of,
    compare,
    export_bundle,
    go_back,
    use,
)
from innervate.calibration.store.patients import Limb
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store
from innervate.calibration.store.visits import ModelVersion
from innervate.calibration.store.words import Role

from .conftest import CLINICIAN, WEARER, Wall


def model(store: Store, limb: Limb, tmp_path: Path, number: int, who: Person = CLINICIAN) -> ModelVersion:
    bundle = tmp_path / f"{number}.imb"
    bundle.write_bytes(b"bundle %d" % number)
    return add_model(
        store,
        who,
        limb,
        bundle,
        trained_on=[f"r{number}", "r0"],
        metrics={"active_recall": 0.5 + number / 4, "same": 1},
        movements={"power": True, "key": number > 1},
    )


def in_use(store: Store) -> list[int]:
    with store.work(CLINICIAN) as work:
        return [row.number for row in work.rows(ModelVersion, "p7") if row.current]


def test_one_model_is_in_use_and_each_step_back_goes_one_further(
    store: Store, limb: Limb, tmp_path: Path, wall: Wall
) -> None:
    for number in (1, 2, 3):
        wall.pass_s(60)
        row = model(store, limb, tmp_path, number)
        assert (row.number, row.current) == (number, False)
        with store.work(CLINICIAN) as work:
            use(store, work, row.id, row.version)
        assert in_use(store) == [number]
    with store.work(CLINICIAN) as work:
        rows = {row.number: row for row in work.rows(ModelVersion, "p7")}
    assert [rows[number].parent_id for number in (1, 2, 3)] == [None, rows[1].id, rows[2].id]
    for expected in (2, 1):
        with store.work(WEARER) as work:
            assert go_back(store, work, limb).number == expected
        assert in_use(store) == [expected]
    with pytest.raises(StoreError, match="no model was in use before"), store.work(WEARER) as work:
        go_back(store, work, limb)
    with pytest.raises(Conflict), store.work(CLINICIAN) as work:
        use(store, work, rows[3].id, 1)
    assert in_use(store) == [1]


def test_a_bundle_that_is_not_the_one_kept_is_never_put_in_use(
    store: Store, limb: Limb, tmp_path: Path
) -> None:
    row = model(store, limb, tmp_path, 1)
    path = bundle_of(store, row)
    assert export_bundle(store, row, tmp_path / "for-the-limb.imb").read_bytes() == b"bundle 1"
    path.write_bytes(b"another")
    with pytest.raises(StoreError, match="not the bundle that was kept"), store.work(CLINICIAN) as work:
        use(store, work, row.id, row.version)
    path.unlink()
    with pytest.raises(StoreError, match="No such file"), store.work(CLINICIAN) as work:
        use(store, work, row.id, row.version)
    assert in_use(store) == []


def test_two_models_are_compared(store: Store, limb: Limb, tmp_path: Path) -> None:
    first, second = (model(store, limb, tmp_path, number) for number in (1, 2))
    assert compare(first, second) == [
        Difference("metrics.active_recall", 0.75, 1.0),
        Difference("movements.key", False, True),
        Difference("trained only on", ["r1"], ["r2"]),
    ]
    assert compare(first, first) == []


def test_a_wearer_adds_and_takes_back_but_sees_no_figures(store: Store, limb: Limb, tmp_path: Path) -> None:
    row = model(store, limb, tmp_path, 1, WEARER)
    with store.work(WEARER) as work:
        use(store, work, row.id, row.version)
    with pytest.raises(NotAllowed), store.work(WEARER) as work:
        work.rows(ModelVersion, "p7")
    stranger = Person("x", Role.WEARER, "p8")
    with pytest.raises(NotAllowed):
        model(store, limb, tmp_path, 2, stranger)
    with pytest.raises(NotAllowed), store.work(stranger) as work:
        use(store, work, row.id, row.version)
