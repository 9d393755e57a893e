"""What the page shows, as plain data: `reader` makes it, `frame` writes it as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.state import State
from .envelope import Slice
from .latency import Latency


@dataclass(frozen=True, slots=True)
class Setup:
    """What stays the same during one run; a new one means that the page builds its lists again.

    Attributes:
        device: plain words for the limb.
        kind: what to draw: "hand", "ankle" or "none".
        joints: the limb's own joint names, in its order.
        units: per joint, "°" or "%".
        devices: plain words for each device of the limb.
        leg: True where a fall is the hazard: it has a seat instead of grips.
        grips: names that may be chosen; empty where there is no choice.
        max_grip_n: a finger that meets this force closes no further; 0 where nobody set a limit.
        classes: the decoder's names, in its order.
        channels: electrode names.
        unit: of the EMG.
        bin_s: seconds of EMG per drawn column.
        threshold: confidence under which nothing moves.
        source: where the EMG comes from, in words.
        simulated: True when no person is at the other end.
        realtime: whether the kernel granted real-time priority to loop and guard; None when neither said.
    """

    device: str = "Limb"
    kind: str = "none"
    joints: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    leg: bool = False
    grips: tuple[str, ...] = ()
    max_grip_n: float = 0.0
    classes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    unit: str = ""
    bin_s: float = 0.01
    threshold: float = 0.0
    source: str = ""
    simulated: bool = False
    realtime: bool | None = None


@dataclass(frozen=True, slots=True)
class Banner:
    """The one thing to see from across the room.

    Attributes:
        state: what the guard says; None when it says nothing (any more).
        headline: one or two words.
        sentence: why, and what to do.
        tone: still, ready, go, wait or fault.
    """

    state: State | None
    headline: str
    sentence: str
    tone: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the decoder believes.

    Attributes:
        name: plain words; empty before the first decision.
        confidence: 0 to 1.
        acting: what comes of it, in words.
        posterior: per class, 0 to 1.
    """

    name: str
    confidence: float
    acting: str
    posterior: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Electrode:
    """One channel: `complaint` is empty when it can be trusted; `warning` says what else is worth knowing."""

    name: str
    complaint: str
    rms: float
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Joint:
    """Where a joint is and where the guard wants it; None before the limb answered."""

    name: str
    position_deg: float | None
    setpoint_deg: float | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing worth knowing of the limb, in words; tone: good, bad or caution."""

    text: str
    tone: str = "good"


@dataclass(frozen=True, slots=True)
class Seat:
    """Of a leg: what the guard believes of its wearer.

    Attributes:
        seated: a person said that they sit, and no weight came on the leg since.
        sentence: whether the leg may follow the muscles now, why not, and what to do.
        unloaded_s: how long there has been no weight on it; 0 with weight, None while nobody knows.
    """

    seated: bool
    sentence: str
    unloaded_s: float | None


@dataclass(frozen=True, slots=True)
class Care:
    """What a person chose, and what the limb feels.

    Attributes:
        grip: name of the grip that closing makes; empty where there is no choice.
        frozen: the limb keeps what it does until somebody unfreezes it.
        may_freeze: whether the guard would freeze it now.
        force_n: per joint what it presses with; None where the limb does not say.
        held: per joint why it goes no further, in two or three words; empty for one that is free.
        facts: the rest, in words.
        seat: of a leg.
    """

    grip: str = ""
    frozen: bool = False
    may_freeze: bool = False
    force_n: tuple[float | None, ...] = ()
    held: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    seat: Seat | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Counts since the start of the run."""

    samples_received: int = 0
    samples_lost: int = 0
    overruns: int = 0
    frames_sent: int = 0
    frames_acked: int = 0
    refused: int = 0
    decoder_alive: bool = False
    guard_alive: bool = False


@dataclass(frozen=True, slots=True)
class PageState:
    """All of it, at one moment."""

    setup: Setup
    setup_version: int
    banner: Banner
    alarms: tuple[str, ...]
    decoded: Decoded
    electrodes: tuple[Electrode, ...]
    joints: tuple[Joint, ...]
    care: Care
    latency: Latency
    link: Link
    emg: Slice | None

    @property
    def may_arm(self) -> bool:
        """A person arms a limb that is stopped or at fault, and no other."""
        return self.banner.state in (State.STOPPED, State.FAULT)
