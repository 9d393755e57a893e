"""Plain words for what the rings say in numbers."""

from __future__ import annotations

from ...core.link import SENTENCE as LINKS
from ...core.link import LinkState
from ...core.state import SENTENCE, Reason, State

HEADLINE = {
    State.STOPPED: "Stopped",
    State.ARMED: "Armed",
    State.ACTIVE: "Moving",
    State.HOLDING: "Holding",
    State.PROMPTING: "Opening",
    State.FAULT: "Fault",
}
FROZEN = "Frozen"
"""The headline while a person wants the limb to keep what it does."""
TONE = {
    State.STOPPED: "still",
    State.ARMED: "ready",
    State.ACTIVE: "go",
    State.HOLDING: "wait",
    State.PROMPTING: "go",
    State.FAULT: "fault",
}
"""How the banner looks; it never says more than the words do."""

GUARD_GONE = "The safety process has stopped. What the limb does is not known here; use its own switch."
NOT_STARTED = "Waiting for the limb to start."
DECODER_GONE = "The decoder has stopped. The limb does not follow the muscles."

_DEVICES = {"ability-hand": "Ability Hand", "moteus-ankle": "Ankle"}
_JOINTS = {
    "index": "Index finger",
    "middle": "Middle finger",
    "ring": "Ring finger",
    "pinky": "Little finger",
    "little": "Little finger",
    "thumb_flexor": "Thumb bend",
    "thumb_rotator": "Thumb turn",
    "ankle": "Ankle",
}
_MOVEMENTS = {
    "rest": "Rest",
    "open": "Open hand",
    "power": "Power grip",
    "pinch": "Pinch",
    "tripod": "Tripod grip",
    "key": "Key grip",
    "point": "Point",
}


def sentence(state: State, reason: int) -> str:
    """The sentence of a reason, or what the state waits for when there is no reason."""
    try:
        known = Reason(reason)
    except ValueError:
        return f"Reason {reason}, which this page does not know. Look at the log."
    if known is Reason.NONE:
        if state is State.ARMED:
            return "Ready. The limb follows the next movement."
        if state in (State.STOPPED, State.FAULT):
            return "The limb holds. Press Arm to let it move."
    return SENTENCE[known]


def link(number: int) -> str:
    """The sentence of a link's state."""
    try:
        return LINKS[LinkState(number)]
    except ValueError:
        return f"Link state {number}, which this page does not know. Look at the log."


def movement(name: str) -> str:
    """'power' -> 'Power grip'; names we do not list keep their own words."""
    return _MOVEMENTS.get(name, _plain(name))


def joint(name: str) -> str:
    """'thumb_flexor' -> 'Thumb bend'."""
    return _JOINTS.get(name, _plain(name))


def device(name: str) -> str:
    """'ability-hand' -> 'Ability Hand'."""
    return _DEVICES.get(name, _plain(name) or "Limb")


def _plain(name: str) -> str:
    words = " ".join(name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]
