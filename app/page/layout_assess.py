"""The skeleton of the page's tests of control; `static/assess.js` fills it. Hidden until somebody asks."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from .assess import TESTS

_MOST_TRIALS = 40


def assess_button() -> None:
    """Opens and closes the panel."""
    button = _text("button", "assess-open", "Test control", "assess-open")
    button.props.update({"type": "button", "aria-expanded": "false"})


def assess_panel() -> None:
    """Choice of a test; goal, bars and countdown; results."""
    panel = _box("section", "panel assess", "assess")
    panel.props.update({"aria-label": "Test of control", "hidden": True})
    with panel:
        with _box("div", "head"):
            _text("h2", "", "Test of control")
            _text("span", "note", "", "assess-step")
        with _box("div", "assess-form", "assess-form"):
            _choice("Test", "assess-test", TESTS)
            _choice("Targets", "assess-motions", tuple((str(n), f"{n} at once") for n in (1, 2, 3)))
            _choice("Trials", "assess-trials", tuple((str(n), str(n)) for n in (1, 5, 10, 20, _MOST_TRIALS)))
            _text("button", "go", "Start", "assess-start").props["type"] = "button"
        with _box("div", "assess-end", "assess-end") as end:
            end.props["hidden"] = True
            _text("button", "go", "End the test", "assess-stop").props["type"] = "button"
        _text("p", "assess-text", "", "assess-text").props.update({"role": "status", "aria-live": "polite"})
        with _box("div", "screen idle"):
            canvas = _box("canvas", "", "goal")
            canvas.props.update({"role": "img", "aria-label": "The posture that is asked for"})
        _box("ul", "aims", "assess-dofs")
        _box("dl", "assess-results", "assess-results").props["hidden"] = True
        _text("p", "assess-error", "", "assess-error").props["role"] = "alert"


def _choice(label: str, part: str, options: tuple[tuple[str, str], ...]) -> None:
    with _box("label", ""):
        _text("span", "", label)
        with _box("select", "", part):
            for value, words in options:
                _text("option", "", words).props["value"] = value


def _box(tag: str, style: str, part: str = "") -> Element:
    element = ui.element(tag).classes(style)
    if part:
        element.props["data-part"] = part
    return element


def _text(tag: str, style: str, content: str, part: str = "") -> TextElement:
    element = TextElement(tag=tag, text=content).classes(style)
    if part:
        element.props["data-part"] = part
    return element
