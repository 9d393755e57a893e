"""The words that columns choose from. Levels and sides are the profile's own."""

from __future__ import annotations

from enum import StrEnum
from typing import get_args

from ...core.profile import Level, Side

LEVELS: tuple[str, ...] = get_args(Level)
SIDES: tuple[str, ...] = get_args(Side)


class Role(StrEnum):
    """What an account is for."""

    CLINICIAN = "clinician"
    WEARER = "wearer"
    """Tied to one patient."""
    DEVELOPER = "developer"
    """Sees simulated patients only."""


ROLES = tuple(map(str, Role))
TMR_KINDS = ("primary", "secondary")
"""Nerves were transferred at the amputation, or after pain or for control later."""
INNERVATIONS = ("native", "reinnervated")
VISITS = ("baseline", "fitting", "signal check", "calibration", "assessment", "follow-up", "phantom", "other")
QUALITIES = ("ready", "weak", "noisy", "crosstalk", "no contact", "not yet", "no signal expected")
"""Of a site at a visit, as the signal check says it."""
VERDICTS = ("ok", "late", "early", "weak", "noisy", "stopped")
"""Of a repetition; the person stopped: it hurt, or they had enough."""
PAIN_SOURCES = ("clinic", "home")
PAIN_OF = ("phantom", "residual", "general")
DOMAINS = ("intensity", "behavior", "interference")
"""PROMIS pain domains (FACTS.md section 4, Valerio 2019)."""
EVENTS = ("missed", "withdrawn", "died")
PME_KINDS = ("execution", "imagery")
"""Neither is said to be better (FACTS.md section 4)."""
ALERTS = ("pain", "fall")
NRS = (0.0, 10.0)
PRI = (0.0, 45.0)
"""Pain rating index of the SF-MPQ: 15 words, each 0 to 3 (Melzack 1987)."""
WPD = (0.0, 5.0)
"""Weighted pain distribution, as `followup.execution` counts it."""

FIGURES: dict[str, dict[str, tuple[float, float]]] = {
    "tac": {
        "completion_rate": (0, 1),
        "time_s": (0, 3600),
        "path_efficiency": (0, 1),
        "overshoots": (0, 1e4),
    },
    "fitts": {"throughput_bit_s": (0, 100), "completion_rate": (0, 1), "path_efficiency": (0, 1)},
    "tracking": {"rms_error": (0, 1e4), "correlation": (-1, 1)},
    "box-and-blocks": {"blocks": (0, 1000)},
    "clothespin": {"time_s": (0, 3600), "dropped": (0, 1000)},
    "acmc": {"score": (0, 100)},
    "shap": {"index": (0, 100)},
    "dash": {"score": (0, 100)},
    "amp": {"score": (0, 47), "with_prosthesis": (0, 1)},
    "2mwt": {"distance_m": (0, 1000)},
    "6mwt": {"distance_m": (0, 3000)},
    "tug": {"time_s": (0, 3600)},
    "10mwt": {"speed_m_s": (0, 10)},
    "plus-m": {"t_score": (0, 100)},
    "abc": {"score": (0, 100)},
    "falls": {"falls": (0, 10_000), "days": (1, 3660)},
    "socket-comfort": {"score": (0, 10)},
    "skin": {"problems": (0, 100)},
}
"""Test -> its figures and their ends. Scales: FACTS.md section 7; times, distances and counts: ours, wide."""
TESTS = tuple(FIGURES)
RATED = ("acmc",)
"""Tests that only a named, certified rater gives."""
