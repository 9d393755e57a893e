"""A limb of several devices behind one line: a hand, a wrist and an elbow are one limb to the guard.

Each device keeps its own line, so that one that is unplugged does not stop the frames of the others: a hand
goes on holding what it holds while the wrist is away.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Protocol

from ..core.command import LimbState, Setpoint
from ..core.state import Reason
from .line import LimbLine


class Line(Protocol):
    """What the guard needs: `line.LimbLine`, or `LimbLines`."""

    @property
    def wants_seat(self) -> bool: ...  # noqa: D102 - see LimbLine, as all below
    @property
    def reconnects(self) -> int: ...  # noqa: D102
    @property
    def newest(self) -> LimbState: ...  # noqa: D102
    @property
    def lost(self) -> bool: ...  # noqa: D102
    @property
    def hot(self) -> bool: ...  # noqa: D102
    @property
    def waits(self) -> bool: ...  # noqa: D102
    @property
    def frames(self) -> tuple[int, int, int]: ...  # noqa: D102
    def silent(self, now_s: float) -> bool: ...  # noqa: D102
    def quiet(self, now_s: float) -> bool: ...  # noqa: D102
    def answering(self, now_s: float) -> bool: ...  # noqa: D102
    def answers(self, now_s: float) -> tuple[bool, ...]: ...  # noqa: D102
    @property
    def parts(self) -> tuple[int, ...]: ...  # noqa: D102
    def follows(self, now_s: float) -> tuple[bool, ...]: ...  # noqa: D102
    def troubles(self, now_s: float, *, clearing: bool) -> tuple[Reason, ...]: ...  # noqa: D102
    def at_rest(self, now_s: float) -> bool: ...  # noqa: D102
    def files(self) -> list[int]: ...  # noqa: D102
    def forgive(self, now_s: float) -> None: ...  # noqa: D102
    def listen(self, now_s: float) -> None: ...  # noqa: D102
    def measured(self) -> tuple[float | None, ...] | None: ...  # noqa: D102
    def seated(self) -> None: ...  # noqa: D102
    def speak(self, now_s: float, setpoint: Setpoint) -> bool: ...  # noqa: D102
    def clear(self, devices: tuple[bool, ...]) -> None: ...  # noqa: D102
    def leave(self) -> None: ...  # noqa: D102


class LimbLines:
    """Several lines as one; joints of the first device come first.

    Args:
        lines: one per device.
    """

    def __init__(self, lines: tuple[LimbLine, ...]) -> None:
        self._lines = lines
        self._counts = [len(line.newest.position_deg) for line in lines]
        ends = list(accumulate(self._counts))
        self._slices = [slice(end - n, end) for end, n in zip(ends, self._counts, strict=True)]

    @property
    def wants_seat(self) -> bool:
        """True while any device may be elsewhere."""
        return any(line.wants_seat for line in self._lines)

    @property
    def reconnects(self) -> int:
        """Of all."""
        return sum(line.reconnects for line in self._lines)

    @property
    def newest(self) -> LimbState:
        """What all last said; as old as the oldest. What a device does not say is 0 for its joints."""
        said = [line.newest for line in self._lines]
        return LimbState(
            t_s=min(one.t_s for one in said),
            position_deg=tuple(deg for one in said for deg in one.position_deg),
            current_a=self._filled([one.current_a for one in said]),
            limiting=tuple(map(bool, self._filled([one.limiting for one in said]))),
            touch=tuple(value for one in said for value in one.touch),
            force_n=self._filled([one.force_n for one in said]),
            temperature_c=tuple(value for one in said for value in one.temperature_c),
            fault=next((one.fault for one in said if one.fault), 0),
        )

    def _filled(self, parts: list[tuple[float, ...]]) -> tuple[float, ...]:
        """One value per joint, or none when no device says any."""
        if not any(parts):
            return ()
        pairs = zip(parts, self._counts, strict=True)
        return tuple(value for part, n in pairs for value in (part or (0.0,) * n))

    @property
    def lost(self) -> bool:
        """True while any port is gone."""
        return any(line.lost for line in self._lines)

    @property
    def hot(self) -> bool:
        """True while any is hotter than it should be."""
        return any(line.hot for line in self._lines)

    @property
    def waits(self) -> bool:
        """True while any device's newest set-point waits for its wire."""
        return any(line.waits for line in self._lines)

    @property
    def frames(self) -> tuple[int, int, int]:
        """Sent, answered and damaged, of all."""
        counts = [line.frames for line in self._lines]
        return sum(c[0] for c in counts), sum(c[1] for c in counts), sum(c[2] for c in counts)

    def silent(self, now_s: float) -> bool:
        """True when any device has said nothing for too long."""
        return any(line.silent(now_s) for line in self._lines)

    def quiet(self, now_s: float) -> bool:
        """True when any has said nothing for some heartbeats."""
        return any(line.quiet(now_s) for line in self._lines)

    def answering(self, now_s: float) -> bool:
        """True when all can be commanded."""
        return all(line.answering(now_s) for line in self._lines)

    def answers(self, now_s: float) -> tuple[bool, ...]:
        """Which of them can be commanded."""
        return tuple(line.answering(now_s) for line in self._lines)

    def at_rest(self, now_s: float) -> bool:
        """True when no joint of those that answer has moved for a while."""
        return all(line.at_rest(now_s) for line in self._lines)

    @property
    def parts(self) -> tuple[int, ...]:
        """How many joints each device has."""
        return tuple(self._counts)

    def follows(self, now_s: float) -> tuple[bool, ...]:
        """See `LimbLine`."""
        return tuple(one for line in self._lines for one in line.follows(now_s))

    def troubles(self, now_s: float, *, clearing: bool) -> tuple[Reason, ...]:
        """See `LimbLine`."""
        return tuple(one for line in self._lines for one in line.troubles(now_s, clearing=clearing))

    def files(self) -> list[int]:
        """Descriptors to wait for."""
        return [fd for line in self._lines for fd in line.files()]

    def forgive(self, now_s: float) -> None:
        """See `LimbLine`."""
        for line in self._lines:
            line.forgive(now_s)

    def listen(self, now_s: float) -> None:
        """See `LimbLine`."""
        for line in self._lines:
            line.listen(now_s)

    def measured(self) -> tuple[float | None, ...] | None:
        """Where the doubtful joints are; None for those of devices that are where they were asked to be, or
        whose doubt stands: a hand is held again before the wrist is back. None when there is nothing new."""
        positions = [line.measured() for line in self._lines]
        if not any(positions):
            return None
        found: list[float | None] = []
        for position, n in zip(positions, self._counts, strict=True):
            found += position or (None,) * n
        return tuple(found)

    def seated(self) -> None:
        """See `LimbLine`; of those that have said where they are."""
        for line in self._lines:
            if line.measured() is not None:
                line.seated()

    def speak(self, now_s: float, setpoint: Setpoint) -> bool:
        """Each device its own joints; True when every frame is with the kernel."""
        went_out = [
            line.speak(
                now_s, Setpoint(setpoint.position_deg[part], setpoint.rate_deg_s[part], setpoint.regrip)
            )
            for line, part in zip(self._lines, self._slices, strict=True)
        ]
        return all(went_out)

    def clear(self, devices: tuple[bool, ...]) -> None:
        """See `LimbLine`."""
        for line, one in zip(self._lines, devices, strict=True):
            line.clear((one,))

    def leave(self) -> None:
        """See `LimbLine`."""
        for line in self._lines:
            line.leave()
