"""The signal check: is each electrode ready, and what is to be moved or cleaned?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...core.movements import REST
from ...models.signal.flags import UNTRUSTED, WORST_FIRST, Contact, explain
from .actions import Transfer
from .listen import Floats, Listener, Signal
from .verdict import PATIENT_MONTHS, USABLE_MONTHS

SETTLE_S = 0.5
"""After each change of what is asked for: not looked at."""
LEAST_S = 1.0
"""Of rest, and of a contraction, that can be judged."""
WEAK_TIMES = 2.0
"""Times rest in its best contraction: an electrode with less says little. Ours."""
SHARED = 0.5
"""Share of a site's power that is another site's signal: from half on it is more the other's than its own."""
BAD_SHARE = 0.2
"""Of the time may a channel be untrusted."""
_NO_CONTACT = Contact.NO_DATA | Contact.FLAT | Contact.RAILED | Contact.LIFTED

QUALITIES = ("ready", "weak", "noisy", "crosstalk", "no contact", "not yet", "no signal expected")


@dataclass(frozen=True, slots=True)
class SiteReport:
    """One electrode.

    Attributes:
        channel: name.
        quality: one of `QUALITIES`.
        words: what that means and what to do, for a person.
        rest: level at rest, in the signal's unit.
        contraction: level in its strongest contraction; None when none was made.
        best: which one that was.
        times_rest: contraction over rest; None likewise.
        crosstalk: share of its power in that contraction that is one other site's signal.
        with_channel: which.
    """

    channel: str
    quality: str
    words: str
    rest: float
    contraction: float | None
    best: str
    times_rest: float | None
    crosstalk: float | None
    with_channel: str

    @property
    def ready(self) -> bool:
        """It can be calibrated with."""
        return self.quality == "ready"


@dataclass
class _Heard:
    """Sums while one thing is asked for."""

    increments: int
    power: Floats
    products: Floats
    untrusted: NDArray[np.int64]
    flags: NDArray[np.uint8]


class SignalCheck:
    """Listens while rest and contractions are asked for, in any order.

    Args:
        signal: what comes.
    """

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self._listener = Listener(signal)
        self._heard: dict[str, _Heard] = {}
        self._asked = ""
        self._settle = 0
        ch = len(signal.channels)
        self.level: Floats = np.zeros(ch)
        """[ch] now."""
        self.flags: NDArray[np.uint8] = np.zeros(ch, np.uint8)
        """[ch] now, bits of `Contact`."""

    def ask(self, what: str) -> None:
        """From now on the person rests (`REST`) or makes this movement; "" for neither."""
        self._asked = what
        self._settle = round(SETTLE_S / self.signal.increment_s)

    def push(self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> None:
        """Take samples [n, ch] in; any n."""
        for increment in self._listener.push(samples, valid):
            self.level = np.sqrt(0.9 * self.level**2 + 0.1 * increment.power)
            self.flags = increment.flags
            if self._settle:
                self._settle -= 1
            elif self._asked:
                ch = len(self.level)
                heard = self._heard.setdefault(
                    self._asked,
                    _Heard(
                        0, np.zeros(ch), np.zeros((ch, ch)), np.zeros(ch, np.int64), np.zeros(ch, np.uint8)
                    ),
                )
                heard.increments += 1
                heard.power += increment.power
                heard.products += increment.conditioned.T @ increment.conditioned
                heard.untrusted += (increment.flags & UNTRUSTED) != 0
                heard.flags |= increment.flags

    def report(self, transfers: Iterable[Transfer] = ()) -> tuple[SiteReport, ...]:
        """Of every electrode.

        Args:
            transfers: of this limb, with the electrodes over them.

        Raises:
            RecordingError: no rest was recorded yet.
        """
        least = LEAST_S / self.signal.increment_s
        rest = self._heard.get(REST)
        if rest is None or rest.increments < least:
            raise RecordingError("signal check: no second of rest yet", "let the person rest first")
        known = {name: heard for name, heard in self._heard.items() if heard.increments >= least}
        moves = {name: heard for name, heard in known.items() if name != REST}
        over = list(transfers)
        return tuple(
            self._site(channel, name, rest, moves, [t for t in over if name in t.channels])
            for channel, name in enumerate(self.signal.channels)
        )

    def _site(
        self,
        channel: int,
        name: str,
        rest: _Heard,
        moves: dict[str, _Heard],
        over: list[Transfer],
    ) -> SiteReport:
        level = float(np.sqrt(rest.power[channel] / rest.increments))
        loudness = {move: h.power[channel] / h.increments for move, h in moves.items()}
        best = max(loudness, key=lambda move: loudness[move]) if loudness else ""
        contraction = float(np.sqrt(loudness[best])) if best else None
        times = None if contraction is None else contraction / max(level, 1e-30)
        shared, other = (None, "")
        if best:
            shared, other = self._shared(moves[best].products, channel)
        quality, words = self._judged(channel, [rest, *moves.values()], times, shared, other, over)
        return SiteReport(name, quality, words, level, contraction, best, times, shared, other)

    def _shared(self, products: Floats, channel: int) -> tuple[float | None, str]:
        """(squared correlation with the most alike other channel, its name)."""
        others = [c for c in range(len(products)) if c != channel]
        own = products[channel, channel]
        if not others or own <= 0:
            return None, ""
        squared = [products[channel, c] ** 2 / (own * max(products[c, c], 1e-30)) for c in others]
        most = int(np.argmax(squared))
        return float(min(squared[most], 1.0)), self.signal.channels[others[most]]

    @staticmethod
    def _judged(
        channel: int,
        heard: list[_Heard],
        times: float | None,
        shared: float | None,
        other: str,
        over: list[Transfer],
    ) -> tuple[str, str]:
        """(quality, words)."""
        bad = sum(int(h.untrusted[channel]) for h in heard) > BAD_SHARE * sum(h.increments for h in heard)
        flags = 0
        for h in heard:
            flags |= int(h.flags[channel]) & UNTRUSTED
        if bad:
            worst = next((flag for flag in WORST_FIRST if flags & flag), Contact.GOOD)
            return ("no contact" if worst & _NO_CONTACT else "noisy"), explain(int(worst))[0]
        if over and all(not transfer.movement for transfer in over):
            return "no signal expected", "A nerve that was joined against pain; no signal is expected here."
        if times is None:
            return "weak", "Good contact. No contraction was made yet."
        if times < WEAK_TIMES:
            months = next((t.months for t in over if t.months is not None), None)
            if months is not None and months < PATIENT_MONTHS:
                said = f"No signal yet: month {months:.0f} of about {USABLE_MONTHS:g}; yours may differ."
                return "not yet", said
            return "weak", (
                f"The strongest contraction is {times:.1f} times rest; {WEAK_TIMES:g} is the least. "
                "Clean the skin, press the electrode on, or move it to where the muscle is felt."
            )
        if shared is not None and shared >= SHARED:
            return "crosstalk", (
                f"{100 * shared:.0f} % of it is the signal of {other}. Move one of the two, "
                "or check that they do not touch."
            )
        return "ready", f"Ready: {times:.1f} times rest."
