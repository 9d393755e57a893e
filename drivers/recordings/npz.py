"""Recordings as one `.npz`: the layout that `innervate evaluate` and `innervate import` read.

`emg` float [samples, channels]; `label` integer [samples], index into meta's `classes`, -1 where unlabelled;
`rep`, `cond`, `rec` integer [samples]: repetition, condition (day, montage), contiguous recording; `fs` Hz;
`meta` JSON text; optionally `cue`, the label before its transitions were trimmed. No pickle is ever opened.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import ARBITRARY, MICROVOLT
from ...core.errors import RecordingError
from ..montage import numbered

Samples = NDArray[np.float32]
Marks = NDArray[np.int16]
_MARKS = ("label", "rep", "cond", "rec")
_KEYS = ("emg", *_MARKS, "fs", "meta")
_RATES_HZ = (50.0, 50_000.0)


@dataclass(frozen=True, slots=True)
class Recording:
    """EMG of one person with what they were asked to do.

    Attributes:
        name: what errors and reports call it; the file's name.
        emg: [samples, channels] float32, finite, in `unit`.
        label: [samples] int16 index into `classes`, -1 where unlabelled (transitions are).
        rep: [samples] int16 repetition.
        cond: [samples] int16 condition: day, montage.
        rec: [samples] int16 contiguous recording: never filter or window across a change of it.
        cue: [samples] int16, the untrimmed label; None where the file has none.
        fs: rate, Hz.
        classes: name of each movement.
        meta: everything else that the file says of itself.
    """

    name: str
    emg: Samples
    label: Marks
    rep: Marks
    cond: Marks
    rec: Marks
    cue: Marks | None
    fs: float
    classes: tuple[str, ...]
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def channels(self) -> tuple[str, ...]:
        """Channel names: meta's `channels`, or ch1, ch2, ..."""
        named = self.meta.get("channels")
        return tuple(named) if named else numbered(self.emg.shape[1])

    @property
    def unit(self) -> str:
        """`MICROVOLT` only where the file says exactly that; "V after gain 71 dB" is arbitrary to us."""
        return MICROVOLT if self.meta.get("units") in (MICROVOLT, "\u00b5V", "microvolts") else ARBITRARY

    @property
    def patient(self) -> str:
        """Id of the person; empty where the file does not say."""
        return str(self.meta.get("patient", ""))

    def rows(self, chosen: NDArray[np.bool_]) -> Recording:
        """The samples where `chosen` [samples] is True, in order."""
        return replace(
            self,
            emg=self.emg[chosen],
            label=self.label[chosen],
            rep=self.rep[chosen],
            cond=self.cond[chosen],
            rec=self.rec[chosen],
            cue=None if self.cue is None else self.cue[chosen],
        )

    def select(self, rep: int = -1, cond: int = -1) -> Recording:
        """One repetition, one condition; -1 for all.

        Raises:
            RecordingError: there is none; names those there are.
        """
        chosen = np.ones(len(self.emg), np.bool_)
        for key, wanted, marks in (("repetition", rep, self.rep), ("condition", cond, self.cond)):
            if wanted < 0:
                continue
            chosen &= marks == wanted
            if not chosen.any():
                there = ", ".join(str(v) for v in np.unique(marks).tolist())
                raise RecordingError(f"{self.name}: no {key} {wanted}; it has {there}")
        return self.rows(chosen)


def read_recording(path: Path) -> Recording:
    """Read and check a recording.

    Raises:
        RecordingError: one line that names the file, what is wrong in it and where.
    """
    try:
        with path.open("rb") as file:
            content = np.load(file, allow_pickle=False)
            if not isinstance(content, np.lib.npyio.NpzFile):
                raise RecordingError(f"{path}: a bare array, not a recording", f"it needs {', '.join(_KEYS)}")
            missing = [key for key in _KEYS if key not in content.files]
            if missing:
                raise RecordingError(f"{path}: {missing[0]!r} is missing", f"it needs {', '.join(_KEYS)}")
            arrays = {key: content[key] for key in (*_KEYS, "cue") if key in content.files}
    except FileNotFoundError as error:
        raise RecordingError(f"{path}: no such recording", "is the path right?") from error
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        # numpy takes whatever it does not know for a pickle, and tells people to load it unsafely.
        why = "" if "pickle" in str(error) else f": {error}"
        raise RecordingError(f"{path}: not a readable .npz recording{why}", "convert it again") from error
    return _checked(path, arrays)


