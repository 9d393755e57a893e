"""Which of the device's channels are used, in which order."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.errors import SourceError


def numbered(count: int) -> tuple[str, ...]:
    """Names for channels that have none: ch1, ch2, ..."""
    return tuple(f"ch{n}" for n in range(1, count + 1))


def pick(available: Sequence[str], wanted: Sequence[str], of: str) -> tuple[int, ...]:
    """Column of each wanted channel; all of them when nothing is wanted in particular.

    Raises:
        SourceError: a channel is missing, is there twice, or is wanted twice. `of` names the device.
    """
    for name in wanted or available:
        if list(available).count(name) > 1:
            raise SourceError(f"{of}: two channels are called {name!r}", "give each channel its own label")
    if not wanted:
        return tuple(range(len(available)))
    for name in wanted:
        if name not in available:
            raise SourceError(
                f"{of}: no channel {name!r}; it has {', '.join(available)}", "mend the profile's montage"
            )
        if list(wanted).count(name) > 1:
            raise SourceError(f"{of}: channel {name!r} is wanted twice", "list each channel once")
    return tuple(list(available).index(name) for name in wanted)
