"""Damage to the tested part of a recording, what it costs, and how soon it is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...drivers.recordings.npz import Recording
from ...models.batch import runs
from .bench import Bench
from .measures import FIGURES, average, less
from .notice import notice
from .options import EACH

MAINS_HZ = 50.0
SPELL_S = 0.2
"""Mean length of a loose lead's contact, and of its loss."""


@dataclass(frozen=True)
class Damage:
    """What happens to the samples, from `begins_s` after each contiguous recording's start.

    Attributes:
        channel: column that `fault` befalls; -1 for none.
        fault: one of `options.FAULTS`.
        loudness: of mains and noise on that channel, RMS in the recording's unit.
        noise: [ch] RMS of white noise added to every channel.
        mains: [ch] RMS of 50 Hz added to every channel.
        begins_s: when the channel's fault begins; noise and mains are there throughout.
    """

    channel: int
    fault: str
    loudness: float
    noise: NDArray[np.float64]
    mains: NDArray[np.float64]
    begins_s: float = 0.0

    def __call__(self, recording: Recording) -> Recording:
        """The damaged copy. The same recording is always damaged alike."""
        emg = recording.emg.astype(np.float64)
        top = float(np.abs(emg).max())
        for first, end in runs(recording.rec):
            # Seeded by the recording's own number, so that a part of a file is damaged as the whole is.
            rng = np.random.default_rng([int(recording.rec[first]) % 2**31, end - first])
            part = emg[first:end]
            hum = np.sqrt(2.0) * np.sin(2 * np.pi * MAINS_HZ / recording.fs * np.arange(len(part)))
            part += rng.normal(size=part.shape) * self.noise + hum[:, None] * self.mains
            if self.channel >= 0:
                begins = min(len(part) - 1, round(self.begins_s * recording.fs))
                one = part[begins:, self.channel]
                one[:] = self._channel(one, hum[begins:], top, recording.fs, rng)
        return replace(recording, emg=emg.astype(np.float32))

    def _channel(
        self,
        one: NDArray[np.float64],
        hum: NDArray[np.float64],
        top: float,
        rate_hz: float,
        rng: np.random.Generator,
    ) -> NDArray[np.float64]:
        if self.fault == "flat":
            return np.full_like(one, one[0])
        if self.fault == "railed":
            return np.full_like(one, top)
        if self.fault == "mains":
            return one + self.loudness * hum
        if self.fault == "noisy":
            return one + self.loudness * rng.normal(size=len(one))
        spells = rng.exponential(SPELL_S * rate_hz, 2 + int(4 * len(one) / (SPELL_S * rate_hz))) + 1.0
        lost = np.searchsorted(np.cumsum(spells), np.arange(len(one))) % 2 == 0
        # An amplifier whose lead is open holds the value it had.
        held = np.maximum.accumulate(np.where(lost, 0, np.arange(len(one))))
        return one[held]


def with_faults(bench: Bench, split: Callable[[Bench], dict[str, Any]]) -> dict[str, Any]:
    """The split's figures; with damage asked for, those of the damaged windows, and the same windows intact.

    With `EACH`, figures are means over the channels damaged in turn, which stand under `channels`.

    Raises:
        RecordingError: no such channel.
    """
    options = bench.options
    if not options.damaged:
        return split(bench)
    columns = _columns(bench)
    intact = split(replace(bench, watched=True))
    rows = []
    for column in columns:
        damage = make_damage(bench, column)
        found = split(replace(bench, watched=True, damage=damage))
        name = bench.recording.channels[column] if column >= 0 else ""
        rows.append({**found, "channel": name, "difference": less(found, intact)})
    merged = {**rows[0], **average(rows), "difference": average([row["difference"] for row in rows])}
    merged.pop("channel")
    if len(rows) > 1:
        # Counts of all channels' turns; a curve of the first one's turn would pass for all of them.
        merged["confusion"] = np.sum([row["confusion"] for row in rows], axis=0).tolist()
        merged["windows"] = sum(row["windows"] for row in rows)
        merged.pop("risk", None)
    merged["intact"] = {key: intact.get(key) for key in (*FIGURES, "unadapted", "groups") if key in intact}
    if columns != [-1]:
        keep = ("channel", "difference", *FIGURES)
        merged["channels"] = [{key: row[key] for key in keep} for row in rows]
        merged["notice"] = notice(bench, {c: make_damage(bench, c) for c in columns})
    return merged


def make_damage(bench: Bench, column: int) -> Damage:
    """The damage the options ask for, on this column; loudness follows the channel's strongest movement."""
    options = bench.options
    loud = np.quantile(bench.windows.rms, 0.99, axis=0)
    absolute = bench.recording.unit != "a.u."
    noise = np.full(len(loud), options.noise) if absolute else options.noise * loud
    loudness = options.fault_strength * float(loud[column]) if column >= 0 else 0.0
    return Damage(column, options.fault, loudness, noise, options.mains * loud)


def _columns(bench: Bench) -> list[int]:
    wanted, channels = bench.options.drop_channel, bench.recording.channels
    if not wanted:
        return [-1]
    if wanted == EACH:
        return list(range(len(channels)))
    if wanted in channels:
        return [channels.index(wanted)]
    if wanted.isdecimal() and int(wanted) < len(channels):
        return [int(wanted)]
    raise RecordingError(
        f"{bench.recording.name}: no channel {wanted!r} to damage",
        f"allowed: 0 to {len(channels) - 1}, {', '.join(channels)}, {EACH}",
    )
