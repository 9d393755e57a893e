"""The skeleton of the page's tests of control; `static/assess.js` fills it. Hidden until somebody asks."""

from __future__ import annotations

from .assess import TESTS
from .elements import box, text

_MOST_TRIALS = 40


def assess_button() -> None:
    """Opens and closes the panel."""
    button = text("button", "assess-open", "Test control", "assess-open")
    button.props.update({"type": "button", "aria-expanded": "false"})


def assess_panel() -> None:
    """Choice of a test; goal, bars and countdown; results."""
    panel = box("section", "panel assess", "assess")
    panel.props.update({"aria-label": "Test of control", "hidden": True})
    with panel:
        with box("div", "head"):
            text("h2", "", "Test of control")
            text("span", "note", "", "assess-step")
        with box("div", "assess-form", "assess-form"):
            _choice("Test", "assess-test", TESTS)
            _choice("Targets", "assess-motions", tuple((str(n), f"{n} at once") for n in (1, 2, 3)))
            _choice("Trials", "assess-trials", tuple((str(n), str(n)) for n in (1, 5, 10, 20, _MOST_TRIALS)))
            text("button", "go", "Start", "assess-start").props["type"] = "button"
        with box("div", "assess-end", "assess-end") as end:
            end.props["hidden"] = True
            text("button", "go", "End the test", "assess-stop").props["type"] = "button"
        text("p", "assess-text", "", "assess-text").props.update({"role": "status", "aria-live": "polite"})
        with box("div", "screen idle"):
            canvas = box("canvas", "", "goal")
            canvas.props.update({"role": "img", "aria-label": "The posture that is asked for"})
        box("ul", "aims", "assess-dofs")
        box("dl", "assess-results", "assess-results").props["hidden"] = True
        text("p", "assess-error", "", "assess-error").props["role"] = "alert"


def _choice(label: str, part: str, options: tuple[tuple[str, str], ...]) -> None:
    with box("label", ""):
        text("span", "", label)
        with box("select", "", part):
            for value, words in options:
                text("option", "", words).props["value"] = value
