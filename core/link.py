"""What the link to an amplifier is doing now. Shown on the page, logged, and part of the telemetry format."""

from __future__ import annotations

from enum import IntEnum


class LinkState(IntEnum):
    """Add at the end, never renumber."""

    STREAMING = 0
    SILENT = 1
    """Open, but nothing has come for a while."""
    RECONNECTING = 2
    """It was lost, and is being looked for; rows are filled in time and marked invalid."""
    WRONG_RATE = 3
    """It sends at another rate than it says: nothing that was learnt at that rate fits."""


SENTENCE: dict[LinkState, str] = {
    LinkState.STREAMING: "The amplifier sends.",
    LinkState.SILENT: "The amplifier is silent. Is it switched on, and near?",
    LinkState.RECONNECTING: "The amplifier was lost and is looked for. Check its cable, battery and radio.",
    LinkState.WRONG_RATE: "The amplifier sends at another rate than it says. Mend its settings, start again.",
}
