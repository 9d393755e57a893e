"""Guided calibration: what is asked, what was heard, what is kept, and what should be done about it."""
