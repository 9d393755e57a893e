"""Which amplifier a person means: a profile's, or one named on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import ProfileError
from ..core.folders import runtime_folder
from ..core.profile import Profile, load_profile
from ..drivers.settings import SourceSettings
from ..drivers.table import source_for


@dataclass(frozen=True, slots=True)
class Choice:
    """An amplifier, and whose.

    Attributes:
        settings: of the source; None: whatever is running already.
        profile: the patient's; None when only a source was named.
        folder: where the rings of an acquisition of it lie.
    """

    settings: SourceSettings | None
    profile: Profile | None
    folder: Path | None

    @property
    def limb_folder(self) -> Path | None:
        """Where the rings of the profile's limb lie while it runs."""
        if self.profile is None:
            return None
        return runtime_folder(f"{self.profile.limb.device}-{self.profile.limb.port}")


def source_of(profile: Profile) -> SourceSettings:
    """The source that a profile names, with its channels in the montage's order."""
    source = profile.source
    return SourceSettings(
        kind=source.kind,
        port=source.port,
        host=source.host,
        options=source.option_texts,
        stream=source.stream,
        gain=source.gain,
        rate_hz=source.rate_hz,
        channels=profile.channels,
    )


def check_source(profile: Profile, path: Path) -> None:
    """Refuse a source that cannot be, before anything is started; nothing is opened.

    Raises:
        ProfileError: names the file, the key, the value and what is allowed.
    """
    try:
        source_for(source_of(profile))
    except ProfileError as error:
        raise ProfileError(f"{path}: {error.what}", error.mend) from error


def choose(profile_path: Path | None, named: SourceSettings, sets: Sequence[str]) -> Choice:
    """What the options of a command mean together.

    Args:
        profile_path: `--profile`.
        named: what was named on the command line; kind "" for nothing.
        sets: `--set name=value`, options of the source.

    Raises:
        ProfileError: a profile that cannot be, a profile and a kind, a `--set` without an equals sign.
    """
    pairs = []
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ProfileError(f"--set {text}: it must be name=value")
        pairs.append((name.strip(), value.strip()))
    if profile_path is not None:
        if named.kind:
            raise ProfileError(
                f"--kind {named.kind}: the profile says which amplifier it is", "leave one out"
            )
        profile = load_profile(profile_path)
        check_source(profile, profile_path)
        settings = source_of(profile)
        settings = replace(settings, options=(*settings.options, *pairs))
        return Choice(settings, profile, _folder(settings))
    if not named.kind:
        if pairs:
            raise ProfileError(f"--set {sets[0]}: of which amplifier?", "add --kind")
        return Choice(None, None, None)
    settings = replace(named, options=tuple(pairs))
    return Choice(settings, None, _folder(settings))


def _folder(settings: SourceSettings) -> Path:
    where = settings.port or settings.host or settings.stream or settings.path
    return runtime_folder(f"source-{settings.kind}-{where}")