def _checked(path: Path, arrays: dict[str, NDArray[Any]]) -> Recording:
    emg = arrays["emg"]
    if emg.ndim != 2 or 0 in emg.shape or emg.dtype.kind not in "fiu":
        raise RecordingError(
            f"{path}: emg is {emg.dtype} {list(emg.shape)}; it must be numbers [samples, channels]"
        )
    marks = {key: _marks(path, key, arrays[key], len(emg)) for key in _MARKS}
    cue = _marks(path, "cue", arrays["cue"], len(emg)) if "cue" in arrays else None
    fs = arrays["fs"]
    if fs.shape != () or fs.dtype.kind not in "fiu" or not _RATES_HZ[0] <= float(fs) <= _RATES_HZ[1]:
        raise RecordingError(f"{path}: fs is {fs!r}; it must be one rate, 50 to 50000 Hz")
    meta = _meta(path, arrays["meta"], emg.shape[1])
    classes = tuple(meta["classes"])
    for key, values in (("label", marks["label"]), ("cue", cue)):
        if values is not None:
            outside = np.flatnonzero((values < -1) | (values >= len(classes)))
            if len(outside):
                at = int(outside[0])
                raise RecordingError(
                    f"{path}: {key} {values[at]} at sample {at}; allowed: -1 to {len(classes) - 1}"
                )
    finite = np.isfinite(emg)
    if not finite.all():
        row, channel = (int(i) for i in np.argwhere(~finite)[0])
        named = meta.get("channels") or numbered(emg.shape[1])
        count = int((~finite).sum())
        raise RecordingError(
            f"{path}: channel {named[channel]} is {emg[row, channel]} at sample {row} ({count} such values)",
            "cut the bad part out, or convert it again",
        )
    samples = np.ascontiguousarray(emg, np.float32)
    return Recording(path.name, samples, **marks, cue=cue, fs=float(fs), classes=classes, meta=meta)


def _marks(path: Path, key: str, values: NDArray[Any], samples: int) -> Marks:
    if values.shape != (samples,) or values.dtype.kind not in "iu":
        raise RecordingError(
            f"{path}: {key} is {values.dtype} {list(values.shape)}; it must be integers [{samples}]"
        )
    if values.min() < -32768 or values.max() > 32767:
        raise RecordingError(f"{path}: {key} does not fit 16 bits")
    return values.astype(np.int16)


def _meta(path: Path, text: NDArray[Any], channels: int) -> dict[str, Any]:
    try:
        meta = json.loads(str(text))
    except ValueError as error:
        raise RecordingError(f"{path}: meta is not JSON: {error}") from error
    classes = meta.get("classes") if isinstance(meta, dict) else None
    if not isinstance(classes, list) or not classes or not all(isinstance(c, str) and c for c in classes):
        raise RecordingError(f"{path}: meta has no 'classes'; it must be a list of names")
    if len(set(classes)) != len(classes):
        raise RecordingError(f"{path}: meta's classes name one movement twice: {', '.join(classes)}")
    names = meta.get("channels")
    if names is not None and (
        not isinstance(names, list)
        or len(names) != channels
        or len({*names}) != channels
        or not all(isinstance(n, str) and n for n in names)
    ):
        raise RecordingError(f"{path}: meta's channels are {names!r}; emg has {channels} columns")
    said = meta.get("n_channels", channels)
    if said != channels:
        raise RecordingError(f"{path}: emg has {channels} channels, meta says {said}", "convert it again")
    return dict(meta)


def write_recording(path: Path, recording: Recording) -> None:
    """Write a recording in this layout, for its owner's eyes only; never half a file at `path`.

    Raises:
        RecordingError: a value that `read_recording` would refuse.
    """
    if not math.isfinite(float(recording.fs)):
        raise RecordingError(f"{path}: fs is {recording.fs}")
    meta = {**recording.meta, "classes": list(recording.classes), "channels": list(recording.channels)}
    arrays: dict[str, NDArray[Any]] = {
        "emg": recording.emg,
        "label": recording.label,
        "rep": recording.rep,
        "cond": recording.cond,
        "rec": recording.rec,
        "fs": np.array(float(recording.fs)),
        "meta": np.array(json.dumps(meta)),
    }
    if recording.cue is not None:
        arrays["cue"] = recording.cue
    _checked(path, arrays)
    building = path.with_name(path.name + ".new")
    building.unlink(missing_ok=True)
    building.touch(mode=0o600)
    with building.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type] # its stub takes names for flags
    building.replace(path)
