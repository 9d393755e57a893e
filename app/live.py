"""The live line in the terminal: state, movement, confidence, latency, losses."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from ..core.link import SENTENCE as LINKS
from ..core.link import LinkState
from ..core.state import SENTENCE, Reason, State

_COLOUR = {
    State.STOPPED: "white",
    State.ARMED: "cyan",
    State.ACTIVE: "green",
    State.HOLDING: "yellow",
    State.PROMPTING: "magenta",
    State.FAULT: "red",
}
_BAR = 12


def live_line(record: dict[str, object], meta: dict[str, object]) -> Text:
    """One line from a telemetry record."""
    classes = [str(name) for name in items(meta["classes"])]
    state, reason = State(_int(record["state"])), Reason(_int(record["reason"]))
    line = Text()
    line.append(f" {state.name.lower():<9}", style=f"bold {_COLOUR[state]}")
    class_index = _int(record["class_index"])
    posterior = [float(str(p)) for p in items(record["posterior"])]
    if 0 <= class_index < len(classes):
        confidence = posterior[class_index]
        filled = round(confidence * _BAR)
        line.append(f" {classes[class_index]:<14}", style="bold")
        line.append("█" * filled + "·" * (_BAR - filled), style="cyan")
        line.append(f" {confidence:4.0%}")
    line.append(f"  speed {float(str(record['speed'])):4.0%}")
    line.append(f"  {float(str(record['latency_ms'])):5.2f} ms")
    lost = _int(record["samples_lost"])
    line.append(f"  lost {lost}", style="red" if lost else "dim")
    link = LinkState(_int(record["link"]))
    if link is not LinkState.STREAMING:
        line.append(f"  {LINKS[link]}", style="bold red")
    elif reason is not Reason.NONE:
        line.append(f"  {SENTENCE[reason]}", style="dim")
    return line


def items(value: object) -> list[object]:
    """The list that a ring's header or record holds there; empty where it holds none."""
    return list(value) if isinstance(value, list | tuple) else []


def _int(value: object) -> int:
    return int(str(value))


class Terminal:
    """Where a demo or a run talks to the person who started it; silent when asked to be."""

    def __init__(self, *, silent: bool) -> None:
        self.console = Console(quiet=silent, highlight=False)
        self._live: Live | None = None

    def say(self, text: str) -> None:
        """One line."""
        self.console.print(text, markup=False, soft_wrap=True)

    def progress(self, what: str) -> tuple[Progress, Callable[[float, str], None]]:
        """A bar and the function that moves it: (share done 0..1, what is done now)."""
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[now]}"),
            console=self.console,
        )
        task = bar.add_task(what, total=1.0, now="")

        def move(share: float, doing: str) -> None:
            bar.update(task, completed=share, now=doing)

        return bar, move

    def show(self, record: dict[str, object] | None, meta: dict[str, object]) -> None:
        """Put a record on the live line."""
        if record is None or self.console.quiet:
            return
        if self._live is None:
            self._live = Live(console=self.console, refresh_per_second=10, transient=True)
            self._live.start()
        self._live.update(live_line(record, meta))

    def close(self) -> None:
        """Give the terminal back."""
        if self._live is not None:
            self._live.stop()
            self._live = None
