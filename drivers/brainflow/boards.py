"""What BrainFlow's boards are: which rows of its table are EMG, what is beside them, who counts. Pure.

Row and channel tables come from BrainFlow (`BoardShim.get_board_descr`). What it does not say is below, with
the file of BrainFlow's sources (5.x) that it was read in.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.errors import ProfileError

COUNTED = {
    -1: (1, 256),  # synthetic_board.cpp: one byte, one up with each sample
    0: (1, 256),  # openbci/cyton.cpp: the sample number of the radio packet
    2: (2, 256),  # openbci/cyton_daisy.cpp: of every other packet, since two make one sample
    17: (1, 256),  # freeeeg32/freeeeg32.cpp: the frame's number
}
"""Board id -> (step, turn) of its package number, where that tells of lost samples. Others repeat it within
a packet (Explore, Ganglion), or BrainFlow counts what has arrived (Callibri), or nobody says."""
ARBITRARY_BOARDS = (16, 19)
"""gForce hands out the converter's counts: BrainFlow promises microvolts only "wherever possible"."""
_BESIDE = ("accel", "gyro", "magnetometer", "rotation", "analog", "eda", "ppg", "temperature", "battery")
_DEFAULT_PRESET = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows of one kind that are not EMG."""

    name: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A second table of a board, with a rate of its own.

    Attributes:
        number: BrainFlow's.
        stamp_row: the row of its times.
        beside: what is in it.
    """

    number: int
    stamp_row: int
    beside: tuple[Beside, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One kind of board.

    Attributes:
        name: BrainFlow's.
        rate_hz: of its default table.
        width: rows of that table, which are columns of ours.
        emg: those that are EMG.
        called: what BrainFlow calls them: "emg", or "eeg" where a board's inputs have no other name.
        beside: what is beside EMG in the same table.
        counter_row: the row that counts samples; None where it tells nothing.
        step, turn: of the counter.
        presets: further tables.
    """

    name: str
    rate_hz: float
    width: int
    emg: tuple[int, ...]
    called: str
    beside: tuple[Beside, ...]
    counter_row: int | None
    step: int
    turn: int
    presets: tuple[Preset, ...]


def board_number(text: str, known: Mapping[str, int], option: str) -> int:
    """A board's id from its id or name: "-1", "0", "cyton" or "CYTON_BOARD".

    Raises:
        ProfileError: BrainFlow knows no such board; names those that are called nearly so.
    """
    wanted = text.strip().upper().replace("-", "_").replace(" ", "_")
    for name, number in known.items():
        if wanted in (name, f"{number}".replace("-", "_")) or f"{wanted}_BOARD" == name:
            return number
    near = difflib.get_close_matches(wanted, list(known), 4, 0.5)
    raise ProfileError(
        f"source.options.{option} = {text!r}: BrainFlow knows no such board",
        f"perhaps {', '.join(name.lower() for name in near)}" if near else "its page lists the names",
    )


def describe(number: int, tables: Mapping[int, Mapping[str, Any]]) -> Board:
    """A board from BrainFlow's description of each of its presets.

    Raises:
        ProfileError: it measures no muscle.
    """
    table = tables[_DEFAULT_PRESET]
    called = next((kind for kind in ("emg", "eeg") if table.get(f"{kind}_channels")), "")
    if not called:
        raise ProfileError(
            f"BrainFlow's board {table.get('name', number)} has no channel of EMG", "choose another"
        )
    step, turn = COUNTED.get(number, (1, 0))
    beside = _beside(table, set())
    taken = {each.name for each in beside}
    presets = tuple(
        Preset(preset, int(other["timestamp_channel"]), _beside(other, taken))
        for preset, other in sorted(tables.items())
        if preset != _DEFAULT_PRESET and _beside(other, taken)
    )
    return Board(
        name=str(table.get("name", number)),
        rate_hz=float(table["sampling_rate"]),
        width=int(table["num_rows"]),
        emg=tuple(table[f"{called}_channels"]),
        called=called,
        beside=beside,
        counter_row=int(table["package_num_channel"]) if turn else None,
        step=step,
        turn=turn,
        presets=presets,
    )


def _beside(table: Mapping[str, Any], taken: set[str]) -> tuple[Beside, ...]:
    found: list[Beside] = []
    for kind in _BESIDE:
        rows = tuple(table.get(f"{kind}_channels", ()))
        if f"{kind}_channel" in table:
            rows = (int(table[f"{kind}_channel"]),)
        if rows:
            found.append(Beside(f"{kind} 2" if kind in taken else kind, rows))
    return tuple(found)
