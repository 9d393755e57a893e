"""The signal check says which electrode is ready, and what to do about the others."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.calibration.guided.actions import Transfer
from innervate.calibration.guided.listen import Signal
from innervate.calibration.guided.sites import QUALITIES, SignalCheck
from innervate.core.errors import RecordingError

CHANNELS = ("ready", "silent", "copy of it", "it", "humming", "flat", "young", "sensory")
SIGNAL = Signal(CHANNELS, 1000.0, "uV")
TRANSFERS = (
    Transfer("median", "power", ("young",), 3.0),
    Transfer("sural", "", ("sensory",), 12.0),
)


def checked(chunk: int = 1000) -> SignalCheck:
    rng = np.random.default_rng(5)
    check = SignalCheck(SIGNAL)
    for what, gain in (("rest", 1.0), ("power", 10.0)):
        emg = 3.0 * rng.standard_normal((4000, len(CHANNELS)))
        emg[:, [0, 2, 3]] *= gain
        emg[:, 2] = emg[:, 3] + 0.2 * gain * rng.standard_normal(4000)
        emg[:, 4] += 300.0 * np.sin(2 * np.pi * 50.0 * np.arange(4000) / 1000.0)
        emg[:, 5] = 0.0
        check.ask(what)
        for first in range(0, 4000, chunk):
            check.push(emg[first : first + chunk].astype(np.float32))
    return check


def test_every_site_gets_its_word() -> None:
    found = {site.channel: site for site in checked().report(TRANSFERS)}
    assert {name: site.quality for name, site in found.items()} == {
        "ready": "ready",
        "silent": "weak",
        "copy of it": "crosstalk",
        "it": "crosstalk",
        "humming": "noisy",
        "flat": "no contact",
        "young": "not yet",
        "sensory": "no signal expected",
    }
    assert {site.quality for site in found.values()} <= set(QUALITIES)
    assert found["ready"].ready
    assert found["ready"].times_rest == pytest.approx(10.0, rel=0.1)
    assert found["it"].with_channel == "copy of it"
    assert "month 3 of about 6" in found["young"].words
    assert "Mains hum" in found["humming"].words


def test_chunks_do_not_matter() -> None:
    assert checked(37).report() == checked(4000).report()


def test_without_rest_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(RecordingError, match="let the person rest"):
        SignalCheck(SIGNAL).report()


def test_before_a_contraction_only_contact_is_judged() -> None:
    check = SignalCheck(SIGNAL)
    check.ask("rest")
    check.push(np.random.default_rng(1).standard_normal((3000, len(CHANNELS))).astype(np.float32))
    assert {site.words for site in check.report()} == {"Good contact. No contraction was made yet."}
