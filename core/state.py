"""The states of a limb and the one table of what leads from which to which.

The guard owns the state: it alone lets a limb move (ADR 0003). Loop, page and log show what it says. The
numbers are part of the telemetry format: add at the end, never renumber.
"""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """What the limb may do now."""

    STOPPED = 0
    """Holds. Nobody armed it yet, or somebody stopped it."""
    ARMED = 1
    """A person allowed movement; the limb waits, for rest first and then for a movement."""
    ACTIVE = 2
    """Moves as decoded."""
    HOLDING = 3
    """Holds for a moment: the input cannot be trusted right now; goes on by itself once it can, from rest."""
    PROMPTING = 4
    """Moves by itself because a person asked for it (release): speed-capped and stoppable."""
    FAULT = 5
    """Holds, and stays so until a person arms it again."""


class Reason(IntEnum):
    """Why the limb does not do what was decoded. Shared by log, page and hazard file."""

    NONE = 0
    NOT_ARMED = 1
    STOP_REQUESTED = 2
    REST_FIRST = 3
    LOW_CONFIDENCE = 4
    EMG_STALE = 5
    EMG_LOST = 6
    CONTACT = 7
    WARMING_UP = 8
    UNMAPPED = 9
    LOOP_LATE = 10
    LOOP_LOST = 11
    COMMAND_INVALID = 12
    COMMAND_EXPIRED = 13
    COMMAND_OUT_OF_ORDER = 14
    LIMB_SILENT = 15
    LIMB_LOST = 16
    LIMB_FAULT = 17
    RELEASE_REQUESTED = 18
    SHUTTING_DOWN = 19
    GUARD_STALLED = 20
    EMG_RATE = 21
    UNFAMILIAR = 22
    FROZEN = 23
    LOADED = 24
    LOAD_UNKNOWN = 25
    LIMB_HOT = 26
    RECALIBRATING = 27
    MODEL_CHANGED = 28


SENTENCE: dict[Reason, str] = {
    Reason.NONE: "Moving as decoded.",
    Reason.NOT_ARMED: "Stopped. Press Arm to let the limb move.",
    Reason.STOP_REQUESTED: "Stopped by a person. Press Arm to go on.",
    Reason.REST_FIRST: "Relax the muscles once; then the limb follows.",
    Reason.LOW_CONFIDENCE: "The movement is not clear enough to act on.",
    Reason.UNFAMILIAR: "These signals look like none that were trained.",
    Reason.EMG_STALE: "The muscle signal is late; the limb holds until it is back.",
    Reason.EMG_LOST: "No muscle signal. Check the amplifier and its cable, then press Arm.",
    Reason.CONTACT: "An electrode cannot be trusted; the limb holds. Check the marked electrode.",
    Reason.WARMING_UP: "Waiting for the first full window of muscle signal.",
    Reason.UNMAPPED: "This limb has no joint for that movement.",
    Reason.LOOP_LATE: "The decoder is late; the limb holds.",
    Reason.LOOP_LOST: "The decoder stopped. The limb holds; start it again, then press Arm.",
    Reason.COMMAND_INVALID: "The decoder sent something that is not a number; it was refused.",
    Reason.COMMAND_EXPIRED: "A command came too late; it was refused.",
    Reason.COMMAND_OUT_OF_ORDER: "A command came out of order; it was refused.",
    Reason.LIMB_SILENT: "The limb does not answer. Check its cable and battery, then press Arm.",
    Reason.LIMB_LOST: "The limb is unplugged. Plug it in, then press Arm.",
    Reason.LIMB_FAULT: "The limb reports a fault of its own. See its manual, then press Arm.",
    Reason.RELEASE_REQUESTED: "Opening because a person asked for it.",
    Reason.SHUTTING_DOWN: "Shutting down.",
    Reason.EMG_RATE: "The amplifier sends at another rate than it says; the limb holds.",
    Reason.FROZEN: "Frozen: the limb keeps what it does until you unfreeze it.",
    Reason.LOADED: "There is weight on the limb; it holds until it swings or you sit.",
    Reason.LOAD_UNKNOWN: "Is there weight on the limb? Stand on it once, or check the load sensor.",
    Reason.LIMB_HOT: "The limb is too hot. Let it cool down, then press Arm.",
    Reason.RECALIBRATING: "Recalibrating: muscles do not move the limb. Stop ends it.",
    Reason.MODEL_CHANGED: "The limb takes up what you changed. Press Arm to go on.",
    Reason.GUARD_STALLED: "The safety process was held up; the limb holds. Press Arm to go on.",
}


class Event(IntEnum):
    """What can happen to a limb's state."""

    ARM = 0
    STOP = 1
    RELEASE = 2
    RELEASED = 3
    REST = 4
    MOVE = 5
    DISTRUST = 6
    TRUST = 7
    FAULT = 8


_S = State
TRANSITIONS: dict[tuple[State, Event], State] = {
    **{(state, Event.STOP): _S.STOPPED for state in State},
    **{(state, Event.FAULT): _S.FAULT for state in State},
    **{(state, Event.RELEASE): _S.PROMPTING for state in State},
    (_S.STOPPED, Event.ARM): _S.ARMED,
    (_S.FAULT, Event.ARM): _S.ARMED,
    (_S.HOLDING, Event.ARM): _S.ARMED,
    (_S.PROMPTING, Event.RELEASED): _S.STOPPED,
    (_S.ARMED, Event.MOVE): _S.ACTIVE,
    (_S.ACTIVE, Event.REST): _S.ARMED,
    (_S.ARMED, Event.DISTRUST): _S.HOLDING,
    (_S.ACTIVE, Event.DISTRUST): _S.HOLDING,
    (_S.HOLDING, Event.TRUST): _S.ARMED,
}
"""(state, event) -> next state. A pair that is not listed changes nothing."""


def after(state: State, event: Event) -> State:
    """The state that follows; the same one where the table lists nothing.

    A stop while a fault stands must not hide the fault: the guard keeps the reason, see `Guard`.
    """
    return TRANSITIONS.get((state, event), state)
