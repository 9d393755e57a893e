"""Pictures of an evaluation: who is taken for whom, what delay buys, what rejection buys.

Colours are Okabe and Ito's (2008, "Color Universal Design"), and one scale that grows darker evenly: all can
be told apart by people who see few colours, and on a grey print.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.extras import optional
from ...core.folders import private_folder
from ...core.settings import write_private

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P")
_FAINT = "#9a9a9a"
_DPI = 150
_MOST_NAMED = 30


def need_matplotlib() -> None:
    """Refuse where pictures could not be drawn, before the work is done.

    Raises:
        InnervateError: matplotlib is not installed.
    """
    optional("matplotlib.figure", "plots need", "plots")


def write_plots(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what the figures allow, as PNG files that only their owner can read.

    `confusion` always; `risk` where people have `risk` (see `risk.risk_coverage`); `delay` where `found` has
    a `sweep`: a list of such figures, each with its `window_ms` and `scored_every_ms`.

    Args:
        found: what `summarise` gave.
        folder: made if it is not there.

    Returns:
        What was written.

    Raises:
        InnervateError: matplotlib is not installed, or the folder cannot be made.
    """
    pictures: dict[str, Callable[[], Figure]] = {}
    alike: dict[tuple[str, ...], list[NDArray[np.float64]]] = {}
    for person in found["people"]:
        alike.setdefault(tuple(person["classes"]), []).append(np.asarray(person["confusion"], float))
    title = f"{found['decoder']}, split {found['split']}"
    for i, (classes, matrices) in enumerate(alike.items()):
        name = "confusion" if len(alike) == 1 else f"confusion-{i + 1}"
        pictures[name] = lambda c=classes, m=matrices: confusion_figure(m, c, title)  # type: ignore[misc]
    curves = {p["id"]: p["risk"] for p in found["people"] if p.get("risk", {}).get("coverage")}
    if curves:
        pictures["risk"] = lambda: risk_figure(curves, title)
    if len(found.get("sweep", ())) > 1:
        pictures["delay"] = lambda: delay_figure(found["sweep"], title, len(found["people"]))
    # A picture is drawn before the folder is made: without matplotlib nothing is left behind.
    drawn = {name: _png(make()) for name, make in pictures.items()}
    private_folder(folder)
    written = []
    for name, content in drawn.items():
        written.append(folder / f"{name}.png")
        write_private(written[-1], content)
    return written


def confusion_figure(
    matrices: Sequence[NDArray[np.float64]], classes: Sequence[str], title: str = ""
) -> Figure:
    """Row: what was asked; column: what was decided; percent of the row, mean over people.

    Args:
        matrices: [K, K] counts of each person.
        classes: K names.
        title: above the picture.
    """
    sums = [matrix.sum(axis=1, keepdims=True) for matrix in matrices]
    shares = [
        np.divide(m, s, out=np.full(m.shape, np.nan), where=s > 0)
        for m, s in zip(matrices, sums, strict=True)
    ]
    known = np.isfinite(shares).sum(axis=0)
    mean = 100.0 * np.divide(np.nansum(shares, axis=0), known, out=np.zeros(known.shape), where=known > 0)
    # A class nobody recorded, and nobody was taken for, has no row here.
    there = np.flatnonzero((known.sum(axis=1) > 0) | (mean.sum(axis=0) > 0)).tolist()
    mean, names = mean[np.ix_(there, there)], [classes[i] for i in there]
    side = max(4.5, 0.42 * len(names) + 2.2)
    figure, axes = _figure(side + 0.8, side)
    image = axes.imshow(mean, cmap="Blues", vmin=0.0, vmax=100.0)
    if len(names) <= _MOST_NAMED:
        for (i, j), value in np.ndenumerate(mean):
            if value >= 0.5:
                axes.text(
                    j,
                    i,
                    f"{value:.0f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if value > 55.0 else "black",
                    fontweight="bold" if i == j else "normal",
                )
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel("decided")
    axes.set_ylabel("asked")
    figure.colorbar(image, ax=axes, shrink=0.8, label="% of windows asked")
    _entitle(axes, title, len(matrices))
    return figure


