"""Plots as SVG, made here: pain over time, and shares with their intervals. Each says in words what it shows.

Two lines are told apart by dash and mark, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .markup import Html, h

_WIDE, _HIGH = 760, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 14, 26, 34


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plot: its name, and day and value of each answer; `dashed` tells it from the other."""

    name: str
    points: Sequence[tuple[date, float]]
    dashed: bool = False


def over_time(lines: Sequence[Line], *, marks: Sequence[tuple[date, str]], most: float, says: str) -> Html:
    """Answers over time; what was not answered is no point and no line to it.

    Args:
        lines: at most two.
        marks: dates with a word each, such as the surgery.
        most: top of the scale, which begins at 0.
        says: for screen readers, and in the picture's corner.
    """
    days = [day for line in lines for day, _ in line.points]
    if not days:
        return h("p", "No answer yet, so nothing is drawn.", class_="note")
    days += [day for day, _ in marks]
    first, last = min(days), max(days)
    span = max((last - first).days, 1)

    def x(day: date) -> float:
        return _LEFT + (day - first).days / span * (_WIDE - _LEFT - _RIGHT)

    drawn = [*_scale(most), *_marks(marks, x)]
    for line in lines:
        kind = "two" if line.dashed else "one"
        path = " ".join(
            f"{'L' if at else 'M'}{x(day):.1f} {_y(value, most):.1f}"
            for at, (day, value) in enumerate(line.points)
        )
        drawn.append(h("path", d=path, class_=f"line {kind}"))
        drawn += [
            _dot(x(day), _y(value, most), kind, f"{line.name}, {day}: {value:g}")
            for day, value in line.points
        ]
    drawn += [
        _text(_LEFT, _HIGH - 6, f"{first}", "start"),
        _text(_WIDE - _RIGHT, _HIGH - 6, f"{last}", "end"),
    ]
    return _svg(drawn, says, [(line.name, line.dashed) for line in lines if line.points])


def shares(
    groups: Sequence[tuple[str, Sequence[tuple[str, int | None, tuple[int, int] | None]]]], says: str
) -> Html:
    """Percent with its interval, by group and window.

    Args:
        groups: at most two names, each with window, percent and interval in percent; None: of nobody.
        says: for screen readers.
    """
    windows = [name for name, _, _ in groups[0][1]] if groups else []
    step = (_WIDE - _LEFT - _RIGHT) / max(len(windows), 1)
    drawn = _scale(100.0)
    for at, (name, rows) in enumerate(groups):
        kind = "two" if at else "one"
        for place, (window, percent, ends) in enumerate(rows):
            if percent is None or ends is None:
                continue
            middle = _LEFT + (place + 0.5) * step + (at - (len(groups) - 1) / 2) * 16
            low, high = _y(ends[0], 100.0), _y(ends[1], 100.0)
            drawn.append(h("path", d=f"M{middle:.1f} {low:.1f}V{high:.1f}", class_=f"line {kind}"))
            told = f"{name}, {window}: {percent} % ({ends[0]} to {ends[1]} %)"
            drawn.append(_dot(middle, _y(percent, 100.0), kind, told))
    drawn += [
        _text(_LEFT + (place + 0.5) * step, _HIGH - 10, window, "middle")
        for place, window in enumerate(windows)
    ]
    return _svg(drawn, says, [(name, bool(at)) for at, (name, _) in enumerate(groups)])


def _y(value: float, most: float) -> float:
    return _HIGH - _BOTTOM - value / most * (_HIGH - _TOP - _BOTTOM)


def _scale(most: float) -> list[Html]:
    drawn = []
    for share in (0.0, 0.5, 1.0):
        y = _y(share * most, most)
        drawn.append(h("path", d=f"M{_LEFT} {y:.1f}H{_WIDE - _RIGHT}", class_="grid"))
        drawn.append(_text(_LEFT - 8, y + 4, f"{share * most:g}", "end"))
    return drawn


def _marks(marks: Sequence[tuple[date, str]], x: object) -> list[Html]:
    drawn = []
    for day, word in marks:
        at = x(day)  # type: ignore[operator]
        drawn.append(h("path", d=f"M{at:.1f} {_TOP}V{_HIGH - _BOTTOM}", class_="mark-line"))
        anchor = "end" if at > _WIDE - 120 else "start"
        drawn.append(_text(at + (-4 if anchor == "end" else 4), _TOP + 10, word, anchor))
    return drawn


def _dot(x: float, y: float, kind: str, told: str) -> Html:
    title = h("title", told)
    if kind == "two":
        return h(
            "rect",
            title,
            x=f"{x - 4:.1f}",
            y=f"{y - 4:.1f}",
            width=8,
            height=8,
            class_="dot two",
        )
    return h("circle", title, cx=f"{x:.1f}", cy=f"{y:.1f}", r=4.5, class_="dot one")


def _text(x: float, y: float, words: str, anchor: str) -> Html:
    return h("text", words, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _svg(drawn: list[Html], says: str, legend: Sequence[tuple[str, bool]]) -> Html:
    at, shown = _LEFT, []
    for name, dashed in legend:
        kind = "two" if dashed else "one"
        shown += [_dot(at + 5, 12, kind, name), _text(at + 16, 16, name, "start")]
        at += 30 + 7 * len(name)
    svg = h(
        "svg",
        *drawn,
        *shown,
        viewBox=f"0 0 {_WIDE} {_HIGH}",
        role="img",
        aria_label=says,
        class_="plot",
    )
    return h("figure", svg, h("figcaption", says))
