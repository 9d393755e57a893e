"""Which class reads which kind of source. A source's libraries are imported when it is used, not before."""

from __future__ import annotations

from importlib import import_module
from typing import Any

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
    "brainflow": (".brainflow.device", "BrainFlowSource"),
    "playback": (".recordings.playback", "PlaybackSource"),
}
"""kind -> (module, class); the class takes `SourceSettings`."""
OUTSIDE = "innervate.sources"
"""Entry points in which other packages name theirs: kind = "module:class" (docs/adding-a-source.md)."""


def source_for(settings: SourceSettings) -> EmgSource:
    """The source, not opened: ask its `info`, become real-time, then `open` it.

    Raises:
        ProfileError: no such kind, or settings that this kind cannot have.
    """
    source: EmgSource
    if settings.kind not in SOURCES:
        source = _outside(settings.kind)(settings)
        return source
    module, name = SOURCES[settings.kind]
    source = getattr(import_module(module, __package__), name)(settings)
    return source


def _outside(kind: str) -> Any:
    """The class that another installed package has for this kind."""
    # Looks at every installed package: not for a limb that uses one of ours.
    from importlib.metadata import entry_points

    named = entry_points(group=OUTSIDE)
    found = [point for point in named if point.name == kind]
    if not found:
        allowed = ", ".join((*SOURCES, *sorted({point.name for point in named})))
        raise ProfileError(f"source.kind = {kind!r}; allowed: {allowed}")
    if len({point.value for point in found}) > 1:
        both = ", ".join(sorted(point.value for point in found))
        raise ProfileError(f"source.kind = {kind!r} is claimed by {both}", "uninstall all of them but one")
    try:
        return found[0].load()
    except (ImportError, AttributeError) as error:
        raise ProfileError(
            f"source.kind = {kind!r}: {found[0].value} cannot be used: {error}", "install its package again"
        ) from error


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
