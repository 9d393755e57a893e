"""A minute of prompts: what is taken, what is kept, what is refused, and what the wearer hears."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from innervate.calibration.in_use import InUse
from innervate.calibration.prompts import labelled, lasts_s, prompts_for
from innervate.calibration.recalibration import passes_of
from innervate.core.errors import BundleError
from innervate.models.batch import Windows
from innervate.models.model import Model

from .followed import followed, person, verdict

SIX = ("rest", "open", "power", "pinch", "key", "pronation", "supination")
SHIFTED = ("shift=15mm",)


def seen(model: Model) -> Windows:
    """The same minute, to be decided by somebody."""
    emg = followed(1, "right", SHIFTED)
    t_s = np.arange(len(emg)) / model.settings.rate_hz
    label, rep = labelled(t_s, prompts_for(model.classes), model.classes)
    return passes_of(model, emg, label, rep, np.zeros(len(emg), np.int16))


def test_six_movements_take_less_than_a_minute() -> None:
    assert lasts_s(prompts_for(SIX)) <= 55.0  # a few seconds are left to decide


def test_every_movement_is_asked_for_twice_and_the_second_round_goes_backwards() -> None:
    prompts = prompts_for(SIX)
    rounds = [[p.movement for p in prompts if p.rep == rep and p.movement != "rest"] for rep in (0, 1)]
    assert rounds == [list(SIX[1:]), list(SIX[:0:-1])]
    assert all(a.end_s == pytest.approx(b.start_s) for a, b in pairwise(prompts))


def test_samples_count_only_once_the_muscles_have_followed() -> None:
    prompts = prompts_for(("rest", "open"))
    t_s = np.arange(0.0, prompts[-1].end_s + 1.0, 0.01)
    label, rep = labelled(t_s, prompts, ("rest", "open"))
    for prompt in prompts:
        since = t_s - prompt.start_s
        assert (label[(since >= 0.0) & (since < 0.59)] == -1).all()
    assert set(label[rep == 0]) == set(label[rep == 1]) == {-1, 0, 1}
    assert (label[t_s >= prompts[-1].end_s + 1e-6] == -1).all()


def test_after_a_drift_a_better_model_is_taken() -> None:
    worn = person(1)
    found = verdict(worn, "right", SHIFTED)
    assert (found.outcome, found.why) == ("taken", "better")
    assert found.model is not None
    assert found.model.classes == worn.model.classes
    assert found.model.thresholds == worn.model.thresholds
    assert found.model.settings == worn.model.settings
    again = seen(worn.model)
    old, new = (
        np.mean(InUse(model).log_posterior(again).argmax(axis=1) == again.label)
        for model in (worn.model, found.model)
    )
    assert new > old + 0.02


def test_the_model_taken_goes_without_any_lost_channel_too() -> None:
    worn = person(1)
    made = verdict(worn, "right", SHIFTED).model
    assert made is not None
    assert len(made.decoder.lost) == len(worn.model.settings.channels)
    assert len(made.decoder.familiar) == 1 + len(made.decoder.lost)
    again, penalties = seen(made), made.decoder.penalties[:, None]
    for channel in (0, 4):
        table = made.decoder.lost[channel].by_turn(again.without((channel,))) - penalties
        assert np.mean(table.max(axis=1).argmax(axis=1) == again.label) > 0.8


def test_without_a_drift_a_tie_keeps_the_old() -> None:
    found = verdict(person(5), "right")
    assert (found.outcome, found.why, found.model) == ("kept", "tie", None)
    assert "nothing was changed" in found.sentence


@pytest.mark.parametrize(
    ("how", "why", "says"),
    [
        ("shuffled", "unlike", "not alike"),
        ("exchanged", "exchanged", "changed places"),
        ("one", "unlike", "not alike"),
        ("nothing", "missing", "No movement was seen"),
        ("late", "late", "too late"),
    ],
)
@pytest.mark.parametrize("befell", [(), SHIFTED])
def test_prompts_that_were_not_followed_are_refused_with_a_sentence(
    how: str, why: str, says: str, befell: tuple[str, ...]
) -> None:
    found = verdict(person(1), how, befell)
    assert (found.outcome, found.model) == ("refused", None)
    if not befell:
        assert found.why == why
        assert says in found.sentence


@pytest.mark.parametrize("how", ["right", "shuffled", "late"])
def test_the_wearer_hears_no_figure(how: str) -> None:
    assert not re.search(r"\d", verdict(person(1), how, SHIFTED).sentence)


def test_an_electrode_that_hangs_free_is_named() -> None:
    found = verdict(person(1), "right", ("lift-off[3]=1",))
    assert (found.outcome, found.why) == ("refused", "contact")
    assert person(1).model.settings.channels[2] in found.sentence


def test_a_model_made_without_statistics_is_refused() -> None:
    worn = person(1)
    with pytest.raises(BundleError, match="calibrate again"):
        verdict(replace(worn, model=replace(worn.model, statistics=None)), "right")


def test_the_same_passes_give_the_same_verdict() -> None:
    one, two = (verdict(person(1), "right", SHIFTED) for _ in range(2))
    assert one.figures == two.figures
    assert one.model is not None
    assert two.model is not None
    np.testing.assert_array_equal(one.model.decoder.products[0][0], two.model.decoder.products[0][0])
