"""One repetition as it is kept: samples, where the cue was, what was heard of it."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ProfileError, RecordingError
from ...core.settings import build
from .judge import Judgement
from .plan import Step

STOPPED = "stopped"
"""Instead of a fault: the wearer ended it."""


@dataclass(frozen=True)
class Repetition:
    """One attempt at one step.

    Attributes:
        index: of the step in the plan.
        step: what was asked.
        attempt: from 0.
        samples: [n, ch] float32 from the begin of relaxing to the end of the hold.
        cue: row at which the hold begins.
        quiet_power: [ch] power of rest that it was compared with; for the first rest: of itself.
        judgement: what was heard.
    """

    index: int
    step: Step
    attempt: int
    samples: NDArray[np.float32]
    cue: int
    quiet_power: tuple[float, ...]
    judgement: Judgement

    @property
    def ok(self) -> bool:
        """As it was asked for."""
        return not self.judgement.faults

    @property
    def stopped(self) -> bool:
        """The wearer ended it: kept, never learnt from."""
        return STOPPED in self.judgement.faults


def to_bytes(repetition: Repetition) -> bytes:
    """As one `.npz`, no pickle in it."""
    about: dict[str, Any] = asdict(repetition)
    samples = about.pop("samples")
    file = io.BytesIO()
    np.savez(file, samples=samples, about=np.array(json.dumps(about, allow_nan=False)))
    return file.getvalue()


def from_bytes(content: bytes, where: str) -> Repetition:
    """Inverse of `to_bytes`.

    Raises:
        RecordingError: names `where` and what is wrong.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            samples, about = file["samples"], json.loads(str(file["about"]))
        step = build(Step, about.pop("step"), where)
        judgement = build(Judgement, about.pop("judgement"), where)
        made = Repetition(
            int(about["index"]),
            step,
            int(about["attempt"]),
            np.asarray(samples, np.float32),
            int(about["cue"]),
            tuple(float(v) for v in about["quiet_power"]),
            judgement,
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RecordingError(f"{where}: not a repetition of a guided calibration: {error}") from error
    except ProfileError as error:
        raise RecordingError(error.what) from error
    if made.samples.ndim != 2 or not 0 <= made.cue <= len(made.samples):
        raise RecordingError(f"{where}: samples of shape {made.samples.shape}, cue at {made.cue}")
    return made
