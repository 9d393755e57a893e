"""The two elements that the page's skeleton is made of."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement


def box(tag: str, style: str, part: str = "") -> Element:
    """An element with others in it; `part` names the place that a script fills."""
    element = ui.element(tag).classes(style)
    if part:
        element.props["data-part"] = part
    return element


def text(tag: str, style: str, content: str, part: str = "") -> TextElement:
    """An element with words in it."""
    element = TextElement(tag=tag, text=content).classes(style)
    if part:
        element.props["data-part"] = part
    return element
