"""A limb tells its days late, twice, and again: each day stands once, as told last."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from innervate.calibration.store.errors import NotAllowed, StoreError
from innervate.calibration.store.home import Day, keep_days
from innervate.calibration.store.outcomes import HomeDay
from innervate.calibration.store.patients import Limb
from innervate.calibration.store.rights import Person
from innervate.calibration.store.store import Store
from innervate.calibration.store.words import Role

from .conftest import CLINICIAN, WEARER, Wall

DAY = Day(date(2026, 11, 2), 4.5, 300, 7, 0, {"button": 1})
NEXT = replace(DAY, on=DAY.on + timedelta(days=1), worn_h=8.0)


def test_days_told_again_stand_once(store: Store, limb: Limb, wall: Wall) -> None:
    for told in ([DAY], [DAY, NEXT], [replace(DAY, worn_h=9.0, stops={"button": 3}), NEXT, NEXT]):
        wall.pass_s(60)
        with store.work(WEARER) as work:
            keep_days(work, limb, told)
    with store.work(CLINICIAN) as work:
        rows = sorted(work.rows(HomeDay, "p7"), key=lambda row: row.on)
    assert [(row.on, row.worn_h, row.stops, row.version) for row in rows] == [
        (DAY.on, 9.0, {"button": 3}, 2),
        (NEXT.on, 8.0, {"button": 1}, 1),
    ]


def test_what_cannot_be_or_is_anothers_is_refused_whole(store: Store, limb: Limb) -> None:
    with pytest.raises(StoreError, match="allowed: 0 to 24"), store.work(WEARER) as work:
        keep_days(work, limb, [DAY, replace(NEXT, worn_h=25.0)])
    with pytest.raises(NotAllowed), store.work(Person("x", Role.WEARER, "p8")) as work:
        keep_days(work, limb, [DAY])
    with store.work(CLINICIAN) as work:
        assert work.rows(HomeDay, "p7") == []
