"""`innervate devices --watch`: what is plugged in, unplugged and taken into use, as it happens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from ..core.clock import now, sleep, wall_offset_s
from ..core.errors import SourceError
from .devices import Device, Ports, pyserial_ports, quiet_pylsl, serial_ports, stream_device
from .show_devices import NOTHING, device_table

EVERY_S = 0.5
FORGET_S = 2.5
"""A stream that nobody answers for is gone after this: liblsl asks again every 0.5 s."""
SETTLE_S = 1.2
_SHOWN = 12

PRESENT, PLUGGED, UNPLUGGED, CHANGED = "present", "plugged in", "unplugged", "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened.

    Attributes:
        change: "present" (from the start), "plugged in", "unplugged", or "changed": who uses it, may we.
        device: what; as it was last seen.
        t_s: since the watch began.
        time: of day.
    """

    change: str
    device: Device
    t_s: float
    time: str

    def to_json(self) -> str:
        """One line."""
        facts = {"change": self.change, "t_s": round(self.t_s, 3), "time": self.time}
        return json.dumps({**facts, **asdict(self.device)})

    def to_text(self) -> str:
        """One line for a person."""
        device = self.device
        verb = {"present": "here", "plugged in": "started"}.get(self.change, "ended")
        verb = verb if device.kind == "lsl" else self.change
        state = f" ({device.state or 'free'})" if self.change == CHANGED else ""
        return f"{self.time}  {verb}: {device.address}, {device.likely}{state}"


class Streams:
    """LSL streams, listened for all the time in liblsl's own thread."""

    def __init__(self) -> None:
        self._pylsl = quiet_pylsl()
        self._resolver = self._pylsl.ContinuousResolver(forget_after=FORGET_S)
        self._known: dict[str, Device] = {}

    def __call__(self) -> list[Device]:
        """Those that answer now; each is asked for its description once."""
        heard = {stream.uid(): stream for stream in self._resolver.results()}
        self._known = {
            uid: self._known.get(uid) or stream_device(self._pylsl, stream) for uid, stream in heard.items()
        }
        return list(self._known.values())


class Watch:
    """Compares what there is with what there was.

    Args:
        look: lists of what there is.
        settle_s: what is found so soon was there from the start: streams need a moment to answer.
    """

    def __init__(self, *look: Callable[[], list[Device]], settle_s: float = SETTLE_S) -> None:
        self._look, self._settle_s = look, settle_s
        self._start_s = now()
        self.devices: dict[tuple[str, str], Device] = {}

    def turn(self) -> list[Change]:
        """What changed since the last turn."""
        t_s = now()
        before = self.devices
        there = {(d.kind, d.address): d for look in self._look for d in look()}
        self.devices = there
        new = PRESENT if t_s - self._start_s < self._settle_s else PLUGGED
        found = [(UNPLUGGED, device) for key, device in before.items() if key not in there]
        found += [(new, device) for key, device in there.items() if key not in before]
        found += [(CHANGED, device) for key, device in there.items() if before.get(key, device) != device]
        time = datetime.fromtimestamp(t_s + wall_offset_s(), UTC).astimezone().strftime("%H:%M:%S")
        return [Change(what, device, t_s - self._start_s, time) for what, device in found]


def watch_devices(as_json: bool, ports: Ports = pyserial_ports) -> None:
    """Show what is there and what changes, until Ctrl-C.

    Args:
        as_json: one JSON line per change instead.
        ports: lists the serial ports.
    """
    console = Console(highlight=False, soft_wrap=True)
    looks: list[Callable[[], list[Device]]] = [lambda: serial_ports(ports)]
    try:
        looks.append(Streams())
    except SourceError as error:
        Console(stderr=True, soft_wrap=True).print(f"innervate: {error}", markup=False)
    watch = Watch(*looks)
    try:
        if as_json:
            for change in _changes(watch):
                print(change.to_json(), flush=True)
        elif not console.is_terminal:
            for change in _changes(watch):
                print(change.to_text(), flush=True)
        else:
            _live(watch, console)
    except KeyboardInterrupt:
        return


def _changes(watch: Watch) -> Iterator[Change]:
    while True:
        yield from watch.turn()
        sleep(EVERY_S)


def _live(watch: Watch, console: Console) -> None:
    log: list[str] = []
    with Live(console=console, auto_refresh=False) as live:
        while True:
            log += [change.to_text() for change in watch.turn() if change.change != PRESENT]
            log = log[-_SHOWN:]
            there = watch.devices.values()
            top = device_table(there) if there else Text(NOTHING)
            told = Text("\n".join(log) or "Plug something in, or start a stream. Ctrl-C ends this.")
            live.update(Group(top, told), refresh=True)
            sleep(EVERY_S)
