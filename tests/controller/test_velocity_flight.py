"""The flight log of a loop that velocities drive: what was driven is in it, and it replays to the bit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.controller import flight
from innervate.controller.settings import ShapingSettings

from .driven import velocity_model
from .test_flight import HAPPENINGS, Recorded, happen, recorded, replayed

MODEL = velocity_model()


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(1, 25)), max_size=20))
def test_whatever_happens_replays_to_the_bit(script: list[tuple[str, int]]) -> None:
    with recorded(model=MODEL) as rig:
        rig.turns(25, 60.0, 60.0)
        for what, n in script:
            happen(rig, what, n)
        found = replayed(rig.log)
    assert (found.verdict, found.comparison.first) == ("identical", None)
    assert found.comparison.commands == len(rig.port.commands)


def test_a_log_whose_beginning_is_gone_replays_from_its_first_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flight, "_LEAST_BYTES", 1 << 18)
    # A mean over time is more to remember.
    shaping = ShapingSettings(vote_s=0.05)
    made = Recorded(tmp_path, MODEL, flight_minutes=0.001, shaping=shaping)
    made.use(10)
    found = replayed(made.log)
    made.close()
    assert not found.from_start
    assert (found.verdict, found.missing) == ("identical", 0)
    assert found.comparison.turns > 50
    assert any(any(command.rate_deg_s) for command in made.port.commands[-400:])
