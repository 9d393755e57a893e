"""`innervate don`: ten seconds after putting the limb on; one sentence, no figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..calibration.don import DonCheck, don_check
from ..calibration.in_use import InUse
from ..core.clock import now, sleep
from ..core.errors import InnervateError, RecordingError
from ..models.batch import windows
from ..models.bundle import check_fits, read_bundle
from ..models.model import Model
from .recalibrating import Stretch
from .wearer_rings import Samples
from .wearer_settings import WearerSettings

DON_S = 10.0
_LEAST_SHARE = 0.5
"""Of the ten seconds that must have come as samples."""
_QUARTERS = {0.25: "a quarter", 0.5: "half", 1.0: "one whole electrode"}


@dataclass(frozen=True, slots=True)
class Don:
    """What the wearer is told; the figures are for the clinic.

    Attributes:
        verdict: fits, turned, recalibrate, or unclear.
        sentence: for the wearer.
        score, turn: as `calibration.don.DonCheck`; 0 where it is unclear.
    """

    verdict: str
    sentence: str
    score: float = 0.0
    turn: float = 0.0


def told(found: DonCheck) -> str:
    """The sentence of a don check."""
    if found.verdict == "fits":
        return "It sits as before."
    if found.verdict == "recalibrate":
        return "It sits differently today: put it on again, or recalibrate."
    size = abs(found.turn)
    much = _QUARTERS.get(size, f"{size:g} of an electrode")
    by = much if size >= 1.0 else f"about {much} of the way to the next electrode"
    towards = "higher" if found.turn > 0 else "lower"
    return f"It sits turned by {by}, towards {towards} channel numbers: turn it back, or recalibrate."


def checked(model: Model, emg: NDArray[np.float32], rec: NDArray[np.integer]) -> Don:
    """Judge a stretch of use.

    Args:
        model: in use.
        emg: [n, ch], all measured.
        rec: [n] counts up where samples are missing.
    """
    nothing = np.zeros(len(emg), np.int16)
    try:
        made = windows(emg, nothing, nothing, nothing, rec, model.settings)
        found = don_check(InUse(model), made, model.settings.increment_s)
    except RecordingError:
        sentence = "Too little movement to tell. Make each movement once, for a second, and try again."
        return Don("unclear", sentence)
    return Don(found.verdict, told(found), found.score, found.turn)


def joined(stretches: list[Stretch]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(samples that were measured [n, ch], which contiguous stretch each is of [n])."""
    emg = np.concatenate([one.emg for one in stretches])
    whole = np.isfinite(emg).all(axis=1)
    lengths = [len(one.emg) for one in stretches]
    breaks = np.cumsum([not one.follows for one in stretches])
    gaps = np.cumsum(np.diff(whole, prepend=True) != 0)
    rec = np.repeat(breaks, lengths) + gaps
    return emg[whole], rec[whole].astype(np.int64)


def don(runtime_dir: Path, tick: Callable[[float], None], seconds: float = DON_S) -> Don:
    """Listen to a running limb.

    Args:
        runtime_dir: of the limb.
        tick: called with the seconds that are left.
        seconds: how long.

    Raises:
        InnervateError: no limb runs there, or its model cannot be judged.
    """
    settings = wearer_of(runtime_dir)
    bundle = read_bundle(Path(settings.bundle), settings.trusted_keys, settings.safety_digest)
    samples = Samples(runtime_dir)
    made = bundle.model.settings
    check_fits(bundle, samples.channels, made.rate_hz, made.unit)
    end_s = now() + seconds
    heard: list[Stretch] = []
    while (left_s := end_s - now()) > 0.0:
        tick(left_s)
        sleep(min(0.1, left_s))
        heard += samples.new()
    if sum(len(one.emg) for one in heard) < _LEAST_SHARE * seconds * made.rate_hz:
        raise InnervateError("no muscle signal came", "check the amplifier and its cable")
    return checked(bundle.model, *joined(heard))


def wearer_of(runtime_dir: Path) -> WearerSettings:
    """What the wearer's process of that limb was told.

    Raises:
        InnervateError: none was started.
    """
    from ..core.settings import read_settings
    from .wearer_settings import SETTINGS_FILE

    path = runtime_dir / SETTINGS_FILE
    if not path.exists():
        raise InnervateError(f"{runtime_dir}: this limb has no wearer's process", "start it: innervate run")
    return read_settings(path, WearerSettings)


def as_json(found: Don) -> str:
    """For the clinic's programs."""
    return json.dumps(
        {"verdict": found.verdict, "sentence": found.sentence, "score": found.score, "turn": found.turn}
    )
