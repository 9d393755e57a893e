"""`innervate devices`: what is plugged in or streaming right now, and what it probably is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..core.clock import now
from ..core.errors import SourceError
from .port_use import BY_ID, locks, permitted, stable_names, user_of, users
from .usb_ids import guess

Ports = Callable[[], Iterable[Any]]
"""Lists serial ports, each with the attributes of pyserial's `ListPortInfo`."""

WAIT_S = 1.0
_DESCRIBE_S = 0.4
_AT_ONCE = 16
_LSL_EMG = ("EMG", "EXG")


@dataclass(frozen=True, slots=True)
class Device:
    """One thing found.

    Attributes:
        kind: "serial" or "lsl".
        address: port, or source_id of a stream.
        likely: what it probably is.
        details: channels and rate, or the adapter's own description.
        source_kind: `source.kind` of a profile that would read it; empty when that is not known.
        stable: what to write into a profile: it names the same thing after a restart.
        busy: who uses the port; empty when nobody is known to.
        permitted: may this user open the port?
        name, type, channels, rate_hz, unit, host: of a stream; no unit when it is not regular numbers.
        found_s: how long after the start of the search it was found.
    """

    kind: str
    address: str
    likely: str
    details: str
    source_kind: str = ""
    stable: str = ""
    busy: str = ""
    permitted: bool = True
    name: str = ""
    type: str = ""
    channels: int = 0
    rate_hz: float = 0.0
    unit: str = ""
    host: str = ""
    found_s: float = 0.0

    @property
    def state(self) -> str:
        """What stands in the way of using it; empty when nothing does."""
        if not self.permitted:
            return "no permission: add yourself to the group dialout, log in again"
        return f"in use by {self.busy}" if self.busy else ""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of one search: devices, and a sentence for each way of searching that could not be used."""

    devices: tuple[Device, ...]
    trouble: tuple[str, ...]


def pyserial_ports() -> Iterable[Any]:
    """The ports that this system has."""
    from serial.tools import list_ports

    found: Iterable[Any] = list_ports.comports()
    return found


def find_devices(wait_s: float = WAIT_S, ports: Ports = pyserial_ports) -> Found:
    """Serial ports and LSL streams, looked for side by side.

    Args:
        wait_s: how long to listen for streams.
        ports: lists the ports.
    """
    start_s = now()
    with ThreadPoolExecutor(1) as pool:
        streams = pool.submit(lsl_streams, wait_s)
        found = [replace(device, found_s=round(now() - start_s, 3)) for device in serial_ports(ports)]
        try:
            heard = streams.result()
        except SourceError as error:
            return Found(tuple(found), (str(error),))
    found += [replace(device, found_s=round(now() - start_s, 3)) for device in heard]
    return Found(tuple(found), ())


def serial_ports(ports: Ports = pyserial_ports, by_id: Path = BY_ID) -> list[Device]:
    """Serial ports, at once; none of them is opened.

    Args:
        ports: lists them.
        by_id: folder of links whose names stay.
    """
    listed = sorted(ports(), key=lambda port: str(port.device))
    if not listed:
        return []
    known, locked, stable = users(), locks(), stable_names(by_id)
    found = []
    for port in listed:
        what = guess(port.vid, port.pid, port.product or "")
        numbers = f"{port.vid:04x}:{port.pid or 0:04x}" if port.vid is not None else ""
        described = "" if port.description in (None, "n/a") else port.description
        found.append(
            Device(
                "serial",
                port.device,
                what.likely,
                " ".join(part for part in (described, numbers) if part),
                what.source_kind,
                stable.get(os.path.realpath(port.device), port.device),
                user_of(port.device, known, locked),
                permitted(port.device),
            )
        )
    return found


def quiet_pylsl() -> Any:
    """pylsl, told not to write into the middle of a table.

    Raises:
        SourceError: it cannot be used here.
    """
    from ..drivers.lsl.find import load_pylsl

    pylsl = load_pylsl()
    if hasattr(pylsl, "set_config_content") and "LSLAPICFG" not in os.environ:
        pylsl.set_config_content("[log]\nlevel = -2\n")
    return pylsl


def lsl_streams(wait_s: float) -> list[Device]:
    """LSL streams on the network, after listening for `wait_s` seconds.

    Raises:
        SourceError: LSL cannot be used here.
    """
    pylsl = quiet_pylsl()
    heard = pylsl.resolve_streams(wait_s)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda stream: stream_device(pylsl, stream), heard))
    return sorted(found, key=lambda device: (device.name, device.address))


def stream_device(pylsl: Any, stream: Any) -> Device:
    """What a stream says of itself; its unit is asked of its sender, which must answer soon."""
    kind, name = stream.type(), stream.name()
    channels, rate_hz = stream.channel_count(), stream.nominal_srate()
    unit, readable = _unit(pylsl, stream)
    host = stream.hostname()
    paced = f"at {rate_hz:g} Hz" if rate_hz else "without a regular rate"
    return Device(
        "lsl",
        stream.source_id() or stream.uid(),
        f"{kind or 'unnamed'} stream {name!r}",
        f"{channels} channels {paced}{f' in {unit}' if unit else ''} on {host}",
        "lsl" if readable and kind.upper() in _LSL_EMG else "",
        stream.source_id() or name,
        name=name,
        type=kind,
        channels=channels,
        rate_hz=rate_hz,
        unit=unit,
        host=host,
    )


def _unit(pylsl: Any, stream: Any) -> tuple[str, bool]:
    """(unit, is it regular numbers?)"""
    from ..drivers.lsl.describe import describe

    if not stream.nominal_srate():
        return "", False
    try:
        described = describe(pylsl.StreamInlet(stream, recover=False).info(timeout=_DESCRIBE_S))
    except SourceError:
        return "", False
    except RuntimeError:  # pylsl's own: no answer in time, or the stream has just ended
        return "", True
    return described.unit, True
