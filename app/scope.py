"""`innervate scope`: every channel live in the terminal, and on the page when asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..core.chunk import MICROVOLT
from ..core.clock import now, sleep
from ..core.link import SENTENCE, LinkState
from ..core.ring import TELEMETRY_RING
from ..models.signal.flags import UNTRUSTED, explain
from .acquisition import Acquisition
from .live import items
from .outlets_process import OutletsProcess
from .page.tail import RingTail
from .page_process import PageProcess
from .source_choice import Choice

_SHOWN_S = 0.1
_SPARKS = "▁▂▃▄▅▆▇█"
_HISTORY = 20
_FULL_UV = 500.0


class Scope:
    """Records in, a table out: name, level over the last two seconds, level now, contact in words.

    Args:
        meta: of the ring.
    """

    def __init__(self, meta: dict[str, object]) -> None:
        self._channels = [str(name) for name in items(meta.get("channels"))]
        self._unit = str(meta.get("unit", ""))
        self._meta = meta
        self._levels: list[NDArray[np.float32]] = []
        self._newest: np.void | None = None

    def take(self, records: NDArray[np.void]) -> None:
        """New records, oldest first; the strongest level among them is what is drawn."""
        if not len(records):
            return
        self._newest = records[-1]
        self._levels = [*self._levels, records["rms"][:, : len(self._channels)].max(axis=0)][-_HISTORY:]

    def shown(self) -> Group:
        """What to print now."""
        record = self._newest
        if record is None:
            return Group(Text("Waiting for the first samples."))
        table = Table(expand=True)
        for title, ratio in (("channel", 2), ("level", 4), ("now", 2), ("contact", 6)):
            table.add_column(title, ratio=ratio, no_wrap=title != "contact")
        levels = np.array(self._levels)
        full = _FULL_UV if self._unit == MICROVOLT else max(float(levels.max()), 1e-9)
        for column, name in enumerate(self._channels):
            flags = int(record["contact"][column])
            colour = "red" if flags & UNTRUSTED else "yellow" if flags else "green"
            level = f"{float(record['rms'][column]):.1f} {self._unit}"
            words = Text(" ".join(explain(flags)), style=colour)
            table.add_row(Text(name), _sparks(levels[:, column], full), level, words)
        return Group(self._top(record), table)

    def _top(self, record: np.void) -> Text:
        link = LinkState(int(record["link"]))
        line = Text(f"{self._meta.get('source', '')}  {float(str(self._meta.get('rate_hz', 0))):g} Hz  ")
        line.append(f"{int(record['samples_received'])} samples, {int(record['samples_lost'])} lost  ")
        line.append(SENTENCE[link], style="green" if link is LinkState.STREAMING else "bold red")
        for note in items(self._meta.get("notes")):
            line.append(f"\n{note}", style="dim")
        return line


def _sparks(levels: NDArray[np.float32], full: float) -> str:
    """One character a tenth of a second; a square root, so that a quiet muscle shows beside a strong one."""
    share = np.sqrt(np.clip(np.nan_to_num(levels) / full, 0.0, 1.0))
    return "".join(_SPARKS[int(value * (len(_SPARKS) - 1))] for value in share.tolist())


def watch(choice: Choice, seconds: float, page: bool, port: int, lsl: bool = False) -> None:
    """Show until Ctrl-C, or for `seconds`.

    Raises:
        InnervateError: the amplifier cannot be read, or is gone for good.
    """
    with (
        Acquisition(choice) as acquisition,
        PageProcess(acquisition.folder, port, wanted=page) as served,
        OutletsProcess(acquisition.folder, wanted=lsl) as outlets,
        Live(console=Console(highlight=False), refresh_per_second=10) as live,
    ):
        if served.url:
            live.console.print(f"page: {served.url}   (Ctrl-C ends)")
        if outlets.told:
            live.console.print(outlets.told, markup=False)
        tail = RingTail(acquisition.folder / TELEMETRY_RING, 1000)
        scope, generation = Scope({}), 0
        until_s = now() + seconds if seconds else float("inf")
        try:
            while now() < until_s:
                notice = acquisition.notice()
                if notice:
                    live.console.print(notice, markup=False)
                records = tail.poll(now())
                if tail.generation != generation:
                    scope, generation = Scope(tail.meta), tail.generation
                scope.take(records)
                live.update(scope.shown())
                sleep(_SHOWN_S)
        except KeyboardInterrupt:
            return
        finally:
            tail.close()
