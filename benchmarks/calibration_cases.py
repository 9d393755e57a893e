"""Simulated calibrations with nothing, one thing or two things wrong, and the action that each asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..calibration.guided.actions import Action, Transfer
from ..core.movements import REST
from ..sim.anatomy import PRESETS
from ..sim.background import NOISE_UV
from ..sim.body import Body
from ..sim.montage import Montage
from ..sim.patient import Patient
from ..sim.person import individual
from .simulated_wearer import Troubles

SEEDS = {"development": 10_000, "reported": 20_000}
"""People of the two runs: no limit was chosen on the second."""
LEVELS = ("transradial", "transhumeral", "shoulder", "transfemoral")
"""Those with six movements or more. Transradial: a ring of 8 pairs; the others: pairs over the sites."""
MOVEMENTS = 6
LEFT_OUT = {"tripod"}
"""Too like pinch in this simulator for a planted pair to be the only one."""
_FAULTS = (0.3, 0.4, 0.3)
"""Share of calibrations with 0, 1 and 2 faults."""
_FIRST_VISITS = 0.2
"""Share of calibrations with no earlier one to compare with."""
_YOUNG = 0.3
"""Share of people between 6 and 9 months after their transfers, whose nerves do give a signal."""
_LATE_S = (1.0, 1.6)
_WEAK_SHARE = (0.05, 0.2)
_SILENT_MONTHS = (1.0, 3.4)
_TURN_DEG, _SHIFT_MM = 2.0, 3.0
"""Spread of where the electrodes come to lie from visit to visit."""
_PAIR_UNLIKE = 0.03
"""Spread (log) of the shares of muscles between two movements that cannot be told apart."""
_LOUD = 4.0
"""Times the noise in a chosen movement: electrodes that can become weak, or be missed in another place."""
_RATE_HZ, _EFFORT = 1000.0, 0.6
_ORDER = ("nerve", "pair", "late", "weak", "swap")


@dataclass(frozen=True)
class Fault:
    """One planted thing.

    Attributes:
        kind: late, weak, swap, pair or nerve.
        movements, channels, repetition, nerve: that it befalls; repetition from 1.
    """

    kind: str
    movements: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    repetition: int = 0
    nerve: str = ""

    def asks_for(self, action: Action) -> bool:
        """Is this the right thing to do about it?"""
        if self.kind == "late":
            return (
                action.kind == "redo"
                and action.movements == self.movements
                and self.repetition in action.repetitions
            )
        if self.kind == "weak":
            return action.kind in ("weak site", "clean") and action.channels == self.channels
        if self.kind == "swap":
            return action.kind == "swap" and set(action.channels) == set(self.channels)
        if self.kind == "pair":
            return action.kind == "merge" and set(action.movements) == set(self.movements)
        return action.kind == "nerve" and action.nerve == self.nerve


@dataclass(frozen=True)
class Case:
    """One calibration.

    Attributes:
        seed: of the person.
        body: last time; `today` the same with the electrodes put on anew.
        today: see above.
        movements: chosen.
        transfers: what the clinic knows.
        first_visit: nothing to compare with.
        faults: planted.
        troubles: of today's session.
    """

    seed: int
    body: Body
    today: Body
    movements: tuple[str, ...]
    transfers: tuple[Transfer, ...]
    first_visit: bool
    faults: tuple[Fault, ...]
    troubles: Troubles


def case(base: int, number: int) -> Case:
    """Calibration `number` of a run: always the same."""
    seed = base + number
    rng = np.random.default_rng([base, number, 53])
    level = LEVELS[number % len(LEVELS)]
    first_visit = bool(rng.random() < _FIRST_VISITS)
    months = float(rng.uniform(6.0, 9.0) if rng.random() < _YOUNG else rng.uniform(12.0, 36.0))
    body = individual(PRESETS[level], seed).at_months(months)
    pool = [name for name in body.movements if name not in {REST, *LEFT_OUT}]
    chosen = set(rng.permutation(np.array(pool))[:MOVEMENTS].tolist())
    movements = tuple(name for name in pool if name in chosen)
    many = int(rng.choice(len(_FAULTS), p=_FAULTS))
    planted = _Planted(body, movements, _sites(body, seed), rng)
    kinds = ["late", "weak", "pair", *(["swap"] if not first_visit else []), *planted.silent_kinds()]
    drawn = rng.permutation(np.array(kinds)).tolist()[:many]
    # What changes the body first: an electrode that is to become weak must have heard something.
    for kind in sorted(drawn, key=_ORDER.index):
        getattr(planted, kind)()
    montage = planted.body.montage
    deg, mm = (rng.standard_normal(2) * (_TURN_DEG, _SHIFT_MM)).tolist()
    moved = Montage(montage.turned(deg).shifted(mm).pairs)
    return Case(
        seed,
        planted.body,
        planted.body.with_montage(moved),
        movements,
        planted.transfers,
        first_visit,
        tuple(planted.faults),
        planted.troubles,
    )


def _sites(body: Body, seed: int) -> tuple[int, ...]:
    """Of each channel: the muscle under it, as the fitter found it."""
    return Patient(body, 1000.0, seed).over()


class _Planted:
    """What is wrong so far; no two things touch the same movement or electrode."""

    def __init__(
        self, body: Body, movements: tuple[str, ...], over: tuple[int, ...], rng: np.random.Generator
    ) -> None:
        self.body, self._movements, self._rng = body, movements, rng
        self.faults: list[Fault] = []
        self.troubles = Troubles()
        self.transfers = tuple(
            Transfer(muscle.nerve, muscle.intended, (name,), body.months)
            for name, index in zip(body.channels, over, strict=True)
            for muscle in (body.muscles[index],)
            if muscle.intended
        )
        self._free_moves, self._free_channels = list(movements), list(body.channels)

    def silent_kinds(self) -> list[str]:
        """ "nerve" where one can be heard to be silent: a movement of it is asked for, and its sites have
        electrodes of their own. A ring about a forearm hears native muscle at every place."""
        known = any(t.movement in self._movements for t in self.transfers)
        return ["nerve"] if known and self.body.level != "transradial" else []

    def late(self) -> None:
        """One repetition begins late each time it is asked for."""
        (name,), repetition = self._take(self._free_moves, 1), int(self._rng.integers(3))
        self.troubles = replace(self.troubles, late=((name, repetition, float(self._rng.uniform(*_LATE_S))),))
        self.faults.append(Fault("late", (name,), repetition=repetition + 1))

    def weak(self) -> None:
        """One electrode hears less."""
        loud = self._loud()
        (name,) = self._take([c for c in self._free_channels if c in loud], 1)
        share = float(np.exp(self._rng.uniform(*np.log(_WEAK_SHARE))))
        self.troubles = replace(self.troubles, weak=((self.body.channels.index(name), share),))
        self.faults.append(Fault("weak", channels=(name,)))

    def swap(self) -> None:
        """Two electrodes changed places, of those that have heard something."""
        loud = self._loud()
        a, b = self._take([c for c in self._free_channels if c in loud], 2)
        pair = self.body.channels.index(a), self.body.channels.index(b)
        self.troubles = replace(self.troubles, swapped=(pair,))
        self.faults.append(Fault("swap", channels=(a, b)))

    def pair(self) -> None:
        """Two movements are made with the same muscles; the second is none that a transfer stands for, or its
        nerve would be silent, too."""
        own = {t.movement for t in self.transfers}
        others = [name for name in self._free_moves if name not in own]
        if not others:
            return
        (second,) = self._take(others, 1)
        (first,) = self._take(self._free_moves, 1)
        shares = np.array(self.body.movements[first])
        alike = shares * np.exp(_PAIR_UNLIKE * self._rng.standard_normal(len(shares)))
        movements = {**self.body.movements, second: tuple(np.clip(alike, 0.0, 1.0).tolist())}
        self.body = replace(self.body, movements=movements)
        self.faults.append(Fault("pair", (first, second)))

    def nerve(self) -> None:
        """One nerve has not grown in: before month 3 nothing of it is heard (`sim.maturity`), so its muscles
        are not driven. The others of this limb are as old as they were: there may be two operations."""
        moves = set(self._free_moves)
        nerves = sorted({t.nerve for t in self.transfers if t.movement in moves})
        if not nerves:
            return
        nerve = str(self._rng.choice(np.array(nerves)))
        months = float(self._rng.uniform(*_SILENT_MONTHS))
        driven = np.array([muscle.nerve != nerve for muscle in self.body.muscles])
        movements = {
            name: tuple((np.array(shares) * driven).tolist()) for name, shares in self.body.movements.items()
        }
        self.body = replace(self.body, movements=movements)
        own = {t.movement for t in self.transfers if t.nerve == nerve}
        channels = {name for t in self.transfers if t.nerve == nerve for name in t.channels}
        self.transfers = tuple(replace(t, months=months) if t.nerve == nerve else t for t in self.transfers)
        self._free_moves = [name for name in self._free_moves if name not in own]
        self._free_channels = [name for name in self._free_channels if name not in channels]
        self.faults.append(Fault("nerve", tuple(sorted(own)), nerve=nerve))

    def _take(self, of: list[str], many: int) -> list[str]:
        taken: list[str] = self._rng.permutation(np.array(of))[:many].tolist()
        for names in (self._free_moves, self._free_channels):
            names[:] = [name for name in names if name not in taken]
        return taken

    def _loud(self) -> set[str]:
        """Electrodes that hear a chosen movement well: others have nothing to lose."""
        patient = Patient(self.body, _RATE_HZ, self.body.person or 0)
        loud: set[str] = set()
        for name in self._movements:
            emg = patient.step(round(_RATE_HZ), _EFFORT * np.array(self.body.movements[name]))
            level = np.sqrt((emg[len(emg) // 2 :] ** 2).mean(axis=0)) / NOISE_UV
            loud |= {c for c, times in zip(self.body.channels, level, strict=True) if times > _LOUD}
        return loud