def delay_figure(sweep: Sequence[Mapping[str, Any]], title: str = "", people: int = 0) -> Figure:
    """Active recall against the delay that window and increment cause.

    On average half a window and half an increment (Farrell and Weir 2007, doi 10.1109/TNSRE.2007.891391);
    computing and the wire come on top.

    Args:
        sweep: figures of several windows and increments over the same people; each person is drawn where
            there is one increment and the figures still hold `people`.
        title: above the picture.
        people: how many there are.
    """
    figure, axes = _figure(7.0, 4.5)
    increments = sorted({float(each["scored_every_ms"]) for each in sweep})
    for k, increment in enumerate(increments):
        rows = sorted(
            (each for each in sweep if each["scored_every_ms"] == increment),
            key=lambda each: each["window_ms"],
        )
        delays = [(each["window_ms"] + increment) / 2.0 for each in rows]
        if len(increments) == 1:
            _people(axes, delays, rows)
        recall = [each["mean"]["active_recall"] for each in rows]
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        axes.plot(
            delays,
            recall,
            color=colour,
            marker=marker,
            lw=2,
            zorder=3,
            label=f"increment {increment:g} ms, mean",
        )
        if k == 0:
            for each, x, y in zip(rows, delays, recall, strict=True):
                axes.annotate(
                    f"{each['window_ms']:g} ms",
                    (x, y),
                    (-4, 6),
                    textcoords="offset points",
                    ha="right",
                    fontsize=8,
                )
    axes.set_xlabel("delay of window and increment, ms (half of both)")
    axes.set_ylabel("active recall")
    axes.margins(x=0.12, y=0.15)
    axes.legend(
        frameon=False, fontsize=8, loc="lower right", title="window beside the points", title_fontsize=8
    )
    _grid(axes)
    _entitle(axes, title, people)
    return figure


def risk_figure(curves: Mapping[str, Mapping[str, Sequence[float]]], title: str = "") -> Figure:
    """How many of the windows acted on are wrong, against how many are acted on.

    Args:
        curves: person -> `coverage` ascending and `risk`, shares.
        title: above the picture.
    """
    figure, axes = _figure(7.0, 4.5)
    grid = np.linspace(max(curve["coverage"][0] for curve in curves.values()), 1.0, 101)
    lines = [np.interp(grid, curve["coverage"], curve["risk"]) for curve in curves.values()]
    for i, curve in enumerate(curves.values()):
        label = "each person" if i == 0 and len(curves) > 1 else None
        axes.plot(_percent(curve["coverage"]), _percent(curve["risk"]), color=_FAINT, lw=0.8, label=label)
    name = "mean" if len(curves) > 1 else next(iter(curves))
    axes.plot(100.0 * grid, 100.0 * np.mean(lines, axis=0), color=COLOURS[0], lw=2.2, label=name)
    axes.set_xlim(0.0, 100.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("coverage: % of windows acted on, the surest first")
    axes.set_ylabel("risk: % of these that are wrong")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    _grid(axes)
    _entitle(axes, title, len(curves))
    return figure


def _people(axes: Axes, delays: Sequence[float], rows: Sequence[Mapping[str, Any]]) -> None:
    by_id: dict[str, list[float]] = {}
    for each in rows:
        for person in each["people"]:
            by_id.setdefault(person["id"], []).append(person["active_recall"])
    whole = [line for line in by_id.values() if len(line) == len(delays) and None not in line]
    for i, line in enumerate(whole if len(whole) > 1 else ()):
        label = "each person" if i == 0 else None
        axes.plot(delays, line, color=_FAINT, lw=0.8, zorder=1, label=label)


def _percent(values: Sequence[float]) -> NDArray[np.float64]:
    return 100.0 * np.asarray(values, np.float64)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    need_matplotlib()
    # No pyplot: it keeps every figure, and asks for a screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _grid(axes: Axes) -> None:
    axes.grid(color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _entitle(axes: Axes, title: str, people: int) -> None:
    who = f"{people} {'person' if people == 1 else 'people'}"
    axes.set_title(f"{title} ({who})" if title else who, fontsize=10, loc="left")


def _png(figure: Figure) -> bytes:
    out = BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
