"""A device in a replay of the guard's flight log."""

from __future__ import annotations

import struct
from dataclasses import asdict

from ..core.command import LimbState, Setpoint
from ..core.errors import LimbLost, LimbNotFound
from ..core.flight import Deck, Strayed
from ..core.replaying import Comparison
from .flight_entries import (
    T_ASK,
    T_CLEAR,
    T_HOLD,
    T_LEAVE,
    T_LIMB_LOST,
    T_NOT_REOPENED,
    T_POLL,
    T_REOPENED,
    T_WAITS,
    unpacked_state,
)


class ReplayLimb:
    """Says what the device said, and compares what it is told."""

    remembers_nothing = True
    frames_sent = frames_acked = frames_bad = 0

    def __init__(self, device: int, deck: Deck, compared: Comparison) -> None:
        self._device, self._deck, self._compared = bytes((device,)), deck, compared
        self._touch: tuple[float, ...] = ()

    def fileno(self) -> int:
        """Nobody waits here."""
        return -1

    def reopen(self) -> ReplayLimb:
        """How that went then.

        Raises:
            LimbNotFound: it could not be opened.
        """
        refused = self._maybe(T_NOT_REOPENED)
        if refused is not None:
            raise LimbNotFound(refused[1:].decode())
        self._take(T_REOPENED)
        return ReplayLimb(self._device[0], self._deck, self._compared)

    @property
    def wants_to_write(self) -> bool:
        """See `Limb`, as all below."""
        return self._maybe(T_WAITS) is not None

    def hold(self, setpoint: Setpoint) -> bool:  # noqa: D102
        self._check_lost()
        logged = self._take(T_HOLD)
        self._compared.commands += self._compared.counts
        values = (*setpoint.position_deg, *setpoint.rate_deg_s)
        regripped = bool(logged[1] & 2)
        if struct.pack(f"<{len(values)}d", *values) != logged[2:] or setpoint.regrip != regripped:
            was = struct.unpack(f"<{(len(logged) - 2) // 8}d", logged[2:])
            half = len(was) // 2
            self._compared.fields(
                "set-point",
                {"position_deg": was[:half], "rate_deg_s": was[half:], "regrip": regripped},
                asdict(setpoint),
            )
        return bool(logged[1] & 1)

    def ask(self) -> bool:  # noqa: D102
        self._check_lost()
        return bool(self._take(T_ASK)[1])

    def flush(self) -> None:  # noqa: D102
        self._check_lost()

    def poll(self, now_s: float) -> LimbState | None:  # noqa: ARG002, D102
        self._check_lost()
        said = self._maybe(T_POLL)
        if said is None:
            return None
        _, state = unpacked_state(said, self._touch)
        self._touch = state.touch
        return state

    def clear(self) -> None:  # noqa: D102
        self._take(T_CLEAR)

    def leave(self) -> None:  # noqa: D102
        self._take(T_LEAVE)
        self._check_lost()

    def close(self) -> None:
        """Nothing is open."""

    def _check_lost(self) -> None:
        lost = self._maybe(T_LIMB_LOST)
        if lost is not None:
            raise LimbLost(lost[1:].decode())

    def _maybe(self, tag: int) -> bytes | None:
        """The next entry, if it is this and of this device."""
        tape = self._deck.tape
        return tape.take(tag) if tape.next_tag == tag and tape.next_device == self._device[0] else None

    def _take(self, tag: int) -> bytes:
        body = self._deck.tape.take(tag)
        if body[0] != self._device[0]:
            raise Strayed(f"device {self._device[0]} where the log has device {body[0]}")
        return body
