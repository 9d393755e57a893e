"""What the wearer's process and the supervisor tell each other, as files in the runtime folder (0600)."""

from __future__ import annotations

from dataclasses import dataclass

from ..controller.settings import LimbPart

SETTINGS_FILE, WANTED_FILE, CHANGED_FILE = "wearer.json", "wanted.json", "changed.json"
PROGRESS_FILE = "recalibration.json"
HOME_LOG, CHOICES_FILE = "homelog.json", "choices.json"
RECALIBRATION, UNDO, CHOICES = "recalibration", "undo", "choices"
"""Why something is changed."""


@dataclass(frozen=True, slots=True)
class WearerSettings:
    """What the wearer's process is told when it starts.

    Attributes:
        runtime_dir: of the limb.
        folder: of what is kept: home log, choices.
        patient: whose.
        bundle: path of the model in use.
        trusted_keys: public keys (hex) whose bundles the limb accepts.
        safety_digest: of the profile.
        key: path of this computer's private key, which signs recalibrated models; made when it is missing.
        parts, grips, max_rate_deg_s: as the loop's.
    """

    runtime_dir: str
    folder: str
    patient: str
    bundle: str
    trusted_keys: tuple[str, ...]
    safety_digest: str
    key: str
    parts: tuple[LimbPart, ...]
    grips: tuple[str, ...] = ()
    max_rate_deg_s: float = 100.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the supervisor is to take up once the guard has said that it may.

    Attributes:
        why: `RECALIBRATION`, `UNDO` or `CHOICES`.
        bundle: path of the model; empty: the one in use stays.
        sensitivity, speed: as `choices.Choices`; looked at with `CHOICES` only.
    """

    why: str
    bundle: str = ""
    sensitivity: int = 0
    speed: int = 5


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of it.

    Attributes:
        swaps: the guard's counter when it was asked for.
        why: as wanted.
        ok: the new loop runs with it.
        sentence: for the wearer.
    """

    swaps: int
    why: str
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A recalibration as page, terminal and tones show it.

    Attributes:
        phase: countdown, prompting, judging, over.
        movement: to make now; "rest" to relax; empty outside of prompting.
        following: the next one.
        number, count: prompts begun, and of how many.
        until_s: control time at which this prompt, or the countdown, ends.
        ends_s: control time at which the last prompt ends.
        tone: "move" or "rest" as a prompt begins, "end" when it is over; empty otherwise.
        by_limb: the limb shows the movements.
        outcome: taken, kept, refused, aborted; empty before.
        sentence: for the wearer.
    """

    phase: str
    movement: str = ""
    following: str = ""
    number: int = 0
    count: int = 0
    until_s: float = 0.0
    ends_s: float = 0.0
    tone: str = ""
    by_limb: bool = False
    outcome: str = ""
    sentence: str = ""
