"""The page's skeleton. Every `part` is a place that `static/live.js` fills; nothing here changes later."""

from __future__ import annotations

import nicegui.elements.scene  # noqa: F401 - puts three.js, which NiceGUI ships, into the page's import map
from nicegui import ui
from nicegui.element import Element

from .elements import box, text
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
    with box("footer", "foot"):
        text("span", "", _NOTICE)
        assess_button()
        text("span", "hint", "Keyboard: Space or Esc stops. Tab and Enter for the rest.")


def _top() -> None:
    with box("header", "top"):
        text("span", "word", "innervate")
        text("span", "device", "Limb", "device")
        text("span", "source", "", "source")
        text("span", "badge simulated", "SIMULATED", "simulated").props["hidden"] = True
        text("span", "badge", "", "realtime")
        text("span", "badge", "Connecting", "connection").props["role"] = "status"


def _banner() -> None:
    with _panel("banner", "State of the limb") as banner:
        banner.props["data-part"] = "banner"
        banner.props["data-tone"] = "still"
        with box("div", "words") as words:
            words.props.update({"role": "status", "aria-live": "polite", "aria-atomic": "true"})
            text("h1", "headline", "Waiting", "headline")
            text("p", "sentence", "Waiting for the limb to start.", "sentence")
        text("div", "alarm", "", "alarm").props.update({"role": "alert", "hidden": True})


def _stop() -> None:
    with _panel("stop", "Requests to the limb"):
        with _button("stop", "stop-button"):
            text("span", "big", "Stop")
            text("span", "key", "Space or Esc")
        with box("div", "three"):
            for verb, name in (("arm", "Arm"), ("freeze", "Freeze")):
                with _button(verb, f"{verb}-button") as button:
                    button.props["aria-disabled"] = "true"  # not `disabled`: a press on it says why
                    text("span", "", name, f"{verb}-name")
            with _button("release", "release-button"):
                text("span", "", "Release", "release")
        text("p", "answer", "", "answer").props.update({"role": "status", "aria-live": "assertive"})


def _choices() -> None:
    """Only what this limb has: which grip closing makes, or whether the wearer of a leg sits."""
    with _panel("choices", "Choices") as panel:
        panel.props.update({"data-part": "choices", "hidden": True})
        with box("div", "grips", "grips") as grips:
            grips.props.update({"role": "group", "aria-labelledby": "grips-name", "hidden": True})
            text("h2", "", "Closing makes").props["id"] = "grips-name"
            box("div", "grip-list", "grip-list")
        with box("div", "seat", "seat") as seat:
            seat.props.update({"role": "group", "aria-label": "Sitting and standing", "hidden": True})
            with box("div", "seat-words"):
                with box("p", "seat-line") as line:
                    line.props["role"] = "status"
                    text("b", "", _NOTHING_YET, "seat-headline")
                    text("span", "", "", "seat-sentence")
                text("p", "note", "", "seat-unloaded")
            with _button("sit", "choice"):
                text("span", "", "I am sitting")
            with _button("stand", "choice"):
                text("span", "", "I will stand")


def _signal() -> None:
    with _panel("signal", "Muscle signal"):
        with box("div", "head"):
            text("h2", "", "Muscle signal")
            text("span", "note", "", "scale")
        with box("div", "lanes"):
            box("ul", "electrodes", "electrodes")
            with box("div", "screen"):
                canvas = box("canvas", "", "signal")
                canvas.props.update({"role": "img", "aria-label": "Live muscle signal of every electrode"})
        text("p", "note contact", "", "contact").props.update({"role": "status"})


def _limb() -> None:
    with _panel("limb", "Limb"):
        with box("div", "head"):
            text("h2", "", "Limb")
            text("span", "note", "Solid: measured. Outline: set-point.")
        with box("div", "screen"):
            canvas = box("canvas", "", "limb")
            canvas.props.update(
                {"role": "img", "aria-label": "The limb as measured; the joint angles follow as text"}
            )
        box("ul", "joints", "joints")
        box("ul", "facts", "facts").props.update({"aria-label": "What the limb says of itself"})


def _decoded() -> None:
    with _panel("decoded", "Decoded movement"):
        with box("div", "head"):
            text("h2", "", "Decoded movement")
        text("p", "movement", _NOTHING_YET, "movement")
        text("p", "note", "", "acting")
        with box("div", "confidence", "confidence") as meter:
            meter.props.update(
                {"role": "meter", "aria-label": "Confidence", "aria-valuemin": 0, "aria-valuemax": 100}
            )
            box("i", "", "confidence-bar")
            box("b", "", "confidence-mark")
        with box("div", "head"):
            text("span", "note", "", "confidence-text")
            text("span", "note", "", "threshold-text")
        box("ul", "posterior", "posterior")


def _latency() -> None:
    with _panel("latency", "Latency") as panel:
        panel.props["data-part"] = "latency"
        with box("div", "head"):
            text("h2", "", "Latency, sample in hand to limb")
            text("span", "note", "", "budget")
        with box("div", "row"):
            with box("dl", "numbers"):
                for name, part in (("now", "now"), ("half under", "p50"), ("99 of 100 under", "p99")):
                    with box("div", ""):
                        text("dt", "", name)
                        text("dd", "", _NOTHING_YET, part)
            with box("div", "screen"):
                canvas = box("canvas", "", "trend")
                canvas.props.update(
                    {"role": "img", "aria-label": "Slowest decisions of the last ten seconds"}
                )
        text("p", "note verdict", "", "verdict")


def _link() -> None:
    with _panel("link", "Links"):
        with box("div", "head"):
            text("h2", "", "Links")
        with box("ul", "links"):
            for name, part in (
                ("Decoder", "decoder"),
                ("Safety process", "guard"),
                ("Muscle samples", "samples"),
                ("Limb frames", "frames"),
            ):
                with box("li", "", part):
                    box("i", "dot")
                    text("span", "", name)
                    text("span", "value", _NOTHING_YET, f"{part}-value")


def _panel(area: str, label: str) -> Element:
    panel = box("section", f"panel {area}")
    panel.props["aria-label"] = label
    return panel


def _button(verb: str, style: str) -> Element:
    button = box("button", style, verb)
    button.props.update({"type": "button", "data-request": verb})
    return button
