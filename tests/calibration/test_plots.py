"""Pictures are drawn from the figures, and what they show is what the figures say."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from innervate.calibration.evaluation.plots import confusion_figure, delay_figure, risk_figure, write_plots
from innervate.core.errors import InnervateError

pytest.importorskip("matplotlib")
# matplotlib 3.10 calls pyparsing by names that pyparsing 3.3 warns of; nothing of ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:matplotlib")

CLASSES = ["rest", "open", "never"]
CONFUSION = [[8, 2, 0], [1, 3, 0], [0, 0, 0]]


def report(window_ms=200.0, increment_ms=50.0, recall=0.8, **person):
    return {
        "decoder": "lda",
        "split": "repetition",
        "window_ms": window_ms,
        "scored_every_ms": increment_ms,
        "mean": {"active_recall": recall},
        "people": [
            {"id": who, "classes": CLASSES, "confusion": CONFUSION, "active_recall": recall, **person}
            for who in "ab"
        ],
    }


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_confusion_matrix_shows_percent_of_what_was_asked():
    figure = confusion_figure([np.array(CONFUSION, float)] * 2, CLASSES, "x")
    axes = figure.axes[0]
    assert texts(figure) == ["80", "20", "25", "75"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["rest", "open"]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("asked", "decided")
    assert axes.get_title(loc="left") == "x (2 people)"


def test_people_weigh_the_same_in_a_confusion_matrix():
    long, short = np.array([[100.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [0.0, 1.0]])
    assert texts(confusion_figure([long, short], ["rest", "open"]))[:2] == ["50", "50"]


def test_delay_is_half_of_window_and_increment():
    figure = delay_figure([report(300.0, recall=0.9), report(100.0, recall=0.7)])
    mean = figure.axes[0].get_lines()[-1]
    assert mean.get_xdata().tolist() == [75.0, 175.0]
    assert mean.get_ydata().tolist() == [0.7, 0.9]
    assert texts(figure) == ["100 ms", "300 ms"]
    assert len(figure.axes[0].get_lines()) == 3  # each person, and the mean


def test_a_sweep_that_holds_means_only_is_drawn():
    rows = [{**report(window), "people": []} for window in (100.0, 300.0)]
    axes = delay_figure(rows, "x", 2).axes[0]
    assert len(axes.get_lines()) == 1
    assert axes.get_title(loc="left") == "x (2 people)"


def test_risk_is_drawn_for_each_person_and_their_mean():
    curves = {
        "a": {"coverage": [0.5, 1.0], "risk": [0.0, 0.2]},
        "b": {"coverage": [0.2, 1.0], "risk": [0.1, 0.4]},
    }
    *each, mean = risk_figure(curves).axes[0].get_lines()
    assert len(each) == 2
    assert mean.get_xdata()[0] == pytest.approx(50.0)
    assert mean.get_ydata()[-1] == pytest.approx(30.0)


def test_what_the_figures_allow_is_written_for_its_owner_alone(tmp_path):
    risk = {"coverage": [0.5, 1.0], "risk": [0.0, 0.2], "threshold": [0.9, 0.3]}
    found = {**report(risk=risk), "sweep": [report(), report(300.0)]}
    written = write_plots(found, tmp_path / "plots")
    assert [path.name for path in written] == ["confusion.png", "risk.png", "delay.png"]
    assert all(path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" for path in written)
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    assert [path.name for path in write_plots(report(), tmp_path / "few")] == ["confusion.png"]


def test_people_with_other_movements_get_a_picture_of_their_own(tmp_path):
    found = report()
    found["people"][1]["classes"] = ["rest", "open", "point"]
    assert [p.name for p in write_plots(found, tmp_path)] == ["confusion-1.png", "confusion-2.png"]


def test_without_matplotlib_the_extra_is_named_and_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InnervateError, match=r"innervate\[plots\]"):
        write_plots(report(), tmp_path / "plots")
    assert not (tmp_path / "plots").exists()
