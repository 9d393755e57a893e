"""Where a limb stands: its state, and the reason a person is shown. The table itself is `core.state`."""

from __future__ import annotations

from ..core.state import Event, Reason, State, after

RUNNING = (State.ARMED, State.ACTIVE, State.HOLDING)
"""States that need a loop."""
_GRAVITY = (
    Reason.LOOP_LOST,
    Reason.EMG_LOST,
    Reason.GUARD_STALLED,
    Reason.LIMB_SILENT,
    Reason.LIMB_HOT,
    Reason.LIMB_FAULT,
    Reason.LIMB_LOST,
)
"""Reasons of a fault. Until a person arms, only a graver one takes the place of one that stands."""


class Standing:
    """State, and why it is not more than it is."""

    def __init__(self) -> None:
        self.state = State.STOPPED
        self.because = Reason.NOT_ARMED
        """Why it is stopped, holding or at fault."""
        self.rest_seen = False
        """The person has rested since the limb was armed."""
        self.frozen = False
        """A person wants the limb to keep what it does."""

    def happen(self, event: Event) -> None:
        """Go where the table leads."""
        self.state = after(self.state, event)

    def fault(self, reason: Reason, *, others_open: bool = False) -> None:
        """Enter FAULT, or stay in it. A release goes on without a loop and shows later that it was lost.

        Args:
            others_open: what failed is one of several devices, and a release moves others.
        """
        if not self.fault_stands or _GRAVITY.index(reason) > _GRAVITY.index(self.because):
            self.because = reason
        if self.state is State.PROMPTING and (reason is Reason.LOOP_LOST or others_open):
            return
        self.frozen = False
        self.happen(Event.FAULT)

    def freeze(self) -> None:
        """Hold until `unfreeze`, whatever the muscles do; only while it runs."""
        self.frozen = True
        self.happen(Event.DISTRUST)
        self.because = Reason.FROZEN

    def unfreeze(self) -> None:
        """Follow again, from rest on."""
        self.frozen = self.rest_seen = False
        self.happen(Event.TRUST)

    def stop(self, reason: Reason) -> None:
        """Enter STOPPED; a fault's reason stays visible."""
        stands, self.frozen = self.fault_stands, False
        self.happen(Event.STOP)
        if not stands:
            self.because = reason

    def release(self) -> None:
        """Enter PROMPTING; what is shown after it is the fault that stood, or that it is not armed."""
        stands, self.frozen = self.fault_stands, False
        self.happen(Event.RELEASE)
        if not stands:
            self.because = Reason.NOT_ARMED

    def arm(self) -> None:
        """A person allows movement; rest must be seen first."""
        self.happen(Event.ARM)
        self.because = Reason.NONE
        self.rest_seen = self.frozen = False

    @property
    def fault_stands(self) -> bool:
        """A fault that nobody has armed away."""
        return self.state not in RUNNING and self.because in _GRAVITY

    def reason(self, command: Reason | None) -> Reason:
        """What a person is shown; `command` is the reason of the command that stands, if one does."""
        match self.state:
            case State.PROMPTING:
                return Reason.RELEASE_REQUESTED
            case State.ACTIVE:
                return Reason.NONE
            case State.ARMED if not self.rest_seen:
                return Reason.REST_FIRST
            case State.ARMED:
                return Reason.COMMAND_EXPIRED if command is None else command
            case _:
                return self.because
