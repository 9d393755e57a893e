"""HTML from Python: everything that is not made here is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_WHOLE = re.compile(r"\d{4}-\d\d-\d\d|baseline|\d+ months?")
_VOID = frozenset({"input", "br", "hr", "meta", "link", "img"})


class Html(str):
    """Text that is markup already. Only `h` makes it."""

    __slots__ = ()


Child: TypeAlias = "str | Html | Iterable[Child] | None"
Value: TypeAlias = str | int | float | bool | None


def h(tag: str, *children: Child, **attributes: Value) -> Html:
    """One element.

    Args:
        tag: its name.
        children: text is escaped; None is nothing; lists are laid out flat.
        attributes: `class_` is class, `data_x` is data-x; True stands alone, None and False are left out.
    """
    said = "".join(
        f" {_name(name)}" if value is True else f' {_name(name)}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _VOID:
        return Html(f"<{tag}{said}>")
    return Html(f"<{tag}{said}>{_inner(children)}</{tag}>")


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _inner(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return escape(child)
    return "".join(map(_inner, child))


def table(head: Iterable[Child], rows: Iterable[Iterable[Child]], *, caption: str, class_: str = "") -> Html:
    """A table whose first column names its rows."""
    body = []
    for row in rows:
        cells = list(row)
        body.append(
            h(
                "tr",
                h("th", cells[0], scope="row", class_=_kind(cells[0])),
                [h("td", cell, class_=_kind(cell)) for cell in cells[1:]],
            )
        )
    return h(
        "div",
        h(
            "table",
            h("caption", caption),
            h("thead", h("tr", [h("th", cell, scope="col") for cell in head])),
            h("tbody", body),
        ),
        class_=f"scroll {class_}".strip(),
        tabindex=0,
        role="region",
        aria_label=caption,
    )


def _kind(cell: Child) -> str | None:
    """Short things are not broken over lines."""
    return "day" if isinstance(cell, str) and _WHOLE.fullmatch(cell) else None


def document(title: str, *children: Child, style: str = "", body_class: str = "") -> str:
    """A whole file of its own: no script, nothing loaded from elsewhere."""
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("title", title),
        Html(f"<style>{style}</style>") if style else None,
    )
    return f'<!doctype html><html lang="en-GB">{head}{h("body", *children, class_=body_class or None)}</html>'
