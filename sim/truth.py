"""The truth beside simulated EMG: who fired when, how muscles were driven, what one firing looks like."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from .patient import Patient

Floats = NDArray[np.float64]
_KEYS = (
    "spike_tick",
    "spike_unit",
    "drive",
    "potentials",
    "muscle",
    "threshold",
    "most_hz",
    "twitch",
    "twitch_s",
    "born_months",
)


@dataclass(frozen=True, slots=True)
class Truth:
    """Of one simulated recording.

    Attributes:
        rate_hz: of its samples.
        phases: ticks a sample.
        block: samples in a block of the simulation.
        muscles: their names; units and drives say which by number.
        innervation: of each muscle.
        spike_tick: [spikes] when, in ticks from the first sample, ascending.
        spike_unit: [spikes] which unit.
        drive: [blocks, muscles] excitation throughout each block.
        potentials: [units, phases, samples, channels] microvolts: what one firing adds, from the sample that
            holds it on, by its phase in that sample.
        muscle, threshold, most_hz, twitch, twitch_s, born_months: [units] as in `sim.motor_units.Units`.
    """

    rate_hz: float
    phases: int
    block: int
    muscles: tuple[str, ...]
    innervation: tuple[str, ...]
    spike_tick: NDArray[np.int64]
    spike_unit: NDArray[np.int64]
    drive: Floats
    potentials: NDArray[np.float32]
    muscle: NDArray[np.int64]
    threshold: Floats
    most_hz: Floats
    twitch: Floats
    twitch_s: Floats
    born_months: Floats

    def spikes_s(self, unit: int) -> Floats:
        """When that unit fired, seconds from the first sample."""
        ticks = self.spike_tick[self.spike_unit == unit]
        return np.asarray(ticks / (self.rate_hz * self.phases))

    def drive_at(self, t_s: Floats) -> Floats:
        """[times, muscles] excitation at those seconds."""
        blocks = (t_s * self.rate_hz / self.block).astype(np.int64)
        return self.drive[np.minimum(blocks, len(self.drive) - 1)]


class TruthLog:
    """Collects the truth of a patient, step after step.

    Args:
        patient: before their first step.
    """

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._ticks: list[NDArray[np.int64]] = []
        self._units: list[NDArray[np.int64]] = []
        self._drive: list[Floats] = []

    def take(self) -> None:
        """Once after each step of the patient."""
        per_block = self._patient.sampling.block * self._patient.sampling.phases
        for block in self._patient.blocks:
            self._ticks.append(block.ticks + len(self._drive) * per_block)
            self._units.append(block.units)
            self._drive.append(np.array(block.excitation))

    def truth(self) -> Truth:
        """All that was taken."""
        patient, units = self._patient, self._patient.units
        ticks, who = np.concatenate(self._ticks), np.concatenate(self._units)
        order = np.argsort(ticks, kind="stable")
        return Truth(
            rate_hz=patient.rate_hz,
            phases=patient.sampling.phases,
            block=patient.sampling.block,
            muscles=tuple(muscle.name for muscle in patient.body.muscles),
            innervation=tuple(muscle.innervation for muscle in patient.body.muscles),
            spike_tick=ticks[order],
            spike_unit=who[order],
            drive=np.array(self._drive),
            potentials=patient.potentials,
            muscle=units.muscle,
            threshold=units.threshold,
            most_hz=units.most_hz,
            twitch=units.twitch,
            twitch_s=units.twitch_s,
            born_months=units.born_months,
        )


def write_truth(path: Path, truth: Truth) -> None:
    """Into an .npz that needs no pickle; `meta` is JSON text."""
    meta = {
        "rate_hz": truth.rate_hz,
        "phases": truth.phases,
        "block": truth.block,
        "muscles": truth.muscles,
        "innervation": truth.innervation,
    }
    arrays = {key: getattr(truth, key) for key in _KEYS}
    with path.open("wb") as file:
        np.savez_compressed(file, meta=np.array(json.dumps(meta)), **arrays)


def read_truth(path: Path) -> Truth:
    """As written.

    Raises:
        RecordingError: not such a file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
            arrays = {key: file[key] for key in _KEYS}
        names = (tuple(meta[key]) for key in ("muscles", "innervation"))
        muscles, innervation = names
        return Truth(
            rate_hz=float(meta["rate_hz"]),
            phases=int(meta["phases"]),
            block=int(meta["block"]),
            muscles=muscles,
            innervation=innervation,
            **arrays,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordingError(f"{path}: not the truth of a simulated recording: {error}") from error
