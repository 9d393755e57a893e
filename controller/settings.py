"""What the loop process is told when it starts (written from the profile by `innervate run`)."""

from __future__ import annotations

from dataclasses import dataclass

from ..drivers.settings import SourceSettings

STALE_S = 0.060
"""Samples older than this when read update filters but never intent (DESIGN.md, real-time rules)."""
LEG_STALE_S = 0.030
"""The same of a leg, so that an unloaded ankle moves less than 2 degrees after its amplifier is gone."""


@dataclass(frozen=True, slots=True)
class ShapingSettings:
    """How decisions become intent; see `core.profile.Control` for the sources of the defaults.

    Attributes:
        rejection_threshold: for every movement; None: the model's own thresholds.
        thresholds: (movement, threshold) of single movements; win over everything else.
        speeds: (movement, its greatest speed, 0 to 1).
        ramp_s: time until full speed; 0: at once.
        min_speed: at no effort, as a share of full speed.
        speed: full speed, as a share of what the limb may.
        vote_s: length of the majority vote; 0: none.
        lock_s: how long a started movement must be absent until another one takes over; 0: at once.
        hysteresis: by how much less probable a started movement may be than one that starts.
        more_sure: added to every movement's threshold: the wearer's own sensitivity, negative for more of it.
    """

    rejection_threshold: float | None = None
    thresholds: tuple[tuple[str, float], ...] = ()
    speeds: tuple[tuple[str, float], ...] = ()
    ramp_s: float = 0.2
    min_speed: float = 0.15
    speed: float = 1.0
    vote_s: float = 0.0
    lock_s: float = 0.0
    hysteresis: float = 0.0
    more_sure: float = 0.0


@dataclass(frozen=True, slots=True)
class CocontractionSettings:
    """Two muscles that oppose each other, tensed at once: stop, and held on, release. Whatever is decoded.

    The gesture is that of clinical hands (both sites above their threshold within 80 ms, for 80 to 200 ms);
    the defaults within those ranges are ours.

    Attributes:
        channels: the two, by name.
        share: of the strongest level a channel had in calibration: from there on it counts as tensed.
        within_s: both become tensed within so long, or it is no co-contraction.
        stop_s: both tensed for so long stops. 0.1 s and more: contact faults are found by then.
        release_s: both tensed for so long releases.
        window_s: of the level.
    """

    channels: tuple[str, str]
    share: float = 0.5
    within_s: float = 0.080
    stop_s: float = 0.120
    release_s: float = 1.0
    window_s: float = 0.080


@dataclass(frozen=True, slots=True)
class LimbPart:
    """One device of the limb, as the mapper knows it.

    Attributes:
        device: its key in the guard's table.
        joints: names, in its order.
    """

    device: str
    joints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """Everything the loop needs.

    Attributes:
        runtime_dir: folder of the rings and sockets of this limb.
        source: which amplifier.
        bundle: path of the model bundle.
        trusted_keys: public keys (hex) whose bundles are accepted.
        safety_digest: of the profile, bound by the bundle's signature.
        parts: the devices of the limb, in the order of its joints.
        grips: postures that closing may mean, the first one at the start; empty: closing is closing.
        double_open_s: two short openings within so long mean the next grip; 0: they do not.
        max_rate_deg_s: fastest joint rate asked for at full speed.
        increment_ms: time between decisions; must be whole samples, and what the model was made for.
        turn_s: the loop wakes at least this often.
        stale_s: samples older than this when read update filters but never intent.
        command_life_s: a command older than this means "hold".
        latency_budget_ms: shown on the page with its alarm.
        shaping: rejection, ramp, proportional speed.
        cocontraction: stop and release by two muscles; None: off.
        outlier_limit: how unlike training a window may be to be acted on, 1 being its edge; 0: as it likes.
        adapt: learn from use, without labels, that the montage lies turned about the limb.
        keep_awake: keep processors from sleeping: sooner decisions, shorter battery (`core.realtime`).
        simulated: True when no person is at the other end.
        flight_minutes: length of the flight log; 0: none.
    """

    runtime_dir: str
    source: SourceSettings
    bundle: str
    trusted_keys: tuple[str, ...]
    safety_digest: str
    parts: tuple[LimbPart, ...]
    max_rate_deg_s: float
    grips: tuple[str, ...] = ()
    double_open_s: float = 0.8
    increment_ms: float = 10.0
    turn_s: float = 0.010
    stale_s: float = STALE_S
    command_life_s: float = 0.050
    latency_budget_ms: float = 4.0
    shaping: ShapingSettings = ShapingSettings()
    cocontraction: CocontractionSettings | None = None
    outlier_limit: float = 0.0
    adapt: bool = False
    keep_awake: bool = False
    simulated: bool = False
    flight_minutes: float = 0.0
