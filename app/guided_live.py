"""A guided calibration in the terminal, at an amplifier that measures now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.live import Live
from rich.text import Text

from ..calibration.guided.session import View
from ..calibration.guided.sitting import Sitting
from ..core.clock import now, sleep
from ..core.errors import ProfileError, RecordingError, SourceLost
from ..core.profile import load_profile
from ..core.ring import TELEMETRY_RING
from ..models.signal.flags import UNTRUSTED, explain
from .acquisition import Acquisition
from .guided import GuidedOptions, Outcome, finish, last_portrait, open_journal, plan_for, root_for, signal_of
from .page.tail import RingTail
from .source_choice import Choice

_POLL_S, _FIRST_S, _GONE_S = 0.05, 5.0, 15.0
_BACKLOG = 4096
Samples = NDArray[np.float32]


class RingSamples:
    """The samples of a ring as they come; what is missing between records comes as invalid rows.

    Args:
        folder: of the rings.
    """

    def __init__(self, folder: Path) -> None:
        self._tail = RingTail(folder / TELEMETRY_RING, _BACKLOG)
        self._next = -1
        self._generation = 0
        self.newest_s = now()

    @property
    def meta(self) -> dict[str, object]:
        """What the ring says of its source."""
        return self._tail.meta

    def poll(self) -> tuple[Samples, NDArray[np.bool_]]:
        """([n, ch] samples, [n, ch] which of them were measured) since the last call."""
        records = self._tail.poll(now())
        if self._tail.generation != self._generation:
            # Another process measures: how long nobody did is not known, and a pause is no gap in a phase.
            self._generation, self._next = self._tail.generation, -1
        channels = self.meta.get("channels")
        ch = len(channels) if isinstance(channels, list | tuple) else 0
        rows: list[Samples] = []
        for record in records:
            self.newest_s = float(record["t_turn_s"])
            n = int(record["n_samples"])
            first = int(record["sample_index"]) - n + 1
            gap = first - self._next if self._next >= 0 else 0
            if gap > 0:
                rows.append(np.full((gap, ch), np.nan, np.float32))
            self._next = first + n
            rows.append(np.asarray(record["emg"], np.float32).reshape(-1, ch)[:n])
        samples = np.concatenate(rows) if rows else np.zeros((0, ch), np.float32)
        return samples, np.isfinite(samples)

    def close(self) -> None:
        """Let go of the ring."""
        self._tail.close()


def calibrate_live(
    choice: Choice,
    options: GuidedOptions,
    console: Console,
    env: Mapping[str, str] | None = None,
    on_shown: Callable[[View], None] | None = None,
) -> Outcome | None:
    """Ask, listen and keep until it is over; Ctrl-C means "stop, this hurts".

    Args:
        choice: of the profile's amplifier.
        options: with a profile.
        console: where it is shown.
        env: of the process that is started to measure.
        on_shown: told what is shown, each time.

    Returns:
        None when it was stopped: what was recorded is kept, and no model was made.

    Raises:
        InnervateError: no profile, no samples, or what cannot be, in one line.
    """
    if options.profile is None:
        raise ProfileError("--profile is missing", "whose limb is calibrated?")
    profile = load_profile(options.profile)
    plan = plan_for(profile, options)
    with Acquisition(choice, env) as acquisition:
        ring = RingSamples(acquisition.folder)
        try:
            _wait(ring, acquisition)
            rate_hz, unit = float(str(ring.meta["rate_hz"])), str(ring.meta.get("unit", ""))
            signal = signal_of(profile, rate_hz, unit)
            root = root_for(options.profile, options)
            last = last_portrait(root, signal)
            journal = open_journal(root, plan)
            sitting = Sitting(plan, signal, journal)
            console.print(f"Ctrl-C: stop, this hurts.   {plan.minutes:.1f} minutes", markup=False)
            _follow(sitting, ring, acquisition, console, on_shown or (lambda _view: None))
        finally:
            ring.close()
    if sitting.session.phase == "stopped":
        return None
    return finish(sitting, journal, options.profile, options, last)


def _wait(ring: RingSamples, acquisition: Acquisition) -> None:
    latest_s = now() + _FIRST_S
    while not len(ring.poll()[0]):
        acquisition.notice()
        if now() > latest_s:
            raise RecordingError("no samples come", "is the amplifier switched on, and near?")
        sleep(_POLL_S)


def _follow(
    sitting: Sitting,
    ring: RingSamples,
    acquisition: Acquisition,
    console: Console,
    shown: Callable[[View], None],
) -> None:
    session = sitting.session
    sitting.start()
    with Live(console=console, refresh_per_second=10, transient=True) as live:
        try:
            while session.phase not in ("done", "stopped"):
                notice = acquisition.notice()
                if notice:
                    live.console.print(notice, markup=False)
                if now() - ring.newest_s > _GONE_S:
                    raise SourceLost(
                        f"nobody has measured anything for {_GONE_S:g} s; what was recorded is kept",
                        "start it again: it goes on where it was",
                    )
                for event in sitting.push(*ring.poll()):
                    if event.kind in ("again", "went on"):
                        live.console.print(event.text, style="yellow", markup=False)
                view = session.view()
                shown(view)
                live.update(_line(view, session.signal.channels))
                sleep(_POLL_S)
        except KeyboardInterrupt:
            for event in sitting.stop_hurts():
                if event.text:
                    live.console.print(event.text, style="bold red", markup=False)


def _line(view: View, channels: tuple[str, ...]) -> Text:
    line = Text()
    word = {"relax": "REST", "countdown": "GET READY", "hold": "NOW"}.get(view.phase, view.phase.upper())
    colour = {"hold": "bold green", "countdown": "bold yellow"}.get(view.phase, "bold")
    line.append(f" {word:<10}", style=colour)
    line.append(f"{view.left_s:4.1f} s  ", style="bold")
    line.append(view.text)
    if view.phase in ("countdown", "hold") and view.how:
        line.append(f"  {view.how}", style="dim")
    line.append(f"   {view.number} of {view.of}", style="dim")
    for name, flags in zip(channels, view.flags, strict=True):
        if flags & UNTRUSTED:
            line.append(f"\n {name}: {explain(flags)[0]}", style="red")
    return line
