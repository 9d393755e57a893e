"""The guard's bench, for both limbs."""

from __future__ import annotations

import pytest

from .guard_bench import Bench
from .made import ABILITY_HAND, MOTEUS_ANKLE


@pytest.fixture(params=[ABILITY_HAND, MOTEUS_ANKLE], ids=lambda model: model.device)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)
