"""What is to be said about an electrode, in one plain sentence."""

from __future__ import annotations

from ...models.signal.flags import SENTENCE, UNTRUSTED, WORST_FIRST


def complaint(flags: int) -> str:
    """Why the channel cannot be trusted: the sentence of the worst bit of `flags`; empty when it can."""
    return _sentence(flags & UNTRUSTED)


def warning(flags: int) -> str:
    """What is worth knowing about a channel that is used all the same; empty when there is nothing."""
    return _sentence(flags & ~UNTRUSTED)


def _sentence(flags: int) -> str:
    return next((SENTENCE[flag] for flag in WORST_FIRST if flags & flag), "")
