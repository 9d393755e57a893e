"""Recordings of EMG: read, written, and played as if they were an amplifier."""
