"""A patient's nerve transfers as rows that a clinician edits. Nothing here changes in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from ...core.movements import canonical
from ...core.profile import NerveTransfer
from ...core.transfers import KEPT, MOVEMENT, PURPOSES, SENSORY, USUAL, KeptMuscle
from ..entries import EntryError, name, one_of

TWITCH, PALPABLE, USABLE = "twitch", "palpable", "usable"
SEEN = (TWITCH, PALPABLE, USABLE)
NO_SIGNAL = "no signal expected: this transfer is there for the nerve, and silence is not a failure"
MOST_ROWS = 12
"""As many as a profile takes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that was observed at a transfer, and when."""

    on: date
    what: str
    by: str = ""

    def __post_init__(self) -> None:
        one_of("seen.what", self.what, SEEN)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One row.

    Attributes:
        donor_nerve: rerouted.
        target_muscle: host muscle, whose motor branch it was joined to.
        movement: intended phantom movement, as the project names it; empty unless for movement.
        purpose: `MOVEMENT`, `SENSORY` or `PAIN`.
        own_words: what the patient calls the movement.
        native_cut: the muscle's own nerve was cut; None: not known.
        channel: electrode pair over it; empty: none yet.
        quality: of its signal at the last check, in words.
        seen: what was observed, in any order.
        basis: tag of the table the row was started from; empty: entered for this patient.
        note: anything else.
    """

    donor_nerve: str
    target_muscle: str
    movement: str = ""
    purpose: str = MOVEMENT
    own_words: str = ""
    native_cut: bool | None = None
    channel: str = ""
    quality: str = ""
    seen: tuple[Seen, ...] = ()
    basis: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        name("donor_nerve", self.donor_nerve)
        name("target_muscle", self.target_muscle)
        one_of("purpose", self.purpose, PURPOSES)
        if self.purpose == MOVEMENT and not self.movement:
            raise EntryError(
                f"{self.title}: movement is missing",
                "name the intended phantom movement, or make it a sensory or pain transfer",
            )
        if self.movement:
            name("movement", self.movement)
        if self.purpose != MOVEMENT and self.movement:
            raise EntryError(
                f"{self.title}: movement = {self.movement!r}: a {self.purpose} transfer has none",
                "make it a transfer for movement if a signal is wanted",
            )

    @property
    def title(self) -> str:
        """Such as 'median -> biceps brachii, short head'."""
        return f"{self.donor_nerve} -> {self.target_muscle}"

    @property
    def signal_expected(self) -> bool:
        """False of sensory and pain-only transfers."""
        return self.purpose == MOVEMENT

    @property
    def words(self) -> str:
        """For a list: what to expect of it."""
        return f"{self.title}: {self.own_words or self.movement if self.signal_expected else NO_SIGNAL}"


def start_rows(level: str) -> tuple[Transfer, ...]:
    """The usual table of a level, to be edited; empty where none is known.

    Raises:
        EntryError: no such level.
    """
    one_of("level", level, USUAL)
    return tuple(
        Transfer(
            usual.donor_nerve,
            usual.target_muscle,
            usual.movement,
            MOVEMENT if usual.movement else SENSORY,
            basis=usual.basis,
            note=usual.note,
        )
        for usual in USUAL[level]
    )


def kept_muscles(level: str) -> tuple[KeptMuscle, ...]:
    """Muscles of the level that usually keep their own nerve and are used beside the transfers.

    Raises:
        EntryError: no such level.
    """
    one_of("level", level, USUAL)
    return KEPT.get(level, ())


def add(rows: tuple[Transfer, ...], row: Transfer) -> tuple[Transfer, ...]:
    """One more, at the end.

    Raises:
        EntryError: there are as many as a profile takes.
    """
    if len(rows) >= MOST_ROWS:
        raise EntryError(f"transfers: {len(rows)} are there; at most {MOST_ROWS} are allowed")
    return (*rows, row)


def change(rows: tuple[Transfer, ...], at: int, **values: Any) -> tuple[Transfer, ...]:
    """One row with other values. Where nerve, muscle or movement change, the table's tag goes: it is the
    patient's own row now.

    Raises:
        EntryError: no such row or key, or a value that cannot be.
    """
    _there(rows, at)
    for key in values:
        one_of("key", key, (field.name for field in fields(Transfer)))
    surgical = {"donor_nerve", "target_muscle", "movement", "purpose"}
    if surgical & set(values) and "basis" not in values:
        values["basis"] = ""
    if "movement" in values:
        values["movement"] = canonical(values["movement"]) if values["movement"] else ""
    return (*rows[:at], replace(rows[at], **values), *rows[at + 1 :])


def remove(rows: tuple[Transfer, ...], at: int) -> tuple[Transfer, ...]:
    """Without one row.

    Raises:
        EntryError: no such row.
    """
    _there(rows, at)
    return (*rows[:at], *rows[at + 1 :])


def _there(rows: tuple[Transfer, ...], at: int) -> None:
    if not 0 <= at < len(rows):
        raise EntryError(f"row = {at}: allowed are 0 to {len(rows) - 1}" if rows else "there are no rows")


def for_profile(rows: Iterable[Transfer]) -> tuple[NerveTransfer, ...]:
    """As `profile.toml` has them: `[[transfers]]`."""
    return tuple(
        NerveTransfer(
            donor_nerve=row.donor_nerve, target_muscle=row.target_muscle, movement=row.movement or None
        )
        for row in rows
    )


def from_profile(transfers: Iterable[NerveTransfer]) -> tuple[Transfer, ...]:
    """Rows of a profile; what it does not say stays open. Without a movement: taken as sensory."""
    return tuple(
        Transfer(
            given.donor_nerve,
            given.target_muscle,
            given.movement or "",
            MOVEMENT if given.movement else SENSORY,
        )
        for given in transfers
    )
