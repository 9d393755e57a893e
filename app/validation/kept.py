"""Figures of virtual people on disk, so that a run that was interrupted goes on."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np

from .effect import Floats, Settings

FOLDER = Path("build") / "validation"


class Kept:
    """One person's figures a file, under the hash of all parameters and of the code.

    Args:
        folder: of this pair of hashes; None: nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, measure: str, seed: int, settings: Settings) -> Floats | None:
        """What was found before; None when nothing was, or when its file is damaged."""
        if self._folder is None:
            return None
        try:
            found = np.array(json.loads(self._place(measure, seed, settings).read_text()), np.float64)
        except (OSError, ValueError, TypeError):
            return None
        return found if found.ndim == 1 else None

    def put(self, measure: str, seed: int, settings: Settings, figures: Floats) -> None:
        """Keep it: all of it or nothing."""
        if self._folder is None:
            return
        place = self._place(measure, seed, settings)
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(figures.tolist()))
        part.replace(place)

    def _place(self, measure: str, seed: int, settings: Settings) -> Path:
        said = repr((sorted(settings.changed), settings.without, settings.thorough))
        world = hashlib.sha256(said.encode()).hexdigest()[:12]
        return Path(self._folder or "") / measure / world / f"{seed}.json"
