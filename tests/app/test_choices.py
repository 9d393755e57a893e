"""What wearers set themselves stays within what their prosthetist set."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from innervate.app.choices import Choices, read_choices, write_choices
from innervate.controller.intent import thresholds_in_use
from innervate.controller.settings import LoopSettings, ShapingSettings
from innervate.drivers.settings import SourceSettings

CLASSES = ("rest", "open", "power")
LEARNT = (0.0, 0.5, 0.93)


def settings(speed: float = 0.8) -> LoopSettings:
    source = SourceSettings("simulated")
    return LoopSettings("", source, "", (), "", (), 100.0, shaping=ShapingSettings(speed=speed))


def test_as_fitted_nothing_differs() -> None:
    made = Choices().applied(settings())
    assert made == settings()
    assert thresholds_in_use(CLASSES, made.shaping, LEARNT) == LEARNT


@pytest.mark.parametrize(("sensitivity", "speed"), list(product(range(-2, 3), range(1, 6))))
def test_never_faster_than_fitted_and_always_possible(sensitivity: int, speed: int) -> None:
    shaping = Choices(sensitivity, speed).applied(settings()).shaping
    assert 0.0 < shaping.speed <= 0.8
    rest, *moves = thresholds_in_use(CLASSES, shaping, LEARNT)
    assert rest == 0.0
    assert all(0.0 <= threshold <= 0.95 for threshold in moves)


def test_more_sensitive_acts_sooner_and_less_later() -> None:
    found = [
        thresholds_in_use(CLASSES, Choices(step).applied(settings()).shaping, LEARNT)[1]
        for step in range(-2, 3)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] - found[-1] == pytest.approx(0.28)


def test_a_threshold_of_the_profile_is_moved_too_and_one_above_the_cap_stays() -> None:
    shaping = replace(settings().shaping, thresholds=(("open", 0.98),), more_sure=0.14)
    assert thresholds_in_use(CLASSES, shaping, LEARNT)[1] == 0.98


@pytest.mark.parametrize("wrong", [{"sensitivity": 3}, {"sensitivity": -3}, {"speed": 0}, {"speed": 6}])
def test_what_is_not_allowed_is_named(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="allowed is"):
        Choices(**wrong)


def test_choices_are_kept_and_a_damaged_file_is_as_fitted(tmp_path: Path) -> None:
    path = tmp_path / "choices.json"
    assert read_choices(None) == read_choices(path) == Choices()
    write_choices(path, Choices(-1, 3))
    assert read_choices(path) == Choices(-1, 3)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text('{"sensitivity": 9}')
    assert read_choices(path) == Choices()
