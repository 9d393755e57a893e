"""Which class stands in for which amplifier. A device's module is imported when it is used, not before."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..core.errors import ProfileError

if TYPE_CHECKING:
    from .amplifier import AmplifierSettings, Device
    from .feed import Feed

DEVICES: dict[str, tuple[str, str, float | None]] = {
    "lsl": (".lsl_outlet", "LslOutlet", None),
    "cyton": (".cyton", "VirtualCyton", 250.0),
    "cyton-daisy": (".cyton", "VirtualDaisy", 125.0),
    "ascii": (".ascii", "VirtualAscii", None),
    "spikershield": (".spikershield", "VirtualSpikerShield", None),
    "umyo": (".umyo", "VirtualUmyo", 1116.0),
    "trigno": (".trigno", "VirtualTrigno", None),
    "myo": (".myo", "VirtualMyo", 200.0),
    "muovi": (".otb", "VirtualMuovi", None),
    "muovi-plus": (".otb", "VirtualMuoviPlus", None),
    "sessantaquattro": (".otb", "VirtualSessantaquattro", None),
    "quattrocento": (".otb", "VirtualQuattrocento", None),
}
"""name -> (module, class, its only rate in Hz or None). The class has `serve(settings, feed)`."""


def rate_of(settings: AmplifierSettings) -> float:
    """The device's only rate, or the one that the settings choose.

    Raises:
        ProfileError: no such device.
    """
    if settings.device not in DEVICES:
        raise ProfileError(f"virtual amplifier {settings.device!r}; allowed: {', '.join(DEVICES)}")
    return DEVICES[settings.device][2] or settings.rate_hz


def make_device(settings: AmplifierSettings, feed: Feed) -> Device:
    """The wire that the settings ask for.

    Raises:
        ProfileError: no such device, or one that cannot carry this feed.
    """
    rate_hz = rate_of(settings)
    if feed.rate_hz != rate_hz and DEVICES[settings.device][2] is not None:
        raise ProfileError(
            f"a {settings.device} sends {rate_hz:g} Hz, not {len(feed.channels)} at {feed.rate_hz:g} Hz",
            "play it over LSL",
        )
    module, name, _ = DEVICES[settings.device]
    device: Device = getattr(import_module(module, __package__), name).serve(settings, feed)
    return device


def refuse_channels(device: str, most: int, feed: Feed) -> None:
    """For a device's `serve`.

    Raises:
        ProfileError: the feed has more channels than the device.
    """
    if len(feed.channels) > most:
        raise ProfileError(
            f"a {device} has {most} channels; this feed has {len(feed.channels)}", "play it over LSL"
        )
