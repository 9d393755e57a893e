"""Which class reads which kind of source. A source's libraries are imported when it is used, not before."""

from __future__ import annotations

from importlib import import_module

from ..core.errors import ProfileError
from .settings import SourceSettings
from .source import EmgSource

SOURCES = {
    "lsl": (".lsl.source", "LslSource"),
    "cyton": (".cyton.device", "CytonSource"),
    "cyton-daisy": (".cyton.device", "DaisySource"),
    "ascii": (".ascii.device", "AsciiSource"),
    "spikershield": (".spikershield.device", "SpikerShieldSource"),
    "umyo": (".umyo.device", "UmyoSource"),
    "trigno": (".trigno.device", "TrignoSource"),
    "myo": (".myo.device", "MyoSource"),
    "muovi": (".otb.device", "MuoviSource"),
    "muovi-plus": (".otb.device", "MuoviPlusSource"),
    "sessantaquattro": (".otb.device", "SessantaquattroSource"),
    "quattrocento": (".otb.device", "QuattrocentoSource"),
    "playback": (".recordings.playback", "PlaybackSource"),
}
"""kind -> (module, class); the class takes `SourceSettings`."""


def source_for(settings: SourceSettings) -> EmgSource:
    """The source, not opened: ask its `info`, become real-time, then `open` it.

    Raises:
        ProfileError: no such kind, or settings that this kind cannot have.
    """
    if settings.kind not in SOURCES:
        raise ProfileError(f"source.kind = {settings.kind!r}; allowed: {', '.join(SOURCES)}")
    module, name = SOURCES[settings.kind]
    source: EmgSource = getattr(import_module(module, __package__), name)(settings)
    return source


def kept_source(settings: SourceSettings) -> EmgSource:
    """As `source_for`, but an amplifier that is lost is looked for again; a recording just ends."""
    from .kept import KeptSource

    source = source_for(settings)
    return source if settings.kind == "playback" else KeptSource(source)


def open_source(settings: SourceSettings) -> EmgSource:
    """The source, opened.

    Raises:
        ProfileError, SourceError: as `source_for` and `EmgSource.open`.
    """
    source = source_for(settings)
    source.open()
    return source
