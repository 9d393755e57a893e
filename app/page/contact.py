"""Why an electrode cannot be trusted, in one plain sentence."""

from __future__ import annotations

from ...models.signal.contact import SENTENCE, Contact

_WORST_FIRST = (Contact.NO_DATA, Contact.RAILED, Contact.FLAT, Contact.MOTION, Contact.NOISY, Contact.MAINS)


def complaint(flags: int) -> str:
    """The sentence of the worst bit of `flags`; empty when the channel is good.

    One sentence per electrode: what explains most comes first, since a railed channel is always noisy too.
    """
    if not flags:
        return ""
    for flag in _WORST_FIRST:
        if flags & flag and flag in SENTENCE:
            return SENTENCE[flag]
    return f"Not to be trusted (code {flags})."
