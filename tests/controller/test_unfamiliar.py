"""Signals that look like none that were trained: the limb holds while they last, and goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.core.state import Reason
from innervate.models.familiar import Familiar
from innervate.models.model import Model
from innervate.models.templates import TemplateDecoder

from .test_loop import Bench, loudness_model, pipeline_feature_names

LIMIT = 2.5
POWER, KNOCK = (5.0, 100.0), (600.0, 900.0)


def knowing_model() -> Model:
    """As `loudness_model`, and it knows how loud each class was, to a tenth of the loudest."""
    model = loudness_model()
    names = pipeline_feature_names(model.settings)
    mav = [i for i, name in enumerate(names) if "mav" in name.lower()]
    centres = np.zeros((1, 3, len(names)))
    centres[0][:, mav] = [[4.0, 4.0], [75.0, 4.0], [4.0, 75.0]]
    weights = np.zeros(len(names))
    weights[mav] = 0.1 / 2.0
    familiar = Familiar(centres, weights, np.zeros((0, len(names))))
    decoder = model.decoder
    knowing = TemplateDecoder(
        decoder.intact, (), decoder.penalties, decoder.temperature, None, (familiar,), (0.0,)
    )
    return replace(model, decoder=knowing)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, knowing_model(), LIMIT)
    yield made
    made.telemetry.close()


def test_a_knock_moves_nothing_and_the_movement_goes_on_by_itself(bench: Bench) -> None:
    full = max(bench.turns(60, *POWER).rate_deg_s)
    sent = len(bench.port.commands)
    bench.turns(5, *KNOCK)
    knocked = bench.port.commands[sent + 1 :]
    assert all((c.reason, set(c.rate_deg_s)) == (Reason.UNFAMILIAR, {0.0}) for c in knocked)
    # The window holds the knock for as long as it is long; then the ramp begins anew.
    sent = len(bench.port.commands)
    bench.turns(50, *POWER)
    going = bench.port.commands[sent:]
    first = next(i for i, c in enumerate(going) if c.reason is Reason.NONE)
    assert 10 < first < 30
    assert 0.0 < max(going[first].rate_deg_s) < 0.2 * full
    assert max(going[-1].rate_deg_s) > 0.5 * full


def test_the_ring_tells_how_unlike_training_it_was(bench: Bench) -> None:
    bench.turns(60, *POWER)
    usual = [float(str(r["outlier"])) for r in bench.ring.new_records()][30:]
    assert 0.0 < max(usual) < LIMIT
    bench.turns(20, *KNOCK)
    record = bench.ring.new_records()[-1]
    assert float(str(record["outlier"])) > LIMIT
    assert record["reason"] == Reason.UNFAMILIAR
    assert record["turn"] == 0


def test_without_a_limit_it_moves_as_before(tmp_path: Path) -> None:
    made = Bench(tmp_path, knowing_model())
    made.turns(60, *POWER)
    command = made.turns(30, *KNOCK)
    made.telemetry.close()
    assert command.reason is Reason.NONE
    assert max(command.rate_deg_s) > 0.0


def test_a_score_that_is_no_number_is_no_licence(tmp_path: Path) -> None:
    model = knowing_model()
    familiar = model.decoder.familiar[0]
    huge = replace(familiar, weights=1e200 * familiar.weights, directions=np.eye(familiar.weights.size))
    decoder = model.decoder
    broken = TemplateDecoder(decoder.intact, (), decoder.penalties, decoder.temperature, None, (huge,))
    made = Bench(tmp_path, replace(model, decoder=broken), LIMIT)
    with np.errstate(over="ignore", invalid="ignore"):
        command = made.turns(60, *POWER)
    made.telemetry.close()
    assert (command.reason, set(command.rate_deg_s)) == (Reason.UNFAMILIAR, {0.0})
