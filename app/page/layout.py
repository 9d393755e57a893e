"""The page's skeleton. Every `part` is a place that `static/live.js` fills; nothing here changes later."""

from __future__ import annotations

import nicegui.elements.scene  # noqa: F401 - puts three.js, which NiceGUI ships, into the page's import map
from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

from .layout_assess import assess_button, assess_panel

_HEAD = """
<link rel="stylesheet" href="/page/page.css">
<meta name="theme-color" content="#0a0f15">
<script defer src="/page/stop.js"></script>
<script type="module" src="/page/live.js"></script>
"""
_NOTHING_YET = "\u2013"
_NOTICE = "Research software. Stop here is not an emergency stop: keep the limb's own switch in reach."


def build_page() -> None:
    """One desktop screen; on a phone one column with Stop fixed at the bottom."""
    ui.add_head_html(_HEAD)
    ui.query(".nicegui-content").classes(replace="page")
    _top()
    _banner()
    _stop()
    _choices()
    assess_panel()
    _signal()
    _limb()
    _decoded()
    _latency()
    _link()
    with _box("footer", "foot"):
        _text("span", "", _NOTICE)
        assess_button()
        _text("span", "hint", "Keyboard: Space or Esc stops. Tab and Enter for the rest.")


def _top() -> None:
    with _box("header", "top"):
        _text("span", "word", "innervate")
        _text("span", "device", "Limb", "device")
        _text("span", "source", "", "source")
        _text("span", "badge simulated", "SIMULATED", "simulated").props["hidden"] = True
        _text("span", "badge", "", "realtime")
        _text("span", "badge", "Connecting", "connection").props["role"] = "status"


def _banner() -> None:
    with _panel("banner", "State of the limb") as banner:
        banner.props["data-part"] = "banner"
        banner.props["data-tone"] = "still"
        with _box("div", "words") as words:
            words.props.update({"role": "status", "aria-live": "polite", "aria-atomic": "true"})
            _text("h1", "headline", "Waiting", "headline")
            _text("p", "sentence", "Waiting for the limb to start.", "sentence")
        _text("div", "alarm", "", "alarm").props.update({"role": "alert", "hidden": True})


def _stop() -> None:
    with _panel("stop", "Requests to the limb"):
        with _button("stop", "stop-button"):
            _text("span", "big", "Stop")
            _text("span", "key", "Space or Esc")
        with _box("div", "three"):
            for verb, name in (("arm", "Arm"), ("freeze", "Freeze")):
                with _button(verb, f"{verb}-button") as button:
                    button.props["aria-disabled"] = "true"  # not `disabled`: a press on it says why
                    _text("span", "", name, f"{verb}-name")
            with _button("release", "release-button"):
                _text("span", "", "Release", "release")
        _text("p", "answer", "", "answer").props.update({"role": "status", "aria-live": "assertive"})


def _choices() -> None:
    """Only what this limb has: which grip closing makes, or whether the wearer of a leg sits."""
    with _panel("choices", "Choices") as panel:
        panel.props.update({"data-part": "choices", "hidden": True})
        with _box("div", "grips", "grips") as grips:
            grips.props.update({"role": "group", "aria-labelledby": "grips-name", "hidden": True})
            _text("h2", "", "Closing makes").props["id"] = "grips-name"
            _box("div", "grip-list", "grip-list")
        with _box("div", "seat", "seat") as seat:
            seat.props.update({"role": "group", "aria-label": "Sitting and standing", "hidden": True})
            with _box("div", "seat-words"):
                with _box("p", "seat-line") as line:
                    line.props["role"] = "status"
                    _text("b", "", _NOTHING_YET, "seat-headline")
                    _text("span", "", "", "seat-sentence")
                _text("p", "note", "", "seat-unloaded")
            with _button("sit", "choice"):
                _text("span", "", "I am sitting")
            with _button("stand", "choice"):
                _text("span", "", "I will stand")


def _signal() -> None:
    with _panel("signal", "Muscle signal"):
        with _box("div", "head"):
            _text("h2", "", "Muscle signal")
            _text("span", "note", "", "scale")
        with _box("div", "lanes"):
            _box("ul", "electrodes", "electrodes")
            with _box("div", "screen"):
                canvas = _box("canvas", "", "signal")
                canvas.props.update({"role": "img", "aria-label": "Live muscle signal of every electrode"})
        _text("p", "note contact", "", "contact").props.update({"role": "status"})


def _limb() -> None:
    with _panel("limb", "Limb"):
        with _box("div", "head"):
            _text("h2", "", "Limb")
            _text("span", "note", "Solid: measured. Outline: set-point.")
        with _box("div", "screen"):
            canvas = _box("canvas", "", "limb")
            canvas.props.update(
                {"role": "img", "aria-label": "The limb as measured; the joint angles follow as text"}
            )
        _box("ul", "joints", "joints")
        _box("ul", "facts", "facts").props.update({"aria-label": "What the limb says of itself"})


def _decoded() -> None:
    with _panel("decoded", "Decoded movement"):
        with _box("div", "head"):
            _text("h2", "", "Decoded movement")
        _text("p", "movement", _NOTHING_YET, "movement")
        _text("p", "note", "", "acting")
        with _box("div", "confidence", "confidence") as meter:
            meter.props.update(
                {"role": "meter", "aria-label": "Confidence", "aria-valuemin": 0, "aria-valuemax": 100}
            )
            _box("i", "", "confidence-bar")
            _box("b", "", "confidence-mark")
        with _box("div", "head"):
            _text("span", "note", "", "confidence-text")
            _text("span", "note", "", "threshold-text")
        _box("ul", "posterior", "posterior")


def _latency() -> None:
    with _panel("latency", "Latency") as panel:
        panel.props["data-part"] = "latency"
        with _box("div", "head"):
            _text("h2", "", "Latency, sample in hand to limb")
            _text("span", "note", "", "budget")
        with _box("div", "row"):
            with _box("dl", "numbers"):
                for name, part in (("now", "now"), ("half under", "p50"), ("99 of 100 under", "p99")):
                    with _box("div", ""):
                        _text("dt", "", name)
                        _text("dd", "", _NOTHING_YET, part)
            with _box("div", "screen"):
                canvas = _box("canvas", "", "trend")
                canvas.props.update(
                    {"role": "img", "aria-label": "Slowest decisions of the last ten seconds"}
                )
        _text("p", "note verdict", "", "verdict")


def _link() -> None:
    with _panel("link", "Links"):
        with _box("div", "head"):
            _text("h2", "", "Links")
        with _box("ul", "links"):
            for name, part in (
                ("Decoder", "decoder"),
                ("Safety process", "guard"),
                ("Muscle samples", "samples"),
                ("Limb frames", "frames"),
            ):
                with _box("li", "", part):
                    _box("i", "dot")
                    _text("span", "", name)
                    _text("span", "value", _NOTHING_YET, f"{part}-value")


def _panel(area: str, label: str) -> Element:
    panel = _box("section", f"panel {area}")
    panel.props["aria-label"] = label
    return panel


def _button(verb: str, style: str) -> Element:
    button = _box("button", style, verb)
    button.props.update({"type": "button", "data-request": verb})
    return button


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
