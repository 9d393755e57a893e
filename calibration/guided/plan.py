"""What a guided calibration asks for, in order, and how long each thing takes. Settings only: no samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...core.errors import InnervateError
from ...core.movements import REST

COMFORTABLE = "comfortable"
STILL = "sitting still"
ARM_RESTS = ("reaching", "lifting", "walking")
LEG_RESTS = ("standing", "weight-shifting", "walking")
"""What the muscles also do while nothing is meant: it is learnt as rest (issue 7)."""
POSITIONS = (COMFORTABLE, "arm hanging", "arm forward", "arm raised")
"""Positions of the arm; four limb positions are what is advised (FACTS section 2, PMC7146367)."""
EFFORTS = ("light", COMFORTABLE, "firm")
REPETITIONS = 3
MOST_MINUTES = 5.0
"""In which 6 movements and rest, 3 times each, must fit (issue 7)."""


class PlanError(InnervateError):
    """A calibration that cannot be asked for: names the setting, its value and what is allowed."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of each part of a step. Ours: 3 s of contraction as in the recordings of others (BioPatRec,
    ../shared/data), and as much time to relax and get ready again.

    Attributes:
        relax_s: to let go of what was done before.
        countdown_s: what comes next is shown, and counted down to.
        hold_s: the contraction.
        quiet_s: first rest, sitting still: what levels are compared with.
        rest_s: each rest while the body does something.
    """

    relax_s: float = 1.0
    countdown_s: float = 2.0
    hold_s: float = 3.0
    quiet_s: float = 4.0
    rest_s: float = 8.0

    def __post_init__(self) -> None:
        bounds = {"relax_s": 0.5, "countdown_s": 1.0, "hold_s": 1.5, "quiet_s": 2.0, "rest_s": 2.0}
        for name, least in bounds.items():
            value = getattr(self, name)
            if not least <= value <= 30.0:
                raise PlanError(f"timing.{name} = {value:g}: allowed is {least:g} to 30 s")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        movement: name; `REST` for rest.
        repetition: from 0.
        position: of the arm; for rest: what the body does.
        effort: one of `EFFORTS`.
    """

    movement: str
    repetition: int
    position: str = COMFORTABLE
    effort: str = COMFORTABLE

    @property
    def is_rest(self) -> bool:
        """Nothing is to be contracted on purpose."""
        return self.movement == REST


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole calibration.

    Attributes:
        steps: in order.
        timing: of each.
        side: left or right; what the wearer is told.
        own_words: movement -> the wearer's words for the phantom movement.
        call: whom to call when it hurts.
    """

    steps: tuple[Step, ...]
    timing: Timing = Timing()
    side: str = ""
    own_words: tuple[tuple[str, str], ...] = ()
    call: str = ""

    @property
    def movements(self) -> tuple[str, ...]:
        """Each movement once, in the order in which they are asked for first; without rest."""
        return tuple(dict.fromkeys(step.movement for step in self.steps if not step.is_rest))

    @property
    def minutes(self) -> float:
        """How long it takes when nothing has to be asked for again."""
        return sum(self.seconds(step) for step in self.steps) / 60.0

    def seconds(self, step: Step) -> float:
        """Of one step."""
        timing = self.timing
        held = timing.hold_s
        if step.is_rest:
            held = timing.quiet_s if step.position == STILL else timing.rest_s
        return timing.relax_s + timing.countdown_s + held


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a prosthetist chooses; `plan_of` puts it in order.

    Attributes:
        movements: without rest.
        repetitions: of each, in each position and at each effort.
        leg: which rests are recorded.
        side: left or right.
        own_words: movement -> the wearer's words.
        positions: of the arm; the first is where it starts.
        efforts: force levels.
        call: whom to call when it hurts.
    """

    movements: Sequence[str]
    repetitions: int = REPETITIONS
    leg: bool = False
    side: str = ""
    own_words: Mapping[str, str] = field(default_factory=dict)
    positions: Sequence[str] = (COMFORTABLE,)
    efforts: Sequence[str] = (COMFORTABLE,)
    call: str = ""


def plan_of(wishes: Wishes, timing: Timing | None = None) -> Plan:
    """Rest sitting still first, then every movement once a repetition, and one other rest after each of the
    first repetitions: so a calibration that is stopped early still has something of everything.

    Raises:
        PlanError: no or a doubled movement, or another value that cannot be.
    """
    moves = _checked(wishes)
    rests = [Step(REST, n, does) for n, does in enumerate(LEG_RESTS if wishes.leg else ARM_RESTS, 1)]
    steps = [Step(REST, 0, STILL)]
    for position in wishes.positions:
        for effort in wishes.efforts:
            for repetition in range(wishes.repetitions):
                steps += [Step(movement, repetition, position, effort) for movement in moves]
                if rests:
                    steps.append(rests.pop(0))
    steps += rests
    return Plan(
        tuple(steps), timing or Timing(), wishes.side, tuple(sorted(wishes.own_words.items())), wishes.call
    )


def _checked(wishes: Wishes) -> tuple[str, ...]:
    """The movements, once all that was wished for can be."""
    moves = tuple(movement for movement in wishes.movements if movement != REST)
    if not moves:
        raise PlanError("movements: none", "choose at least one beside rest")
    _each_once("movements", moves)
    if not 1 <= wishes.repetitions <= 10:
        raise PlanError(f"repetitions = {wishes.repetitions}: allowed is 1 to 10")
    if wishes.side not in ("", "left", "right"):
        raise PlanError(f"side = {wishes.side!r}: allowed are left, right")
    for key, chosen, allowed in (
        ("positions", wishes.positions, POSITIONS),
        ("efforts", wishes.efforts, EFFORTS),
    ):
        _each_once(key, chosen)
        for value in chosen:
            if value not in allowed:
                raise PlanError(f"{key}: {value!r}; allowed: {', '.join(allowed)}")
        if not chosen:
            raise PlanError(f"{key}: none; allowed: {', '.join(allowed)}")
    for name in wishes.own_words:
        if name not in moves:
            raise PlanError(f"own_words: no movement {name!r}; there are {', '.join(moves)}")
    return moves


def _each_once(key: str, values: Sequence[str]) -> None:
    for value in values:
        if list(values).count(value) > 1:
            raise PlanError(f"{key}: {value!r} is there twice; each may be there once")
