"""Every kind of source in one line: what `innervate devices --kinds` prints."""

from __future__ import annotations

KINDS = {
    "lsl": ("LSL", "any stream on the network; source.stream takes its name or source_id"),
    "cyton": ("serial", "OpenBCI Cyton by its dongle: 8 channels, 250 Hz"),
    "cyton-daisy": ("serial", "OpenBCI Cyton with Daisy by its dongle: 16 channels, 125 Hz"),
    "muovi": ("TCP", "OT Bioelettronica Muovi: 32 channels, 2 kHz; the probe dials in on us"),
    "muovi-plus": ("TCP", "OT Bioelettronica Muovi+: 64 channels, 2 kHz; the probe dials in on us"),
    "sessantaquattro": ("TCP", "OT Bioelettronica Sessantaquattro(+): up to 64 channels; it dials in on us"),
    "quattrocento": ("TCP", "OT Bioelettronica Quattrocento: up to 384 channels; we dial in on it"),
    "trigno": ("TCP", "Delsys Trigno by the Trigno Control Utility: up to 16 sensors"),
    "myo": ("serial", "Thalmic Myo armband by a BLED112 dongle: 8 channels, 200 Hz, no unit"),
    "umyo": ("serial", "uMyo sensors by their USB base: one channel each, about 1116 Hz"),
    "spikershield": ("serial", "Backyard Brains SpikerShield on an Arduino: 1 to 6 channels"),
    "ascii": ("serial", "lines of numbers: MyoWare, Arduino plotter, CSV; also load cells and IMUs"),
    "brainflow": ("BrainFlow", "any board that BrainFlow knows; needs innervate[brainflow]"),
    "playback": ("file", "a recording, as if it happened now; source.path takes its file"),
}
"""kind -> (link, note); the keys are those of `drivers.table.SOURCES`."""
