"""A test of control for a person who wears a running limb: counts down, watches each trial, says how it went.

Pure: frames in, words out. The same tasks and figures as for simulated people. Two things differ: nobody can
put a worn limb somewhere, so a target counts from where the limb is; and a trial during which the limb
stopped following muscles does not count and is done again.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import Enum
from typing import Any, cast

from ..calibration.tasks.fitts import Fitts
from ..calibration.tasks.motion import MotionTest
from ..calibration.tasks.posture import PostureTrial
from ..calibration.tasks.tac import Tac
from ..calibration.tasks.task import Outcome, Sight, Task, WornTrial, figures_of
from ..calibration.tasks.tracking import Tracking
from ..core.command import LimbState
from ..core.errors import ProfileError
from ..core.movements import DOFS
from .live_limb import LiveLimb, Seen
from .page import words

LIVE_TESTS = ("motion", "tac", "fitts", "tracking")
"""Those that need nothing but the limb; blocks and pins are done with real ones."""
COUNTDOWN_S, PAUSE_S = 3.0, 2.0
MOST_TRIALS = 200


class Stage(Enum):
    """Where a test is."""

    WAITING = "waiting"
    COUNTDOWN = "countdown"
    TRIAL = "trial"
    PAUSE = "pause"
    DONE = "done"


class LiveTest:
    """One test of so many trials.

    Args:
        limb: whose joints and classes decide what can be asked.
        test: one of `LIVE_TESTS`.
        motions: degrees of freedom of a target (tac, fitts).
        trials: how many.
        seed: of their order.

    Raises:
        ProfileError: no such test, too many trials, or the limb cannot do it.
    """

    def __init__(self, limb: LiveLimb, test: str, motions: int, trials: int, seed: int) -> None:
        if test not in LIVE_TESTS:
            raise ProfileError(f"test {test!r}: not for a worn limb; allowed: {', '.join(LIVE_TESTS)}")
        if not 1 <= trials <= MOST_TRIALS:
            raise ProfileError(f"{trials} trials: allowed is 1 to {MOST_TRIALS}")
        self.space, self._moves = limb.space, limb.moves
        if not self._moves:
            raise ProfileError("no limb is running, or its decoder drives none of its joints")
        self.test, self.simulated = test, limb.simulated
        self._trials = [cast(WornTrial, trial) for trial in self._task(test, motions).trials(trials, seed)]
        self.outcomes: list[Outcome] = []
        self.interrupted = 0
        self.stage = Stage.WAITING
        self._trial: WornTrial = self._trials[0]
        self._since_s = self._now_s = 0.0
        self._at: tuple[float, ...] = ()

    def _task(self, test: str, motions: int) -> Task:
        match test:
            case "motion":
                return MotionTest(self._moves, self.space.posture({}))
            case "tac":
                return Tac(self.space, motions)
            case "fitts":
                return Fitts(self.space, motions)
            case _:
                return Tracking(self.space)

    def see(self, seen: Seen) -> None:
        """One frame."""
        self._now_s, self._at = seen.t_s, self.space.values(seen.position_deg)
        if self.stage is Stage.DONE:
            return
        if not seen.running:
            if self.stage is Stage.TRIAL:
                self.interrupted += 1
            self._go(Stage.WAITING)
            return
        for_s = seen.t_s - self._since_s
        if self.stage is Stage.WAITING:
            self._begin()
        elif self.stage is Stage.COUNTDOWN and for_s >= COUNTDOWN_S:
            self._trial = self._trials[len(self.outcomes)].begun_at(self._at)
            self._go(Stage.TRIAL)
        elif self.stage is Stage.TRIAL:
            self._watch(seen, for_s)
        elif self.stage is Stage.PAUSE and for_s >= PAUSE_S:
            self._begin()

    def _watch(self, seen: Seen, for_s: float) -> None:
        limb = LimbState(seen.t_s, seen.position_deg)
        outcome = self._trial.see(Sight(for_s, limb, seen.movement, seen.speed))
        if outcome is not None:
            self.outcomes.append(outcome)
            self._go(Stage.DONE if len(self.outcomes) == len(self._trials) else Stage.PAUSE)

    def _begin(self) -> None:
        self._trial = self._trials[len(self.outcomes)].begun_at(self._at)
        self._go(Stage.COUNTDOWN)

    def _go(self, stage: Stage) -> None:
        self.stage, self._since_s = stage, self._now_s

    def told(self) -> list[dict[str, Any]]:
        """Every trial so far; JSON values."""
        return [asdict(outcome) for outcome in self.outcomes]

    # -- what is shown --------------------------------------------------------------------------------------

    def view(self) -> dict[str, Any]:
        """All that a page or a terminal shows now; JSON values."""
        goal = self._trial.goal
        shown = self.stage in (Stage.COUNTDOWN, Stage.TRIAL)
        for_s = self._now_s - self._since_s
        left_s = {Stage.COUNTDOWN: COUNTDOWN_S - for_s, Stage.PAUSE: PAUSE_S - for_s}.get(self.stage, 0.0)
        last = self.outcomes[-1] if self.outcomes else None
        return {
            "stage": self.stage.value,
            "test": self.test,
            "simulated": self.simulated,
            "trial": min(len(self.outcomes) + (self.stage is not Stage.DONE), len(self._trials)),
            "trials": len(self._trials),
            "interrupted": self.interrupted,
            "left_s": round(max(left_s, 0.0), 2),
            "for_s": round(for_s, 2) if self.stage is Stage.TRIAL else 0.0,
            "text": self._text() if shown else "",
            "dofs": self._dofs() if shown else [],
            "goal_deg": [goal.posture_deg.get(joint) for joint in self.space.joints] if shown else [],
            "last": last and {"completed": last.completed, "time_s": round(last.time_s, 2)},
            "figures": figures_of(self.outcomes) if self.outcomes else {},
        }

    def _text(self) -> str:
        """The goal in words."""
        trial = self._trial
        if isinstance(trial, PostureTrial):
            asked = [
                f"{words.movement(DOFS[name][value > 0])}, {abs(value) * 100:.0f} %"
                for name, value in trial.target.items()
            ]
            return " and ".join(asked)
        goal = trial.goal
        return words.movement(goal.movement) if goal.movement else "Follow the target"

    def _dofs(self) -> list[dict[str, Any]]:
        """Each degree of freedom that matters: where it is and where it should be."""
        goal = self._trial.goal
        found = []
        for dof, value in zip(self.space.dofs, self._at, strict=True):
            if goal.movement or not dof.least_deg.keys() <= goal.posture_deg.keys():
                continue
            joint, least = next(iter(dof.least_deg.items()))
            width = 2.0 * goal.tolerance_deg[joint] / abs(dof.most_deg[joint] - least)
            ends = DOFS[dof.name]
            found.append(
                {
                    "name": dof.name,
                    "least": words.movement(ends[0]),
                    "most": words.movement(ends[1]),
                    "value": round(value, 3),
                    "target": round(dof.value(goal.posture_deg), 3),
                    "width": round(width, 3),
                }
            )
        return found
