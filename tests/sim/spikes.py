"""What a simulated patient's truth must show: potentials that the EMG holds, order of recruitment, rates."""

import numpy as np
from innervate.sim.truth import Truth

LEAST_SPIKES = 200
CLEAR = 4.0
"""A potential counts as visible when it is so many times what is left of the noise after averaging."""


def averaged(truth: Truth, emg: np.ndarray, unit: int) -> tuple[int, np.ndarray, np.ndarray, int] | None:
    """(best channel, potential there, mean of the EMG there after its firings, spikes)."""
    shape = truth.potentials[unit].mean(axis=0)  # firings fall into all phases of a sample alike
    best = int(np.ptp(shape, axis=0).argmax())
    rows = truth.spike_tick[truth.spike_unit == unit] // truth.phases
    rows = rows[rows + len(shape) <= len(emg)]
    if len(rows) < LEAST_SPIKES:
        return None
    return best, shape[:, best], emg[rows[:, None] + np.arange(len(shape)), best].mean(axis=0), len(rows)


def recovered(truth: Truth, emg: np.ndarray) -> np.ndarray:
    """Correlation of potential and spike-triggered average, of every unit whose potential must be visible."""
    found = []
    level = emg.std(axis=0)
    for unit in range(len(truth.muscle)):
        pair = averaged(truth, emg, unit)
        if pair is None:
            continue
        best, shape, mean, spikes = pair
        if shape.std() > CLEAR * level[best] / np.sqrt(spikes):
            found.append(float(np.corrcoef(shape, mean)[0, 1]))
    return np.array(found)


def shows_its_potentials(truth: Truth, emg: np.ndarray) -> bool:
    """Most visible potentials come out nearly as they are, and there are some."""
    found = recovered(truth, emg)
    return len(found) >= 10 and float(np.median(found)) > 0.95 and float(np.quantile(found, 0.1)) > 0.8


def recruited_at(truth: Truth, muscle: int) -> tuple[np.ndarray, np.ndarray]:
    """(units, excitation at their first spike) of a muscle's units that fired, in a slow rise of effort."""
    units = np.array([u for u in np.flatnonzero(truth.muscle == muscle) if (truth.spike_unit == u).any()])
    first_s = np.array([truth.spikes_s(int(u))[0] for u in units])
    return units, truth.drive_at(first_s)[:, muscle]


def ranks_agree(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's rank correlation."""
    return float(np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1])


def small_come_first(truth: Truth, muscle: int) -> float:
    """Rank correlation between a unit's size (its twitch) and the excitation of its first spike."""
    units, drive = recruited_at(truth, muscle)
    return ranks_agree(truth.twitch[units], drive)


def rate_hz(truth: Truth, unit: int, from_s: float, to_s: float) -> float:
    """Firings a second between two times; 0 when it hardly fired."""
    spikes = truth.spikes_s(unit)
    inside = spikes[(spikes >= from_s) & (spikes < to_s)]
    return float((len(inside) - 1) / (inside[-1] - inside[0])) if len(inside) > 3 else 0.0
