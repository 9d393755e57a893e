"""What can be wrong with a channel, in words a prosthetist uses."""

from __future__ import annotations

from enum import IntFlag


class Contact(IntFlag):
    """What is wrong with a channel; bits may stand together. Stored in flight logs: never renumber."""

    GOOD = 0
    NO_DATA = 1
    FLAT = 2
    RAILED = 4
    MAINS = 8
    NOISY = 16
    MOTION = 32
    LIFTED = 64
    ECG = 128


SENTENCE: dict[Contact, str] = {
    Contact.GOOD: "Good contact.",
    Contact.NO_DATA: "No samples arrive from this electrode. Check the amplifier's link.",
    Contact.FLAT: "The signal stands still or drops out: the lead is loose, disconnected or shorted.",
    Contact.RAILED: "The signal is at the amplifier's limit: electrode off the skin, or reference loose.",
    Contact.MAINS: "Mains hum covers the muscle. Press the electrode on, moisten it, or unplug chargers.",
    Contact.NOISY: "Much louder than any muscle was at calibration. The electrode may have lifted.",
    Contact.MOTION: "The electrode is being moved or knocked. Check that the socket is tight.",
    Contact.LIFTED: "The electrode has come off the skin, or half off. Press it on, or replace its gel.",
    Contact.ECG: "The heartbeat shows here. The channel is still used; further from the heart is cleaner.",
}

WARNINGS = Contact.ECG
"""Worth saying, no reason to stop: heartbeats recur for as long as the electrode is where it is, were there
during calibration too, and a limb that held still for them would never move."""
UNTRUSTED = int(~WARNINGS)
"""Any of these, and nothing is to be decided from the channel now."""

WORST_FIRST = (
    *(Contact.NO_DATA, Contact.RAILED, Contact.FLAT, Contact.LIFTED),
    *(Contact.MOTION, Contact.NOISY, Contact.MAINS, Contact.ECG),
)
"""What explains most comes first: a channel at its limit is always noisy too."""


def explain(flags: int) -> tuple[str, ...]:
    """The sentences for one channel's flags, worst first."""
    found = tuple(SENTENCE[flag] for flag in WORST_FIRST if flags & flag)
    return found or (SENTENCE[Contact.GOOD],)
