"""A recalibration from the wearer's button to the verdict, step by step; no process and no file of its own.

    countdown -> two passes of prompts -> judging -> over: taken, kept, refused, or aborted by the guard

It only listens: samples come from the loop's ring, and it is the guard that holds the limb meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..calibration.in_use import statistics_in
from ..calibration.prompts import COUNTDOWN_S, Prompt, labelled, prompts_for
from ..calibration.recalibration import Verdict, judge, passes_of, too_little
from ..core.errors import BundleError, RecordingError, RequestError
from ..core.movements import REST
from ..core.state import SENTENCE, Reason
from ..models.model import Model
from .wearer_settings import Progress

_BEGIN_S = 1.0
"""The guard must have said by then that it holds the limb."""
_TAIL_S = 0.3
"""Samples of the last prompt are still on their way."""


@dataclass(frozen=True)
class Stretch:
    """Samples that followed each other.

    Attributes:
        t_s: [n] control time of each.
        emg: [n, ch]; NaN where nothing was measured.
        follows: it begins where the one before ended.
    """

    t_s: NDArray[np.float64]
    emg: NDArray[np.float32]
    follows: bool


class Door(Protocol):
    """What it hears and says."""

    def samples(self) -> list[Stretch]:
        """All that are new."""
        ...

    def guard(self) -> tuple[bool, Reason]:
        """(it holds the limb for a recalibration, why the last one ended early)."""
        ...

    def show(self, movement: str) -> None:
        """Let the limb make that movement.

        Raises:
            RequestError: it may not.
        """
        ...


@dataclass(frozen=True)
class Ending:
    """How it ended.

    Attributes:
        outcome: taken, kept, refused or aborted.
        why: in a word, for the home log.
        sentence: for the wearer.
        model: to take up, of an outcome "taken".
        figures: for the clinic.
    """

    outcome: str
    why: str
    sentence: str
    model: Model | None = None
    figures: dict[str, Any] | None = None


class Recalibrating:
    """One recalibration; `step` it about twenty times a second.

    Args:
        model: in use.
        door: see `Door`.
        tell: called with every `Progress` that differs from the last.
        now_s: control time at which the guard began to hold the limb, or just after.
        by_limb: the wearer wants the limb to show each movement.

    Raises:
        BundleError: this model cannot be recalibrated; nothing was asked for.
    """

    def __init__(
        self, model: Model, door: Door, tell: Callable[[Progress], None], now_s: float, *, by_limb: bool
    ) -> None:
        statistics_in(model)
        self._model, self._door, self._tell, self._by_limb = model, door, tell, by_limb
        self.prompts = prompts_for(model.classes)
        # A little more than the guard's own countdown, which began before we heard of it.
        self._asked_s, self._t0_s = now_s, now_s + COUNTDOWN_S + 0.1
        self._held = False
        self._at = -1
        self._stretches: list[Stretch] = []
        self._told = Progress(
            "countdown", count=len(self.prompts), until_s=self._t0_s, ends_s=self.ends_s, by_limb=by_limb
        )
        tell(self._told)

    @property
    def ends_s(self) -> float:
        """Control time at which the last prompt ends."""
        return self._t0_s + self.prompts[-1].end_s

    def step(self, now_s: float) -> Ending | None:
        """What is due now; how it ended, once it has."""
        self._stretches += self._door.samples()
        ended = self._aborted(now_s)
        if ended is not None:
            return self._over(ended)
        number = sum(prompt.start_s <= now_s - self._t0_s for prompt in self.prompts) - 1
        if number > self._at:
            self._at = number
            self._prompt(self.prompts[number])
        if now_s < self.ends_s + _TAIL_S:
            return None
        self._say(phase="judging", movement="", following="", tone="")
        verdict = self._judged()
        # Load, or a stop, while it was judged counts as much as before.
        ended = self._aborted(now_s)
        if ended is None:
            ended = Ending(verdict.outcome, verdict.why, verdict.sentence, verdict.model, verdict.figures)
        return self._over(ended)

    def _aborted(self, now_s: float) -> Ending | None:
        holds, why = self._door.guard()
        self._held = self._held or holds
        if holds or (not self._held and now_s - self._asked_s < _BEGIN_S):
            return None
        because = SENTENCE[why] if why is not Reason.NONE else "Something else was asked for meanwhile."
        sentence = f"Not recalibrated: nothing was changed. {because}"
        return Ending("aborted", why.name.lower(), sentence)

    def _prompt(self, prompt: Prompt) -> None:
        after = self.prompts[self._at + 1].movement if self._at + 1 < len(self.prompts) else ""
        rests = prompt.movement == REST
        self._say(
            phase="prompting",
            movement=prompt.movement,
            following=after,
            number=self._at + 1,
            until_s=self._t0_s + prompt.end_s,
            tone="rest" if rests else "move",
        )
        if self._by_limb and not rests:
            try:
                self._door.show(prompt.movement)
            except RequestError as error:
                self._say(sentence=f"The limb does not show this one: {error}")

    def _judged(self) -> Verdict:
        if not self._stretches:
            return too_little(RecordingError("no samples came"))
        t_s = np.concatenate([one.t_s for one in self._stretches]) - self._t0_s
        emg = np.concatenate([one.emg for one in self._stretches])
        lengths = [len(one.t_s) for one in self._stretches]
        breaks = np.cumsum([not one.follows or not np.isfinite(one.emg).all() for one in self._stretches])
        rec = np.repeat(breaks, lengths).astype(np.int64)
        label, rep = labelled(t_s, self.prompts, self._model.classes)
        whole = np.isfinite(emg).all(axis=1)
        label = np.where(whole & (t_s >= 0.0), label, np.int16(-1))
        emg = np.where(whole[:, None], emg, np.float32(0.0))
        try:
            return judge(self._model, passes_of(self._model, emg, label, rep, rec))
        except (RecordingError, BundleError) as error:
            return too_little(error)

    def _over(self, ended: Ending) -> Ending:
        self._say(
            phase="over",
            movement="",
            following="",
            tone="end",
            outcome=ended.outcome,
            sentence=ended.sentence,
        )
        return ended

    def _say(self, **change: Any) -> None:
        told = replace(self._told, **change)
        if told != self._told:
            self._told = told
            self._tell(told)
