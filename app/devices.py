"""`innervate devices`: what is plugged in or streaming right now, and what it probably is."""

from __future__ import annotations

from dataclasses import dataclass

_LIKELY = {
    (0x0403, 0x6015): "OpenBCI dongle (Cyton) or another FTDI adapter",
    (0x0403, 0x6001): "FTDI adapter: USB-RS485 to an Ability Hand, or another device",
    (0x10C4, 0xEA60): "CP210x adapter: USB-UART to an Ability Hand, or another device",
    (0x0483, 0x5740): "fdcanusb (moteus)",
    (0x1209, 0x2323): "mjcanfd-usb (moteus)",
    (0x2458, 0x0001): "BLED112 (Myo armband)",
}


@dataclass(frozen=True, slots=True)
class Device:
    """One thing found.

    Attributes:
        kind: "serial" or "lsl".
        address: port, or source_id of a stream.
        likely: what it probably is.
        details: channels and rate, or the adapter's own description.
    """

    kind: str
    address: str
    likely: str
    details: str


def serial_ports() -> list[Device]:
    """Serial ports, at once."""
    from serial.tools import list_ports

    found = []
    for port in sorted(list_ports.comports()):
        likely = _LIKELY.get((port.vid or 0, port.pid or 0), "serial device")
        found.append(Device("serial", port.device, likely, port.description or ""))
    return found


def lsl_streams(wait_s: float) -> list[Device]:
    """LSL streams on the network, after listening for `wait_s` seconds."""
    from ..drivers.lsl.find import load_pylsl

    pylsl = load_pylsl()
    if hasattr(pylsl, "set_config_content"):
        pylsl.set_config_content("[log]\nlevel = -2\n")  # it would write into the middle of the table
    return [
        Device(
            "lsl",
            stream.source_id() or stream.uid(),
            f"{stream.type()} stream {stream.name()!r}",
            f"{stream.channel_count()} channels at {stream.nominal_srate():g} Hz on {stream.hostname()}",
        )
        for stream in pylsl.resolve_streams(wait_s)
    ]
